"""W2, W4, W5 and a session that was taken: when Moa connects again, and with what."""

import asyncio
import itertools
import os
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from app.domain.errors import SessionTaken
from app.services.store import Line
from app.simulator.server import Options, Simulator
from tests.brokers.kiwoom.servers import Answer, Broker, Rest
from tests.faults import haste
from tests.faults.listening import VIEW, Moa, Story, body, connected_at, listening, readings, row, story

REAL_TIME = bool(os.environ.get("MOA_REAL_TIME"))
STILL = Options(positions=3, position_rows=40, ticks_per_second=0.0, fills=False)


def hastily(script: Story, factor: float, *faults: str) -> None:
    """Run a script against a simulator with these faults in accelerated time."""

    async def played() -> None:
        await story(script, replace(STILL, faults=faults), clock=haste.clock())

    haste.run(played(), factor)


@asynccontextmanager
async def connected_to(broker: Broker, *rows: dict[str, str], **moa: Any) -> AsyncGenerator[Moa]:
    """Moa at a live server of the test's own and at one that answers kt00005 with these rows."""
    rest = Rest([Answer(body(*(rows or (row(),))))])
    async with (
        broker.running(),
        rest.client(),
        listening(rest.base_url, broker.url, **moa) as listener,
    ):
        yield listener


# W5: the server accepts and closes at once.


class Tasks:
    """The tasks of the live line, counted by name again and again."""

    def __init__(self) -> None:
        self.most: Counter[str] = Counter()
        self.least_loops = 1

    async def count(self) -> None:
        """Count until cancelled."""
        while True:
            names = Counter(task.get_name() for task in asyncio.all_tasks() if "live line" in task.get_name())
            self.most |= names
            self.least_loops = min(self.least_loops, names["live line of kiwoom"])
            await asyncio.sleep(0.5)


async def weather(simulator: Simulator, moa: Moa, seconds: float) -> Tasks:
    """Let a storm pass; the user presses the button in the middle of it, again and again."""
    del simulator
    tasks = Tasks()
    await moa.until(lambda: moa.state.report)
    counting = asyncio.create_task(tasks.count())
    await asyncio.sleep(seconds)
    counting.cancel()
    await asyncio.wait([counting])
    return tasks


@pytest.mark.row("W5")
@pytest.mark.parametrize(
    ("fault", "minutes", "factor"),
    [
        ("close-after-accept", 4.0, 60.0),
        pytest.param("short-sessions", 10.0, 60.0, marks=pytest.mark.faults),
        pytest.param("close-after-accept", 10.0, 60.0, marks=pytest.mark.faults),
        pytest.param(
            "close-after-accept",
            10.0,
            1.0,
            marks=[pytest.mark.faults, pytest.mark.skipif(not REAL_TIME, reason="takes ten minutes")],
        ),
    ],
)
def test_a_server_that_closes_at_once_is_not_stormed(fault: str, minutes: float, factor: float):
    async def script(simulator: Simulator, moa: Moa) -> None:
        tasks = await weather(simulator, moa, minutes * 60)

        times = [at * factor for at in connected_at(simulator)]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert len(gaps) >= 6
        assert min(gaps) >= 1
        assert max(gaps) <= 70
        assert min(gaps[6:]) >= 30
        # One loop for the connection all the time, and at most one reader of a socket.
        assert tasks.least_loops == 1
        assert set(tasks.most) <= {
            "live line of kiwoom",
            "live line reader",
            "live line echo",
            "live line pulse",
        }
        assert set(tasks.most.values()) == {1}
        assert moa.state.is_stale

    hastily(script, factor, fault)


@pytest.mark.row("W5")
def test_a_user_who_keeps_asking_in_a_storm_connects_no_more_than_once_a_second():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until(lambda: moa.state.report)
        for _ in range(150):
            moa.watch.ask(VIEW)
            await asyncio.sleep(0.1)
        times = [at * 10 for at in connected_at(simulator)]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert len(gaps) >= 8  # the user was heard
        assert min(gaps) >= 1

    hastily(script, 10, "close-after-accept")


@pytest.mark.row("W5")
def test_a_line_comes_back_after_the_storm():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.BROKEN)
        await asyncio.sleep(20)
        asked = readings(simulator)
        simulator.faults.clear()
        await moa.until_line(Line.LIVE, 60)
        await moa.until(lambda: readings(simulator) > asked, 5)
        assert not moa.state.is_stale

    hastily(script, 20, "close-after-accept")


# W2: REG is not answered.


@pytest.mark.row("W2")
def test_a_line_whose_registration_is_not_answered_is_not_live_and_tried_again():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until(lambda: simulator.live.connections == 3, 60)
        assert Line.LIVE not in [change.line for change in moa.ear.changes]
        times = [at * 20 for at in connected_at(simulator)]
        gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert min(gaps) >= 15
        assert max(gaps) <= 25
        assert moa.state.line_error is not None
        assert moa.state.line_error.code == "timeout"
        simulator.faults.clear()
        await moa.until_line(Line.LIVE)

    hastily(script, 20, "silent-registration")


class DeafForStocks(Broker):
    """Takes the account's registration, but says nothing to the first ones of stocks."""

    unanswered = 2

    async def _answer_registration(self, socket: ServerConnection, frame: dict[str, Any]) -> None:
        is_stocks = frame["data"][0]["type"] == ["0B"]
        self.registration = {"return_code": 0}
        if is_stocks and self.unanswered:
            self.unanswered -= 1
            self.registration = None
        await super()._answer_registration(socket, frame)


@pytest.mark.row("W2")
def test_a_line_whose_stocks_are_not_granted_is_not_live_either():
    broker = DeafForStocks()

    async def script() -> None:
        async with connected_to(broker, clock=haste.clock()) as moa:
            await moa.until(lambda: len(broker.tokens) == 3, 60)
            assert Line.LIVE not in [change.line for change in moa.ear.changes]
            await moa.until_line(Line.LIVE, 10)

    haste.run(script(), 10)

    stocks = [at for at, frame in zip(broker.registered_at, broker.registrations, strict=True)
              if frame["data"][0]["type"] == ["0B"]]  # fmt: skip
    assert len(stocks) == 3
    assert all(15 <= later - earlier <= 25 for earlier, later in itertools.pairwise(stocks))


# W4: the login is refused for its token.


@pytest.mark.row("W4")
def test_a_refused_login_is_repeated_with_a_new_token_each_time():
    refused = {"return_code": 805004, "return_msg": "접속을 종료합니다 [CODE=8005, MESSAGE=Token]"}
    broker = Broker(login=refused)
    rest = Rest([Answer(body(row()))])

    async def script() -> None:
        async with (
            broker.running(),
            rest.client(),
            listening(rest.base_url, broker.url, clock=haste.clock()) as moa,
        ):
            await moa.until(lambda: len(broker.tokens) == 3, 300)
            assert Line.LIVE not in [change.line for change in moa.ear.changes]
            broker.login = {"return_code": 0}
            await moa.until_line(Line.LIVE, 300)

    haste.run(script(), 60)

    assert broker.tokens == [f"token-{number}" for number in (1, 2, 3, 4)]
    assert len(rest.issues) == 4  # one for each login, and none besides


@pytest.mark.row("W4")
def test_a_login_that_the_broker_no_longer_refuses_is_live():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.BROKEN)
        assert moa.state.line_error is not None
        assert moa.state.line_error.code == "8005"
        simulator.faults.clear()
        await moa.until_line(Line.LIVE, 120)
        assert simulator.kiwoom_tokens.issued == 2

    hastily(script, 60, "login-8005")


# Another program took the session.


@pytest.mark.row("W12")
def test_a_session_that_was_taken_is_left_to_the_user():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until(lambda: isinstance(moa.state.line_error, SessionTaken))
        assert (moa.state.line, moa.state.is_stale) == (Line.BROKEN, True)
        simulator.faults.clear()
        await asyncio.sleep(180)
        assert simulator.live.connections == 1
        assert isinstance(moa.state.line_error, SessionTaken)
        moa.watch.ask(VIEW)
        await moa.until_line(Line.LIVE, 10)
        assert (simulator.live.connections, moa.state.is_stale) == (2, False)

    hastily(script, 60, "kick")


@pytest.mark.row("W12")
def test_two_programs_do_not_kick_each_other_for_ever():
    async def script(simulator: Simulator, moa: Moa) -> None:
        await moa.until_line(Line.LIVE)
        addresses = simulator.addresses
        async with listening(addresses["kiwoom"], addresses["kiwoom_ws"], clock=haste.clock()) as other:
            await other.until_line(Line.LIVE)
            await moa.until(lambda: isinstance(moa.state.line_error, SessionTaken))
            await asyncio.sleep(70)
            assert (other.state.line, moa.state.line) == (Line.LIVE, Line.BROKEN)
            assert simulator.live.connections == 2

    hastily(script, 30)
