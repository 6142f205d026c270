"""Where a reader is in a tab, so that a page built anew begins there."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from app.ui.models.figure_model import FigureModel
from app.ui.models.grouping import TableState
from app.ui.widgets.facts import FactsCard
from app.ui.widgets.table_view import FigureTable


@dataclass(frozen=True, slots=True)
class Place:
    """The chosen row, the column sorted by, how far it is scrolled, and what is open how wide.

    `charts` are the ways in which the charts are drawn.
    """

    selected: Hashable | None
    searched: str
    grouping: TableState
    sorted_by: str | None
    is_descending: bool
    scrolled: tuple[int, int]
    sizes: tuple[int, ...]
    facts_open: bool
    charts: Mapping[str, str] = field(default_factory=dict[str, str])


def place_of(
    table: FigureTable, model: FigureModel[Any], splitter: QSplitter, facts: FactsCard, selected: Hashable
) -> Place:
    """Where the reader is now."""
    at = model.sort_column
    bars = table.view.horizontalScrollBar(), table.view.verticalScrollBar()
    return Place(
        selected=selected,
        searched=model.arrangement.searched,
        grouping=model.arrangement.state,
        sorted_by=model.columns[at].field if at >= 0 else None,
        is_descending=model.is_descending,
        scrolled=(bars[0].value(), bars[1].value()),
        sizes=tuple(splitter.sizes()),
        facts_open=facts.is_open,
    )


def return_to(
    place: Place, table: FigureTable, model: FigureModel[Any], splitter: QSplitter, facts: FactsCard
) -> None:
    """Bring the reader back."""
    fields = [column.field for column in model.columns]
    if place.sorted_by in fields:
        order = Qt.SortOrder.DescendingOrder if place.is_descending else Qt.SortOrder.AscendingOrder
        model.sort(fields.index(place.sorted_by), order)
    model.set_table_state(place.grouping)
    model.search(place.searched)
    if place.selected is not None:
        table.select_key(place.selected)
    splitter.setSizes(list(place.sizes))
    facts.set_open(place.facts_open)
    table.view.horizontalScrollBar().setValue(place.scrolled[0])
    table.view.verticalScrollBar().setValue(place.scrolled[1])
