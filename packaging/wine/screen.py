"""The hands and eyes of the steps: keys, mouse and pictures of the screen."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from wine.checks import Failed, Place, wait_for, windows

_CHANGED = 2000  # pixels: more than a clock and some prices


def focus(title: str) -> None:
    """Give a window the keyboard: there is no window manager to do it."""
    subprocess.run(["xdotool", "windowfocus", "--sync", windows(title)[-1]], check=True, timeout=10)


def keys(*names: str) -> None:
    """Press keys one after another."""
    subprocess.run(["xdotool", "key", "--delay", "80", *names], check=True)
    time.sleep(0.3)


def write(text: str) -> None:
    """Type a text."""
    subprocess.run(["xdotool", "type", "--delay", "20", text], check=True)


def click(title: str, x: int, y: int) -> None:
    """Click at a place of a window."""
    origin = (windows(title) or [""])[0]
    subprocess.run(["xdotool", "mousemove", "--window", origin, str(x), str(y), "click", "1"], check=True)
    time.sleep(0.3)


def picture(place: Place, name: str) -> Path:
    """Write what the screen shows into a file."""
    path = place.out / f"screen-{name}.png"
    subprocess.run(["import", "-window", "root", str(path)], check=True)
    return path


def colours(place: Place) -> int:
    """How many colours the screen shows."""
    shown = picture(place, "start")
    done = subprocess.run(
        ["identify", "-format", "%k", str(shown)], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def shows(place: Place, colour: str) -> bool:
    """Whether an area of the screen has this very colour."""
    only = ["-fill", "black", "+opaque", colour, "-fill", "white", "-opaque", colour]
    command = ["convert", str(picture(place, "now")), *only, "-format", "%[fx:mean*w*h]", "info:"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout) > _CHANGED


def effect(place: Place, act: Callable[[], object], what: str, seconds: float = 15) -> None:
    """Do something and wait until it is to be seen. Raises Failed."""
    before = picture(place, "before")
    act()
    wait_for(lambda: _differ(before, picture(place, "after")), f"an effect of {what}", seconds)


def settle(place: Place, what: str, seconds: float = 30) -> None:
    """Wait until the screen stays as it is for a moment. Raises Failed."""
    shown = picture(place, "before")
    end = time.monotonic() + seconds
    while True:
        time.sleep(0.4)
        following = picture(place, "after")
        if not _differ(shown, following):
            return
        if time.monotonic() > end:
            raise Failed(f"{what}: still changing after {seconds:.0f} s")
        shown = following.replace(shown)


def _differ(one: Path, other: Path) -> bool:
    done = subprocess.run(
        ["compare", "-metric", "AE", "-fuzz", "5%", str(one), str(other), "null:"],
        capture_output=True,
        text=True,
        check=False,
    )
    return float(done.stderr.split()[0]) > _CHANGED
