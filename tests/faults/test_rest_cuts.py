"""R2, R10, R11 and R12: answers that are cut, in pages, in unknown orders or with dirty numbers in them."""

import asyncio
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from app.brokers.http import Transport
from app.brokers.kis.client import issue_token
from app.domain.clock import Clock
from app.domain.errors import AppError, UnexpectedReply
from app.domain.holdings import AssetLayout, AssetMixReport
from app.services.store import ViewId
from app.simulator.server import Options
from tests.brokers import given_answers as clients
from tests.brokers.kis import broker as kis
from tests.brokers.kiwoom.servers import page as positions_page
from tests.faults import haste
from tests.faults.headlines import record
from tests.faults.reading import (
    ASSET_MIX,
    BONDS,
    POSITIONS,
    QUESTIONS,
    STILL,
    VIEWS,
    Moa,
    asked_at,
    simulated,
)
from tests.faults.recorded import BODIES, Page, Recorded, json_page, read_from

# R2: every answer cut at every byte, as a body and as a line that breaks.

HASTE = 100


async def survived(recorded: Recorded, moa: Moa, view_id: ViewId, cuts: Sequence[Page]) -> int:
    """How many cut answers changed nothing that is shown."""
    shown = moa.state(view_id)
    rows = moa.store.positions(view_id[0])
    for cut in cuts:
        recorded.says(view_id, cut)
        await moa.ask(view_id)
        while (error := moa.state(view_id).error) is not None and error.code == "timeout":
            await moa.ask(view_id)  # a machine that stood still, in a time that passes faster
        state = moa.state(view_id)
        assert error is not None, cut
        assert error.code == "bad-response"
        assert state.report is shown.report
        assert (state.fetched_at, state.fetched_mono) == (shown.fetched_at, shown.fetched_mono)
        assert state.is_stale
        assert moa.store.positions(view_id[0]) == rows
    recorded.says(view_id, Page(BODIES[view_id]))
    await moa.ask(view_id)
    assert moa.state(view_id).error is None
    assert moa.state(view_id).report == shown.report
    return len(cuts)


def cut_everywhere(step: int, line_step: int, caplog: pytest.LogCaptureFixture) -> int:
    """Cut the recorded answers of all views at every so many bytes."""

    async def story() -> int:
        recorded = Recorded()
        async with read_from(recorded) as moa:
            work = []
            for view_id, body in BODIES.items():
                cuts = [Page(body[:size]) for size in range(0, len(body), step)]
                cuts += [Page(body, sent=size) for size in range(0, len(body), line_step)]
                work.append(survived(recorded, moa, view_id, cuts))
            return sum(await asyncio.gather(*work))

    caplog.set_level(logging.INFO, "app")
    count = haste.run(story(), HASTE)
    reported = [each for each in caplog.records if each.name == "app.services.watch"]
    assert len(reported) == len(VIEWS)  # one line for each view, however often it was tried
    assert [each for each in caplog.records if each.levelno >= logging.WARNING] == []
    return count


@pytest.mark.row("R2")
def test_r02_answers_that_are_cut_change_nothing_shown(caplog: pytest.LogCaptureFixture):
    assert cut_everywhere(61, 173, caplog) > 150


@pytest.mark.row("R2")
@pytest.mark.faults
def test_r02_answers_cut_at_every_byte_change_nothing_shown(caplog: pytest.LogCaptureFixture):
    count = cut_everywhere(1, 5, caplog)

    assert count >= sum(map(len, BODIES.values()))
    record("cuts", count, of=count, part="R2")


@pytest.mark.row("R2")
def test_r02_a_token_that_is_cut_at_any_byte_is_none():
    grant = kis.Broker()._token().response().body
    assert isinstance(grant, bytes)

    async def story() -> None:
        broker = kis.Broker()
        broker.token_answers.extend(kis.Said(grant[:size]) for size in range(len(grant)))
        async with kis.serving(broker.handle) as url:
            transport = Transport(url)
            for _ in range(len(grant)):
                with pytest.raises(UnexpectedReply):
                    await issue_token(transport, kis.CREDENTIALS, Clock())
            assert (await issue_token(transport, kis.CREDENTIALS, Clock())).text
            await transport.close()

    asyncio.run(story())
    record("cuts", len(grant), of=len(grant), part="R2")


# R10: lists in pages.


def options(positions: int) -> Options:
    """Every position on a page of its own."""
    return replace(STILL, positions=positions, position_rows=1, bond_rows=1)


@pytest.mark.row("R10")
@pytest.mark.parametrize("pages", [1, 3, 50])
def test_r10_all_rows_of_all_pages_come_once_and_in_order(pages: int):
    async def story() -> None:
        async with simulated(options(pages), clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            report = moa.state(POSITIONS).report
            assert report is not None
            assert len(report.rows) == pages
            assert [row.code for row in report.rows] == [
                each.security.code for each in simulator.market.positions
            ]
            assert report.difference == 0

    haste.run(story(), 50)


@pytest.mark.row("R10")
@pytest.mark.parametrize("fault", ["empty-account", "empty-account-bare"])
def test_r10_an_account_without_anything_has_no_rows_and_no_error(fault: str):
    async def story() -> None:
        async with simulated(replace(STILL, faults=(fault,)), clock=haste.clock()) as (_, moa):
            await moa.until_read()
            assert moa.errors == {}
            for view_id in (BONDS, POSITIONS):
                report = moa.state(view_id).report
                assert report is not None
                assert report.rows == ()

    haste.run(story(), 20)


def bonds(pages: int) -> list[Page]:
    """CTSC8407R with a lot on each page."""
    answers = [
        json_page(kis.bond_page([kis.lot(n)], key=f"key!^{n}", message="KIOK0500"), tr_cont="M")
        for n in range(pages - 1)
    ]
    return [*answers, json_page(kis.bond_page([kis.lot(pages - 1)]), tr_cont="D")]


def positions(pages: int) -> list[Page]:
    """kt00005 with a position on each page."""
    answers = [
        json_page(positions_page(f"{n:06}"), **{"cont-yn": "Y", "next-key": f"K{n + 1}"})
        for n in range(pages - 1)
    ]
    return [*answers, json_page(positions_page(f"{pages - 1:06}"), **{"cont-yn": "N"})]


LISTS = {BONDS: bonds, POSITIONS: positions}


@pytest.mark.row("R10")
@pytest.mark.parametrize("view_id", LISTS, ids=["bonds", "positions"])
def test_r10_fifty_pages_of_a_broker_are_one_list(view_id: ViewId):
    async def story() -> None:
        recorded = Recorded()
        recorded.says(view_id, *LISTS[view_id](50))
        async with read_from(recorded) as moa:
            report = moa.state(view_id).report
            assert report is not None
            assert len({row.key for row in report.rows}) == len(report.rows) == 50
            assert recorded.asked[view_id] == 50

    haste.run(story(), 50)


FAILURES = {
    "cut": lambda page: page._replace(body=page.body[:-9]),
    "broken line": lambda page: page._replace(sent=20),
    "server error": lambda page: page._replace(status=500, body=b"Internal Server Error"),
    "maintenance": lambda page: page._replace(body=b"<html></html>"),
    "nothing": lambda page: page._replace(body=b""),
}


@pytest.mark.row("R10")
@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("view_id", LISTS, ids=["bonds", "positions"])
def test_r10_a_page_that_fails_refuses_the_whole_list_and_the_old_one_stays(view_id: ViewId, failure: str):
    async def story() -> None:
        recorded = Recorded()
        recorded.says(view_id, *LISTS[view_id](3))
        async with read_from(recorded) as moa:
            shown = moa.state(view_id)
            for broken in range(4):
                pages = LISTS[view_id](4)
                pages[broken] = FAILURES[failure](pages[broken])
                if failure == "server error":  # it is asked for three times
                    pages[broken:broken] = [pages[broken]] * 2
                recorded.says(view_id, *pages)
                await moa.ask(view_id)
                state = moa.state(view_id)
                assert state.error is not None
                assert (state.report, state.fetched_mono) == (shown.report, shown.fetched_mono)
                assert len(moa.store.positions(view_id[0])) == (3 if view_id == POSITIONS else 0)
            recorded.says(view_id, *LISTS[view_id](4))
            await moa.ask(view_id)
            report = moa.state(view_id).report
            assert report is not None
            assert len(report.rows) == 4

    haste.run(story(), 50)


LONGEST = {BONDS: 60, POSITIONS: 100}  # pages


@pytest.mark.row("R10")
@pytest.mark.parametrize("fault", ["endless-pages", "endless-new-keys", "failing-page"])
def test_r10_a_list_without_an_end_is_given_up_in_words_and_the_old_one_stays(fault: str):
    async def story() -> None:
        async with simulated(options(3), clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            for view_id in (BONDS, POSITIONS):
                shown, asked = moa.state(view_id), len(asked_at(simulator, QUESTIONS[view_id]))
                simulator.faults.set(f"{fault}@{view_id[1]}")
                await moa.ask(view_id)
                state = moa.state(view_id)
                assert state.error is not None
                assert (state.report, state.fetched_mono) == (shown.report, shown.fetched_mono)
                assert len(asked_at(simulator, QUESTIONS[view_id])) - asked <= LONGEST[view_id]
                if fault != "failing-page":
                    assert state.error.code == "bad-response"
                    assert "반복" in state.error.message or "넘었습니다" in state.error.message

    haste.run(story(), 100)


# R11: the rows of CTRP6548R have no names, only an order.

KNOWN = {
    ("01", 20): AssetLayout.GENERAL_20,
    ("01", 19): AssetLayout.GENERAL_19,
    ("21", 17): AssetLayout.FUND_17,
    ("21", 16): AssetLayout.FUND_16,
}


def asset_mix(values: Sequence[int | None], first: str = "output1") -> Page:
    """CTRP6548R with rows of these values, the last one its sum or not."""
    recorded = json.loads(BODIES[ASSET_MIX])
    some = recorded.pop("output1")[0]
    rows = [some | {"evlu_amt": "" if value is None else str(value)} for value in values]
    totals = recorded.pop("output2")
    return json_page({first: rows, first.replace("1", "2"): totals, **recorded})


def mix(product: str, page: Page) -> AssetMixReport:
    """What the store holds of such an answer."""

    async def story() -> AssetMixReport:
        recorded = Recorded()
        recorded.says(ASSET_MIX, page)
        async with read_from(recorded, product) as moa:
            report = moa.state(ASSET_MIX).report
            assert isinstance(report, AssetMixReport)
            return report

    return haste.run(story(), 20)


@pytest.mark.row("R11")
@pytest.mark.parametrize("first", ["output1", "Output1"])
@pytest.mark.parametrize("product", ["01", "21"])
@pytest.mark.parametrize("count", [16, 17, 19, 20, 21])
def test_r11_a_known_order_has_names_and_another_has_none(product: str, count: int, first: str):
    values = list(range(1, count))
    report = mix(product, asset_mix([*values, sum(values)], first))

    layout = KNOWN.get((product, count), AssetLayout.UNKNOWN)
    assert report.layout is layout
    names = [row.category for row in report.rows]
    assert all(names) if layout is not AssetLayout.UNKNOWN else not any(names)
    assert [row.value for row in report.rows] == values
    assert report.difference == 0


@pytest.mark.row("R11")
@pytest.mark.parametrize("count", [16, 20, 21])
def test_r11_a_last_row_that_is_not_the_sum_is_no_wrong_total(count: int):
    values = list(range(1, count))
    report = mix("01", asset_mix([*values, sum(values) + 1_000]))

    if count == 20:  # a known order: the last row is the sum, and it is off
        assert (len(report.rows), report.difference) == (19, 1_000)
    else:
        assert (len(report.rows), report.total) == (count, None)
        assert not any(row.category for row in report.rows)


@pytest.mark.row("R11")
def test_r11_an_account_without_rows_has_no_order():
    totals = {"tot_asst_amt": "0", "evlu_amt_smtl": "0"}
    answer = {"rt_cd": "0", "msg_cd": "KIOK0530", "output1": [], "output2": totals}

    report = mix("01", json_page(answer))

    assert (report.layout, report.rows, report.difference) == (AssetLayout.UNKNOWN, (), None)


# R12: dirty numbers.

DIRTY: dict[str, Decimal | type[AppError] | None] = {
    "": None,
    "   ": None,
    "-160400": Decimal(-160_400),
    "+1,234": Decimal(1_234),
    "00000123": Decimal(123),
    "-00000123": Decimal(-123),
    "1000000000000000": Decimal(10**15),
    "-0": Decimal(0),
    "0.10": Decimal("0.10"),
    "1E3": UnexpectedReply,
    "NaN": UnexpectedReply,
    "Infinity": UnexpectedReply,
    "1 234": UnexpectedReply,
    "12a,4": UnexpectedReply,
    "1,23,4": UnexpectedReply,
    "--1": UnexpectedReply,
    "１２": UnexpectedReply,
}
# A number of each view's rows: its name on the wire and in the report.
NUMBERS = {
    "pension": ("output1", "evlu_amt", "value"),
    "bonds": ("output", "cblc_qty", "quantity"),
    "asset-mix": ("output1", "evlu_amt", "value"),
    "positions": ("stk_cntr_remn", "evlt_amt", "value"),
}


def numbers(part: Any) -> Iterator[object]:
    """Every value within a report."""
    if is_dataclass(part):
        for each in fields(part):
            yield from numbers(getattr(part, each.name))
    elif isinstance(part, tuple | list):
        for each in part:
            yield from numbers(each)
    else:
        yield part


@pytest.mark.row("R12")
@pytest.mark.parametrize("view", NUMBERS)
@pytest.mark.parametrize("dirty", [*DIRTY, None, "absent"])
def test_r12_a_dirty_number_is_exact_unknown_or_refused_and_never_a_float(view: str, dirty: str | None):
    rows, wire_name, name = NUMBERS[view]
    body = json.loads(clients.READERS[view][0])
    if dirty == "absent":
        del body[rows][0][wire_name]
    else:
        body[rows][0][wire_name] = dirty
    expected = DIRTY.get(dirty or "")

    report = clients.read(view, json.dumps(body).encode())

    if expected is UnexpectedReply:
        assert isinstance(report, UnexpectedReply)
        assert wire_name in report.message
        assert dirty not in report.message
        return
    assert not isinstance(report, AppError)
    got = getattr(report.rows[0], name)
    assert (got, type(got)) == (expected, type(expected))
    assert not any(isinstance(each, float) for each in numbers(report))


@pytest.mark.row("R12")
@pytest.mark.parametrize(
    ("sent", "price"), [("-70600", 70_600), ("+70600", 70_600), ("70600", 70_600), ("00070600", 70_600)]
)
def test_r12_the_sign_of_a_live_price_is_its_direction_and_no_part_of_it(sent: str, price: int):
    from app.brokers.kiwoom.frames import FrameReader
    from app.domain.live import Tick
    from tests.brokers.kiwoom.servers import real, trade

    reader = FrameReader()
    frame = reader.frame(real(trade("005930", sent)).encode())
    assert frame is not None
    (event,) = reader.events(frame)
    assert isinstance(event, Tick)
    assert event.price == price
    assert type(event.price) is Decimal
