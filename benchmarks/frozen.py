"""From the start of a process to the first paint: the frozen program against the same program from source.

Both run `moa --demo` in turn, each in a process of its own, and are watched from outside: Qt logs when a
window is flushed to the screen.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Timer

from benchmarks.startup import environment_in

MOST = 1.5
PAIRS, MORE_PAIRS = 5, 10
_LIMIT_SECONDS = 60.0
_ROOT = Path(__file__).resolve().parent.parent
_PAINTED = b"qt.widgets.painting: Flushing"


def main() -> int:
    """Measure, print, and say whether the ratio holds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frozen", description=__doc__)
    parser.add_argument("program", nargs="?", type=Path, default=_ROOT / "dist" / "moa" / "moa")
    program = parser.parse_args().program
    with tempfile.TemporaryDirectory(prefix="moa-frozen-", ignore_cleanup_errors=True) as folder:
        environment = environment_in(Path(folder)) | {"QT_LOGGING_RULES": "qt.widgets.painting.debug=true"}
        commands = ([sys.executable, "-P", "-m", "app", "--demo"], [str(program), "--demo"])
        for command in commands:
            first_paint(command, environment)  # fills the caches
        times: list[list[float]] = [[], []]
        for pairs in (PAIRS, MORE_PAIRS):  # a few pairs may mislead: more of them before it is missed
            for _ in range(pairs):
                for taken, command in zip(times, commands, strict=True):
                    taken.append(first_paint(command, environment))
            source, frozen = map(statistics.median, times)
            if frozen <= MOST * source:
                break
    ratio = frozen / source
    print(f"process start to first paint, median of {len(times[0])}")
    print(f"  from source  {source * 1000:6.0f} ms")
    print(f"  frozen       {frozen * 1000:6.0f} ms")
    print(f"  ratio        {ratio:6.2f}    at most {MOST}: {'ok' if ratio <= MOST else 'MISSED'}")
    return 0 if ratio <= MOST else 1


def first_paint(command: Sequence[str], environment: dict[str, str]) -> float:
    """Seconds from before the start of a program to the first paint of its window; the program is ended."""
    began = time.monotonic()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    watchdog = Timer(_LIMIT_SECONDS, process.kill)
    watchdog.start()
    said: list[bytes] = []
    try:
        for line in process.stderr:
            if line.startswith(_PAINTED):
                return time.monotonic() - began
            said.append(line)
    finally:
        watchdog.cancel()
        process.kill()
        process.communicate()
    sys.stderr.buffer.write(b"".join(said))
    raise SystemExit(f"{command[0]} painted no window")


if __name__ == "__main__":
    sys.exit(main())
