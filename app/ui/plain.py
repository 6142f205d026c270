"""The one way for text to become a tooltip, a label or a caption: nothing in it is markup.

Qt takes a text that looks like HTML for HTML, and then opens the files that its images name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from app.domain.plain_text import shortened

if TYPE_CHECKING:  # Qt makes a class when it is first imported, and the first paint waits for it
    from PySide6.QtCore import QObject, QPoint
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QSystemTrayIcon, QWidget

TOOLTIP_ROLE = int(Qt.ItemDataRole.ToolTipRole)

_LONGEST = 4_000
_JOINER = "\u2060"  # invisible and of no width
_MARKUP = re.compile(r"<|&(?=#?\w)")


def plain(text: str) -> str:
    """A text of a bounded length that Qt and notification services show letter by letter.

    An invisible character within each tag and entity makes it none.
    """
    return _MARKUP.sub(rf"\g<0>{_JOINER}", shortened(text, _LONGEST))


def caption(text: str) -> str:
    """A text for a button, a menu or a tab, where a single & would underline the letter after it."""
    return text.replace("&", "&&")


def set_tip(target: QWidget | QAction | QSystemTrayIcon, text: str) -> None:
    """Give something a tooltip."""
    target.setToolTip(plain(text))


def show_tip(place: QPoint, text: str, widget: QWidget) -> None:
    """Show a tooltip now."""
    from PySide6.QtWidgets import QToolTip

    QToolTip.showText(place, plain(text), widget)


def say(source: QObject, text: str) -> None:
    """Have a screen reader say a text, without moving the focus; nothing where none is used."""
    from PySide6.QtGui import (  # late: nothing is said before the paint
        QAccessible,
        QAccessibleAnnouncementEvent,
    )

    if text and QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(source, text))


class Label(QLabel):
    """A label that shows its text as it is. One with markup of ours says so and escapes what is not."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setText(text)
