"""The program in a process of its own, its window as its user sees it, and the user's hands on it."""

import json
import os
import selectors
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from tests.main.simulated import ROOT, environment
from tests.robot import hands
from tests.robot.hands import Rect

PATIENCE = 20.0  # seconds for a state to come about
_LOOK_SECONDS = 0.02
_NOISE = "propagateSizeHints"  # Qt's word on a platform that cannot do it

Shown = dict[str, Any]

on_display = [
    pytest.mark.xvfb,
    pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs a display"),
    pytest.mark.skipif(not hands.has_hands(), reason=f"needs {hands.TOOL}"),
]


class NoTable(AssertionError):
    """The tab in front has no table, or not yet."""


class Seen(dict[str, Any]):
    """One look at all windows, by the words of tests.robot.looking."""

    @property
    def main(self) -> Shown:
        """The window itself."""
        return next(each for each in self["windows"] if each["kind"] == "MainWindow")

    def window(self, kind: str) -> Shown | None:
        """An open dialog."""
        return next((each for each in self["windows"] if each["kind"] == kind), None)

    @property
    def table(self) -> Shown:
        """The table in front."""
        if self["table"] is None:
            raise NoTable
        return self["table"]

    @property
    def is_filled(self) -> bool:
        """Whether the table in front has rows."""
        return self["table"] is not None and bool(self["table"]["rows"])

    def shown(self) -> list[Shown]:
        """The table's columns from left to right."""
        found = [each for each in self.table["columns"] if not each["hidden"]]
        return sorted(found, key=lambda each: each["place"])

    def column(self, field: str) -> Shown:
        """A column of the table."""
        return next(each for each in self.table["columns"] if each["field"] == field)

    def cells(self, field: str) -> list[str]:
        """The texts of a column from top to bottom."""
        at = [each["field"] for each in self.table["columns"]].index(field)
        return [row[at] for row in self.table["rows"]]

    def item(self, text: str) -> Shown | None:
        """A line of an open menu."""
        return next((each for menu in self["menus"] for each in menu if each["text"] == text), None)

    def widget(self, words: str, *, kind: str = "", within: str = "") -> Shown | None:
        """A widget with this text or name; of the window in which the user is, by default."""
        windows = [each for each in self["windows"] if not within or each["kind"] == within]
        found = [
            each
            for window in windows
            for each in window["widgets"]
            if words in (each["text"], each["name"]) and kind in ("", each["kind"])
        ]
        return found[0] if found else None


class User:
    """Sits before the program. All waiting is for something to be seen, and has an end."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._mapped: list[int] = []  # windows in the order of their coming
        assert process.stdout is not None
        self._selector = selectors.DefaultSelector()
        self._selector.register(process.stdout, selectors.EVENT_READ)
        self._heard = b""
        assert self._line() == "painted"

    def ask(self, question: str, *about: object) -> Any:
        """A question to the observer, by a function of tests.robot.looking."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps([question, *about]).encode() + b"\n")
        self._process.stdin.flush()
        return self._line()

    def look(self) -> Seen:
        """What is to be seen now; a window that has come since gets the keyboard."""
        seen = Seen(self.ask("look"))
        self._manage(seen)
        return seen

    def until(self, claim: Callable[[Seen], object], what: str = "") -> Seen:
        """What is seen once this holds. AssertionError after some patience."""
        end = time.monotonic() + PATIENCE
        while True:
            seen = self.look()
            with suppress(NoTable):  # it may come
                if self._is_settled(seen) and claim(seen):
                    return seen
            if time.monotonic() > end:
                focus = seen["focus"] and {key: seen["focus"][key] for key in ("kind", "name", "text")}
                reported = [(each["kind"], each["is_active"]) for each in seen["windows"]]
                table = seen["table"] and {
                    name: each for name, each in seen["table"].items() if name != "rects"
                }
                raise AssertionError(f"waited in vain {what}; {focus}, {reported}, {seen['tabs']}, {table}")
            time.sleep(_LOOK_SECONDS)

    def press(self, *keys: str) -> None:
        """Press keys in the window that is in front."""
        self._take_keyboard()
        hands.press(*keys)

    def write(self, text: str) -> None:
        """Type in the window that is in front."""
        self._take_keyboard()
        hands.write(text)

    def click(self, target: Shown | Rect | None, *, button: int = 1, holding: str = "") -> None:
        """Click on the middle of something that was seen."""
        assert target is not None
        rect = target["rect"] if isinstance(target, dict) else target
        assert rect[2] > 0 and rect[3] > 0, "it cannot be seen"
        hands.click(hands.middle(rect), button=button, holding=holding)

    def end(self, seconds: float) -> tuple[int, list[str]]:
        """The program's exit code and what it complained of; it must end within so many seconds."""
        _, err = self._process.communicate(timeout=seconds)
        return self._process.returncode, [line for line in err.decode().splitlines() if _NOISE not in line]

    def _manage(self, seen: Seen) -> None:
        """There is no window manager: the window that came last has the keyboard."""
        windows = sorted(seen["windows"], key=lambda each: each["kind"] != "MainWindow")
        there = {each["id"]: each for each in windows}
        self._mapped = [each for each in self._mapped if each in there]
        self._mapped += [each for each in there if each not in self._mapped]
        front = there[self._mapped[-1]]
        if not front["is_active"] and not seen["menus"]:
            hands.focus(front["id"])

    def _take_keyboard(self) -> None:
        """Qt may take a window for active while the X server still has the keyboard elsewhere."""

        def has_it(seen: Seen) -> bool:
            if hands.focused() == self._mapped[-1]:
                return True
            if not seen["menus"]:
                hands.focus(self._mapped[-1])
            return False

        self.until(has_it, "for the window in front to have the keyboard")

    def _is_settled(self, seen: Seen) -> bool:
        return any(each["id"] == self._mapped[-1] and each["is_active"] for each in seen["windows"])

    def _line(self) -> Any:
        assert self._process.stdout is not None
        end = time.monotonic() + 3 * PATIENCE
        while b"\n" not in self._heard:
            assert self._selector.select(max(0.0, end - time.monotonic())), "the program does not answer"
            part = os.read(self._process.stdout.fileno(), 1 << 20)
            if not part:
                raise AssertionError(f"the program ended: {self.end(PATIENCE)}")
            self._heard += part
        line, _, self._heard = self._heard.partition(b"\n")
        return json.loads(line)


def speak(user: User, language: str) -> None:
    """Change over to this language, the other one, by the name of a command, which is found in both."""
    user.press("ctrl+k")
    user.until(
        lambda seen: seen.window("CommandPalette") and seen["focus"]["kind"] == "Field", "for the palette"
    )
    user.write("language")
    user.until(lambda seen: seen["focus"]["text"] == "language")
    user.press("Return")
    user.until(
        lambda seen: seen["language"] == language and seen.is_filled and len(seen["windows"]) == 1,
        f"for the language {language}",
    )


@contextmanager
def opened(
    profile: Path,
    secrets: Mapping[str, str],
    *,
    ahead: float = 0.0,
    environ: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[User]:
    """The program on a profile, with its clock so many seconds ahead, and more in its environment."""
    home = profile.parent / "home"
    home.mkdir(exist_ok=True)
    own = {
        "QT_QPA_PLATFORM": "xcb",
        "QT_QPA_PLATFORMTHEME": "none",  # Qt's own dialogs on every desktop
        "XDG_CURRENT_DESKTOP": "",
        "DBUS_SESSION_BUS_ADDRESS": f"unix:path={home / 'no-bus'}",
        "HOME": str(home),
        "LIBGL_ALWAYS_SOFTWARE": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.robot.observed", str(ahead), "--profile", str(profile)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env=environment(secrets) | own | environ,
    )
    try:
        yield User(process)
    except AssertionError as error:
        process.kill()
        error.add_note(process.communicate()[1].decode())
        raise
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
