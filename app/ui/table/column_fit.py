"""Visibility, order and width of a table's columns: by the window's width until the user changes them."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QTableView

from app.services.layout import TabLayout
from app.ui.table.columns import Kind
from app.ui.table.delegate import EDGE_PADDING, LEAST_BAR, MOST_BAR, PADDING, FigureDelegate
from app.ui.table.header import FigureHeader
from app.ui.table.model import FigureModel
from app.ui.table.totals import TotalRow

NAME = 0  # always visible, and always first

_BARS_FROM = 1200  # window width in pixels from which cells have bars
_LEAST_NAME, _GOOD_NAME, _MOST_NAME = 116, 196, 280


class ColumnFit(QObject):
    """Shows, orders and fits the columns of one table."""

    changed = Signal()  # the user changed the columns

    def __init__(
        self, view: QTableView, model: FigureModel[Any], header: FigureHeader, painter: FigureDelegate
    ) -> None:
        super().__init__(view)
        self._view = view
        self._model = model
        self._header = header
        self._painter = painter
        self.totals: TotalRow | None = None
        self._kept: dict[int, int] = {}  # widths set by the user
        self._chosen: set[int] | None = None  # columns chosen by the user; None: the width decides
        self._given_way: set[int] = set()  # columns hidden at the current width
        self._width = 0
        self._is_working = False
        header.sectionResized.connect(self._resized)
        header.sectionMoved.connect(self._moved)

    @property
    def is_chosen(self) -> bool:
        """Return whether the user has changed anything."""
        return self._chosen is not None or bool(self._kept) or self._order() != list(self._usual())

    def is_shown(self, column: int) -> bool:
        """Return whether a column is visible."""
        return not self._view.isColumnHidden(column)

    def show_column(self, column: int, is_shown: bool) -> None:
        """Show or hide a column, and stop the window's width from deciding."""
        if column == NAME:
            return
        chosen = set(self._header.shown()) if self._chosen is None else set(self._chosen)
        self._chosen = chosen | {column} if is_shown else chosen - {column}
        self.fit()
        self.changed.emit()

    def reset(self) -> None:
        """Restore the default visibility, order and width of the columns."""
        self._chosen = None
        self._kept.clear()
        self._put_in_order(self._usual())
        self.fit()
        self.changed.emit()

    def arrange(self, layout: TabLayout) -> None:
        """Apply a saved arrangement; columns that it does not contain keep their usual place."""
        places = {column.field: at for at, column in enumerate(self._model.columns)}
        known = [places[name] for name in dict.fromkeys(layout.order) if name in places]
        if known:
            self._put_in_order(_completed(known, self._usual()))
        if layout.shown is not None:
            self._chosen = {places[name] for name in layout.shown if name in places} | {NAME}
        self._kept = {places[name]: width for name, width in layout.widths.items() if name in places}
        self.fit()

    def order(self) -> tuple[str, ...]:
        """Return the fields from left to right, hidden ones included; empty for the usual order."""
        order = self._order()
        return () if order == list(self._usual()) else tuple(self._fields(order))

    def chosen(self) -> tuple[str, ...] | None:
        """Return the fields chosen by the user; None where the window's width decides."""
        return None if self._chosen is None else tuple(self._fields(sorted(self._chosen)))

    def widths(self) -> dict[str, int]:
        """Return the widths set by the user in pixels, by field."""
        return {self._model.columns[at].field: width for at, width in sorted(self._kept.items())}

    def fit(self) -> None:
        """Fit all columns: figures first, then names, then bars with the remaining width."""
        was_working, self._is_working = self._is_working, True
        try:
            self._fit()
        finally:
            self._is_working = was_working

    def room_for(self, column: int, content: int) -> int:
        """Return a column's width in pixels for this content width, at least that of its title and total."""
        total = self.totals.width_of(column) if self.totals is not None else 0
        room = max(content, total, self._header.title_width(column))
        ends = self._header.ends()
        left, right = (EDGE_PADDING if column == end else PADDING for end in ends)
        return room + left + right

    def _fit(self) -> None:
        view = self._view
        window = view.window().width()
        self._painter.has_bars = window >= _BARS_FROM
        if view.viewport().width() != self._width:
            self._width = view.viewport().width()
            self._given_way.clear()
        while True:
            for at in self._usual():
                is_hidden = self._is_hidden(at, window)
                if is_hidden != view.isColumnHidden(at):
                    view.setColumnHidden(at, is_hidden)
            shown = self._header.shown()
            if not shown:
                return
            widths = {at: self._least_width(at) for at in shown[1:]}
            spare = self._width - sum(widths.values())
            if spare >= self._kept.get(shown[0], _LEAST_NAME) or not self._give_way(shown[1:]):
                break
        bars = [at for at in widths if at not in self._kept and self._is_bar(at)]
        if bars and self._painter.has_bars:
            each = max(0, min(MOST_BAR - LEAST_BAR, (spare - self._good_name()) // len(bars)))
            for at in bars:
                widths[at] += each
            spare -= each * len(bars)
        widths[shown[0]] = self._kept.get(shown[0], max(_LEAST_NAME, spare))
        for at, width in widths.items():
            if width != view.columnWidth(at):
                view.setColumnWidth(at, width)

    def _good_name(self) -> int:
        """What the names need before the bars take more; with a note beside them, room for that too."""
        if self._model.columns[NAME].sub is None:
            return _GOOD_NAME
        whole = self.room_for(NAME, self._painter.whole_width(NAME))
        return min(max(_GOOD_NAME, whole), _MOST_NAME)

    def _give_way(self, shown: Sequence[int]) -> bool:
        """Hide one more column; it stays hidden at this width, so that changing figures do not toggle it."""
        if self._chosen is not None or self._kept:
            return False
        first = max(shown, key=lambda at: self._model.columns[at].gives_way, default=NAME)
        if not self._model.columns[first].gives_way:
            return False
        self._given_way.add(first)
        return True

    def _is_hidden(self, at: int, window: int) -> bool:
        if self._chosen is not None:
            return at not in self._chosen
        if at in self._given_way:
            return True
        column = self._model.columns[at]
        return window < column.hide_below or bool(column.hide_from and window >= column.hide_from)

    def _is_bar(self, at: int) -> bool:
        return self._model.columns[at].kind in (Kind.RATE_BAR, Kind.WEIGHT_BAR)

    def _least_width(self, at: int) -> int:
        if at in self._kept:
            return self._kept[at]
        return self.room_for(at, self._painter.content_width(at))

    def _usual(self) -> range:
        return range(len(self._model.columns))

    def _order(self) -> list[int]:
        return [self._header.logicalIndex(place) for place in range(self._header.count())]

    def _fields(self, columns: Sequence[int]) -> list[str]:
        return [self._model.columns[at].field for at in columns]

    def _put_in_order(self, order: Sequence[int]) -> None:
        was_working, self._is_working = self._is_working, True
        try:
            for place, at in enumerate([NAME, *(each for each in order if each != NAME)]):
                self._header.moveSection(self._header.visualIndex(at), place)
        finally:
            self._is_working = was_working

    def _resized(self, column: int, _before: int, after: int) -> None:
        if not self._is_working and after:
            self._kept[column] = after
            self.changed.emit()

    def _moved(self) -> None:
        if self._is_working:
            return
        if self._header.visualIndex(NAME) != 0:
            self._put_in_order(self._order())
        self.fit()  # the outermost columns have more padding
        self.changed.emit()


def _completed(order: Sequence[int], usual: Sequence[int]) -> list[int]:
    """Return the order with each missing column inserted after its usual predecessor."""
    complete = list(order)
    for place, at in enumerate(usual):
        if at not in complete:
            before = usual[place - 1] if place else None
            complete.insert(complete.index(before) + 1 if before is not None else 0, at)
    return complete
