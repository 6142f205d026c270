"""What is told aloud of connections: that one was lost, and that it is back. Ticks never are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.language import tr
from app.services.store import Line, ViewState

if TYPE_CHECKING:  # not needed for the first paint
    from collections.abc import Sequence

    from PySide6.QtCore import QObject

    from app.domain.connections import Connection


class Announcer:
    """Remembers which connections are lost, so that each loss and each recovery is told once."""

    def __init__(self) -> None:
        self._lost: set[str] = set()

    def news(self, connection: Connection, states: Sequence[ViewState]) -> str:
        """What is to be said now that a connection's views are in these states; mostly nothing."""
        broken = [state for state in states if state.is_line_down or state.error is not None]
        if broken and connection.id not in self._lost:
            self._lost.add(connection.id)
            return _loss(connection.label, broken[0])
        is_settled = all(state.line is not Line.CONNECTING for state in states)
        if not broken and is_settled and connection.id in self._lost:
            self._lost.discard(connection.id)
            return tr("{name}: The connection is back.", name=connection.label)
        return ""


def say(source: QObject, text: str) -> None:
    """Have a screen reader say a text, without moving the focus; nothing where none is used."""
    from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

    if text and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, text))


def _loss(name: str, state: ViewState) -> str:
    is_line = state.is_line_down
    what = (
        tr("{name}: The live line is broken.", name=name)
        if is_line
        else tr("{name}: Reading failed.", name=name)
    )
    error = state.line_error if is_line else state.error
    return f"{what} {error.message}" if error is not None else what
