"""What is open beside the window follows its language, its theme and the hiding of amounts."""

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QLabel,
    QLineEdit,
    QProgressBar,
    QTableView,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.domain import language
from app.domain.language import Language
from app.main.program import Program
from app.main.system.application import run
from app.ui.charts.waterfall import WaterfallChart, key_of
from app.ui.controls.parts import Dialog, EntryDialog
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.dialogs.fills import FillsDialog
from app.ui.dialogs.past import BalancesDialog, FlowsDialog
from app.ui.dialogs.settings.dialog import SettingsDialog
from app.ui.tabs.change import ChangeLines
from app.ui.tabs.panels import HistoryPanel
from app.ui.theme import Theme
from app.ui.window.sheets import AboutSheet, Sheet, ShortcutSheet
from app.ui.window.tray import MiniWindow

MODAL = {ConnectionDialog}  # nothing can be chosen beside them
OPENED = {SettingsDialog, FillsDialog, FlowsDialog, BalancesDialog, ShortcutSheet, AboutSheet, ChangeLines}
CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
_RATE = re.compile("%|퍼센트|percent")
_NUMBER = re.compile(r"[+−-]?\d[\d,.:]*")


@pytest.fixture(autouse=True)
def _as_before(qapp: QApplication) -> Iterator[None]:
    before = qapp.quitOnLastWindowClosed()
    qapp.setQuitOnLastWindowClosed(False)
    yield
    qapp.setQuitOnLastWindowClosed(before)
    language.use(Language.KOREAN)


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(50):
        while not is_so():
            await asyncio.sleep(0.02)


def kinds(kind: type[Dialog] = Dialog) -> set[type[Dialog]]:
    found = [each for each in kind.__subclasses__() if each.__module__.startswith("app.")]
    return {*found, *(inner for each in found for inner in kinds(each))}


def table_texts(view: QTableView) -> list[str]:
    model, across = view.model(), Qt.Orientation.Horizontal
    columns = range(model.columnCount())
    cells = [str(model.index(row, at).data()) for row in range(model.rowCount()) for at in columns]
    tips = [model.headerData(at, across, Qt.ItemDataRole.ToolTipRole) or "" for at in columns]
    return [*cells, *tips, *(str(model.headerData(at, across)) for at in columns)]


def texts(dialog: QWidget) -> set[str]:
    """All texts of a dialog without rates and numbers, which go on while it is open."""
    found: list[str] = [dialog.windowTitle()]
    for each in (dialog, *dialog.findChildren(QWidget)):
        found += [each.accessibleName(), each.accessibleDescription(), each.toolTip()]
        match each:
            case QLabel() | QAbstractButton() if each.isVisible():
                found.append(each.text())
            case QLineEdit():
                found.append(each.placeholderText())
            case QComboBox():
                found += [each.itemText(at) for at in range(each.count())]
            case QTableView():
                found += table_texts(each)
            case _:
                pass
    return {_NUMBER.sub("#", text) for text in found if not _RATE.search(text)}


def colors(dialog: QWidget) -> set[str]:
    """The colours of a dialog's ground, its labels and its style sheets."""
    found = {dialog.palette().color(QPalette.ColorRole.Window).name()}
    found |= {
        each.palette().color(QPalette.ColorRole.WindowText).name() for each in dialog.findChildren(QLabel)
    }
    return found | {each.styleSheet() for each in dialog.findChildren(QProgressBar)}


class Beside:
    """The demo, and what can be open beside its window."""

    def __init__(self, opened: Program) -> None:
        self.opened, self.window = opened, opened.window

    async def open(self) -> None:
        commands = self.window.commands
        for each in (
            *(commands.alerts, commands.fills, commands.flows, commands.past_holdings),
            *(commands.shortcuts, commands.about, commands.mini_window),
        ):
            each.trigger()
        self.open_lines()
        await until(
            lambda: any("입출금" in text or "Deposit" in text for text in texts(self.shown[FlowsDialog]))
        )
        await asyncio.sleep(0.5)  # what is read for them

    def open_lines(self) -> None:
        (panel,) = self.window.findChildren(HistoryPanel)
        panel.offer("view", "change")
        chart = panel.findChild(WaterfallChart)
        chart.item_clicked.emit(key_of(chart._bars[0]))  # pyright: ignore

    def close(self) -> None:
        for each in self.shown.values():
            each.close()

    @property
    def shown(self) -> dict[type[QWidget], QWidget]:
        tops = [each for each in QApplication.topLevelWidgets() if each.isVisible()]
        return {type(each): each for each in tops if isinstance(each, Dialog | MiniWindow)}


@pytest.fixture
def play(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Callable[..., None]:
    def played(act: Callable[[Beside], object]) -> None:
        opened = Program(tmp_path, Theme(), demo=True)
        qtbot.addWidget(opened.window)

        async def script() -> None:
            running = asyncio.create_task(opened.run())
            opened.window.show()
            await until(lambda: opened.shows_history)
            opened.window.build_charts()
            try:
                await act(Beside(opened))  # type: ignore[misc]
            finally:
                opened.window.quit()
                await running

        run(qapp, script())

    return played


def test_every_dialog_is_among_them():
    assert kinds() - {EntryDialog, Sheet} == OPENED | MODAL


@pytest.mark.parametrize(
    ("change", "seen"),
    [("language", texts), ("mask", texts), ("theme", colors)],
)
def test_all_of_them_look_as_if_they_were_opened_after_the_change(
    play: Callable[..., None], change: str, seen: Callable[[QWidget], set[str]]
):
    async def act(beside: Beside) -> None:
        await beside.open()
        assert set(beside.shown) == {*OPENED, MiniWindow}
        getattr(beside.window.commands, change).trigger()
        await asyncio.sleep(0.5)
        followed = {kind: seen(each) for kind, each in beside.shown.items()}
        assert set(followed) | {ChangeLines} == {*OPENED, MiniWindow}
        beside.close()
        await until(lambda: not beside.shown)
        await asyncio.sleep(0.1)  # until they are deleted
        await beside.open()
        anew = {kind: seen(each) for kind, each in beside.shown.items()}
        beside.close()
        for kind, found in followed.items():
            left = found ^ anew[kind]
            assert not {each for each in left if kind is not MiniWindow or "#" not in each}, kind.__name__

    play(act)


def test_the_keys_for_the_whole_window_work_in_all_of_them(play: Callable[..., None]):
    async def act(beside: Beside) -> None:
        await beside.open()
        commands, reached = beside.window.commands, dict[str, list[bool]]()
        for kind, each in beside.shown.items():
            each.activateWindow()
            await until(each.isActiveWindow)
            before = commands.mask.isChecked(), beside.window.theme.is_dark
            QTest.keyClick(each, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
            QTest.keyClick(each, Qt.Key.Key_L, CONTROL_SHIFT)
            after = commands.mask.isChecked(), beside.window.theme.is_dark
            reached[kind.__name__] = [one is not other for one, other in zip(before, after, strict=True)]
        beside.window.hide()  # to the notification area
        mini = beside.shown[MiniWindow]
        mini.activateWindow()
        await until(mini.isActiveWindow)
        before = commands.mask.isChecked()
        QTest.keyClick(mini, Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
        assert commands.mask.isChecked() is not before
        beside.window.show()
        beside.close()
        assert reached == {kind.__name__: [True, True] for kind in (*OPENED, MiniWindow)}

    play(act)
