"""Plain text for tooltips, labels and captions, without any markup.

Qt interprets a text that looks like HTML, and then opens the files that its images refer to.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.domain.plain_text import shortened

if TYPE_CHECKING:  # importing a Qt class takes time before the first paint
    from PySide6.QtCore import QObject, QPoint
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QSystemTrayIcon, QWidget

TOOLTIP_ROLE = int(Qt.ItemDataRole.ToolTipRole)

_LONGEST = 4_000
_JOINER = "\u2060"  # invisible and zero-width
_MARKUP = re.compile(r"<|&(?=#?\w)")


def plain(text: str) -> str:
    """Return a text of bounded length that Qt and notification services show literally.

    An invisible character within each tag and entity invalidates it.
    """
    return _MARKUP.sub(rf"\g<0>{_JOINER}", shortened(text, _LONGEST))


def caption(text: str) -> str:
    """Return a text for a button, a menu or a tab, where a single & would underline the next letter."""
    return text.replace("&", "&&")


def set_tip(target: QWidget | QAction | QSystemTrayIcon, text: str) -> None:
    """Set a tooltip as plain text."""
    target.setToolTip(plain(text))


def show_tip(place: QPoint, text: str, widget: QWidget) -> None:
    """Show a plain-text tooltip immediately."""
    from PySide6.QtWidgets import QToolTip

    QToolTip.showText(place, plain(text), widget)


def say(source: QObject, text: str) -> None:
    """Announce a text to screen readers without moving the focus; does nothing where none is active."""
    from PySide6.QtGui import (  # late: nothing is announced before the first paint
        QAccessible,
        QAccessibleAnnouncementEvent,
    )

    if text and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, text))


class Label(QLabel):
    """A label that shows plain text; callers that set rich text must escape what is not markup."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
