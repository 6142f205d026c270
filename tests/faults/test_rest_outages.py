"""R1, R3, R4, R14 and T2: a broker that answers, but not with what was asked for."""

import asyncio
import logging
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from app.brokers.kis.codes import CODES
from app.domain.connections import Connection, View
from app.domain.errors import AppError, NeedsUser
from app.services.secrets import MemoryVault
from app.services.store import Line, ViewId
from app.services.watch import LONGEST_RETRY_SECONDS
from app.simulator.server import Simulator
from tests.brokers.kis import broker as kis
from tests.brokers.kiwoom.servers import Answer, Rest, refused
from tests.brokers.serving import serving
from tests.faults import haste
from tests.faults.listening import body, listening, readings, row
from tests.faults.reading import (
    ASSET_MIX,
    BONDS,
    PENSION,
    POSITIONS,
    QUESTIONS,
    STILL,
    VIEWS,
    Moa,
    asked_at,
    reading_from,
    simulated,
)

# R1: 500, 502 and 503, twenty in a row.

MOST_IN_A_MINUTE = 6
STATUS = {PENSION: 500, BONDS: 502, ASSET_MIX: 503, POSITIONS: 503}
HASTE = 25


class Outage:
    """One view's broker that fails with its status, and the requests that came meanwhile."""

    def __init__(self, simulator: Simulator, moa: Moa, view_id: ViewId) -> None:
        self.view_id = view_id
        self._simulator = simulator
        self._moa = moa
        self._good = moa.state(view_id)
        self._fault = f"http-{STATUS[view_id]}@{view_id[1]}"
        self._before = len(self._all())
        self._now = asyncio.get_running_loop().time
        self._began = self._now()
        simulator.faults.set(self._fault)

    def _all(self) -> list[float]:
        return asked_at(self._simulator, QUESTIONS[self.view_id])

    @property
    def asked(self) -> list[float]:
        """The loop's seconds from the start of the outage to each request."""
        return [at * HASTE - self._began for at in self._all()[self._before :]]

    async def last(self, is_over: Callable[["Outage"], bool]) -> None:
        """See it through; then the broker works again."""
        self._moa.watch.ask(self.view_id)
        await self._moa.until(lambda: self._moa.state(self.view_id).error)
        while not is_over(self):
            self._check_shown()
            await asyncio.sleep(0.5)
        asked = len(self.asked)
        self._simulator.faults.clear(self._fault)
        healed_at = self._now()
        recovered_at = await self._moa.until(
            lambda: self._moa.state(self.view_id).error is None, LONGEST_RETRY_SECONDS + 30
        )
        assert recovered_at - healed_at <= LONGEST_RETRY_SECONDS + 5
        assert len(self.asked) == asked + 1
        assert self._moa.state(self.view_id).report == self._good.report

    def _check_shown(self) -> None:
        state, good = self._moa.state(self.view_id), self._good
        assert state.report is good.report
        assert (state.fetched_at, state.fetched_mono) == (good.fetched_at, good.fetched_mono)
        assert state.is_stale
        assert state.error is not None
        assert state.error.code == "network"
        assert f"HTTP {STATUS[self.view_id]}" in state.error.message
        assert state.is_reading or state.retry_mono is not None


def outages(is_over: Callable[[Outage], bool], caplog: pytest.LogCaptureFixture) -> None:
    """All four views at once."""

    async def story() -> None:
        async with simulated(clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            caplog.clear()
            all_of_them = [Outage(simulator, moa, view_id) for view_id in VIEWS]
            await asyncio.gather(*(outage.last(is_over) for outage in all_of_them))
            for outage in all_of_them:
                assert sum(at <= 60 for at in outage.asked) <= MOST_IN_A_MINUTE

    caplog.set_level(logging.INFO, "app")
    haste.run(story(), HASTE)
    error_for = [record.getMessage() for record in caplog.records if "failed" in record.getMessage()]
    assert len(error_for) == len(VIEWS)  # one line each, however often it was tried


@pytest.mark.row("R1")
def test_r01_server_errors_of_a_minute_keep_the_last_values_and_start_no_storm(
    caplog: pytest.LogCaptureFixture,
):
    outages(lambda outage: asyncio.get_running_loop().time() - outage._began > 61, caplog)


@pytest.mark.row("R1")
@pytest.mark.faults
def test_r01_twenty_server_errors_in_a_row_are_recovered_from_with_the_next_request(
    caplog: pytest.LogCaptureFixture,
):
    outages(lambda outage: len(outage.asked) >= 20, caplog)


# R1 where a token is needed first: every view that shares the key would ask for it.


@pytest.mark.row("R1")
def test_r01_a_token_desk_that_fails_is_asked_no_more_than_six_times_a_minute_by_all_views_of_a_key():
    desk = kis.Broker()
    desk.token_answers.extend([kis.Said(b"Bad Gateway", 502)] * 50)

    async def story() -> None:
        async with serving(desk.handle) as url:
            connection = Connection(
                "main", "종합", "kis", (View.PENSION, View.BONDS, View.ASSET_MIX), url, account="12345678-01"
            )
            vault = MemoryVault({"main/appkey": "key", "main/appsecret": "secret"})
            async with reading_from([connection], vault, clock=haste.clock()) as moa:
                await asyncio.sleep(60)
                assert set(moa.errors.values()) == {"network"}
                assert len(moa.errors) == 3
                assert len(desk.asked["tokenP"]) <= MOST_IN_A_MINUTE
                desk.token_answers.clear()
                await moa.until_read(LONGEST_RETRY_SECONDS)

    haste.run(story(), HASTE)


@pytest.mark.row("R1")
def test_r01_a_token_desk_that_fails_is_not_stormed_by_views_and_live_line_together():
    rest = Rest([Answer(body(row()))], [Answer(b"", 503)] * 50)

    async def story() -> None:
        async with rest.client(), listening(rest.base_url, "ws://127.0.0.1:9", clock=haste.clock()) as moa:
            await asyncio.sleep(60)
            assert moa.state.error is not None
            assert moa.state.error.code == "network"
            assert len(rest.issues) <= MOST_IN_A_MINUTE
            rest.token_answers.clear()
            await moa.until(lambda: moa.state.report, LONGEST_RETRY_SECONDS)

    haste.run(story(), HASTE)


# R3: an answer with HTTP 200 that is none.


@pytest.mark.row("R3")
def test_r03_pages_blanks_and_foreign_letters_in_place_of_an_answer_change_nothing_shown():
    async def story() -> None:
        async with simulated(clock=haste.clock()) as (simulator, moa):
            await moa.until_read()
            for fault in ("html-200", "empty-body", "wrong-charset", "null-body", "list-body"):
                before = {view_id: moa.state(view_id) for view_id in VIEWS}
                simulator.faults.set(fault)
                await moa.ask()
                for view_id in VIEWS:
                    state = moa.state(view_id)
                    assert state.report is before[view_id].report
                    assert state.fetched_mono == before[view_id].fetched_mono
                    assert state.is_stale
                assert moa.errors == dict.fromkeys(VIEWS, "bad-response"), fault
                simulator.faults.clear()
                await moa.ask()
                assert moa.errors == {}
                assert [moa.state(each).report for each in VIEWS] == [before[each].report for each in VIEWS]

    haste.run(story(), 20)


# R4: KIS has two shapes of errors.

HANGUL = re.compile("[가-힣]")


def error_for(said: kis.Said) -> AppError:
    """Return the error for a response to a query."""

    async def run() -> None:
        async with kis.bench() as bench:
            bench.broker.says("inquire-present-balance", said)
            await bench.client.pension()

    with pytest.raises(AppError) as caught:
        asyncio.run(run())
    return caught.value


@pytest.mark.row("R4")
@pytest.mark.parametrize("code", [*CODES, "EGW99999"])
def test_r04_a_query_refused_in_the_shape_of_a_token_request_is_reported_like_any_other(code: str):
    usual = error_for(kis.refused(code, "거절합니다", status=403))
    other = error_for(kis.not_granted(code, "거절합니다"))

    assert (type(other), other.code, other.message, other.action) == (
        type(usual),
        code,
        "거절합니다",
        usual.action,
    )


@pytest.mark.row("R4")
@pytest.mark.parametrize(
    "body",
    [
        {"error_code": "EGW00103"},
        {"error_code": "EGW00103", "error_description": None},
        {"error_code": "EGW00103", "error_description": "  "},
        {"error_code": " EGW00103 ", "error_description": 7, "rt_cd": None},
    ],
)
def test_r04_an_error_without_its_description_is_reported_in_our_own_words(body: dict[str, object]):
    error = error_for(kis.Said(body, 403))

    assert (type(error), error.code) == (NeedsUser, "EGW00103")
    assert error.message
    assert HANGUL.search(error.action)


@pytest.mark.row("R4")
@pytest.mark.parametrize(
    "body",
    [{"error_code": None}, {"error_code": ""}, {"error_description": "-"}, {"error": "invalid_client"}],
)
def test_r04_an_error_without_a_code_is_no_answer(body: dict[str, object]):
    assert error_for(kis.Said(body, 403)).code == "bad-response"


# R14: what was a good question yesterday is a bad one today.


@pytest.mark.row("R14")
def test_r14_a_question_that_the_broker_no_longer_takes_degrades_one_tab_and_the_others_live_on():
    async def story() -> None:
        async with simulated(clock=haste.clock(), refresh=30.0) as (simulator, moa):
            await moa.until_read()
            good = moa.state(BONDS)
            simulator.faults.set("wrong-account@bonds")
            await moa.until(lambda: moa.state(BONDS).error)
            asked = len(asked_at(simulator, QUESTIONS[BONDS]))
            reads = dict(moa.reads)
            await asyncio.sleep(600)

            state = moa.state(BONDS)
            assert state.error is not None
            assert state.error.message.startswith("ERROR : INPUT INVALID")
            assert HANGUL.search(state.error.action)
            assert (state.report, state.fetched_mono) == (good.report, good.fetched_mono)
            assert moa.errors.keys() == {BONDS}
            assert len(asked_at(simulator, QUESTIONS[BONDS])) == asked
            assert all(moa.reads[each] - reads[each] > 15 for each in VIEWS if each != BONDS)
            assert all(not moa.state(each).is_stale for each in VIEWS if each != BONDS)

            simulator.faults.clear()
            await moa.ask(BONDS)
            assert moa.errors == {}

    haste.run(story(), 100)


# T2: the computer is in another network.


@pytest.mark.row("T2")
@pytest.mark.parametrize("code", ["8010", "8040", "8050"])
def test_t02_an_address_that_is_not_registered_is_reported_with_what_to_do(code: str):
    rest = Rest([Answer(refused(code))])

    async def read() -> None:
        async with rest.client() as client:
            await client.positions()

    with pytest.raises(NeedsUser) as caught:
        asyncio.run(read())
    assert caught.value.code == code
    assert code in caught.value.message
    assert "IP" in caught.value.action
    assert len(rest.requests) == 1


@pytest.mark.row("T2")
@pytest.mark.parametrize("fault", ["unlisted-address@pension", "unlisted-address@positions"])
def test_t02_an_address_that_is_not_registered_is_not_tried_again_and_again(fault: str):
    view_id = PENSION if fault.endswith("pension") else POSITIONS

    async def story() -> None:
        async with simulated(replace(STILL, faults=(fault,)), clock=haste.clock(), refresh=5.0) as (
            simulator,
            moa,
        ):
            await asyncio.sleep(600)
            assert moa.errors == {view_id: "EGW00207" if view_id == PENSION else "8050"}
            assert len(asked_at(simulator, QUESTIONS[view_id])) <= 10

    haste.run(story(), 100)


@pytest.mark.row("T2")
def test_t02_orders_that_are_filled_do_not_make_it_ask_more_often_than_once_a_minute():
    options = replace(STILL, positions=3, fills=True, fill_seconds=5.0)

    async def story() -> None:
        async with Simulator(options) as simulator:
            urls = simulator.addresses["kiwoom"], simulator.addresses["kiwoom_ws"]
            async with listening(*urls, clock=haste.clock()) as moa:
                await moa.until(lambda: moa.state.line is Line.LIVE)
                simulator.faults.set("unlisted-address@positions")
                await moa.until(lambda: moa.state.error)
                asked = readings(simulator)
                await asyncio.sleep(300)
                assert moa.state.error is not None
                assert moa.state.error.code == "8050"
                assert readings(simulator) - asked <= 5

    haste.run(story(), 30)
