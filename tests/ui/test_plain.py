"""Whatever others call their things, the window shows it letter by letter and opens nothing for it."""

import ctypes
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QEvent, QPoint, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtGui import Qt as QtGuiNames
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLabel, QToolTip, QWidget

from app.domain.errors import BrokerRefused
from app.domain.holdings import Fact
from app.services.store import Line
from app.ui.charts.view import ChartView
from app.ui.plain import Label, caption, plain, set_tip
from app.ui.tabs import OVERVIEW_TAB
from tests.ui.answers import PENSION, POSITIONS
from tests.ui.gallery import Gallery, settle
from tests.ui.scaled_walk import Shown, opened

pytestmark = pytest.mark.row("S7")

APP = Path(__file__).parents[2] / "app"
TIPS = (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.StatusTipRole, Qt.ItemDataRole.WhatsThisRole)


class Opened:
    """Counts how often a file is opened, by whatever part of the process."""

    def __init__(self, path: Path) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._handle = self._libc.inotify_init1(os.O_NONBLOCK)
        assert self._libc.inotify_add_watch(self._handle, os.fsencode(path), 0x20) >= 0  # IN_OPEN

    def count(self) -> int:
        try:
            return len(os.read(self._handle, 65536)) // 16
        except BlockingIOError:
            return 0

    def close(self) -> None:
        os.close(self._handle)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    made = tmp_path / "x.png"
    made.write_bytes(b"no picture")
    return made


@pytest.fixture
def watched(picture: Path) -> Iterator[Opened]:
    if sys.platform != "linux":
        pytest.skip("only Linux shows who opens a file")
    made = Opened(picture)
    yield made
    made.close()


def hostile_names(picture: Path) -> list[str]:
    image = f"<img src='{picture}'>"
    return [
        image + "<b>굵게</b>",
        f"&lt;{image}",
        f"\n <!-- --><p>{image}\n\u202eTXE\u2066" + "가" * 10_000,
        f"<?xml {image}?> A & B [*] %1",
        f"A &B {image}",
    ]


def renamed(thing: Any, names: list[str], field: str = "") -> Any:
    """A report with a hostile text in place of each name, type, label and text that a broker sends."""
    if isinstance(thing, Fact):
        return replace(thing, label=names[0], value=names[1] if isinstance(thing.value, str) else thing.value)
    if isinstance(thing, tuple):
        return tuple(renamed(each, [*names[at % 5 :], *names[: at % 5]]) for at, each in enumerate(thing))
    if is_dataclass(thing) and not isinstance(thing, type):
        kept = {each.name: getattr(thing, each.name) for each in fields(thing) if each.init}
        return replace(thing, **{name: renamed(value, names, name) for name, value in kept.items()})
    return names[0] if field in ("name", "balance_type", "category") and thing is not None else thing


def texts_of(surface: QWidget) -> Iterator[tuple[str, str]]:
    """Every text that Qt would look for markup in, with where it is."""
    for widget in (surface, *surface.findChildren(QWidget)):
        for each in (widget.toolTip(), widget.statusTip(), widget.whatsThis()):
            yield f"tip of {type(widget).__name__}", each
        if isinstance(widget, QLabel) and widget.textFormat() is not Qt.TextFormat.PlainText:
            is_ours = widget.textFormat() is Qt.TextFormat.RichText
            text = re.sub(r"</?span[^<>]*>|<br>", "", widget.text()) if is_ours else widget.text()
            yield f"label {type(widget).__name__}", text.replace("&", "") if is_ours else text
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            yield from texts_of_model(widget.model())
        if isinstance(widget, ChartView):
            for _ in widget._hits:  # each is reached by the keyboard
                step = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Right, Qt.KeyboardModifier.NoModifier)
                QApplication.sendEvent(widget, step)
                yield "tip of a chart", QToolTip.text()
    for action in surface.findChildren(QAction):
        yield "tip of an action", action.statusTip() + action.whatsThis()
    for model in surface.findChildren(QAbstractItemModel):
        yield from texts_of_model(model)


def texts_of_model(model: QAbstractItemModel) -> Iterator[tuple[str, str]]:
    for role in TIPS:
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
            yield "tip of a heading", str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
            for row in range(model.rowCount()):
                yield f"tip in {type(model).__name__}", str(model.data(model.index(row, column), role) or "")


def faults_of(surface: QWidget) -> set[tuple[str, str]]:
    """What would be shown as markup; each tip is shown on the way."""
    found: set[tuple[str, str]] = set()
    for where, text in texts_of(surface):
        if QtGuiNames.mightBeRichText(text):
            found.add((where, text[:80]))
        if "<" in text:
            QToolTip.showText(QPoint(1, 1), text, surface)
    QToolTip.hideText()
    for widget in surface.findChildren(QAbstractButton):
        if not QKeySequence.mnemonic(widget.text()).isEmpty():
            found.add(("a letter for a key in a button", widget.text()[:80]))
    for action in surface.findChildren(QAction):
        if not QKeySequence.mnemonic(action.text()).isEmpty():
            found.add(("a letter for a key in a menu", action.text()[:80]))
    return found


def test_qt_opens_the_file_of_an_image_in_a_text_that_is_not_made_plain(qtbot, picture, watched):
    label = QLabel(hostile_names(picture)[0])
    qtbot.addWidget(label)
    label.show()
    settle()

    assert watched.count()


@pytest.mark.parametrize("at", range(5))
def test_a_plain_label_and_a_tip_open_nothing(qtbot, picture, watched, at):
    name = hostile_names(picture)[at]
    label = Label(name)
    qtbot.addWidget(label)
    set_tip(label, name)
    label.show()
    QToolTip.showText(QPoint(1, 1), label.toolTip(), label)
    settle()
    QToolTip.hideText()

    assert label.text() == name
    assert not QtGuiNames.mightBeRichText(label.toolTip())
    assert not watched.count()


@pytest.mark.parametrize("text", ["", "삼성전자", "S&P500", "A & B", "1,234원\n둘째 줄", "수익률 > 0"])
def test_an_ordinary_text_is_left_as_it_is(text: str):
    assert plain(text).replace("\u2060", "") == text
    assert plain(plain(text)).replace("\u2060", "") == text


def test_a_tip_has_an_end():
    assert len(plain("<" * 1_000_000)) <= 8_000


def test_a_caption_shows_its_ampersands_and_has_no_letter_for_a_key():
    assert QKeySequence.mnemonic(caption("S&P &500 && <b>")).isEmpty()


_PARTS = 3  # all of it takes more time than one test has


@pytest.fixture
def hostile(dressed, theme, answers, picture) -> Iterator[Shown]:
    """The window with a hostile text wherever a broker or a connection may have one."""
    names = hostile_names(picture)
    connections = tuple(
        replace(each, label=f"{names[at % 5][:300]} {at}") for at, each in enumerate(answers.connections)
    )
    reports = {view_id: renamed(report, names) for view_id, report in answers.reports.items()}
    made = opened(theme, connections, reports)
    yield made
    made.window.close()
    made.window.deleteLater()
    settle()


@pytest.mark.parametrize("part", range(_PARTS))
def test_no_text_of_others_is_markup_anywhere_in_the_window(hostile, theme, picture, watched, part):
    names = hostile_names(picture)
    found: set[tuple[str, tuple[str, str]]] = set()
    seen: list[str] = []

    def look(name: str, surface: QWidget) -> None:
        if len(seen) % _PARTS == part:
            found.update((name, each) for each in faults_of(surface))
        seen.append(name)

    for tab in (OVERVIEW_TAB, *hostile.presenter.view_ids()):
        hostile.presenter.choose_tab(tab)
        hostile.window.build_charts()
        settle()
        look(tab[1], hostile.window)
    gallery = Gallery(hostile.window, hostile.presenter, hostile.store, hostile.clock, hostile.connections)
    for name, surface in gallery.walk():
        look(name, surface)
    error = BrokerRefused("-", code="-", action=names[3])
    error.raw_message, error.code = names[0], names[1]
    hostile.window.show_notice(lambda: names[2])
    hostile.store.failed(PENSION, error, None)
    hostile.store.line_changed(POSITIONS[0], Line.BROKEN, error)
    for tab in (PENSION, POSITIONS):
        hostile.presenter.choose_tab(tab)
        settle()
        look(f"failed {tab[1]}", hostile.window)
    QApplication.processEvents()

    assert found == set()
    assert len(seen) >= 20
    assert not watched.count()


# Each of these makes text into something that Qt may take for markup: there is one place for each.
_ONE_PLACE = {
    r"\bsetToolTip\(|\bsetStatusTip\(|\bsetWhatsThis\(": {"ui/plain.py"},
    r"\bToolTipRole\b|\bStatusTipRole\b|\bWhatsThisRole\b": {"ui/plain.py"},
    r"\bQToolTip\.showText\b": {"ui/plain.py"},
    r"\bQLabel\b": {"ui/plain.py"},
    r"\bRichText\b|\bMarkdownText\b|\bAutoText\b": {"ui/controls/parts.py"},
    r"\bQStaticText\(": {"ui/theme.py"},
    r"\bQMessageBox\(": {"main/system/single.py"},
    r"\bQTextDocument\b|\bQTextBrowser\b|\bQTextEdit\b|\bsetHtml\(|\binsertHtml\(": set(),
    r"QMessageBox\.(about|critical|information|question|warning)\(": set(),
}


@pytest.mark.parametrize("pattern", _ONE_PLACE)
def test_there_is_one_place_for_what_could_make_text_markup(pattern: str):
    found = {
        path.relative_to(APP).as_posix()
        for path in APP.rglob("*.py")
        if re.search(pattern, path.read_text("utf-8"))
    }

    assert found <= _ONE_PLACE[pattern]
