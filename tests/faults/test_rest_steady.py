"""R13: the same again and again, and every total to the won."""

import gc
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import pytest

from app.services.store import ViewId
from app.simulator.server import Simulator
from tests.faults import haste
from tests.faults.headlines import record
from tests.faults.reading import ASSET_MIX, BONDS, PENSION, POSITIONS, STILL, Moa, simulated
from tests.faults.recorded import BODIES, Recorded, read_from
from tests.simulator.clients import Brokers

# What a broker says that an account is worth, and what its rows add up to, by the answers as they came.

Worth = tuple[int, int]


def worth_of_pension(pages: Sequence[Any]) -> Worth:
    """TTTC2202R."""
    (page,) = pages
    return int(page["output2"][0]["evlu_amt_smtl_amt"]), _sum(page["output1"], "evlu_amt")


def worth_of_asset_mix(pages: Sequence[Any]) -> Worth:
    """CTRP6548R: the last row is the sum."""
    (page,) = pages
    *rows, total = page["output1"]
    return int(total["evlu_amt"]), _sum(rows, "evlu_amt")


def worth_of_positions(pages: Sequence[Any]) -> Worth:
    """kt00005."""
    rows = [row for page in pages for row in page["stk_cntr_remn"]]
    return int(pages[0]["evlt_amt_tot"]), _sum(rows, "evlt_amt")


def cost_of_bonds(pages: Sequence[Any]) -> int:
    """CTSC8407R has no total: what the lots were bought for, where that is known."""
    return _sum([row for page in pages for row in page["output"]], "buy_amt")


def _sum(rows: Sequence[dict[str, str]], name: str) -> int:
    return sum(int(row[name] or 0) for row in rows)


WORTH = {PENSION: worth_of_pension, ASSET_MIX: worth_of_asset_mix, POSITIONS: worth_of_positions}


def won_off(moa: Moa, pages: dict[ViewId, Sequence[Any]]) -> tuple[Decimal, int]:
    """By how many won the figures shown and reported differ from the broker's, and how many of them."""
    off, figures = Decimal(0), 0
    for view_id, worth_of in WORTH.items():
        total, rows = worth_of(pages[view_id])
        report = moa.state(view_id).report
        assert report is not None
        value, difference = report.value, report.difference  # type: ignore[union-attr]
        assert value is not None
        assert difference is not None
        off += abs(value - total) + abs(difference - (total - rows))
        figures += 2
    report = moa.state(BONDS).report
    assert report is not None
    off += abs((report.purchase_amount or 0) - cost_of_bonds(pages[BONDS]))  # type: ignore[union-attr]
    shown = sum((row.value or 0 for row in moa.store.positions("kiwoom-main")), Decimal(0))
    off += abs(shown - worth_of_positions(pages[POSITIONS])[1])
    return off, figures + 2


@pytest.mark.row("R13")
@pytest.mark.parametrize("seed", range(1, 9))
@pytest.mark.parametrize("fault", ["", "wrong-total"])
def test_r13_every_total_is_the_brokers_to_the_won_and_a_difference_is_reported(seed: int, fault: str):
    options = replace(STILL, seed=seed, positions=40, position_rows=7, bond_rows=4)

    async def story() -> tuple[Decimal, int]:
        async with simulated(options, clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            simulator.faults.set(*([fault] if fault else []))
            await moa.ask()
            pages = await pages_of(simulator)
            reported = [moa.state(each).report.difference for each in WORTH]  # type: ignore[union-attr]
            assert reported == [1_000 if fault else 0] * 3
            return won_off(moa, pages)

    off, figures = haste.run(story(), 20)
    record("won", float(off), of=figures, part="R13")
    assert off == 0


async def pages_of(simulator: Simulator) -> dict[ViewId, Sequence[Any]]:
    """The answers as a client without any of our code gets them."""
    async with httpx.AsyncClient(trust_env=False) as http:
        brokers = Brokers(simulator, http)
        return {
            PENSION: [(await brokers.kis("pension")).json()],
            ASSET_MIX: [(await brokers.kis("asset-mix")).json()],
            BONDS: await brokers.bond_pages(),
            POSITIONS: await brokers.position_pages(),
        }


@pytest.mark.row("R13")
def test_r13_the_totals_of_the_recorded_answers_are_the_brokers_to_the_won():
    async def story() -> tuple[Decimal, int]:
        async with read_from(Recorded()) as moa:
            return won_off(moa, {view_id: [json.loads(body)] for view_id, body in BODIES.items()})

    off, figures = haste.run(story(), 20)
    record("won", float(off), of=figures, part="R13")
    assert off == 0


# The same answers, a thousand times.


def objects() -> int:
    """How many objects there are."""
    gc.collect()
    return len(gc.get_objects())


async def read_again(moa: Moa, times: int, values: list[Any]) -> None:
    """Read everything so many times; the totals must stay what they are."""
    for _ in range(times):
        await moa.ask()
        assert moa.errors == {}
        assert [moa.state(each).report.value for each in WORTH] == values  # type: ignore[union-attr]


def read_a_thousand_times(warm: int, times: int) -> float:
    """By what share the number of objects changed over so many reads of the same."""

    async def story() -> float:
        async with read_from(Recorded()) as moa:
            values = [moa.state(each).report.value for each in WORTH]  # type: ignore[union-attr]
            await read_again(moa, warm, values)
            before = objects()
            await read_again(moa, times, values)
            return (objects() - before) / before

    return haste.run(story(), 50)


@pytest.mark.row("R13")
def test_r13_reading_the_same_again_leaves_no_objects_behind():
    assert abs(read_a_thousand_times(20, 100)) < 0.01


@pytest.mark.row("R13")
@pytest.mark.faults
def test_r13_a_thousand_reads_of_the_same_give_the_same_and_leave_no_objects_behind(
    headline: Callable[[str], None],
):
    share = read_a_thousand_times(50, 1_000)

    headline(f"R13: objects after 4,000 reads of the same: {share:+.2%} (at most ±1 %)")
    assert abs(share) < 0.01
