"""The wire's field names as the keys of `moa snapshot`, and the comparison of two readings by them."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

PENSION_ROW = {
    "cblc_dvsn_name": "balance_type",
    "pdno": "code",
    "prdt_name": "name",
    "hldg_qty": "quantity",
    "slpsb_qty": "sellable_quantity",
    "pchs_avg_pric": "average_price",
    "prpr": "price",
    "pchs_amt": "purchase_amount",
    "evlu_amt": "value",
    "evlu_pfls_amt": "profit",
    "evlu_pfls_rt": "profit_rate",
    "cblc_weit": "weight",
}
PENSION_TOTALS = {
    "pchs_amt_smtl_amt": "purchase_amount",
    "evlu_amt_smtl_amt": "value",
    "evlu_pfls_smtl_amt": "profit",
    "trad_pfls_smtl": "realized_profit",
    "thdt_tot_pfls_amt": "profit_today",
    "pftrt": "profit_rate",
}
BOND_ROW = {
    "pdno": "code",
    "prdt_name": "name",
    "buy_dt": "purchase_date",
    "buy_sqno": "purchase_sequence",
    "cblc_qty": "quantity",
    "agrx_qty": "comprehensive_tax_quantity",
    "sprx_qty": "separate_tax_quantity",
    "exdt": "maturity_date",
    "buy_erng_rt": "purchase_yield",
    "buy_unpr": "purchase_price",
    "buy_amt": "purchase_amount",
    "ord_psbl_qty": "orderable_quantity",
}
ASSET_ROW = {
    "pchs_amt": "purchase_amount",
    "evlu_amt": "value",
    "evlu_pfls_amt": "profit",
    "crdt_lnd_amt": "credit_loan",
    "real_nass_amt": "net_assets",
    "whol_weit_rt": "weight",
}
POSITION_ROW = {
    "crd_tp": "credit_type",
    "loan_dt": "loan_date",
    "expr_dt": "expiry_date",
    "stk_cd": "code",
    "stk_nm": "name",
    "setl_remn": "settled_quantity",
    "cur_qty": "quantity",
    "cur_prc": "price",
    "buy_uv": "purchase_price",
    "pur_amt": "purchase_amount",
    "evlt_amt": "value",
    "evltv_prft": "profit",
    "pl_rt": "profit_rate",
}

ROWS = {"pension": PENSION_ROW, "bonds": BOND_ROW, "asset-mix": ASSET_ROW, "positions": POSITION_ROW}
SUMMARIES = {"pension": PENSION_TOTALS}  # elsewhere the summary has the wire's names
TEXTS = {"balance_type", "code", "name", "purchase_sequence", "credit_type"}
DATES = {"purchase_date", "maturity_date", "loan_date", "expiry_date"}
ZERO_IS_UNKNOWN = ("purchase_yield", "purchase_price", "purchase_amount")  # of a bond lot

Fields = dict[str, Any]


def rows_of(view: str, peers_rows: list[Fields]) -> list[Fields]:
    """A peer's rows under Moa's keys; a field that Moa does not show is left out."""
    rows = [_renamed(row, ROWS[view]) for row in peers_rows]
    for row in rows:
        if view == "positions":
            row["code"] = row["code"][1:]  # the letter of its kind
        if view == "bonds":
            row |= {key: row[key] or None for key in ZERO_IS_UNKNOWN}
    return rows


def summary_of(view: str, peers_summary: Fields) -> Fields:
    """A peer's totals under Moa's keys."""
    return _renamed(peers_summary, SUMMARIES.get(view) or {field: field for field in peers_summary})


def seen_by_moa(fields: Fields, keys: Iterable[str]) -> Fields:
    """Moa's values of these keys, comparable with a peer's."""
    return {key: _comparable(key, fields[key]) for key in keys}


def _renamed(fields: Fields, names: dict[str, str]) -> Fields:
    return {names[field]: _comparable(names[field], text) for field, text in fields.items() if field in names}


def _comparable(key: str, value: object) -> object:
    """Numbers as decimals, dates as their eight digits, and nothing as None, whoever wrote it."""
    text = "" if value is None else str(value).strip()
    if not text or key in TEXTS:
        return text or None
    return text.replace("-", "") if key in DATES else Decimal(text)
