"""Every command by its key and by its name: the palette, the sheet of shortcuts, the parts of the window."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QListWidget, QMenu

from app.domain import language
from app.domain.errors import SecretUnavailable
from app.domain.language import Language
from app.ui.controls.fields import Field
from app.ui.tabs.facts import FactsCard
from app.ui.tabs.kpi import KpiCell, KpiStrip
from app.ui.window.actions import keys_of, plain_text
from app.ui.window.palette import CommandPalette
from app.ui.window.sheets import ShortcutSheet
from tests.ui.answers import ALL, PENSION, POSITIONS
from tests.ui.opened import CONTROL, Opened
from tests.ui.painted import painted, words

SHIFT = Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Iterator[Opened]:
    """The window, full."""
    made = Opened(qtbot, theme, clock, answers)
    made.open()
    made.load(*ALL)
    made.choose(PENSION)
    yield made
    language.use(Language.KOREAN)


def palette(opened: Opened) -> CommandPalette:
    """The palette, opened by its keys."""
    opened.press(Qt.Key.Key_K, CONTROL)
    (found,) = [each for each in opened.window.findChildren(CommandPalette) if each.isVisible()]
    return found


def offered(shown: CommandPalette) -> list[str]:
    """The commands in the list."""
    (found,) = shown.findChildren(QListWidget)
    return [found.item(row).text() for row in range(found.count())]


def typed(opened: Opened, shown: CommandPalette, text: str) -> list[str]:
    """What is left after this was typed."""
    field = shown.findChild(Field)
    field.setText(text)  # no keyboard of a test writes Hangul
    return offered(shown)


def test_every_tab_has_a_number_and_the_overview_takes_none_away(opened):
    titles = [tab.title for tab in opened.presenter.tabs]
    assert len(titles) == len(opened.presenter.view_ids()) + 1  # the overview's besides those of the views

    opened.press(Qt.Key(int(Qt.Key.Key_0) + len(titles)), CONTROL)

    assert opened.window.bar.tabs.currentIndex() == len(titles) - 1
    numbered = opened.window.commands.tabs
    assert [each.isEnabled() for each in numbered] == [at < len(titles) for at in range(len(numbered))]
    assert plain_text(numbered[1]) == f"탭: {titles[1]}"


@pytest.mark.parametrize(
    ("text", "named"),
    [("가리", "금액 가리기/보이기"), ("ㄱㅇㄱㄹ", "금액 가리기/보이기"), ("mask", "금액 가리기/보이기")],
)
def test_the_palette_finds_by_words_initials_and_enter_does_it(opened, text, named):
    shown = palette(opened)
    found = typed(opened, shown, text)
    assert found[0] == named
    assert len(found) < 5

    with opened.qtbot.waitSignal(opened.window.commands.mask.triggered):
        opened.qtbot.keyClick(shown.findChild(Field), Qt.Key.Key_Return)
    opened.settle()
    assert not [each for each in opened.window.findChildren(CommandPalette) if each.isVisible()]


def test_the_palette_says_that_nothing_is_found_and_enter_does_nothing(opened):
    shown = palette(opened)

    assert typed(opened, shown, "없는 명령") == ["검색 결과가 없습니다"]
    opened.qtbot.keyClick(shown.findChild(Field), Qt.Key.Key_Return)
    assert shown.isVisible()
    shown.close()


def test_arrows_walk_the_palette_and_escape_does_nothing_but_close_it(opened):
    shown = palette(opened)
    field, (found,) = shown.findChild(Field), shown.findChildren(QListWidget)
    names = offered(shown)
    assert "탭: 연금" in names
    assert "모든 명령…" not in names
    opened.qtbot.keyClick(field, Qt.Key.Key_Down)
    assert found.currentRow() == 1
    opened.qtbot.keyClick(field, Qt.Key.Key_Up)
    opened.qtbot.keyClick(field, Qt.Key.Key_Up)
    assert found.currentRow() == len(names) - 1
    tab = opened.tabs.currentIndex()
    opened.qtbot.keyClick(shown, Qt.Key.Key_Escape)
    opened.settle()
    assert not [each for each in opened.window.findChildren(CommandPalette) if each.isVisible()]
    assert opened.tabs.currentIndex() == tab


def test_every_command_has_a_title_of_its_own_in_both_languages_and_no_key_twice(opened):
    said: dict[Language, list[str]] = {}
    for spoken in (Language.ENGLISH, Language.KOREAN):
        language.use(spoken)
        opened.presenter.show_again()
        said[spoken] = [plain_text(each) for each in opened.window.commands if each.isEnabled()]
        assert len(set(said[spoken])) == len(said[spoken])
        assert all(said[spoken])
    assert set(said[Language.ENGLISH]).isdisjoint(said[Language.KOREAN])
    keys = [key for each in opened.window.commands for key in keys_of(each)]
    assert len(set(keys)) == len(keys) > 20


def test_every_action_stands_in_one_menu_of_the_menu_bar(opened):
    bar = opened.window.commands.make_menu_bar()
    menus = [each.menu() for each in bar.actions()]
    listed = [action for menu in menus for action in menu.actions()]

    assert [each.title() for each in menus] == ["파일", "편집", "보기", "도움말"]
    assert sorted(listed, key=id) == sorted(opened.window.commands, key=id)
    language.use(Language.ENGLISH)
    opened.presenter.show_again()
    assert [each.title() for each in menus] == ["File", "Edit", "View", "Help"]
    bar.deleteLater()


def test_what_has_no_button_of_its_own_is_in_the_menu_of_the_gear(opened):
    commands, bar = opened.window.commands, opened.window.bar
    bar.open_settings()
    (menu,) = opened.seen(QMenu)
    listed = set(menu.actions())
    menu.close()

    with_a_button = {commands.refresh, commands.search, commands.mask, commands.theme, *commands.tabs}
    of_the_keyboard = {
        commands.next_tab,
        commands.previous_tab,
        commands.next_region,
        commands.previous_region,
    }
    in_the_table = {commands.copy}
    of_the_demo = {commands.leave_demo}
    elsewhere = with_a_button | of_the_keyboard | in_the_table | of_the_demo
    assert set(commands) - listed == elsewhere
    assert [plain_text(each) for each in menu.actions() if not each.isSeparator()][-1] == "종료"


@pytest.mark.parametrize(
    ("typed_text", "first"),
    [("th", "라이트/다크 테마"), ("표", "표에서 검색"), ("종", "종료")],
)
def test_the_palette_has_what_begins_so_before_what_has_it_somewhere(opened, typed_text, first):
    assert typed(opened, palette(opened), typed_text)[0] == first


def test_an_open_palette_and_sheet_follow_the_language(opened):
    shown = palette(opened)
    opened.window.commands.shortcuts.trigger()
    (sheet,) = opened.window.findChildren(ShortcutSheet)

    language.use(Language.ENGLISH)
    opened.presenter.show_again()

    assert "Tab: Pension" in offered(shown)
    assert shown.findChild(Field).placeholderText() == "Type a command"
    assert sheet.windowTitle() == "Keyboard shortcuts"
    assert not any(map(language.has_hangul, words(sheet)))


def test_without_a_tab_only_what_can_be_done_is_offered(opened):
    opened.presenter.show_welcome()
    opened.settle()
    names = offered(palette(opened))

    assert not [each for each in names if each.startswith(("탭:", "이 탭", "표"))]
    assert "설정…" in names


def test_the_sheet_lists_every_key(opened):
    opened.press(Qt.Key.Key_F1)
    (sheet,) = [each for each in opened.window.findChildren(ShortcutSheet) if each.isVisible()]
    shown = " ".join(each.text() for each in sheet.findChildren(QLabel))

    for action in opened.window.commands:
        if action not in opened.window.commands.tabs:
            assert all(key in shown for key in keys_of(action)), action.objectName()


def test_the_sheet_writes_keys_as_they_stand_on_the_keyboard(opened):
    opened.press(Qt.Key.Key_F1)
    (sheet,) = [each for each in opened.window.findChildren(ShortcutSheet) if each.isVisible()]
    shown = [each.text() for each in sheet.findChildren(QLabel)]

    assert {"Ctrl+1…5", "Ctrl+Shift+↑ · Ctrl+Shift+↓", "← · →", "Enter"} <= set(shown)
    assert not [each for each in shown if "Return" in each or "Ctrl+9" in each]


def test_copying_by_name_copies_the_selected_rows(opened):
    opened.rows.selectRow(0)
    shown = palette(opened)
    typed(opened, shown, "복사")
    opened.qtbot.keyClick(shown.findChild(Field), Qt.Key.Key_Return)
    opened.settle()

    assert opened.cell(opened.keys[0], "평가금액") in QGuiApplication.clipboard().text().replace(
        "\t", " "
    ) or (opened.cell(opened.keys[0], "평가금액").replace(",", "") in QGuiApplication.clipboard().text())


def test_f6_walks_the_parts_of_the_window_and_shift_f6_back(opened):
    opened.choose(POSITIONS)
    opened.window.build_charts()
    opened.settle()
    opened.tabs.setFocus()
    stops = []
    for _ in range(12):
        opened.press(Qt.Key.Key_F6)
        stops.append(QApplication.focusWidget())
        if QApplication.focusWidget() is opened.tabs:
            break
    forth = [type(each).__name__ for each in stops]
    assert stops[-1] is opened.tabs, forth
    assert len(set(stops)) == len(stops) >= 6
    assert any(isinstance(each, KpiCell) for each in stops)
    assert opened.rows in stops
    opened.press(Qt.Key.Key_F6, SHIFT)
    assert QApplication.focusWidget() is stops[-2]
    assert any(FactsCard.__name__ for each in stops)


def test_the_palette_writes_titles_with_their_keys(opened):
    shown = palette(opened)
    listed = words(shown)
    assert "금액 가리기/보이기" in listed
    assert "Ctrl+M" in listed


def test_enter_opens_the_settings_where_a_connection_is_at_fault(opened, qtbot, answers):
    opened.open([each for each in answers.connections if each.id == POSITIONS[0]])
    opened.store.forget(POSITIONS[0])
    opened.settle()
    opened.fail(POSITIONS, SecretUnavailable("키가 없습니다.", action="키를 다시 입력하세요."))
    focused = QApplication.focusWidget()
    assert focused.text() == "연결 설정 열기"
    with qtbot.waitSignal(opened.presenter.edit_asked) as asked:
        qtbot.keyClick(focused, Qt.Key.Key_Return)
    assert asked.args == [POSITIONS[0]]


@pytest.mark.parametrize(("width", "height", "pixels"), [(1100, 72, 18), (1280, 88, 22), (1700, 96, 24)])
def test_the_headline_figures_follow_the_windows_width(opened, width, height, pixels):
    opened.window.resize(width, 900)
    opened.settle()
    (strip,) = opened.seen(KpiStrip)
    assert strip.height() == height
    figures = [each for each in painted(strip) if each.size == pixels]
    assert len(figures) >= 4
    assert all(0 < each.y < height for each in painted(strip))
