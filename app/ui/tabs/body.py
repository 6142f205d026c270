"""The content of a tab for a response: table, total, details and charts. Built after the first paint."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from app.domain.holdings import Fact, Position, Report, RowKey
from app.domain.language import tr
from app.domain.overview import Overview
from app.domain.sessions import PriceBasis
from app.ui import format as text_of
from app.ui.controls.card import Card, CardTitle
from app.ui.format import Formatter
from app.ui.layout import LayoutState
from app.ui.table.grouping import TableState
from app.ui.table.model import FigureModel, LateDrawing
from app.ui.table.pacing import Identity
from app.ui.table.table import FigureTable
from app.ui.tabs import LARGE_WINDOW, LOW_WINDOW, SMALL_WINDOW, TabKind, loading_note
from app.ui.tabs.facts import LEAST_OPEN, FactsCard
from app.ui.tabs.holding_panel import SidePlace
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.spec import UNREAD, ChartPanel, Content, Swatches, ValueHistory, unknown_note
from app.ui.tabs.tools import TableTools
from app.ui.theme import Theme

_GAP = 12
_LEAST_CHARTS = 296
_LEAST_BELOW, _LOWEST_BELOW = 196, 140  # height of the chart under a table, and in a low window
_LEAST_TABLE, _ANY = 190, 16_777_215
# How often charts are sorted, and rows out of sight that did not trade redrawn: their weights change too.
_ALL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class TabState:
    """The view state of a tab: selection, current cell, sort order, scroll position, open groups and panel.

    `charts` are the chosen kinds of charts, `opened` is the key of the row in the panel, `page` the panel's
    page; `sizes` are in pixels.
    """

    selected: tuple[Hashable, ...]
    current: tuple[Hashable, int] | None
    order: tuple[Identity, ...]
    searched: str
    grouping: TableState
    sorted_by: str | None
    is_descending: bool
    scrolled: tuple[int, int]
    sizes: tuple[int, ...]
    facts_open: bool
    facts_of_row: bool
    charts: Mapping[str, str] = field(default_factory=dict[str, str])
    opened: Hashable | None = None
    page: str = ""


class ChartPlace(QWidget):
    """The place of a tab's charts, which stores their content and choices until they are loaded."""

    item_clicked = Signal(object)  # the row's key
    item_hovered = Signal(object)  # the row's key, or None
    choices_changed = Signal()  # the user has chosen another way to draw a chart
    failed = Signal(object)  # the text for the user
    saved = Signal(object)  # the Path of a picture
    span_chosen = Signal(object, object)  # the first and the last day

    def __init__(self, make: Callable[[], ChartPanel], label: str) -> None:
        super().__init__()
        self._make = make
        self._label = label
        self._panel: ChartPanel | None = None
        self._content: Content | None = None
        self._is_stale = False
        self.choices: Mapping[str, str] = {}  # the chosen kinds of charts, to be saved
        QVBoxLayout(self).setContentsMargins(0, 0, 0, 0)

    def build(self) -> None:
        """Import and create the charts, which takes a while."""
        if self._panel is not None:
            return
        self._panel = panel = self._make()
        layout = self.layout()
        assert layout is not None
        layout.addWidget(panel)
        panel.item_clicked.connect(self.item_clicked)
        panel.item_hovered.connect(self.item_hovered)
        panel.failed.connect(self.failed)
        panel.saved.connect(self.saved)
        panel.span_chosen.connect(self.span_chosen)
        panel.set_stale(self._is_stale)
        panel.restore(self.choices)
        panel.choices_changed.connect(self._note_choices)
        self.show_again()

    def restore(self, choices: Mapping[str, str]) -> None:
        """Apply saved choices to the charts, now or once they are loaded."""
        self.choices = choices
        if self._panel is not None:
            self._panel.restore(choices)

    def show_content(self, content: Content) -> None:
        """Draw the charts of this content; hidden ones follow trades when shown, but the mask at once."""
        known, self._content = self._content, content
        is_masked_anew = known is None or content.formatter != known.formatter
        if self.isVisible() or not content.is_live or is_masked_anew:
            self.show_again()

    def show_again(self) -> None:
        """Draw the charts, if they are loaded, after the content changed."""
        panel, content = self._panel, self._content
        if panel is None or content is None:
            return
        fetched = content.fetched_at
        time = f"{text_of.day(fetched.date())} {text_of.clock(fetched)}"
        panel.show_source(tr("{connection} · {time}", connection=self._label, time=time))
        panel.show_content(content)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what changed while the charts were hidden."""
        super().showEvent(event)
        self.show_again()

    def set_stale(self, is_stale: bool) -> None:
        """Draw outdated charts without colour, or current ones with it."""
        self._is_stale = is_stale
        if self._panel is not None:
            self._panel.set_stale(is_stale)

    def highlight(self, key: RowKey | None) -> None:
        """Mark one row's item in every chart."""
        if self._panel is not None:
            self._panel.highlight(key)

    def _note_choices(self) -> None:
        if self._panel is not None:
            self.choices = self._panel.choices()
            self.choices_changed.emit()


class TabBody(QWidget):
    """Everything of a tab below its headline figures, which its methods return."""

    found_changed = Signal()  # `counts` has changed
    failed = Signal(object)  # the text for the user
    row_opened = Signal(object)  # the key of a row whose details are requested
    span_chosen = Signal(object, object)  # the first and the last day of the history

    def __init__(
        self,
        kind: TabKind,
        theme: Theme,
        label: str,
        layout_state: LayoutState | None = None,
        *,
        query_name: str = "",
    ) -> None:
        super().__init__()
        self._spec = kind.load()
        self._row_words = kind.rows
        self._theme = theme
        self._label = label
        self._content: Content | None = None
        self._all_due_at = float("-inf")
        self._selected: RowKey | None = None
        self._swatches = Swatches(theme)
        self._model: FigureModel[Any] = FigureModel(
            self._spec.columns(self._swatches), theme, plan=self._spec.plan()
        )
        self._model.setParent(self)  # so that its timers end with the body
        self._model.arranged.connect(self.found_changed)
        self._late = LateDrawing(self._model)
        self._table = FigureTable(self._model, theme)
        self._table.setAccessibleName(tr("Table: {title}", title=kind.title))
        self._table.row_selected.connect(self._row_selected)
        self._table.row_hovered.connect(self._highlight)
        self._table.row_opened.connect(self.row_opened)
        self._heading = CardTitle(theme, kind.table_title, loading_note(label))
        self._facts = FactsCard(theme, is_open=self._spec.facts_open, rows=kind.rows)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self.charts = ChartPlace(lambda: self._spec.charts(theme), label)
        self.charts.setMinimumWidth(_LEAST_CHARTS)
        self.charts.item_clicked.connect(self._table.select_key)
        self.charts.item_hovered.connect(self._table.hover_key)
        self._places = [self.charts]
        self._below: ChartPlace | None = None
        if (below := self._spec.below) is not None:
            self._below = ChartPlace(lambda: below(theme), label)
            self._places.append(self._below)
        layout_state = layout_state or LayoutState()
        self.side = SidePlace(self.charts, self._table, self._spec.panel, theme, layout_state, self)
        self._build()
        self.tools = TableTools(self._table, self._splitter, theme, layout_state, kind, (label, query_name))
        self._heading.tools.addWidget(self.tools.button)
        state = self._model.arrangement.state
        self._model.set_table_state(state.restored(self.tools.layout.rows))
        self._model.grouping_changed.connect(
            lambda: self.tools.keep(rows=self._model.arrangement.state.saved())
        )
        for place in self._places:
            place.failed.connect(self.failed)
            place.span_chosen.connect(self.span_chosen)
            place.saved.connect(layout_state.exported)
            place.restore(self.tools.layout.choices)
            place.choices_changed.connect(partial(self._keep_choices, place))
        if self.tools.layout.facts_open is not None:
            self._facts.set_open(self.tools.layout.facts_open)
        self._facts.folded.connect(lambda: self.tools.keep(facts_open=self._facts.is_open))

    def _build(self) -> None:
        self._card = card = Card(self._theme)
        card.body.addWidget(self._heading)
        card.body.addWidget(self._table, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_GAP)
        column.addWidget(card, 3)
        if self._below is not None:
            column.addWidget(self._below, 3)
        column.addWidget(self._facts, 1)
        self._facts.setMinimumHeight(42)
        self._splitter.setHandleWidth(_GAP)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(left)
        self._splitter.addWidget(self.side)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._splitter)

    def show_report(
        self,
        report: Report | Overview,
        live: Sequence[Position],
        fetched_at: datetime,
        today: date,
        mono: float,
        formatter: Formatter,
        basis: PriceBasis | None = None,
        history: ValueHistory = UNREAD,
    ) -> Sequence[Kpi]:
        """Show a response, `live` being its positions with all trades applied; return the headline."""
        spec = self._spec
        content = Content(
            report,
            spec.rows(report, live),
            fetched_at,
            today,
            formatter,
            basis=basis,
            history=history,
        )
        if spec.weights is not None:
            self._swatches.show_ranks(spec.weights(content))
        self.tools.show_answer(fetched_at)
        self._all_due_at = mono + _ALL_SECONDS
        return self._show_whole(content)

    def build_charts(self) -> None:
        """Import and create the charts."""
        for place in self._places:
            place.build()

    def show_moved(
        self, changed: Mapping[RowKey, Position], live: Sequence[Position], mono: float
    ) -> Sequence[Kpi] | None:
        """Show positions changed by trades in visible rows, sums and charts; return the headline figures."""
        known = self._content
        if known is None:
            return None
        rows = self._spec.rows(known.report, live)
        by_key = {row.key: row for row in rows}
        is_all = mono >= self._all_due_at
        if is_all:
            self._all_due_at = mono + _ALL_SECONDS
        self._content = content = replace(known, rows=rows, is_live=True, keeps_order=not is_all)
        self._late.draw(by_key, by_key if is_all else changed, len(changed))
        self._show_row_facts()
        self.charts.show_content(content)
        self.side.show_content(content, self.tools.about())
        return self._show_sums(content)

    def show_day(self, today: date, basis: PriceBasis | None = None) -> Sequence[Kpi] | None:
        """Update the texts that depend on the day; return the headline figures, None if nothing changed."""
        known = self._content
        if known is None or (known.today, known.basis) == (today, basis):
            return None
        return self._show_whole(replace(known, today=today, basis=basis))

    def show_masked(self, formatter: Formatter) -> Sequence[Kpi] | None:
        """Apply the mask and return the headline figures; None before the first response."""
        known = self._content
        if known is None:
            return None
        return self._show_whole(replace(known, formatter=formatter, is_live=False, keeps_order=False))

    def set_stale(self, is_stale: bool) -> None:
        """Show the figures as outdated, or as current again."""
        self._swatches.set_stale(is_stale)
        self._table.set_stale(is_stale)
        self._facts.set_stale(is_stale)
        for place in self._places:
            place.set_stale(is_stale)
        self.side.set_stale(is_stale)

    def search(self, text: str) -> None:
        """Show the rows of the table that match; all for an empty text."""
        self._model.search(text)

    def open_row(self, key: RowKey) -> None:
        """Select a row, unfolding it if needed, and show it in the panel."""
        self._table.select_key(key)
        self.side.open(key)
        self.enter_table()

    def enter_table(self, reason: Qt.FocusReason = Qt.FocusReason.OtherFocusReason) -> None:
        """Focus the table."""
        self._table.enter(reason)

    @property
    def has_keyboard(self) -> bool:
        """Return whether the table is the focus widget of its window."""
        return self.window().focusWidget() is self._table.view

    @property
    def counts(self) -> tuple[int, int]:
        """Return the numbers of matching rows and of all rows."""
        return self._model.arrangement.counts

    def place(self) -> TabState:
        """Return the current view state."""
        place = tab_state(self._table, self._model, self._splitter, self._facts)
        choices = self.charts.choices if self._below is None else self.tools.layout.choices
        return replace(place, charts=choices, opened=self.side.key, page=self.side.page)

    def return_to(self, place: TabState) -> None:
        """Restore a view state."""
        for each in self._places:
            each.restore(place.charts)
        restore_tab_state(place, self._table, self._model, self._splitter, self._facts)
        if place.opened is not None:
            self.side.open(place.opened)
            self.side.turn_to_page(place.page)

    def warning(self) -> str:
        """Return the warning for a response that cannot be shown as usual."""
        spec, content = self._spec, self._content
        return spec.warning(content) if spec.warning is not None and content is not None else ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close the panel by Esc, wherever in the tab the focus is."""
        if event.key() == Qt.Key.Key_Escape and self.side.key is not None:
            self.side.close_panel()
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Set the width of the charts by the window's size class."""
        super().resizeEvent(event)
        window = self.window().width()
        if self.tools.layout.facts_open is None:
            has_room = window >= SMALL_WINDOW and self.window().height() >= LOW_WINDOW
            is_open = self._spec.facts_open and has_room
            if is_open is not self._facts.is_open:
                self._facts.set_open(is_open)
        if event.oldSize().width() != event.size().width():
            side = _LEAST_CHARTS if window < SMALL_WINDOW else 480 if window >= LARGE_WINDOW else 372
            side = self.tools.charts_width(side)
            self._splitter.setSizes([self.width() - _GAP - side, side])
        self._share_height()

    def _share_height(self) -> None:
        """Give the details a quarter of the height, or less where the table can then show all its rows."""
        if self._below is not None:
            self._share_with(self._below)
            return
        room = self.height() - _GAP
        rest = room - self._heading.height() - self._table.whole_height - 2  # including the card's border
        quarter = min(self._facts.needed_height, room // 4)
        self._facts.set_room(min(quarter, rest) if rest >= LEAST_OPEN else quarter)

    def _share_with(self, below: ChartPlace) -> None:
        """Give the table the height of its rows, and the chart under it the rest.

        The table scrolls before the chart gets too low, and the chart is hidden before too few rows are left.
        """
        needed = self._heading.height() + self._table.whole_height + 2  # including the card's border
        self._facts.set_room(min(self._facts.needed_height, self.height() // 4))
        room = self.height() - 2 * _GAP - self._facts.maximumHeight()
        rest = room - min(needed, _LEAST_TABLE)
        least = _LEAST_BELOW if rest >= _LEAST_BELOW else _LOWEST_BELOW
        below.setVisible(rest >= least)
        below.setMinimumHeight(least)
        self._card.setMaximumHeight(min(needed, room - least) if rest >= least else _ANY)

    def _keep_choices(self, place: ChartPlace) -> None:
        self.tools.keep(choices={**self.tools.layout.choices, **place.choices})

    def _show_whole(self, content: Content) -> Sequence[Kpi]:
        """Show all parts of a content and return the headline figures."""
        self._content = content
        self._late.clear()
        self._swatches.today, self._swatches.formatter = content.today, content.formatter
        self._swatches.basis = content.basis
        self._model.show(content.rows, content.formatter)
        self._facts.show_account(content.report.facts, content.formatter, self._spec.read_at(content, None))
        figures = self._show_sums(content)
        self._share_height()
        self.side.show_content(content, self.tools.about())
        self._show_row_facts()
        for place in self._places:
            place.show_content(content)
        return figures

    def _show_sums(self, content: Content) -> Sequence[Kpi]:
        spec = self._spec
        totals = spec.totals(content)
        self._table.show_total(totals)
        if spec.verdict is not None:
            self._table.show_verdict(*spec.verdict(content))
        else:
            missing = unknown_note(self._model.columns, content.rows, totals)
            self._table.show_reconciliation(
                content.report.difference,
                content.formatter,
                gives_total=spec.gives_total,
                note=" · ".join(part for part in (missing, tr(spec.footer)) if part),
            )
        self._heading.show_note(self._note(content) if spec.heading is None else spec.heading(content))
        return spec.figures(content)

    def _note(self, content: Content) -> str:
        what = self._spec.note(content) if content.rows else tr(self._row_words.none)
        fetched = text_of.moment(content.fetched_at, content.today)
        read = tr("{label} · updated {fetched}", label=self._label, fetched=fetched)
        return f"{what} · {read}" if what else read

    def _row_selected(self, key: RowKey | None) -> None:
        self._selected = key
        self._show_row_facts()
        self._highlight(key)

    def _highlight(self, key: RowKey | None) -> None:
        self.charts.highlight(self._model.arrangement.drawn_as(key))

    def _show_row_facts(self) -> None:
        row = None if self._selected is None else self._model.arrangement.row_with(self._selected)
        facts: Sequence[Fact] = getattr(row, "facts", ())
        name = self._model.columns[0].text(row, self._swatches.formatter) if facts else ""
        read_at = self._spec.read_at(self._content, row) if facts and self._content is not None else ""
        self._facts.show_row(name, facts, read_at)


def tab_state(table: FigureTable, model: FigureModel[Any], splitter: QSplitter, facts: FactsCard) -> TabState:
    """Return the current view state."""
    at = model.arrangement.sort_column
    bars = table.view.horizontalScrollBar(), table.view.verticalScrollBar()
    return TabState(
        selected=table.selected_keys(),
        current=table.current_cell(),
        order=model.order(),
        searched=model.arrangement.searched,
        grouping=model.arrangement.state,
        sorted_by=model.columns[at].field if at >= 0 else None,
        is_descending=model.arrangement.is_descending,
        scrolled=(bars[0].value(), bars[1].value()),
        sizes=tuple(splitter.sizes()),
        facts_open=facts.is_open,
        facts_of_row=facts.is_of_row,
    )


def restore_tab_state(
    place: TabState, table: FigureTable, model: FigureModel[Any], splitter: QSplitter, facts: FactsCard
) -> None:
    """Restore a view state."""
    fields = [column.field for column in model.columns]
    if place.sorted_by in fields:
        order = Qt.SortOrder.DescendingOrder if place.is_descending else Qt.SortOrder.AscendingOrder
        model.sort(fields.index(place.sorted_by), order)
    model.set_table_state(place.grouping)
    model.search(place.searched)
    model.keep_order(place.order)
    table.select_again(place.selected, place.current)
    splitter.setSizes(list(place.sizes))
    facts.set_open(place.facts_open)
    facts.set_of_row(place.facts_of_row)
    table.view.horizontalScrollBar().setValue(place.scrolled[0])
    table.view.verticalScrollBar().setValue(place.scrolled[1])
