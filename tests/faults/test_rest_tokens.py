"""R7, R8 and R9: tokens that end, that come too soon, and clocks that are wrong."""

import asyncio
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from pathlib import Path

import pytest
from aiohttp import web

from app.brokers.tokens import PAUSE_SECONDS
from app.domain.clock import KST, SYSTEM_CLOCK, Clock
from app.domain.connections import Connection, View
from app.main.demo import demo_connections
from app.main.feed import Accounts
from app.services.secrets import MemoryVault
from app.simulator.options import KIWOOM
from app.simulator.options import PENSION as IRP
from app.simulator.server import Simulator
from app.ui.window.statuses import status_of
from tests.brokers.kis import broker as kis
from tests.brokers.kiwoom.servers import refused
from tests.brokers.serving import serving
from tests.faults import filed_keychain, haste
from tests.faults.headlines import record
from tests.faults.listening import body, row
from tests.faults.reading import PENSION, QUESTIONS, STILL, Moa, asked_at, reading_from
from tests.main.simulated import environment

ROOT = Path(__file__).resolve().parents[2]

CALLERS = 10

# R7: a token that ends in the middle of the day.


async def read_by_ten(simulator: Simulator, place: int, view: View, *faults: str) -> tuple[int, int]:
    """How often a token was issued and the view asked for when ten callers met one that had ended."""
    connections, vault = demo_connections(simulator.addresses)
    accounts = Accounts(connections, vault, haste.clock())
    source = accounts.sources()[connections[place].id]
    desk, path = (
        (simulator.kiwoom_tokens, "/oauth2/token")
        if view is View.POSITIONS
        else (simulator.kis_tokens, "/oauth2/tokenP")
    )
    question = QUESTIONS[connections[place].id, view]
    try:
        whole = await source.readers[view]()
        await asyncio.sleep(PAUSE_SECONDS)
        simulator.faults.set(*faults)
        if not faults:
            desk.end_all()
        issued, asked = len(asked_at(simulator, path)), len(asked_at(simulator, question))
        answers = await asyncio.gather(*(source.readers[view]() for _ in range(CALLERS)))
        assert answers == [whole] * CALLERS
        if source.live is not None:
            async with source.live.connect():
                pass
        return len(asked_at(simulator, path)) - issued, len(asked_at(simulator, question)) - asked
    finally:
        await accounts.close()


@pytest.mark.row("R7")
@pytest.mark.parametrize("view", [View.PENSION, View.POSITIONS])
@pytest.mark.parametrize("fault", ["", "expired-token", "expired-token-200"])
def test_r07_ten_callers_with_a_token_that_has_ended_make_one_new_one_and_nothing_is_reported(
    view: View, fault: str
):
    async def story() -> tuple[int, int]:
        async with Simulator(STILL) as simulator:
            place = 0 if view is View.PENSION else 2
            return await read_by_ten(simulator, place, view, *([fault] if fault else []))

    issues, asked = haste.run(story(), 50)

    record("reissues", issues, part="R7 KIS" if view is View.PENSION else "R7 Kiwoom")
    assert issues == 1
    assert CALLERS < asked <= 2 * CALLERS  # each is repeated no more than once


@pytest.mark.row("R7")
def test_r07_a_new_token_that_ends_the_one_before_is_the_one_that_the_live_line_logs_in_with():
    async def story() -> tuple[int, int]:
        async with Simulator(replace(STILL, faults=("reissue-kills-token",))) as simulator:
            return await read_by_ten(simulator, 2, View.POSITIONS)

    assert haste.run(story(), 50)[0] == 1


# R8: a broker issues one token a minute.

HASTE = 40


def countdown_of(moa: Moa) -> int | None:
    """The seconds that the status bar counts down, if it does."""
    connection = Connection("irp", "IRP", "kis", (View.PENSION,), "")
    token, now = moa.store.token("irp"), asyncio.get_running_loop().time()
    words = status_of(connection, [moa.state(PENSION)], now, token).text
    return int(words.split(" · ")[1].removesuffix("초")) if "발급 대기" in words else None


@pytest.mark.row("R8")
def test_r08_a_token_that_another_program_has_just_asked_for_is_waited_for_with_a_countdown():
    async def story() -> None:
        async with Simulator(replace(STILL, token_pause=60 / HASTE)) as simulator:
            simulator.kis_tokens.issue(IRP.appkey)
            connections, vault = demo_connections(simulator.addresses)
            async with reading_from(connections[:1], vault, clock=haste.clock()) as moa:
                counted: list[int | None] = []
                while moa.state(PENSION).report is None:
                    assert moa.errors == {}
                    counted.append(countdown_of(moa))
                    await asyncio.sleep(0.5)
                assert countdown_of(moa) is None
            seconds = [each for each in counted if each is not None]
            assert seconds == sorted(seconds, reverse=True)
            assert seconds[0] >= 58
            assert seconds[-1] <= 2
            assert len(set(seconds)) > 40
            check_pauses(simulator, "/oauth2/tokenP", 2)

    haste.run(story(), HASTE)


@pytest.mark.row("R8")
@pytest.mark.parametrize(
    ("place", "path", "code"), [(0, "/oauth2/tokenP", "EGW00133"), (2, "/oauth2/token", "1700")]
)
def test_r08_a_desk_that_always_says_too_soon_is_asked_once_a_minute(place: int, path: str, code: str):
    async def story() -> None:
        async with Simulator(replace(STILL, faults=("token-too-soon",))) as simulator:
            connections, vault = demo_connections(simulator.addresses)
            async with reading_from(connections[place : place + 1], vault, clock=haste.clock()) as moa:
                await moa.until(lambda: moa.errors)
                assert list(moa.errors.values()) == [code]
                await moa.until(lambda: len(asked_at(simulator, path)) >= 5)
                simulator.faults.clear()
                await moa.until_read()
            check_pauses(simulator, path, 6)

    haste.run(story(), 60)


def check_pauses(simulator: Simulator, path: str, at_least: int) -> None:
    """Whoever asks for tokens does so once a minute."""
    moments = asked_at(simulator, path)
    factor = asyncio.get_running_loop()._factor
    assert len(moments) >= at_least
    assert min((later - earlier) * factor for earlier, later in pairwise(moments)) >= 60


class Restarted:
    """A program that starts again and again, with one keychain and one account of each broker."""

    def __init__(self, folder: Path, simulator: Simulator) -> None:
        self._profile = folder
        self._keychain = folder / "keychain"
        urls = simulator.addresses
        (folder / "settings.toml").write_text(
            f"""
[[connections]]
id = "irp"
broker = "kis"
account = "{IRP.account}"
views = ["pension"]
base_url = "{urls["kis"]}"

[[connections]]
id = "kiwoom"
broker = "kiwoom"
views = ["positions"]
base_url = "{urls["kiwoom"]}"
ws_url = "{urls["kiwoom_ws"]}"
""",
            "utf-8",
        )
        self._keychain.mkdir()
        for name, each in (("irp", IRP), ("kiwoom", KIWOOM)):
            self._secret(f"{name}/appkey").write_text(each.appkey, "utf-8")
            self._secret(f"{name}/appsecret").write_text(each.appsecret, "utf-8")

    def _secret(self, name: str) -> Path:
        return filed_keychain.file_of(self._keychain, "moa", name)

    def age_tokens(self, seconds: float) -> None:
        """Let the kept tokens have been asked for, and issued, that much earlier."""

        def earlier(moment: str) -> str:
            return (datetime.fromisoformat(moment) - timedelta(seconds=seconds)).isoformat()

        for name in ("irp/token", "kiwoom/token"):
            kept = json.loads(self._secret(name).read_text("utf-8"))
            asked = [[each, earlier(at), uptime - seconds] for each, at, uptime in kept["asked"]]
            aged = {"issued_at": earlier(kept["issued_at"]), "asked": asked}
            self._secret(name).write_text(json.dumps(kept | aged), "utf-8")

    async def run(self) -> float:
        """Read everything as a process of its own; gives the seconds that it took."""
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "app", "snapshot", "--profile", str(self._profile)),
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            env=os.environ
            | {
                "PYTHON_KEYRING_BACKEND": filed_keychain.BACKEND,
                filed_keychain.VARIABLE: str(self._keychain),
                "PYTHONWARNINGS": "error",
            },
        )
        try:
            async with asyncio.timeout(120):
                out, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        assert json.loads(out)["ok"] is True
        return time.monotonic() - began


@pytest.mark.row("R8")
def test_r08_a_program_that_starts_again_and_again_goes_on_with_its_token(tmp_path: Path):
    async def story() -> None:
        async with Simulator(replace(STILL, token_pause=60.0)) as simulator:
            program = Restarted(tmp_path, simulator)
            for _ in range(4):
                await program.run()
            assert (simulator.kis_tokens.issued, simulator.kiwoom_tokens.issued) == (1, 1)

    asyncio.run(story())


@pytest.mark.row("R8")
def test_r08_the_pause_between_two_tokens_is_kept_over_a_restart(tmp_path: Path):
    async def story() -> None:
        async with Simulator(STILL) as simulator:
            program = Restarted(tmp_path, simulator)
            await program.run()
            simulator.kis_tokens.end_all()
            simulator.kiwoom_tokens.end_all()
            program.age_tokens(PAUSE_SECONDS - 6)
            assert await program.run() > 4
            for path in ("/oauth2/tokenP", "/oauth2/token"):
                first, second = asked_at(simulator, path)
                assert second - first + PAUSE_SECONDS - 6 >= 60

    asyncio.run(story())


@pytest.mark.row("R17")
@pytest.mark.parametrize(
    ("place", "path", "code"), [(0, "/oauth2/tokenP", "EGW00121"), (2, "/oauth2/token", "8005")]
)
def test_r08_a_broker_that_refuses_every_token_is_asked_for_few_and_the_screen_says_when_next(
    place: int, path: str, code: str
):
    async def story() -> None:
        async with Simulator(replace(STILL, faults=("tokens-never-valid",))) as simulator:
            connections, vault = demo_connections(simulator.addresses)
            clock = haste.clock()
            async with reading_from(connections[place : place + 1], vault, clock=clock, live=True) as moa:
                await asyncio.sleep(1800)
                (connection,), (state,) = connections[place : place + 1], moa.store._states.values()
                assert state.error is not None
                assert state.error.code == code
                token = moa.store.token(connection.id)
                assert token is not None
                assert token.waiting_until is not None
                words = status_of(connection, [state], clock.monotonic(), token).text
                assert "시간" in words
            assert len(asked_at(simulator, path)) <= 4
            check_pauses(simulator, path, 2)

    haste.run(story(), 200)


@pytest.mark.row("R17")
def test_r08_two_programs_that_start_at_once_share_one_token(tmp_path: Path):
    async def story() -> None:
        async with Simulator(replace(STILL, token_pause=60.0)) as simulator:
            program = Restarted(tmp_path, simulator)
            await asyncio.gather(program.run(), program.run())
            assert (simulator.kis_tokens.issued, simulator.kiwoom_tokens.issued) == (1, 1)
            for path in ("/oauth2/tokenP", "/oauth2/token"):
                assert len(asked_at(simulator, path)) == 1

    asyncio.run(story())


# R9: a computer whose clock and time zone are anything but Korea's.

DAY = timedelta(days=1)


class World:
    """What time it really is, the clocks of a computer that is wrong, and brokers that are right."""

    def __init__(self, skew: timedelta, now: datetime = datetime(2026, 11, 20, 10, 0, tzinfo=KST)) -> None:
        self.now = now
        self.issues: Counter[str] = Counter()
        self.refusals = 0
        self._skew = skew
        self._began = self.now
        self._ends: dict[str, datetime] = {}
        self.clock = Clock(lambda: (self.now + self._skew).astimezone(UTC), self._monotonic)

    def _monotonic(self) -> float:
        return 1_000 + (self.now - self._began).total_seconds()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Both brokers: a token lives for a day, and the Date header is right."""
        status, answer = self._answer(request)
        date = format_datetime(self.now.astimezone(UTC), usegmt=True)
        return web.Response(status=status, body=json.dumps(answer).encode(), headers={"Date": date})

    def _answer(self, request: web.BaseRequest) -> tuple[int, object]:
        broker = "kis" if request.path.startswith("/uapi") or request.path.endswith("P") else "kiwoom"
        if "oauth2" in request.path:
            self.issues[broker] += 1
            token, ends = f"{broker}-{self.issues[broker]}", self.now + DAY
            self._ends[token] = ends
            if broker == "kis":
                form = {"access_token": token, "access_token_token_expired": f"{ends:%Y-%m-%d %H:%M:%S}"}
                return 200, {**form, "token_type": "Bearer", "expires_in": 86_400}
            return 200, {"token": token, "expires_dt": f"{ends:%Y%m%d%H%M%S}", "return_code": 0}
        if self._ends[request.headers["authorization"].removeprefix("Bearer ")] <= self.now:
            self.refusals += 1
            if broker == "kis":
                return 500, {"rt_cd": "1", "msg_cd": "EGW00123", "msg1": "기간이 만료된 token 입니다."}
            return 200, refused("8005")
        return 200, json.loads(kis.PENSION) if broker == "kis" else body(row())


@pytest.fixture(params=["UTC", "Asia/Seoul", "America/New_York"])
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a running program cannot be changed here")
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.row("R9")
@pytest.mark.usefixtures("_zone")
@pytest.mark.parametrize("minutes", [10, -10, 600, -600])
def test_r09_a_token_lives_its_day_whatever_the_computer_takes_for_the_time(minutes: int):
    world = World(timedelta(minutes=minutes))
    vault = MemoryVault({f"{name}/{part}": part for name in "ab" for part in ("appkey", "appsecret")})

    async def story() -> None:
        async with serving(world.handle) as url:
            connections = [
                Connection("a", "IRP", "kis", (View.PENSION,), url, account=IRP.account),
                Connection("b", "키움", "kiwoom", (View.POSITIONS,), url, "ws://127.0.0.1:9", exchange="KRX"),
            ]
            began = world.now
            for since, issued in (
                (timedelta(), 1),
                (timedelta(hours=14), 1),
                (timedelta(hours=23, minutes=50), 1),
                (timedelta(hours=23, minutes=59, seconds=30), 2),
                (timedelta(hours=30), 2),
                (timedelta(hours=47, minutes=50), 2),
                (timedelta(hours=47, minutes=59), 3),
            ):
                world.now = began + since
                async with reading_from(connections, vault, clock=world.clock) as moa:  # a program of its own
                    await moa.until_read()
                    assert moa.errors == {}
                    await moa.ask()
                assert world.issues == {"kis": issued, "kiwoom": issued}, since
            assert world.refusals == 0

    haste.run(story(), 20)


@pytest.mark.row("R9")
@pytest.mark.usefixtures("_zone")
@pytest.mark.parametrize("minutes", [10, -10, 600, -600])
def test_r09_ages_do_not_mind_a_clock_that_is_set_meanwhile(minutes: int):
    world = World(timedelta())
    vault = MemoryVault({f"a/{part}": part for part in ("appkey", "appsecret")})

    async def story() -> None:
        async with serving(world.handle) as url:
            connection = Connection("a", "IRP", "kis", (View.PENSION,), url, account=IRP.account)
            async with reading_from([connection], vault, clock=world.clock) as moa:
                await moa.until_read()
                world._skew = timedelta(minutes=minutes)
                world.now += timedelta(minutes=12)
                state = moa.state(("a", View.PENSION))
                assert "12분 전 조회" in status_of(connection, [state], world.clock.monotonic()).text
                assert not state.is_stale

    asyncio.run(story())


@pytest.mark.row("R9")
@pytest.mark.parametrize(
    ("ahead", "reported"),
    [
        (timedelta(minutes=10), "10분 빠릅니다"),
        (timedelta(hours=-10), "10시간 늦습니다"),
        (timedelta(seconds=100), None),
    ],
)
def test_r09_the_window_reports_a_clock_that_is_more_than_two_minutes_wrong(
    tmp_path: Path, ahead: timedelta, reported: str | None
):
    world = World(timedelta(), SYSTEM_CLOCK.now() - ahead)
    secrets = {f"moa/irp/{part}": part for part in ("appkey", "appsecret")}

    async def story() -> list[str]:
        async with serving(world.handle) as url:
            (tmp_path / "settings.toml").write_text(
                '[[connections]]\nid = "irp"\nbroker = "kis"\nviews = ["pension"]\n'
                f'account = "{IRP.account}"\nbase_url = "{url}"\n',
                "utf-8",
            )
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.opened", str(tmp_path), "3", "--rows"),
                cwd=ROOT,
                stdout=asyncio.subprocess.PIPE,
                env=environment(secrets),
            )
            async with asyncio.timeout(60):
                out, _ = await process.communicate()
        seen = json.loads(out)
        assert seen["rows"] > 0
        return seen["notices"]

    notices = asyncio.run(story())

    assert [reported is not None and reported in notice for notice in notices] == [True] * (
        reported is not None
    )
