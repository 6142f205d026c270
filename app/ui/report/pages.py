"""Pages that fill from top to bottom; their content is painted once the number of pages is known."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, QSizeF

from app.domain.language import tr
from app.ui.report.canvas import Canvas, Side
from app.ui.theme import MEDIUM, Colors

A4 = QSizeF(595.28, 841.89)  # in points
MARGIN = 36.0
_FOOT = 26.0
_RUNNING = 22.0
_PARTS_AT_ONCE = 8

Paint = Callable[[Canvas, float], None]  # with the top of the content in points


@dataclass(slots=True)
class Page:
    """One page; `heading` is repeated at its top where it continues the page before."""

    is_wide: bool
    source: str
    heading: str = ""
    parts: list[tuple[float, Paint]] = field(default_factory=list[tuple[float, Paint]])

    @property
    def size(self) -> QSizeF:
        """Return its size in points."""
        return A4.transposed() if self.is_wide else A4

    @property
    def width(self) -> float:
        """Return the width between the margins in points."""
        return self.size.width() - 2 * MARGIN

    def paint(self, canvas: Canvas, number: int, count: int, colors: Colors) -> Iterator[None]:
        """Paint the page, yielding after a few parts; `number` is from 1 to `count`."""
        for at, (top, paint) in enumerate(self.parts, start=1):
            paint(canvas, top)
            if at % _PARTS_AT_ONCE == 0:
                yield
        if self.heading:
            box = QRectF(MARGIN, MARGIN - 8, self.width, 14)
            canvas.text(box, tr("{heading} (continued)", heading=self.heading), 8, colors.text2, MEDIUM)
        bottom = self.size.height() - MARGIN
        canvas.line(QPointF(MARGIN, bottom - 14), QPointF(MARGIN + self.width, bottom - 14), colors.line)
        box = QRectF(MARGIN, bottom - 11, self.width, 12)
        canvas.text(box, self.source, 7, colors.text3)
        words = tr("Page {page} of {pages}", page=number, pages=count)
        canvas.text(box, words, 7, colors.text3, side=Side.RIGHT)


class Pages:
    """Stacks parts, and starts a new page where one does not fit."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        self._y = 0.0

    @property
    def width(self) -> float:
        """Return the width between the margins of the current page in points."""
        return self.pages[-1].width

    def begin(self, source: str, *, is_wide: bool) -> None:
        """Start a page with a new section."""
        self.pages.append(Page(is_wide, source))
        self._y = MARGIN

    def go_on(self, heading: str) -> None:
        """Start a page that continues the current one."""
        last = self.pages[-1]
        self.pages.append(Page(last.is_wide, last.source, heading))
        self._y = MARGIN + _RUNNING - 8

    def turn(self, *, is_wide: bool) -> None:
        """Switch the current page between landscape and portrait; its content must fit both."""
        self.pages[-1].is_wide = is_wide

    def has_room(self, height: float) -> bool:
        """Return whether a part of this height, in points, fits on the current page."""
        return self._y + height <= self.pages[-1].size.height() - MARGIN - _FOOT

    def put(self, height: float, paint: Paint) -> None:
        """Add a part of this height in points."""
        self.pages[-1].parts.append((self._y, paint))
        self._y += height

    def skip(self, height: float) -> None:
        """Add a gap."""
        self._y += height
