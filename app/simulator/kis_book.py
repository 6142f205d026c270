"""What the KIS accounts hold, as the pages that the wire shows, faults of the content included."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from app.simulator import assets
from app.simulator.bonds import BondLot, bond_lots
from app.simulator.faults import Faults
from app.simulator.kis_bodies import NOTHING, Body, asset_mix_body, bond_body, outcome, pension_body
from app.simulator.portfolio import PensionHolding, pension_holdings
from app.simulator.replies import Reply

_FUND_PRODUCT = "21"


class WrongKey(Exception):
    """A continuation key that no page has given."""


class RefusedPage(Exception):
    """A page that the broker refuses."""


class ChangedList(Exception):
    """A list that changed since its page before."""


class KisBook:
    """The holdings of every KIS account; each account's are drawn from the seed and its number."""

    def __init__(self, seed: int, faults: Faults, price_of: Callable[[str], int], bond_rows: int) -> None:
        self._seed = seed
        self._faults = faults
        self._price_of = price_of
        self._bond_rows = bond_rows
        self._lots: dict[str, list[BondLot]] = {}
        self._pensions: dict[str, list[PensionHolding]] = {}

    def bond_lots(self, account: str) -> list[BondLot]:
        """The lots of one account."""
        return self._lots.setdefault(account, bond_lots(self._seed, account))

    def pension(self, account: str, _query: Mapping[str, str], _is_next: bool) -> Reply:
        """TTTC2202R."""
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

    def bonds(self, account: str, query: Mapping[str, str], is_next: bool) -> Reply:
        """One page of CTSC8407R. Raises WrongKey, RefusedPage and ChangedList."""
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
        """CTRP6548R: 20 rows, or 17 for product 21."""
        faults = self._faults
        is_fund = account.endswith(_FUND_PRODUCT) or faults.has("fund-layout", "asset-mix")
        if faults.has("empty-account-bare", "asset-mix"):
            body = asset_mix_body(assets.empty_mix(16 if is_fund else 19), has_assets=False)
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

    def _mix(self, account: str, *, is_fund: bool) -> assets.AssetMix:
        faults = self._faults
        if faults.has("empty-account", "asset-mix"):
            mix = assets.empty_mix(16 if is_fund else 19)
        elif is_fund:
            mix = assets.fund_mix(self._seed, account)
        else:
            mix = assets.general_mix(self._seed, account, sum(lot.cost for lot in self.bond_lots(account)))
        if faults.has("legacy-layout", "asset-mix"):
            mix = assets.without_ima(mix)
        if faults.has("unknown-layout", "asset-mix"):
            mix = assets.with_new_class(mix)
        return mix
