"""The developer's commands, which need only a Python: python3 packaging/dev.py COMMAND.

Each one first prepares the machine (on Debian and Ubuntu: Qt's libraries) and `.venv`, silently if nothing
is missing.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import artifacts
import defects
import environment
import machine
import processes
from environment import Environment

ROOT = Path(__file__).resolve().parent.parent
BENCHMARKS = ("startup", "live", "table", "history")  # `frozen` needs a build, which runs it
STEP_LIMIT = 1200.0
SELFTEST_LIMIT = 120.0
FAULTS_LIMIT = 2700.0


class Step(NamedTuple):
    """One check of `test`: a name, a command, and the accepted exit codes."""

    name: str
    command: Sequence[str]
    platform: str | None = None
    fine: tuple[int, ...] = (0,)


class Result(NamedTuple):
    """The result of a step."""

    name: str
    seconds: float
    code: int
    passed: bool


# --- demo ---------------------------------------------------------------------------------------------------


def demo(env: Environment, arguments: Sequence[str]) -> int:
    """Open the window on the bundled simulator; without a display, write pictures of it instead."""
    moa = [env.python, "-P", "-m", "app"]
    if has_display():
        return processes.run([*moa, "--demo", *arguments], env=variables())
    folder = ROOT / "screenshots"
    print(f"There is no display here: writing pictures of the window into {folder} instead.")
    code = processes.run([*moa, "screenshot", str(folder), "--demo", *arguments], env=variables())
    for picture in sorted(folder.glob("*.png")):
        print(picture)
    return code


def has_display() -> bool:
    """Return whether a window can be shown."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def variables(platform: str | None = None) -> dict[str, str]:
    """Return the environment variables for the program and its tests."""
    chosen = {"QT_QPA_PLATFORM": platform} if platform else {}
    return {**environment.clean_variables(), **chosen}


# --- test ---------------------------------------------------------------------------------------------------


def test(env: Environment, _arguments: Sequence[str]) -> int:
    """Run every check to its end, then print a table; fail if one of them failed."""
    results = [take(step) for step in test_steps(env)]
    print("\n" + table(results))
    failed = sum(not result.passed for result in results)
    print(f"\nsteps: {len(results) - failed} passed, {failed} failed")
    return 1 if failed else 0


def test_steps(env: Environment) -> list[Step]:
    """Return the checks that apply here."""
    python = env.python
    pytest = [python, "-m", "pytest"]
    steps = [
        Step("ruff check", [env.program("ruff"), "check", "."]),
        Step("ruff format", [env.program("ruff"), "format", "--check", "."]),
        Step("pyright", [env.program("pyright"), "--pythonpath", python]),
        Step("lint-imports", [env.program("lint-imports"), "--no-logo"]),
        # One process per core; an idle process takes tests from another.
        Step(
            "pytest",
            [*pytest, "-n", "auto", "--dist", "worksteal", "-m", "not xvfb and not faults"],
            "offscreen",
        ),
    ]
    if sys.platform == "linux" and needs_window_system(ROOT / "tests"):
        xvfb = ["xvfb-run", "--auto-servernum", "--server-args=-screen 0 1920x1080x24"]
        no_test_selected = 5
        steps.append(Step("pytest, xvfb", [*xvfb, *pytest, "-m", "xvfb"], "xcb", (0, no_test_selected)))
    for name in benchmarks():
        quick = [python, "-m", f"benchmarks.{name}", "--quick"]
        steps.append(Step(f"benchmark {name}", quick, "offscreen"))
    return steps


def needs_window_system(tests: Path) -> bool:
    """Return whether any test is marked to run in a real window system."""
    return any("mark.xvfb" in file.read_text(encoding="utf-8") for file in tests.rglob("*.py"))


def take(step: Step) -> Result:
    """Run one step."""
    print(f"\n== {step.name}", flush=True)
    start = time.monotonic()
    code = processes.run(step.command, env=variables(step.platform), limit=STEP_LIMIT)
    return Result(step.name, time.monotonic() - start, code, code in step.fine)


def table(results: Sequence[Result]) -> str:
    """Return steps, seconds and results as a table."""
    width = max(len(result.name) for result in results)
    lines = [f"{'step':<{width}}  seconds  result"]
    for result in results:
        word = "passed" if result.passed else f"FAILED ({result.code})"
        lines.append(f"{result.name:<{width}}  {result.seconds:>7.1f}  {word}")
    return "\n".join(lines)


# --- bench, peers, faults -----------------------------------------------------------------------------------


def bench(env: Environment, arguments: Sequence[str]) -> int:
    """Run all benchmarks in full, passing further arguments to each of them."""
    commands = [[env.python, "-m", f"benchmarks.{name}", *arguments] for name in benchmarks()]
    return max((processes.run(command, env=variables()) for command in commands), default=0)


def benchmarks() -> list[str]:
    """Return the names of the benchmarks."""
    return [name for name in BENCHMARKS if (ROOT / "benchmarks" / f"{name}.py").exists()]


def peers(env: Environment, arguments: Sequence[str]) -> int:
    """Run the tests with third-party clients, each in its own environment under `.peers`."""
    for pins in sorted((ROOT / "tests" / "peers" / "requirements").glob("*.txt")):
        ensure_peer(env, pins)
    return _pytest(env, "tests/peers", arguments)


def ensure_peer(env: Environment, pins: Path) -> None:
    """Install the pins of NAME.txt into `.peers/NAME` if the file or the Python has changed."""
    peer = Environment(ROOT / ".peers" / pins.stem)
    stamp = peer.folder / environment.STAMP
    wanted = environment.fingerprint(sys.version_info[:2], pins.read_bytes())
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted and Path(peer.python).exists():
        return
    print(f"Setting up {pins.stem} ...", flush=True)
    pip = [peer.python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    for command in (
        [env.python, "-m", "venv", "--clear", str(peer.folder)],
        [*pip, "--only-binary=:all:", "-r", str(pins)],
    ):
        environment.set_up(pins.stem, command, limit=STEP_LIMIT)
    stamp.write_text(wanted, encoding="utf-8")


def faults(env: Environment, arguments: Sequence[str]) -> int:
    """Run the tests that break connections, files and processes, with their measurements."""
    with tempfile.TemporaryDirectory(prefix="moa-faults-") as folder:
        rows, figures = (str(Path(folder) / name) for name in ("rows.jsonl", "figures.jsonl"))
        # A selection of tests is run by a developer, and may take its time or use a debugger.
        limit = None if arguments else FAULTS_LIMIT
        extra_env = {"MOA_ROWS": rows, "MOA_HEADLINES": figures}
        plugin = ["-p", "tests.faults.rows", "-m", ""]
        codes = [_pytest(env, "tests", [*plugin, *arguments], extra_env=extra_env, limit=limit)]
        for name, file in (("rows", rows), ("headlines", figures)):
            table = [env.python, "-m", f"tests.faults.{name}", file, *(["--partial"] if arguments else [])]
            print(flush=True)
            codes.append(processes.run(table, env=variables()))
        return next((code for code in codes if code), 0)


def _pytest(
    env: Environment,
    folder: str,
    arguments: Sequence[str],
    *,
    extra_env: Mapping[str, str] | None = None,
    limit: float | None = None,
) -> int:
    """Run one folder of tests with additional environment variables."""
    if not (ROOT / folder).is_dir():
        print(f"There is no {folder} here.")
        return 0
    command = [env.python, "-m", "pytest", folder, "-p", "no:cacheprovider", *arguments]
    return processes.run(command, env={**variables("offscreen"), **(extra_env or {})}, limit=limit)


# --- lock, build --------------------------------------------------------------------------------------------


def lock(python: machine.Interpreter, arguments: Sequence[str]) -> int:
    """Write packaging/requirements.lock from pyproject.toml; `--upgrade` takes newer versions."""
    with tempfile.TemporaryDirectory(prefix="moa-lock-") as folder:
        tools = Environment(Path(folder) / "venv")
        pip = [tools.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        steps = (
            [python.path, "-m", "venv", str(tools.folder)],
            [*pip, "uv"],
            [tools.program("uv"), *lock_arguments(), *arguments],
        )
        return next((code for code in (processes.run(step) for step in steps) if code), 0)


def lock_arguments() -> list[str]:
    """Return uv's arguments for one lock for every system and Python, with hashes and without addresses."""
    scope = ["pyproject.toml", "--group", "dev", "--universal", "--python-version", "3.11"]
    style = ["--generate-hashes", "--no-emit-index-url", "--no-header", "-q"]
    return ["pip", "compile", *scope, *style, "-o", "packaging/requirements.lock"]


def build(env: Environment, _arguments: Sequence[str]) -> int:
    """Freeze the program into dist/moa, run its self-test, and time its first paint."""
    options = ["--noconfirm", "--log-level", "WARN", "--distpath", "dist", "--workpath", "build"]
    command = [env.python, "-m", "PyInstaller", *options, "packaging/moa.spec"]
    own = {**variables(), **artifacts.reproducible()}
    if code := processes.run(command, env=own, limit=STEP_LIMIT):
        return code
    program = ROOT / "dist" / "moa" / ("moa.exe" if env.windows else "moa")
    print(f"Built {program.parent}: {artifacts.size(program.parent) / 1e6:.0f} MB", flush=True)
    if code := selftest(program):
        return code
    if missed := defects.missed(program.parent, lambda: selftest(program, quiet=True)):
        print(f"The self-test does not miss: {', '.join(missed)}")
        return 1
    print(f"The self-test misses each part that was taken out: {', '.join(defects.PARTS)}", flush=True)
    if sys.platform != "linux":
        return 0
    return processes.run([env.python, "-m", "benchmarks.frozen", str(program)], env=variables())


def selftest(program: Path, *, quiet: bool = False) -> int:
    """Run the frozen program's self-test in its own home folder, with a time limit."""
    start = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="moa-selftest-", ignore_cleanup_errors=True) as home:
        own = {"HOME": home, "USERPROFILE": home, "MOA_PROFILE": str(Path(home) / "profile")}
        env = {**variables(None if has_display() else "offscreen"), **own}
        command = [str(program), "--selftest"]
        if quiet:
            return 0 if processes.output(command, env=env, limit=SELFTEST_LIMIT) is not None else 1
        code = processes.run(command, env=env, limit=SELFTEST_LIMIT)
    seconds = time.monotonic() - start
    print(f"Self-test {'FAILED (' + str(code) + ')' if code else 'passed'} after {seconds:.1f} s")
    return code


# --- windows ------------------------------------------------------------------------------------------------


def windows(env: Environment, arguments: Sequence[str]) -> int:
    """Build the Windows program under Wine, drive it, install it and remove it; arguments select steps."""
    from wine import steps

    return steps.windows(env, ROOT, arguments)


def artifact(_env: Environment, arguments: Sequence[str]) -> int:
    """Make installer, zip, parts list and sums of a frozen Windows program: FROZEN-FOLDER TARGET-FOLDER."""
    if len(arguments) != 2:
        raise machine.Unfit("Say which frozen folder to take and where to put what is made.")
    for made in artifacts.windows(Path(arguments[0]), Path(arguments[1])):
        print(f"{made}: {made.stat().st_size / 1e6:.1f} MB")
    return 0


def compare(_env: Environment, arguments: Sequence[str]) -> int:
    """List the files in which two builds of one commit differ: FOLDER FOLDER; none is expected."""
    if len(arguments) != 2:
        raise machine.Unfit("Say which two folders to compare.")
    found = artifacts.differences(Path(arguments[0]), Path(arguments[1]))
    print("\n".join(found) or "no file differs")
    return 1 if found else 0


# --- the command line ---------------------------------------------------------------------------------------

COMMANDS: dict[str, Callable[[Environment, Sequence[str]], int]] = {
    "demo": demo,
    "test": test,
    "build": build,
    "peers": peers,
    "faults": faults,
    "bench": bench,
    "windows": windows,
    "artifacts": artifact,
    "compare": compare,
}
FUNCTIONS: dict[str, Callable[..., int]] = {**COMMANDS, "lock": lock}
WITHOUT_ARGUMENTS = ("test", "build")


def parse(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """Return the command and the arguments that it passes on."""
    summaries = {name: (function.__doc__ or "").splitlines()[0] for name, function in FUNCTIONS.items()}
    parser = argparse.ArgumentParser(
        prog="dev.py",
        usage="%(prog)s COMMAND [ARGUMENT ...]",
        description="commands:\n" + "\n".join(f"  {name:<10}{text}" for name, text in summaries.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=list(FUNCTIONS), metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, metavar="ARGUMENT", help="for what it runs")
    options = parser.parse_args(arguments)
    if options.arguments and options.command in WITHOUT_ARGUMENTS:
        parser.error(f"{options.command} takes no arguments")
    return options.command, options.arguments


def wanted_packages(command: str, python: machine.Interpreter) -> list[str]:
    """Return the Debian packages that a command needs."""
    wanted = machine.python_packages(python, build=command == "build")
    if command != "lock":
        wanted += machine.QT_PACKAGES
    if command == "test":
        wanted += machine.TEST_PACKAGES
    if command == "build":
        wanted += machine.BUILD_PACKAGES
    if command == "windows":
        wanted += machine.WINDOWS_PACKAGES
    if command == "artifacts":
        wanted.append("nsis")
    return wanted


def main(arguments: Sequence[str]) -> int:
    """Prepare machine and environment, then run the command."""
    command, rest = parse(arguments)
    os.chdir(ROOT)
    try:
        python = machine.find_python()
        if sys.version_info[:2] not in machine.SUPPORTED:
            return processes.run([python.path, __file__, *arguments])
        machine.ensure_packages(wanted_packages(command, python))
        if command == "lock":
            return lock(python, rest)
        return COMMANDS[command](environment.ensure(ROOT, python), rest)
    except machine.Unfit as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
