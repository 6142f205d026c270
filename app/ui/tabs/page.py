"""One tab: banner, headline figures, table with its total, details and charts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedLayout, QVBoxLayout, QWidget

from app.domain.clock import KST
from app.domain.holdings import Position, RowKey
from app.services.store import Line, ViewState
from app.ui import format as text_of
from app.ui.messages import message_for
from app.ui.models.figure_model import FigureModel
from app.ui.tabs.positions import WeightedPosition, weighted
from app.ui.tabs.spec import ChartPanel, Content, Swatches, TabSpec, unknown_note
from app.ui.theme import Theme
from app.ui.widgets.banner import Banner
from app.ui.widgets.card import Card, CardTitle
from app.ui.widgets.error_card import ErrorCard
from app.ui.widgets.facts import FactsCard
from app.ui.widgets.kpi import Kpi, KpiStrip
from app.ui.widgets.table_view import FigureTable

_SMALL, _LARGE = 1200, 1600  # window widths at which the layout changes
_CHART_SECONDS = 1.0  # charts and weights follow live prices once a second


class TabPage(QWidget):
    """Shows one view of one connection. It asks for nothing but a retry."""

    retry_requested = Signal()

    def __init__(self, spec: TabSpec, theme: Theme, label: str) -> None:
        super().__init__()
        self.spec = spec
        self._theme = theme
        self._label = label
        self._state = ViewState()
        self._content: Content | None = None
        self._charts: ChartPanel | None = None
        self._charts_drawn_at = float("-inf")
        self._swatches = Swatches(theme)
        self._banner = Banner(theme)
        self._banner.retry_requested.connect(self.retry_requested)
        self._error = ErrorCard(theme)
        self._error.retry_requested.connect(self.retry_requested)
        self._figures = KpiStrip(theme)
        self._figures.show_figures([Kpi(text_of.UNKNOWN, text_of.UNKNOWN)] * 4)
        self._model: FigureModel[Any] = FigureModel(spec.columns(self._swatches), theme)
        self._table = FigureTable(self._model, theme)
        self._table.setAccessibleName(f"{spec.title} 표")
        self._table.row_selected.connect(self._row_selected)
        self._table.row_hovered.connect(self._row_hovered)
        self._heading = CardTitle(theme, spec.table_title, "불러오는 중…")
        self._facts = FactsCard(theme, is_open=spec.facts_open)
        self._splitter = QSplitter(Qt.Orientation.Horizontal)
        self._pages = QStackedLayout()
        self._chart_place = QWidget()
        self._build()

    def _build(self) -> None:
        card = Card(self._theme)
        card.body.addWidget(self._heading)
        card.body.addWidget(self._table, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(card, 3)
        column.addWidget(self._facts, 1)
        self._facts.setMinimumHeight(42)
        self._splitter.setHandleWidth(12)
        self._splitter.setChildrenCollapsible(False)
        self._splitter.addWidget(left)
        self._splitter.addWidget(self._chart_place)
        self._splitter.setStretchFactor(0, 1)
        self._splitter.setStretchFactor(1, 0)
        QVBoxLayout(self._chart_place).setContentsMargins(0, 0, 0, 0)
        content = QWidget()
        self._margins = QVBoxLayout(content)
        self._margins.setContentsMargins(16, 12, 16, 12)
        self._margins.setSpacing(12)
        self._margins.addWidget(self._figures)
        self._margins.addWidget(self._splitter, 1)
        self._pages.addWidget(content)
        self._pages.addWidget(self._error)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._banner)
        whole.addLayout(self._pages, 1)

    def build_charts(self) -> None:
        """Load the charts; called once the window has been painted."""
        if self._charts is not None:
            return
        charts = self.spec.charts(self._theme)
        layout = self._chart_place.layout()
        assert layout is not None
        layout.addWidget(charts)
        self._charts = charts
        charts.item_clicked.connect(self._table.select_key)
        charts.item_hovered.connect(self._table.hover_key)
        charts.set_stale(self._state.is_stale)
        self._draw_charts(0.0)

    def show_state(self, state: ViewState, live: Sequence[Position], now: datetime, mono: float) -> None:
        """Show what is known of the view; `live` are its positions as moved on by trades."""
        self._state = state
        if state.report is None or state.fetched_at is None:
            self._show_without_report(state)
            return
        self._pages.setCurrentIndex(0)
        report = state.report
        self._content = Content(
            report, self.spec.rows(report, live), state.fetched_at, now.astimezone(KST).date()
        )
        if self.spec.weights is not None:
            self._swatches.show_ranks(self.spec.weights(self._content))
        self._model.show(self._content.rows)
        self._show_summary()
        self._facts.show_account(report.facts)
        self._set_stale(state.is_stale)
        self._draw_charts(mono)
        self.show_clock(now, mono)

    def show_moved(self, changed: Mapping[RowKey, Position], live: Sequence[Position], mono: float) -> None:
        """Show positions moved on by trades."""
        if self._content is None or self._state.report is None:
            return
        known = self._content
        rows = weighted(live)
        self._content = Content(known.report, rows, known.fetched_at, known.today, is_live=True)
        if mono - self._charts_drawn_at >= _CHART_SECONDS:
            self._model.update_rows({row.key: row for row in rows})
            self._draw_charts(mono)
        else:
            moved: dict[RowKey, WeightedPosition] = {row.key: row for row in rows if row.key in changed}
            self._model.update_rows(moved)
        self._show_summary()

    def show_clock(self, now: datetime, mono: float) -> None:
        """Bring ages and countdowns up to date; called once a second while the tab is shown."""
        del now
        reason = self._stale_reason(mono)
        if reason:
            self._banner.show_reason(reason, can_retry=self._state.is_stale)
        else:
            self._banner.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the window's size class."""
        super().resizeEvent(event)
        width = self.window().width()
        side = 296 if width < _SMALL else 480 if width >= _LARGE else 372
        padding = 24 if width >= _LARGE else 16
        self._margins.setContentsMargins(padding, 12, padding, 12)
        self._figures.set_compact(width < _SMALL)
        self._chart_place.setMinimumWidth(296)
        if event.oldSize().width() != event.size().width():
            room = self.width() - 2 * padding - 12
            self._splitter.setSizes([room - side, side])

    def sizeHint(self) -> QSize:
        """Any size: the window decides."""
        return QSize(800, 600)

    def _show_without_report(self, state: ViewState) -> None:
        if state.error is None:
            self._pages.setCurrentIndex(0)
            self._heading.show_note(f"{self._label} · 불러오는 중…")
            return
        self._error.show_error(message_for(state.error), state.error.code)
        self._pages.setCurrentIndex(1)
        self._banner.hide()

    def _show_summary(self) -> None:
        content = self._content
        assert content is not None
        spec = self.spec
        self._figures.show_figures(spec.figures(content))
        totals = spec.totals(content)
        self._table.show_total(totals)
        self._table.show_reconciliation(
            content.report.difference,
            gives_total=spec.gives_total,
            note=unknown_note(self._model.columns, content.rows, totals) or spec.footer,
        )
        if content.rows:
            fetched = text_of.clock(content.fetched_at)
            self._heading.show_note(f"{spec.note(content)} · {self._label} · {fetched} 조회")
        else:
            fetched = text_of.clock(content.fetched_at)
            self._heading.show_note(f"보유 종목이 없습니다 · {self._label} · {fetched} 조회")

    def _set_stale(self, is_stale: bool) -> None:
        self._figures.set_stale(is_stale)
        self._table.set_stale(is_stale)
        if self._charts is not None:
            self._charts.set_stale(is_stale)

    def _stale_reason(self, mono: float) -> str:
        state = self._state
        if state.report is None or state.fetched_at is None:
            return ""
        warning = self.spec.warning(self._content) if self.spec.warning and self._content else ""
        if not state.is_stale:
            return warning
        error = state.error or state.line_error
        what = "연결 끊김" if state.line is Line.BROKEN else "조회 실패"
        shown = f"{text_of.clock(state.fetched_at)} 값을 보여 줍니다"
        because = f" · {error.message}" if error is not None else ""
        if state.retry_mono is None:
            next_try = "" if state.error is None else " · 다시 시도하려면 눌러 주세요"
        else:
            next_try = f", {max(0, round(state.retry_mono - mono))}초 뒤 재시도"
        return f"{self._label} {what} — {shown}{next_try}{because}"

    def _draw_charts(self, mono: float) -> None:
        if self._charts is not None and self._content is not None:
            self._charts_drawn_at = mono
            self._charts.show_content(self._content)

    def _row_selected(self, key: RowKey | None) -> None:
        row = self._row_of(key)
        self._facts.show_row("" if row is None else row.name or "", () if row is None else row.facts)
        if self._charts is not None:
            self._charts.highlight(key)

    def _row_hovered(self, key: RowKey | None) -> None:
        if self._charts is not None:
            self._charts.highlight(key)

    def _row_of(self, key: RowKey | None) -> Any:
        rows = self._content.rows if self._content is not None else ()
        return next((row for row in rows if row.key == key), None)
