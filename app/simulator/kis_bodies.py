"""The bodies of KIS's three readings: pension, bonds and asset mix."""

from collections.abc import Callable, Sequence

from app.simulator.assets import AssetMix, AssetRow
from app.simulator.bonds import BondLot
from app.simulator.formats import euc_kr_padded, percent
from app.simulator.portfolio import PensionHolding

Body = dict[str, object]
CONTINUED = ("KIOK0500", "조회가 계속됩니다..다음버튼을 Click 하십시오.")
LAST = ("KIOK0460", "조회 되었습니다. (마지막 자료)")
COMPLETE = ("KIOK0510", "조회가 완료되었습니다")
READ = ("KIOK0530", "조회되었습니다")
NOTHING = ("KIOK0560", "조회할 내용이 없습니다")
BOND_FILTER = "!^!^null"
BOND_END = " !^ !^"


def outcome(message: tuple[str, str], rt_cd: str = "0") -> Body:
    """rt_cd, msg_cd and msg1, the text padded to 80 EUC-KR bytes."""
    code, text = message
    return {"rt_cd": rt_cd, "msg_cd": code, "msg1": euc_kr_padded(text)}


def pension_body(
    account: str, holdings: Sequence[PensionHolding], price_of: Callable[[str], int], realized: int
) -> Body:
    """TTTC2202R: one call, output2 a list with one object."""
    number, product = account.split("-")
    valued = [(holding, price_of(holding.security.code)) for holding in holdings]
    value = sum(holding.quantity * price for holding, price in valued)
    cost = sum(holding.cost for holding in holdings)
    profit = value - cost
    totals = {
        "pchs_amt_smtl_amt": str(cost),
        "evlu_amt_smtl_amt": str(value),
        "evlu_pfls_smtl_amt": str(profit),
        "trad_pfls_smtl": str(realized),
        "thdt_tot_pfls_amt": str(profit + realized),
        "pftrt": percent(profit, cost, 8),
    }
    return {
        "ctx_area_fk100": f"{number}^{product}^00^".ljust(100),
        "ctx_area_nk100": " " * 100,
        "output1": [_pension_row(holding, price, value) for holding, price in valued],
        "output2": [totals],
        **outcome(COMPLETE if holdings else NOTHING),
    }


def _pension_row(holding: PensionHolding, price: int, total: int) -> Body:
    value = holding.quantity * price
    return {
        "cblc_dvsn": "01",
        "cblc_dvsn_name": "사용자",
        "pdno": holding.security.code,
        "prdt_name": holding.security.name,
        "hldg_qty": str(holding.quantity),
        "slpsb_qty": str(holding.sellable),
        "pchs_avg_pric": percent(holding.cost, holding.quantity * 100, 4),
        "evlu_pfls_amt": str(value - holding.cost),
        "evlu_pfls_rt": percent(value - holding.cost, holding.cost, 2),
        "prpr": str(price),
        "evlu_amt": str(value),
        "pchs_amt": str(holding.cost),
        "cblc_weit": percent(value, total, 8),
    }


def bond_body(lots: Sequence[BondLot], next_key: str | None) -> Body:
    """One page of CTSC8407R; the last one has a key too, but a hollow one."""
    last = LAST if lots else NOTHING
    return {
        "ctx_area_fk200": BOND_FILTER.ljust(200),
        "ctx_area_nk200": (BOND_END if next_key is None else next_key).ljust(200),
        "output": [_bond_row(lot) for lot in lots],
        **outcome(last if next_key is None else CONTINUED),
    }


def _bond_row(lot: BondLot) -> Body:
    known = lot.is_purchase_known
    return {
        "pdno": lot.code,
        "prdt_name": lot.name,
        "buy_dt": lot.bought,
        "buy_sqno": str(lot.sequence),
        "cblc_qty": str(lot.quantity),
        "agrx_qty": str(lot.taxed),
        "sprx_qty": str(lot.separately_taxed),
        "exdt": lot.matures,
        "buy_erng_rt": percent(lot.rate if known else 0, 100_000, 8),
        "buy_unpr": str(lot.price if known else 0),
        "buy_amt": str(lot.cost if known else 0),
        "ord_psbl_qty": str(lot.orderable),
    }


def asset_mix_body(mix: AssetMix, *, has_assets: bool = True) -> Body:
    """CTRP6548R: the classes by position with 합계 last, and one object of totals."""
    total = mix.value()
    rows = [_asset_row(row, row.profit, total) for row in mix.rows]
    return {
        "output1": [*rows, _asset_row(mix.total, mix.profit(), total)],
        "output2": _asset_totals(mix),
        **outcome(READ if has_assets else NOTHING),
    }


def _asset_row(row: AssetRow, profit: int, total: int) -> Body:
    weight = percent(row.value, total, 2)  # two decimals that count, printed with eight
    return {
        "pchs_amt": str(row.cost),
        "evlu_amt": str(row.value),
        "evlu_pfls_amt": str(profit),
        "crdt_lnd_amt": str(row.loan),
        "real_nass_amt": str(row.value - row.loan),
        "whol_weit_rt": f"{weight}000000",
    }


def _asset_totals(mix: AssetMix) -> Body:
    loan = str(mix.total.loan)
    foreign_shares = mix.rows[8].value if len(mix.rows) == 19 else 0
    foreign_bonds = (
        mix.rows[9].value if len(mix.rows) == 19 else mix.rows[8].value if len(mix.rows) == 16 else 0
    )
    return {
        "pchs_amt_smtl": str(mix.cost()),
        "nass_tot_amt": str(mix.value() - mix.cma if mix.cma else mix.securities),
        "loan_amt_smtl": loan,
        "evlu_pfls_amt_smtl": str(mix.profit()),
        "evlu_amt_smtl": str(mix.securities),
        "tot_asst_amt": str(mix.value()),
        "tot_lnda_tot_ulst_lnda": loan,
        "cma_auto_loan_amt": "0",
        "tot_mgln_amt": "0",
        "stln_evlu_amt": "0",
        "crdt_fncg_amt": loan,
        "ocl_apl_loan_amt": "0",
        "pldg_stup_amt": "0",
        "frcr_evlu_tota": str(mix.foreign_money),
        "tot_dncl_amt": str(mix.deposit + mix.subscription),
        "cma_evlu_amt": str(mix.cma),
        "dncl_amt": str(mix.deposit),
        "tot_sbst_amt": str(mix.rows[0].value * 7 // 10),
        "thdt_rcvb_amt": "0",
        "ovrs_stck_evlu_amt1": f"{foreign_shares}.000000",
        "ovrs_bond_evlu_amt": f"{foreign_bonds}.000000",
        "mmf_cma_mgge_loan_amt": "0",
        "sbsc_dncl_amt": str(mix.subscription),
        "pbst_sbsc_fnds_loan_use_amt": "0",
        "etpr_crdt_grnt_loan_amt": "0",
    }
