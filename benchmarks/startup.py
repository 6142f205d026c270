"""The time from process start to the first paint: `moa --demo` against a bare window of PySide6.

Both are measured in turn, each in its own process, from just before it is started. The machine's speed
and load affect both, so that their ratio is what the program itself adds.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MOST = 1.6
PAIRS, QUICK_PAIRS = 15, 5
_LIMIT_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    """Measure, print, and return whether the ratio is within the limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.startup", description=__doc__)
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_PAIRS} pairs instead of {PAIRS}")
    pairs = QUICK_PAIRS if parser.parse_args().quick else PAIRS
    with tempfile.TemporaryDirectory(prefix="moa-startup-") as folder:
        environment = environment_in(Path(folder))
        for name in ("bare", "moa"):
            first_paint(name, environment)  # fills the caches
        measured = [pair(environment) for _ in range(pairs)]
        if medians(measured)[1] > MOST * medians(measured)[0]:  # few pairs mislead: measure the full number
            measured += [pair(environment) for _ in range(PAIRS - pairs)]
    bare, moa = medians(measured)
    ratio = moa / bare
    print(f"process start to first paint, median of {len(measured)}")
    print(f"  bare PySide6 window  {bare * 1000:6.0f} ms")
    print(f"  moa --demo           {moa * 1000:6.0f} ms")
    print(f"  ratio                {ratio:6.2f}    at most {MOST}: {'ok' if ratio <= MOST else 'MISSED'}")
    return 0 if ratio <= MOST else 1


def environment_in(folder: Path) -> dict[str, str]:
    """Return the variables for a program that starts without a screen and keeps its files in a folder."""
    return {
        **os.environ,
        "MOA_PROFILE": str(folder / "profile"),
        "PYTHONDONTWRITEBYTECODE": "",  # an installed program has its bytecode
        "PYTHONPATH": str(_ROOT),
        "PYTHONPYCACHEPREFIX": str(folder / "bytecode"),
        "QT_QPA_PLATFORM": "offscreen",
    }


def pair(environment: dict[str, str]) -> tuple[float, float]:
    """Return the seconds of the bare window and of the program, one right after the other."""
    return first_paint("bare", environment), first_paint("moa", environment)


def medians(measured: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the medians of the bare window and of the program."""
    return statistics.median(bare for bare, _ in measured), statistics.median(moa for _, moa in measured)


def first_paint(name: str, environment: dict[str, str]) -> float:
    """Return the seconds from before the start of one of the `starts` to its report."""
    command = [sys.executable, "-P", "-m", f"benchmarks.starts.{name}"]
    began = time.monotonic()
    done = subprocess.run(command, check=False, env=environment, capture_output=True, timeout=_LIMIT_SECONDS)
    if done.returncode:
        sys.stderr.buffer.write(done.stderr)
        raise SystemExit(f"benchmarks.starts.{name} ended with {done.returncode}")
    return float(done.stdout) - began


if __name__ == "__main__":
    sys.exit(main())
