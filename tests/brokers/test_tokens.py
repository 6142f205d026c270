"""One token per app key: issued once, shared, renewed when refused, never too soon."""

import asyncio
import gc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from app.brokers.tokens import CLOSE_SECONDS, FAILURE_SECONDS, PAUSE_SECONDS, TokenKeeper
from app.domain.clock import Clock
from app.domain.errors import AppError, NeedsUser, NotReachable, TokenRefused, TooSoon
from app.domain.sources import AccessToken, TokenIssue, TokenRecord
from tests import timeless
from tests.fakes import START, MemoryTokens


class Desk:
    """A broker's token desk: issues token-1, token-2 ... after any queued refusals."""

    def __init__(self, *refusals: AppError, same: bool = False) -> None:
        self.issued_at: list[float] = []
        self._refusals = list(refusals)
        self._same = same

    async def __call__(self) -> AccessToken:
        self.issued_at.append(timeless.now())
        await asyncio.sleep(0.1)
        if self._refusals:
            raise self._refusals.pop(0)
        number = 1 if self._same else len(self.issued_at)
        return AccessToken(f"token-{number}", wall(), wall() + timedelta(hours=24))


class SlowDesk(Desk):
    """A token desk that answers when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = asyncio.Event(), asyncio.Event()

    async def __call__(self) -> AccessToken:
        self.issued_at.append(timeless.now())
        self.asked.set()
        await self.answers.wait()
        return AccessToken(f"token-{len(self.issued_at)}", wall(), wall() + timedelta(hours=24))


class Cache(MemoryTokens):
    """What another run of the program left behind."""

    def __init__(self, token: AccessToken | None = None) -> None:
        super().__init__(token)
        if token is not None:
            at = (token.issued_at - START).total_seconds()
            issue = TokenIssue("before", token.issued_at, at)
            self.record = replace(self.record, issue=issue.id, issues=(issue,))
        self.loads = 0

    async def load(self) -> TokenRecord:
        self.loads += 1
        return await super().load()


def wall() -> datetime:
    return START + timedelta(seconds=timeless.now())


def keeper(
    desk: Callable[[], Awaitable[AccessToken]],
    cache: Cache | None = None,
    retry_after: Callable[[AppError, int], float | None] = lambda _error, _attempt: None,
) -> TokenKeeper:
    clock = Clock(wall=wall, monotonic=timeless.now)
    return TokenKeeper(desk, cache or Cache(), clock=clock, retry_after=retry_after)


async def cancelled(task: asyncio.Task[AccessToken]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


def kept(age: float = 3600, left: float = 3600) -> AccessToken:
    return AccessToken("kept", START - timedelta(seconds=age), START + timedelta(seconds=left))


def test_ten_callers_share_one_issue():
    desk, cache = Desk(), Cache()

    async def story() -> set[str]:
        tokens = keeper(desk, cache)
        return {token.text for token in await asyncio.gather(*(tokens.token() for _ in range(10)))}

    assert timeless.run(story()) == {"token-1"}
    assert len(desk.issued_at) == 1
    assert cache.saves == 1


def test_a_kept_token_saves_an_issue():
    desk = Desk()

    assert timeless.run(keeper(desk, Cache(kept())).token()).text == "kept"
    assert desk.issued_at == []


@pytest.mark.parametrize(("left", "text"), [(61, "kept"), (60, "token-1"), (0, "token-1"), (-99, "token-1")])
def test_a_token_is_replaced_a_minute_before_its_end(left: float, text: str):
    assert timeless.run(keeper(Desk(), Cache(kept(left=left))).token()).text == text


def test_a_token_that_runs_out_is_replaced_by_the_next_call():
    desk = Desk()

    async def story() -> tuple[str, str]:
        tokens = keeper(desk)
        first = await tokens.token()
        await asyncio.sleep(24 * 3600)
        return first.text, (await tokens.token()).text

    assert timeless.run(story()) == ("token-1", "token-2")


def test_a_refused_token_is_replaced_once_however_many_were_refused_with_it():
    desk = Desk()

    async def story() -> set[str]:
        tokens = keeper(desk)
        first = await tokens.token()
        await asyncio.sleep(600)

        async def refused() -> str:
            tokens.refuse(first)
            return (await tokens.token()).text

        return set(await asyncio.gather(*(refused() for _ in range(10))))

    assert timeless.run(story()) == {"token-2"}
    assert len(desk.issued_at) == 2


def test_two_issues_are_a_pause_apart():
    desk = Desk()

    async def story() -> None:
        tokens = keeper(desk)
        tokens.refuse(await tokens.token())
        await tokens.token()

    timeless.run(story())

    assert desk.issued_at[1] - desk.issued_at[0] >= PAUSE_SECONDS


def test_a_wait_is_reported_with_its_end_and_when_it_is_over():
    cache = Cache(kept(age=20))

    async def story() -> None:
        tokens = keeper(Desk(), cache)
        tokens.refuse(await tokens.token())
        await tokens.token()

    timeless.run(story())

    assert cache.waits == [pytest.approx(PAUSE_SECONDS - 20), None]


def test_the_pause_counts_from_an_issue_of_the_run_before():
    desk = Desk()

    async def story() -> None:
        tokens = keeper(desk, Cache(kept(age=20)))
        tokens.refuse(await tokens.token())
        await tokens.token()

    timeless.run(story())

    assert desk.issued_at == [pytest.approx(PAUSE_SECONDS - 20)]


def test_a_kept_token_from_the_future_is_used_until_it_is_refused():
    desk = Desk()

    assert timeless.run(keeper(desk, Cache(kept(age=-7200, left=86400))).token()).text == "kept"
    assert desk.issued_at == []


def test_a_token_that_another_program_has_renewed_meanwhile_is_taken_over():
    desk, cache = Desk(), Cache(kept())

    async def story() -> str:
        tokens = keeper(desk, cache)
        tokens.refuse(await tokens.token())
        theirs = AccessToken("theirs", wall(), wall() + timedelta(hours=24))
        cache.record = replace(cache.record, token=theirs)
        return (await tokens.token()).text

    assert timeless.run(story()) == "theirs"
    assert desk.issued_at == []


def test_the_same_token_again_after_a_refusal_is_the_brokers_newer_word():
    desk = Desk(same=True)

    async def story() -> list[str]:
        tokens = keeper(desk)
        first = await tokens.token()
        tokens.refuse(first)
        return [(await tokens.token()).text, (await tokens.token()).text]

    assert timeless.run(story()) == ["token-1", "token-1"]
    assert len(desk.issued_at) == 2


def test_too_soon_is_waited_for_twice_and_then_reported():
    patient, hopeless = Desk(TooSoon("-"), TooSoon("-")), Desk(*[TooSoon("-", code="EGW00133")] * 9)

    assert timeless.run(keeper(patient).token()).text == "token-3"
    assert patient.issued_at == pytest.approx([n * (PAUSE_SECONDS + 0.1) for n in range(3)])
    with pytest.raises(TooSoon):
        timeless.run(keeper(hopeless).token())
    assert len(hopeless.issued_at) == 3


def test_after_too_soon_for_too_long_the_next_caller_waits_for_the_pause_first():
    desk, cache = Desk(*[TooSoon("-")] * 4), Cache()

    async def story() -> str:
        tokens = keeper(desk, cache)
        with pytest.raises(TooSoon):
            await tokens.token()
        await asyncio.sleep(20)
        return (await tokens.token()).text

    assert timeless.run(story()) == "token-5"
    assert min(later - earlier for earlier, later in pairwise(desk.issued_at)) >= PAUSE_SECONDS
    assert len([wait for wait in cache.waits if wait is not None]) == 4


def test_callers_that_waited_together_or_come_soon_share_the_failure_and_later_ones_ask_again():
    desk = Desk(NeedsUser("-", code="EGW00103"))

    async def story() -> tuple[list[object], str]:
        tokens = keeper(desk)
        together = await asyncio.gather(*(tokens.token() for _ in range(10)), return_exceptions=True)
        await asyncio.sleep(FAILURE_SECONDS - 0.1)
        with pytest.raises(NeedsUser):
            await tokens.token()
        await asyncio.sleep(0.1)
        return list(together), (await tokens.token()).text

    together, later = timeless.run(story())

    assert [type(error) for error in together] == [NeedsUser] * 10
    assert (later, len(desk.issued_at)) == ("token-2", 2)


def test_a_caller_that_is_cancelled_leaves_its_token_to_those_that_wait_with_it():
    desk = Desk()

    async def story() -> tuple[str, float]:
        tokens = keeper(desk)
        first = asyncio.create_task(tokens.token())
        second = asyncio.create_task(tokens.token())
        await asyncio.sleep(0.05)
        first.cancel()
        return (await second).text, timeless.now()

    assert timeless.run(story()) == ("token-1", pytest.approx(0.1))
    assert len(desk.issued_at) == 1


def test_a_token_whose_caller_was_cancelled_is_there_for_the_session_that_is_opened_next():
    desk, cache = SlowDesk(), Cache()

    async def story() -> tuple[str, float]:
        tokens = keeper(desk, cache)
        caller = asyncio.create_task(tokens.token())
        await desk.asked.wait()
        await cancelled(caller)
        asyncio.get_running_loop().call_later(0.5, desk.answers.set)
        await tokens.close()
        return (await keeper(desk, cache).token()).text, timeless.now()

    assert timeless.run(story()) == ("token-1", pytest.approx(0.5))
    assert len(desk.issued_at) == 1


def test_a_token_is_stored_though_its_caller_and_the_closing_are_cancelled_again_and_again():
    desk, cache = SlowDesk(), Cache()

    async def story() -> None:
        tokens = keeper(desk, cache)

        async def session() -> None:
            try:
                await tokens.token()
            finally:
                await tokens.close()

        running = asyncio.create_task(session())
        await desk.asked.wait()
        asyncio.get_running_loop().call_later(1.1, desk.answers.set)
        for _ in range(4):
            running.cancel()
            await asyncio.wait([running], timeout=0.5)
        assert running.cancelled()

    timeless.run(story())

    assert cache.token is not None


def test_closing_ends_a_request_that_takes_too_long_and_keeps_the_pause_after_it():
    desk, cache = SlowDesk(), Cache()

    async def story() -> float:
        tokens = keeper(desk, cache)
        caller = asyncio.create_task(tokens.token())
        await desk.asked.wait()
        await cancelled(caller)
        await tokens.close()
        return timeless.now()

    assert timeless.run(story()) == pytest.approx(CLOSE_SECONDS)
    assert len(cache.record.issues) == 1


def test_closing_does_not_wait_for_the_next_attempt_of_a_request_that_was_not_sent():
    unsent = NotReachable("-")
    unsent.is_unsent = True
    desk, cache = Desk(unsent), Cache()

    async def story() -> tuple[float, str, float]:
        tokens = keeper(desk, cache, retry_after=lambda error, attempt: 30.0)
        caller = asyncio.create_task(tokens.token())
        await asyncio.sleep(1)
        await cancelled(caller)
        await tokens.close()
        closed_at = timeless.now()
        return closed_at, (await keeper(desk, cache).token()).text, timeless.now()

    assert timeless.run(story()) == (pytest.approx(1), "token-2", pytest.approx(1.1))


def test_closing_lets_a_request_fail_that_would_otherwise_be_sent_once_more():
    unsent = NotReachable("-")
    unsent.is_unsent = True
    desk, cache = Desk(unsent), Cache()

    async def story() -> float:
        tokens = keeper(desk, cache, retry_after=lambda error, attempt: 30.0)
        caller = asyncio.create_task(tokens.token())
        await asyncio.sleep(0.05)
        await cancelled(caller)
        await tokens.close()
        return timeless.now()

    assert timeless.run(story()) == pytest.approx(0.1)
    assert (len(desk.issued_at), cache.record.issues) == (1, ())


def test_a_keeper_without_a_request_closes_at_once_and_issues_again_afterwards():
    desk = Desk()

    async def story() -> tuple[float, str]:
        tokens = keeper(desk)
        await tokens.close()
        closed_at = timeless.now()
        return closed_at, (await tokens.token()).text

    assert timeless.run(story()) == (0, "token-1")


def test_the_failure_of_a_request_whose_caller_was_cancelled_is_stored_and_raised_nowhere():
    desk, cache = Desk(NotReachable("-", code="EGW00201")), Cache()
    unhandled: list[object] = []

    async def story() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: unhandled.append(context))
        tokens = keeper(desk, cache)
        caller = asyncio.create_task(tokens.token())
        await asyncio.sleep(0.05)
        await cancelled(caller)
        await asyncio.sleep(1)
        del tokens, caller
        gc.collect()

    timeless.run(story())

    assert (cache.record.cause, unhandled) == ("EGW00201", [])


def test_a_failed_renewal_does_not_bring_the_refused_token_back():
    desk = Desk()

    async def story() -> tuple[str, str]:
        tokens = keeper(desk)
        tokens.refuse(await tokens.token())
        desk._refusals.append(NotReachable("-"))
        with pytest.raises(NotReachable):
            await tokens.token()
        await asyncio.sleep(FAILURE_SECONDS)
        return (await tokens.token()).text, str(len(desk.issued_at))

    assert timeless.run(story()) == ("token-3", "3")


def test_a_refusal_of_an_issue_is_passed_on_as_it_is():
    desk = Desk(TokenRefused("-", code="8005"))

    with pytest.raises(TokenRefused):
        timeless.run(keeper(desk).token())


def test_a_token_that_the_live_line_alone_refuses_again_stays_in_use_for_the_rest():
    desk = Desk(same=True)

    async def story() -> list[str]:
        tokens, used = keeper(desk), list[str]()
        for _ in range(40):
            token = await tokens.token()
            used.append(token.text)
            tokens.refuse(token, TokenRefused("-", code="8005"), by_live_line=True)
            await asyncio.sleep(300)
        return used

    assert set(timeless.run(story())) == {"token-1"}
    assert len(desk.issued_at) == 2
