"""Messages over the charts: they move nothing, take no focus, wait for the user and leave by themselves."""

import itertools
from collections.abc import Iterator
from decimal import Decimal

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtWidgets import QApplication, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain.language import Language, LazyText, tr_lazy, use
from app.ui.format import HIDDEN, SHOWN
from app.ui.tabs.body import ChartPlace
from app.ui.tabs.holding_panel import HoldingPanel
from app.ui.theme import Mode, Theme
from app.ui.window.toasts import MOST, MOST_LINES, SHOWN_MS, Toast, Toasts, wrapped
from tests.fakes import FakeClock
from tests.ui.answers import ALL, POSITIONS, Answers
from tests.ui.opened import Opened
from tests.ui.painted import colors, words

LONG = "아주 긴 알림입니다. 파일을 저장한 폴더의 이름까지 적혀 있어서 세 줄에 다 들어가지 않습니다. " * 4


@pytest.fixture
def opened(qtbot: QtBot, theme: Theme, clock: FakeClock, answers: Answers) -> Iterator[Opened]:
    """The window with all its data, on the live holdings."""
    made = Opened(qtbot, theme, clock, answers)
    made.open(height=800)
    made.load(*ALL)
    made.choose(POSITIONS)
    made.window.build_charts()
    made.settle()
    yield made
    made.window.close()


@pytest.fixture
def alone(qtbot: QtBot, theme: Theme) -> tuple[QWidget, Toasts]:
    """A window with nothing but messages that last a hundredth of a second."""
    window = QWidget()
    window.resize(960, 600)
    qtbot.addWidget(window)
    with qtbot.waitExposed(window):
        window.show()
    return window, Toasts(theme, window, lasting_ms=10)


def shown(window: QWidget) -> list[Toast]:
    """The messages that can be seen, from top to bottom."""
    found = [each for each in window.findChildren(Toast) if each.isVisible()]
    return sorted(found, key=lambda each: each.y())


def texts(window: QWidget) -> list[str]:
    """What they say, from top to bottom."""
    return [each.text for each in shown(window)]


def place(widget: QWidget) -> QRect:
    """Where a widget is in its window."""
    return QRect(widget.mapTo(widget.window(), QPoint(0, 0)), widget.size())


def hover(toast: Toast, is_over: bool) -> None:
    """The mouse comes over a message, or goes."""
    at = QPointF(5, 5)
    event = QEnterEvent(at, at, at) if is_over else QEvent(QEvent.Type.Leave)
    QCoreApplication.sendEvent(toast, event)


def close_button(toast: Toast) -> QToolButton:
    """The button that closes a message."""
    return next(each for each in toast.findChildren(QToolButton) if each.accessibleName() == "알림 닫기")


def everything(opened: Opened) -> dict[str, QRect]:
    """Where each widget below the top bar, and each row, is."""
    window, rows = opened.window, opened.rows
    found = {
        f"{type(each).__name__} {at}": place(each)
        for at, each in enumerate(window.findChildren(QWidget))
        if each.isVisible() and not isinstance(each, Toast) and not isinstance(each.parent(), Toast)
    }
    for row in range(opened.model.rowCount()):
        found[f"row {row}"] = rows.visualRect(opened.model.index(row, 0))
    return found


def test_a_message_moves_no_other_widget_and_no_row(opened):
    before = everything(opened)

    opened.window.show_toast(lambda: "보고서를 저장했습니다.")
    opened.settle()

    assert texts(opened.window) == ["보고서를 저장했습니다."]
    assert set(everything(opened).values()) == set(before.values())


def test_what_could_not_be_done_in_a_chart_is_said_without_moving_anything(opened):
    assert opened.window.page is not None
    before = everything(opened)

    opened.window.page.failed.emit(tr_lazy("The image could not be saved: {reason}", reason="가득 참"))
    opened.settle()

    (toast,) = shown(opened.window)
    assert toast.is_problem
    assert set(everything(opened).values()) == set(before.values())


def test_a_message_lies_over_the_charts_and_never_over_the_table(opened):
    for number in range(MOST):
        opened.window.show_toast(lambda number=number: f"{number} {LONG}", [(tr_lazy("Close"), lambda: None)])
    opened.settle()

    (charts,) = opened.seen(ChartPlace)
    assert len(shown(opened.window)) == MOST
    for toast in shown(opened.window):
        assert place(charts).contains(toast.geometry())
        assert not toast.geometry().intersects(place(opened.table))


@pytest.mark.parametrize("size", [(960, 600), (1100, 720)])
def test_a_message_lies_over_the_panel_of_a_row_as_over_the_charts(qtbot, opened, size):
    opened.window.resize(*size)
    opened.rows.setCurrentIndex(opened.model.index(1, 0))
    qtbot.keyClick(opened.rows, Qt.Key.Key_Return)
    opened.settle()
    (panel,) = opened.seen(HoldingPanel)
    opened.window.show_toast(lambda: LONG)
    opened.settle()

    (toast,) = shown(opened.window)
    assert place(panel).contains(toast.geometry())


@pytest.mark.parametrize("size", [(960, 600), (1024, 700), (1600, 900)])
def test_messages_follow_the_window_and_the_charts(opened, size):
    opened.window.show_toast(lambda: LONG)
    opened.window.resize(*size)
    opened.settle()

    (charts,), (toast,) = opened.seen(ChartPlace), shown(opened.window)
    assert place(charts).contains(toast.geometry())
    assert toast.geometry().bottom() < place(opened.window.status).top()


def test_a_click_on_any_row_beside_messages_chooses_that_row(opened):
    for number in range(MOST):
        opened.window.show_toast(lambda number=number: f"{number} {LONG}")
    opened.settle()
    viewport, row = opened.rows.viewport(), opened.rows.rowHeight(0)
    right = viewport.width() - 2  # as near to the messages as a row goes
    for at in range(viewport.height() // row):
        point = QPoint(right, at * row + row // 2)
        assert opened.window.childAt(viewport.mapTo(opened.window, point)) is viewport
        opened.click(viewport, point)

        assert opened.selected == [opened.keys[at]]


def test_a_message_takes_no_focus_when_it_comes_and_none_by_a_click(opened):
    opened.rows.setFocus()
    done: list[str] = []

    opened.window.show_toast(lambda: "하나", [(tr_lazy("Close"), lambda: done.append("열기"))])
    opened.settle()
    assert QApplication.focusWidget() is opened.rows
    (button,) = [each for each in shown(opened.window)[0].findChildren(QToolButton) if each.text()]
    opened.click(button)

    assert done == ["열기"]
    assert texts(opened.window) == []
    assert QApplication.focusWidget() is opened.rows


def test_f6_reaches_a_message_and_escape_closes_it_and_goes_back_to_the_table(opened):
    opened.rows.setFocus()
    opened.window.show_toast(lambda: "하나")
    opened.settle()

    for _ in range(20):
        opened.press(Qt.Key.Key_F6)
        if shown(opened.window)[0].has_focus:
            break
    assert shown(opened.window)[0].has_focus
    opened.qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    opened.settle()

    assert texts(opened.window) == []
    assert QApplication.focusWidget() is opened.rows


def test_a_message_leaves_by_itself(qtbot, alone):
    window, toasts = alone

    toasts.show_toast(lambda: "하나")

    qtbot.waitUntil(lambda: texts(window) == [])
    assert SHOWN_MS == 6_000


@pytest.mark.parametrize("how", ["stays", "is_problem"])
def test_what_failed_and_what_stays_waits_for_the_user(qtbot, alone, how):
    window, toasts = alone

    toasts.show_toast(lambda: "하나", **{how: True})

    (toast,) = shown(window)
    assert not toast.timer.isActive()
    qtbot.mouseClick(close_button(toast), Qt.MouseButton.LeftButton)
    assert texts(window) == []


def test_no_message_leaves_while_the_mouse_is_over_one(qtbot, theme, alone):
    window, _ = alone
    toasts = Toasts(theme, window)
    toasts.show_toast(lambda: "하나")
    toasts.show_toast(lambda: "둘")
    second, first = shown(window)

    hover(first, True)
    assert not first.timer.isActive() and not second.timer.isActive()
    hover(first, False)

    assert first.timer.isActive() and second.timer.isActive()


def test_nothing_moves_under_the_mouse_while_messages_come(theme, alone):
    window, _ = alone
    toasts = Toasts(theme, window)
    for text in ("하나", "둘", "셋"):
        toasts.show_toast(lambda text=text: text)
    second = shown(window)[1]
    hover(second, True)
    before = second.geometry()

    toasts.show_toast(lambda: "넷")

    assert texts(window) == ["넷", "셋", "둘"]
    assert second.geometry() == before
    hover(second, False)
    assert second.geometry().bottom() == window.height() - 13


def test_at_most_three_are_shown_and_the_oldest_leaves(theme, alone):
    window, _ = alone
    toasts = Toasts(theme, window)

    for text in ("하나", "둘", "셋", "넷"):
        toasts.show_toast(lambda text=text: text)

    assert texts(window) == ["넷", "셋", "둘"]
    rects = [each.geometry() for each in shown(window)]
    assert all(upper.bottom() < lower.top() for upper, lower in itertools.pairwise(rects))


def test_what_stays_is_not_driven_out_by_what_leaves_by_itself(theme, alone):
    window, _ = alone
    toasts = Toasts(theme, window)
    toasts.show_toast(lambda: "알림", stays=True)

    for text in ("하나", "둘", "셋", "넷"):
        toasts.show_toast(lambda text=text: text)

    assert texts(window) == ["넷", "셋", "알림"]


def test_the_same_text_is_shown_once(theme, alone):
    window, _ = alone
    toasts = Toasts(theme, window)

    toasts.show_toast(lambda: "하나")
    toasts.show_toast(lambda: "하나")

    assert texts(window) == ["하나"]


def test_a_long_text_has_at_most_three_lines_and_all_of_it_as_its_tooltip(theme, alone):
    window, _ = alone
    Toasts(theme, window).show_toast(lambda: LONG)
    (toast,) = shown(window)

    written = words(toast)
    assert len(written) == MOST_LINES and written[-1].endswith("…")
    assert toast.accessibleName() == LONG
    assert any(each.toolTip() == LONG for each in toast.findChildren(QWidget))
    assert toast.height() < 100


def test_words_are_never_lost_where_a_line_ends(qapp):
    text = "삼성전자 3주를 125,400원에 샀습니다 & <b>메모</b> 없음"

    lines = wrapped(text, 130)

    assert len(lines) > 1
    assert " ".join(lines) == text


def test_no_line_of_a_message_ends_with_the_mark_between_two_facts(qapp):
    lines = wrapped("삼성전자 매도 53주 · 99,900원 · 보유 200주 · 10:18:32", 300)

    assert lines == ["삼성전자 매도 53주 · 99,900원 · 보유 200주", "10:18:32"]


def test_a_line_ends_between_two_facts_and_not_within_one(qapp):
    said = "KB금융 매수 7주 · 125,400원 · 보유 106주 · 10:15:32"

    assert wrapped(said, 210) == ["KB금융 매수 7주 · 125,400원", "보유 106주 · 10:15:32"]


def test_a_fact_that_is_longer_than_a_line_ends_where_a_word_does(qapp):
    lines = wrapped("삼성 레버리지 WTI원유 선물 ETN 매수 7주 · 1,363원", 130)

    assert len(lines) > 2
    assert lines[0] == "삼성 레버리지 WTI원유"


def test_a_message_that_can_be_read_whole_has_no_tooltip(theme, alone):
    window, _ = alone
    said = "삼성전자 매도 53주 · 99,900원 · 보유 200주 · 10:18:32"
    Toasts(theme, window).show_toast(lambda: said)
    (toast,) = shown(window)

    assert not any(each.toolTip() == said for each in toast.findChildren(QWidget))


def test_amounts_are_hidden_in_a_message_that_can_be_seen(opened):
    formatters = [SHOWN]
    opened.window.show_toast(lambda: f"실현손익 {formatters[0].amount(Decimal(12345))}")
    assert "12,345" in texts(opened.window)[0]

    formatters[0] = HIDDEN
    opened.presenter.show_masked(HIDDEN)

    assert "12,345" not in texts(opened.window)[0]
    assert not any("12,345" in each for each in opened.words)


def test_a_message_follows_the_language(opened):
    saved: LazyText = tr_lazy("The report was saved to {name}.", name="a.pdf")
    opened.window.show_toast(saved, [(tr_lazy("Close"), lambda: None)])

    use(Language.ENGLISH)
    opened.presenter.show_again()
    opened.settle()

    (toast,) = shown(opened.window)
    assert toast.text == "The report was saved to a.pdf."
    assert "Close" in words(toast)


def test_a_message_is_neutral_in_both_themes(opened, theme):
    opened.window.show_toast(lambda: "하나")
    (toast,) = shown(opened.window)

    for mode in (Mode.LIGHT, Mode.DARK):
        theme.use(mode)
        assert theme.colors.surface.name() in colors(toast)
        assert theme.colors.warnSoft.name() not in colors(toast)


def test_messages_outlive_the_page_that_they_lie_over(opened):
    opened.window.show_toast(lambda: "하나", stays=True)

    opened.presenter.show_welcome()
    opened.settle()

    assert texts(opened.window) == ["하나"]


def test_a_closed_window_has_no_messages_and_is_followed_by_none(opened: Opened) -> None:
    opened.window.show_toast(tr_lazy("Saved"), stays=True)
    toasts = opened.window._toasts
    assert toasts is not None
    assert len(toasts.shown) == 1

    opened.window.close()

    assert not toasts.shown
    arranged: list[object] = []
    toasts._arrange = lambda *_: arranged.append(None)
    opened.window.resize(1000, 700)
    QCoreApplication.sendEvent(opened.window, QEvent(QEvent.Type.Hide))
    assert arranged == []
