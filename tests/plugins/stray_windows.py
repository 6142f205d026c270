"""A test fails on a widget that opens as a window of its own although it is to stand in another.

That happens where it is shown before it has a parent. A window is what asks to be one: the main window, and
what says of itself that it is a dialog, a menu, a tooltip or a tool. What a test itself makes it may show.
"""

from collections.abc import Callable, Generator
from functools import wraps
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from tests.plugins import made_at

_APP = Path(__file__).parents[2] / "app"
_MAIN = "MainWindow"
_PLAIN = (Qt.WindowType.Widget, Qt.WindowType.Window)
found: set[str] = set()  # since it was last looked at


def _look(widget: QWidget) -> None:
    """Called before a widget is shown."""
    if not widget.isWindow() or widget.windowType() not in _PLAIN or type(widget).__name__ == _MAIN:
        return
    places = made_at.places(widget)
    if places and Path(places[0][0]).is_relative_to(_APP):
        found.add(f"{type(widget).__name__}, made at {made_at.said(widget)}")


def _watched(method: Callable[..., Any], *, shows: bool) -> Callable[..., Any]:
    @wraps(method)
    def watched(self: QWidget, *arguments: Any, **named: Any) -> Any:
        if shows or (arguments and arguments[0]):
            _look(self)
        return method(self, *arguments, **named)

    return watched


def pytest_configure() -> None:
    """Look whenever a widget is shown from Python."""
    for name, shows in (("show", True), ("setVisible", False)):
        for kind in made_at.widget_kinds(name):
            setattr(kind, name, _watched(getattr(kind, name), shows=shows))


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None]:
    """Say what was seen."""
    try:
        result = yield
    finally:
        shown = sorted(found)
        found.clear()
    if shown:
        pytest.fail("opened as windows of their own:\n  " + "\n  ".join(shown), pytrace=False)
    return result
