"""Conversion of KIS's rows to domain objects; an invalid row raises UnexpectedReply."""

from collections.abc import Sequence
from datetime import date

from app.brokers import parse
from app.brokers.codes import prove_empty
from app.brokers.kis import wire
from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    BondLot,
    BondReport,
    PensionHolding,
    PensionReport,
    known_sum,
)
from app.domain.past import CashHolding, CashStatement

FUND_ACCOUNT = "21"

# CTRP6548R rows have no names: product code and number of rows determine the published order.
# The orders without IMA are the older ones. The row after the last name is 합계.
_CATEGORIES: dict[AssetLayout, tuple[str, ...]] = {
    AssetLayout.GENERAL_20: (
        "주식",
        "펀드/MMW",
        "IMA",
        "채권",
        "ELS/DLS",
        "WRAP",
        "신탁",
        "RP/발행어음",
        "해외주식",
        "해외채권",
        "금현물",
        "CD/CP",
        "전자단기사채",
        "타사상품",
        "외화전자단기사채",
        "외화 ELS/DLS",
        "외화",
        "예수금",
        "청약자예수금",
    ),
    AssetLayout.GENERAL_19: (
        "주식",
        "펀드/MMW",
        "채권",
        "ELS/DLS",
        "WRAP",
        "신탁/퇴직연금/외화신탁",
        "RP/발행어음",
        "해외주식",
        "해외채권",
        "금현물",
        "CD/CP",
        "단기사채",
        "타사상품",
        "외화단기사채",
        "외화ELS/DLS",
        "외화",
        "예수금(+CMA)",
        "청약자예수금",
    ),
    AssetLayout.FUND_17: (
        "수익증권",
        "IMA",
        "채권",
        "ELS/DLS",
        "WRAP",
        "신탁",
        "RP",
        "외화rp",
        "해외채권",
        "CD/CP",
        "전자단기사채",
        "외화전자단기사채",
        "외화ELS/DLS",
        "외화평가금액",
        "예수금+cma",
        "청약자예수금",
    ),
    AssetLayout.FUND_16: (
        "수익증권",
        "채권",
        "ELS/DLS",
        "WRAP",
        "신탁",
        "RP",
        "외화rp",
        "해외채권",
        "CD/CP",
        "전자단기사채",
        "외화전자단기사채",
        "외화ELS/DLS",
        "외화평가금액",
        "예수금+cma",
        "청약자예수금",
    ),
}

_LAYOUTS: dict[tuple[bool, int], AssetLayout] = {
    (True, 17): AssetLayout.FUND_17,
    (True, 16): AssetLayout.FUND_16,
    (False, 20): AssetLayout.GENERAL_20,
    (False, 19): AssetLayout.GENERAL_19,
}


def pension_report(page: wire.PensionPage) -> PensionReport:
    """Return the pension account (TTTC2202R). Raises UnexpectedReply."""
    rows, totals = page.rows, page.totals
    purchase_amount = parse.number(totals.pchs_amt_smtl_amt, "pchs_amt_smtl_amt")
    value = parse.number(totals.evlu_amt_smtl_amt, "evlu_amt_smtl_amt")
    if not rows:
        prove_empty("output1", purchase_amount, value, no_data=page.says_no_data)
    return PensionReport(
        rows=tuple(map(pension_holding, rows)),
        purchase_amount=purchase_amount,
        value=value,
        profit=parse.number(totals.evlu_pfls_smtl_amt, "evlu_pfls_smtl_amt"),
        realized_profit=parse.number(totals.trad_pfls_smtl, "trad_pfls_smtl"),
        profit_today=parse.number(totals.thdt_tot_pfls_amt, "thdt_tot_pfls_amt"),
        profit_rate=parse.number(totals.pftrt, "pftrt"),
        facts=parse.facts(totals),
    )


def pension_holding(row: wire.PensionRow) -> PensionHolding:
    """Return one product in a pension account. Raises UnexpectedReply."""
    return PensionHolding(
        balance_type_code=parse.code(row.cblc_dvsn, "cblc_dvsn"),
        balance_type=parse.name(row.cblc_dvsn_name, "cblc_dvsn_name"),
        code=parse.code(row.pdno, "pdno"),
        name=parse.name(row.prdt_name, "prdt_name"),
        quantity=parse.number(row.hldg_qty, "hldg_qty"),
        sellable_quantity=parse.number(row.slpsb_qty, "slpsb_qty"),
        average_price=parse.number(row.pchs_avg_pric, "pchs_avg_pric"),
        price=parse.number(row.prpr, "prpr"),
        purchase_amount=parse.number(row.pchs_amt, "pchs_amt"),
        value=parse.number(row.evlu_amt, "evlu_amt"),
        profit=parse.number(row.evlu_pfls_amt, "evlu_pfls_amt"),
        profit_rate=parse.number(row.evlu_pfls_rt, "evlu_pfls_rt"),
        weight=parse.number(row.cblc_weit, "cblc_weit"),
        facts=parse.facts(row),
    )


def cash_statement(day: date, rows: Sequence[wire.CashRow], totals: wire.CashTotals) -> CashStatement:
    """Return the cash of a pension account with the trades of a day (TTTC2208R). Raises UnexpectedReply."""
    return CashStatement(
        day,
        cash=parse.number(totals.prvs_rcdl_excc_amt, "prvs_rcdl_excc_amt"),
        bought=parse.number(totals.thdt_buy_amt, "thdt_buy_amt"),
        sold=parse.number(totals.thdt_sll_amt, "thdt_sll_amt"),
        costs=parse.number(totals.thdt_tlex_amt, "thdt_tlex_amt"),
        holdings=tuple(
            CashHolding(
                parse.code(row.pdno, "pdno") or "",
                parse.number(row.hldg_qty, "hldg_qty"),
                parse.number(row.pchs_amt, "pchs_amt"),
                parse.number(row.thdt_buyqty, "thdt_buyqty"),
                parse.number(row.thdt_sll_qty, "thdt_sll_qty"),
            )
            for row in rows
        ),
    )


def bond_report(rows: Sequence[wire.BondRow]) -> BondReport:
    """Return the bond lots of every page (CTSC8407R). Raises UnexpectedReply."""
    return BondReport(rows=tuple(map(bond_lot, rows)))


def bond_lot(row: wire.BondRow) -> BondLot:
    """Return one purchase of a bond; KIS sends 0 for unknown values. Raises UnexpectedReply."""
    return BondLot(
        code=parse.code(row.pdno, "pdno"),
        name=parse.name(row.prdt_name, "prdt_name"),
        purchase_date=parse.day(row.buy_dt, "buy_dt"),
        purchase_sequence=parse.code(row.buy_sqno, "buy_sqno"),
        quantity=parse.number(row.cblc_qty, "cblc_qty"),
        comprehensive_tax_quantity=parse.number(row.agrx_qty, "agrx_qty"),
        separate_tax_quantity=parse.number(row.sprx_qty, "sprx_qty"),
        maturity_date=parse.day(row.exdt, "exdt"),
        purchase_yield=parse.positive(row.buy_erng_rt, "buy_erng_rt"),
        purchase_price=parse.positive(row.buy_unpr, "buy_unpr"),
        purchase_amount=parse.positive(row.buy_amt, "buy_amt"),
        orderable_quantity=parse.number(row.ord_psbl_qty, "ord_psbl_qty"),
        facts=parse.facts(row),
    )


def asset_mix_report(page: wire.AssetMixPage, product: str) -> AssetMixReport:
    """Return the assets by class (CTRP6548R) of an account with this product code. Raises UnexpectedReply."""
    layout = asset_layout(product, len(page.rows))
    categories = _CATEGORIES.get(layout, ())
    slices = [
        asset_slice(row, position, categories[position - 1] if position <= len(categories) else None)
        for position, row in enumerate(page.rows, start=1)
    ]
    has_sum = layout is not AssetLayout.UNKNOWN or _ends_with_its_sum(slices)
    totals = page.totals
    total_assets = parse.number(totals.tot_asst_amt, "tot_asst_amt")
    securities = parse.number(totals.evlu_amt_smtl, "evlu_amt_smtl")
    if not slices:
        prove_empty("output1", total_assets, securities, no_data=page.says_no_data)
    elif layout is not AssetLayout.UNKNOWN and not any(map(_holds_something, slices)):
        prove_empty("output1", total_assets, securities, no_data=True)
    return AssetMixReport(
        layout=layout,
        rows=tuple(slices[:-1] if has_sum else slices),
        total=slices[-1] if has_sum else None,
        total_assets=total_assets,
        loans=parse.number(totals.loan_amt_smtl, "loan_amt_smtl"),
        profit=parse.number(totals.evlu_pfls_amt_smtl, "evlu_pfls_amt_smtl"),
        facts=parse.facts(totals),
    )


def asset_layout(product: str, rows: int) -> AssetLayout:
    """Return the published order of a response with this number of rows, UNKNOWN if there is none."""
    return _LAYOUTS.get((product == FUND_ACCOUNT, rows), AssetLayout.UNKNOWN)


def asset_slice(row: wire.AssetRow, position: int, category: str | None) -> AssetSlice:
    """Return one class of assets. Raises UnexpectedReply."""
    return AssetSlice(
        position=position,
        category=category,
        purchase_amount=parse.number(row.pchs_amt, "pchs_amt"),
        value=parse.number(row.evlu_amt, "evlu_amt"),
        profit=parse.number(row.evlu_pfls_amt, "evlu_pfls_amt"),
        credit_loan=parse.number(row.crdt_lnd_amt, "crdt_lnd_amt"),
        net_assets=parse.number(row.real_nass_amt, "real_nass_amt"),
        weight=parse.number(row.whol_weit_rt, "whol_weit_rt"),
        facts=parse.facts(row),
    )


def _holds_something(part: AssetSlice) -> bool:
    return any((part.value, part.net_assets, part.purchase_amount))


def _ends_with_its_sum(slices: Sequence[AssetSlice]) -> bool:
    if len(slices) < 2:
        return False
    *others, last = (row.value for row in slices)
    return any(value is not None for value in others) and last == known_sum(others)
