"""Whatever a third-party client reads from the simulator, Moa reads the same."""

from typing import Any

import pytest

from .peer import Peer
from .wire import rows_of, seen_by_moa, summary_of

pytestmark = pytest.mark.peers

KIS = ("kis-trader", "python-kis")
KIWOOM = ("kiwoom-client", "kiwoom-playground", "kiwoomrest")
KIS_VIEWS = {"pension", "bonds", "asset-mix"}


def check_rows(view: str, peers_rows: list[dict[str, Any]], moa: dict[str, Any]) -> None:
    rows = rows_of(view, peers_rows)
    assert rows == [seen_by_moa(mine, row) for row, mine in zip(rows, moa[view]["rows"], strict=True)]


def check_summary(view: str, peers_summary: dict[str, Any], moa: dict[str, Any]) -> None:
    summary = summary_of(view, peers_summary)
    assert summary == seen_by_moa(moa[view]["summary"], summary)


def test_moa_reads_every_view(moa: dict[str, Any]):
    assert {view: reading["status"] for view, reading in moa.items()} == dict.fromkeys(
        (*KIS_VIEWS, "positions"), "ok"
    )
    assert [len(moa[view]["rows"]) for view in ("pension", "bonds", "asset-mix", "positions")] == [
        9,
        25,
        19,
        45,
    ]


@pytest.mark.parametrize("peer", KIS, indirect=True)
def test_a_kis_client_reads_what_moa_reads(peer: Peer, addresses: dict[str, Any], moa: dict[str, Any]):
    reading = peer.reading(addresses)
    assert reading.keys() == KIS_VIEWS
    for view in ("pension", "bonds"):
        check_rows(view, reading[view]["rows"], moa)
    for view in ("pension", "asset-mix"):
        check_summary(view, reading[view]["summary"], moa)
        assert len(reading[view]["summary"]) >= 6


@pytest.mark.parametrize("peer", ["python-kis"], indirect=True)
def test_the_cursor_of_a_kis_client_leads_through_the_pages(
    peer: Peer, addresses: dict[str, Any], moa: dict[str, Any]
):
    reading = peer.reading(addresses)
    assert reading["pension"]["is_last"]
    assert (reading["bonds"]["pages"], reading["bonds"]["is_last"]) == (3, True)
    *classes, total = reading["asset-mix"]["rows"]
    check_rows("asset-mix", classes, moa)
    assert total["evlu_amt"] == reading["asset-mix"]["summary"]["tot_asst_amt"]


@pytest.mark.parametrize("peer", KIWOOM, indirect=True)
def test_a_kiwoom_client_reads_what_moa_reads(peer: Peer, addresses: dict[str, Any], moa: dict[str, Any]):
    pages = peer.reading(addresses)["positions"]
    assert [len(page["stk_cntr_remn"]) for page in pages] == [20, 20, 5]
    check_rows("positions", [row for page in pages for row in page["stk_cntr_remn"]], moa)
    for page in pages:
        totals = {name: text for name, text in page.items() if name in moa["positions"]["summary"]}
        assert totals.keys() == moa["positions"]["summary"].keys()
        check_summary("positions", totals, moa)


@pytest.mark.parametrize("peer", ["python-kis"], indirect=True)
def test_a_kis_token_ends_in_24_hours_by_the_clock_of_seoul(peer: Peer, addresses: dict[str, Any]):
    token = peer.ask(addresses, "token")
    assert (token["type"], token["validity_period"]) == ("Bearer", 86_400)
    assert 23.9 < token["hours"] <= 24
