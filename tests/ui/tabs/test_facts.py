"""The card with every field of an answer: the account's, or those of the chosen row."""

from datetime import date
from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from app.domain.holdings import Fact
from app.ui.format import HIDDEN, MASK, SHOWN
from app.ui.plain import Label
from app.ui.tabs.facts import FactsCard
from app.ui.theme import Mode, Theme
from tests.ui.painted import painted, words

ACCOUNT = (
    Fact("dnca_tot_amt", "예수금총금액", Decimal("4812305")),
    Fact("pftrt", "수익률", Decimal("-9.1100")),
    Fact("bass_dt", "기준일자", date(2026, 11, 20)),
    Fact("memo", "비고", None),
    Fact("zero", "없는 금액", Decimal(0)),
)
ROW = (Fact("pdno", "상품번호", "005930"), Fact("hldg_qty", "보유수량", Decimal(253)))


@pytest.fixture
def card(qtbot: QtBot, theme: Theme) -> FactsCard:
    """An open card."""
    made = FactsCard(theme, is_open=True)
    qtbot.addWidget(made)
    made.resize(860, 240)
    made.show()
    qtbot.waitExposed(made)
    return made


def button(card: FactsCard, name: str) -> QToolButton:
    return next(each for each in card.findChildren(QToolButton) if each.accessibleName() == name)


def click(qtbot: QtBot, card: FactsCard, name: str) -> None:
    qtbot.mouseClick(button(card, name), Qt.MouseButton.LeftButton)
    QApplication.processEvents()


def read(card: FactsCard) -> list[str]:
    """All that can be read, once laid out."""
    QApplication.processEvents()
    return words(card)


def test_each_field_has_the_brokers_label_and_the_figure_as_sent(card):
    card.show_account(ACCOUNT, SHOWN)

    assert read(card)[:2] == ["계좌 요약", "항목 5개 · 증권사 항목명"]
    assert read(card)[-10:] == [
        *("예수금총금액", "4,812,305"),
        *("수익률", "−9.11%"),
        *("기준일자", "2026-11-20"),
        *("비고", "—"),
        *("없는 금액", "0"),
    ]


def test_a_tooltip_names_the_field_on_the_wire(card):
    card.show_account(ACCOUNT, SHOWN)

    tips = {child.toolTip() for child in card.findChildren(object) if hasattr(child, "toolTip")}
    assert "예수금총금액 (dnca_tot_amt)" in tips


def test_fields_stand_in_as_many_columns_as_fit(card):
    card.show_account(ACCOUNT, SHOWN)

    def columns() -> int:
        QApplication.processEvents()
        labels = {fact.label for fact in ACCOUNT}
        return len({round(each.x) for each in painted(card) if each.text in labels})

    assert columns() == 4
    card.resize(500, 240)
    assert columns() == 2
    card.resize(240, 400)
    assert columns() == 1


def test_the_chosen_rows_fields_are_offered_and_shown(qtbot: QtBot, card):
    card.show_account(ACCOUNT, SHOWN)
    assert not button(card, "선택한 종목 보기").isVisible()
    card.show_row("삼성전자", ROW)
    assert "예수금총금액" in read(card)

    click(qtbot, card, "선택한 종목 보기")
    assert read(card)[0] == "삼성전자"
    assert read(card)[-4:] == ["상품번호", "005930", "보유수량", "253"]
    click(qtbot, card, "선택한 종목 보기")

    assert read(card)[0] == "계좌 요약"


def test_another_row_replaces_the_one_before_and_none_brings_the_account_back(qtbot: QtBot, card):
    card.show_account(ACCOUNT, SHOWN)
    card.show_row("삼성전자", ROW)
    click(qtbot, card, "선택한 종목 보기")

    card.show_row("NAVER", ROW[:1])
    assert read(card)[0] == "NAVER"
    assert "보유수량" not in read(card)
    card.show_row("", ())

    assert read(card)[0] == "계좌 요약"
    assert not button(card, "선택한 종목 보기").isVisible()


def test_where_the_account_has_no_fields_it_waits_for_a_row(card):
    card.show_account((), SHOWN)
    assert read(card)[:2] == ["종목 상세", "표에서 행을 선택하면 증권사가 보낸 모든 항목이 표시됩니다"]

    card.show_row("국고채", ROW)
    assert read(card)[0] == "국고채"
    card.show_row("", ())

    assert read(card)[0] == "종목 상세"


def test_it_folds_to_its_title_and_opens_again(qtbot: QtBot, card):
    reported: list[bool] = []
    card.folded.connect(reported.append)
    card.show_account(ACCOUNT, SHOWN)

    click(qtbot, card, "펼치기/접기")
    assert (card.is_open, card.maximumHeight(), read(card)) == (
        False,
        42,
        ["계좌 요약", "항목 5개 · 증권사 항목명"],
    )
    click(qtbot, card, "펼치기/접기")

    assert card.is_open
    assert "예수금총금액" in read(card)
    assert reported == [True, False]


def test_choosing_the_row_opens_a_folded_card(qtbot: QtBot, card):
    card.show_account(ACCOUNT, SHOWN)
    card.set_open(False)
    card.show_row("삼성전자", ROW)

    click(qtbot, card, "선택한 종목 보기")

    assert card.is_open
    assert "보유수량" in read(card)


def test_a_label_too_long_is_cut_and_the_figure_never(card):
    card.resize(240, 300)
    card.show_account((Fact("x", "아주 아주 아주 아주 아주 긴 이름의 금액 항목", Decimal(123456789)),), SHOWN)

    label, figure = read(card)[-2:]
    assert label.endswith("…")
    assert figure == "123,456,789"


def test_unknown_and_zero_are_quiet(card, theme):
    card.show_account(ACCOUNT, SHOWN)
    QApplication.processEvents()

    color_of = {each.text: each.color for each in painted(card)}
    assert color_of["4,812,305"] == theme.colors.text.name()
    assert color_of["—"] == color_of["0"] == theme.colors.text3.name()
    theme.use(Mode.DARK)
    assert {each.text: each.color for each in painted(card)}["4,812,305"] == theme.colors.text.name()


def test_outdated_figures_are_grey_until_they_are_current_again(card, theme):
    def color() -> str:
        return {each.text: each.color for each in painted(card)}["4,812,305"]

    card.show_account(ACCOUNT, SHOWN)
    card.set_stale(True)
    assert color() == theme.colors.text3.name()
    card.show_account((*ACCOUNT, *ROW), SHOWN)
    assert color() == theme.colors.text3.name()
    card.set_stale(False)
    assert color() == theme.colors.text.name()


def test_names_from_a_broker_are_plain_text(card):
    card.show_account((), SHOWN)
    card.show_row("<b>굵게</b>", (Fact("x", "<i>이름</i>", "<u>값</u>"),))

    assert {"<b>굵게</b>", "<i>이름</i>", "<u>값</u>"} <= set(read(card))


def test_dots_in_place_of_a_zero_look_like_those_of_any_amount(card):
    facts = (Fact("a", "영", Decimal(0)), Fact("b", "칠", Decimal(7)), Fact("c", "모름", None))
    card.show_account(facts, SHOWN)

    def colors() -> list[QColor]:
        shown = [each for each in card.findChildren(Label) if each.text() in ("0", "7", MASK)]
        return [each.palette().color(QPalette.ColorRole.WindowText) for each in shown]

    assert len(set(map(QColor.name, colors()))) == 2
    card.show_account(facts, HIDDEN)
    assert len(colors()) == 2
    assert len(set(map(QColor.name, colors()))) == 1
