"""What the window says of itself: every key on one sheet, and on another what the program is made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction, QFont, QGuiApplication, QKeySequence, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from app import __version__
from app.domain.language import N_, tr
from app.resources import resource
from app.ui.controls.card import Logo, tint
from app.ui.controls.parts import Dialog, text_button
from app.ui.plain import Label
from app.ui.theme import Theme, font
from app.ui.window.actions import keys_of, plain_text

if TYPE_CHECKING:
    from importlib.metadata import Distribution

# What the widget with the focus does by itself.
_TABLE = (
    (N_("Copy with header"), ("Ctrl+Shift+C",)),
    (N_("Sort by the current column"), ("Ctrl+Shift+Up", "Ctrl+Shift+Down")),
    (N_("Table menu"), ("Shift+F10",)),
    (N_("First or last row"), ("Ctrl+Home", "Ctrl+End")),
)
_CHARTS = (
    (N_("Move between items"), ("Left", "Right")),
    (N_("Select the item's row"), ("Return",)),
)
# As they stand on a keyboard, where Qt writes words.
_KEYS = {"Return": "Enter", "Left": "←", "Right": "→", "Up": "↑", "Down": "↓"}
_WRITTEN = re.compile(rf"\b(?:{'|'.join(_KEYS)})$")
Entry = tuple[str, str]  # what is done, and by which keys

# What the program asks for by name; what these need in turn is found in their metadata.
BUILT_ON = (
    "PySide6-Essentials",
    "qasync",
    "httpx",
    "python-socks",
    "truststore",
    "websockets",
    "msgspec",
    "pyqtgraph",
    "squarify",
    "keyring",
    "platformdirs",
    "tomlkit",
    "XlsxWriter",
    "aiohttp",
    "tzdata",
)
_NAME = re.compile(r"[\w.-]+", re.ASCII)
_ABOUT = QSize(620, 560)
_LICENCES = "licences"
_LICENCE = "License :: OSI Approved :: "


class Sheet(Dialog):
    """A dialog of texts, which are made again when the language changes."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._quiet: list[Label] = []
        self._loud: list[Label] = []
        self._content = QWidget(self)
        self._whole = QVBoxLayout(self)
        self._whole.setContentsMargins(24, 20, 24, 16)
        self._whole.addWidget(self._content, 1)
        theme.changed.connect(self._restyle)

    def retranslate(self) -> None:
        """Make the texts in the language in use."""
        before, self._content = self._content, QWidget(self)
        self._quiet, self._loud = [], []
        self._fill(self._content)
        self._whole.replaceWidget(before, self._content)
        self._whole.setStretchFactor(self._content, 1)
        before.hide()
        before.deleteLater()
        self._content.show()
        self._restyle()

    def showEvent(self, event: QShowEvent) -> None:
        """In the colours of now."""
        super().showEvent(event)
        self._restyle()

    def _fill(self, content: QWidget) -> None:
        raise NotImplementedError

    def _label(self, text: str, kept: list[Label], size: int = 13) -> Label:
        label = Label(text)
        label.setFont(font(size))
        kept.append(label)
        return label

    def _restyle(self) -> None:
        super()._restyle()
        for label in self._loud:
            tint(label, self._theme.colors.text)
        for label in self._quiet:
            tint(label, self._theme.colors.text2)


class ShortcutSheet(Sheet):
    """Two columns: the window's keys, and those of tables and charts."""

    def __init__(
        self, theme: Theme, actions: Sequence[QAction], tabs: Sequence[QAction], parent: QWidget
    ) -> None:
        super().__init__(theme, parent)
        self._actions = actions
        self._tabs = tabs
        self.retranslate()
        self.resize(760, self.sizeHint().height())

    def _fill(self, content: QWidget) -> None:
        self.setWindowTitle(tr("Keyboard shortcuts"))
        general = [(tr("Tabs (left to right)"), self._tab_keys())]
        general += [(plain_text(each), written(keys_of(each))) for each in self._actions if each.shortcuts()]
        of_tables = [(tr(title), written(keys)) for title, keys in _TABLE]
        of_charts = [(tr(title), written(keys)) for title, keys in _CHARTS]
        columns = QHBoxLayout()
        columns.setSpacing(40)
        columns.addLayout(self._column([(tr("Window"), general)]), 1)
        columns.addLayout(self._column([(tr("Table"), of_tables), (tr("Charts"), of_charts)]), 1)
        close = text_button(tr("Close"))
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(close)
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(16)
        whole.addLayout(columns)
        whole.addStretch(1)
        whole.addLayout(foot)

    def _tab_keys(self) -> str:
        """The keys of the tabs that there are, of all where there is none: `Ctrl+1…5`."""
        used = [each for each in self._tabs if each.isEnabled()] or self._tabs
        first, *_ = keys_of(used[0])
        return first if len(used) == 1 else f"{first}…{len(used)}"

    def _column(self, groups: Sequence[tuple[str, Sequence[Entry]]]) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setHorizontalSpacing(16)
        grid.setColumnStretch(0, 1)
        row = 0
        for title, entries in groups:
            if row:
                grid.setRowMinimumHeight(row, 8)
                row += 1
            heading = self._label(title, self._loud)
            heading.setFont(font(14, QFont.Weight.DemiBold))
            grid.addWidget(heading, row, 0, 1, 2)
            row += 1
            for name, keys in entries:
                grid.addWidget(self._label(name, self._loud), row, 0)
                grid.addWidget(self._label(keys, self._quiet), row, 1, Qt.AlignmentFlag.AlignRight)
                row += 1
        grid.setRowStretch(row, 1)
        return grid


class AboutSheet(Sheet):
    """Version, licences and the profile's folder, to be read and copied."""

    folder_asked = Signal()

    def __init__(self, theme: Theme, folder: str, parent: QWidget, *, has_folder: bool = True) -> None:
        super().__init__(theme, parent)
        self._folder = folder
        self._has_folder = has_folder
        self.retranslate()
        self.resize(_ABOUT)

    @property
    def text(self) -> str:
        """All of it, as it is copied."""
        return "\n\n".join((self._title, tr("Profile folder: {folder}", folder=self._folder), licences()))

    @property
    def _title(self) -> str:
        return tr("Moa {version}", version=__version__)

    def _fill(self, content: QWidget) -> None:
        self.setWindowTitle(tr("About Moa"))
        title = self._label(self._title, self._loud, 16)
        title.setFont(font(16, QFont.Weight.DemiBold))
        promise = self._label(tr("A read-only portfolio viewer for Korean brokerage accounts."), self._quiet)
        head = QGridLayout()
        head.setHorizontalSpacing(12)
        head.addWidget(Logo(self._theme, 44), 0, 0, 2, 1)
        head.addWidget(title, 0, 1)
        head.addWidget(promise, 1, 1)
        head.setColumnStretch(1, 1)
        place = self._label(tr("Profile folder: {folder}", folder=self._folder), self._loud)
        place.setWordWrap(True)
        place.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        show = text_button(tr("Open folder"))
        show.setEnabled(self._has_folder)
        show.clicked.connect(self.folder_asked)
        folder = QHBoxLayout()
        folder.setSpacing(12)
        folder.addWidget(place, 1)
        folder.addWidget(show)
        read = QPlainTextEdit(licences())
        read.setReadOnly(True)
        read.setFont(font(12))
        read.document().setDocumentMargin(12)
        read.setAccessibleName(tr("Licences"))
        copy, close = text_button(tr("Copy all")), text_button(tr("Close"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self.text))
        close.clicked.connect(self.close)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(copy)
        foot.addWidget(close)
        whole = QVBoxLayout(content)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(14)
        whole.addLayout(head)
        whole.addLayout(folder)
        whole.addWidget(read, 1)
        whole.addLayout(foot)


class Package(NamedTuple):
    """Something that the program is built on; `texts` are files with its licence, where they come along."""

    name: str
    version: str
    licence: str
    texts: tuple[str, ...] = ()


def licences() -> str:
    """Under which licences the program and its parts come, as a text."""
    import PySide6

    where = PySide6.__path__[0]
    carried = carried_parts()
    used = packages() if carried is None else carried
    listed = "\n".join(" ".join(filter(None, (*each[:3], ", ".join(each.texts)))) for each in used)
    if carried is not None:
        listed += f"\n\n{tr('The texts of these licences are in this folder:')}\n{resource(_LICENCES)}"
    return "\n\n".join(
        (
            tr("Moa is licensed under the MIT License."),
            tr(
                "Qt and Qt for Python (PySide6) are used under the LGPL version 3 and linked dynamically. "
                "You may replace them: put your own build of the same version over the files in this folder."
            )
            + f"\n{where}\nhttps://www.gnu.org/licenses/lgpl-3.0.html\nhttps://code.qt.io",
            tr("The Pretendard font is licensed under the SIL Open Font License 1.1.")
            + "\nhttps://openfontlicense.org",
            f"{tr('Packages used:')}\n{listed}",
        )
    )


def carried_parts() -> list[Package] | None:
    """What a built program carries, as its own list says; None for the source, which has no such list."""
    index = resource(_LICENCES, "index.json")
    if not index.is_file():
        return None
    parts = json.loads(index.read_text(encoding="utf-8"))
    return [Package(each["name"], each["version"], each["licence"], tuple(each["texts"])) for each in parts]


def packages() -> list[Package]:
    """Every package that is installed of those that the program is built on, with what they need in turn."""
    from importlib.metadata import PackageNotFoundError, distribution  # late: for this sheet alone

    found: dict[str, Package] = {}
    waiting: list[str] = list(BUILT_ON)
    while waiting:
        name = waiting.pop()
        key = name.lower().replace("_", "-")
        if key in found:
            continue
        try:
            metadata = distribution(name)
        except PackageNotFoundError:
            continue  # another system needs it
        found[key] = Package(name.replace("_", "-"), metadata.version, _licence(metadata))
        waiting.extend(_needed(metadata))
    return sorted(found.values(), key=lambda each: each.name.lower())


def _needed(metadata: Distribution) -> Iterator[str]:
    for line in metadata.requires or ():
        name = _NAME.match(line)
        if name is not None and "extra ==" not in line:
            yield name[0]


def _licence(package: Distribution) -> str:
    """The licence's short name; empty where a package gives none."""
    told = package.metadata
    for field in ("License-Expression", "License"):
        words = told[field].partition("\n")[0] if field in told else ""
        if words not in ("", "UNKNOWN"):
            return words
    classes = told.get_all("Classifier") or ()
    return ", ".join(each.removeprefix(_LICENCE) for each in classes if each.startswith(_LICENCE))


def written(keys: Sequence[str]) -> str:
    """Keys as this system writes them, several of them beside each other."""
    form = QKeySequence.SequenceFormat.NativeText
    named = (QKeySequence(each).toString(form) for each in keys)
    return " · ".join(_WRITTEN.sub(lambda found: _KEYS[found[0]], each) for each in named)
