"""`dev.py windows`: all that is seen of the Windows program here, as a table."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import artifacts
import defects
import processes
from environment import Environment, clean_variables
from machine import Unfit

from wine import checks, driving, installer, prefix
from wine.checks import CODE_PAGES, COMMANDS, Failed, Place

LARGEST_FOLDER, LARGEST_SETUP = 120.0, 45.0  # units of 1,000,000 bytes
QUICK = "--quick"
_KOREAN = "949"  # the code page of Korean Windows
_OLDER = "0.0.1"
# Folders of tests that ask nothing of a POSIX system, in the order of how much a fault in them would break.
_TESTS_LIMIT = 1200.0
_TESTS = ("tests/domain", "tests/brokers", "tests/services")
# Its deadlines of a fraction of a second pass before Wine has connected.
_NOT_HERE = ("tests/brokers/test_http.py",)


class Step(NamedTuple):
    """A name, and what finds or raises Failed; `is_quick` is whether a short run includes it."""

    name: str
    act: Callable[[], str]
    is_quick: bool = True


class Line(NamedTuple):
    """A step of the table: how long it took, and what it found or why it fell short."""

    name: str
    seconds: float
    text: str
    passed: bool


def windows(env: Environment, root: Path, wanted: Sequence[str]) -> int:
    """Run the steps whose names begin with one of `wanted`, or all; 1 where one fell short.

    `--quick` leaves out what repeats: other code pages, a second build, many starts, the unit tests.
    """
    quick, names = QUICK in wanted, tuple(each for each in wanted if each != QUICK)
    place = Place(prefix.ensure(root), root, root / "build" / "windows")
    place.out.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(place.profile, ignore_errors=True)
    lines: list[Line] = []
    with checks.display():
        try:
            for step in steps(place, env):
                if (quick and not step.is_quick) or (names and not step.name.startswith(names)):
                    continue
                lines.append(_line(step))
                print(_text(lines[-1]), flush=True)
        finally:
            place.prefix.stop()
    failed = sum(not line.passed for line in lines)
    print(f"\nWindows: {len(lines) - failed} steps passed, {failed} failed", flush=True)
    return 1 if failed or not lines else 0


def steps(place: Place, env: Environment) -> list[Step]:
    """Every step, in an order in which each has what it needs."""
    source = checks.source(place)
    built = place.out / "dist" / "moa"
    frozen = checks.frozen(built)
    installed = checks.frozen(installer.folder(place))
    version = artifacts.version()
    setups: dict[str, installer.Setup] = {}

    def compiled() -> str:
        for each in (_OLDER, version):
            setups[each] = installer.compiled(place, built, each, quick=each == _OLDER)
        size = setups[version].path.stat().st_size / 1e6
        if size > LARGEST_SETUP:
            raise Failed(f"{size:.1f} MB, more than {LARGEST_SETUP:.0f}")
        return f"{size:.1f} MB"

    def dialogs(language: str) -> str:
        return installer.by_dialogs(place, setups[_OLDER], setups[version], language)

    def commands(program: checks.Program) -> list[Step]:
        return [
            Step(
                f"{program.name} {command.__name__} {page}",
                partial(command, place, program, page),
                is_quick=page == _KOREAN,
            )
            for command in COMMANDS
            for page in CODE_PAGES
        ]

    return [
        *commands(source),
        Step("vault", lambda: _vault(place)),
        Step("build", lambda: _build(place)),
        *commands(frozen),
        Step("a second build", lambda: _again(place, built), is_quick=False),
        Step("what a build may lack", lambda: _defects(place, frozen), is_quick=False),
        Step("pictures as on Linux", lambda: _alike(place, env)),
        Step("demo by keys and mouse", lambda: driving.demo(place, frozen)),
        Step("second start", lambda: driving.second_start(place, frozen)),
        Step("killed and started again", lambda: driving.killed(place, frozen), is_quick=False),
        Step("ended from outside", lambda: driving.ended_from_outside(place, frozen)),
        Step("installer", compiled),
        Step("install", lambda: installer.install(place, setups[version], "/DESKTOP", "/STARTUP")),
        Step("installed snapshot", lambda: checks.snapshot(place, installed, _KOREAN)),
        Step("start from the shortcut", lambda: installer.from_shortcut(place)),
        Step("upgrade while it runs", lambda: installer.upgrade(place, setups[_OLDER], setups[version])),
        Step("uninstall", lambda: installer.uninstall(place)),
        *(Step(f"dialogs in {name}", partial(dialogs, name), is_quick=False) for name in installer.LANGUAGES),
        Step("tests", lambda: _tests(place), is_quick=False),
    ]


def _vault(place: Place) -> str:
    script = place.prefix.windows_path(Path(__file__).parent / "vault.py")
    return checks.sound(place.run([place.prefix.python, "-P", script])).strip()


def _build(place: Place) -> str:
    size = artifacts.size(checks.build(place, place.out / "dist")) / 1e6
    if size > LARGEST_FOLDER:
        raise Failed(f"{size:.1f} MB, more than {LARGEST_FOLDER:.0f}")
    return f"{size:.1f} MB"


def _again(place: Place, built: Path) -> str:
    """Another build of the commit is the same, byte by byte."""
    second = checks.build(place, place.out / "dist again")
    if found := artifacts.differences(built, second):
        raise Failed(f"{len(found)} files differ: {', '.join(found[:5])}")
    count = sum(path.is_file() for path in second.rglob("*"))
    shutil.rmtree(second.parent)
    return f"the same in all of {count} files"


def _defects(place: Place, program: checks.Program) -> str:
    def selftest() -> int:
        return place.run([*program.command, "--selftest"], limit=240).code

    if missed := defects.missed(place.out / "dist" / "moa", selftest):
        raise Failed(f"the self-test does not find: {', '.join(missed)}")
    return f"found: {', '.join(defects.PARTS)}"


def _alike(place: Place, env: Environment) -> str:
    linux = place.out / "pictures linux"
    command = [env.python, "-P", "-m", "app", "--profile", str(place.out / "linux"), "screenshot", str(linux)]
    variables = {**clean_variables(), "QT_QPA_PLATFORM": "offscreen"}
    if code := processes.run([*command, "--demo"], env=variables, limit=240):
        raise Failed(f"the pictures on Linux ended with {code}")
    script = str(place.root / "packaging" / "pictures.py")
    compare = [env.python, script, str(linux), str(place.out / "pictures frozen 949")]
    done = subprocess.run(compare, env=variables, capture_output=True, text=True, check=False, timeout=120)
    lines = done.stdout.splitlines() or done.stderr.splitlines()[-1:]
    if done.returncode:
        raise Failed(" | ".join(lines))
    return f"{len(lines)} tabs, {max(lines, key=lambda line: line.partition(': ')[2])} at most"


def _tests(place: Place) -> str:
    options = [
        "-p",
        "no:xdist",
        "-p",
        "no:randomly",
        "-p",
        "no:cacheprovider",
        "-m",
        "not faults and not xvfb",
        *(f"--ignore={file}" for file in _NOT_HERE),
    ]
    ended = place.prefix.run(
        [place.prefix.python, "-m", "pytest", *options, *_TESTS],
        limit=_TESTS_LIMIT,
        more=place.variables("949"),  # without a locale Wine knows no name in Hangul
        cwd=place.root,
    )
    (place.out / "tests.txt").write_text(ended.text, encoding="utf-8")
    last = (ended.text.strip().splitlines() or [""])[-1]
    if ended.code:
        raise Failed(f"{last} (all of it in {place.out / 'tests.txt'})")
    return last.strip("= ")


def _line(step: Step) -> Line:
    start = time.monotonic()
    try:
        text, passed = step.act(), True
    except (Failed, Unfit, KeyError, OSError) as reason:
        text, passed = str(reason) or type(reason).__name__, False
    return Line(step.name, time.monotonic() - start, text, passed)


def _text(line: Line) -> str:
    return f"{'ok  ' if line.passed else 'FAIL'}  {line.name:<30}  {line.seconds:>6.1f} s  {line.text}"
