"""However things go, a key has no more than four tokens issued in six hours, nor two in a minute."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st

from app.brokers.tokens import TokenKeeper
from app.domain.clock import Clock
from app.domain.errors import AppError, NotReachable, TimedOut, TokenRefused, TooSoon
from app.domain.sources import AccessToken
from app.services.secrets import MemoryVault, SecretUnavailable, VaultTokens
from tests import timeless
from tests.fakes import APP_KEY, START

HOUR = 3600.0
DAY = 24 * HOUR


class LosingVault(MemoryVault):
    """Says that it keeps what it is given, or refuses it, and keeps nothing."""

    def __init__(self, *, says_so: bool) -> None:
        super().__init__()
        self._says_so = says_so

    async def set(self, name: str, secret: str) -> None:
        if self._says_so:
            raise SecretUnavailable("-")


class World:
    """A broker that gives the same token for six hours, and a program with a wall clock that may be set."""

    def __init__(self, vault: MemoryVault | None = None) -> None:
        self.issues: list[float] = []
        self.is_refusing = False  # every token
        self.is_late = False  # an issue is counted, and its answer does not come
        self.is_changing = False  # every issue brings another token, and ends the one before
        self.life = DAY
        self.step = timedelta()  # of the wall clock
        self.good = 0
        self._vault = vault or MemoryVault()
        self._current = ("", 0.0)
        self._keeper = self._started()

    def wall(self) -> datetime:
        return START + timedelta(seconds=timeless.now()) + self.step

    def _started(self) -> TokenKeeper:
        clock = Clock(wall=self.wall, monotonic=timeless.now)
        return TokenKeeper(self._issue, VaultTokens(self._vault, "irp", APP_KEY, clock=clock), clock=clock)

    def restart(self) -> None:
        """Begin again with what the keychain has, and nothing else."""
        if not isinstance(self._vault, LosingVault):
            self._vault = MemoryVault(self._vault._secrets)
        self._keeper = self._started()

    async def _issue(self) -> AccessToken:
        now = timeless.now()
        if self.issues and now - self.issues[-1] < 60:
            raise TooSoon("-", code="EGW00133")
        self.issues.append(now)
        text, first = self._current
        if self.is_changing or not text or now - first >= 6 * HOUR:
            self._current = text, first = f"token-{len(self.issues)}", now
        await asyncio.sleep(3)
        if self.is_late:
            raise TimedOut("-")
        end = self.wall() + timedelta(seconds=first + self.life - timeless.now())
        return AccessToken(text, self.wall(), end)

    async def read(self) -> AppError | None:
        """One question as a client asks it: a refused token is replaced once."""
        for _ in range(2):
            try:
                token = await self._keeper.token()
            except AppError as error:
                return error
            text, first = self._current
            if not self.is_refusing and token.text == text and timeless.now() - first < DAY:
                self.good += 1
                return None
            self._keeper.refuse(token, TokenRefused("-", code="EGW00123"))
        return TokenRefused("-", code="EGW00123")

    def check(self) -> None:
        """What holds however things go."""
        assert all(later - earlier >= 60 for earlier, later in pairwise(self.issues))
        spans = (fifth - first for first, fifth in zip(self.issues, self.issues[4:], strict=False))
        assert all(span > 6 * HOUR for span in spans)


STEPS = st.one_of(
    st.tuples(st.just("pass"), st.sampled_from([20.0, 300.0, HOUR])),
    st.tuples(st.just("set the clock"), st.sampled_from([-30 * HOUR, -HOUR, -90.0, 90.0, HOUR, 30 * HOUR])),
    st.tuples(st.just("restart"), st.just(0.0)),
    st.tuples(st.sampled_from(["refuse", "late", "change"]), st.booleans()),
    st.tuples(st.just("life"), st.sampled_from([-HOUR, 0.0, 30.0, HOUR, DAY])),
)


async def live(world: World, steps: list[tuple[str, float]]) -> None:
    """A day of readings among what happens; then all is well again."""
    steps, end = list(steps), timeless.now() + DAY
    while timeless.now() < end:
        for kind, value in [steps.pop(0)] if steps else []:
            match kind:
                case "set the clock":
                    world.step += timedelta(seconds=value)
                case "restart":
                    world.restart()
                case "refuse":
                    world.is_refusing = bool(value)
                case "late":
                    world.is_late = bool(value)
                case "change":
                    world.is_changing = bool(value)
                case "life":
                    world.life = value
                case _:
                    await asyncio.sleep(value)
        await world.read()
        await asyncio.sleep(60 if steps else 240)
    world.is_refusing = world.is_late = world.is_changing = False
    world.life = DAY
    for _ in range(2 * 26):
        await asyncio.sleep(HOUR / 4)
        if await world.read() is None:
            return
    pytest.fail("all is well, and no token can be had")


@seed(20261120)
@settings(max_examples=150, deadline=None, database=None)
@given(st.lists(STEPS, max_size=60))
def test_a_day_of_refusals_restarts_and_clock_steps_stays_within_the_budget_and_ends_well(
    steps: list[tuple[str, float]],
):
    async def story() -> World:
        world = World()
        await live(world, steps)
        return world

    timeless.run(story()).check()


@seed(20261120)
@settings(max_examples=50, deadline=None, database=None)
@given(st.lists(STEPS.filter(lambda step: step[0] != "restart"), max_size=60), st.booleans())
@pytest.mark.expected_log("the access token could not be kept")
def test_the_budget_holds_in_the_program_where_the_keychain_keeps_nothing(
    steps: list[tuple[str, float]], says_so: bool
):
    async def story() -> World:
        world = World(LosingVault(says_so=says_so))
        await live(world, steps)
        return world

    timeless.run(story()).check()


def test_a_refused_token_that_comes_again_is_not_asked_for_before_another_one_can_come():
    async def story() -> World:
        world = World()
        assert await world.read() is None
        await asyncio.sleep(HOUR)
        world.is_refusing = True
        while timeless.now() < 6 * HOUR - 60:
            await world.read()
            await asyncio.sleep(60)
        assert len(world.issues) == 2
        world.is_refusing = False
        world._current = "", 0.0
        await asyncio.sleep(120)
        await world.read()
        assert world.good == 2
        return world

    world = timeless.run(story())
    world.check()
    assert 6 * HOUR <= world.issues[2] < 6 * HOUR + 180


def test_a_refused_token_is_not_asked_for_again_by_a_program_that_starts_every_five_minutes():
    async def story() -> World:
        world = World()
        world.is_refusing = True
        for _ in range(12):
            error = await world.read()
            assert error is not None
            assert error.code == "EGW00123"
            world.restart()
            await asyncio.sleep(300)
        return world

    assert len(timeless.run(story()).issues) == 2


def test_a_broker_that_errs_for_ten_minutes_is_read_again_without_a_new_token():
    async def story() -> World:
        world = World()
        world.is_refusing = True
        for minute in range(30):
            world.is_refusing = minute < 10
            await world.read()
            await asyncio.sleep(60)
        return world

    world = timeless.run(story())
    assert len(world.issues) == 2
    assert world.good >= 9


@pytest.mark.parametrize("life", [-HOUR, 0.0, 30.0])
def test_a_token_that_is_expired_when_it_is_issued_is_used_until_it_is_refused(life: float):
    async def story() -> World:
        world = World()
        world.life = life
        for _ in range(100):
            assert await world.read() is None
            await asyncio.sleep(300)
        world.restart()
        assert await world.read() is None
        return world

    assert len(timeless.run(story()).issues) == 1


@pytest.mark.parametrize("step", [30 * HOUR, -30 * HOUR])
def test_a_clock_that_is_set_neither_opens_the_budget_nor_locks_it_for_longer(step: float):
    async def story() -> World:
        world = World()
        world.is_late = True
        while timeless.now() < 2 * HOUR:
            await world.read()
            await asyncio.sleep(60)
        assert len(world.issues) == 4
        world.step += timedelta(seconds=step)
        world.restart()
        while timeless.now() < 6 * HOUR + 120:
            await world.read()
            await asyncio.sleep(60)
        assert len(world.issues) == 5
        return world

    timeless.run(story()).check()


def test_a_request_that_never_left_the_computer_does_not_count():
    async def story() -> World:
        world = World()
        vault = MemoryVault()
        clock = Clock(wall=world.wall, monotonic=timeless.now)
        error = NotReachable("-")
        error.is_unsent = True
        failures = [error] * 20

        async def issue() -> AccessToken:
            if failures:
                raise failures.pop()
            return await world._issue()

        keeper = TokenKeeper(issue, VaultTokens(vault, "irp", APP_KEY, clock=clock), clock=clock)
        for _ in range(20):
            with pytest.raises(NotReachable):
                await keeper.token()
            await asyncio.sleep(20)
        assert (await keeper.token()).text == "token-1"
        return world

    assert len(timeless.run(story()).issues) == 1


def test_the_next_try_is_reported_with_its_time():
    async def story() -> AppError | None:
        world = World()
        world.is_refusing = True
        for _ in range(4):
            error = await world.read()
            await asyncio.sleep(60)
        return error

    error = timeless.run(story())

    assert error is not None
    assert error.code == "EGW00123"
    assert "16:15" in error.message  # six hours after 10:15
    assert "16:15" in error.action
