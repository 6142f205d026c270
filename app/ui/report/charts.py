# pyright: basic
"""A tab's charts for paper: built out of sight in light colours, their texts as texts."""

from collections.abc import Iterator

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QImage, QPainter

from app.ui import format as text_of
from app.ui.charts.labels import CENTER, RIGHT, Label, draw_labels, metrics
from app.ui.charts.view import EDGE, ChartView
from app.ui.report.pen import Pen, width_of
from app.ui.tabs.spec import ChartPanel, Content, TabSpec
from app.ui.theme import Theme

SCALE = 0.7  # points of a pixel: the charts' texts are as large as the table's
HEIGHT = 296  # of one chart, in pixels


class PaperCharts:
    """The charts of one tab."""

    def __init__(self, spec: TabSpec, theme: Theme) -> None:
        self._panel: ChartPanel = spec.charts(theme)

    def show(self, content: Content, width: float, *, is_stale: bool) -> Iterator[None]:
        """Draw the charts of this content, each as wide as this in points, in small steps."""
        panel, size = self._panel, QSize(round(width / SCALE), HEIGHT)
        panel.resize(size.width(), size.height() * 2)
        panel.set_masked(text_of.masks_amounts())
        panel.set_stale(is_stale)
        panel.show_content(content)
        yield
        panel.grab()  # lays out what was never shown
        for chart in self.charts():
            yield
            chart.resize(size)
            chart.grab()

    def charts(self) -> list[ChartView]:
        """Those that are drawn, in their order."""
        return [chart for chart in self._panel.findChildren(ChartView) if not chart.isHidden()]

    def close(self) -> None:
        """Let go of them."""
        self._panel.deleteLater()


def paint_chart(pen: Pen, chart: ChartView, left: float, top: float) -> None:
    """Paint a chart; its labels come last and by the pen, as the page's other texts."""
    painter = pen.painter
    painter.save()
    painter.translate(left, top)
    painter.scale(SCALE, SCALE)
    labels = chart.labels
    shown = _shown(labels)
    try:
        chart.labels = []
        chart.paint_plain(painter, QPointF(0, 0))
    finally:
        chart.labels = labels
    for label, place in shown:
        pen.line_of_text(place, label.text, label.size, label.color, label.weight)
    painter.restore()


def _shown(labels: list[Label]) -> list[tuple[Label, QPointF]]:
    """The labels that have room, shortened to it, and where each begins."""
    unseen = QImage(1, 1, QImage.Format.Format_RGB32)
    painter = QPainter(unseen)
    painted = draw_labels(painter, labels)
    painter.end()
    return [(label, QPointF(EDGE + label.x + _indent(label), _baseline(label))) for label in painted]


def _indent(label: Label) -> float:
    free = label.width - width_of(label.text, label.size, label.weight)
    return free if label.align == RIGHT else free / 2 if label.align == CENTER else 0.0


def _baseline(label: Label) -> float:
    measures = metrics(label.size, label.weight)
    return label.y + (label.height + measures.ascent() - measures.descent()) / 2
