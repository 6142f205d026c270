"""Whatever a third-party client reads of Kiwoom's days before, Moa reads the same."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.domain.clock import SYSTEM_CLOCK
from app.domain.past import DayLedger, Past, PastBalance, PastValue, SpanTotals

from .peer import Peer, past_of_moa

pytestmark = pytest.mark.peers

TODAY = SYSTEM_CLOCK.now().date()
FIRST, LAST, DAY = TODAY - timedelta(days=200), TODAY - timedelta(days=1), TODAY - timedelta(days=90)


@pytest.fixture(scope="session")
def moas_past(addresses: dict[str, Any]) -> dict[str, Any]:
    """What Moa reads, by query."""

    async def ask(past: Past) -> dict[str, Any]:
        index = dict(await past.index(LAST))
        return {
            "kt00002": await past.values(FIRST, LAST),
            "kt00016": await past.totals(FIRST, LAST),
            "kt00017": await past.today(),
            "ka01690": await past.balance(DAY),
            "ka20006": {**index, **await past.index(min(index) - timedelta(days=1))},
        }

    return past_of_moa(addresses, ask)


def day(text: str) -> str:
    return f"{text[:4]}-{text[4:6]}-{text[6:]}"


def fields(body: dict[str, str], **names: str) -> dict[str, Decimal]:
    """The amounts of an answer by the names that Moa has for them."""
    return {mine: Decimal(body[theirs]) for mine, theirs in names.items()}


@pytest.mark.parametrize("peer", ("kiwoom-client", "kiwoom-playground", "kiwoomrest"), indirect=True)
def test_a_kiwoom_client_reads_the_past_that_moa_reads(
    peer: Peer, addresses: dict[str, Any], moas_past: dict[str, Any]
):
    wanted = {"first": f"{FIRST:%Y%m%d}", "last": f"{LAST:%Y%m%d}", "day": f"{DAY:%Y%m%d}"}
    answer = peer.ask(addresses, "past", **wanted)
    assert "error" not in answer, answer

    values: list[PastValue] = moas_past["kt00002"]
    assert [
        (day(row["dt"]), Decimal(row["prsm_dpst_aset_amt"]))
        for row in answer["kt00002"]["daly_prsm_dpst_aset_amt_prst"]
    ] == [(each.day.isoformat(), each.value) for each in values]
    assert len(values) == 200

    totals: SpanTotals = moas_past["kt00016"]
    assert fields(
        answer["kt00016"],
        start_value="tot_amt_fr",
        end_value="tot_amt_to",
        cash_in="termin_tot_trns",
        cash_out="termin_tot_pymn",
        average_capital="invt_bsamt",
        profit="evltv_prft",
        profit_rate="prft_rt",
    ) == {
        name: getattr(totals, name)
        for name in (
            "start_value",
            "end_value",
            "cash_in",
            "cash_out",
            "average_capital",
            "profit",
            "profit_rate",
        )
    }

    ledger: DayLedger = moas_past["kt00017"]
    assert fields(answer["kt00017"], dividends="dvida_amt", bought="buy_amt", fees="cmsn") == {
        "dividends": ledger.dividends,
        "bought": ledger.bought,
        "fees": ledger.fees,
    }

    balance: PastBalance = moas_past["ka01690"]
    assert fields(answer["ka01690"], total="day_stk_asst", deposit="dbst_bal") == {
        "total": balance.total,
        "deposit": balance.deposit,
    }
    assert [
        (row["stk_cd"], Decimal(row["rmnd_qty"]), Decimal(row["evlt_amt"]))
        for row in answer["ka01690"]["day_bal_rt"]
    ] == [(each.code, each.quantity, each.value) for each in balance.holdings]

    closes = {
        day(row["dt"]): Decimal(row["cur_prc"]) / 100
        for page in answer["ka20006"]
        for row in page["inds_dt_pole_qry"]
    }
    assert closes == {each.isoformat(): points for each, points in moas_past["ka20006"].items()}
    assert len(answer["ka20006"]) == 2
