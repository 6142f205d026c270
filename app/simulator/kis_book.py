"""The holdings of the KIS accounts as bodies and pages of responses, including content faults."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from app.simulator.faults import Faults
from app.simulator.portfolio import (
    AssetMix,
    AssetRow,
    BondLot,
    PensionHolding,
    bond_lots,
    empty_mix,
    fund_mix,
    general_mix,
    pension_cash,
    pension_holdings,
    with_new_class,
    without_ima,
)
from app.simulator.replies import Reply, percent

Body = dict[str, object]
CONTINUED = ("KIOK0500", "조회가 계속됩니다..다음버튼을 Click 하십시오.")
LAST = ("KIOK0460", "조회 되었습니다. (마지막 자료)")
COMPLETE = ("KIOK0510", "조회가 완료되었습니다")
READ = ("KIOK0530", "조회되었습니다")
NOTHING = ("KIOK0560", "조회할 내용이 없습니다")
BOND_FILTER = "!^!^null"
BOND_END = " !^ !^"

_FUND_PRODUCT = "21"


class WrongKey(Exception):
    """An unknown continuation key."""


class RefusedPage(Exception):
    """A page that is refused."""


class ChangedList(Exception):
    """The list changed since the previous page."""


class KisBook:
    """The holdings of every KIS account, derived from the seed and the account number."""

    def __init__(self, seed: int, faults: Faults, price_of: Callable[[str], int], bond_rows: int) -> None:
        self._seed = seed
        self._faults = faults
        self._price_of = price_of
        self._bond_rows = bond_rows
        self._lots: dict[str, list[BondLot]] = {}
        self._pensions: dict[str, list[PensionHolding]] = {}

    def bond_lots(self, account: str) -> list[BondLot]:
        """Return the lots of one account."""
        return self._lots.setdefault(account, bond_lots(self._seed, account))

    def pension(self, account: str, _query: Mapping[str, str], _is_next: bool) -> Reply:
        """Return TTTC2202R."""
        faults = self._faults
        holdings = self._pensions.setdefault(account, pension_holdings(self._seed, account))
        if faults.first(("empty-account", "empty-account-bare"), "pension"):
            holdings = []
        realized = random.Random(f"{self._seed}:{account}:realized").randint(-40_000, 90_000)  # noqa: S311
        body = pension_body(account, holdings, self._price_of, realized if holdings else 0)
        totals: list[Body] = body["output2"]  # type: ignore[assignment]
        if faults.has("missing-list", "pension"):
            body["output1"] = []
        if faults.has("wrong-total", "pension"):
            totals[0]["evlu_amt_smtl_amt"] = str(int(str(totals[0]["evlu_amt_smtl_amt"])) + 1_000)
        if faults.has("empty-account-bare", "pension"):
            body["output2"] = []
        elif faults.has("object-output2", "pension"):
            body["output2"] = totals[0]
        return Reply(body, {"tr_cont": "D"})

    def pension_cash(self, account: str, _query: Mapping[str, str], _is_next: bool) -> Reply:
        """Return TTTC2208R, on one page: nothing was traded today."""
        holdings = self._pensions.setdefault(account, pension_holdings(self._seed, account))
        cash = pension_cash(self._seed, account)
        if self._faults.first(("empty-account", "empty-account-bare"), "pension"):
            holdings, cash = [], 0
        return Reply(pension_cash_body(account, holdings, self._price_of, cash), {"tr_cont": "D"})

    def bonds(self, account: str, query: Mapping[str, str], is_next: bool) -> Reply:
        """Return one page of CTSC8407R. Raises WrongKey, RefusedPage and ChangedList."""
        faults = self._faults
        key = query["CTX_AREA_NK200"].strip() if is_next else ""
        lots = self._filtered(account, query)
        if key and faults.has("failing-page", "bonds"):
            raise RefusedPage
        if key and (faults.has("list-changing", "bonds") or faults.once("list-changed", account, "bonds")):
            raise ChangedList
        if lots and faults.has("endless-pages", "bonds"):
            rows = lots[: self._bond_rows]
            return Reply(bond_body(rows, rows[-1].key), {"tr_cont": "M"})
        if lots and faults.has("endless-new-keys", "bonds"):
            return self._endless(lots, key)
        start = self._start(lots, key)
        rows = lots[start : start + self._bond_rows]
        has_more = start + self._bond_rows < len(lots)
        if faults.has("missing-list", "bonds") and not has_more:
            return Reply({**bond_body(rows, None), "output": []}, {"tr_cont": "E"})
        more, last = ("F", "D") if faults.has("tr-cont-f", "bonds") else ("M", "E")
        return Reply(
            bond_body(rows, rows[-1].key if has_more else None), {"tr_cont": more if has_more else last}
        )

    def _filtered(self, account: str, query: Mapping[str, str]) -> list[BondLot]:
        if self._faults.first(("empty-account", "empty-account-bare"), "bonds"):
            return []
        code, day = query["PDNO"].strip(), query["BUY_DT"].strip()
        lots = self.bond_lots(account)
        return [lot for lot in lots if code in ("", lot.code) and day in ("", lot.bought)]

    def _endless(self, lots: list[BondLot], key: str) -> Reply:
        page = int(key.rpartition("!^")[2]) if key.rpartition("!^")[2].isdigit() else 0
        shifted = [replace(lot, sequence=lot.sequence + 100 * page) for lot in lots[: self._bond_rows]]
        return Reply(bond_body(shifted, f"{lots[0].code}!^{lots[0].bought}!^{page + 1}"), {"tr_cont": "M"})

    @staticmethod
    def _start(lots: list[BondLot], key: str) -> int:
        if not key:
            return 0
        for index, lot in enumerate(lots):
            if lot.key == key:
                return index + 1
        raise WrongKey

    def asset_mix(self, account: str, _query: Mapping[str, str], _is_next: bool) -> Reply:
        """Return CTRP6548R: 20 rows, or 17 for product 21."""
        faults = self._faults
        is_fund = account.endswith(_FUND_PRODUCT) or faults.has("fund-layout", "asset-mix")
        if faults.has("empty-account-bare", "asset-mix"):
            body = asset_mix_body(empty_mix(16 if is_fund else 19), has_assets=False)
            return Reply({"output1": [], "output2": body["output2"], **outcome(NOTHING)}, {"tr_cont": ""})
        mix = self._mix(account, is_fund=is_fund)
        body = asset_mix_body(mix, has_assets=mix.value() != 0)
        if faults.has("missing-list", "asset-mix"):
            body["output1"] = []
        if faults.has("wrong-total", "asset-mix"):
            rows: list[Body] = body["output1"]  # type: ignore[assignment]
            totals: Body = body["output2"]  # type: ignore[assignment]
            rows[-1]["evlu_amt"] = totals["tot_asst_amt"] = str(mix.value() + 1_000)
        return Reply(body, {"tr_cont": ""})

    def _mix(self, account: str, *, is_fund: bool) -> AssetMix:
        faults = self._faults
        if faults.has("empty-account", "asset-mix"):
            mix = empty_mix(16 if is_fund else 19)
        elif is_fund:
            mix = fund_mix(self._seed, account)
        else:
            mix = general_mix(self._seed, account, sum(lot.cost for lot in self.bond_lots(account)))
        if faults.has("legacy-layout", "asset-mix"):
            mix = without_ima(mix)
        if faults.has("unknown-layout", "asset-mix"):
            mix = with_new_class(mix)
        return mix


def outcome(message: tuple[str, str], rt_cd: str = "0") -> Body:
    """Return rt_cd, msg_cd and msg1, the text padded to 80 EUC-KR bytes."""
    code, text = message
    return {"rt_cd": rt_cd, "msg_cd": code, "msg1": euc_kr_padded(text)}


def pension_body(
    account: str, holdings: Sequence[PensionHolding], price_of: Callable[[str], int], realized: int
) -> Body:
    """Return TTTC2202R: one call, output2 a list with one object."""
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


def pension_cash_body(
    account: str, holdings: Sequence[PensionHolding], price_of: Callable[[str], int], cash: int
) -> Body:
    """Return TTTC2208R without trades: output2 an object, the cash the same on all days."""
    number, product = account.split("-")
    value = sum(holding.quantity * price_of(holding.security.code) for holding in holdings)
    return {
        "ctx_area_fk100": f"{number}^{product}^00^00^".ljust(100),
        "ctx_area_nk100": " " * 100,
        "output1": [_pension_cash_row(holding, price_of(holding.security.code)) for holding in holdings],
        "output2": {
            "dnca_tot_amt": str(cash),
            "nxdy_excc_amt": str(cash),
            "prvs_rcdl_excc_amt": str(cash),
            "thdt_buy_amt": "0",
            "thdt_sll_amt": "0",
            "thdt_tlex_amt": "0",
            "scts_evlu_amt": str(value),
            "tot_evlu_amt": str(value + cash),
        },
        **outcome(COMPLETE if holdings else NOTHING),
    }


def _pension_cash_row(holding: PensionHolding, price: int) -> Body:
    value = holding.quantity * price
    return {
        "cblc_dvsn_name": "사용자",
        "prdt_name": holding.security.name,
        "pdno": holding.security.code,
        "item_dvsn_name": "현금",
        "thdt_buyqty": "0",
        "thdt_sll_qty": "0",
        "hldg_qty": str(holding.quantity),
        "ord_psbl_qty": str(holding.sellable),
        "pchs_avg_pric": percent(holding.cost, holding.quantity * 100, 4),
        "pchs_amt": str(holding.cost),
        "prpr": str(price),
        "evlu_amt": str(value),
        "evlu_pfls_amt": str(value - holding.cost),
        "evlu_erng_rt": percent(value - holding.cost, holding.cost, 8),
    }


def bond_body(lots: Sequence[BondLot], next_key: str | None) -> Body:
    """Return one page of CTSC8407R; the last one has a key too, but an empty one."""
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
    """Return CTRP6548R: the classes by position with 합계 last, and one object of totals."""
    total = mix.value()
    rows = [_asset_row(row, row.profit, total) for row in mix.rows]
    return {
        "output1": [*rows, _asset_row(mix.total, mix.profit(), total)],
        "output2": _asset_totals(mix),
        **outcome(READ if has_assets else NOTHING),
    }


def _asset_row(row: AssetRow, profit: int, total: int) -> Body:
    weight = percent(row.value, total, 2)  # two significant decimals, printed with eight
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


def euc_kr_padded(text: str, width: int = 80) -> str:
    """Return a text padded with blanks to `width` EUC-KR bytes, as KIS pads msg1."""
    return text + " " * max(0, width - len(text.encode("euc-kr", "replace")))
