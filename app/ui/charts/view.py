# pyright: basic
"""The base of all charts: pixel layout, layers, pointer, keyboard and accessible texts."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QGraphicsView, QToolTip, QWidget

from app.domain.language import N_, tr
from app.ui import format
from app.ui.charts.labels import CENTER, LEFT, Label, Placed, paint_placed, placed
from app.ui.charts.plotting import pg
from app.ui.charts.slices import Rest
from app.ui.format import HIDDEN, Formatter
from app.ui.plain import show_tip
from app.ui.theme import Theme

LOADING = N_("Loading…")
NOTE = 24  # height of the line under a chart
DESCRIBED_MS = 1000  # delay for the accessible description while only figures change
EDGE = 8  # pixels by which the mark of an item extends on both sides; a card's margin is that much smaller
_RADIUS = 3
_FORWARD = (Qt.Key.Key_Right, Qt.Key.Key_Down)
_BACK = (Qt.Key.Key_Left, Qt.Key.Key_Up)
_CHOOSE = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
_TAB = (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason, Qt.FocusReason.ShortcutFocusReason)


class Hit(NamedTuple):
    """An item of a chart: its area, its key, and its texts, which are made on demand."""

    key: Hashable
    rects: tuple[QRectF, ...]
    words: Callable[[], tuple[str, str]]

    @property
    def tip(self) -> str:
        """Return the tooltip."""
        return self.words()[0]

    @property
    def line(self) -> str:
        """Return the line for screen readers."""
        return self.words()[1]


class Hits(list[Hit]):
    """The items of a chart in keyboard order, and the keys of those that are marked."""

    hovered: Hashable | None = None  # under the pointer, or reached by keyboard
    highlighted: Hashable | None = None  # set from outside, such as by the table
    current: Hashable | None = None  # the keyboard's current item
    _nth = 0  # index among the items with that key
    shows_focus = False  # whether the focus mark is visible

    def at(self, place: QPointF) -> Hit | None:
        """Return the item at a point of the content."""
        return next((hit for hit in self if any(rect.contains(place) for rect in hit.rects)), None)

    def of(self, key: Hashable | None) -> Hit | None:
        """Return the item with this key."""
        return next((hit for hit in self if hit.key == key), None) if key is not None else None

    @property
    def current_hit(self) -> Hit | None:
        """Return the keyboard's current item, one of those with its key."""
        alike = [hit for hit in self if hit.key == self.current] if self.current is not None else []
        return alike[min(self._nth, len(alike) - 1)] if alike else None

    def go_to(self, hit: Hit) -> None:
        """Make this item the keyboard's current one."""
        alike = [each for each in self if each.key == hit.key]
        self.current, self._nth = hit.key, next(at for at, each in enumerate(alike) if each is hit)

    def is_marked(self, key: Hashable) -> bool:
        """Return whether an item is hovered or highlighted."""
        return key is not None and key in (self.hovered, self.highlighted)

    def walk(self, key: Qt.Key) -> Hit:
        """Move to the item that an arrow, Home or End leads to, and return it."""
        last = len(self) - 1
        current = self.current_hit
        index = next((at for at, each in enumerate(self) if each is current), -1)
        if key in _FORWARD:
            index = min(index + 1, last)
        elif key in _BACK:
            index = max(index - 1, 0)
        else:
            index = 0 if key == Qt.Key.Key_Home else last
        self.go_to(self[index])
        return self[index]


class Layer(pg.GraphicsObject):
    """A layer over the whole view that is painted by a method of the chart."""

    def __init__(self, paint: Callable[[QPainter], None], height: int) -> None:
        super().__init__()
        self._paint = paint
        self._bounds = QRectF()
        self.setPos(EDGE, 0)
        self.setZValue(height)

    def resize(self, bounds: QRectF) -> None:
        """Cover a rectangle of the view, in coordinates of its content."""
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds

    def boundingRect(self) -> QRectF:
        return self._bounds

    def paint(self, painter: QPainter, *_: object) -> None:
        self._paint(painter)


class ChartView(pg.GraphicsView):
    """A chart laid out in pixels, with EDGE pixels between its content and both sides of the widget.

    `labels` holds all its texts. `item_clicked` carries the key of an entry; `item_hovered` does too, or None
    when the pointer is over nothing or over a row that merges several entries.
    """

    item_clicked = Signal(object)
    item_hovered = Signal(object)
    menu_asked = Signal(QPoint)  # global position

    title = ""
    empty_text = N_("No holdings")
    _rows: tuple[Any, ...]  # the entries or lots shown

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent, useOpenGL=False)
        self.setCentralItem(None)
        self.setCacheMode(QGraphicsView.CacheModeFlag.CacheNone)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.FullViewportUpdate)
        self.setAccessibleName(tr(self.title))
        self._theme = theme
        self._colors = theme.colors
        self._hits = Hits()
        self.labels: list[Label] = []
        self._placed: tuple[list[Label], list[Placed]] = ([], [])  # labels with their positions
        self._exposed: QRegion | None = None  # the part being painted; None for all
        self._message = tr(LOADING)
        self._rows = ()
        self._formatter = HIDDEN  # until there is content
        self._content: tuple[tuple[Any, ...], object, Formatter] | None = None
        self._note_y: float | None = None
        self._summary = ""
        self._text = ""  # below the chart, or in place of it
        self._moves_only = False  # whether the content has the same items as before, with other figures
        self._description_timer = QTimer(self)
        self._description_timer.setSingleShot(True)
        self._description_timer.setInterval(DESCRIBED_MS)
        self._description_timer.timeout.connect(self._describe)
        self._is_stale = False
        self._as_shapes = False
        self._below = Layer(self._paint_below, 0)
        self._above = Layer(self._paint_above, 2)
        self.addItem(self._below)
        self.addItem(self._above)
        self.setBackground(self._colors.surface)
        theme.changed.connect(self._recolor)

    def set_highlight(self, key: Hashable | None) -> None:
        """Mark the item of an entry, as when the pointer is over its row in the table."""
        if key != self._hits.highlighted:
            self._hits.highlighted = key
            self.viewport().update()

    def set_stale(self, is_stale: bool) -> None:
        """Show outdated figures and bars without the colours of profit and loss."""
        if is_stale != self._is_stale:
            self._is_stale = is_stale
            self._refresh()

    def paint_plain(self, painter: QPainter, place: QPointF, *, as_shapes: bool = False) -> None:
        """Paint the chart without pointer and keyboard marks; with `as_shapes` its texts as outlines."""
        hits, self._hits = self._hits, Hits(self._hits)
        self._as_shapes = as_shapes
        try:
            whole = QRectF(0, 0, self.width(), self.height())
            self.scene().render(painter, QRectF(place, whole.size()), whole)
        finally:
            self._hits, self._as_shapes = hits, False

    def paint_without_texts(self, painter: QPainter, place: QPointF) -> list[Label]:
        """Paint the chart as `paint_plain` does, but for its texts, and return these."""
        labels = self.labels
        self.labels = []
        try:
            self.paint_plain(painter, place)
        finally:
            self.labels = labels
        return labels

    def hit_at(self, place: QPointF) -> Hit | None:
        """Return the item at a point of the widget."""
        return self._hits.at(place - QPointF(EDGE, 0))

    def _is_new(self, rows: Sequence[Any], formatter: Formatter, *others: object) -> bool:
        """Return whether the content or its formatter differs from what is shown, and store it as shown."""
        content = (tuple(rows), others, formatter)
        known = self._content
        if content == known:
            return False
        self._moves_only = (
            known is not None
            and content[1:] == known[1:]
            and [(row.key, row.name) for row in content[0]] == [(row.key, row.name) for row in known[0]]
        )
        self._content = content
        self._rows, self._formatter = content[0], formatter
        self._message = tr(self.empty_text)
        return True

    def _follow(self) -> None:
        """Show the content that `_is_new` stored; where only figures changed, only what looks different."""
        if not (self._moves_only and self._has_moved()):
            self._refresh()
            return
        self._moves_only = False
        if not self._description_timer.isActive():
            self._description_timer.start()

    def _has_moved(self) -> bool:
        """Update the parts that look different and return True; return False where a new layout is needed."""
        return False

    def _arrange(self, area: QRectF) -> str:
        """Lay out everything in the area by adding hits and labels; return the note under the chart.

        The note is at the bottom or at `_note_y`; without hits it stands alone in the middle.
        """
        raise NotImplementedError

    def _paint_shapes(self, painter: QPainter) -> None:
        """Paint the shapes below the labels."""

    def _paint_mark(self, painter: QPainter, hit: Hit) -> None:
        """Paint the highlight of the item under the pointer."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._colors.hover)
        painter.drawRoundedRect(hit.rects[0].adjusted(-EDGE, 0, EDGE, 0), _RADIUS, _RADIUS)

    def _refresh(self) -> None:
        area = QRectF(0, 0, max(self.width() - 2 * EDGE, 0), self.height())
        self._hits.clear()
        self.labels = []
        self._note_y = None
        self._summary = ""
        note = self._arrange(area)
        alone = not self._hits
        text = (note or self._message) if alone else note
        if text:
            height = area.height() if alone else NOTE
            align = CENTER if alone else LEFT
            lowest = area.bottom() - height
            top = lowest if alone or self._note_y is None else min(self._note_y, lowest)
            line = Label(0, top, area.width(), height, text, self._colors.text3, align=align)
            self.labels = [*self.labels, line]  # another list, which `_paint_above` places anew
        self._text = text
        if not self._moves_only:
            self._describe()
        elif not self._description_timer.isActive():
            self._description_timer.start()
        self._moves_only = False
        self.viewport().update()

    def _describe(self) -> None:
        """Update the accessible description, which with hundreds of items is too slow for every frame."""
        self._description_timer.stop()
        lines = [self._summed_up(), *(hit.line for hit in self._hits), self._text]
        description = "\n".join(line for line in lines if line)
        if description != super().accessibleDescription():
            self.setAccessibleDescription(description)

    def _summed_up(self) -> str:
        """Return the first line of the description, with the total."""
        return self._summary

    def accessibleDescription(self) -> str:
        """Return the current description, which is otherwise up to a second late."""
        if self._description_timer.isActive():
            self._describe()
        return super().accessibleDescription()

    def _recolor(self) -> None:
        self._colors = self._theme.colors
        self.setBackground(self._colors.surface)
        self._refresh()

    def _paint_below(self, painter: QPainter) -> None:
        for hit in self._hits:
            if self._hits.is_marked(hit.key):
                self._paint_mark(painter, hit)
        self._paint_shapes(painter)

    def _paint_above(self, painter: QPainter) -> None:
        """Paint the layer above the shapes."""
        labels, found = self._placed
        if labels is not self.labels:
            found = placed(self.labels)
            self._placed = self.labels, found
        shown = [each for each in found if self._is_exposed(each.room)]
        paint_placed(painter, shown, as_shapes=self._as_shapes, is_kept=self._exposed is not None)
        if self._hits.shows_focus and self.hasFocus():
            hit = self._hits.current_hit
            if hit is not None:
                self._paint_focus(painter, hit)
            else:
                paint_ring(painter, self._above.boundingRect(), self._colors.focus)

    def _paint_focus(self, painter: QPainter, hit: Hit) -> None:
        """Paint the focus mark of the keyboard's current item."""
        for rect in hit.rects:
            paint_ring(painter, rect.adjusted(-EDGE, 0, EDGE, 0), self._colors.focus)

    def _anchor(self, hit: Hit) -> QPointF:
        """Return where the tooltip of an item reached by keyboard appears."""
        return hit.rects[0].bottomLeft()

    def _ink(self, color: QColor) -> QColor:
        """Return the colour of a figure, or grey when it is outdated."""
        return self._colors.text3 if self._is_stale else color

    def _slice(self, rank: int) -> QColor:
        """Return the colour of the entry with this rank by weight, nearly grey when it is outdated."""
        return self._colors.slice(rank, is_stale=self._is_stale)

    def _hover(self, hit: Hit | None) -> None:
        key = hit.key if hit else None
        if key == self._hits.hovered:
            return
        self._hits.hovered = key
        self.item_hovered.emit(None if isinstance(key, Rest) else key)
        self.viewport().update()

    def _choose(self, hit: Hit) -> None:
        if not isinstance(hit.key, Rest):
            self.item_clicked.emit(hit.key)

    def _is_exposed(self, room: QRect) -> bool:
        """Return whether a part of the content is being painted."""
        return self._exposed is None or self._exposed.intersects(room)

    def paintEvent(self, ev: QPaintEvent) -> None:
        self._exposed = ev.region().translated(-EDGE, 0)
        try:
            super().paintEvent(ev)
        finally:
            self._exposed = None

    def close(self) -> bool:
        """Close without pyqtgraph's own close, which takes the view apart so that any later event crashes."""
        return QGraphicsView.close(self)

    def resizeEvent(self, ev: QResizeEvent | None) -> None:
        super().resizeEvent(ev)
        if hasattr(self, "_above"):  # pyqtgraph calls this while the view is being made
            bounds = QRectF(-EDGE, 0, self.width(), self.height())
            self._below.resize(bounds)
            self._above.resize(bounds)
            self._refresh()

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            return True
        return super().viewportEvent(event)

    def mouseMoveEvent(self, ev: QMouseEvent) -> None:
        hit = self.hit_at(ev.position())
        was = self._hits.hovered
        self._hover(hit)
        if hit is None:
            QToolTip.hideText()
        elif hit.key != was or not QToolTip.isVisible():
            show_tip(ev.globalPosition().toPoint(), hit.tip, self.viewport())

    def leaveEvent(self, ev: QEvent) -> None:
        ev.accept()
        self._hover(None)

    def mousePressEvent(self, ev: QMouseEvent) -> None:
        self._hits.shows_focus = False
        hit = self.hit_at(ev.position())
        if ev.button() == Qt.MouseButton.LeftButton and hit is not None:
            self._hits.go_to(hit)
            self._choose(hit)
        self.viewport().update()

    def mouseReleaseEvent(self, ev: QMouseEvent) -> None:
        ev.accept()

    def mouseDoubleClickEvent(self, ev: QMouseEvent) -> None:
        ev.accept()

    def wheelEvent(self, ev: QWheelEvent) -> None:
        ev.ignore()

    def contextMenuEvent(self, ev: QContextMenuEvent) -> None:
        ev.accept()
        hit = self._hits.current_hit
        is_by_key = ev.reason() is QContextMenuEvent.Reason.Keyboard and hit is not None
        place = self._anchor(hit) + QPointF(EDGE, 0) if hit is not None and is_by_key else QPointF(ev.pos())
        self.menu_asked.emit(self.mapToGlobal(place.toPoint()))

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self._hits.shows_focus = event.reason() in _TAB
        if self._hits and self._hits.current_hit is None:
            self._hits.current = self._hits[0].key
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._hover(None)
        self.viewport().update()

    def keyPressEvent(self, ev: QKeyEvent) -> None:
        key = Qt.Key(ev.key())
        if not self._hits or key not in (*_FORWARD, *_BACK, *_CHOOSE, Qt.Key.Key_Home, Qt.Key.Key_End):
            ev.ignore()
            return
        self._hits.shows_focus = True
        if key in _CHOOSE:
            current = self._hits.current_hit
            if current is not None:
                self._choose(current)
            return
        self._reach(self._hits.walk(key))

    def _reach(self, hit: Hit) -> None:
        """Show an item as the keyboard's current one, with its tooltip."""
        self._hits.go_to(hit)
        self._hover(hit)
        place = self.mapToGlobal((self._anchor(hit) + QPointF(EDGE, 0)).toPoint())
        show_tip(place, hit.tip, self.viewport())
        self.viewport().update()


def spoken(figure: str) -> str:
    """Return an amount in won, or a return in percent, in the form that a screen reader reads out."""
    if figure == format.UNKNOWN:
        return tr("unknown value")
    if figure == format.MASK:
        return tr("hidden amount")
    words = figure.replace("+", tr("plus ")).replace(format.MINUS, tr("minus "))
    return words.replace("%", tr(" percent")) if words.endswith("%") else tr("{amount} won", amount=words)


def paint_ring(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """Paint the ring of what has the focus, inside a rectangle."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(color, 2))
    painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), _RADIUS, _RADIUS)
