"""The line that says whether the rows add up to the broker's own total."""

from decimal import Decimal

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui.format import amount
from app.ui.plain import set_tip
from app.ui.theme import Theme, font, icon
from app.ui.widgets import table_marks as marks
from app.ui.widgets.figure_delegate import EDGE_PADDING

LINE_HEIGHT = 28
TEXT_SIZE = 12
ICON_SIZE = 14
ICON_ADVANCE = 20
GAP = 16

ADDS_UP = N_("Sum of rows = broker's sum · difference 0")
NO_TOTAL = N_("The broker gives no sum for this reading")
TOTAL_MISSING = N_("The broker's sum has not come")


class ReconciliationLine(QWidget):
    """A sign and a sentence at the left, a note at the right."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icon, self._color, self.text, self.note = "info", "text3", "", ""
        self.setFixedHeight(LINE_HEIGHT)
        self.setAccessibleName(tr("Sums agree"))
        theme.changed.connect(self.update)

    def show_reconciliation(self, difference: Decimal | None, gives_total: bool, note: str) -> None:
        """Say by how many won the broker's total and the rows differ; None when one is unknown."""
        self._icon, self._color = "info", "text3"
        if not gives_total:
            self.text = tr(NO_TOTAL)
        elif difference is None:
            self.text = tr(TOTAL_MISSING)
        elif difference:
            self._color = "warn"
            self.text = tr(
                "The sum of the rows and the broker's differ by {amount} won", amount=amount(abs(difference))
            )
        else:
            self._icon, self._color = "check-circle", "accent"
            self.text = tr(ADDS_UP)
        self._show_note(note)

    def show_verdict(self, text: str, is_warning: bool, note: str) -> None:
        """Say something else of the totals: all is well, or what is to be known of them."""
        self._icon, self._color = ("info", "warn") if is_warning else ("check-circle", "accent")
        self.text = text
        self._show_note(note)

    def _show_note(self, note: str) -> None:
        self.note = note
        self.setAccessibleName(". ".join(part for part in (self.text, note) if part))
        set_tip(self, self.accessibleName())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line; the note gives way to the sentence."""
        del event
        if not self.text:
            return
        colors = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, colors.line)
        painter.setFont(font(TEXT_SIZE))
        left, right = EDGE_PADDING + ICON_ADVANCE, self.width() - EDGE_PADDING
        top = (LINE_HEIGHT - ICON_SIZE) // 2
        sign = icon(self._icon, getattr(colors, self._color), ICON_SIZE)
        sign.paint(painter, QRect(EDGE_PADDING, top, ICON_SIZE, ICON_SIZE), Qt.AlignmentFlag.AlignCenter)
        base = marks.baseline(LINE_HEIGHT, TEXT_SIZE)
        text = marks.elided(self.text, right - left, TEXT_SIZE)
        painter.setPen(colors.text2)
        painter.drawText(left, base, text)
        room = right - left - marks.text_width(text, TEXT_SIZE) - GAP
        note = marks.elided(self.note, max(0, room), TEXT_SIZE)
        painter.setPen(colors.text3)
        painter.drawText(right - marks.text_width(note, TEXT_SIZE), base, note)
        painter.end()
