"""The frozen program's window, driven by keys and mouse on a screen of its own."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from wine.checks import TABS, WINDOW, Failed, Place, Program, started, wait_for, wait_for_window, windows

_FEWEST_COLOURS = 1500  # a window that has painted its table and charts has more
_STARTS = 20
_MOST_DIFFERENT = 0.2  # of the full range, root mean square: fonts' edges and moving prices stay far below it


def demo(place: Place, program: Program) -> str:
    """Tabs, sort, search, mask, dialogs, the small window, an export and the end, by keys and mouse alone."""
    steps = 0
    with started(place, [*program.windowed, "--demo"]) as running:
        wait_for_window(90)
        wait_for(lambda: _colours(place) > _FEWEST_COLOURS, "its first figures", 60)
        _click(400, 300)
        for name, act in _GESTURES.items():
            before = _picture(place, "before")
            act()
            wait_for(
                lambda before=before: _differ(before, _picture(place, "after")), f"an effect of {name}", 15
            )
            steps += 1
        steps += _dialogs()
        _export(place)
        _click(400, 300)  # with no window manager nothing has the keyboard after the system's own dialog
        _keys("ctrl+q")
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


def alike(place: Place, linux: Path, windows_pictures: Path) -> str:
    """The pictures of the tabs look as they do on Linux."""
    worst = 0.0
    for tab in TABS:
        pair = [str(folder / f"{tab}.png") for folder in (linux, windows_pictures)]
        done = subprocess.run(
            ["compare", "-metric", "RMSE", *pair, str(place.out / f"difference-{tab}.png")],
            capture_output=True,
            text=True,
            check=False,
        )
        difference = float(done.stderr.partition("(")[2].partition(")")[0] or 1)
        worst = max(worst, difference)
        if difference > _MOST_DIFFERENT:
            raise Failed(f"{tab}: {difference:.2f} of the full range")
    return f"at most {worst:.3f} apart"


_GESTURES: dict[str, Callable[[], None]] = {
    **{f"tab {at}": (lambda at=at: _keys(f"ctrl+{at}")) for at in (2, 3, 4, 5)},
    "a click on a column's title": lambda: _click(500, 215),
    "the mask": lambda: _keys("ctrl+m"),
    "the mask again": lambda: _keys("ctrl+m"),
    "the theme": lambda: _keys("ctrl+shift+l"),
    "a search": lambda: _keys("ctrl+f", "0", "0", "5"),
    "the end of the search": lambda: _keys("Escape"),
}
_DIALOGS = {"ctrl+comma": "설정|Settings", "F1": "단축키|shortcuts", "ctrl+k": "명령|commands"}


def _dialogs() -> int:
    for keys, title in _DIALOGS.items():
        _keys(keys)
        wait_for(lambda title=title: bool(windows(title)), f"the dialog of {keys}", 15)
        time.sleep(0.5)
        _keys("Escape")
        wait_for(lambda title=title: not windows(title), f"the end of the dialog of {keys}", 15)
    for expected in (2, 1):
        _keys("ctrl+shift+m")
        wait_for(lambda n=expected: len(windows(WINDOW)) == n, "the small window", 15)
    return len(_DIALOGS) + 2


def _export(place: Place) -> None:
    target = place.out / "exported.xlsx"
    target.unlink(missing_ok=True)
    _keys("ctrl+e")
    wait_for(lambda: bool(windows("저장|Save")), "the dialog for files", 30)
    time.sleep(1)
    _keys("ctrl+a")
    subprocess.run(["xdotool", "type", "--delay", "20", place.prefix.windows_path(target)], check=True)
    _keys("Return")
    wait_for(lambda: target.exists() and target.stat().st_size > 100, "the exported table", 20)


def _keys(*keys: str) -> None:
    subprocess.run(["xdotool", "key", "--delay", "80", *keys], check=True)
    time.sleep(0.3)


def _click(x: int, y: int) -> None:
    origin = (windows(WINDOW) or [""])[0]
    subprocess.run(["xdotool", "mousemove", "--window", origin, str(x), str(y), "click", "1"], check=True)
    time.sleep(0.3)


def _picture(place: Place, name: str) -> Path:
    path = place.out / f"screen-{name}.png"
    subprocess.run(["import", "-window", "root", str(path)], check=True)
    return path


def _colours(place: Place) -> int:
    picture = _picture(place, "start")
    done = subprocess.run(
        ["identify", "-format", "%k", str(picture)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def _differ(one: Path, other: Path) -> bool:
    done = subprocess.run(
        ["compare", "-metric", "AE", "-fuzz", "5%", str(one), str(other), "null:"],
        capture_output=True,
        text=True,
        check=False,
    )
    return float(done.stderr.split()[0]) > 2000  # pixels: more than a clock and some prices
