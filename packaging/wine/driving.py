"""The frozen program's window, driven by keys and mouse on a screen of its own."""

from __future__ import annotations

import os
import pty
import random
import shutil
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from subprocess import Popen

from wine import screen
from wine.checks import WINDOW, Failed, Place, Program, started, wait_for, wait_for_window, windows

_FEWEST_COLOURS = 1500  # a window that has painted its table and charts has more
_STARTS = 20
_LONGEST_END = 2.8  # seconds, as the program promises
_HIDING_SECONDS = 2  # that Wine waits for a window manager, which is not there, with each window or icon
_CTRL_C = b"\x03"


def demo(place: Place, program: Program) -> str:
    """Tabs, sort, search, mask, dialogs, the small window, an export and the end, by keys and mouse alone."""
    steps = 0
    with started(place, [*program.windowed, "--demo"]) as running:
        wait_for_window(90)
        wait_for(lambda: screen.colours(place) > _FEWEST_COLOURS, "its first figures", 60)
        _click(400, 300)
        for name, act in _GESTURES.items():
            screen.effect(place, act, name)
            steps += 1
        steps += _dialogs()
        _export(place)
        _click(400, 300)  # with no window manager nothing has the keyboard after the system's own dialog
        screen.keys("ctrl+q")
        wait_for(lambda: running.poll() is not None, "the end after Ctrl+Q", 15)
        if running.returncode:
            raise Failed(f"ended with {running.returncode}")
    return f"{steps + 2} gestures"


def second_start(place: Place, program: Program) -> str:
    """A second start raises the first one's window and ends."""
    command = program.windowed
    with started(place, command) as first:
        wait_for_window()
        time.sleep(1)
        ended = place.run(command, limit=30)
        if ended.code or first.poll() is not None or len(windows(WINDOW)) != 1:
            raise Failed(f"the second start ended with {ended.code}, {len(windows(WINDOW))} windows")
    return "one window"


def killed(place: Place, program: Program) -> str:
    """Ended at a random moment many times, the program starts again each time and has lost nothing."""
    chance = random.Random(20)
    command = program.windowed
    for _ in range(_STARTS):
        with started(place, command) as running:
            time.sleep(chance.uniform(0.2, 3))
            if running.poll() not in (None, 0):
                raise Failed(f"a start ended with {running.returncode}")
    with started(place, command):
        wait_for_window()
    damaged = [path.name for path in place.profile.rglob("*.corrupt-*")]
    if damaged:
        raise Failed(f"damaged: {', '.join(damaged)}")
    return f"{_STARTS} starts"


def ended_from_outside(place: Place, program: Program) -> str:
    """Ctrl+C in its terminal, or the closing of its window by another program, ends it and all it started."""
    alone = place._replace(out=place.out / "ended")
    shutil.rmtree(alone.out, ignore_errors=True)
    alone.profile.mkdir(parents=True)
    (alone.profile / "settings.toml").write_text("[notify]\ntray = false\n", encoding="utf-8")
    log = alone.profile / "logs" / "moa.log"

    def writes() -> bool:  # its event loop runs
        return log.exists() and log.stat().st_size > 0

    with _in_terminal(alone, program.command) as (running, terminal):
        wait_for(writes, "its log", 60)
        interrupted = _seconds_to_end(running, lambda: os.write(terminal, _CTRL_C), "Ctrl+C", 1)
    log.unlink()
    (alone.profile / "settings.toml").unlink()  # with its icon in the notification area
    with started(alone, program.windowed) as running:
        wait_for(writes, "its log", 60)
        task = Path(program.windowed[0]).name
        closed = _seconds_to_end(running, lambda: place.run(["taskkill", "/IM", task]), "closing", 2)
    with _in_terminal(place, [*program.command, "--demo"]) as (running, terminal):
        wait_for(lambda: screen.colours(place) > _FEWEST_COLOURS, "its first figures", 90)
        _seconds_to_end(running, lambda: os.write(terminal, _CTRL_C), "Ctrl+C", 2)
        wait_for(lambda: not _simulators(), "the end of the simulator", 10)
    return f"Ctrl+C {interrupted:.1f} s, closed {closed:.1f} s"


@contextmanager
def _in_terminal(place: Place, command: Sequence[str]) -> Generator[tuple[Popen[bytes], int]]:
    """A program in a terminal of its own, and the end of it on which a person types."""
    ours, its = pty.openpty()
    try:
        with started(place, command, terminal=its) as running:
            reader = threading.Thread(
                target=_read_all, args=[ours], daemon=True
            )  # else it waits at some point
            reader.start()
            yield running, ours
    finally:
        os.close(its)
        os.close(ours)


def _read_all(descriptor: int) -> None:
    with suppress(OSError):  # the terminal is gone
        while os.read(descriptor, 4096):
            pass


def _seconds_to_end(running: Popen[bytes], act: Callable[[], object], name: str, hidden: int) -> float:
    """How long the program takes to end with code 0 after something was done. Raises Failed."""
    most = _LONGEST_END + hidden * _HIDING_SECONDS
    act()
    began = time.monotonic()
    wait_for(lambda: running.poll() is not None, f"the end after {name}", most)
    if running.returncode:
        raise Failed(f"ended with {running.returncode} after {name}")
    return time.monotonic() - began


def _simulators() -> list[str]:
    """The processes that the program starts for the demo and that still run."""
    running: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            line = (process / "cmdline").read_bytes().decode("utf-8", "replace")
            if "--multiprocessing-fork" in line and ".exe" in line:
                running.append(process.name)
    return running


_GESTURES: dict[str, Callable[[], None]] = {
    **{f"tab {at}": (lambda at=at: screen.keys(f"ctrl+{at}")) for at in (2, 3, 4, 5)},
    "a click on a column's title": lambda: _click(500, 215),
    "the mask": lambda: screen.keys("ctrl+m"),
    "the mask again": lambda: screen.keys("ctrl+m"),
    "the theme": lambda: screen.keys("ctrl+shift+l"),
    "a search": lambda: screen.keys("ctrl+f", "0", "0", "5"),
    "the end of the search": lambda: screen.keys("Escape"),
}
_DIALOGS = {"ctrl+comma": "설정|Settings", "F1": "단축키|shortcuts", "ctrl+k": "명령|commands"}


def _dialogs() -> int:
    for keys, title in _DIALOGS.items():
        screen.keys(keys)
        wait_for(lambda title=title: bool(windows(title)), f"the dialog of {keys}", 15)
        time.sleep(0.5)
        screen.keys("Escape")
        wait_for(lambda title=title: not windows(title), f"the end of the dialog of {keys}", 15)
    for expected in (2, 1):
        screen.keys("ctrl+shift+m")
        wait_for(lambda n=expected: len(windows(WINDOW)) == n, "the small window", 15)
    return len(_DIALOGS) + 2


def _export(place: Place) -> None:
    target = place.out / "exported.xlsx"
    target.unlink(missing_ok=True)
    screen.keys("ctrl+e")
    wait_for(lambda: bool(windows("저장|Save")), "the dialog for files", 30)
    time.sleep(1)
    screen.keys("ctrl+a")
    screen.write(place.prefix.windows_path(target))
    screen.keys("Return")
    wait_for(lambda: target.exists() and target.stat().st_size > 100, "the exported table", 20)


def _click(x: int, y: int) -> None:
    screen.click(WINDOW, x, y)
