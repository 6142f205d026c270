"""The report: sections laid out on pages and written as a PDF, in small steps."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter
from PySide6.QtWidgets import QWidget

from app.domain.clock import KST
from app.domain.language import tr
from app.domain.net_worth import NetWorth
from app.ui.charts.chart_card import ChartCard
from app.ui.charts.history import HistoryChart, Range, only_day_words
from app.ui.charts.labels import CENTER, RIGHT, Label, draw_labels
from app.ui.charts.months import MonthTable
from app.ui.charts.view import EDGE, ChartView
from app.ui.format import UNKNOWN, Formatter
from app.ui.report.canvas import ALL_WEIGHTS, MARGIN, Canvas, Page, Pages, lines_of, width_of
from app.ui.report.glyphs import readable
from app.ui.report.section import Asked, Gathered, Section, section_of
from app.ui.report.table import HEAD, ROW, TOTAL, Extents, TablePainter
from app.ui.table.columns import Cell, cells_of
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.spec import ChartPanel, Content, TabSpec
from app.ui.theme import BOLD, MEDIUM, REGULAR, SEMIBOLD, Colors, Mode, Theme, exact_metrics

_ROWS_AT_ONCE = 40
_CHART_GAP, _CHART_TITLE, _CHART_SIDE = 14.0, 18.0, 4.0
_CAPTION, _BEFORE_CHARTS = 19.0, 14.0
_LINE = 1.5  # height of a line of text, relative to its size

SCALE = 0.7  # points per pixel: the charts' texts are as large as the table's
HEIGHT = 296  # height of one chart in pixels
_CURVE_HEIGHT = 300  # of the history and its figures

_DOTS_PER_INCH = 1200
_POINTS_PER_INCH = 72

_LABEL, _FIGURE, _NOTE = 8, 15, 7
_TOP, _BOTTOM = 8.0, 7.0
_LABEL_HEIGHT, _FIGURE_HEIGHT, _NOTE_HEIGHT = 12.0, 21.0, 10.5
_INDENT = 12.0
_SMALLEST = 9


class Layout:
    """Fills `pages.pages` with the sections."""

    def __init__(self, theme: Theme, formatter: Formatter) -> None:
        self._theme = theme
        self._colors = theme.colors
        self._formatter = formatter
        self.pages = Pages()
        self._charts: list[PaperCharts | PaperHistory] = []

    def steps(self, sections: Sequence[Section], now: datetime) -> Iterator[None]:
        """Lay everything out, yielding after each step; the title is placed above the first section."""
        for at, section in enumerate(sections):
            extents = Extents(section.columns, section.totals or {})
            rows: list[tuple[Cell, ...]] = []
            left = iter(section.content.rows if section.content is not None else ())
            while some := list(islice(left, _ROWS_AT_ONCE)):
                for row in some:
                    cells = cells_of(section.columns, row, self._formatter)
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
                yield from self._show_history(section)
                yield from self._show_charts(section)

    def close(self) -> None:
        """Delete the charts made for the pages."""
        for each in self._charts:
            each.close()
        self._charts.clear()

    def _title(self, now: datetime) -> None:
        colors = self._colors
        made = f"{now.astimezone(KST):%Y-%m-%d %H:%M} KST"
        self._line(tr("Moa portfolio report"), 20, 28, BOLD)
        self._line(tr("Created {time}", time=made), 9, 14, color=colors.text2)
        if self._formatter.is_masked:
            words = tr("Amounts are hidden in this report.")
            self._line(words, 9, 14, SEMIBOLD, color=colors.warn)
        self.pages.skip(14)

    def _heading(self, section: Section) -> None:
        colors, pages, width = self._colors, self.pages, self.pages.width

        def paint(canvas: Canvas, top: float) -> None:
            box = QRectF(MARGIN, top, width, 22)
            used = canvas.text(box, section.title, 14, colors.text, BOLD)
            canvas.text(box.adjusted(used + 8, 2, 0, 2), section.label, 10, colors.text2)

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

        def paint(canvas: Canvas, top: float) -> None:
            canvas.fill(QRectF(MARGIN, top, width, height), colors.warnSoft, 3)
            canvas.fill(QRectF(MARGIN, top, 3, height), colors.warn)
            for number, line in enumerate(lines):
                box = QRectF(MARGIN + 12, top + 5 + number * 9 * _LINE, width, 9 * _LINE)
                canvas.text(box, line, 9, colors.text)

        self.pages.put(height, paint)
        self.pages.skip(6)

    def _table(self, section: Section, table: TablePainter, rows: Sequence[tuple[Cell, ...]]) -> None:
        pages, totals = self.pages, section.totals
        assert totals is not None
        self._caption(section.table_title, section.note)
        pages.put(HEAD, table.head)
        last = len(rows) - 1
        for at, cells in enumerate(rows):
            if not pages.has_room(ROW + TOTAL if at == last else ROW):  # the total needs a row above it
                pages.go_on(section.heading)
                pages.put(HEAD, table.head)
            pages.put(ROW, partial(table.row, cells))
        if rows:
            pages.put(TOTAL, partial(table.total, totals))
        else:
            pages.skip(4)
            self._line(tr("No holdings."), 9, 16, color=self._colors.text2)
        pages.skip(4)
        for words in (section.sums, *section.notes):
            for line in lines_of(words, pages.width, 8):
                if not pages.has_room(12):
                    pages.go_on(section.heading)
                self._line(line, 8, 12, color=self._colors.text2)

    def _show_charts(self, section: Section) -> Iterator[None]:
        if section.content is None or not section.content.rows or section.spec is None:
            return

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
        pages.skip(_BEFORE_CHARTS)
        for at in range(0, len(found), 2):
            if not pages.has_room(height):
                pages.go_on(section.heading)
            for place, chart in enumerate(found[at : at + 2]):
                left = MARGIN + place * (wide + _CHART_GAP)
                pages.put(0, partial(self._chart, chart, QRectF(left, 0, wide, height)))
            pages.skip(height + _CHART_GAP)

    def _show_history(self, section: Section) -> Iterator[None]:
        """Show the history of all values, or why there is none."""
        if section.range_ is None or section.content is None:
            return
        content, pages = section.content, self.pages
        worth, words = content.history.worth, instead_of_curve(content.history.worth)
        if worth is None or words:
            lines = lines_of(words, pages.width, 8)
            pages.skip(_BEFORE_CHARTS)
            if not pages.has_room(_CAPTION + len(lines) * 12):
                pages.go_on(section.heading)
            self._caption(tr(HistoryChart.title), "")
            for line in lines:
                self._line(line, 8, 12, color=self._colors.text2)
            return
        yield
        history = PaperHistory(self._theme)
        self._charts.append(history)
        pages.skip(_BEFORE_CHARTS)
        width = round((pages.width - 2 * _CHART_SIDE) / SCALE)
        yield from history.show(worth, section.range_, content.formatter, width, is_stale=section.is_stale)
        for chart in history.charts:
            height = chart.height() * SCALE + _CHART_TITLE + 8
            if not pages.has_room(height):
                pages.go_on(section.heading)
            pages.put(height, partial(self._chart, chart, QRectF(MARGIN, 0, pages.width, height)))
            pages.skip(_CHART_GAP)

    def _chart(self, chart: ChartView, box: QRectF, canvas: Canvas, top: float) -> None:
        box = box.translated(0, top)
        canvas.frame(box, self._colors.line, 4)
        title = QRectF(box.left() + 10, box.top() + 5, box.width() - 20, _CHART_TITLE)
        canvas.text(title, title_of(chart), 9, self._colors.text, SEMIBOLD)
        paint_chart(canvas, chart, box.left() + _CHART_SIDE, box.top() + _CHART_TITLE + 5)

    def _caption(self, title: str, note: str) -> None:
        colors = self._colors

        def paint(canvas: Canvas, top: float) -> None:
            box = QRectF(MARGIN, top, self.pages.width, 16)
            used = canvas.text(box, title, 10, colors.text, SEMIBOLD)
            canvas.text(box.adjusted(used + 6, 0, 0, 0), note, 8, colors.text3)

        self.pages.put(_CAPTION, paint)

    def _line(
        self,
        text: str,
        size: int,
        height: float,
        weight: QFont.Weight = REGULAR,
        color: QColor | None = None,
    ) -> None:
        ink, width = color or self._colors.text, self.pages.width

        def paint(canvas: Canvas, top: float) -> None:
            canvas.text(QRectF(MARGIN, top, width, height), text, size, ink, weight)

        self.pages.put(height, paint)


class PaperCharts:
    """The charts of one tab."""

    def __init__(self, spec: TabSpec, theme: Theme) -> None:
        self._panel: ChartPanel = spec.charts(theme)

    def show(self, content: Content, width: float, *, is_stale: bool) -> Iterator[None]:
        """Draw the charts of this content, each `width` points wide, yielding after each step."""
        panel, size = self._panel, QSize(round(width / SCALE), HEIGHT)
        panel.resize(size.width(), size.height() * 2)
        panel.set_stale(is_stale)
        panel.show_content(content)
        yield
        panel.grab()  # lays out a widget that was never shown
        for chart in self.charts():
            yield
            chart.resize(size)
            chart.grab()

    def charts(self) -> list[ChartView]:
        """Return the charts that are drawn, in their order."""
        return [chart for chart in self._panel.findChildren(ChartView) if not chart.isHidden()]

    def close(self) -> None:
        """Delete the charts."""
        self._panel.deleteLater()


class PaperHistory:
    """The charts of a history of more than one day."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._parent = QWidget()
        self.charts: list[ChartView] = []

    def show(
        self, worth: NetWorth, range_: Range, formatter: Formatter, width: int, *, is_stale: bool
    ) -> Iterator[None]:
        """Draw the charts, each `width` pixels wide, yielding after each step."""
        curve = HistoryChart(self._theme, self._parent)
        curve.set_range(range_)
        curve.set_stale(is_stale)
        yield
        curve.show_worth(worth, formatter)
        yield
        curve.resize(width, _CURVE_HEIGHT)
        curve.grab()  # lays out a widget that was never shown
        yield
        months = MonthTable(self._theme, self._parent)
        months.set_stale(is_stale)
        months.show_worth(worth)
        yield
        months.resize(QSize(width, months.whole_height))
        months.grab()
        self.charts += [curve, months]

    def close(self) -> None:
        """Delete the charts."""
        self._parent.deleteLater()


def instead_of_curve(worth: NetWorth | None) -> str:
    """Return why there is no curve; empty where there is one."""
    if worth is None:
        return tr("The asset history had not been loaded when this report was created.")
    if not worth.days:
        return tr(HistoryChart.empty_text)
    return only_day_words(worth.days[0].day) if len(worth.days) == 1 else ""


def title_of(chart: ChartView) -> str:
    """Return the title of a chart's card, which stands above it in the window."""
    over = chart.parentWidget()
    while over is not None and not isinstance(over, ChartCard):
        over = over.parentWidget()
    return chart.accessibleName() if over is None else over.title


def paint_chart(canvas: Canvas, chart: ChartView, left: float, top: float) -> None:
    """Paint a chart, and then its labels as text, like the other texts of the page."""
    painter = canvas.painter
    painter.save()
    painter.translate(left, top)
    painter.scale(SCALE, SCALE)
    for label, place in _shown(chart.paint_without_texts(painter, QPointF(0, 0))):
        canvas.line_of_text(place, label.text, label.size, label.color, label.weight)
    painter.restore()


def _shown(labels: list[Label]) -> list[tuple[Label, QPointF]]:
    """Return the labels that have room, elided to it, and where each begins."""
    unseen = QImage(1, 1, QImage.Format.Format_RGB32)
    painter = QPainter(unseen)
    painted = draw_labels(painter, labels)
    painter.end()
    return [(label, QPointF(EDGE + label.x + _indent(label), _baseline(label))) for label in painted]


def _indent(label: Label) -> float:
    free = label.width - width_of(label.text, label.size, label.weight)
    return free if label.align == RIGHT else free / 2 if label.align == CENTER else 0.0


def _baseline(label: Label) -> float:
    measures = exact_metrics(label.size, label.weight)
    return label.y + (label.height + measures.ascent() - measures.descent()) / 2


class Document:
    """The requested tabs on A4 pages, in light colours independent of the window's."""

    def __init__(
        self, asked: Sequence[Asked | Gathered], now: datetime, theme: Theme, formatter: Formatter
    ) -> None:
        self._asked = asked
        self._now = now
        self._formatter = formatter
        self._theme = Theme(Mode.LIGHT, theme.scheme)
        self._content = b""

    @property
    def content(self) -> bytes:
        """Return the PDF, empty until the last step is done."""
        return self._content

    def steps(self) -> Iterator[None]:
        """Make the PDF, yielding after each step, which is short enough to keep the window responsive."""
        layout = Layout(self._theme, self._formatter)
        try:
            sections: list[Section] = []
            for each in self._asked:
                sections.append(section_of(each, self._now, self._theme, self._formatter))
                yield
            yield from layout.steps(sections, self._now)
            yield from self._paint(layout.pages.pages)
        finally:
            layout.close()

    def _paint(self, pages: Sequence[Page]) -> Iterator[None]:
        kept = QByteArray()
        buffer = QBuffer(kept)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        writer = QPdfWriter(buffer)
        writer.setTitle(tr("Moa portfolio report"))
        writer.setCreator(tr("Moa"))
        writer.setResolution(_DOTS_PER_INCH)
        writer.setPageLayout(_page_layout(pages[0]))
        painter = QPainter(writer)
        try:
            scale = _DOTS_PER_INCH / _POINTS_PER_INCH
            painter.scale(scale, scale)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            canvas = Canvas(painter)
            for number, page in enumerate(pages, start=1):
                if number > 1:
                    writer.setPageLayout(_page_layout(page))
                    writer.newPage()
                yield from page.paint(canvas, number, len(pages), self._theme.colors)
                yield
        finally:
            painter.end()
        buffer.close()
        self._content = readable(bytes(kept.data()), ALL_WEIGHTS)


def _page_layout(page: Page) -> QPageLayout:
    orientation = QPageLayout.Orientation.Landscape if page.is_wide else QPageLayout.Orientation.Portrait
    return QPageLayout(QPageSize(QPageSize.PageSizeId.A4), orientation, QMarginsF(0, 0, 0, 0))


def figures_height(figures: Sequence[Kpi], width: float) -> float:
    """Return the height of the frame in points."""
    room = _room(figures, width)
    most = max(len(_note_lines(kpi, room)) for kpi in figures)
    return _TOP + _LABEL_HEIGHT + _FIGURE_HEIGHT + most * _NOTE_HEIGHT + _BOTTOM


def paint_figures(
    figures: Sequence[Kpi],
    width: float,
    height: float,
    colors: Colors,
    is_stale: bool,
    canvas: Canvas,
    top: float,
) -> None:
    """Paint the headline figures in one frame."""
    canvas.frame(QRectF(MARGIN, top, width, height), colors.lineStrong, 5)
    each = width / len(figures)
    for at, kpi in enumerate(figures):
        left = MARGIN + at * each
        if at and not kpi.operator:
            canvas.line(QPointF(left, top + 10), QPointF(left, top + height - 10), colors.line)
        _paint_one(canvas, kpi, QRectF(left + _INDENT, top, _room(figures, width), height), colors, is_stale)


def _paint_one(canvas: Canvas, kpi: Kpi, box: QRectF, colors: Colors, is_stale: bool) -> None:
    y = box.top() + _TOP
    canvas.text(QRectF(box.left(), y, box.width(), _LABEL_HEIGHT), kpi.label, _LABEL, colors.text2, MEDIUM)
    y += _LABEL_HEIGHT
    color = _color(kpi, colors, is_stale)
    unit = "" if kpi.figure == UNKNOWN else kpi.unit
    size = _FIGURE
    while size > _SMALLEST and _wide(kpi.figure, unit, size) > box.width():
        size -= 1
    row = QRectF(box.left(), y, box.width(), _FIGURE_HEIGHT)
    if kpi.operator:
        sign = QRectF(box.left() - _INDENT - 4, y, 8, _FIGURE_HEIGHT)
        canvas.text(sign, kpi.operator, 12, colors.text2, SEMIBOLD)
    used = canvas.text(row, kpi.figure, size, color, BOLD)
    canvas.text(row.adjusted(used + 2, 1.5, 0, 1.5), unit, _LABEL + 1, color, MEDIUM)
    y += _FIGURE_HEIGHT
    for number, line in enumerate(_note_lines(kpi, box.width())):
        row = QRectF(box.left(), y + number * _NOTE_HEIGHT, box.width(), _NOTE_HEIGHT)
        rest = line
        if number == 0 and kpi.lead and line.startswith(kpi.lead):
            lead = colors.text2 if kpi.lead_sign is None or is_stale else colors.of_sign(kpi.lead_sign)
            used = canvas.text(row, kpi.lead, _NOTE, lead, SEMIBOLD)
            row, rest = row.adjusted(used + 3, 0, 0, 0), line[len(kpi.lead) :].strip()
        canvas.text(row, rest, _NOTE, colors.warn if kpi.is_warning and not is_stale else colors.text2)


def _room(figures: Sequence[Kpi], width: float) -> float:
    return width / len(figures) - _INDENT - 6


def _note_lines(kpi: Kpi, room: float) -> list[str]:
    """Return the lines below the figure, broken between its parts where it is too long."""
    lines: list[str] = []
    for part in " ".join(each for each in (kpi.lead, kpi.note) if each).split(" · "):
        longer = f"{lines[-1]} · {part}" if lines else part
        if lines and width_of(longer, _NOTE, SEMIBOLD) <= room:
            lines[-1] = longer
        else:
            lines.extend(lines_of(part, room, _NOTE, SEMIBOLD))
    return lines


def _wide(figure: str, unit: str, size: int) -> float:
    return width_of(figure, size, BOLD) + 2 + width_of(unit, _LABEL + 1, MEDIUM)


def _color(kpi: Kpi, colors: Colors, is_stale: bool) -> QColor:
    if is_stale:
        return colors.text2
    if kpi.is_accented:
        return colors.accent
    return colors.text if kpi.sign is None else colors.of_sign(kpi.sign)
