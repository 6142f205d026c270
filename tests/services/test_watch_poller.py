"""One loop per view, over hours that take no time."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import Clock
from app.domain.connections import View
from app.domain.errors import (
    AppError,
    Busy,
    NeedsUser,
    NoTokenYet,
    NotReachable,
    ProgramFault,
    SecretUnavailable,
    Throttled,
    TimedOut,
    TokenRefused,
    UnexpectedReply,
)
from app.services.store import PortfolioStore, ViewId, ViewState
from app.services.watch import (
    EVENT_AFTER_REFUSAL_SECONDS,
    FIRST_RETRY_SECONDS,
    LONGEST_RETRY_SECONDS,
    Poller,
    retry_after,
)
from tests import timeless
from tests.fakes import START, FakeReader, pension_report

VIEW: ViewId = ("irp", View.PENSION)
GOOD = pension_report()
DOWN = NotReachable("-")


def test_where_no_token_can_come_the_next_try_is_when_one_can():
    error = NoTokenYet("-", code="EGW00123", action="-", wait_seconds=7_200.0)

    assert [retry_after(error, failures) for failures in (1, 2, 50)] == [7_200.0] * 3


class Bench:
    """A poller that runs, with its store and what was asked when."""

    def __init__(self, reader: FakeReader, interval: Callable[[], float] = lambda: 60.0) -> None:
        clock = Clock(lambda: START + timedelta(seconds=timeless.now()), timeless.now)
        self.store = PortfolioStore(clock)
        self.asked_at: list[float] = []
        self._reader = reader
        self.poller = Poller(self.store, VIEW, self._read, interval=interval, clock=clock)

    @property
    def state(self) -> ViewState:
        return self.store.state(VIEW)

    async def _read(self):
        self.asked_at.append(timeless.now())
        return await self._reader()


def running(bench: Callable[[], Bench], story: Callable[[Bench], Awaitable[None]]) -> Bench:
    """The bench after the story, with its poller stopped."""

    async def run() -> Bench:
        made = bench()
        async with timeless.beside(made.poller.run()):
            await story(made)
        return made

    return timeless.run(run())


async def ten_minutes(bench: Bench) -> None:
    await asyncio.sleep(600.5)


def test_a_view_is_read_at_once_and_again_at_its_interval():
    bench = running(lambda: Bench(FakeReader(GOOD)), ten_minutes)

    assert bench.asked_at == pytest.approx([60 * n for n in range(11)])
    assert bench.state.report == GOOD


def test_a_changed_interval_holds_from_the_next_wait_on():
    seconds = 60.0

    async def slower(bench: Bench) -> None:
        nonlocal seconds
        await asyncio.sleep(61)
        seconds = 300
        await asyncio.sleep(540)

    bench = running(lambda: Bench(FakeReader(GOOD), lambda: seconds), slower)

    assert bench.asked_at == pytest.approx([0, 60, 120, 420])


def test_a_failure_is_retried_ever_later_and_a_success_starts_over():
    answers = [DOWN, DOWN, DOWN, GOOD, DOWN, GOOD]

    bench = running(lambda: Bench(FakeReader(*answers)), ten_minutes)

    waits = [later - earlier for earlier, later in zip(bench.asked_at, bench.asked_at[1:], strict=False)]
    assert waits[:6] == pytest.approx([22, 44, 88, 60, 22, 60], rel=0.11)


def test_the_last_good_answer_stays_through_a_failure_and_the_next_try_is_reported():
    async def fail(bench: Bench) -> None:
        await asyncio.sleep(61)
        state = bench.state
        assert (state.report, state.error) == (GOOD, DOWN)
        assert state.retry_mono == pytest.approx(82, abs=2.1)

    running(lambda: Bench(FakeReader(GOOD, DOWN)), fail)


@pytest.mark.parametrize("error", [NeedsUser("-"), SecretUnavailable("-")])
def test_what_only_the_user_can_mend_waits_for_the_user(error: AppError):
    async def mend(bench: Bench) -> None:
        await asyncio.sleep(86_400)
        assert (len(bench.asked_at), bench.state.retry_mono) == (1, None)
        bench.poller.ask_now()
        await asyncio.sleep(1)

    bench = running(lambda: Bench(FakeReader(error, GOOD)), mend)

    assert len(bench.asked_at) == 2
    assert bench.state.error is None


def test_asking_ends_a_wait():
    async def ask(bench: Bench) -> None:
        await asyncio.sleep(10)
        bench.poller.ask_now()
        await asyncio.sleep(59)

    assert running(lambda: Bench(FakeReader(GOOD)), ask).asked_at == pytest.approx([0, 10])


def test_asking_during_a_read_reads_once_more_right_after_it():
    async def slowly() -> None:
        await asyncio.sleep(5)

    async def ask(bench: Bench) -> None:
        await asyncio.sleep(1)
        for _ in range(3):
            bench.poller.ask_now()
        await asyncio.sleep(20)

    bench = running(lambda: Bench(FakeReader(GOOD, before=slowly)), ask)

    assert bench.asked_at == pytest.approx([0, 5])


def test_events_end_a_wait_and_those_that_come_during_a_read_are_asked_for_right_after_it():
    async def slowly() -> None:
        await asyncio.sleep(5)

    async def events(bench: Bench) -> None:
        for _ in range(3):
            await asyncio.sleep(1)
            bench.poller.ask_for_event()
        await asyncio.sleep(27)
        bench.poller.ask_for_event()
        await asyncio.sleep(20)

    bench = running(lambda: Bench(FakeReader(GOOD, before=slowly)), events)

    assert bench.asked_at == pytest.approx([0, 5, 30])


@pytest.mark.parametrize(("error", "gap"), [(DOWN, 20), (NeedsUser("-"), EVENT_AFTER_REFUSAL_SECONDS)])
def test_events_do_not_make_a_broker_that_fails_be_asked_more_often(error: AppError, gap: float):
    async def half_a_second() -> None:
        await asyncio.sleep(0.5)

    async def events(bench: Bench) -> None:
        for _ in range(600):
            bench.poller.ask_for_event()
            await asyncio.sleep(1)

    bench = running(lambda: Bench(FakeReader(error, before=half_a_second)), events)

    waits = [later - earlier for earlier, later in pairwise(bench.asked_at)]
    assert min(waits) >= gap
    assert len(waits) >= 9  # but it is asked


def test_the_user_is_heard_at_once_where_events_wait():
    async def ask(bench: Bench) -> None:
        await asyncio.sleep(10)
        bench.poller.ask_for_event()
        await asyncio.sleep(5)
        bench.poller.ask_now()
        await asyncio.sleep(1)

    assert running(lambda: Bench(FakeReader(NeedsUser("-"))), ask).asked_at == pytest.approx([0, 15])


@pytest.mark.expected_log("irp/pension could not be read")
def test_a_defect_of_ours_is_an_error_of_the_view_and_not_the_end_of_it(caplog: pytest.LogCaptureFixture):
    bench = running(lambda: Bench(FakeReader(ZeroDivisionError("CANARY"), GOOD)), ten_minutes)

    assert bench.state.report == GOOD
    assert [record.levelno for record in caplog.records if record.exc_info] == [logging.ERROR]


@pytest.mark.expected_log("irp/pension could not be read")
def test_a_defect_is_reported_without_its_text():
    async def look(bench: Bench) -> None:
        await asyncio.sleep(1)
        assert bench.state.error is not None
        assert isinstance(bench.state.error, ProgramFault)
        assert bench.state.error.code == "bad-response"
        assert not {"CANARY", "ZeroDivisionError"} & set(bench.state.error.message.split())

    running(lambda: Bench(FakeReader(ZeroDivisionError("CANARY"))), look)


def test_a_view_that_fails_for_a_month_is_still_asked_for():
    async def month(bench: Bench) -> None:
        await asyncio.sleep(30 * 86_400)

    bench = running(lambda: Bench(FakeReader(DOWN)), month)

    assert len(bench.asked_at) > 30 * 86_400 / LONGEST_RETRY_SECONDS


@given(st.integers(1, 10_000))
def test_no_wait_is_longer_than_the_longest(failures: int):
    seconds = retry_after(DOWN, failures)

    assert seconds is not None
    assert FIRST_RETRY_SECONDS <= seconds <= LONGEST_RETRY_SECONDS


@pytest.mark.parametrize(
    "kind", [NotReachable, TimedOut, UnexpectedReply, Busy, Throttled, TokenRefused, AppError]
)
def test_what_may_pass_by_itself_is_tried_again(kind: type[AppError]):
    assert retry_after(kind("-"), 1) is not None
