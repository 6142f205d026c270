"""R1, R3, R4, R14 and T2: a broker that answers, but not with what was asked for."""

import asyncio
import logging
from collections.abc import Callable

import pytest

from app.domain.connections import Connection
from app.domain.views import View
from app.services.polling import LONGEST_RETRY_SECONDS
from app.services.secrets import MemoryVault
from app.services.store import ViewId
from app.simulator.server import Simulator
from tests.brokers.kis import broker as kis
from tests.brokers.kiwoom.servers import Answer, Rest
from tests.brokers.serving import serving
from tests.faults import haste
from tests.faults.listening import body, listening, row
from tests.faults.reading import (
    ASSET_MIX,
    BONDS,
    PENSION,
    POSITIONS,
    QUESTIONS,
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
    told = [record.getMessage() for record in caplog.records if "failed" in record.getMessage()]
    assert len(told) == len(VIEWS)  # one line each, however often it was tried


def test_r01_server_errors_of_a_minute_keep_the_last_values_and_start_no_storm(
    caplog: pytest.LogCaptureFixture,
):
    outages(lambda outage: asyncio.get_running_loop().time() - outage._began > 61, caplog)


@pytest.mark.faults
def test_r01_twenty_server_errors_in_a_row_are_recovered_from_with_the_next_request(
    caplog: pytest.LogCaptureFixture,
):
    outages(lambda outage: len(outage.asked) >= 20, caplog)


# R1 where a token is needed first: every view that shares the key would ask for it.


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
