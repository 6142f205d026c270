"""Small stand-ins for what the program meets outside: clocks, keychains, brokers and live lines."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import keyring.backend
import keyring.errors

from app.domain.clock import KST, Clock
from app.domain.errors import AppError
from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    BondLot,
    BondReport,
    PensionHolding,
    PensionReport,
    Position,
    PositionReport,
    Report,
)
from app.domain.live import Fill, LiveEvent, Tick
from app.domain.past import DayLedger
from app.domain.sources import AccessToken, TokenIssue, TokenRecord

ACCOUNT = "64738291-01"
APP_KEY = "PSabcdefghijklmnopqrstuvwxyz01234567"
START = datetime(2026, 11, 20, 10, 15, 29, tzinfo=KST)


class FakeClock:
    """Both clocks, moved by hand."""

    def __init__(self, monotonic: float = 1000.0) -> None:
        self.wall_time = START
        self.monotonic_time = monotonic
        self.clock = Clock(lambda: self.wall_time, lambda: self.monotonic_time)

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        self.wall_time += timedelta(seconds=seconds)
        self.monotonic_time += seconds


BEFORE_VALUES = 3  # the version of history.db without values


def without_values(db: sqlite3.Connection) -> None:
    """Make a history one of the version before it kept values."""
    for table in ("series", "flow", "mark", "index_close", "past_balance"):
        db.execute(f"DROP TABLE {table}")
    db.execute(f"PRAGMA user_version = {BEFORE_VALUES}")


# Keychains: each is a backend as `keyring` knows them, and lives in memory.


class WorkingKeychain(keyring.backend.KeyringBackend):
    """Keeps what it is given."""

    priority = 1

    def __init__(self, secrets: dict[str, str] | None = None) -> None:
        super().__init__()
        self.secrets = {("moa", name): secret for name, secret in (secrets or {}).items()}

    def get_password(self, service: str, username: str) -> str | None:
        return self.secrets.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.secrets[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.secrets[service, username]


class FailingKeychain(keyring.backend.KeyringBackend):
    """Raises the same error whatever it is asked."""

    priority = 1

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    def get_password(self, service: str, username: str) -> str | None:
        raise self.error

    def set_password(self, service: str, username: str, password: str) -> None:
        raise self.error

    def delete_password(self, service: str, username: str) -> None:
        raise self.error


class HangingKeychain(keyring.backend.KeyringBackend):
    """Answers nothing until it is released."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.released = threading.Event()
        self.calls = 0

    def get_password(self, service: str, username: str) -> str | None:
        self.calls += 1
        self.released.wait(10)
        return "late"

    def set_password(self, service: str, username: str, password: str) -> None:
        self.get_password(service, username)

    def delete_password(self, service: str, username: str) -> None:
        self.get_password(service, username)


class MemoryTokens:
    """A token cache that lives as long as the test."""

    def __init__(self, token: AccessToken | None = None) -> None:
        self.record = TokenRecord(token)
        self.saves = 0
        self.waits: list[float | None] = []

    @property
    def token(self) -> AccessToken | None:
        return self.record.token

    async def load(self) -> TokenRecord:
        return self.record

    async def reserve(self, issue: TokenIssue) -> bool:
        self.record = self.record.with_issue(issue)
        return True

    async def release(self, issue: TokenIssue) -> None:
        self.record = self.record.without_issue(issue)

    async def finish(
        self,
        issue: TokenIssue,
        *,
        token: AccessToken | None = None,
        is_repeated: bool = False,
        cause: str = "",
    ) -> None:
        self.record = replace(self.record.with_issue(issue), cause=cause)
        if token is not None:
            self.saves += 1
            self.record = replace(self.record, token=token, issue=issue.id, is_repeated=is_repeated)

    def waiting(self, until: float | None) -> None:
        self.waits.append(until)


# What a broker answers.


def position(code: str = "005930", **changes: object) -> Position:
    """Ten shares bought at 60,000 and worth 70,000 each, as kt00005 values them."""
    made = Position(
        code=code,
        name="삼성전자",
        credit_type="00",
        loan_date=None,
        expiry_date=None,
        settled_quantity=Decimal(8),
        quantity=Decimal(10),
        price=Decimal(70000),
        purchase_price=Decimal(60000),
        purchase_amount=Decimal(600000),
        value=Decimal("698410"),
        profit=Decimal("98410"),
        profit_rate=Decimal("16.4017"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def positions_report(*rows: Position, value: Decimal | None = None) -> PositionReport:
    """The rows with the broker's total, which is their sum unless said otherwise."""
    total = sum((row.value or Decimal(0) for row in rows), Decimal(0)) if value is None else value
    return PositionReport(rows, Decimal(600000), total, None, None, None, None, None)


def pension_holding(**changes: object) -> PensionHolding:
    """One fund worth 1,100,000 won."""
    made = PensionHolding(
        balance_type_code="01",
        balance_type="개인",
        code="K55101",
        name="TDF 2045",
        quantity=Decimal("1000"),
        sellable_quantity=Decimal("1000"),
        average_price=Decimal("1000.5000"),
        price=Decimal("1100"),
        purchase_amount=Decimal("1000500"),
        value=Decimal("1100000"),
        profit=Decimal("99500"),
        profit_rate=Decimal("9.94"),
        weight=Decimal("100"),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def pension_report(*rows: PensionHolding, value: Decimal | None = Decimal(1100000)) -> PensionReport:
    """A pension account with one fund, or with the rows given."""
    return PensionReport(
        rows or (pension_holding(),), Decimal(1000500), value, Decimal(99500), Decimal(0), None, None
    )


def bond_lot(**changes: object) -> BondLot:
    """One purchase of a bond whose price is known."""
    made = BondLot(
        code="KR6095",
        name="국고채",
        purchase_date=START.date(),
        purchase_sequence="1",
        quantity=Decimal(1000),
        comprehensive_tax_quantity=Decimal(1000),
        separate_tax_quantity=Decimal(0),
        maturity_date=START.date() + timedelta(days=365),
        purchase_yield=Decimal("3.250"),
        purchase_price=Decimal("9985.20"),
        purchase_amount=Decimal(998520),
        orderable_quantity=Decimal(1000),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def bond_report(*rows: BondLot) -> BondReport:
    """The lots as one answer."""
    return BondReport(rows)


def day_ledger(day: date, **amounts: Decimal | None) -> DayLedger:
    """A day without movements but those given."""
    nothing = DayLedger(day, *[Decimal(0)] * 10)
    return replace(nothing, **amounts)  # type: ignore[arg-type]


def asset_slice(number: int, value: Decimal | None) -> AssetSlice:
    """One class of assets."""
    return AssetSlice(number, "주식", value, value, Decimal(0), None, value, None)


def asset_mix_report(*values: Decimal | None, total: Decimal | None) -> AssetMixReport:
    """Classes worth these values under a total of the broker's."""
    rows = tuple(asset_slice(number, value) for number, value in enumerate(values, 1))
    return AssetMixReport(AssetLayout.UNKNOWN, rows, None, total, None, None)


def tick(code: str = "005930", price: int = 71000, time: str | None = "101530") -> Tick:
    """A trade; yesterday's close was 70,000."""
    change = Decimal(price - 70000)
    return Tick(code, Decimal(price), change, change / 700, time)


def fill(code: str = "005930", quantity: int = 20, price: int | None = 71000, **changes: object) -> Fill:
    """A position right after an order of it was filled."""
    made = Fill(
        key=(code, "00", ""),
        code=code,
        name="삼성전자",
        quantity=Decimal(quantity),
        price=None if price is None else Decimal(price),
        purchase_price=Decimal(60000),
        purchase_amount=Decimal(60000 * quantity),
        previous_close=Decimal(70000),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# Brokers that the loops talk to.

Answer = Report | Exception


class FakeReader:
    """Gives its answers one after the other, the last one for ever; counts how often it was asked."""

    def __init__(self, *answers: Answer, before: Callable[[], Awaitable[None]] | None = None) -> None:
        self._answers = list(answers)
        self._before = before
        self.asked = 0

    async def __call__(self) -> Report:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if self._before is not None:
            await self._before()
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeLine:
    """A live line that is fed by hand: frames, doubts, and an error to die of. It has `room` for stocks."""

    def __init__(self, room: int = 200) -> None:
        self.frames: asyncio.Queue[Sequence[LiveEvent] | Exception | None] = asyncio.Queue()
        self.doubts_to_report: asyncio.Queue[AppError | None] = asyncio.Queue()
        self.watched: frozenset[str] = frozenset()
        self.watch_error: Exception | None = None
        self.grants = asyncio.Event()
        self.grants.set()
        self.dropped = 0
        self._room = room

    def say(self, *events: LiveEvent) -> None:
        """One frame."""
        self.frames.put_nowait(events)

    def die(self, error: Exception | None = None) -> None:
        """End with an error, or without one."""
        self.frames.put_nowait(error)

    def doubt(self, reason: AppError | None) -> None:
        """Come into doubt, or out of it."""
        self.doubts_to_report.put_nowait(reason)

    async def watch(self, codes: Sequence[str]) -> None:
        await self.grants.wait()
        if self.watch_error is not None:
            raise self.watch_error
        self.watched = frozenset(codes[: self._room])

    async def events(self) -> AsyncGenerator[Sequence[LiveEvent]]:
        while True:
            frame = await self.frames.get()
            if frame is None:
                return
            if isinstance(frame, Exception):
                raise frame
            yield frame

    async def doubts(self) -> AsyncGenerator[AppError | None]:
        while True:
            yield await self.doubts_to_report.get()


class FakeLiveSource:
    """Gives one line after the other; an exception in their place is a refused login."""

    def __init__(self, *outcomes: FakeLine | Exception) -> None:
        self._outcomes = list(outcomes)
        self.connects = 0
        self.open = 0

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[FakeLine]:
        self.connects += 1
        outcome = self._outcomes.pop(0) if len(self._outcomes) > 1 else self._outcomes[0]
        if isinstance(outcome, Exception):
            raise outcome
        self.open += 1
        try:
            yield outcome
        finally:
            self.open -= 1


async def until(claim: Callable[[], object]) -> None:
    """Let the other tasks run until the claim holds."""
    async with asyncio.timeout(5):
        while not claim():
            await asyncio.sleep(0)
