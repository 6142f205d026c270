# pyright: basic
"""A card with a heading and charts, which can be copied and saved as one picture."""

from pathlib import Path

from PySide6.QtCore import QPoint, QStandardPaths, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QMenu, QVBoxLayout

from app.domain.language import tr
from app.services.files import replace_file, why
from app.ui.charts.choice_switch import ChoiceSwitch
from app.ui.charts.picture import Heading, Picture
from app.ui.charts.view import EDGE, ChartView
from app.ui.theme import Theme
from app.ui.widgets.card import PADDING, Card, CardTitle

_UNFIT = str.maketrans('<>:"/\\|?*·', "----------")  # for the name of a file on any system


class ChartCard(Card):
    """Shows its charts under each other. A menu on each of them copies and saves the whole card."""

    told = Signal(str)  # why something could not be done

    def __init__(self, theme: Theme, title: str, note: str) -> None:
        super().__init__(theme)
        self._theme = theme
        self._heading = Heading(title, note, "")
        self._charts: list[ChartView] = []
        self._dialog: QFileDialog | None = None
        self._title = CardTitle(theme, title, note)
        self.body.addWidget(self._title)
        self._inner = QVBoxLayout()
        self._inner.setContentsMargins(PADDING - EDGE, 0, PADDING - EDGE, 12)
        self._inner.setSpacing(8)
        self.body.addLayout(self._inner, 1)

    def add_chart(self, chart: ChartView, share: int) -> None:
        """Put a chart under the others; the number is its share of the height."""
        self._inner.addWidget(chart, share)
        self._charts.append(chart)
        chart.menu_asked.connect(self._open_menu)

    def add_switch(self, switch: ChoiceSwitch) -> None:
        """Put a choice at the right of the heading."""
        self._title.tools.addWidget(switch)
        self._title.tools.setContentsMargins(0, 0, 4, 0)

    def show_note(self, note: str) -> None:
        """Replace the note in the heading."""
        self._heading = Heading(self._heading.title, note, self._heading.source)
        self._title.show_note(note)

    def show_source(self, source: str) -> None:
        """Take whose values these are, and of when: that stands on pictures only."""
        self._heading = Heading(self._heading.title, self._heading.note, source)

    def picture(self) -> Picture:
        """The card as it is now, without what belongs to the window alone."""
        shown = [chart for chart in self._charts if not chart.isHidden()]
        return Picture(self._heading, shown, self._theme.colors)

    def copy_picture(self) -> None:
        """Put the picture on the clipboard."""
        QGuiApplication.clipboard().setImage(self.picture().image())

    def save_picture(self, path: Path) -> None:
        """Write the picture into a file: SVG by its suffix, or else PNG. A failure is told in words."""
        picture = self.picture()
        try:
            replace_file(path, picture.svg() if path.suffix.lower() == ".svg" else picture.png())
        except OSError as error:
            self.told.emit(tr("The picture could not be saved: {reason}", reason=why(error)))

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(tr("Copy picture")).triggered.connect(self.copy_picture)
        menu.addAction(tr("Save as PNG…")).triggered.connect(lambda: self._ask_file("png"))
        menu.addAction(tr("Save as SVG…")).triggered.connect(lambda: self._ask_file("svg"))
        menu.popup(place)

    def _ask_file(self, suffix: str) -> None:
        if self._dialog is not None:
            self._dialog.raise_()
            return
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        dialog = QFileDialog(self.window(), tr("Save picture"), folder, f"{suffix.upper()} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)
        dialog.selectFile(self.file_name(suffix))
        dialog.fileSelected.connect(lambda chosen: self.save_picture(Path(chosen)))
        dialog.finished.connect(self._forget)
        self._dialog = dialog
        dialog.open()  # exec() would lose other tasks

    def file_name(self, suffix: str) -> str:
        """What a picture saved now is called at first: title and source."""
        parts = (self._heading.title, *self._heading.source.split(" · "))
        return f"{' '.join(part for part in parts if part).translate(_UNFIT)}.{suffix}"

    def _forget(self) -> None:
        dialog, self._dialog = self._dialog, None
        if dialog is not None:
            dialog.deleteLater()
