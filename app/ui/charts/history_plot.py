# pyright: basic
"""The plot of a net worth: curves over days, with pyqtgraph's axes and view box."""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem

from app.ui import format as text_of
from app.ui.charts.history_views import Curves, Line, index_color
from app.ui.charts.labels import CENTER, LEFT, Label, text_width
from app.ui.charts.ladder import axis_steps
from app.ui.charts.plotting import pg
from app.ui.charts.view import EDGE
from app.ui.format import HIDDEN, Formatter
from app.ui.theme import REGULAR, Colors, exact_metrics, font

DOT = 4.0
_MARGIN = 0.08  # share of the height above and below the curves
_ALONE = 7.0
_EDGE_SHARE = 0.01  # share of the width beside them
_DATES, _BESIDE = 20, 10  # height of the dates, and pixels beside the amounts
_DATE_ROOM, _AMOUNT_ROOM = 88, 22  # pixels for a label of an axis
_MOST_AMOUNTS = 7
_FINEST = Decimal("0.0001")  # of a percentage on the axis
_DAY_STEPS, _MONTH_STEPS, _MONTH = (1, 2, 7, 14), (1, 2, 3, 6, 12, 24, 60, 120), 30


class PlainAxis(pg.AxisItem):
    """An axis painted anew each time: the picture that pyqtgraph keeps grows with the resolution."""

    has_texts = True
    as_shapes = False  # whether texts are painted as outlines
    pixel = 1.0  # width of a line in pixels of what is painted on

    def updateAutoSIPrefix(self) -> None:
        """Do nothing: there is no label with a unit, and pyqtgraph would lay it out with each range."""

    def paint(self, p: QPainter, *_: object) -> None:
        specs = self.generateDrawSpecs(p)
        if specs is None:
            return
        (pen, *ends), ticks, texts = specs
        line = (_wider(pen, self.pixel), *ends)
        ticks = [(_wider(pen, self.pixel), *ends) for pen, *ends in ticks]
        texts = texts if self.has_texts else []
        p.save()
        self.drawPicture(p, line, ticks, () if self.as_shapes else texts)
        p.restore()
        for rect, _, text in texts if self.as_shapes else ():
            outline = QPainterPath()
            outline.addText(rect.left(), rect.top() + exact_metrics(11, REGULAR).ascent(), font(11), text)
            p.fillPath(outline, self.textPen().color())

    def labels(self, align: Qt.AlignmentFlag) -> list[Label]:
        """Return the texts with their places in the chart."""
        unseen = QImage(1, 1, QImage.Format.Format_RGB32)
        painter = QPainter(unseen)
        specs = self.generateDrawSpecs(painter)
        painter.end()
        if specs is None:
            return []
        _, _, texts = specs
        color, found = self.textPen().color(), []
        for rect, _, text in texts:
            box = self.mapRectToScene(rect).translated(-EDGE, 0)
            found.append(Label(box.x(), box.y(), box.width() + 1, box.height(), text, color, 11, align=align))
        return found


class DayAxis(PlainAxis):
    """An axis of days: its values are the ordinals of dates."""

    def __init__(self) -> None:
        super().__init__("bottom")

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return days with equal distances or, where there is no room for those, first days of months."""
        first, last = (date.fromordinal(max(round(each), 1)) for each in (minVal + 0.4, maxVal - 0.4))
        most = max(int(size / _DATE_ROOM), 1)
        for step in _DAY_STEPS:
            found = list(range(last.toordinal(), first.toordinal() - 1, -step))
            if len(found) <= most:
                return [(step, [float(each) for each in found])]
        for step in _MONTH_STEPS:
            months = range(first.year * 12 // step * step, last.year * 12 + 12, step)
            starts = [date(month // 12, month % 12 + 1, 1) for month in months if month >= 12]
            found = [each.toordinal() for each in starts if first <= each <= last]
            if len(found) <= most:
                break
        return [(step * _MONTH, [float(each) for each in found])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the names of days, months or years."""
        del scale
        days = [date.fromordinal(int(each)) for each in values]
        if spacing < _MONTH:
            return [text_of.day_and_month(each) for each in days]
        return [f"{each.year}" if spacing >= 12 * _MONTH else each.isoformat()[:7] for each in days]


class ValueAxis(PlainAxis):
    """An axis of amounts, without labels where they are masked, or of percentages."""

    def __init__(self) -> None:
        super().__init__("right")
        self.formatter = HIDDEN
        self.is_percent = False

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, list[float]]]:
        """Return round figures with room between them."""
        step = float(
            axis_steps(Decimal(maxVal - minVal), min(max(int(size / _AMOUNT_ROOM), 1), _MOST_AMOUNTS))[0]
        )
        first = math.ceil(minVal / step)
        return [(step, [at * step for at in range(first, math.floor(maxVal / step) + 1)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Return the figures; amounts are shortened where they stay different from each other."""
        del scale, spacing
        if self.is_percent:
            return [f"{text_of.number(Decimal(round(each, 6)).quantize(_FINEST))}%" for each in values]
        if self.formatter.is_masked:
            return [""] * len(values)
        amounts = [Decimal(round(each)) for each in values]
        short = [self.formatter.short_amount(each) for each in amounts]
        return short if len(set(short)) == len(short) else [self.formatter.amount(each) for each in amounts]


class HistoryPlot(pg.GraphicsLayout):
    """A line with a gap where it is not known, and beside it what was paid in as steps, or an index."""

    def __init__(self) -> None:
        super().__init__()
        self._bottom, self._side = DayAxis(), ValueAxis()
        self._box = pg.ViewBox(enableMouse=False, enableMenu=False, defaultPadding=0)
        self._value = pg.PlotCurveItem(antialias=True)
        self._paid = pg.PlotCurveItem()
        self._index = pg.PlotCurveItem(antialias=True)
        self._zero = pg.PlotCurveItem()
        self._dots = pg.ScatterPlotItem(size=DOT, pxMode=True, antialias=True)  # days without neighbours
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(0)
        self.addItem(self._box, 0, 0)
        self.addItem(self._side, 0, 1)
        self.addItem(self._bottom, 1, 0)
        for axis in (self._bottom, self._side):
            axis.linkToView(self._box)
            axis.setStyle(tickAlpha=255, tickLength=0, tickTextOffset=4, tickFont=font(11))
        self._side.setGrid(255)
        self._side.setZValue(self._box.zValue() - 1)  # the grid is behind the curves
        for item in (self._zero, self._paid, self._index, self._value, self._dots):
            self._box.addItem(item, ignoreBounds=True)
        self._keep_pixels()
        self.setZValue(1)

    def dress(self, colors: Colors) -> None:
        """Use these colours."""
        self._value.setPen(pg.mkPen(colors.accent, width=2))
        self._paid.setPen(pg.mkPen(colors.text3, width=1))
        self._zero.setPen(pg.mkPen(colors.lineStrong, width=1))
        self._index.setPen(pg.mkPen(index_color(colors), width=1.5))
        self._dots.setPen(None)
        self._dots.setBrush(colors.accent)
        for axis in (self._bottom, self._side):
            axis.setTickPen(colors.line)
            axis.setTextPen(colors.text3)
        self._bottom.setPen(colors.lineStrong)
        self._side.setPen(None)

    def draw(self, curves: Curves, formatter: Formatter) -> None:
        """Draw the curves of at least one day."""
        x, y, is_joined = _arrays(curves.main)
        paid = np.array(curves.paid, float)
        self._value.setData(x, y, connect=is_joined)
        self._paid.setData(np.repeat(x, 2)[1:] if paid.size else paid, np.repeat(paid, 2)[:-1])
        is_alone = (is_joined == 0) & (np.concatenate(([0], is_joined[:-1])) == 0) & ~np.isnan(y)
        points = np.array(curves.points, float).reshape(-1, 2)
        dots = np.concatenate((np.column_stack((x[is_alone], y[is_alone])), points))
        self._dots.setData(dots[:, 0], dots[:, 1], size=DOT if len(x) > 1 else _ALONE)
        days, rates, is_next = _arrays(curves.index or Line((), (), ()))
        self._index.setData(days, rates, connect=is_next)
        zero = np.zeros(2 if curves.is_percent else 0)
        self._zero.setData(x[[0, -1]] if curves.is_percent else zero, zero)
        known = np.concatenate((y[~np.isnan(y)], paid, rates, zero))
        low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
        room = (high - low) * _MARGIN or max(abs(high) * _MARGIN, 1.0)
        edge = max((x[-1] - x[0]) * _EDGE_SHARE, 0.3)
        self._side.formatter, self._side.is_percent = formatter, curves.is_percent
        self._side.update()  # the range may be the same
        self._box.setRange(xRange=(x[0] - edge, x[-1] + edge), yRange=(low - room, high + room), padding=0)

    @contextmanager
    def off_screen(self, painter: QPainter, *, as_shapes: bool) -> Iterator[None]:
        """Draw lines as wide as on the screen at any resolution, and no copies of the screen's pixels.

        With `as_shapes` the labels of the axes are outlines.
        """
        pixel = painter.combinedTransform().m11()
        curves = (self._zero, self._paid, self._index, self._value)
        pens = [QPen(each.opts["pen"]) for each in curves]  # pyright: ignore - any option is declared as all
        for each in (*curves, self._dots):
            each.setCacheMode(QGraphicsItem.CacheMode.NoCache)
        for each, pen in zip(curves, pens, strict=True):
            each.setPen(_wider(pen, pixel))
        self._dots.setExportMode(True, {"resolutionScale": pixel})
        self._set_axes(as_shapes, pixel)
        try:
            yield
        finally:
            self._set_axes(False, 1.0)
            self._dots.setExportMode(False)
            for each, pen in zip(curves, pens, strict=True):
                each.setPen(pen)
            self._keep_pixels()

    def _set_axes(self, as_shapes: bool, pixel: float) -> None:
        for axis in (self._bottom, self._side):
            axis.as_shapes, axis.pixel = as_shapes, pixel

    def _keep_pixels(self) -> None:
        """Keep what is on the screen: moving the cross-hair does not draw thousands of lines again."""
        for item in (self._zero, self._paid, self._index, self._value, self._dots):
            item.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def place(self, rect: QRectF) -> None:
        """Take this rectangle of the scene."""
        # Left to themselves, the axes find their sizes while they are painted, and move everything then.
        low, high = self._side.range
        ((step, ticks),) = self._side.tickValues(low, high, max(rect.height() - _DATES, 1))
        names = self._side.tickStrings(ticks, 1.0, step)
        self._side.setWidth(math.ceil(max((text_width(each, 11) for each in names), default=0)) + _BESIDE)
        self._bottom.setHeight(_DATES)
        self.setGeometry(rect)
        self.layout.activate()  # pyright: ignore - pyqtgraph's layout is no method

    def set_texts(self, has_texts: bool) -> None:
        """Paint the axes with their texts from now on, or without."""
        self._bottom.has_texts = self._side.has_texts = has_texts

    def labels(self) -> list[Label]:
        """Return the texts of the axes with their places in the chart."""
        return [*self._bottom.labels(CENTER), *self._side.labels(LEFT)]

    @property
    def area(self) -> QRectF:
        """Return where the curves are in the scene."""
        return self._box.mapRectToScene(self._box.rect())

    def point_of(self, day: float, value: float = 0.0) -> QPointF:
        """Return the point of the scene for the ordinal of a day and an amount."""
        return self._box.mapViewToScene(QPointF(day, value))

    def day_at(self, x: float) -> float:
        """Return the ordinal of the day at a point of the scene."""
        return self._box.mapSceneToView(QPointF(x, 0)).x()


def _wider(pen: QPen, factor: float) -> QPen:
    """Return a pen that draws lines so many times as wide."""
    made = QPen(pen)
    made.setWidthF(pen.widthF() * factor)
    return made


def _arrays(line: Line) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the days, the values, and which points are joined with the next ones."""
    return np.array(line.days, float), np.array(line.values, float), np.array(line.is_joined, np.int32)
