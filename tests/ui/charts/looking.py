"""How the tests look at a chart: its pixels, its texts, and where an item lies."""

from collections.abc import Hashable, Iterator
from decimal import Decimal

from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.ui.charts.labels import Label, draw_labels, text_width
from app.ui.charts.slices import Entry, Shares
from app.ui.charts.treemap import Tile, laid_out, tiles_in
from app.ui.charts.view import EDGE, ChartView

WIDTH, HEIGHT = 352, 258  # a chart in the panel of a window of 1280x800


def entries(*values: int | None) -> list[Entry]:
    """Entries with the keys "0", "1" and so on."""
    return [
        Entry(str(number), f"종목 {number}", None if value is None else Decimal(value))
        for number, value in enumerate(values)
    ]


def tiles(listed: list[Entry], width: int, height: int) -> Shares[Tile]:
    """The tiles of these entries in a treemap of this size."""
    return tiles_in(listed, laid_out(listed, width, height))


def show(qtbot: QtBot, chart: ChartView, width: int = WIDTH, height: int = HEIGHT) -> None:
    """Put the chart on the (invisible) screen and paint it."""
    qtbot.addWidget(chart)
    chart.resize(width, height)
    with qtbot.waitExposed(chart):
        chart.show()
    QApplication.processEvents()


def picture(chart: ChartView) -> QImage:
    """The chart as painted now."""
    return chart.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)


def colors_in(chart: ChartView) -> set[str]:
    """The names of all colours in the picture."""
    image = picture(chart)
    return {image.pixelColor(x, y).name() for x in range(image.width()) for y in range(image.height())}


def columns_of(image: QImage, color: QColor, y: int) -> list[int]:
    """Where a line of the picture has the colour."""
    return [x for x in range(image.width()) if image.pixelColor(x, y).name() == color.name()]


def painted(chart: ChartView) -> list[Label]:
    """The labels that find room, as painted."""
    image = QImage(chart.size(), QImage.Format.Format_RGB32)
    painter = QPainter(image)
    labels = draw_labels(painter, chart.labels)
    painter.end()
    return labels


def texts(chart: ChartView) -> list[str]:
    """What can be read in the chart."""
    return [label.text for label in painted(chart)]


def room_of(label: Label) -> QRectF:
    """The part of its box that a label's text takes from side to side."""
    width = text_width(label.text, label.size, label.weight)
    left = label.x
    if label.align.name == "AlignRight":
        left += label.width - width
    elif label.align.name == "AlignHCenter":
        left += (label.width - width) / 2
    return QRectF(left, label.y, width, label.height)


def lies_inside(chart: ChartView, label: Label) -> bool:
    """Whether the whole text can be seen."""
    room = room_of(label)
    return room.left() >= -0.5 and room.right() <= chart.width() - 2 * EDGE + 0.5


def places(chart: ChartView) -> Iterator[QPoint]:
    """Every second pixel of the chart."""
    for y in range(0, chart.height(), 2):
        for x in range(0, chart.width(), 2):
            yield QPoint(x, y)


def place_of(chart: ChartView, key: Hashable) -> QPoint:
    """A place in the widget at which the item with this key lies."""
    for place in places(chart):
        hit = chart.hit_at(QPointF(place))
        if hit is not None and hit.key == key:
            return place
    raise AssertionError(f"no item {key!r}")


def tip_of(chart: ChartView, key: Hashable) -> str:
    """The tooltip of an item."""
    return next(hit.tip for hit in chart._hits if hit.key == key)


def point_at(qtbot: QtBot, chart: ChartView, key: Hashable) -> None:
    """Move the pointer over an item, from where there is none."""
    qtbot.mouseMove(chart.viewport(), QPoint(chart.width() - 1, chart.height() - 1))
    qtbot.mouseMove(chart.viewport(), place_of(chart, key))


def focus(qtbot: QtBot, chart: ChartView) -> None:
    """Reach the chart by the tabulator key."""
    chart.activateWindow()
    chart.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(chart.hasFocus)
