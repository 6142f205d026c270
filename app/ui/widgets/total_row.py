"""The row of totals under a table, in the table's own columns."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui.format import MASK, UNKNOWN
from app.ui.models.figure_model import FigureModel
from app.ui.theme import Theme, font
from app.ui.widgets import table_marks as marks
from app.ui.widgets.figure_delegate import EDGE_PADDING, PADDING, TEXT_SIZE
from app.ui.widgets.figure_header import FigureHeader
from app.ui.widgets.table_marks import SEMIBOLD, text_width

TOTAL_HEIGHT = 32
TITLE = N_("Total")

Total = tuple[str, int | None]  # the text, and the sign it is coloured by


class TotalRow(QWidget):
    """Totals that follow the header when a column is resized, moved, hidden or scrolled."""

    def __init__(self, model: FigureModel[Any], header: FigureHeader, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._model = model
        self._header = header
        self._theme = theme
        self._totals: dict[str, Total] = {}
        self.setFixedHeight(TOTAL_HEIGHT)
        self.setAccessibleName(tr(TITLE))
        header.sectionResized.connect(self.update)
        header.sectionMoved.connect(self.update)
        header.geometriesChanged.connect(self.update)
        model.stale_changed.connect(self.update)
        theme.changed.connect(self.update)

    def show_total(self, texts: Mapping[str, Total]) -> bool:
        """Show a text per field; fields left out stay blank. Says whether one is of a new length."""
        lengths = {field: len(text) for field, (text, _) in self._totals.items()}
        self._totals = dict(texts)
        spoken = [
            f"{column.title} {texts[column.field][0]}"
            for column in self._model.columns
            if column.field in texts
        ]
        self.setAccessibleName(", ".join([tr(TITLE), *spoken]))
        self.update()
        return lengths != {field: len(text) for field, (text, _) in texts.items()}

    @property
    def texts(self) -> Mapping[str, str]:
        """The totals' texts by field."""
        return {field: text for field, (text, _) in self._totals.items()}

    def width_of(self, column: int) -> int:
        """What a column's total needs, without padding."""
        text = self._totals.get(self._model.columns[column].field, ("", None))[0]
        return text_width(text, TEXT_SIZE, SEMIBOLD)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the totals where the header's columns are."""
        del event
        colors = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(self.rect(), colors.surface2)
        painter.fillRect(0, 0, self.width(), 1, colors.lineStrong)
        painter.setFont(font(TEXT_SIZE, SEMIBOLD))
        first, last = self._header.ends()
        base = marks.baseline(TOTAL_HEIGHT, TEXT_SIZE, SEMIBOLD)
        for at in self._header.shown():
            column = self._model.columns[at]
            text, sign = self._totals.get(column.field, (tr(TITLE) if at == first else "", None))
            if not text:
                continue
            left = self._header.sectionViewportPosition(at)
            right = left + self._header.sectionSize(at) - (EDGE_PADDING if at == last else PADDING)
            left += EDGE_PADDING if at == first else PADDING
            if text_width(text, TEXT_SIZE, SEMIBOLD) > right - left:
                text = marks.elided(text, right - left, TEXT_SIZE, SEMIBOLD)
            if self._model.is_stale or text == UNKNOWN:
                painter.setPen(colors.text3)
            else:
                # Dots have no colour, as in the rows.
                painter.setPen(colors.text if sign is None or text == MASK else colors.of_sign(sign))
            x = left if column.kind.is_text else right - text_width(text, TEXT_SIZE, SEMIBOLD)
            painter.drawText(x, base, text)
        painter.end()
