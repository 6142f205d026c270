"""Lets each widget and timer know where it was made or started, so that a failing check can name it."""

import sys
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any

from PySide6 import QtWidgets
from PySide6.QtWidgets import QWidget

_ROOT = Path(__file__).parents[2]
PLACES = "_made_at"
_DEPTH = 12

Place = tuple[str, int]


def places(thing: object) -> list[Place]:
    """Where a thing was made, the innermost call first; empty for what Qt itself made."""
    return getattr(thing, PLACES, [])


def said(thing: object) -> str:
    """The places in this project, in one line."""
    here = [(Path(file), line) for file, line in places(thing)]
    ours = [f"{path.relative_to(_ROOT)}:{line}" for path, line in here if path.is_relative_to(_ROOT)]
    return " < ".join(each for each in ours if not each.startswith((".venv", "tests/plugins"))) or "Qt"


def calls(frame: FrameType | None, made: object = None) -> list[Place]:
    """The calls that led to a frame, the innermost first; without the constructors of what is made."""
    found: list[Place] = []
    while frame is not None and len(found) < _DEPTH:
        code = frame.f_code
        is_own = code.co_name == "__init__" and frame.f_locals.get(code.co_varnames[0]) is made
        if not is_own or made is None:
            found.append((code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return found


def note(kind: type, method: str, before: Callable[..., object] | None = None) -> None:
    """Let each thing of a kind know where its method was called first; `before` precedes each call."""
    original = getattr(kind, method)

    @wraps(original)
    def noting(self: Any, *arguments: Any, **named: Any) -> Any:
        with suppress(AttributeError, RuntimeError):
            if not hasattr(self, PLACES):
                setattr(self, PLACES, calls(sys._getframe(1), self))
        if before is not None:
            before(self)
        return original(self, *arguments, **named)

    setattr(kind, method, noting)


def widget_kinds(method: str) -> list[type[QWidget]]:
    """The widgets of Qt that have this method of their own."""
    named = [getattr(QtWidgets, name) for name in dir(QtWidgets)]  # each is there once it is asked for
    kinds = [each for each in named if isinstance(each, type) and issubclass(each, QWidget)]
    return [each for each in kinds if method in vars(each)]
