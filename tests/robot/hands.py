"""A user's hands: keys and a mouse as the X server has them, through xdotool."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

Rect = list[int]  # left, top, width, height on the screen
_KEY_MS = "2"
TOOL = "xdotool"


def has_hands() -> bool:
    """Whether there is a tool that moves them."""
    return shutil.which(TOOL) is not None


def has_server() -> bool:
    """Whether displays can be made."""
    return shutil.which("Xvfb") is not None


def _do(*arguments: object) -> None:
    subprocess.run([TOOL, *map(str, arguments)], check=True, timeout=20)


def press(*keys: str) -> None:
    """Press keys one after the other, such as `ctrl+f`."""
    _do("key", "--delay", _KEY_MS, *keys)


def write(text: str) -> None:
    """Type a text of ASCII letters."""
    _do("type", "--delay", _KEY_MS, "--", text)


def middle(rect: Rect) -> tuple[int, int]:
    """The point in the middle."""
    return rect[0] + rect[2] // 2, rect[1] + rect[3] // 2


def point(place: tuple[int, int]) -> None:
    """Move the pointer there."""
    _do("mousemove", *place)


def click(place: tuple[int, int], *, button: int = 1, holding: str = "") -> None:
    """Click there; with a key held down."""
    keys = ("keydown", holding) if holding else ()
    release = ("keyup", holding) if holding else ()
    _do(*keys, "mousemove", *place, "click", button, *release)


@contextmanager
def pressing(place: tuple[int, int]) -> Iterator[None]:
    """Press there, and let go at the end of the block."""
    _do("mousemove", *place, "mousedown", 1)
    try:
        yield
    finally:
        _do("mouseup", 1)


def drag(start: tuple[int, int], end: tuple[int, int]) -> None:
    """Press there, move over in some steps, and let go."""
    steps = 8
    moves: list[object] = []
    for step in range(1, steps + 1):
        moves += ["mousemove", *(a + (b - a) * step // steps for a, b in zip(start, end, strict=True))]
        moves += ["sleep", "0.01"]
    _do("mousemove", *start, "mousedown", 1, "sleep", "0.02", *moves, "mouseup", 1)


def focused() -> int:
    """The window that the X server sends keys to."""
    done = subprocess.run([TOOL, "getwindowfocus", "-f"], capture_output=True, check=False, timeout=20)
    return int(done.stdout or 0)


def focus(window: int) -> None:
    """Give the keyboard to a window, as a window manager does; one that is gone by now gets nothing."""
    subprocess.run([TOOL, "windowfocus", str(window)], capture_output=True, check=False, timeout=20)


def resize(window: int, width: int, height: int) -> None:
    """Make a window this large, as a window manager does."""
    _do("windowsize", window, width, height)


def move(window: int, x: int, y: int) -> None:
    """Bring a window there, as a window manager does."""
    _do("windowmove", window, x, y)
