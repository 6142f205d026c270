"""What is seen of the program on Windows, step by step: from source, frozen, and driven by keys and mouse."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import termios
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import artifacts

from wine.prefix import Ended, Prefix

# What a Windows program's code page follows under Wine, and how it is asked for.
CODE_PAGES = {"949": "ko_KR.UTF-8", "1252": "C.UTF-8", "65001": "C.UTF-8"}
TABS = ("overview", "pension", "bonds", "asset-mix", "positions")
WINDOW = "(^|— )(모아|Moa)$"  # the title of the main window and of the small one, in the demo too
# Seen in what a program prints that went wrong although its exit code says that all is well.
SIGNS = ("Traceback", "Task was destroyed", "Cannot enter into task", "was never retrieved", "did not end")


class Failed(Exception):
    """A step that fell short, with the reason."""


class Program(NamedTuple):
    """How the program is started: from source by a Windows Python, or frozen."""

    name: str
    command: Sequence[str]  # what prints: `snapshot` and the like
    windowed: Sequence[str]


class Place(NamedTuple):
    """Where the steps work: the prefix, the checkout, and a folder for what they write."""

    prefix: Prefix
    root: Path
    out: Path

    @property
    def profile(self) -> Path:
        """A profile as Korean users have one: Hangul and blanks in its path."""
        return self.out / "사용자 프로필"

    def run(
        self, program: Sequence[str], *, limit: float = 120, code_page: str = "949", **more: str
    ) -> Ended:
        """Run a Windows program with this code page, on Qt's own Windows platform."""
        own = {**self.variables(code_page), **more}
        return self.prefix.run(program, limit=limit, more=own, cwd=self.out)

    def variables(self, code_page: str) -> dict[str, str]:
        """The environment variables for the program with this code page and the profile."""
        return {
            "MOA_PROFILE": self.prefix.windows_path(self.profile),
            "QT_QPA_PLATFORM": "windows",
            "LC_ALL": CODE_PAGES[code_page],
            "LOCPATH": str(_locales(self.prefix)),
            "PYTHONUTF8": "1" if code_page == "65001" else "0",
            "PYTHONIOENCODING": "utf-8",
        }


def _locales(prefix: Prefix) -> Path:
    """The Korean locale, made where there is none: Wine takes the code page from it."""
    folder = prefix.folder / "locales"
    if not (folder / "ko_KR.UTF-8").is_dir():
        folder.mkdir(exist_ok=True)
        command = ["localedef", "-i", "ko_KR", "-f", "UTF-8", str(folder / "ko_KR.UTF-8")]
        subprocess.run(command, check=False, capture_output=True)
    return folder


@contextmanager
def display(size: str = "1600x1000") -> Generator[None]:
    """A screen of its own for as long as it is needed."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-noreset", "-screen", "0", f"{size}x24"]
    server = subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    before = os.environ.get("DISPLAY")
    try:
        with os.fdopen(reading) as numbers:
            os.environ["DISPLAY"] = ":" + numbers.readline().strip()
        yield
    finally:
        server.terminate()
        server.wait()
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before


def source(place: Place) -> Program:
    """The program from the checkout."""
    command = [place.prefix.python, "-P", "-m", "app"]
    return Program("source", command, command)


def frozen(folder: Path) -> Program:
    """The program that PyInstaller or the installer put into a folder."""
    return Program("frozen", [str(folder / "moa-console.exe")], [str(folder / "moa.exe")])


def sound(ended: Ended) -> str:
    """What a program printed, where it ended well. Raises Failed."""
    signs = [sign for sign in SIGNS if sign in ended.text]
    if ended.code or signs:
        last = ended.text.strip().splitlines()[-1:] or [""]
        raise Failed(f"exit code {ended.code}{', ' + signs[0] if signs else ''}: {last[0][:200]}")
    return ended.text


# --- the commands -------------------------------------------------------------------------------------------


def snapshot(place: Place, program: Program, code_page: str) -> str:
    """Every view of the simulator is read, as on any system."""
    text = sound(place.run([*program.command, "snapshot", "--demo", "--format", "json"], code_page=code_page))
    views = json.loads(text)["views"]
    if not views or any(view["status"] != "ok" for view in views):
        raise Failed(", ".join(f"{view['view']}: {view['status']}" for view in views))
    return f"{len(views)} views, {sum(len(view['rows']) for view in views)} rows"


def doctor(place: Place, program: Program, code_page: str) -> str:
    """The examination of the simulator's connections ends well, and its text arrives whole."""
    text = sound(place.run([*program.command, "doctor", "--demo"], code_page=code_page))
    if "\ufffd" in text or not text.strip():
        raise Failed("its text did not arrive whole")
    return f"{len(text.splitlines())} lines"


def screenshot(place: Place, program: Program, code_page: str) -> str:
    """A picture of each tab is drawn."""
    folder = place.out / f"pictures {program.name} {code_page}"
    where = place.prefix.windows_path(folder)
    sound(place.run([*program.command, "screenshot", where, "--demo"], code_page=code_page, limit=240))
    drawn = sorted(path.stem for path in folder.glob("*.png") if path.stat().st_size > 10_000)
    if missing := sorted(set(TABS) - set(drawn)):
        raise Failed(f"no picture of {', '.join(missing)}")
    return f"{len(drawn)} pictures"


def selftest(place: Place, program: Program, code_page: str) -> str:
    """The program's own test finds it whole, with and without a console."""
    for command in {tuple(program.command), tuple(program.windowed)}:
        sound(place.run([*command, "--selftest"], code_page=code_page, limit=240))
    return "whole"


COMMANDS: tuple[Callable[[Place, Program, str], str], ...] = (snapshot, doctor, screenshot, selftest)


# --- the frozen program -------------------------------------------------------------------------------------


def build(place: Place, dist: Path) -> Path:
    """Freeze the program into a folder `moa` in `dist`; that folder. Raises Failed."""
    shutil.rmtree(dist, ignore_errors=True)
    options = ["--noconfirm", "--clean", "--log-level", "WARN"]
    where = ["--distpath", str(dist), "--workpath", str(place.out / "build")]
    spec = str(place.root / "packaging" / "moa.spec")
    command = [place.prefix.python, "-m", "PyInstaller", *options, *where, spec]
    ended = place.run(command, limit=900, **artifacts.reproducible())
    if ended.code:
        raise Failed(f"PyInstaller ended with {ended.code}:\n{ended.text[-2000:]}")
    return dist / "moa"


# --- more than one program ----------------------------------------------------------------------------------


@contextmanager
def started(
    place: Place, command: Sequence[str], *, terminal: int | None = None
) -> Generator[subprocess.Popen[bytes]]:
    """A program that goes on until the block ends, with its own profile, in a terminal if need be."""
    stream = subprocess.DEVNULL if terminal is None else terminal
    process = subprocess.Popen(
        place.prefix.command(command),
        env=place.prefix.variables(place.variables("949")),
        stdin=stream,
        stdout=stream,
        stderr=stream,
        start_new_session=True,
        preexec_fn=None if terminal is None else lambda: fcntl.ioctl(terminal, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no other thread holds a lock
    )
    try:
        yield process
    finally:
        place.prefix.stop()
        process.wait()


def windows(name: str) -> list[str]:
    """The X windows that are to be seen with a title that matches."""
    done = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", name], capture_output=True, text=True, check=False
    )
    return done.stdout.split()


def wait_for_window(seconds: float = 60) -> None:
    """Wait until the program's window is to be seen. Raises Failed."""
    wait_for(lambda: bool(windows(WINDOW)), "the window", seconds)


def wait_for(condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Wait until something is so. Raises Failed."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"{what}: not within {seconds:.0f} s")
        time.sleep(0.2)
