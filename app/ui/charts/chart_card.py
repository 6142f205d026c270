# pyright: basic
"""A card with a heading and charts, which can be copied and saved as one picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QByteArray,
    QIODevice,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QStandardPaths,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication, QImage, QPainter, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout

from app.domain.language import tr, tr_lazy
from app.services.files import replace_file, why
from app.ui.charts.labels import Label, draw_labels, text_width
from app.ui.charts.view import EDGE, ChartView
from app.ui.controls.card import PADDING, TOOLS_GAP, Card, CardTitle
from app.ui.controls.switches import ChoiceSwitch, ToggleSwitch
from app.ui.theme import SEMIBOLD, Colors, Theme

_UNFIT = str.maketrans('<>:"/\\|?*·', "----------")  # for the name of a file on any system

PICTURE_SCALE = 2
_MARGIN = 16
_TITLE, _SOURCE = 24, 18
_NOTE_GAP = 8
_DOTS_PER_METER = round(96 / 0.0254)


@dataclass(frozen=True, slots=True)
class Heading:
    """The text above the charts of a picture; `source` states the account and the time of the values."""

    title: str
    note: str
    source: str


class Picture:
    """Draws a heading and charts below each other, in their on-screen size."""

    def __init__(self, heading: Heading, charts: Sequence[ChartView], colors: Colors) -> None:
        self._heading = heading
        self._charts = charts
        self._colors = colors
        self._top = _MARGIN + _TITLE + (_SOURCE if heading.source else 0) + 8
        wide = max((chart.width() for chart in charts), default=0)
        high = sum(chart.height() for chart in charts)
        self.size = QSize(wide + 2 * (_MARGIN - EDGE), self._top + high + _MARGIN)

    def image(self) -> QImage:
        """Return the picture as pixels, at twice the screen's resolution."""
        image = QImage(self.size * PICTURE_SCALE, QImage.Format.Format_RGB32)
        image.setDotsPerMeterX(_DOTS_PER_METER * PICTURE_SCALE)
        image.setDotsPerMeterY(_DOTS_PER_METER * PICTURE_SCALE)
        image.fill(self._colors.surface)
        painter = QPainter(image)
        painter.scale(PICTURE_SCALE, PICTURE_SCALE)
        painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
        self._paint(painter)
        painter.end()
        return image

    def png(self) -> bytes:
        """Return the picture as the content of a PNG file."""
        return png_of(self.image())

    def svg(self) -> bytes:
        """Return the picture as an SVG file's content, with texts as shapes: other machines lack the font."""
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


class ChartCard(Card):
    """Shows its charts below each other; their context menu copies and saves the whole card."""

    failed = Signal(object)  # the text for the user
    saved = Signal(object)  # the Path of a picture

    def __init__(self, theme: Theme, title: str, note: str) -> None:
        super().__init__(theme)
        self._theme = theme
        self._heading = Heading(title, note, "")
        self._charts: list[ChartView] = []
        self._switches: list[ChoiceSwitch | ToggleSwitch] = []
        self._dialog: QFileDialog | None = None
        self._title = CardTitle(theme, title, note)
        self.body.addWidget(self._title)
        self._inner = QVBoxLayout()
        self._inner.setContentsMargins(PADDING - EDGE, 0, PADDING - EDGE, 12)
        self._inner.setSpacing(8)
        self.body.addLayout(self._inner, 1)

    @property
    def title(self) -> str:
        """Return the text of the heading."""
        return self._heading.title

    def add_chart(self, chart: ChartView, share: int) -> None:
        """Add a chart at the bottom; `share` is its stretch factor of the height."""
        self._inner.addWidget(chart, share)
        self._charts.append(chart)
        chart.menu_asked.connect(self._open_menu)

    def add_switch(self, switch: ChoiceSwitch | ToggleSwitch) -> None:
        """Add a switch at the right of the heading."""
        self._title.tools.addWidget(switch)
        self._title.tools.setContentsMargins(0, 0, 4, 0)
        if isinstance(switch, ChoiceSwitch):
            switch.can_fold = True
        self._switches.append(switch)

    def fit_switches(self) -> None:
        """Fold switches, from the left, until all that are shown have room beside the heading."""
        shown = [each for each in self._switches if not each.isHidden()]
        lacking = sum(each.widths[0] + TOOLS_GAP for each in shown) - TOOLS_GAP - self._title.room
        for each in shown:
            if isinstance(each, ChoiceSwitch):
                whole, folded = each.widths
                each.fold(lacking > 0 and folded < whole)
                lacking -= whole - folded if lacking > 0 else 0
        self._title.tools.activate()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the switches to the width."""
        super().resizeEvent(event)
        self._title.resize(self.width() - 2, self._title.height())
        self.fit_switches()

    def show_note(self, note: str) -> None:
        """Replace the note in the heading."""
        self._heading = Heading(self._heading.title, note, self._heading.source)
        self._title.show_note(note)

    def show_source(self, source: str) -> None:
        """Store the account and the time of the values, which only pictures show."""
        self._heading = Heading(self._heading.title, self._heading.note, source)

    def picture(self) -> Picture:
        """Return the card as it is now, without the parts that only the window needs."""
        shown = [chart for chart in self._charts if not chart.isHidden()]
        return Picture(self._heading, shown, self._theme.colors)

    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self.picture().image())

    def save_picture(self, path: Path) -> None:
        """Write the picture to a file, as SVG or PNG by its suffix; a failure is reported by a signal."""
        picture = self.picture()
        try:
            replace_file(path, picture.svg() if path.suffix.lower() == ".svg" else picture.png())
        except OSError as error:
            self.failed.emit(tr_lazy("The image could not be saved: {reason}", reason=why(error)))
        else:
            self.saved.emit(path)

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Copy image")).triggered.connect(self.copy_picture)
        menu.addAction(tr("Save as PNG…")).triggered.connect(lambda: self._ask_file("png"))
        menu.addAction(tr("Save as SVG…")).triggered.connect(lambda: self._ask_file("svg"))
        menu.popup(place)

    def _ask_file(self, suffix: str) -> None:
        if self._dialog is not None:
            self._dialog.raise_()
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self.window(), tr("Save image"), folder, f"{suffix.upper()} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(self.file_name(suffix))
        dialog.fileSelected.connect(lambda chosen: self.save_picture(Path(chosen)))
        dialog.finished.connect(self._forget)
        self._dialog = dialog
        dialog.open()  # exec() would lose other tasks

    def file_name(self, suffix: str) -> str:
        """Return the suggested name of a picture's file: title and source."""
        parts = (self._heading.title, *self._heading.source.split(" · "))
        return f"{' '.join(part for part in parts if part).translate(_UNFIT)}.{suffix}"

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()


def png_of(image: QImage) -> bytes:
    """Return an image as the content of a PNG file."""
    # The stub asks for bytes, which Qt refuses.
    return _written(lambda buffer: image.save(buffer, "PNG"))  # pyright: ignore


def _written(write) -> bytes:
    kept = QByteArray()
    buffer = QBuffer(kept)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    write(buffer)
    buffer.close()
    return bytes(kept.data())
