"""The row of totals below a table, and the line that compares it with the broker's own total."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui.format import MASK, UNKNOWN, Formatter
from app.ui.plain import set_tip
from app.ui.table import marks
from app.ui.table.delegate import EDGE_PADDING, PADDING, TEXT_SIZE
from app.ui.table.header import FigureHeader
from app.ui.table.model import FigureModel
from app.ui.theme import SEMIBOLD, Theme, elided, exact_metrics, fitting, font, icon, laid_out, text_width

TOTAL_HEIGHT = 32
TITLE = N_("Total")
WHOLE_TITLE = N_("Total of all rows")  # while a search shows only some of them

Total = tuple[str, int | None]  # the text, and the sign that sets its colour

LINE_HEIGHT, SUMS_HEIGHT = 28, 20
LINE_TEXT_SIZE = 12
ICON_SIZE = 14
ICON_ADVANCE = 20
GAP = 16

ADDS_UP = N_("Matches the broker's total")
NO_TOTAL = N_("The broker does not provide a total")
TOTAL_MISSING = N_("The broker's total was not received")


class TotalRow(QWidget):
    """Totals that follow the header when a column is resized, moved, hidden or scrolled."""

    def __init__(self, model: FigureModel[Any], header: FigureHeader, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._header = header
        self._theme = theme
        self._totals: dict[str, Total] = {}
        self.setFixedHeight(TOTAL_HEIGHT)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing shows through from below
        self._spoken: Sequence[str] = ()
        self.setAccessibleName(self.title)
        header.sectionResized.connect(self.update)
        header.sectionMoved.connect(self.update)
        header.geometriesChanged.connect(self.update)
        model.stale_changed.connect(self.update)
        model.arranged.connect(self._follow_search)
        theme.changed.connect(self.update)

    @property
    def title(self) -> str:
        """Return the title of the totals."""
        return title_of(self._model)

    def show_total(self, texts: Mapping[str, Total]) -> bool:
        """Show a text per field, blank for fields left out; return whether one has a new length."""
        lengths = {field: len(text) for field, (text, _) in self._totals.items()}
        self._totals = dict(texts)
        self._spoken = [
            f"{column.title} {texts[column.field][0]}"
            for column in self._model.columns
            if column.field in texts
        ]
        self._follow_search()
        return lengths != {field: len(text) for field, (text, _) in texts.items()}

    @property
    def texts(self) -> Mapping[str, str]:
        """Return the totals' texts by field."""
        return {field: text for field, (text, _) in self._totals.items()}

    def width_of(self, column: int) -> int:
        """Return the width of a column's total in pixels, without padding."""
        text = self._totals.get(self._model.columns[column].field, ("", None))[0]
        return text_width(text, TEXT_SIZE, SEMIBOLD)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the totals aligned with the header's columns."""
        del event
        colors = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.surface2)
        painter.fillRect(0, 0, self.width(), 1, colors.lineStrong)
        painter.setFont(font(TEXT_SIZE, SEMIBOLD))
        first, last = self._header.ends()
        base = marks.baseline(TOTAL_HEIGHT, TEXT_SIZE, SEMIBOLD)
        top = base - exact_metrics(TEXT_SIZE, SEMIBOLD).ascent()
        for at in self._header.shown():
            column = self._model.columns[at]
            text, sign = self._totals.get(column.field, (self.title if at == first else "", None))
            if not text:
                continue
            left = self._header.sectionViewportPosition(at)
            right = left + self._header.sectionSize(at) - (EDGE_PADDING if at == last else PADDING)
            left += EDGE_PADDING if at == first else PADDING
            if text_width(text, TEXT_SIZE, SEMIBOLD) > right - left:
                text = elided(text, right - left, TEXT_SIZE, SEMIBOLD)
            if self._model.is_stale or text == UNKNOWN:
                painter.setPen(colors.text3)
            else:
                # Masked totals have no colour, like masked cells.
                painter.setPen(colors.text if sign is None or text == MASK else colors.of_sign(sign))
            x = left if column.kind.is_text else right - text_width(text, TEXT_SIZE, SEMIBOLD)
            painter.drawStaticText(QPointF(x, top), laid_out(text, TEXT_SIZE, SEMIBOLD))
        painter.end()

    def _follow_search(self) -> None:
        self.setAccessibleName(", ".join([self.title, *self._spoken]))
        self.update()


def title_of(model: FigureModel[Any]) -> str:
    """Return the title of a table's totals, which include all rows even while a search hides some."""
    return tr(WHOLE_TITLE if model.arrangement.is_searching else TITLE)


class _Shown(NamedTuple):
    """What the line shows; the sign and the colour by their names in the theme."""

    sign: str = "info"
    color: str = "text3"
    text: str = ""
    note: str = ""
    sums: str = ""


class ReconciliationLine(QWidget):
    """A sign and a sentence at the left, a note at the right, and where needed the sums on a second line."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown = _Shown()
        self.setFixedHeight(LINE_HEIGHT)
        self.setAccessibleName(tr("Totals match"))
        theme.changed.connect(self.update)

    @property
    def text(self) -> str:
        """Return the sentence."""
        return self._shown.text

    def show_reconciliation(
        self, difference: Decimal | None, formatter: Formatter, *, gives_total: bool, note: str
    ) -> None:
        """Show by how many won the broker's total and the rows differ; None when one is unknown."""
        if not gives_total:
            self._show(_Shown(text=tr(NO_TOTAL), note=note))
        elif difference is None:
            self._show(_Shown(text=tr(TOTAL_MISSING), note=note))
        elif difference:
            by = formatter.amount(abs(difference))
            text = tr("Differs from the broker's total by {amount} won", amount=by)
            self._show(_Shown("info", "warn", text, note))
        else:
            self._show(_Shown("check-circle", "accent", tr(ADDS_UP), note))

    def show_verdict(self, text: str, is_warning: bool, note: str, sums: str) -> None:
        """Show another text about the totals, as fine or as a warning."""
        sign, color = ("info", "warn") if is_warning else ("check-circle", "accent")
        self._show(_Shown(sign, color, text, note, sums))

    def _show(self, shown: _Shown) -> None:
        if shown == self._shown:
            return  # called with every frame
        self._shown = shown
        self.setFixedHeight(LINE_HEIGHT + SUMS_HEIGHT if shown.sums else LINE_HEIGHT)
        self.setAccessibleName(". ".join(part for part in shown[2:] if part))
        set_tip(self, self.accessibleName())
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line; the sentence takes precedence over the note."""
        del event
        shown = self._shown
        if not shown.text:
            return
        colors = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, colors.line)
        painter.setFont(font(LINE_TEXT_SIZE))
        left, right = EDGE_PADDING + ICON_ADVANCE, self.width() - EDGE_PADDING
        top = (LINE_HEIGHT - ICON_SIZE) // 2
        sign = icon(shown.sign, getattr(colors, shown.color), ICON_SIZE)
        sign.paint(painter, QRect(EDGE_PADDING, top, ICON_SIZE, ICON_SIZE), Qt.AlignmentFlag.AlignCenter)
        base = marks.baseline(LINE_HEIGHT, LINE_TEXT_SIZE)
        text = elided(shown.text, right - left, LINE_TEXT_SIZE)
        painter.setPen(colors.text2)
        painter.drawText(left, base, text)
        room = right - left - text_width(text, LINE_TEXT_SIZE) - GAP
        note = fitting(shown.note, max(0, room), LINE_TEXT_SIZE)
        painter.setPen(colors.text3)
        painter.drawText(right - text_width(note, LINE_TEXT_SIZE), base, note)
        painter.drawText(left, base + SUMS_HEIGHT, elided(shown.sums, right - left, LINE_TEXT_SIZE))
        painter.end()
