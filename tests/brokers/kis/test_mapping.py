"""From KIS's rows to domain objects."""

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from app.brokers.kis import mapping, wire
from app.domain.errors import UnexpectedReply
from app.domain.holdings import AssetLayout, AssetMixReport
from tests.brokers.distinct import filled, misread, unnamed

from .broker import ASSET_MIX, BONDS, PENSION

# The orders as KIS publishes them, the older ones without IMA; 합계 comes last.
ORDERS = {
    ("01", 20): "주식,펀드/MMW,IMA,채권,ELS/DLS,WRAP,신탁,RP/발행어음,해외주식,해외채권,금현물,CD/CP,"
    "전자단기사채,타사상품,외화전자단기사채,외화 ELS/DLS,외화,예수금,청약자예수금",
    ("01", 19): "주식,펀드/MMW,채권,ELS/DLS,WRAP,신탁/퇴직연금/외화신탁,RP/발행어음,해외주식,해외채권,금현물,"
    "CD/CP,단기사채,타사상품,외화단기사채,외화ELS/DLS,외화,예수금(+CMA),청약자예수금",
    ("21", 17): "수익증권,IMA,채권,ELS/DLS,WRAP,신탁,RP,외화rp,해외채권,CD/CP,전자단기사채,외화전자단기사채,"
    "외화ELS/DLS,외화평가금액,예수금+cma,청약자예수금",
    ("21", 16): "수익증권,채권,ELS/DLS,WRAP,신탁,RP,외화rp,해외채권,CD/CP,전자단기사채,외화전자단기사채,"
    "외화ELS/DLS,외화평가금액,예수금+cma,청약자예수금",
}
LAYOUTS = {
    ("01", 20): AssetLayout.GENERAL_20,
    ("01", 19): AssetLayout.GENERAL_19,
    ("21", 17): AssetLayout.FUND_17,
    ("21", 16): AssetLayout.FUND_16,
}


# Which documented field each of ours is.
HOLDING = {
    "balance_type_code": "cblc_dvsn",
    "balance_type": "cblc_dvsn_name",
    "code": "pdno",
    "name": "prdt_name",
    "quantity": "hldg_qty",
    "sellable_quantity": "slpsb_qty",
    "average_price": "pchs_avg_pric",
    "price": "prpr",
    "purchase_amount": "pchs_amt",
    "value": "evlu_amt",
    "profit": "evlu_pfls_amt",
    "profit_rate": "evlu_pfls_rt",
    "weight": "cblc_weit",
}
PENSION_SUMS = {
    "purchase_amount": "pchs_amt_smtl_amt",
    "value": "evlu_amt_smtl_amt",
    "profit": "evlu_pfls_smtl_amt",
    "realized_profit": "trad_pfls_smtl",
    "profit_today": "thdt_tot_pfls_amt",
    "profit_rate": "pftrt",
}
LOT = {
    "code": "pdno",
    "name": "prdt_name",
    "purchase_date": "buy_dt",
    "purchase_sequence": "buy_sqno",
    "quantity": "cblc_qty",
    "comprehensive_tax_quantity": "agrx_qty",
    "separate_tax_quantity": "sprx_qty",
    "maturity_date": "exdt",
    "purchase_yield": "buy_erng_rt",
    "purchase_price": "buy_unpr",
    "purchase_amount": "buy_amt",
    "orderable_quantity": "ord_psbl_qty",
}
SLICE = {
    "purchase_amount": "pchs_amt",
    "value": "evlu_amt",
    "profit": "evlu_pfls_amt",
    "credit_loan": "crdt_lnd_amt",
    "net_assets": "real_nass_amt",
    "weight": "whol_weit_rt",
}
MIX_SUMS = {"total_assets": "tot_asst_amt", "loans": "loan_amt_smtl", "profit": "evlu_pfls_amt_smtl"}


def pension_page(body: bytes = PENSION) -> wire.PensionPage:
    return msgspec.json.decode(body, type=wire.PensionPage)


def bond_rows(body: bytes = BONDS) -> list[wire.BondRow]:
    return msgspec.json.decode(body, type=wire.BondPage).rows


def asset_mix(body: Any, product: str = "01") -> AssetMixReport:
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return mapping.asset_mix_report(msgspec.json.decode(content, type=wire.AssetMixPage), product)


def of_values(*values: str | None, product: str = "01") -> AssetMixReport:
    rows = [{"evlu_amt": value} for value in values]
    return asset_mix({"rt_cd": "0", "output1": rows, "output2": {"tot_asst_amt": "600"}}, product)


def test_each_field_is_read_from_its_own_place_in_the_brokers_answer() -> None:
    holding, sums = filled(wire.PensionRow), filled(wire.PensionTotals)
    lot = filled(wire.BondRow, ("buy_dt", "exdt"))
    part, whole = filled(wire.AssetRow), filled(wire.AssetTotals)
    pension = mapping.pension_report(wire.PensionPage(output1=[holding], output2=sums))
    mix = mapping.asset_mix_report(wire.AssetMixPage(output1=[part], output2=whole), "01")

    for made, sent, sources, others in (
        (mapping.pension_holding(holding), holding, HOLDING, {"facts", "today"}),
        (pension, sums, PENSION_SUMS, {"rows", "facts", "earlier", "is_compared"}),
        (mapping.bond_lot(lot), lot, LOT, {"facts", "today"}),
        (mapping.asset_slice(part, 1, None), part, SLICE, {"position", "category", "facts", "today"}),
        (mix, whole, MIX_SUMS, {"layout", "rows", "total", "facts", "earlier", "is_compared"}),
    ):
        assert misread(made, sent, sources) == {}
        assert unnamed(made, sources, others) == set()


def test_every_figure_of_a_pension_holding_is_the_brokers() -> None:
    report = mapping.pension_report(pension_page())

    first, second = report.rows
    assert first.key == ("01", "069500")
    assert (first.balance_type, first.name) == ("사용자", "KODEX 200")
    assert (first.quantity, first.sellable_quantity) == (6, 6)
    assert str(first.average_price) == "35670.0000"
    assert (first.price, first.purchase_amount, first.value) == (35115, 214020, 210690)
    assert (first.profit, first.profit_rate) == (-3330, Decimal("-1.56"))
    assert str(first.weight) == "53.06651890"
    assert (second.quantity, second.profit_rate) == (7, Decimal("-25.68"))


def test_every_sum_of_a_pension_account_is_the_brokers() -> None:
    report = mapping.pension_report(pension_page())

    assert (report.purchase_amount, report.value, report.profit) == (464760, 397030, -67730)
    assert (report.realized_profit, report.profit_today) == (0, -67730)
    assert str(report.profit_rate) == "-14.57311300"
    assert report.difference == 0


def test_every_documented_pension_field_is_a_fact() -> None:
    report = mapping.pension_report(pension_page())

    assert len(report.facts) == 6
    assert len(report.rows[0].facts) == 13
    labels = {fact.field: (fact.label, fact.value) for fact in report.facts + report.rows[0].facts}
    assert labels["pftrt"] == ("수익률", Decimal("-14.57311300"))
    assert labels["pdno"] == ("상품번호", "069500")


def test_the_sums_may_come_as_an_object_as_a_list_or_capitalised() -> None:
    sums, row = {"evlu_amt_smtl_amt": "5"}, {"pdno": "069500", "evlu_amt": "3"}
    bodies: list[dict[str, object]] = [
        {"output1": [row], "output2": sums},
        {"output1": [row], "output2": [sums]},
        {"Output1": [row], "Output2": sums},
        {"Output1": [row], "Output2": [sums], "output1": None, "output2": None, "news": {"deep": [1]}},
    ]
    for body in bodies:
        assert mapping.pension_report(pension_page(msgspec.json.encode(body))).value == 5


def test_a_single_row_may_come_without_its_list() -> None:
    report = mapping.pension_report(pension_page(b'{"output1": {"pdno": "069500", "evlu_amt": 7}}'))

    assert [(row.code, row.value) for row in report.rows] == [("069500", 7)]


def test_an_empty_object_in_place_of_the_list_is_no_row() -> None:
    body = b'{"output1": {}, "output2": {"evlu_amt_smtl_amt": "0"}}'

    assert mapping.pension_report(pension_page(body)).rows == ()


@pytest.mark.parametrize("sums", [b"[]", b"null", b"{}", b"[{}]"])
def test_an_empty_pension_without_sums_has_unknown_figures(sums: bytes) -> None:
    body = b'{"msg_cd": "KIOK0560", "output1": [], "output2": %s}' % sums
    report = mapping.pension_report(pension_page(body))

    assert (report.rows, report.value, report.profit_rate, report.difference) == ((), None, None, None)
    assert [fact.value for fact in report.facts] == [None] * 6


def test_an_empty_pension_with_sums_keeps_the_brokers_zeros() -> None:
    report = mapping.pension_report(pension_page(b'{"output1": [], "output2": [{"evlu_amt_smtl_amt": "0"}]}'))

    assert (report.value, report.difference, report.profit) == (0, 0, None)


def test_two_sets_of_sums_are_refused() -> None:
    with pytest.raises(UnexpectedReply, match="output2"):
        mapping.pension_report(pension_page(b'{"output1": [], "output2": [{}, {}]}'))


def test_a_blank_figure_is_unknown_and_no_zero() -> None:
    body = b'{"output1": [{"pdno": "1", "evlu_amt": "  ", "hldg_qty": null, "prpr": "0"}], "output2": {}}'

    (row,) = mapping.pension_report(pension_page(body)).rows

    assert (row.value, row.quantity, row.profit, row.price) == (None, None, None, 0)


def test_the_published_bond_lots_have_no_known_purchase() -> None:
    report = mapping.bond_report(bond_rows())

    second = report.rows[1]
    assert second.key == ("KR2088012A16", "2024-04-26", "1")
    assert second.name == "경남지역개발20-01"
    assert (second.quantity, second.comprehensive_tax_quantity) == (6, 5)
    assert (second.separate_tax_quantity, second.orderable_quantity) == (0, 5)
    assert (second.purchase_date, second.maturity_date) == (date(2024, 4, 26), date(2025, 1, 31))
    assert second.face == 6000
    assert (report.issues, report.purchase_amount, report.unknown_purchase_amounts) == (4, 0, 4)
    for row in report.rows:
        assert (row.purchase_yield, row.purchase_price, row.purchase_amount) == (None, None, None)


def test_the_facts_of_a_lot_show_an_unknown_purchase_as_unknown_too() -> None:
    facts = {fact.field: fact for fact in mapping.bond_report(bond_rows()).rows[0].facts}

    assert len(facts) == 12
    assert [facts[name].value for name in ("buy_erng_rt", "buy_unpr", "buy_amt")] == [None] * 3
    assert (facts["sprx_qty"].label, facts["sprx_qty"].value) == ("분리과세수량", 0)


def test_a_known_purchase_stays_exact() -> None:
    row = wire.BondRow(pdno="KR1", buy_erng_rt="3.45000000", buy_unpr="9850.5", buy_amt="98505")

    lot = mapping.bond_lot(row)

    assert (str(lot.purchase_yield), str(lot.purchase_price)) == ("3.45000000", "9850.5")
    assert mapping.bond_report([row, row]).purchase_amount == 197010


def test_a_bond_without_a_maturity_has_none() -> None:
    assert mapping.bond_lot(wire.BondRow(exdt="00000000")).maturity_date is None
    assert mapping.bond_lot(wire.BondRow(exdt="        ")).maturity_date is None


def test_a_day_that_does_not_exist_is_refused_by_its_field() -> None:
    with pytest.raises(UnexpectedReply, match="exdt"):
        mapping.bond_lot(wire.BondRow(exdt="20240230"))


def test_the_published_asset_mix_adds_up_and_leaves_its_sum_out_of_the_rows() -> None:
    report = asset_mix(ASSET_MIX)

    assert report.layout is AssetLayout.GENERAL_19
    assert len(report.rows) == 18
    assert report.total is not None
    assert report.total.value == report.total_assets == report.value == Decimal("1651869889547")
    assert report.difference == 0
    assert (report.loans, report.profit) == (0, 24395171)
    held = {row.category: row.value for row in report.rows if row.value}
    assert held == {"주식": 406000, "해외주식": 185144504, "외화": 1651434483743, "예수금(+CMA)": 249855300}
    stocks = report.rows[0]
    assert (stocks.position, stocks.purchase_amount, stocks.profit) == (1, 129105, 276895)
    assert (stocks.credit_loan, stocks.net_assets, f"{stocks.weight:f}") == (0, 406000, "0.00000000")


def test_all_25_sums_and_6_figures_of_the_asset_mix_are_facts() -> None:
    report = asset_mix(ASSET_MIX)

    facts = {fact.field: fact for fact in report.facts}
    assert len(facts) == 25
    assert facts["nass_tot_amt"].value == 185550504
    assert str(facts["ovrs_stck_evlu_amt1"].value) == "185144504.000000"
    assert facts["etpr_crdt_grnt_loan_amt"].label == "기업신용공여대출금액"
    assert len(report.rows[0].facts) == 6


@pytest.mark.parametrize("product,count", ORDERS)
def test_a_published_order_names_its_classes(product: str, count: int) -> None:
    report = of_values(*["1"] * count, product=product)

    assert report.layout is LAYOUTS[product, count]
    assert [row.category for row in report.rows] == ORDERS[product, count].split(",")
    assert [row.position for row in report.rows] == list(range(1, count))
    assert report.total is not None


def test_a_known_layout_whose_sum_is_off_shows_by_how_much() -> None:
    report = of_values(*["10"] * 19, "200")

    assert report.layout is AssetLayout.GENERAL_20
    assert (report.value, report.difference) == (200, 10)


@pytest.mark.parametrize(
    "product,count", [("01", 16), ("01", 17), ("01", 18), ("01", 21), ("21", 19), ("21", 20), ("29", 17)]
)
def test_an_order_that_is_not_published_gets_no_names(product: str, count: int) -> None:
    report = of_values(*["1"] * count, product=product)

    assert report.layout is AssetLayout.UNKNOWN
    assert [row.category for row in report.rows] == [None] * count
    assert report.total is None
    assert report.value == 600


def test_in_an_unknown_order_the_last_row_is_the_sum_where_it_equals_the_others() -> None:
    report = of_values("100", "200", "300", "600")

    assert report.layout is AssetLayout.UNKNOWN
    assert [row.value for row in report.rows] == [100, 200, 300]
    assert report.total is not None
    assert report.total.value == 600
    assert report.difference == 0


@pytest.mark.parametrize("values", [("600",), (None, None), (None, "0"), ("600", None), ("100", "200")])
def test_in_an_unknown_order_a_last_row_that_proves_nothing_is_a_row(values: tuple[str | None, ...]) -> None:
    report = of_values(*values)

    assert len(report.rows) == len(values)
    assert report.total is None


def test_an_asset_mix_without_rows_has_no_layout_and_no_difference() -> None:
    sums = {"tot_asst_amt": "0", "frcr_evlu_tota": "0.00"}
    report = asset_mix({"rt_cd": "0", "msg_cd": "KIOK0530", "output1": [], "output2": sums})

    assert (report.rows, report.layout, report.total) == ((), AssetLayout.UNKNOWN, None)
    assert report.difference is None
    assert report.total_assets == 0


def test_the_documented_capitals_are_read_like_the_small_letters_of_the_wire() -> None:
    capitals = ASSET_MIX.replace(b'"output', b'"Output')

    assert asset_mix(capitals) == asset_mix(ASSET_MIX)


@pytest.mark.parametrize(
    ("query", "field", "longest"),
    [
        ("pension", "prdt_name", 100),
        ("pension", "cblc_dvsn_name", 100),
        ("pension", "pdno", 20),
        ("pension", "cblc_dvsn", 20),
        ("bonds", "prdt_name", 100),
        ("bonds", "pdno", 20),
        ("bonds", "buy_sqno", 20),
    ],
)
def test_a_text_is_cleaned_and_one_beyond_its_length_is_refused_by_its_field(
    query: str, field: str, longest: int
) -> None:
    def read(text: str) -> Any:
        if query == "pension":
            return mapping.pension_holding(wire.PensionRow(**{field: text}))
        return mapping.bond_lot(wire.BondRow(**{field: text}))

    row = read("\u202e a\x1b\r\nb" + "가" * (longest - 3) + " ")
    assert "a b" + "가" * (longest - 3) in {fact.value for fact in row.facts}
    assert not any(isinstance(fact.value, str) and not fact.value.isprintable() for fact in row.facts)
    with pytest.raises(UnexpectedReply, match=field):
        read("x" * (longest + 1))


def test_names_that_differ_in_what_cannot_be_seen_alone_are_one_key() -> None:
    rows = [
        mapping.pension_holding(wire.PensionRow(prdt_name=name)) for name in ("KODEX\u200b 200", "KODEX  200")
    ]

    assert rows[0].key == rows[1].key == ("", "KODEX 200")


@pytest.mark.parametrize("field", ["tot_asst_amt", "evlu_amt_smtl"])
def test_an_asset_mix_of_zeros_against_a_total_that_is_none_did_not_come(field: str) -> None:
    rows = [{"pchs_amt": "0", "evlu_amt": "0", "real_nass_amt": "0"} for _ in range(20)]

    with pytest.raises(UnexpectedReply, match="output1"):
        asset_mix({"rt_cd": "0", "output1": rows, "output2": {field: "5390000"}})

    assert asset_mix({"rt_cd": "0", "output1": rows, "output2": {field: "0"}}).value == 0
