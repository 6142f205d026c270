"""Kiwoom's fields become an investor's words without losing a won."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokers.kiwoom import mapping, wire
from app.domain.costs import costing_of
from app.domain.errors import UnexpectedReply
from app.domain.fees import REAL_2024
from app.domain.holdings import PositionReport
from app.domain.live import Side
from tests.brokers.distinct import filled, misread, unnamed

WIRE = Path(__file__).parents[2] / "wire"


# Which documented field each of ours is.
POSITION = {
    "code": "stk_cd",
    "name": "stk_nm",
    "credit_type": "crd_tp",
    "loan_date": "loan_dt",
    "expiry_date": "expr_dt",
    "settled_quantity": "setl_remn",
    "quantity": "cur_qty",
    "price": "cur_prc",
    "purchase_price": "buy_uv",
    "purchase_amount": "pur_amt",
    "value": "evlt_amt",
    "profit": "evltv_prft",
    "profit_rate": "pl_rt",
}
ACCOUNT = {
    "purchase_amount": "stk_buy_tot_amt",
    "value": "evlt_amt_tot",
    "profit": "tot_pl_tot",
    "profit_rate": "tot_pl_rt",
    "deposit": "entr",
    "deposit_in_two_days": "entr_d2",
    "orderable_cash": "ord_alowa",
}
FILL = {
    "code": "code",
    "name": "name",
    "quantity": "quantity",
    "price": "last_price",
    "purchase_price": "purchase_price",
    "purchase_amount": "purchase_amount",
    "previous_close": "base_price",
    "realised": "credit_profit_today",  # filled in, the type is one of credit
    "realised_rate": "credit_profit_rate_today",
}
TICK = {"price": "last_price", "change": "change", "change_rate": "change_rate", "time": "time"}


def example() -> PositionReport:
    """The published example, read."""
    reply = msgspec.json.decode((WIRE / "kiwoom-kt00005.json").read_bytes(), type=wire.PositionsReply)
    return mapping.position_report(reply, map(mapping.position, reply.stk_cntr_remn or ()))


def row(**changes: str | None) -> wire.PositionRow:
    """A row with nothing but a code."""
    return wire.PositionRow(**{"stk_cd": "A005930", **changes})


def balance(**changes: str | None) -> wire.BalanceValues:
    """A fill of 102 shares."""
    return wire.BalanceValues(**{"code": "005930", "quantity": "102", **changes})


def test_each_field_is_read_from_its_own_place_in_what_the_broker_sent() -> None:
    own = {"facts", "fill_facts", "realised", "deposit_change", "is_untaxed"}
    own |= {"quote", "is_derived", "is_polled", "is_new", "costing", "exposure"}
    held, account = filled(wire.PositionRow, ("loan_dt", "expr_dt")), filled(wire.PositionsReply)
    filled_order, trade = filled(wire.BalanceValues, ("loan_date", "expiry_date")), filled(wire.TradeValues)

    for made, sent, sources, others in (
        (mapping.position(held), held, POSITION, own),
        (
            mapping.position_report(account, ()),
            account,
            ACCOUNT,
            {"rows", "facts", "is_net_of_loans", "closes"},
        ),
        (
            mapping.fill(None, filled_order),
            filled_order,
            FILL,
            {"key", "facts", "account", "side", "is_untaxed"},
        ),
        (mapping.tick("005930", trade), trade, TICK, {"code", "is_ahead"}),
    ):
        assert misread(made, sent, sources) == {}
        assert unnamed(made, sources, others) == set()


def test_the_published_example_is_read_to_the_won() -> None:
    report = example()
    position = report.rows[0]

    assert report.value == Decimal(6_236_342)
    assert report.purchase_amount == Decimal(6_122_786)
    assert report.profit == report.value - report.purchase_amount == Decimal(113_556)
    assert report.profit_rate == Decimal("1.8546")
    assert (report.deposit, report.deposit_in_two_days, report.orderable_cash) == (17534, 12550, 85341)
    assert report.difference == 6_236_342 - 209_542  # the broker cut the list to one row
    assert position.key == ("005930", "00", "")
    assert (position.quantity, position.price, position.purchase_amount) == (3, 70000, 373500)
    assert (position.value, position.profit, position.profit_rate) == (
        Decimal(209542),
        Decimal(-163958),
        Decimal("-43.8977"),
    )


def test_the_published_example_follows_the_rates_of_2024() -> None:
    found = costing_of(example().rows[0], REAL_2024)

    assert found is not None
    assert found.rates == REAL_2024


def test_all_30_account_fields_are_there_in_the_brokers_order_and_words() -> None:
    facts = example().facts

    assert len(facts) == 30
    assert (facts[0].field, facts[0].label, facts[0].value) == ("entr", "예수금", Decimal(17534))
    assert [fact.field for fact in facts[19:26]] == [
        "20ord_alow_amt",
        "30ord_alow_amt",
        "40ord_alow_amt",
        "50ord_alow_amt",
        "60ord_alow_amt",
        "100ord_alow_amt",
        "crd_loan_tot",
    ]
    assert facts[19].value == Decimal(12550)
    assert (facts[-1].field, facts[-1].label) == ("grnt_loan_amt", "매도담보대출금액")


def test_all_13_row_fields_are_there() -> None:
    facts = example().rows[0].facts

    assert [fact.field for fact in facts] == [
        "crd_tp", "loan_dt", "expr_dt", "stk_cd", "stk_nm", "setl_remn", "cur_qty", "cur_prc", "buy_uv",
        "pur_amt", "evlt_amt", "evltv_prft", "pl_rt",
    ]  # fmt: skip
    assert facts[3].value == "A005930"


def test_every_field_of_the_example_is_known() -> None:
    sent = msgspec.json.decode((WIRE / "kiwoom-kt00005.json").read_bytes())
    names = {field.encode_name for field in msgspec.structs.fields(wire.PositionsReply)}
    row_names = {field.encode_name for field in msgspec.structs.fields(wire.PositionRow)}

    assert names == sent.keys()
    assert row_names == sent["stk_cntr_remn"][0].keys()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("A005930", "005930"),
        ("J58F123", "58F123"),
        ("Q500001", "500001"),
        ("005930", "005930"),
        ("005930_AL", "005930"),
        ("005930_NX", "005930"),
        ("A00593K_NX", "00593K"),
        ("A12345", "A12345"),  # 6 characters: the letter is part of the code
        ("B005930", "B005930"),
        ("", ""),
    ],
)
def test_a_stock_code_loses_its_letter_and_its_exchange(text: str, code: str) -> None:
    assert mapping.stock_code(text) == code


@given(st.text(max_size=12))
def test_a_stock_code_is_part_of_what_was_sent(text: str) -> None:
    assert mapping.stock_code(text) in text


@pytest.mark.parametrize(
    ("text", "untaxed"), [("Q500001", True), ("J58F123", True), ("A005930", False), ("005930", False)]
)
def test_notes_and_warrants_are_sold_without_tax(text: str, untaxed: bool) -> None:
    assert mapping.position(row(stk_cd=text)).is_untaxed is untaxed


def test_a_blank_or_missing_figure_is_unknown() -> None:
    position = mapping.position(row(cur_qty="", cur_prc=None))

    assert (position.quantity, position.price, position.value) == (None, None, None)


def test_the_sign_of_a_price_is_not_a_minus() -> None:
    position = mapping.position(row(cur_prc="-00000070000", evltv_prft="-00000163958"))

    assert (position.price, position.profit) == (Decimal(70000), Decimal(-163958))


def test_credit_and_cash_of_one_stock_are_two_positions() -> None:
    credit = mapping.position(row(crd_tp="03", loan_dt="20260901", expr_dt="20261130"))

    assert credit.key == ("005930", "03", "2026-09-01")
    assert credit.expiry_date == date(2026, 11, 30)
    assert credit.is_on_credit


@pytest.mark.parametrize("field", ["cur_qty", "cur_prc", "evlt_amt", "pl_rt", "loan_dt", "setl_remn"])
def test_a_text_that_is_no_figure_names_its_field(field: str) -> None:
    with pytest.raises(UnexpectedReply, match=field):
        mapping.position(row(**{field: "N/A"}))


def test_a_figure_of_absurd_length_is_refused() -> None:
    with pytest.raises(UnexpectedReply, match="evlt_amt"):
        mapping.position(row(evlt_amt="9" * 25))


def test_a_row_without_a_code_is_refused() -> None:
    with pytest.raises(UnexpectedReply, match="stk_cd"):
        mapping.position(row(stk_cd=" "))


@given(
    st.integers(-(10**11) + 1, 10**12 - 1), st.sampled_from(["{:012d}", "{:+013d}", "{:d}", "{:,}", " {:d} "])
)
def test_an_amount_in_any_padding_is_read_exactly(amount: int, form: str) -> None:
    position = mapping.position(row(evltv_prft=form.format(amount)))

    assert position.profit == amount


@given(st.text(max_size=30))
def test_no_text_is_anything_but_a_number_unknown_or_refused(text: str) -> None:
    try:
        value = mapping.position(row(evlt_amt=text)).value
    except UnexpectedReply:
        return
    assert value is None or isinstance(value, Decimal)


def test_the_published_fill_is_read() -> None:
    values = msgspec.json.decode((WIRE / "kiwoom-04.json").read_bytes())["data"][0]["values"]
    fill = mapping.fill("005930", msgspec.convert(values, wire.BalanceValues))

    assert fill.key == ("005930", "00", "")
    assert (fill.quantity, fill.price, fill.previous_close) == (102, 60150, 60300)
    assert (fill.purchase_price, fill.purchase_amount) == (154116, 15719834)  # 932, not 102 x 931
    assert len(fill.facts) == 27
    assert [fact.field for fact in fill.facts] == list(values)


def test_the_realised_profit_of_a_fill_on_credit_has_fields_of_its_own() -> None:
    sent = balance(
        credit_type="03",
        cash_profit_today="11",
        cash_profit_rate_today="0.12",
        credit_profit_today="-13",
        credit_profit_rate_today="-0.14",
    )
    on_credit, in_cash = (
        mapping.fill(None, sent),
        mapping.fill(None, msgspec.structs.replace(sent, credit_type="00")),
    )

    assert (on_credit.realised, on_credit.realised_rate) == (-13, Decimal("-0.14"))
    assert (in_cash.realised, in_cash.realised_rate) == (11, Decimal("0.12"))


@pytest.mark.parametrize(
    ("sent", "side"),
    [("1", Side.SELL), ("2", Side.BUY), (" 2", Side.BUY), ("", None), ("3", None), (None, None)],
)
def test_the_side_of_a_fill_is_that_of_946(sent: str | None, side: Side | None) -> None:
    assert mapping.fill(None, balance(side=sent)).side is side


def test_a_realised_profit_that_is_no_number_keeps_no_fill_back() -> None:
    fill = mapping.fill(None, balance(cash_profit_today="x", cash_profit_rate_today=""))

    assert (fill.quantity, fill.realised, fill.realised_rate) == (102, None, None)


def test_the_account_number_of_a_fill_is_masked() -> None:
    fill = mapping.fill("005930", balance(account_number="1234567811"))

    assert "12345678" not in repr(fill)
    assert fill.facts[0].value == "••••11"


def test_the_fills_of_two_accounts_are_distinguished_without_their_numbers() -> None:
    one, other = "1234567811", "1234567812"
    marks = [
        mapping.fill("005930", balance(account_number=number)).account
        for number in (one, f" {one[:8]}-{one[8:]} ", other, "")
    ]

    assert marks[0] == marks[1] != marks[2] is not None
    assert marks[3] is None
    assert one[:6] not in str(marks)


@pytest.mark.parametrize(("item", "code"), [("000660", "005930"), ("005930", "9" * 21), ("9" * 21, "")])
def test_a_fill_for_two_stocks_or_for_no_possible_one_is_refused(item: str, code: str) -> None:
    with pytest.raises(UnexpectedReply):
        mapping.fill(item, balance(code=code))


def test_a_fill_has_the_key_of_the_position_it_changes() -> None:
    position = mapping.position(row(stk_cd="A005930", crd_tp="03", loan_dt="20260901"))
    fill = mapping.fill(None, balance(code="005930_AL", credit_type="03", loan_date="20260901"))

    assert fill.key == position.key


@pytest.mark.parametrize("in_fill", [None, "", "0", "00", "000"])
@pytest.mark.parametrize("in_row", [None, "", "0", "00"])
def test_a_fill_in_cash_has_the_key_of_the_cash_position_however_cash_is_written(
    in_row: str | None, in_fill: str | None
) -> None:
    position = mapping.position(row(crd_tp=in_row, loan_dt=""))
    fill = mapping.fill(None, balance(credit_type=in_fill, loan_date="00000000"))

    assert fill.key == position.key
    assert not position.is_on_credit


@pytest.mark.parametrize(("in_row", "in_fill"), [("3", "03"), ("07", "7"), ("03", "003")])
def test_a_fill_on_credit_has_the_key_of_its_position_however_many_zeros_are_before(
    in_row: str, in_fill: str
) -> None:
    position = mapping.position(row(crd_tp=in_row, loan_dt="20260901"))
    fill = mapping.fill(None, balance(credit_type=in_fill, loan_date="20260901"))

    assert fill.key == position.key != mapping.fill(None, balance(loan_date="20260901")).key
    assert position.is_on_credit
    assert position.is_short is (in_fill == "7")


def test_a_figure_that_a_fill_does_not_need_is_shown_as_it_was_sent() -> None:
    fill = mapping.fill("005930", balance(expiry_date="99999999", credit_interest="n/a", best_ask="?"))

    shown = {fact.field: fact.value for fact in fill.facts}
    assert (shown["918"], shown["958"], shown["27"]) == ("99999999", "n/a", "?")


@pytest.mark.parametrize("changes", [{"quantity": ""}, {"quantity": "x"}, {"code": "", "quantity": "1"}])
def test_a_fill_without_code_or_quantity_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(UnexpectedReply):
        mapping.fill("", balance(**changes))


def test_a_trade_has_an_unsigned_price_and_a_signed_change() -> None:
    values = wire.TradeValues(last_price="-257750", change="-11250", change_rate="-4.18", time="115618")

    tick = mapping.tick("005930_AL", values)

    assert (tick.code, tick.price, tick.time) == ("005930", Decimal(257750), "115618")
    assert (tick.change, tick.change_rate) == (Decimal(-11250), Decimal("-4.18"))


@pytest.mark.parametrize(
    "changes", [{"last_price": ""}, {"last_price": "0"}, {"time": "1e5"}, {"change": "x"}]
)
def test_a_trade_that_cannot_be_read_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(UnexpectedReply):
        mapping.tick("005930", wire.TradeValues(**{"last_price": "1", **changes}))


@pytest.mark.parametrize(
    ("field", "wire_name", "longest"),
    [("stk_cd", "stk_cd", 20), ("crd_tp", "crd_tp", 20), ("stk_nm", "stk_nm", 100)],
)
def test_a_text_beyond_its_length_is_refused_by_its_field(field: str, wire_name: str, longest: int) -> None:
    mapping.position(row(**{field: "0" * longest}))
    with pytest.raises(UnexpectedReply, match=wire_name):
        mapping.position(row(**{field: "0" * (longest + 1)}))


@pytest.mark.parametrize(
    ("field", "longest"), [("code", 20), ("credit_type", 20), ("side", 20), ("name", 100)]
)
def test_a_fill_with_a_text_beyond_its_length_is_refused(field: str, longest: int) -> None:
    mapping.fill(None, balance(**{field: "0" * longest}))
    with pytest.raises(UnexpectedReply):
        mapping.fill(None, balance(**{field: "0" * (longest + 1)}))


def test_the_code_of_a_trade_is_bounded_and_matches_the_row_however_it_is_dirtied() -> None:
    dirty = "\u200bA005930\x00 "
    values = wire.TradeValues(last_price="-70000")

    assert mapping.position(row(stk_cd=dirty)).code == "005930"
    assert mapping.tick(dirty, values).code == "005930"
    assert mapping.fill(None, balance(code=dirty)).key == mapping.position(row(stk_cd="A005930")).key
    with pytest.raises(UnexpectedReply):
        mapping.tick("A" * 900_000, values)


@pytest.mark.parametrize(
    ("code", "name", "is_untaxed"),
    [
        ("005930", "삼성전자", False),
        ("A005930", "삼성전자", False),
        ("00104K", "CJ4우(전환)", False),
        ("Q530031", None, True),
        ("530031", "삼성 레버리지 WTI원유 선물", True),
        ("760001", "메리츠 KIS국채", True),
        ("57JKRP", "한국JKRP삼성전자콜", True),
        ("069500", "KODEX 200", True),
        ("360750", "Tiger 미국S&P500", True),
        ("161510", "PLUS 고배당주", True),
        ("0000A0", "신한 인버스 ETN(H)", True),
        ("195940", "HK이노엔", False),
        ("039490", "키움증권", False),
    ],
)
def test_a_fill_is_of_a_kind_without_tax_by_its_code_or_its_name(
    code: str, name: str | None, is_untaxed: bool
) -> None:
    assert mapping.fill(code, balance(code=None, name=name)).is_untaxed is is_untaxed
