"""R4: what sounds like an empty account or a passing fault and is none, through all of Moa."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from app.services.store import ViewId
from tests.faults import haste
from tests.faults.reading import ASSET_MIX, BONDS, PENSION, POSITIONS, STILL, simulated

EVERY_KIS_VIEW = (PENSION, BONDS, ASSET_MIX)

# The views that fail while a fault shows, with the code of each.
REFUSED: dict[str, Mapping[ViewId, str]] = {
    "closed-market": {POSITIONS: "571489"},
    "market-over": {POSITIONS: "20"},
    "missing-list": dict.fromkeys((*EVERY_KIS_VIEW, POSITIONS), "bad-response"),
    "paper-key": dict.fromkeys(EVERY_KIS_VIEW, "EGW02004") | {POSITIONS: "8030"},
    "paper-address": dict.fromkeys(EVERY_KIS_VIEW, "EGW02006") | {POSITIONS: "RC9000"},
    "cut-secret": dict.fromkeys(EVERY_KIS_VIEW, "EGW00304"),
    "unknown-refusal": dict.fromkeys(EVERY_KIS_VIEW, "ABCD1234") | {POSITIONS: "99"},
    "list-changing": {BONDS: "SYDB0050"},
}


@pytest.mark.row("R16")
@pytest.mark.parametrize("fault", REFUSED)
def test_r4_a_refusal_is_an_error_with_the_brokers_code_and_the_last_values_stay(fault: str):
    async def story() -> None:
        async with simulated(replace(STILL, bond_rows=2), clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            reports = {view_id: moa.state(view_id).report for view_id in moa.views}
            rows = moa.store.positions(POSITIONS[0])

            simulator.faults.set(fault)
            await moa.ask()

            assert moa.errors == REFUSED[fault]
            for view_id in moa.views:
                state = moa.state(view_id)
                assert (state.error is not None) is state.is_stale is (view_id in REFUSED[fault])
                assert state.error is None or state.report is reports[view_id]
                assert state.report == reports[view_id]
            assert moa.store.positions(POSITIONS[0]) == rows
            assert rows

            simulator.faults.clear()
            await moa.ask()
            assert moa.errors == {}

    haste.run(story(), 50)


@pytest.mark.row("R16")
@pytest.mark.parametrize("fault", ["query-again", "unknown-token", "list-changed"])
def test_r4_what_another_try_mends_is_mended_without_an_error(fault: str):
    async def story() -> None:
        options = replace(STILL, bond_rows=2, faults=(fault,))
        async with simulated(options, clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            assert moa.reads == dict.fromkeys(moa.views, 1)  # a failed read would count, too
            reports = [moa.state(view_id).report for view_id in moa.views]

            simulator.faults.clear()
            await moa.ask()
            assert [moa.state(view_id).report for view_id in moa.views] == reports

    haste.run(story(), 50)
