"""A table of figures under the pointer and the keys: what it paints, copies, hides, selects and emits."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QHeaderView, QWidget
from pytestqt.qtbot import QtBot

from app.domain.language import tr
from app.ui.format import SHOWN
from app.ui.table.delegate import ROW_HEIGHT
from app.ui.table.pacing import SORT_SECONDS
from app.ui.table.totals import ADDS_UP, NO_TOTAL, TOTAL_MISSING
from app.ui.theme import Mode, Scheme, Theme
from tests.fakes import FakeClock
from tests.ui.painted import Painted, painted, words
from tests.ui.table.shown import CONTROL, SHIFT, Shown
from tests.ui.table.stocks import BOUGHT, CHANGE, COLUMNS, NAME, PRICE, RATE, WEIGHT, keys, stock, stocks


@pytest.fixture
def shown(qtbot: QtBot, theme: Theme, clock: FakeClock) -> Iterator[Shown]:
    """A shown table without rows; the clipboard is empty."""
    QGuiApplication.clipboard().clear()
    yield Shown(qtbot, theme, clock)


def copied() -> str:
    return QGuiApplication.clipboard().text()


def nearest(theme: Theme, names: tuple[str, ...], image: QImage, area: QRect) -> str:
    """The design's colour that some pixel of an area comes closest to; thin lines are painted softly."""
    xs, ys = range(area.left(), area.right() + 1), range(area.top(), area.bottom() + 1)
    pixels = [image.pixelColor(x, y).getRgb() for x in xs for y in ys]

    def distance(name: str) -> int:
        wanted = getattr(theme.colors, name).getRgb()
        return min(sum(abs(a - b) for a, b in zip(pixel, wanted, strict=True)) for pixel in pixels)

    return min(names, key=distance)


def test_each_cell_paints_what_it_says_it_shows(shown):
    shown.model.show([
        stock("a", tick=1),
        stock("b", 123_456_789, name="아주 <b>&amp; 긴 이름", is_on_credit=True, change=Decimal(5)),
        stock("c", None, change=None, rate=None, weight=None, bought=None, name=None),
        stock("d", change=Decimal(0), rate=Decimal(0), weight=Decimal("0.004")),
    ], SHOWN)  # fmt: skip
    QApplication.processEvents()

    for row in range(4):
        for column in range(len(COLUMNS)):
            text = shown.model.data(shown.model.index(row, column))
            parts = [each.text for each in shown.cell_words(row, column)]
            if column == NAME and shown.model.row_at(row).is_on_credit:
                assert parts.pop() == "융자"
            assert " ".join(parts) == text != ""


def test_up_is_red_down_is_blue_and_zero_and_unknown_are_neither(shown, theme):
    shown.model.show([
        stock("a", change=Decimal(5), rate=Decimal(1)),
        stock("b"),
        stock("c", change=Decimal(0), rate=Decimal(0)),
        stock("d", change=None, rate=None),
    ], SHOWN)  # fmt: skip
    QApplication.processEvents()

    found = [{each.color for each in shown.cell_words(row, CHANGE)} for row in range(4)]

    colors = theme.colors
    assert found == [{colors.up.name()}, {colors.down.name()}, {colors.flat.name()}, {colors.text3.name()}]


def test_a_masked_total_has_no_colour_of_gain_or_loss(shown, theme):
    shown.model.show([stock("a")], SHOWN)
    shown.table.show_total({"profit": ("••••", -1)})

    found = {each.color for each in painted(shown.table) if each.text == "••••"}
    assert found == {theme.colors.text.name()}


def test_stale_figures_have_no_colour_but_keep_their_signs(shown, theme):
    shown.model.show([stock("a"), stock("b", change=Decimal(5), rate=Decimal(1), tick=1)], SHOWN)
    shown.table.show_total({"profit": ("−500", -1)})
    before = words(shown.table)

    shown.table.set_stale(True)

    rows = [each for row in range(2) for at in range(1, BOUGHT + 1) for each in shown.cell_words(row, at)]
    assert {each.color for each in rows} == {theme.colors.text3.name()}
    assert words(shown.table) == before
    total = next(each for each in painted(shown.table) if each.text == "−500" and each.weight == 600)
    assert total.color == theme.colors.text3.name()


def test_a_new_theme_repaints_rows_header_and_totals(shown, theme):
    shown.model.show([stock("a")], SHOWN)
    shown.table.show_total({"price": ("70,000", None)})
    light = {each.color for each in painted(shown.table)}

    theme.use(Mode.DARK)

    dark = {each.color for each in painted(shown.table)}
    assert dark.isdisjoint(light)
    assert dark <= {getattr(theme.colors, name).name() for name in ("text", "text2", "text3", "down")}


@pytest.mark.parametrize(
    ("width", "hidden"),
    [(1024, {"비중"}), (1199, {"비중"}), (1200, set()), (1599, set()), (1600, {"매수일"})],
)
def test_columns_come_and_go_with_the_windows_width(shown, width, hidden):
    shown.model.show([stock("a")], SHOWN)

    shown.resize(width)

    assert {column.title for column in COLUMNS} - set(shown.titles()) == hidden
    assert hidden.isdisjoint(words(shown.table))


def test_copied_rows_are_tab_separated_with_ascii_minus_from_top_to_bottom(shown):
    shown.model.show(
        [stock("a", name="가"), stock("b", name="나"), stock("c", name="다", change=None, rate=None)], SHOWN
    )
    shown.click(2)
    shown.click(0, CONTROL)

    shown.press(Qt.Key.Key_C, CONTROL)

    assert copied() == (
        "가\t70000\t-500\t-0.71%\t-500\t-0.71%\t10.00%\t2026-03-02\n다\t70000\t\t\t\t\t10.00%\t2026-03-02"
    )


def test_a_copy_with_header_starts_with_the_titles(shown):
    shown.model.show([stock("a")], SHOWN)
    shown.click(0)

    shown.press(Qt.Key.Key_C, CONTROL | SHIFT)

    titles, row = (line.split("\t") for line in copied().split("\n"))
    assert titles == ["종목", "현재가", "전일대비", "등락률", "평가손익", "수익률", "비중", "매수일"]
    assert len(row) == len(titles)


def test_hidden_columns_are_not_copied_and_moved_ones_are_copied_where_they_stand(shown):
    shown.model.show([stock("a")], SHOWN)
    shown.resize(1024)
    shown.view.horizontalHeader().moveSection(PRICE, CHANGE)
    shown.click(0)

    shown.press(Qt.Key.Key_C, CONTROL | SHIFT)

    titles, row = (line.split("\t") for line in copied().split("\n"))
    assert titles == ["종목", "전일대비", "등락률", "현재가", "평가손익", "수익률", "매수일"]
    assert row[1:4] == ["-500", "-0.71%", "70000"]


def test_a_name_with_tabs_and_line_ends_is_copied_on_one_line(shown):
    shown.model.show([stock("a", name="가\t나\n다")], SHOWN)
    shown.click(0)

    shown.press(Qt.Key.Key_C, CONTROL)

    assert copied().startswith("가 나 다\t70000\t")


def test_without_a_selection_the_clipboard_is_left_alone(shown):
    shown.model.show([stock("a")], SHOWN)
    QGuiApplication.clipboard().setText("before")

    shown.press(Qt.Key.Key_C, CONTROL)
    shown.press(Qt.Key.Key_C, CONTROL | SHIFT)

    assert copied() == "before"


def test_one_selected_row_is_emitted_by_its_key_and_several_as_none(shown):
    shown.model.show(stocks(5), SHOWN)

    shown.click(3)
    shown.click(1, CONTROL)
    shown.click(1, CONTROL)

    assert shown.selected == [("3",), None, ("3",)]


def test_the_row_under_the_pointer_is_emitted_and_tinted(shown, theme):
    shown.model.show(stocks(5), SHOWN)
    shown.point_at(3)
    shown.point_at(1)

    assert shown.hovered == [("3",), ("1",)]
    image = shown.view.viewport().grab().toImage()
    tinted = [
        row
        for row in range(5)
        if image.pixelColor(shown.middle_of(row) - QPoint(0, 12)) == theme.colors.hover
    ]
    assert tinted == [1]


def test_no_row_is_emitted_once_the_pointer_is_below_the_last_or_gone(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.point_at(1)

    shown.move_to(QPoint(50, 5 * ROW_HEIGHT))
    assert shown.hovered == [("1",), None]
    shown.point_at(2)
    shown.view.leaveEvent(None)

    assert shown.hovered[2:] == [("2",), None]


def test_a_chart_can_tint_a_row(shown, theme):
    shown.model.show(stocks(5), SHOWN)

    def tinted() -> list[int]:
        image = shown.view.viewport().grab().toImage()
        places = [shown.middle_of(row) - QPoint(0, 12) for row in range(5)]
        return [row for row, place in enumerate(places) if image.pixelColor(place) == theme.colors.hover]

    shown.table.hover_key(("2",))
    assert tinted() == [2]
    shown.table.hover_key(("gone",))
    assert tinted() == []
    shown.table.hover_key(("4",))
    shown.table.hover_key(None)
    assert tinted() == []


def test_a_selected_row_has_its_ground_and_an_accent_bar(shown, theme):
    shown.model.show(stocks(3), SHOWN)

    shown.table.select_key(("1",))

    image = shown.view.viewport().grab().toImage()
    y = shown.middle_of(1).y()
    assert [image.pixelColor(x, y) for x in (0, 1)] == [theme.colors.accent] * 2
    assert image.pixelColor(4, y) == theme.colors.selected
    assert image.pixelColor(4, shown.middle_of(0).y()) == theme.colors.surface


def test_selecting_by_key_scrolls_there_and_emits_it(shown):
    shown.model.show(stocks(200), SHOWN)

    shown.table.select_key(("150",))

    assert shown.selected == [("150",)]
    assert shown.view.viewport().rect().contains(shown.middle_of(150))
    shown.table.select_key(("gone",))
    assert shown.selected == [("150",)]


def test_a_click_on_a_title_sorts_and_marks_it(shown, theme):
    shown.model.show(stocks(3), SHOWN)

    def title() -> Painted:
        return next(each for each in painted(shown.table) if each.text == "현재가")

    assert (title().color, title().weight) == (theme.colors.text2.name(), 500)
    shown.click_header(PRICE)
    assert keys(shown.model) == ["2", "1", "0"]
    assert (title().color, title().weight) == (theme.colors.text.name(), 600)
    shown.click_header(PRICE)
    assert keys(shown.model) == ["0", "1", "2"]
    assert shown.model.arrangement.sort_column == PRICE
    shown.click_header(PRICE)

    assert shown.model.arrangement.sort_column == -1
    assert (title().color, title().weight) == (theme.colors.text2.name(), 500)


def test_a_quick_second_click_on_a_title_counts_like_the_first(shown):
    shown.model.show(stocks(3), SHOWN)
    header = shown.view.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(PRICE) + 10, header.height() // 2)

    shown.click_header(PRICE)
    assert shown.model.arrangement.is_descending
    shown.qtbot.mouseDClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert (shown.model.arrangement.sort_column, shown.model.arrangement.is_descending) == (PRICE, False)


def test_the_keyboard_sorts_by_the_focused_column(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.view.setCurrentIndex(shown.model.index(0, WEIGHT))

    shown.press(Qt.Key.Key_Down, CONTROL | SHIFT)
    assert (shown.model.arrangement.sort_column, shown.model.arrangement.is_descending) == (WEIGHT, True)
    shown.press(Qt.Key.Key_Up, CONTROL | SHIFT)

    assert (shown.model.arrangement.sort_column, shown.model.arrangement.is_descending) == (WEIGHT, False)


def test_selection_scroll_and_focus_outlive_trades_that_sort_again(shown, clock):
    rows = stocks(200)
    shown.model.show(rows, SHOWN)
    shown.click_header(PRICE)
    shown.table.select_key(("100",))
    shown.view.verticalScrollBar().setValue(90)
    clock.advance(60)

    shown.model.update_rows({rows[100].key: replace(rows[100], price=Decimal(1))})

    assert keys(shown.model)[-1] == "100"
    assert shown.view.verticalScrollBar().value() == 90
    assert [shown.model.key_at(each.row()) for each in shown.view.selectionModel().selectedRows()] == [
        ("100",)
    ]
    assert shown.model.key_at(shown.view.currentIndex().row()) == ("100",)
    assert shown.selected == [("100",)]


def test_moving_the_selection_keeps_rows_where_they_are_for_a_while(shown, clock):
    rows = stocks(5)
    shown.model.show(rows, SHOWN)
    shown.click_header(PRICE)
    clock.advance(SORT_SECONDS)
    shown.press(Qt.Key.Key_Down)

    shown.model.update_rows({rows[0].key: replace(rows[0], price=Decimal(10**9))})

    assert keys(shown.model)[0] == "4"


def test_only_rows_in_sight_are_announced_wherever_it_is_scrolled(shown, clock):
    rows = stocks(200)
    shown.model.show(rows, SHOWN)
    QApplication.processEvents()
    shown.view.verticalScrollBar().setValue(100)
    reported: list[int] = []
    shown.model.dataChanged.connect(lambda first, _last: reported.append(first.row()))

    for at in (5, 99, 100, 105, 199):
        clock.advance(1)
        shown.model.update_rows({rows[at].key: replace(rows[at], price=Decimal(1))})

    assert reported == [100, 105]


@pytest.mark.parametrize("height", [301, 312, 400])
def test_each_row_of_which_a_part_can_be_seen_counts_as_in_sight(shown, height):
    rows = stocks(200)
    shown.model.show(rows, SHOWN)
    shown.resize(1280, height)
    bar = shown.view.verticalScrollBar()

    for place in (0, bar.maximum() // 2, bar.maximum()):
        bar.setValue(place)
        QApplication.processEvents()
        viewport = shown.view.viewport().rect()
        seen = [
            row.key
            for at, row in enumerate(rows)
            if shown.view.visualRect(shown.model.index(at, 0)).intersects(viewport)
        ]
        assert shown.model.keys_in_sight == seen


def test_totals_stand_under_the_figures_of_their_column(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.table.show_total(
        {"price": ("1,234,567,890", None), "profit": ("−1,500", -1), "weight": ("30.00%", None)}
    )
    QApplication.processEvents()

    everything = painted(shown.table)
    for column, text in ((PRICE, "1,234,567,890"), (CHANGE + 1, "−1,500"), (WEIGHT, "30.00%")):
        total = next(each for each in everything if each.text == text and each.weight == 600)
        figure = shown.cell_words(0, column)[-1]
        assert round(total.end) == round(figure.end)
    assert next(each for each in everything if each.text == "합계").x == shown.cell_words(0, NAME)[0].x


def test_totals_follow_a_column_that_is_moved_resized_and_scrolled(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.table.show_total({"price": ("999", None)})
    header = shown.view.horizontalHeader()

    for act in (
        lambda: header.moveSection(PRICE, WEIGHT),
        lambda: header.resizeSection(PRICE, 300),
        lambda: header.resizeSection(NAME, 700),
        lambda: shown.view.horizontalScrollBar().setValue(150),
    ):
        act()
        QApplication.processEvents()
        total = next(each for each in painted(shown.table) if each.text == "999")
        assert round(total.end) == round(shown.cell_words(0, PRICE)[-1].end)


class Paints(QObject):
    """Counts how often a widget is painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() is QEvent.Type.Paint
        return False


def test_totals_are_painted_anew_when_their_columns_change_place(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.table.show_total({"price": ("999", None)})
    QApplication.processEvents()
    header = shown.view.horizontalHeader()
    row = next(each for each in shown.table.children() if "합계, " in getattr(each, "accessibleName", str)())
    paints = Paints(row)

    for act in (
        lambda: header.moveSection(PRICE, WEIGHT),
        lambda: header.resizeSection(PRICE, 300),
        lambda: header.resizeSection(NAME, 700),
        lambda: shown.view.horizontalScrollBar().setValue(150),
        lambda: shown.view.setColumnHidden(WEIGHT, True),
    ):
        QApplication.processEvents()
        before = paints.count
        act()
        shown.qtbot.waitUntil(lambda before=before: paints.count > before)
    assert shown.view.horizontalScrollBar().value() > 0


def test_a_long_total_gets_its_room_at_once(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.table.show_total({"price": ("1", None)})

    shown.table.show_total({"price": ("123,456,789,012,345", None)})

    assert "123,456,789,012,345" in words(shown.table)


def test_a_screen_reader_hears_the_totals_with_their_titles(shown):
    shown.table.show_total({"price": ("70,000", None), "profit": ("−500", -1)})

    names = {child.accessibleName() for child in shown.table.children() if child.isWidgetType()}
    assert "합계, 현재가 70,000, 평가손익 −500" in names


@pytest.mark.parametrize(
    ("difference", "gives_total", "said", "token"),
    [
        (Decimal(0), True, tr(ADDS_UP), "accent"),
        (Decimal("0.00"), True, tr(ADDS_UP), "accent"),
        (Decimal(-1234), True, "증권사 합계와 1,234원 다릅니다", "warn"),
        (None, True, tr(TOTAL_MISSING), "text3"),
        (None, False, tr(NO_TOTAL), "text3"),
    ],
)
def test_the_line_below_says_whether_the_rows_add_up(shown, theme, difference, gives_total, said, token):
    shown.table.show_reconciliation(difference, SHOWN, gives_total=gives_total, note="각주")

    assert {said, "각주"} <= set(words(shown.table))
    names = {child.accessibleName() for child in shown.table.children() if child.isWidgetType()}
    assert f"{said}. 각주" in names
    image = shown.table.grab().toImage()
    icon = QRect(16, image.height() - 21, 14, 14)
    assert nearest(theme, ("accent", "warn", "text3"), image, icon) == token


def test_a_width_that_the_user_chose_is_kept(shown):
    shown.model.show(stocks(3), SHOWN)
    shown.view.horizontalHeader().resizeSection(PRICE, 222)

    shown.model.show([stock("a", 123_456_789_012), *stocks(9)], SHOWN)
    shown.resize(1400)

    assert shown.view.columnWidth(PRICE) == 222


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_a_double_click_on_a_columns_edge_fits_it_to_what_is_in_it(shown, column):
    shown.model.show(
        [stock("a", 98_765_432_109, name="이름이 조금 긴 종목", is_on_credit=True), stock("b", 1)], SHOWN
    )
    header = shown.view.horizontalHeader()
    header.resizeSection(column, 320)
    QApplication.processEvents()
    edge = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) - 1, 16)

    shown.qtbot.mouseMove(header.viewport(), edge)
    shown.qtbot.mouseDClick(header.viewport(), Qt.MouseButton.LeftButton, pos=edge)
    QApplication.processEvents()

    assert 40 < header.sectionSize(column) < 320
    text = " ".join(each.text for each in shown.cell_words(0, column))
    assert text.removesuffix(" 융자") == shown.model.data(shown.model.index(0, column))
    titles = [each.text for each in painted(shown.table)]
    assert COLUMNS[column].title in titles


@pytest.mark.parametrize("width", [1024, 1280, 1920])
def test_no_figure_is_cut_however_long(shown, width):
    shown.resize(width)
    shown.model.show([
        stock("a", 98_765_432_109, change=Decimal(-98_765_432_109), rate=Decimal("-12345.67"), tick=-1),
        stock("b", 1, change=Decimal(1), rate=Decimal("0.01"), weight=Decimal("99999.99"), tick=1),
    ], SHOWN)  # fmt: skip
    QApplication.processEvents()

    for row in range(2):
        for column in range(PRICE, len(COLUMNS)):
            if not shown.view.isColumnHidden(column):
                text = " ".join(each.text for each in shown.cell_words(row, column))
                assert text == shown.model.data(shown.model.index(row, column))


def test_header_and_rows_have_the_designs_heights(shown):
    shown.model.show(stocks(2), SHOWN)

    header = shown.view.horizontalHeader()
    assert isinstance(header, QHeaderView)
    assert (header.height(), shown.view.rowHeight(0), shown.view.rowHeight(1)) == (32, 28, 28)


def test_the_table_is_where_the_focus_goes(shown):
    shown.table.setFocus()

    assert shown.table.focusProxy() is shown.view
    shown.table.setAccessibleName("표")
    assert shown.view.accessibleName() == "표"


@pytest.mark.parametrize("look", [{"mode": Mode.DARK}, {"scheme": Scheme.GREEN_RED}])
def test_another_look_moves_neither_the_selection_nor_the_current_cell_nor_the_scrolled_place(
    shown, theme, look
):
    rows = stocks(60)
    shown.model.show(rows, SHOWN)
    shown.model.sort(PRICE, Qt.SortOrder.DescendingOrder)
    shown.view.verticalScrollBar().setValue(17)
    shown.view.setCurrentIndex(shown.model.index(21, RATE))  # holds the sort
    top = shown.model.key_at(shown.view.rowAt(0))
    shown.model.update_rows({rows[3].key: replace(rows[3], price=Decimal(99_000))})

    theme.use(**{"mode": theme.mode, "scheme": theme.scheme} | look)

    chosen = [shown.model.key_at(index.row()) for index in shown.view.selectionModel().selectedRows()]
    at = shown.view.currentIndex()
    assert chosen == [rows[38].key]
    assert (shown.model.key_at(at.row()), at.column()) == (rows[38].key, RATE)
    assert shown.model.key_at(shown.view.rowAt(0)) == top
