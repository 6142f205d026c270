"""What the broker keeps of the days before is read as it is stated: unknown is never zero."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

import pytest

from app.brokers.kiwoom.client import KiwoomSession
from app.domain.connections import Connection, View
from app.domain.errors import NeedsUser, UnexpectedReply
from app.domain.past import DayLedger, Past, PastBalance, PastHolding, PastValue, SpanTotals
from tests.brokers.kiwoom.servers import Answer, Rest, refused
from tests.fakes import START, FakeClock

T = TypeVar("T")

FRIDAY, SATURDAY, SUNDAY = date(2026, 11, 20), date(2026, 11, 21), date(2026, 11, 22)
KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://example")

SPAN = {
    "tot_amt_fr": "00000100000001",
    "tot_amt_to": "00000094517537",
    "invt_bsamt": "00000099000002",
    "evltv_prft": "-00005482466",
    "prft_rt": "-5.54",
    "termin_tot_trns": "000000300003",
    "termin_tot_pymn": "000000200004",
    "termin_tot_inq": "000000010005",
    "termin_tot_outq": "000000000000",
    "return_code": 0,
}
LEDGER = {
    "ina_amt": "000000500001",
    "outa": "--000000400002",
    "inq_amt": "",
    "outq_amt": "000000000000",
    "buy_amt": "000000030003",
    "sell_amt": "000000020004",
    "cmsn": "000000000005",
    "tax": "000000000006",
    "crd_int_amt": "000000000007",
    "dvida_amt": "000000008008",
    "return_code": 0,
}
BALANCE = {
    "dt": "20261120",
    "day_stk_asst": "000001700009",
    "dbst_bal": "000000300001",
    "day_bal_rt": [
        {
            "stk_cd": "A005930",
            "stk_nm": "삼성전자",
            "cur_prc": "-70001",
            "rmnd_qty": "20",
            "buy_uv": "00065002.5",
            "evlt_amt": "1400020",
        },
        {"stk_cd": "", "stk_nm": "", "cur_prc": "", "rmnd_qty": "", "buy_uv": "", "evlt_amt": ""},
    ],
    "return_code": 0,
}


def of_past(rest: Rest, act: Callable[[Past], Awaitable[T]], **options: Any) -> T:
    """What is read from this server."""

    async def run() -> T:
        async with rest.session(**options) as session:
            return await act(_past_of(session))

    return asyncio.run(run())


def asked(rest: Rest) -> list[tuple[str, dict[str, str]]]:
    return [(headers["api-id"], json.loads(body)) for headers, body in rest.requests]


def values(*rows: tuple[str, str], **changes: Any) -> dict[str, Any]:
    listed = [{"dt": day, "entr": "0", "prsm_dpst_aset_amt": value} for day, value in rows]
    return {"daly_prsm_dpst_aset_amt_prst": listed, "return_code": 0, **changes}


def test_the_values_of_a_span_are_read_oldest_first_whatever_their_order_and_padding():
    rest = Rest(
        [
            Answer(
                values(("20261122", "000000530218"), ("20261121", "")),
                headers={"cont-yn": "Y", "next-key": "K2"},
            ),
            Answer(values(("20261120", "--234680"), ("20261119", "7"))),
        ]
    )

    found = of_past(rest, lambda past: past.values(FRIDAY, SUNDAY))

    assert found == [
        PastValue(FRIDAY, Decimal(-234_680)),
        PastValue(SATURDAY, None),
        PastValue(SUNDAY, Decimal(530_218)),
    ]
    assert asked(rest) == [("kt00002", {"start_dt": "20261120", "end_dt": "20261122"})] * 2
    assert [headers["next-key"] for headers, _ in rest.requests] == ["", "K2"]


def test_a_span_without_values_is_empty():
    empty = {"return_code": 20, "return_msg": "[2000](571758:조회내역이없습니다)"}
    for body in (values(), {"return_code": 0}, empty):
        assert of_past(Rest([Answer(body)]), lambda past: past.values(FRIDAY, SUNDAY)) == []


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ([("20261120", "many")], "prsm_dpst_aset_amt"),
        ([("20261120", "+-5")], "prsm_dpst_aset_amt"),
        ([("", "5")], "dt"),
        ([("2026-11-20", "5")], "dt"),
    ],
)
def test_a_value_that_is_none_is_refused_with_the_name_of_its_field(rows: list[tuple[str, str]], place: str):
    with pytest.raises(UnexpectedReply, match=place):
        of_past(Rest([Answer(values(*rows))]), lambda past: past.values(FRIDAY, SUNDAY))


def test_a_day_with_two_values_is_refused():
    with pytest.raises(UnexpectedReply):
        of_past(
            Rest([Answer(values(("20261120", "1"), ("20261120", "2")))]),
            lambda past: past.values(FRIDAY, SUNDAY),
        )


def test_a_continuation_key_that_comes_again_is_refused():
    again = Answer(values(("20261120", "1")), headers={"cont-yn": "Y", "next-key": "K2"})
    rest = Rest([again])

    with pytest.raises(UnexpectedReply):
        of_past(rest, lambda past: past.values(FRIDAY, SUNDAY))
    assert len(rest.requests) == 2


def test_the_sums_of_a_span_are_read():
    rest = Rest([Answer(SPAN)])

    found = of_past(rest, lambda past: past.totals(FRIDAY, SUNDAY))

    assert found == SpanTotals(
        FRIDAY,
        SUNDAY,
        start_value=Decimal(100_000_001),
        end_value=Decimal(94_517_537),
        cash_in=Decimal(300_003),
        cash_out=Decimal(200_004),
        securities_in=Decimal(10_005),
        securities_out=Decimal(0),
        average_capital=Decimal(99_000_002),
        profit=Decimal(-5_482_466),
        profit_rate=Decimal("-5.54"),
    )
    assert found.net_flow == 110_004
    assert asked(rest) == [("kt00016", {"fr_dt": "20261120", "to_dt": "20261122"})]


def test_a_blank_sum_is_unknown_and_leaves_the_net_flow_unknown():
    found = of_past(Rest([Answer({**SPAN, "termin_tot_inq": ""})]), lambda past: past.totals(FRIDAY, SUNDAY))

    assert (found.securities_in, found.net_flow) == (None, None)


@pytest.mark.parametrize(("stated", "number"), [("5012345611", "5012345611"), (" ", None), (None, None)])
def test_the_number_of_the_account_is_read(stated: str | None, number: str | None):
    rest = Rest([Answer({"acctNo": stated, "return_code": 0})])

    assert of_past(rest, lambda past: past.account()) == number
    assert asked(rest) == [("ka00001", {})]


def test_the_movements_of_today_are_read():
    rest = Rest([Answer(LEDGER)])

    found = of_past(rest, lambda past: past.today(), clock=FakeClock().clock)

    assert found == DayLedger(
        START.date(),
        cash_in=Decimal(500_001),
        cash_out=Decimal(400_002),
        securities_in=None,
        securities_out=Decimal(0),
        bought=Decimal(30_003),
        sold=Decimal(20_004),
        fees=Decimal(5),
        taxes=Decimal(6),
        loan_interest=Decimal(7),
        dividends=Decimal(8_008),
    )
    assert asked(rest) == [("kt00017", {})]


def test_the_holdings_of_a_day_are_read_without_blank_rows():
    rest = Rest([Answer(BALANCE)])

    found = of_past(rest, lambda past: past.balance(FRIDAY))

    samsung = PastHolding(
        "005930", "삼성전자", Decimal(20), Decimal(70_001), Decimal("65002.5"), Decimal(1_400_020)
    )
    assert found == PastBalance(FRIDAY, Decimal(1_700_009), Decimal(300_001), (samsung,))
    assert asked(rest) == [("ka01690", {"qry_dt": "20261120"})]


def test_a_day_before_the_account_has_no_holdings():
    body = {"return_code": 20, "return_msg": "[2000](571758:조회내역이없습니다)"}

    found = of_past(Rest([Answer(body)]), lambda past: past.balance(FRIDAY))

    assert found == PastBalance(FRIDAY, None, None, ())


def transaction(day: str, way: str, text: str, amount: str, **more: str) -> dict[str, str]:
    """A row of kt00015, with a name that is never read."""
    made = {"trde_dt": day, "cntr_dt": "", "io_tp_nm": way, "rmrk_nm": text, "exct_amt": amount}
    return {**made, "rcpmnyer": "김철수", "crnc_cd": "KRW", **more}


def test_the_income_and_the_costs_of_a_span_are_read_from_all_pages():
    samsung = {"stk_cd": "A005930", "stk_nm": "삼성전자"}
    pages = [
        [
            transaction("20261120", "매도", "장내매도", "1,000,000", cntr_dt="20261118", cmsn="000000000150",
                        trde_agri_tax="1,800", **samsung),
            transaction("20261120", "매수", "장내매수", "-500000", cntr_dt="20261118", cmsn="-75", **samsung),
            transaction("20261120", "입금", "배당금입금", "8,460", incm_resi_tax="1540", **samsung),
            transaction("20261120", "입금", "현금", "4230", incm_resi_tax="770", **samsung),
        ],
        [
            transaction("20261121", "입금", "예탁금이용료", "1,003", incm_resi_tax="0"),
            transaction("20261121", "출금", "신용이자", "707"),
            transaction("20261121", "출금", "배당세금추징", "31", **samsung),
            transaction("20261121", "입금", "이체입금", "300,000"),
            transaction("20261121", "출금", "이체출금", "20,000"),
            transaction("20261121", "입고", "타사이체입고", "999", **samsung),
            transaction("20261121", "", "배당금", "888", **samsung),  # in or out is not known
            transaction("20261121", "입금", "배당금", "777", crnc_cd="USD", **samsung),
            transaction("20261121", "입금", "배당금", "", **samsung),
            transaction("20261123", "입금", "배당금", "666", **samsung),  # after the span
        ],
    ]  # fmt: skip
    more = {"cont-yn": "Y", "next-key": "2"}
    rest = Rest(
        [
            Answer({"trst_ovrl_trde_prps_array": rows, "return_code": 0}, headers=more if at == 0 else {})
            for at, rows in enumerate(pages)
        ]
    )

    found = of_past(rest, lambda past: past.bookings(FRIDAY, SUNDAY))

    of_trade = date(2026, 11, 18)
    assert [(each.day, each.kind.value, int(each.amount), each.name) for each in found.listed] == [
        (of_trade, "fees", -150, "삼성전자"),
        (of_trade, "taxes", -1_800, "삼성전자"),
        (of_trade, "fees", -75, "삼성전자"),
        (FRIDAY, "dividends", 10_000, "삼성전자"),
        (FRIDAY, "taxes", -1_540, "삼성전자"),
        (FRIDAY, "dividends", 5_000, "삼성전자"),
        (FRIDAY, "taxes", -770, "삼성전자"),
        (SATURDAY, "interest", 1_003, "예탁금이용료"),
        (SATURDAY, "loan-interest", -707, "신용이자"),
        (SATURDAY, "taxes", -31, "삼성전자"),
    ]
    assert {each.settled for each in found.listed} == {FRIDAY, SATURDAY}
    assert found.paid == {SATURDAY: Decimal(280_000)}
    assert "김철수" not in repr(found)
    assert asked(rest)[0] == (
        "kt00015",
        {
            "strt_dt": "20261120", "end_dt": "20261122", "tp": "0", "stk_cd": "", "crnc_cd": "",
            "gds_tp": "0", "frgn_stex_code": "", "dmst_stex_tp": "%", "qry_sort_tp": "2",
        },
    )  # fmt: skip


def test_the_index_is_read_from_hundredths_of_a_point_at_its_own_path():
    rows = [{"dt": "20261123", "cur_prc": "1"}, {"dt": "20261120", "cur_prc": "-674795"}]
    rows.append({"dt": "20261119", "cur_prc": ""})
    rest = Rest([Answer({"inds_cd": "001", "inds_dt_pole_qry": rows, "return_code": 0})])

    assert of_past(rest, lambda past: past.index(SUNDAY)) == {FRIDAY: Decimal("6747.95")}
    assert asked(rest) == [("ka20006", {"inds_cd": "001", "base_dt": "20261122"})]
    assert rest.paths == ["/api/dostk/chart"]


def test_an_index_with_a_decimal_point_is_refused():
    rows = [{"dt": "20261120", "cur_prc": "6747.95"}]

    with pytest.raises(UnexpectedReply, match="cur_prc"):
        of_past(Rest([Answer({"inds_dt_pole_qry": rows, "return_code": 0})]), lambda past: past.index(SUNDAY))


READS: list[Callable[[Past], Awaitable[object]]] = [
    lambda past: past.values(FRIDAY, SUNDAY),
    lambda past: past.totals(FRIDAY, SUNDAY),
    lambda past: past.today(),
    lambda past: past.balance(FRIDAY),
    lambda past: past.index(SUNDAY),
]


@pytest.mark.parametrize("read", READS)
def test_paper_trading_has_no_past_and_the_refusal_says_so(read: Callable[[Past], Awaitable[object]]):
    body = {"return_code": 20, "return_msg": "RC9000:모의투자에서는 해당업무가 제공되지 않습니다."}

    with pytest.raises(NeedsUser) as caught:
        of_past(Rest([Answer(body)]), read)

    assert caught.value.code == "RC9000"
    assert "모의투자" in caught.value.message


@pytest.mark.parametrize("read", READS)
def test_an_expired_token_is_replaced_once(read: Callable[[Past], Awaitable[object]]):
    whole = {**SPAN, **LEDGER, **BALANCE, "daly_prsm_dpst_aset_amt_prst": [], "inds_dt_pole_qry": []}
    rest = Rest([Answer(refused("8005")), Answer(whole)])

    of_past(rest, read)

    assert [headers["authorization"] for headers, _ in rest.requests] == ["Bearer token-1", "Bearer token-2"]


def test_a_query_that_waits_for_its_turn_does_not_hold_up_the_others(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.brokers.pacing._WINDOW_SECONDS", 5.0)
    rest = Rest([Answer(SPAN), Answer({"return_code": 0, "evlt_amt_tot": "0", "stk_cntr_remn": []})])

    async def run() -> None:
        async with rest.session() as session:
            past = _past_of(session)
            waiting = [asyncio.create_task(past.totals(FRIDAY, SUNDAY)) for _ in range(2)]
            async with asyncio.timeout(5):
                await waiting[0]
            await asyncio.sleep(0.05)
            async with asyncio.timeout(2):
                await session.positions_page("KRX", "")
            waiting[1].cancel()
            await asyncio.wait(waiting)

    asyncio.run(run())
    assert [api_id for api_id, _ in asked(rest)] == ["kt00016", "kt00005"]


def _past_of(session: KiwoomSession) -> Past:
    past = session.source(KIWOOM).past
    assert past is not None
    return past
