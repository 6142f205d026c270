"""Deposits and withdrawals are listed with their source, and only the user's own ones can be changed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QMenu, QProgressBar, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.domain import language
from app.domain.language import Language, tr_lazy
from app.domain.value_series import CashFlow, FlowSource
from app.services.export import csv_of
from app.ui.controls.fields import Hint
from app.ui.dialogs.alerts_editor import PickList
from app.ui.dialogs.past import BalancesDialog, FlowsDialog, day_of
from app.ui.format import SHOWN, Formatter
from app.ui.table.view import FigureView
from app.ui.theme import Theme
from tests.fakes import START

TODAY = START.date()
DAY = timedelta(days=1)
ACCOUNTS = {"irp": "한투 IRP", "kiwoom": "키움 위탁"}

REPORTED = CashFlow("kiwoom", TODAY - 9 * DAY, Decimal(3_000_000), FlowSource.REPORTED)
TYPED = CashFlow("irp", TODAY - 4 * DAY, Decimal(-250_000), FlowSource.TYPED)
INFERRED = CashFlow("irp", TODAY - DAY, Decimal(120_000), FlowSource.INFERRED)


class Flows:
    """The dialog with these entries, and what it asks for."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.parent = QWidget()
        qtbot.addWidget(self.parent)
        self.dialog = FlowsDialog(theme, self.parent)
        self.changes: list[tuple[CashFlow | None, CashFlow | None]] = []
        self.dismissed: list[CashFlow] = []
        self.dialog.changed.connect(lambda made, before: self.changes.append((made, before)))
        self.dialog.dismissed.connect(self.dismissed.append)
        self.show(REPORTED, TYPED, INFERRED)
        self.dialog.show()

    def show(self, *flows: CashFlow, formatter: Formatter = SHOWN) -> None:
        self.dialog.show_flows(flows, ACCOUNTS, TODAY, formatter)

    @property
    def rows(self) -> list[list[str]]:
        model = self.dialog.findChild(FigureView).model()
        columns = range(model.columnCount())
        return [[model.data(model.index(row, at)) for at in columns] for row in range(model.rowCount())]

    def choose(self, row: int) -> None:
        view = self.dialog.findChild(FigureView)
        flags = QItemSelectionModel.SelectionFlag
        view.selectionModel().select(view.model().index(row, 0), flags.ClearAndSelect | flags.Rows)

    def button(self, text: str) -> QPushButton:
        return next(each for each in self.dialog.findChildren(QPushButton) if each.text() == text)

    def press(self, text: str) -> None:
        QTest.mouseClick(self.button(text), Qt.MouseButton.LeftButton)

    @property
    def enabled(self) -> set[str]:
        names = ("수정", "삭제", "입금이 맞음", "배당·이자 등")
        return {name for name in names if self.button(name).isVisible() and self.button(name).isEnabled()}

    def field(self, name: str) -> QLineEdit:
        return next(each for each in self.dialog.findChildren(QLineEdit) if each.accessibleName() == name)

    def type(self, *, day: str | None = None, amount: str | None = None) -> None:
        for name, text in (("날짜", day), ("금액", amount)):
            if text is not None:
                self.field(name).selectAll()
                self.field(name).insert(text)

    @property
    def hint(self) -> str:
        return self.dialog.findChild(Hint).text


@pytest.fixture
def flows(qtbot: QtBot, theme: Theme) -> Iterator[Flows]:
    made = Flows(qtbot, theme)
    yield made
    for dialog in made.parent.findChildren(FlowsDialog):
        dialog.discard()


def test_the_newest_comes_first_with_its_account_amount_and_source(flows: Flows):
    assert flows.rows == [
        ["한투 IRP", "2026-11-19", "+120,000", "추정"],
        ["한투 IRP", "2026-11-16", "−250,000", "직접 입력"],
        ["키움 위탁", "2026-11-11", "+3,000,000", "증권사 제공"],
    ]


def test_hidden_amounts_stay_hidden_also_when_an_entry_is_edited(flows: Flows):
    flows.show(REPORTED, TYPED, INFERRED, formatter=Formatter(is_masked=True))

    assert all("0" not in row[2] for row in flows.rows)
    flows.choose(1)
    flows.press("수정")
    assert flows.field("금액").text() == ""


def test_only_the_users_own_entries_can_be_changed_and_only_estimates_confirmed(flows: Flows):
    offered: list[set[str]] = []
    for row in range(3):
        flows.choose(row)
        offered.append(flows.enabled)
    assert offered == [{"입금이 맞음", "배당·이자 등"}, {"수정", "삭제"}, set()]

    flows.show(REPORTED)
    assert not flows.button("입금이 맞음").isVisible()


def test_an_entry_is_added(flows: Flows):
    flows.type(day="2026.11.02", amount="1,500,000원")
    flows.press("추가")

    assert flows.changes == [(CashFlow("irp", date(2026, 11, 2), Decimal(1_500_000), FlowSource.TYPED), None)]
    assert flows.field("금액").text() == ""


def test_enter_in_the_amount_adds_a_withdrawal(flows: Flows):
    flows.dialog._side.setCurrentIndex(1)  # pyright: ignore
    flows.dialog._account.setCurrentIndex(1)  # pyright: ignore
    flows.type(day="20261103", amount="70000")
    QTest.keyClick(flows.field("금액"), Qt.Key.Key_Return)

    assert flows.changes == [
        (CashFlow("kiwoom", date(2026, 11, 3), Decimal(-70_000), FlowSource.TYPED), None)
    ]


@pytest.mark.parametrize(
    ("day", "amount", "said"),
    [
        ("2026-11-21", "1", "오늘까지의 날짜"),
        ("2026-02-30", "1", "오늘까지의 날짜"),
        ("", "1", "오늘까지의 날짜"),
        ("2026-11-02", "", "금액을 원 단위로"),
        ("2026-11-02", "0", "금액을 원 단위로"),
        ("2026-11-02", "-5", "금액을 원 단위로"),
        ("2026-11-02", "1.5", "금액을 원 단위로"),
        ("2026-11-02", "1e5", "금액을 원 단위로"),
        ("2026-11-02", "1000000300,000", "금액을 원 단위로"),
        ("2026-11-02", "1,00", "금액을 원 단위로"),
        ("2026-11-02", "１０", "금액을 원 단위로"),
        ("2026-11-02", "12345678901234", "금액을 원 단위로"),
        ("2026-11-16", "1", "이미 입력한 내역"),
    ],
)
def test_an_entry_that_cannot_be_is_not_taken(flows: Flows, day: str, amount: str, said: str):
    flows.field("날짜").clear()
    flows.type(day=day, amount=amount)
    flows.press("추가")

    assert flows.changes == []
    assert said in flows.hint


def test_the_language_changes_around_what_is_typed_and_selected(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    flows.type(amount="70000")
    flows.dialog.close()
    language.use(Language.ENGLISH)
    flows.dialog.retranslate()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    assert flows.dialog.windowTitle() == "Deposits and withdrawals"
    assert [row[3] for row in flows.rows] == ["Estimated", "Entered by you", "Stated by the broker"]
    assert flows.field("Amount").isVisible() and flows.field("Amount").text() == "70000"
    assert flows.button("Delete entry").isEnabled() and flows.button("Save").isVisible()
    language.use(Language.KOREAN)


def test_a_day_that_the_broker_has_confirmed_is_not_entered_again(flows: Flows):
    flows.dialog._account.setCurrentIndex(1)  # pyright: ignore
    flows.type(day="2026-11-11", amount="1")
    flows.press("추가")

    assert flows.changes == []
    assert "증권사가 제공한" in flows.hint


def test_an_entry_until_the_first_known_day_is_taken_and_said_not_to_count(flows: Flows):
    flows.dialog.firsts = {"irp": date(2026, 11, 2), "kiwoom": date(2026, 11, 4)}
    for day, said in (
        ("2026-11-01", "평가금액은 2026-11-02부터"),
        ("2026-11-02", "반영되지 않습니다"),
        ("2026-11-03", ""),
    ):
        flows.type(day=day, amount="70000")
        flows.press("추가")

        assert said in flows.hint and bool(said) is bool(flows.hint)
    assert [made.day.day for made, _ in flows.changes if made is not None] == [1, 2, 3]


def test_an_entry_is_edited_in_the_line_and_replaced(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    assert (flows.field("날짜").text(), flows.field("금액").text()) == ("2026-11-16", "250,000")

    flows.type(amount="260000")
    flows.press("저장")

    changed = CashFlow("irp", TYPED.day, Decimal(-260_000), FlowSource.TYPED)
    assert flows.changes == [(changed, TYPED)]
    assert flows.button("추가").isVisible()


def test_an_edit_is_cancelled(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    flows.press("취소")

    assert flows.field("금액").text() == ""
    assert flows.changes == []
    assert not flows.button("취소").isVisible()


def test_an_entry_is_deleted(flows: Flows):
    flows.choose(1)
    flows.press("삭제")

    assert flows.changes == [(None, TYPED)]


def places(dialog: FlowsDialog) -> list[QRect]:
    QApplication.processEvents()
    kinds = (QLineEdit, QPushButton, FigureView)
    return [
        QRect(each.mapTo(dialog, QPoint()), each.size())
        for kind in kinds
        for each in dialog.findChildren(kind)
        if each.isVisible()
    ]


def test_an_error_moves_nothing(flows: Flows):
    before = places(flows.dialog)
    flows.press("추가")

    assert flows.hint
    assert places(flows.dialog) == before


def test_another_choice_takes_an_error_back(flows: Flows):
    flows.dialog._account.setCurrentIndex(1)  # pyright: ignore
    flows.type(day="2026-11-11", amount="1")
    flows.press("추가")
    assert flows.hint
    flows.dialog._account.setCurrentIndex(0)  # pyright: ignore

    assert not flows.hint


def test_a_deletion_can_be_undone_without_anything_moving(flows: Flows):
    assert not flows.button("실행 취소").isVisible()
    flows.choose(1)
    before = places(flows.dialog)
    flows.press("삭제")
    flows.show(REPORTED, INFERRED)
    assert "2026-11-16" in flows.hint and "삭제" in flows.hint
    flows.press("실행 취소")
    flows.show(REPORTED, TYPED, INFERRED)

    assert flows.changes == [(None, TYPED), (TYPED, None)]
    assert not flows.button("실행 취소").isVisible()
    assert not flows.hint
    assert places(flows.dialog) == before


def test_every_other_change_can_be_undone_too(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    flows.type(amount="260000")
    flows.press("저장")
    flows.press("실행 취소")
    flows.choose(0)
    flows.press("입금이 맞음")
    flows.press("실행 취소")
    flows.choose(0)
    flows.press("배당·이자 등")
    flows.press("실행 취소")

    changed = replace(TYPED, amount=Decimal(-260_000))
    confirmed = replace(INFERRED, source=FlowSource.TYPED)
    assert flows.changes == [
        (changed, TYPED),
        (TYPED, changed),
        (confirmed, INFERRED),
        (INFERRED, confirmed),
        (INFERRED, None),
    ]
    assert flows.dismissed == [INFERRED]


def escape(flows: Flows) -> None:
    QTest.keyClick(flows.field("금액"), Qt.Key.Key_Escape)


@pytest.mark.parametrize("way", ["esc", "close", "button"])
def test_typed_entries_are_not_lost_without_a_question(flows: Flows, way: str):
    flows.type(amount="70000")
    flows.field("금액").setFocus()
    leave = {
        "esc": partial(escape, flows),
        "close": flows.dialog.close,
        "button": lambda: flows.press("닫기"),
    }

    leave[way]()
    assert flows.dialog.isVisible() and not flows.field("금액").isVisible()
    flows.press("계속 입력")
    assert flows.field("금액").isVisible()
    assert flows.field("금액").text() == "70000"

    leave[way]()
    flows.press("저장하지 않고 닫기")
    assert not any(each.isVisible() for each in flows.parent.findChildren(FlowsDialog))
    assert flows.changes == []


def test_esc_takes_the_question_back(flows: Flows):
    flows.type(amount="70000")
    escape(flows)
    QTest.keyClick(flows.button("계속 입력"), Qt.Key.Key_Escape)

    assert flows.field("금액").isVisible()


def test_without_a_change_it_closes_at_once(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    flows.type(amount="260000")
    flows.press("저장")
    flows.choose(1)
    flows.press("수정")
    escape(flows)

    assert not flows.dialog.isVisible()


def test_hiding_the_amounts_loses_no_typed_entry(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    flows.type(amount="260000")
    flows.show(REPORTED, TYPED, INFERRED, formatter=Formatter(is_masked=True))

    assert flows.field("금액").text() == "260000"


def test_hiding_the_amounts_hides_that_of_an_entry_whose_date_was_changed(flows: Flows):
    flows.choose(1)
    flows.press("수정")
    flows.type(day="2026-11-17")
    flows.show(REPORTED, TYPED, INFERRED, formatter=Formatter(is_masked=True))

    assert flows.field("금액").text() == ""
    assert flows.field("날짜").text() == "2026-11-17"


def test_another_name_of_an_account_keeps_the_one_that_was_chosen(flows: Flows):
    box = flows.dialog.findChildren(PickList)[0]
    box.setCurrentIndex(1)
    flows.type(amount="70000")
    names = {"new": "새 연결", **ACCOUNTS, "irp": "다른 이름"}
    flows.dialog.show_flows((REPORTED,), names, TODAY, SHOWN)

    assert box.currentText() == ACCOUNTS["kiwoom"]
    assert flows.field("금액").text() == "70000"


def test_an_edit_of_another_entry_replaces_no_typed_one_without_a_question(flows: Flows):
    flows.type(amount="70000")
    flows.choose(1)
    flows.press("수정")
    assert not flows.field("금액").isVisible()
    flows.press("계속 입력")
    assert flows.field("금액").text() == "70000"

    flows.press("수정")
    flows.press("입력한 내용 버리기")
    assert flows.field("금액").isVisible() and flows.field("금액").text() == "250,000"


def test_the_delete_key_and_the_menu_of_a_row_do_what_the_buttons_do(flows: Flows):
    view = flows.dialog.findChild(FigureView)
    flows.choose(2)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert flows.changes == []

    flows.choose(1)
    view.menu_asked.emit(QPoint())
    (menu,) = view.findChildren(QMenu)
    assert [each.text() for each in menu.actions()[:2]] == ["수정", "삭제"]
    menu.close()
    flows.dialog.activateWindow()
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert flows.changes == [(None, TYPED)]


def test_an_estimate_is_confirmed_or_refused(flows: Flows):
    flows.choose(0)
    flows.press("입금이 맞음")
    flows.press("배당·이자 등")

    confirmed = CashFlow("irp", INFERRED.day, INFERRED.amount, FlowSource.TYPED)
    assert flows.changes == [(confirmed, INFERRED)]
    assert flows.dismissed == [INFERRED]


def test_an_estimated_withdrawal_is_confirmed_or_refused(flows: Flows):
    out = replace(INFERRED, amount=Decimal(-70_000))
    flows.show(REPORTED, TYPED, out)
    flows.choose(0)
    flows.press("출금이 맞음")
    flows.press("출금이 아님")

    assert flows.changes == [(replace(out, source=FlowSource.TYPED), out)]
    assert flows.dismissed == [out]


def test_a_confirmed_estimate_is_added_to_the_entry_of_its_day(flows: Flows):
    other = replace(TYPED, connection="kiwoom", day=INFERRED.day)
    same = replace(TYPED, day=INFERRED.day, amount=Decimal(180_000))
    flows.show(REPORTED, TYPED, other, same, INFERRED)
    flows.choose(0)
    flows.press("입금이 맞음")

    assert flows.changes == [(replace(same, amount=Decimal(300_000)), INFERRED)]
    assert not flows.button("실행 취소").isVisible()  # it would lose the other entry


def test_an_estimate_that_is_asked_about_is_selected_once_it_is_shown(flows: Flows):
    flows.show(REPORTED, TYPED)
    flows.dialog.choose(INFERRED)
    assert not flows.button("입금이 맞음").isVisible()

    flows.show(REPORTED, TYPED, INFERRED)
    assert flows.button("입금이 맞음").isEnabled()
    flows.choose(1)
    flows.show(REPORTED, TYPED, INFERRED)
    assert not flows.button("입금이 맞음").isEnabled()

    flows.dialog.choose(INFERRED)
    assert flows.button("배당·이자 등").isEnabled()


def test_it_says_what_could_not_be_estimated(flows: Flows):
    problem = "한투 IRP: 2026-11-20 입출금을 추정할 수 없습니다."
    flows.dialog.show_flows([TYPED], ACCOUNTS, TODAY, SHOWN, [problem])

    assert any(each.text().endswith(problem) for each in flows.dialog.findChildren(QLabel))


def test_without_entries_it_says_so(flows: Flows):
    flows.show()

    labels = [each.text() for each in flows.dialog.findChildren(QLabel) if each.isVisible()]
    assert "입출금 내역이 없습니다." in labels


def test_the_list_can_be_saved_as_a_table(flows: Flows):
    text = csv_of(flows.dialog.sheet(START)).decode("utf-8-sig")

    assert "입출금 · 2026-11-20 10:15:29" in text
    assert "3000000" in text


@pytest.fixture
def english() -> Iterator[None]:
    language.use(Language.ENGLISH)
    yield
    language.use(Language.KOREAN)


@pytest.mark.usefixtures("english")
def test_it_is_in_english(request: pytest.FixtureRequest):
    flows: Flows = request.getfixturevalue("flows")

    assert [row[3] for row in flows.rows] == ["Estimated", "Entered by you", "Stated by the broker"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-11-30", date(2026, 11, 30)),
        (" 2026. 1. 3. ", date(2026, 1, 3)),
        ("20261130", date(2026, 11, 30)),
        ("2026/13/01", None),
        ("26-11-30", None),
        ("2026-11-30x1", None),
        ("", None),
    ],
)
def test_a_date_is_read_in_the_ways_people_type_it(text: str, found: date | None):
    assert day_of(text) == found


# Past holdings.


class Balances:
    """The dialog for past holdings, and what it asks for."""

    def __init__(self, qtbot: QtBot, theme: Theme) -> None:
        self.parent = QWidget()
        qtbot.addWidget(self.parent)
        self.dialog = BalancesDialog(theme, self.parent)
        self.asked: list[str] = []
        self.dialog.started.connect(lambda: self.asked.append("start"))
        self.dialog.stopped.connect(lambda: self.asked.append("stop"))
        self.dialog.show()

    @property
    def button(self) -> QPushButton:
        return self.dialog.findChildren(QPushButton)[0]

    @property
    def bar(self) -> QProgressBar:
        return self.dialog.findChild(QProgressBar)

    @property
    def texts(self) -> str:
        return f"{self.dialog._text.text()} {self.dialog._place.text()}"  # pyright: ignore


@pytest.fixture
def balances(qtbot: QtBot, theme: Theme) -> Iterator[Balances]:
    made = Balances(qtbot, theme)
    yield made
    made.dialog.close()


def test_it_says_how_long_it_takes_before_it_begins(balances: Balances):
    assert not balances.button.isEnabled()
    balances.dialog.offer(1_234, 1_357.4)

    assert "거래일 1,234일 · 약 23분" in balances.texts
    QTest.keyClick(balances.dialog, Qt.Key.Key_Return)
    assert balances.asked == ["start"]


def test_progress_names_the_day_and_what_is_left_and_can_be_stopped(balances: Balances):
    balances.dialog.offer(200, 220)
    balances.dialog.show_progress(50, 200, date(2026, 3, 4), "키움 위탁", 165)

    assert (balances.bar.value(), balances.bar.maximum()) == (50, 200)
    assert "키움 위탁 · 2026-03-04 · 200일 중 50일 · 약 3분 남음" in balances.texts
    assert balances.button.text() == "중단"
    QTest.mouseClick(balances.button, Qt.MouseButton.LeftButton)
    assert balances.asked == ["stop"]

    balances.dialog.show_end("중단했습니다.", can_go_on=True)
    assert balances.button.text() == "가져오기"
    assert "중단했습니다." in balances.texts


def test_where_all_is_stored_there_is_nothing_to_start(balances: Balances):
    balances.dialog.offer(0, 0)

    assert not balances.button.isEnabled()
    assert "모두 저장했습니다" in balances.texts


def test_every_state_follows_the_language(balances: Balances):
    def both() -> tuple[str, str]:
        korean = balances.texts
        language.use(Language.ENGLISH)
        balances.dialog.retranslate()
        english = balances.texts
        language.use(Language.KOREAN)
        balances.dialog.retranslate()
        assert balances.texts == korean
        return korean, english

    balances.dialog.offer(200, 220)
    assert "200 trading days · about 4 minutes" in both()[1]
    balances.dialog.show_progress(50, 200, date(2026, 3, 4), "키움 위탁", 165)
    assert "키움 위탁 · 2026-03-04 · 50 of 200 · about 3 minutes left" in both()[1]
    balances.dialog.show_end(tr_lazy("Stopped. The days read so far are stored."), can_go_on=True)
    assert "Stopped. The days read so far are stored." in both()[1]
    assert balances.button.isEnabled()
    balances.dialog.offer(0, 0)
    assert "All past holdings that the broker provides are stored." in both()[1]
