# pyright: basic
"""A card of charts as a picture to keep: heading, source and charts, without marks of pointer and keys."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QImage, QPainter

from app.ui.charts.labels import SEMIBOLD, Label, draw_labels, text_width
from app.ui.charts.view import EDGE, ChartView
from app.ui.theme import Colors

SCALE = 2
_MARGIN = 16
_TITLE, _SOURCE = 24, 18
_NOTE_GAP = 8
_DOTS_PER_METER = round(96 / 0.0254)


@dataclass(frozen=True, slots=True)
class Heading:
    """What stands over the charts of a picture: `source` is whose values they are, and of when."""

    title: str
    note: str
    source: str


class Picture:
    """Draws a heading and charts under each other, as large as they are on the screen."""

    def __init__(self, heading: Heading, charts: Sequence[ChartView], colors: Colors) -> None:
        self._heading = heading
        self._charts = charts
        self._colors = colors
        self._top = _MARGIN + _TITLE + (_SOURCE if heading.source else 0) + 8
        wide = max((chart.width() for chart in charts), default=0)
        high = sum(chart.height() for chart in charts)
        self.size = QSize(wide + 2 * (_MARGIN - EDGE), self._top + high + _MARGIN)

    def image(self) -> QImage:
        """The picture in pixels, twice as fine as on the screen."""
        image = QImage(self.size * SCALE, QImage.Format.Format_RGB32)
        image.setDotsPerMeterX(_DOTS_PER_METER * SCALE)
        image.setDotsPerMeterY(_DOTS_PER_METER * SCALE)
        image.fill(self._colors.surface)
        painter = QPainter(image)
        painter.scale(SCALE, SCALE)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self._paint(painter)
        painter.end()
        return image

    def png(self) -> bytes:
        """The pixels as a PNG file."""
        return png_of(self.image())

    def svg(self) -> bytes:
        """The picture as an SVG file. Its texts are shapes: other machines do not have the program's font."""
        from PySide6.QtSvg import QSvgGenerator

        def draw(buffer: QBuffer) -> None:
            generator = QSvgGenerator()
            generator.setOutputDevice(buffer)
            generator.setResolution(96)
            generator.setSize(self.size)
            generator.setViewBox(QRect(0, 0, self.size.width(), self.size.height()))
            generator.setTitle(self._heading.title)
            words = "\n".join(chart.accessibleDescription() for chart in self._charts)
            generator.setDescription(f"{self._heading.source}\n{words}".strip())
            painter = QPainter(generator)
            painter.fillRect(QRectF(0, 0, self.size.width(), self.size.height()), self._colors.surface)
            self._paint(painter, as_shapes=True)
            painter.end()

        return _written(draw)

    def _paint(self, painter: QPainter, *, as_shapes: bool = False) -> None:
        colors, heading = self._colors, self._heading
        wide = self.size.width() - 2 * _MARGIN
        title = min(text_width(heading.title, 14, SEMIBOLD) + 1, wide)
        after = title + _NOTE_GAP
        draw_labels(
            painter,
            (
                Label(_MARGIN, _MARGIN, title, _TITLE, heading.title, colors.text, 14, SEMIBOLD),
                Label(_MARGIN + after, _MARGIN, wide - after, _TITLE, heading.note, colors.text3),
                Label(_MARGIN, _MARGIN + _TITLE, wide, _SOURCE, heading.source, colors.text3),
            ),
            as_shapes=as_shapes,
        )
        y = self._top
        for chart in self._charts:
            chart.paint_plain(painter, QPointF(_MARGIN - EDGE, y), as_shapes=as_shapes)
            y += chart.height()


def png_of(image: QImage) -> bytes:
    """The content of a PNG file of an image."""
    # The stub asks for bytes, which Qt refuses.
    return _written(lambda buffer: image.save(buffer, "PNG"))  # pyright: ignore


def _written(write) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(kept.data())
