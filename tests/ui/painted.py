"""What a widget paints, as words with places and colours: it paints into an SVG that is read back."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PySide6.QtCore import QBuffer, QByteArray, QEvent, QIODevice, QObject, QRect
from PySide6.QtGui import QFont, QFontMetricsF, QPaintEvent, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from app.ui.theme import font

_SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True, slots=True)
class Painted:
    """One stroke of text: where its baseline starts, in which colour (#rrggbb), how large and how bold."""

    text: str
    x: float
    y: float
    color: str
    size: int
    weight: int

    @property
    def end(self) -> float:
        """Where the text ends."""
        face = font(self.size, QFont.Weight(self.weight))
        return self.x + QFontMetricsF(face).horizontalAdvance(self.text)


def painted(widget: QWidget) -> list[Painted]:
    """All text that a widget and its children paint, in the order of painting."""
    found: list[Painted] = []
    for each in _texts(ET.fromstring(_svg(widget)), (0.0, 0.0)):
        last = found[-1] if found else None
        if last is not None and last.y == each.y and abs(last.end - each.x) < 0.5:
            found[-1] = replace(last, text=last.text + each.text)  # Qt starts anew where the script changes
        else:
            found.append(each)
    return found


def words(widget: QWidget) -> list[str]:
    """The painted text alone."""
    return [each.text for each in painted(widget)]


def colors(widget: QWidget) -> set[str]:
    """The colours of all shapes and texts that are filled and not seen through."""
    found = (each for each in ET.fromstring(_svg(widget)).iter() if each.get("fill-opacity") == "1")
    return {each.get("fill", "") for each in found}


def _svg(widget: QWidget) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture = QSvgGenerator()
    picture.setOutputDevice(buffer)
    picture.setSize(widget.size())
    picture.setViewBox(QRect(0, 0, widget.width(), widget.height()))
    widget.render(picture)
    buffer.close()
    return bytes(kept.data())


def _texts(element: ET.Element, origin: tuple[float, float]) -> Iterator[Painted]:
    matrix = element.get("transform", "")
    if matrix.startswith("matrix("):  # Qt writes absolute ones
        parts = [float(part) for part in matrix[7:-1].split(",")]
        origin = parts[4], parts[5]
    if element.tag == f"{_SVG}text":
        yield Painted(
            element.text or "",
            origin[0] + float(element.get("x", 0)),
            origin[1] + float(element.get("y", 0)),
            element.get("fill", ""),
            int(float(element.get("font-size", 0))),
            int(element.get("font-weight", 0)),
        )
    for child in element:
        yield from _texts(child, origin)


class Paints(QObject):
    """Counts how often a widget is painted, and notes which part of it."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__()
        self.count = 0
        self.region = QRegion()
        watched = widget.viewport() if isinstance(widget, QAbstractScrollArea) else widget
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count and let pass."""
        if isinstance(event, QPaintEvent):
            self.count += 1
            self.region += event.region()
        return False
