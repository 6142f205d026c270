"""Every text and every picture that painters draw, as they draw it: which are cut, overlap or are blurred."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import combinations

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPaintDevice, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QLineEdit, QScrollArea, QWidget

ROOM = 1.0  # pixels by which a text may be wider than its place: metrics are rounded
TOUCH = 1.0  # pixels by which two texts may reach into each other
CUT = "…"


@dataclass(frozen=True)
class Ink:
    """A text as drawn. `box` is what it covers and `place` what it may cover, in the window's pixels."""

    text: str
    box: QRectF
    place: QRectF
    is_cut: bool


@dataclass(frozen=True)
class Picture:
    """A pixmap as drawn: how many pixels it has for one of the layout's, and how many the screen has."""

    ratio: float
    wanted: float


@dataclass
class Drawn:
    """All that was drawn while it was recorded."""

    inks: list[Ink]
    pictures: list[Picture]


@contextmanager
def recording() -> Iterator[Drawn]:
    """Record what is drawn by painters from Python."""
    drawn = Drawn([], [])
    text, pixmap = QPainter.drawText, QPainter.drawPixmap

    def draw_text(painter: QPainter, *args: object) -> object:
        ink = _ink(painter, args)
        if ink is not None:
            drawn.inks.append(ink)
        return text(painter, *args)  # type: ignore[call-overload]

    def draw_pixmap(painter: QPainter, *args: object) -> object:
        for each in args:
            if isinstance(each, QPixmap) and not each.isNull():
                drawn.pictures.append(Picture(each.devicePixelRatio(), _ratio(painter.device())))
        return pixmap(painter, *args)  # type: ignore[call-overload]

    QPainter.drawText, QPainter.drawPixmap = draw_text, draw_pixmap  # type: ignore[method-assign]
    try:
        yield drawn
    finally:
        QPainter.drawText, QPainter.drawPixmap = text, pixmap  # type: ignore[method-assign]


def drawn_by(window: QWidget) -> Drawn:
    """What a window draws from top to bottom."""
    with recording() as found:
        window.grab()
    return found


def faults(drawn: Drawn, hints: set[str]) -> Iterator[str]:
    """What is wrong with the texts and pictures; `hints` are the tooltips that say cut texts in full."""
    seen = [each for each in drawn.inks if each.text.strip() and each.box.intersects(each.place)]
    for each in seen:
        if each.is_cut:
            yield f"cut: {each.text!r}"
        stem = each.text.removesuffix(CUT).rstrip()
        is_whole = not each.text.endswith(CUT) or each.text in hints  # some end like that by themselves
        if not is_whole and not any(stem in hint and each.text not in hint for hint in hints):
            yield f"elided, and no tooltip says it all: {each.text!r}"
    yield from _overlaps(seen)
    for picture in drawn.pictures:
        if picture.ratio < picture.wanted - 0.01:
            yield f"blurred: a picture for {picture.ratio} on a screen of {picture.wanted}"


def _overlaps(inks: list[Ink]) -> Iterator[str]:
    boxes = sorted(
        (shown.left(), shown.top(), shown.right(), shown.bottom(), each.text)
        for each in inks
        for shown in (each.box & each.place,)
    )
    for at, (left, top, right, bottom, text) in enumerate(boxes):
        for x, y, end, foot, other in boxes[at + 1 :]:
            if x >= right - TOUCH:
                break  # so does all that follows
            is_deep = min(bottom, foot) - max(top, y) > TOUCH and min(right, end) - x > TOUCH
            if is_deep and (text, left, top) != (other, x, y):
                yield f"overlap: {text!r} and {other!r}"


def widget_faults(window: QWidget, ratio: float | None = None) -> Iterator[str]:
    """Labels, buttons and fields of Qt's own that are too small for their text, lie over others, or blur.

    `ratio` is the screen's scale factor, by default that of each widget.
    """
    shown = [each for each in window.findChildren(QWidget) if each.isVisible()]
    for each in shown:
        name = f"{type(each).__name__} {each.text() if isinstance(each, (QLabel, QAbstractButton)) else ''!r}"
        if isinstance(each, QLabel) and each.text() and each.wordWrap():
            if each.heightForWidth(each.width()) > each.height() + ROOM:
                yield f"too low: {name}"
        elif isinstance(each, (QLabel, QAbstractButton)) and each.text() and not _elides(each):
            if (
                each.sizeHint().width() > each.width() + ROOM
                or each.sizeHint().height() > each.height() + ROOM
            ):
                yield f"too small: {name} {each.size().toTuple()} < {each.sizeHint().toTuple()}"
        elif isinstance(each, QComboBox) and each.minimumSizeHint().width() > each.width() + ROOM:
            yield f"too narrow: {each.currentText()!r}"
        elif isinstance(each, QLineEdit) and not each.text():
            room = each.width() - 18  # the paddings of the sheet
            if QFontMetricsF(each.font()).horizontalAdvance(each.placeholderText()) > room:
                yield f"too narrow: the field {each.placeholderText()!r}"
        if isinstance(each, QScrollArea) and (page := each.widget()) is not None:
            is_fixed = each.horizontalScrollBarPolicy() == Qt.ScrollBarPolicy.ScrollBarAlwaysOff
            if is_fixed and page.width() > each.viewport().width() + ROOM:
                yield f"wider than its view: {type(page).__name__}"
        if isinstance(each, QAbstractButton) and not each.icon().isNull():
            wanted = ratio or each.devicePixelRatioF()
            pixmap = each.icon().pixmap(each.iconSize(), wanted)
            # Scaled pixels are soft: there must be a picture drawn for just this size.
            is_exact = round(each.iconSize().width() * wanted) in [
                size.width() for size in each.icon().availableSizes()
            ]
            if pixmap.devicePixelRatio() < wanted - 0.01 or not is_exact:
                yield f"blurred: the icon of {name} {each.accessibleName()!r}"
    yield from _lying_over(shown)


def _lying_over(shown: list[QWidget]) -> Iterator[str]:
    kinds = (QLabel, QAbstractButton, QLineEdit, QComboBox)
    reported = [each for each in shown if isinstance(each, kinds)]
    for one, other in combinations(reported, 2):
        if one.parentWidget() is other.parentWidget() and one.geometry().intersects(other.geometry()):
            yield f"over each other: {one.accessibleName() or one} and {other.accessibleName() or other}"


def _elides(widget: QWidget) -> bool:
    return widget.minimumSizeHint().width() < widget.sizeHint().width() and bool(widget.toolTip())


def _ratio(device: QPaintDevice) -> float:
    return device.devicePixelRatioF()


def _ink(painter: QPainter, args: tuple[object, ...]) -> Ink | None:
    metrics = QFontMetricsF(painter.font())
    place = QRectF(painter.window())
    texts = [each for each in args if isinstance(each, str)]
    if not texts:
        return None
    text = texts[0]
    if isinstance(args[0], (QRect, QRectF)):
        rect = QRectF(args[0])
        flags = int(args[1]) if isinstance(args[1], (int, Qt.AlignmentFlag)) else 0
        box = metrics.boundingRect(rect, flags, text)
        is_cut = box.width() > rect.width() + ROOM or box.height() > rect.height() + 4 * ROOM
        blank = max(0.0, metrics.ascent() - metrics.capHeight())
        box.adjust(0, blank, 0, 0)
    else:
        point = QPointF(args[0]) if len(args) == 2 else QPointF(*args[:2])  # type: ignore[arg-type, call-overload]
        top = point.y() - metrics.capHeight()
        box = QRectF(point.x(), top, metrics.horizontalAdvance(text), metrics.capHeight() + metrics.descent())
        is_cut = False
    inner = painter.transform().mapRect(box)
    if painter.hasClipping():
        place &= painter.transform().mapRect(painter.clipBoundingRect())
    is_cut = is_cut or inner.left() < place.left() - ROOM or inner.right() > place.right() + ROOM
    to_window = painter.deviceTransform()
    return Ink(text, to_window.mapRect(box), _mapped_place(painter, place), is_cut)


def _mapped_place(painter: QPainter, place: QRectF) -> QRectF:
    """The place in the window: `place` is in the widget's pixels, before the painter's own transform."""
    inverted, is_possible = painter.transform().inverted()
    assert is_possible
    return painter.deviceTransform().mapRect(inverted.mapRect(place))
