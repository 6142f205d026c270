"""Lays the sections of a report out on pages, in small steps."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFont

from app.domain.clock import KST
from app.domain.language import tr
from app.ui import format as text_of
from app.ui.models.columns import Cell, cells_of
from app.ui.report.figures import figures_height, paint_figures
from app.ui.report.pages import MARGIN, Pages
from app.ui.report.pen import BOLD, REGULAR, SEMIBOLD, Pen, lines_of
from app.ui.report.section import Section
from app.ui.report.table import HEAD, ROW, TOTAL, Extents, TablePainter
from app.ui.theme import Theme

_ROWS_AT_ONCE = 40
_CHART_GAP, _CHART_TITLE, _CHART_SIDE = 14.0, 18.0, 4.0
_LINE = 1.5  # the height of a line of text, of its size


class Layout:
    """Fills `pages.pages`; `step` does a part of the work each time it is asked."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._colors = theme.colors
        self.pages = Pages()
        self._charts: list[object] = []

    def steps(self, sections: Sequence[Section], now: datetime) -> Iterator[None]:
        """Lay everything out; the title stands over the first section."""
        for at, section in enumerate(sections):
            extents = Extents(section.columns, section.totals or {})
            rows: list[tuple[Cell, ...]] = []
            left = iter(section.content.rows if section.content is not None else ())
            while some := list(islice(left, _ROWS_AT_ONCE)):
                for row in some:
                    cells = cells_of(section.columns, row)
                    extents.take(cells)
                    rows.append(cells)
                yield
            self.pages.begin(section.source, is_wide=False)
            fit = extents.fit(self.pages.width) if section.columns else None
            if fit is None and section.columns:
                self.pages.turn(is_wide=True)
                fit = extents.fit_some(self.pages.width)
            if at == 0:
                self._title(now)
            self._heading(section)
            if fit is not None and section.totals is not None:
                table = TablePainter(section.columns, fit, self._colors, is_stale=section.is_stale)
                self._table(section, table, rows)
                yield
                yield from self._show_charts(section)

    def close(self) -> None:
        """Let go of what was made for the pages."""
        from app.ui.report.charts import PaperCharts

        for each in self._charts:
            assert isinstance(each, PaperCharts)
            each.close()
        self._charts.clear()

    def _title(self, now: datetime) -> None:
        colors = self._colors
        made = f"{now.astimezone(KST):%Y-%m-%d %H:%M} KST"
        self._line(tr("Moa portfolio report"), 20, 28, BOLD)
        self._line(tr("Made {time}", time=made), 9, 14, color=colors.text2)
        if text_of.masks_amounts():
            words = tr("Amounts are masked in this report, as they were in the window.")
            self._line(words, 9, 14, SEMIBOLD, color=colors.warn)
        self.pages.skip(14)

    def _heading(self, section: Section) -> None:
        colors, pages, width = self._colors, self.pages, self.pages.width

        def paint(pen: Pen, top: float) -> None:
            box = QRectF(MARGIN, top, width, 22)
            used = pen.text(box, section.title, 14, colors.text, BOLD)
            pen.text(box.adjusted(used + 8, 2, 0, 2), section.label, 10, colors.text2)

        pages.put(26, paint)
        if section.warnings:
            self._warn(section.warnings)
        if section.figures:
            height = figures_height(section.figures, pages.width)
            pages.put(
                height,
                partial(paint_figures, section.figures, pages.width, height, colors, section.is_stale),
            )
            pages.skip(12)

    def _warn(self, warnings: Sequence[str]) -> None:
        colors, width = self._colors, self.pages.width
        lines = [line for words in warnings for line in lines_of(words, width - 24, 9)]
        height = len(lines) * 9 * _LINE + 10

        def paint(pen: Pen, top: float) -> None:
            pen.fill(QRectF(MARGIN, top, width, height), colors.warnSoft, 3)
            pen.fill(QRectF(MARGIN, top, 3, height), colors.warn)
            for number, line in enumerate(lines):
                box = QRectF(MARGIN + 12, top + 5 + number * 9 * _LINE, width, 9 * _LINE)
                pen.text(box, line, 9, colors.text)

        self.pages.put(height, paint)
        self.pages.skip(6)

    def _table(self, section: Section, table: TablePainter, rows: Sequence[tuple[Cell, ...]]) -> None:
        pages, totals = self.pages, section.totals
        assert totals is not None
        self._caption(section.table_title, section.note)
        pages.put(HEAD, table.head)
        last = len(rows) - 1
        for at, cells in enumerate(rows):
            if not pages.has_room(ROW + TOTAL if at == last else ROW):  # the total never stands alone
                pages.go_on(section.heading)
                pages.put(HEAD, table.head)
            pages.put(ROW, partial(table.row, cells))
        if rows:
            pages.put(TOTAL, partial(table.total, totals))
        else:
            pages.skip(4)
            self._line(tr("Nothing is held."), 9, 16, color=self._colors.text2)
        pages.skip(4)
        for words in (section.sums, *section.notes):
            for line in lines_of(words, pages.width, 8):
                if not pages.has_room(12):
                    pages.go_on(section.heading)
                self._line(line, 8, 12, color=self._colors.text2)

    def _show_charts(self, section: Section) -> Iterator[None]:
        if section.content is None or not section.content.rows or section.spec is None:
            return
        from app.ui.report.charts import HEIGHT, SCALE, PaperCharts

        yield
        pages = self.pages
        wide = (pages.width - _CHART_GAP) / 2
        charts = PaperCharts(section.spec, self._theme)
        self._charts.append(charts)
        yield
        yield from charts.show(section.content, wide - 2 * _CHART_SIDE, is_stale=section.is_stale)
        yield
        found = charts.charts()
        height = HEIGHT * SCALE + _CHART_TITLE + 8
        pages.skip(14)
        for at in range(0, len(found), 2):
            if not pages.has_room(height):
                pages.go_on(section.heading)
            for place, chart in enumerate(found[at : at + 2]):
                left = MARGIN + place * (wide + _CHART_GAP)
                pages.put(0, partial(self._chart, chart, QRectF(left, 0, wide, height)))
            pages.skip(height + _CHART_GAP)

    def _chart(self, chart: object, box: QRectF, pen: Pen, top: float) -> None:
        from app.ui.charts.view import ChartView
        from app.ui.report.charts import paint_chart

        assert isinstance(chart, ChartView)
        box = box.translated(0, top)
        pen.frame(box, self._colors.line, 4)
        title = QRectF(box.left() + 10, box.top() + 5, box.width() - 20, _CHART_TITLE)
        pen.text(title, chart.accessibleName(), 9, self._colors.text, SEMIBOLD)
        paint_chart(pen, chart, box.left() + _CHART_SIDE, box.top() + _CHART_TITLE + 5)

    def _caption(self, title: str, note: str) -> None:
        colors = self._colors

        def paint(pen: Pen, top: float) -> None:
            box = QRectF(MARGIN, top, self.pages.width, 16)
            used = pen.text(box, title, 10, colors.text, SEMIBOLD)
            pen.text(box.adjusted(used + 6, 0, 0, 0), note, 8, colors.text3)

        self.pages.put(19, paint)

    def _line(
        self,
        text: str,
        size: int,
        height: float,
        weight: QFont.Weight = REGULAR,
        color: QColor | None = None,
    ) -> None:
        ink, width = color or self._colors.text, self.pages.width

        def paint(pen: Pen, top: float) -> None:
            pen.text(QRectF(MARGIN, top, width, height), text, size, ink, weight)

        self.pages.put(height, paint)
