"""The report as the bytes of a PDF, made in small steps."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF
from PySide6.QtGui import QPageLayout, QPageSize, QPainter, QPdfWriter

from app.domain.language import tr
from app.ui.report.layout import Layout
from app.ui.report.letters import readable
from app.ui.report.pages import Page
from app.ui.report.pen import ALL_WEIGHTS, Pen
from app.ui.report.section import Asked, Gathered, Section, section_of
from app.ui.theme import Mode, Theme

_DOTS_PER_INCH = 1200
_POINTS_PER_INCH = 72


class Document:
    """All tabs that are asked for on A4 pages, in light colours whatever the window's are."""

    def __init__(self, asked: Sequence[Asked | Gathered], now: datetime, theme: Theme) -> None:
        self._asked = asked
        self._now = now
        self._theme = Theme(Mode.LIGHT, theme.scheme)
        self._content = b""

    @property
    def content(self) -> bytes:
        """The PDF; empty until the last step is done."""
        return self._content

    def steps(self) -> Iterator[None]:
        """Make the PDF; each step is short enough that a window does not stand still."""
        layout = Layout(self._theme)
        try:
            sections: list[Section] = []
            for each in self._asked:
                sections.append(section_of(each, self._now, self._theme))
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
            pen = Pen(painter)
            for number, page in enumerate(pages, start=1):
                if number > 1:
                    writer.setPageLayout(_page_layout(page))
                    writer.newPage()
                yield from page.paint(pen, number, len(pages), self._theme.colors)
                yield
        finally:
            painter.end()
        buffer.close()
        self._content = readable(bytes(kept.data()), ALL_WEIGHTS)


def _page_layout(page: Page) -> QPageLayout:
    orientation = QPageLayout.Orientation.Landscape if page.is_wide else QPageLayout.Orientation.Portrait
    return QPageLayout(QPageSize(QPageSize.PageSizeId.A4), orientation, QMarginsF(0, 0, 0, 0))
