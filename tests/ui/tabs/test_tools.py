"""A tab's table in the window: saved into files, its arrangement kept."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QSplitter, QToolButton
from pytestqt.qtbot import QtBot

from app.services.export import Figure, Sheet
from app.services.layout import Layout, TabLayout
from app.ui.format import HIDDEN, SHOWN
from app.ui.table.table import FigureTable
from app.ui.tabs.tools import file_name
from app.ui.theme import Theme
from tests.fakes import FakeClock
from tests.ui.answers import BONDS, PENSION, POSITIONS, Answers
from tests.ui.opened import CONTROL, SHIFT, Opened


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> Iterator[Opened]:
    made = Opened(qtbot, theme, clock, answers)
    yield made
    while (menu := QApplication.activePopupWidget()) is not None:
        menu.close()


@pytest.fixture
def masked(opened: Opened) -> Iterator[None]:
    """Amounts are dots."""
    opened.presenter.show_masked(HIDDEN)
    yield
    opened.presenter.show_masked(SHOWN)


def table(opened: Opened) -> FigureTable:
    return next(each for each in opened.window.findChildren(FigureTable) if each.isVisible())


def saved(opened: Opened, path: Path, key: Qt.Key = Qt.Key.Key_E, modifiers: object = CONTROL) -> list:
    """What is to be saved where, once the key is pressed and the file's name is given."""
    asked: list[tuple[Sheet, str]] = []
    opened.window.layout_state.export_asked.connect(lambda sheet, to: asked.append((sheet, to)))
    opened.press(key, modifiers)  # type: ignore[arg-type]
    (dialog,) = opened.window.findChildren(QFileDialog)
    assert dialog.isVisible()
    dialog.setDirectory(str(path.parent))
    name = dialog.findChild(QLineEdit)
    assert name is not None
    name.setText(path.name)
    dialog.accept()
    opened.settle()
    return asked


@pytest.mark.parametrize("width", [1280, 1920])
@pytest.mark.parametrize("view_id", [PENSION, BONDS, POSITIONS])
def test_a_saved_table_has_each_code_once_whatever_it_shows(opened, view_id, width):
    opened.open()
    opened.load(view_id)
    opened.choose(view_id)
    opened.window.resize(width, 800)
    opened.settle()

    sheet = table(opened).sheet("", "")
    report = opened.answers.reports[view_id]
    codes = [row.code for row in report.rows]
    assert sheet.columns.count("코드") == 1
    assert sorted(row[sheet.columns.index("코드")] for row in sheet.rows) == sorted(codes)


def test_the_table_is_saved_as_it_is_shown_with_its_source(opened, tmp_path):
    opened.open()
    opened.load(PENSION)
    opened.choose(PENSION)
    shown = table(opened)
    shown.columns.show_column(2, False)

    ((sheet, path),) = saved(opened, tmp_path / "a.xlsx")

    assert Path(path) == tmp_path / "a.xlsx"
    report = opened.answers.reports[PENSION]
    assert len(sheet.rows) == len(report.rows)
    assert sheet.title == "연금"
    assert sheet.about.startswith("한투 IRP · TTTC2202R · 2026-")
    assert "수량" not in sheet.columns
    assert sheet.columns[1] == "코드"
    assert [row[1] for row in sheet.rows] == [row.code for row in report.rows]
    value = sheet.columns.index("평가금액")
    assert [row[value].value for row in sheet.rows] == [row.value for row in report.rows]
    assert sheet.total[0] == "합계"
    assert sheet.total[value].value == sum(row.value for row in report.rows)


def test_ctrl_shift_e_asks_for_a_csv_file_and_a_cancelled_dialog_saves_nothing(opened, tmp_path):
    opened.open()
    opened.load(PENSION)
    opened.choose(PENSION)
    ((_, path),) = saved(opened, tmp_path / "b.csv", Qt.Key.Key_E, CONTROL | SHIFT)
    assert path.endswith("b.csv")

    asked: list[object] = []
    opened.window.layout_state.export_asked.connect(lambda *_: asked.append(1))
    opened.settle()
    opened.press(Qt.Key.Key_E, CONTROL)
    dialog = next(each for each in opened.window.findChildren(QFileDialog) if each.isVisible())
    assert dialog.defaultSuffix() == "xlsx"
    dialog.reject()
    opened.settle()

    assert asked == []


def test_before_an_answer_there_is_nothing_to_save(opened):
    opened.open()

    opened.press(Qt.Key.Key_E, CONTROL)

    assert opened.window.findChildren(QFileDialog) == []


def test_masked_amounts_are_saved_as_dots(opened, masked, tmp_path):
    opened.open()
    opened.load(PENSION)
    opened.choose(PENSION)

    ((sheet, _),) = saved(opened, tmp_path / "a.csv")

    value, rate = sheet.columns.index("평가금액"), sheet.columns.index("수익률")
    assert {row[value] for row in sheet.rows} == {"••••"}
    assert sheet.total[value] == "••••"
    assert all(isinstance(row[rate], Figure) for row in sheet.rows)


@pytest.mark.parametrize("name", ["연금 a/b:c*?", "..", "  "])
def test_an_offered_name_can_be_a_files(name):
    assert not set(file_name(name)) & set('/\\:*?"<>|')
    assert file_name(name).strip(".") != ""


def test_a_kind_of_tab_opens_as_it_was_arranged(opened):
    arranged = TabLayout(shown=("name", "value"), sort="value", is_descending=True, charts=420)
    opened.window.layout_state.take(Layout(tab=BONDS, tabs={"pension": arranged}))
    opened.open(on_overview=True)
    opened.load(PENSION, BONDS)
    assert opened.titles[opened.tabs.currentIndex()] == "채권"

    opened.choose(PENSION)

    shown = table(opened)
    assert shown.view.horizontalHeader().shown() == [0, shown.model.columns.index(shown.model.columns[7])]
    values = [row[-1].value for row in shown.sheet("", "").rows]
    assert values == sorted(values, reverse=True)
    splitter = next(each for each in opened.window.findChildren(QSplitter) if each.isVisible())
    opened.settle()
    assert splitter.sizes()[1] == 420
    assert opened.window.layout_state.layout.tab == PENSION
    assert opened.window.layout_state.tab("pension") == arranged


def test_a_splitter_that_the_user_moved_stays_over_sizes_of_the_window(opened):
    opened.open()
    opened.load(PENSION)
    opened.choose(PENSION)
    splitter = next(each for each in opened.window.findChildren(QSplitter) if each.isVisible())
    usual = splitter.sizes()[1]
    splitter.moveSplitter(splitter.width() - 452, 1)
    moved = splitter.sizes()[1]
    assert moved not in (usual, 480)

    for width in (1700, 1300, 1400):
        opened.window.resize(width, 800)
        opened.settle()
        assert splitter.sizes()[1] == moved
    assert opened.window.layout_state.tab("pension").charts == moved


def test_the_heading_has_a_button_for_columns_and_saving(opened):
    opened.open()
    opened.load(PENSION)
    opened.choose(PENSION)
    button = next(
        each
        for each in opened.window.findChildren(QToolButton)
        if each.isVisible() and each.accessibleName() == "열 선택·내보내기"
    )

    opened.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    menu = QApplication.activePopupWidget()
    assert menu is not None
    assert {"Excel로 저장…", "CSV로 저장…", "열"} <= {each.text().split("\t")[0] for each in menu.actions()}
