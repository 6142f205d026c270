"""What a check has found, in sentences."""

from decimal import Decimal

import pytest

from app.brokers.kis.codes import refusal
from app.domain.errors import AppError, NeedsUser, NotReachable
from app.domain.holdings import Report
from app.ui.controls.parts import StatusText
from app.ui.dialogs.connection import failure_text, success_text
from app.ui.format import SHOWN
from tests.fakes import (
    asset_mix_report,
    bond_lot,
    bond_report,
    pension_report,
    position,
    positions_report,
)


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (pension_report(), "탭 1종목, 1,100,000원을 조회했습니다 (0.8초)"),
        (pension_report(value=None), "탭 1종목을 조회했습니다 (0.8초)"),
        (positions_report(position("1"), position("2")), "탭 2종목, 1,396,820원을 조회했습니다 (0.8초)"),
        (positions_report(), "탭 0종목, 0원을 조회했습니다 (0.8초)"),
        (
            positions_report(position("1", quantity=Decimal(0), value=Decimal(0))),
            "탭 0종목, 0원을 조회했습니다 (0.8초)",
        ),
        (
            asset_mix_report(Decimal(1), Decimal(2), total=Decimal(3)),
            "탭 자산군 2개, 3원을 조회했습니다 (0.8초)",
        ),
        (bond_report(), "탭 0종목을 조회했습니다 (0.8초)"),
        (
            bond_report(bond_lot(), bond_lot(purchase_sequence="2")),
            "탭 1종목 2건, 매수금액 1,997,040원을 조회했습니다 (0.8초)",
        ),
        (
            bond_report(bond_lot(), bond_lot(code="x", purchase_amount=None)),
            "탭 2종목 2건, 미확인 1건 제외 매수금액 998,520원을 조회했습니다 (0.8초)",
        ),
        (bond_report(bond_lot(purchase_amount=None)), "탭 1종목 1건을 조회했습니다 (0.8초)"),
        (
            bond_report(bond_lot(), bond_lot(code="x", quantity=Decimal(0), purchase_amount=None)),
            "탭 1종목 1건, 매수금액 998,520원을 조회했습니다 (0.8초)",
        ),
    ],
)
def test_what_was_read_is_reported_in_one_sentence(report: Report, text: str):
    assert success_text([("탭", report)], 0.8, SHOWN, has_new_token=False) == StatusText("확인했습니다", text)


def test_several_tabs_are_reported_together_and_a_new_token_below():
    said = success_text(
        [("연금", pension_report()), ("실시간 잔고", positions_report())], 12.34, SHOWN, has_new_token=True
    )

    assert said.text == "연금 1종목, 1,100,000원 · 실시간 잔고 0종목, 0원을 조회했습니다 (12.3초)"
    assert said.note == "접근토큰을 1회 발급받았으며, 만료될 때까지 다시 사용합니다"


@pytest.mark.parametrize(
    ("error", "plain"),
    [
        (
            NeedsUser("유효하지 않은 AppSecret입니다.", code="EGW00105", action="앱시크릿을 다시 넣으세요."),
            "증권사가 조회를 거절했습니다 (EGW00105) · "
            "유효하지 않은 AppSecret입니다. 앱시크릿을 다시 넣으세요.",
        ),
        (
            refusal("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO"),
            "증권사가 조회를 거절했습니다 (OPSQ2000) · 이 앱키의 계좌가 아닙니다. "
            "1. 계좌번호 앞 8자리와 상품코드 2자리를 "
            "한국투자증권 앱에서 확인하세요.\n"
            "2. KIS Developers에서 이 앱키를 신청한 계좌를 확인하세요.\n"
            "3. 다른 계좌라면 이 계좌의 앱키를 발급받아 입력하세요.",
        ),
        (
            NotReachable("연결하지 못했습니다", action="인터넷을 확인하세요."),
            "증권사에 연결할 수 없습니다 · 연결하지 못했습니다. 인터넷을 확인하세요.",
        ),
    ],
)
def test_a_failure_says_what_failed_and_what_to_do(error: AppError, plain: str):
    assert failure_text([], "연금", error).plain == plain


def test_what_was_read_before_the_failure_is_reported():
    said = failure_text(
        [("채권", bond_report())], "자산비중", NotReachable("끊겼습니다.", action="기다리세요.")
    )

    assert said.text == "채권은 조회했지만 자산비중은 조회하지 못했습니다. 끊겼습니다. 기다리세요."


def test_nothing_of_a_sentence_is_taken_for_markup():
    assert StatusText("<b>a", "x & y", "<i>").rich("#123456") == (
        '<span style="font-weight:600; color:#123456">&lt;b&gt;a</span> · x &amp; y<br>&lt;i&gt;'
    )
