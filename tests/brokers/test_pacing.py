"""How fast and how often to ask, to the second and without waiting for it."""

import asyncio
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.brokers.pacing import Limiter, backoff, pause, with_retries
from app.domain.errors import AppError, Busy, NeedsUser
from tests import timeless


async def starts(limiter: Limiter, calls: int) -> list[float]:
    """When each of several calls that wait together may start."""
    moments: list[float] = []

    async def call() -> None:
        await limiter.turn()
        moments.append(timeless.now())

    await asyncio.gather(*(call() for _ in range(calls)))
    return moments


def most_in_a_second(moments: list[float]) -> int:
    return max(sum(first <= other <= first + 1 for other in moments) for first in moments)


@given(per_second=st.integers(1, 20), calls=st.integers(1, 60))
def test_no_second_holds_more_calls_than_allowed(per_second: int, calls: int):
    moments = timeless.run(starts(Limiter(per_second), calls))

    assert len(moments) == calls
    assert most_in_a_second(moments) <= per_second


def test_as_many_calls_as_allowed_start_at_once():
    assert timeless.run(starts(Limiter(3), 4)) == pytest.approx([0, 0, 0, 1.1])


def test_calls_that_waited_start_in_the_order_they_came():
    async def order() -> list[int]:
        limiter, done = Limiter(1), list[int]()

        async def call(number: int) -> None:
            await limiter.turn()
            done.append(number)

        await asyncio.gather(*(call(number) for number in range(5)))
        return done

    assert timeless.run(order()) == [0, 1, 2, 3, 4]


def test_a_caller_that_gives_up_does_not_hold_up_the_others():
    async def story() -> float:
        limiter = Limiter(1)
        await limiter.turn()
        impatient = asyncio.create_task(limiter.turn())
        patient = asyncio.create_task(limiter.turn())
        await asyncio.sleep(0.5)
        impatient.cancel()
        await patient
        return timeless.now()

    assert timeless.run(story()) == pytest.approx(1.1)


def test_after_a_hold_nothing_starts_for_that_long_and_then_at_half_the_rate():
    async def story() -> list[float]:
        limiter = Limiter(2)
        limiter.hold(3)
        return await starts(limiter, 14)

    moments = timeless.run(story())

    assert moments[0] == pytest.approx(3)
    careful = [moment for moment in moments if moment < 13]
    assert [later - earlier for earlier, later in pairwise(careful)] == pytest.approx(
        [1.0] * (len(careful) - 1)
    )
    assert most_in_a_second([moment for moment in moments if moment > 14]) <= 2


def test_a_hold_that_comes_while_a_call_waits_holds_it_too():
    async def story() -> float:
        limiter = Limiter(1)
        await limiter.turn()
        waiting = asyncio.create_task(limiter.turn())
        await asyncio.sleep(0.5)
        limiter.hold(10)
        await waiting
        return timeless.now()

    assert timeless.run(story()) == pytest.approx(10.5)


def test_a_shorter_hold_does_not_shorten_a_longer_one():
    async def story() -> float:
        limiter = Limiter(1)
        limiter.hold(5)
        limiter.hold(1)
        await limiter.turn()
        return timeless.now()

    assert timeless.run(story()) == pytest.approx(5)


def test_a_pause_outlasts_a_timer_that_ends_early(monkeypatch: pytest.MonkeyPatch):
    sleep = asyncio.sleep
    monkeypatch.setattr(asyncio, "sleep", lambda seconds: sleep(seconds * 0.95))

    async def story() -> float:
        await pause(100)
        return timeless.now()

    assert timeless.run(story()) >= 100


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_pause_of_no_time_is_none(seconds: float):
    async def story() -> float:
        await pause(seconds)
        return timeless.now()

    assert timeless.run(story()) == 0


@given(st.integers(1, 2000))
def test_a_backoff_doubles_up_to_its_longest_and_no_attempt_is_too_many(attempt: int):
    full = min(30.0, 1.0 * 2 ** min(attempt - 1, 10))

    assert full / 2 <= backoff(attempt, first=1.0, longest=30.0) <= full


class Failing:
    """Fails a given number of times, then succeeds."""

    def __init__(self, failures: int, error: AppError) -> None:
        self.calls = 0
        self._failures = failures
        self._error = error

    async def __call__(self) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error
        return "done"


def twice(error: AppError, attempt: int) -> float | None:
    return 10.0 * attempt if isinstance(error, Busy) and attempt <= 2 else None


def test_a_call_is_repeated_after_the_waits_of_the_policy():
    async def story() -> tuple[str, float]:
        return await with_retries(Failing(2, Busy("-")), twice), timeless.now()

    assert timeless.run(story()) == ("done", 30.0)


@pytest.mark.parametrize(("error", "calls"), [(Busy("-"), 3), (NeedsUser("-"), 1)])
def test_the_last_error_is_raised_when_the_policy_gives_up(error: AppError, calls: int):
    failing = Failing(9, error)

    with pytest.raises(AppError) as caught:
        timeless.run(with_retries(failing, twice))

    assert caught.value is error
    assert failing.calls == calls


def test_what_is_no_error_of_ours_is_not_repeated():
    calls = 0

    async def defect() -> None:
        nonlocal calls
        calls += 1
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        timeless.run(with_retries(defect, lambda error, attempt: 0.0))
    assert calls == 1
