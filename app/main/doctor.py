"""`moa doctor`: what works of each connection, step by step, and what to do about the rest."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from app import __version__
from app.brokers.http import proxy_for, reach
from app.brokers.registry import BROKERS, known_codes
from app.brokers.witness import WITNESS
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection
from app.domain.errors import AppError, SettingsError, TimedOut
from app.domain.holdings import Position, Report
from app.domain.privacy import masked, masked_account
from app.domain.sources import LiveSource, Source
from app.domain.views import View
from app.main.accounts import Accounts
from app.main.profile import required_settings
from app.main.single import is_open
from app.main.snapshot import chosen
from app.services.secrets import Keychain, Vault, credentials

logger = logging.getLogger(__name__)

MOST_SKEW = timedelta(minutes=2)
LIVE_SECONDS = 30.0
NEWS_SECONDS = 3.0
_WATCHED = 10
_PATIENCE_SECONDS = 3.0
_VIEWS = {View.PENSION: "연금", View.BONDS: "채권", View.ASSET_MIX: "자산비중", View.POSITIONS: "실시간 잔고"}
_TITLES = {spec.id: spec.title for spec in BROKERS}

Write = Callable[[str], object]
T = TypeVar("T")


class Outcome(Enum):
    """How a step went; all have the width of two Korean letters and a blank."""

    WELL = "정상 "
    WARNED = "주의 "
    FAILED = "실패 "
    SKIPPED = "생략 "


class Step(NamedTuple):
    """One thing that was tried; `action` says what the user can do."""

    name: str
    outcome: Outcome
    text: str
    action: str = ""

    def lines(self) -> str:
        """The step as it is printed."""
        first = f"  {self.outcome.value} {self.name}: {self.text}\n"
        return f"{first}        → {self.action}\n" if self.action else first


def doctor(*, profile: Path, demo: bool, only: Sequence[str], write: Write, save: Path | None = None) -> int:
    """Print what works; 0 when all does, else 1. Raises SettingsError.

    With `save` the same goes into a zip together with what a developer needs to help.
    """
    told: list[str] = []

    def tell(text: str) -> None:
        told.append(text)
        write(text)

    try:
        code = _examine(profile, demo, only, tell)
    except SettingsError as error:
        if save is not None:
            _save(save, None if demo else profile, "".join([*told, error.message]), write)
        raise
    if save is not None and not _save(save, None if demo else profile, "".join(told), write):
        return 1
    return code


def codes(write: Write) -> int:
    """Print every code of both brokers' lists with its meaning and what to do."""
    for title, meanings in known_codes().items():
        write(f"[{title}]\n")
        for code, meaning, action in meanings:
            write(f"  {code:8}  {meaning}\n            → {action}\n")
        write("\n")
    return 0


def clock_step(skew: timedelta | None) -> Step:
    """What is to be said of this computer's clock, which is ahead of a broker's by so much."""
    name = "컴퓨터 시각"
    if skew is None:
        return Step(name, Outcome.SKIPPED, "증권사의 응답이 없어 견주지 못했습니다.")
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= MOST_SKEW:
        return Step(name, Outcome.WELL, f"증권사 서버와 {seconds}초 차이입니다.")
    direction = "빠릅니다" if skew > timedelta() else "늦습니다"
    return Step(
        name,
        Outcome.WARNED,
        f"증권사 서버보다 {_span(seconds)} {direction}.",
        "운영체제의 날짜·시각 설정에서 '자동 설정'을 켜세요. 토큰의 유효 시간과 값의 나이가 틀려집니다.",
    )


def _examine(profile: Path, demo: bool, only: Sequence[str], write: Write) -> int:
    write(f"모아 {__version__} 점검 · {SYSTEM_CLOCK.now():%Y-%m-%d %H:%M:%S} KST\n\n")
    WITNESS.forget()
    steps = asyncio.run(_demo(only, write) if demo else _accounts(profile, only, write))
    steps.append(clock_step(WITNESS.clock_skew()))
    write(f"\n{steps[-1].lines()}\n")
    failed = sum(step.outcome is Outcome.FAILED for step in steps)
    warned = sum(step.outcome is Outcome.WARNED for step in steps)
    if failed:
        write(f"실패 {failed}건이 있습니다. 위의 '→' 줄을 따라 해 보세요.\n")
    elif warned:
        write("모두 되지만 주의할 것이 있습니다.\n")
    else:
        write("모두 정상입니다.\n")
    return 1 if failed else 0


async def _demo(only: Sequence[str], write: Write) -> list[Step]:
    from app.main.demo import opened_demo

    async with opened_demo() as (connections, vault):
        write("  정상  설정: 데모의 연결을 씁니다.\n")
        return await examine(connections, vault, only, write, window_is_open=False)


async def _accounts(profile: Path, only: Sequence[str], write: Write) -> list[Step]:
    connections = required_settings(profile).connections
    write(f"  정상  설정: {profile}의 settings.toml에 연결이 {len(connections)}개 있습니다.\n")
    return await examine(connections, Keychain(), only, write, window_is_open=is_open(profile))


async def examine(
    connections: Sequence[Connection],
    vault: Vault,
    only: Sequence[str],
    write: Write,
    *,
    window_is_open: bool,
) -> list[Step]:
    """Try the connections with these ids, or all, and print each step as it is done. Raises SettingsError."""
    wanted = chosen(connections, only)
    # All are known to the accounts: a token shared by two lies under the first one, chosen or not.
    accounts = Accounts(connections, vault, SYSTEM_CLOCK)
    steps: list[Step] = []
    try:
        for connection in wanted:
            write(f"\n[{connection.id}] {masked(_title(connection))}\n")
            examination = _Examination(connection, accounts, vault, write, window_is_open=window_is_open)
            await examination.run()
            steps += examination.steps
    finally:
        await accounts.close()
    return steps


class _Examination:
    """The steps of one connection, each printed when it is done."""

    def __init__(
        self, connection: Connection, accounts: Accounts, vault: Vault, write: Write, *, window_is_open: bool
    ) -> None:
        self.steps: list[Step] = []
        self._connection = connection
        self._accounts = accounts
        self._vault = vault
        self._write = write
        self._window_is_open = window_is_open

    async def run(self) -> None:
        """Take every step that can be taken."""
        keys = await self._try("키체인", credentials(self._vault, self._connection.id))
        if keys is not None:
            self._add(Step("키체인", Outcome.WELL, "앱키와 앱시크릿이 있습니다."))
        has_reached = await self._reach()
        if keys is None or not has_reached:
            why = "키가 없어" if keys is None else "서버에 닿지 않아"
            self._add(Step("접근토큰과 조회", Outcome.SKIPPED, f"{why} 해 보지 않았습니다."))
            return
        source = await self._try("키체인", self._accounts.source(self._connection))
        if source is None:
            return
        if not await self._log_in(source):
            self._add(Step("조회", Outcome.SKIPPED, "접근토큰이 없어 해 보지 않았습니다."))
            return
        codes_held = await self._views(source)
        if source.live is not None:
            await self._live(source.live, codes_held)

    async def _reach(self) -> bool:
        url = self._connection.base_url
        place = urlsplit(url).netloc
        if proxy_for(url) is not None:
            self._add(Step("서버 연결", Outcome.SKIPPED, "프록시를 거치므로 접근토큰을 받을 때 확인됩니다."))
            return True
        began = time.monotonic()
        try:
            tls = await reach(url)
        except AppError as error:
            self._add(_failure("서버 연결", error, place))
            return False
        spent = _milliseconds(began)
        how = f"인증서 확인 {tls}" if tls else "이 컴퓨터 안이라 암호화 없음"
        self._add(Step("서버 연결", Outcome.WELL, f"{place}, {how}, {spent}"))
        return True

    async def _log_in(self, source: Source) -> bool:
        assert source.log_in is not None
        patient = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._ask_for_patience)
        try:
            token = await self._try("접근토큰", source.log_in())
        finally:
            patient.cancel()
        if token is None:
            return False
        until = f"{token.expires_at:%m월 %d일 %H:%M}"
        self._add(Step("접근토큰", Outcome.WELL, f"{until}까지 쓸 수 있습니다."))
        return True

    def _ask_for_patience(self) -> None:
        self._write("  ....  접근토큰을 기다립니다. 증권사는 1분에 한 번만 발급합니다.\n")

    async def _views(self, source: Source) -> list[str]:
        """Read each view; the codes of the stocks held."""
        held: list[str] = []
        for view in self._connection.views:
            name, began = _VIEWS[view], time.monotonic()
            report = await self._try(name, source.readers[view]())
            if report is not None:
                self._add(_read(name, report, _milliseconds(began)))
                if view is View.POSITIONS:
                    held = [row.code for row in report.rows if isinstance(row, Position)]
        return held

    async def _live(self, live: LiveSource, held: Sequence[str]) -> None:
        name = "실시간 연결"
        if self._window_is_open:
            why = "모아의 창이 열려 있습니다. 지금 접속하면 그 창의 실시간 연결이 끊어집니다."
            self._add(Step(name, Outcome.SKIPPED, why, "창을 닫고 다시 점검하면 실시간 연결도 확인합니다."))
            return
        news = await self._try(name, _heard(live, held))
        if news is not None:
            self._add(Step(name, Outcome.WELL, news))

    async def _try(self, name: str, work: Awaitable[T]) -> T | None:
        """What the work gives; None where it failed, which is told."""
        try:
            return await work
        except AppError as error:
            self._add(_failure(name, error))
        except Exception as error:  # a defect of ours: this step says so, the others go on
            logger.exception("%s/%s", self._connection.id, name)
            self._add(_failure(name, AppError(f"프로그램 오류입니다 ({type(error).__name__}).")))
        return None

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self._write(step.lines())


async def _heard(live: LiveSource, held: Sequence[str]) -> str:
    """What came over a live line in its first seconds. Raises AppError."""
    try:
        async with asyncio.timeout(LIVE_SECONDS), live.connect() as line:
            began = time.monotonic()
            await line.watch(held[:_WATCHED])
            try:
                async with asyncio.timeout(NEWS_SECONDS):
                    async for _ in line.events():
                        return f"로그인했고 {_milliseconds(began)} 뒤 첫 소식이 왔습니다."
            except TimeoutError:
                pass
            return "로그인했습니다. 지금은 체결이 없어 소식이 오지 않았습니다."
    except TimeoutError as exc:
        raise TimedOut("실시간 서버가 제때 답하지 않았습니다.") from exc


def _read(name: str, report: Report, spent: str) -> Step:
    difference = report.difference
    if difference:
        return Step(
            name,
            Outcome.WARNED,
            f"{len(report.rows)}건, {spent}. 증권사가 보낸 합계와 행의 합이 다릅니다.",
            "다음 조회에서도 그대로면 `moa doctor --save 파일.zip`으로 진단을 저장해 개발자에게 알려 주세요.",
        )
    total = ", 합계 대조 맞음" if difference is not None else ""
    return Step(name, Outcome.WELL, f"{len(report.rows)}건{total}, {spent}")


def _failure(name: str, error: AppError, place: str = "") -> Step:
    where = f"{place}: " if place else ""
    return Step(name, Outcome.FAILED, f"[{error.code}] {where}{error.message}", error.action)


def _title(connection: Connection) -> str:
    account = f" {masked_account(connection.account)}" if connection.account else ""
    return f"{connection.label} ({_TITLES[connection.broker]}{account})"


def _milliseconds(began: float) -> str:
    spent = time.monotonic() - began
    return f"{spent:.1f}초" if spent >= 1 else f"{max(1, round(spent * 1000))}밀리초"


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = ((hours, "시간"), (minutes, "분"), (0 if hours else rest, "초"))
    return " ".join(f"{number}{unit}" for number, unit in parts if number)


def _save(path: Path, profile: Path | None, told: str, write: Write) -> bool:
    from app.main.diagnostics import collected
    from app.services.diagnostics import save
    from app.services.files import why

    try:
        save(path, collected(profile, examination=told))
    except OSError as error:
        sys.stderr.write(f"moa: {path.name}: {why(error)}\n")
        return False
    write(f"진단을 저장했습니다: {path}\n보내기 전에 안의 글을 읽어 보세요. 모두 보통 텍스트 파일입니다.\n")
    return True
