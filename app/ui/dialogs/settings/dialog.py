"""The settings dialog: a search field and page names at the left, the current page at the right."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from PySide6.QtCore import QRectF, QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QFont, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.domain.language import AnyText, LazyText, tr
from app.services.settings import Settings
from app.ui.controls.card import tint
from app.ui.controls.fields import Field, Hint, Tone
from app.ui.controls.focus import step_focus
from app.ui.controls.parts import EntryDialog, Line, text_button
from app.ui.controls.switches import CheckBox
from app.ui.dialogs.settings.rows import SettingsPage
from app.ui.plain import Label
from app.ui.search import Query
from app.ui.theme import Theme, font

SIZE = QSize(820, 580)
_NAMES_WIDTH = 176

Pages = Callable[[], Sequence[SettingsPage]]


Page = TypeVar("Page", bound=SettingsPage)


class SettingsDialog(EntryDialog):
    """Changes take effect immediately: `changed` carries the new settings.

    `pages` returns the pages in the current language, and is called again after that has changed.
    """

    changed = Signal(object)  # Settings

    def __init__(self, theme: Theme, pages: Pages, parent: QWidget | None = None) -> None:
        self._whole = QWidget()
        super().__init__(theme, self._whole, parent)
        self._make = pages
        self._settings = Settings()
        self._settings_pages: list[SettingsPage] = []
        self._names = QButtonGroup(self)
        self._search = Field("")
        self._search.setClearButtonEnabled(True)
        self._search.textChanged.connect(self._filter)
        self._nothing = Label()
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._stack = QStackedWidget()
        self.transfer = TransferBar(theme)
        self._close = text_button("")
        self._close.clicked.connect(self.close)
        self._column, self._footer = QWidget(), QWidget()
        self._left = QVBoxLayout()
        self._lay_out()
        self._build_pages()
        QShortcut(QKeySequence.StandardKey.Find, self).activated.connect(self._search.setFocus)
        self.resize(SIZE)
        theme.changed.connect(self._restyle)
        self._restyle()

    @property
    def is_changed(self) -> bool:
        """Return whether an entry was not applied."""
        return any(page.is_changed for page in self._settings_pages)

    @property
    def pages(self) -> Sequence[SettingsPage]:
        """Return the pages from top to bottom."""
        return self._settings_pages

    def show_settings(self, settings: Settings) -> None:
        """Show the current settings."""
        self._settings = settings
        for page in self._settings_pages:
            page.show_settings(settings)

    def retranslate(self) -> None:
        """Build the pages again in the current language; entries that were not applied stay."""
        super().retranslate()
        before = self._settings_pages
        self._build_pages()
        self.show_settings(self._settings)
        for page, old in zip(self._settings_pages, before, strict=False):
            page.take_over(old)

    def open_page(self, at: int) -> None:
        """Show a page."""
        self._names.buttons()[at].setChecked(True)
        self._stack.setCurrentIndex(at)

    def open_kind(self, kind: type[Page]) -> Page | None:
        """Show the page of this type and return it; None where there is none."""
        for at, page in enumerate(self._settings_pages):
            if isinstance(page, kind):
                self.open_page(at)
                return page
        return None

    def sizeHint(self) -> QSize:
        """Return the default size."""
        return SIZE

    def step(self, by: int) -> None:
        """Move the focus by the Tab key: search, page name, page, footer."""
        step_focus(self, self._footer, by, (self._column, self._stack))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the background of the page names and the divider."""
        super().paintEvent(event)
        if not self._is_editing:
            return
        painter = QPainter(self)
        painter.fillRect(0, 0, _NAMES_WIDTH, self.height(), self._theme.colors.surface2)
        painter.fillRect(_NAMES_WIDTH, 0, 1, self.height(), self._theme.colors.line)

    def _lay_out(self) -> None:
        names = self._column
        names.setFixedWidth(_NAMES_WIDTH)
        column = QVBoxLayout(names)
        column.setContentsMargins(12, 16, 12, 12)
        column.setSpacing(4)
        column.addWidget(self._search)
        column.addSpacing(8)
        self._left.setSpacing(2)
        column.addLayout(self._left)
        column.addStretch(1)
        footer = QHBoxLayout(self._footer)
        footer.setContentsMargins(24, 10, 24, 14)
        footer.setSpacing(16)
        footer.addWidget(self.transfer, 1)
        footer.addWidget(self._close, 0, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignRight)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._nothing)
        right.addWidget(self._stack, 1)
        right.addWidget(Line(self._theme))
        right.addWidget(self._footer)
        whole = QHBoxLayout(self._whole)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(1)
        whole.addWidget(names)
        whole.addLayout(right, 1)

    def _build_pages(self) -> None:
        at = max(0, self._stack.currentIndex())
        for button in self._names.buttons():
            self._names.removeButton(button)
            button.hide()
            button.deleteLater()
        while self._stack.count():
            gone = self._stack.widget(0)
            assert gone is not None
            self._stack.removeWidget(gone)
            gone.deleteLater()
        self._settings_pages = list(self._make())
        for index, page in enumerate(self._settings_pages):
            page.changed.connect(self.changed)
            scroll = QScrollArea()
            scroll.setWidget(page)
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # it scrolls to the focus within it
            scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
            scroll.viewport().setAutoFillBackground(False)
            page.setAutoFillBackground(False)
            self._stack.addWidget(scroll)
            name = PageName(self._theme, page.title)
            name.clicked.connect(lambda _=False, index=index: self.open_page(index))
            self._names.addButton(name)
            self._left.addWidget(name)
        self.setWindowTitle(tr("Settings"))
        self._search.setPlaceholderText(tr("Search settings"))
        self._search.setAccessibleName(tr("Search settings"))
        self._nothing.setText(tr("No matching settings."))
        self._close.setText(tr("Close"))
        self.transfer.retranslate()
        self.open_page(min(at, len(self._settings_pages) - 1))
        self._filter(self._search.text())

    def _filter(self, typed: str) -> None:
        """Show only the pages and rows that match the search."""
        query = Query(typed)
        found = [page.filter(query) for page in self._settings_pages]
        names: list[QAbstractButton] = self._names.buttons()
        for name, is_found in zip(names, found, strict=True):
            name.setVisible(is_found)
        self._nothing.setVisible(not any(found))
        self._stack.setVisible(any(found))
        at = self._stack.currentIndex()
        if any(found) and not found[at]:
            self.open_page(found.index(True))

    def _restyle(self) -> None:
        super()._restyle()
        tint(self._nothing, self._theme.colors.text3)
        self.update()


class PageName(QAbstractButton):
    """A page name in the list at the left."""

    def __init__(self, theme: Theme, text: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setAccessibleName(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(32)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the height; the list sets the width."""
        return QSize(120, 32)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the name, highlighted when its page is shown."""
        del event
        colors, painter = self._theme.colors, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        is_on = self.isChecked()
        if is_on or self.underMouse():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.selected if is_on else colors.hover)
            painter.drawRoundedRect(self.rect(), 6, 6)
        if self.hasFocus():
            painter.setPen(QPen(colors.focus, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
        painter.setFont(font(13, QFont.Weight.DemiBold if is_on else QFont.Weight.Medium))
        painter.setPen(colors.accent if is_on else colors.text2)
        painter.drawText(self.rect().adjusted(12, 0, -8, 0), int(Qt.AlignmentFlag.AlignVCenter), self.text())


class TransferBar(QWidget):
    """Buttons to export and import, and a status line.

    An import is described first and carried out after confirmation.
    """

    export_asked = Signal(bool)  # whether account numbers are included
    import_asked = Signal()
    import_confirmed = Signal()
    import_cancelled = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._export, self._import = text_button(""), text_button("", self.import_asked)
        self._accounts = CheckBox(theme, "")
        self._take, self._leave = text_button(""), text_button("")
        self._export.clicked.connect(lambda: self.export_asked.emit(self._accounts.isChecked()))
        self._take.clicked.connect(lambda: self._answer(self.import_confirmed))
        self._leave.clicked.connect(lambda: self._answer(self.import_cancelled))
        self._hint = Hint(theme)
        self._said: tuple[Tone, AnyText] = (Tone.PLAIN, "")
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (self._export, self._accounts, self._import, self._take, self._leave):
            row.addWidget(widget)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._hint)
        self._show(self._export, self._accounts, self._import)
        self.retranslate()

    @property
    def said(self) -> str:
        """Return the text of the status line."""
        return self._hint.text

    def retranslate(self) -> None:
        """Update all texts to the current language."""
        self._export.setText(tr("Export settings…"))
        self._import.setText(tr("Import settings…"))
        self._accounts.setText(tr("with account numbers"))
        self._accounts.updateGeometry()
        self._take.setText(tr("Import"))
        self._leave.setText(tr("Cancel"))
        self._say(*self._said)

    def say(self, text: LazyText, *, is_bad: bool = False) -> None:
        """Show the result."""
        self._show(self._export, self._accounts, self._import)
        self._say(Tone.BAD if is_bad else Tone.GOOD, text)

    def ask(self, text: LazyText) -> None:
        """Show what an import would change, and ask for confirmation."""
        self._say(Tone.PLAIN, text)
        self._show(self._take, self._leave)
        self._leave.setFocus()

    def wait(self, text: LazyText) -> None:
        """Show the running operation, which can be cancelled."""
        self._say(Tone.PLAIN, text)
        self._show(self._leave)

    def _say(self, tone: Tone, text: AnyText) -> None:
        self._said = tone, text
        self._hint.say(tone, str(text))

    def _answer(self, answer: SignalInstance) -> None:
        self._say(Tone.PLAIN, "")
        self._show(self._export, self._accounts, self._import)
        self._import.setFocus()
        answer.emit()

    def _show(self, *shown: QWidget) -> None:
        for widget in (self._export, self._accounts, self._import, self._take, self._leave):
            widget.setVisible(widget in shown)
