"""The sheet of keyboard shortcuts, and the sheet about the program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
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

# Keys handled by the focused widget itself.
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

# Direct dependencies; what these need in turn is read from their metadata.
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
_QT_TEXTS = ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt")
_OURS = {"pyside6-essentials": _QT_TEXTS, "shiboken6": _QT_TEXTS}  # their wheels come without
_TEXT_NAMES = ("licen", "copying", "notice")
_RULE = "=" * 72
_LICENCE = "License :: OSI Approved :: "


class Sheet(Dialog):
    """A dialog of texts, which are rebuilt when the language changes."""

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
        """Rebuild the texts in the current language."""
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
        """Apply the current colours."""
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
    """Version, licences and the profile's folder, as text that can be copied."""

    folder_asked = Signal()

    def __init__(self, theme: Theme, folder: str, parent: QWidget, *, has_folder: bool = True) -> None:
        super().__init__(theme, parent)
        self._folder = folder
        self._has_folder = has_folder
        self.retranslate()
        self.resize(_ABOUT)

    @property
    def text(self) -> str:
        """Return the whole text for the clipboard."""
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
        read = QPlainTextEdit(f"{licences()}\n\n{licence_texts()}")
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
    """A dependency of the program; `texts` are the files with its licence, where they are included."""

    name: str
    version: str
    licence: str
    texts: tuple[Path, ...] = ()


def licences() -> str:
    """Return the licences of the program and its parts as text."""
    import PySide6

    where = PySide6.__path__[0]
    listed = "\n".join(" ".join(filter(None, each[:3])) for each in parts())
    if carried_parts() is not None:
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


def licence_texts() -> str:
    """The licences of all parts in full, each text once, under the names of the parts that come under it."""
    owners: dict[str, list[str]] = {}
    for part in parts():
        for file in part.texts:
            text = file.read_text("utf-8", "replace").strip("\ufeff\n")
            owners.setdefault(text, []).append(f"{part.name} {part.version}")
    return "\n\n".join(
        f"{_RULE}\n{', '.join(dict.fromkeys(names))}\n{_RULE}\n\n{text}" for text, names in owners.items()
    )


def parts() -> list[Package]:
    """What the program is built on: a built program knows what it carries, the source what is installed."""
    carried = carried_parts()
    font_text = Package("pretendard", "", "OFL-1.1", (resource("fonts", "OFL.txt"),))
    return [*packages(), font_text] if carried is None else carried


def carried_parts() -> list[Package] | None:
    """Return the contents of a packaged program from its own list; None when run from source."""
    index = resource(_LICENCES, "index.json")
    if not index.is_file():
        return None
    listed = json.loads(index.read_text(encoding="utf-8"))
    return [
        Package(
            each["name"],
            each["version"],
            each["licence"],
            tuple(resource(_LICENCES, text) for text in each["texts"]),
        )
        for each in listed
    ]


def packages() -> list[Package]:
    """Return every installed package that the program depends on, directly or not."""
    from importlib.metadata import PackageNotFoundError, distribution  # late: only for this sheet

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
            continue  # only needed on another system
        found[key] = Package(
            name.replace("_", "-"), metadata.version, _licence(metadata), tuple(_texts(key, metadata))
        )
        waiting.extend(_needed(metadata))
    return sorted(found.values(), key=lambda each: each.name.lower())


def _needed(metadata: Distribution) -> Iterator[str]:
    for line in metadata.requires or ():
        name = _NAME.match(line)
        if name is not None and "extra ==" not in line:
            yield name[0]


def _texts(key: str, package: Distribution) -> Iterator[Path]:
    """The files with the texts of an installed package's licence."""
    yield from (resource(_LICENCES, name) for name in _OURS.get(key, ()))
    for file in package.files or ():
        is_text = any(word in file.name.lower() for word in _TEXT_NAMES) or "licenses" in file.parts
        if is_text and file.suffix not in (".py", ".pyc", ".h"):
            yield Path(str(package.locate_file(file)))


def _licence(package: Distribution) -> str:
    """Return the licence's short name; empty where a package has none."""
    metadata = package.metadata
    for field in ("License-Expression", "License"):
        words = metadata[field].partition("\n")[0] if field in metadata else ""
        if words not in ("", "UNKNOWN"):
            return words
    classes = metadata.get_all("Classifier") or ()
    return ", ".join(each.removeprefix(_LICENCE) for each in classes if each.startswith(_LICENCE))


def written(keys: Sequence[str]) -> str:
    """Return keys in the notation of this system, separated by spaces."""
    form = QKeySequence.SequenceFormat.NativeText
    named = (QKeySequence(each).toString(form) for each in keys)
    return " · ".join(_WRITTEN.sub(lambda found: _KEYS[found[0]], each) for each in named)
