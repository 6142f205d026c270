"""The cash of a pension is read beside its holdings, and a deposit that it shows is asked about once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.connections import Connection, View
from app.domain.errors import AppError, BrokerRefused, NotReachable
from app.domain.holdings import PensionReport
from app.domain.past import CashHolding, CashStatement
from app.domain.value_series import CashFlow, FlowSource
from app.services import flow_estimates
from app.services.flow_estimates import FlowEstimates, with_others
from app.services.history import FILE_NAME, History
from app.services.store import PortfolioStore
from tests.fakes import START, FakeClock, pension_holding, pension_report

IRP = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "https://example", account="63512345-29")
PENSION = ("irp", View.PENSION)
TODAY = START.date()
DAY = timedelta(days=1)
ZERO = Decimal(0)
ETF = CashHolding("069500", Decimal(40), Decimal(1_208_410))
DEPOSIT = pension_holding(
    code=None, name="정기예금 12개월", quantity=Decimal(1), purchase_amount=Decimal(5_000_000)
)


def cash(amount: int, days_ago: int = 0) -> CashStatement:
    return CashStatement(TODAY - days_ago * DAY, Decimal(amount), ZERO, ZERO, ZERO, (ETF,))


def flow(amount: int) -> CashFlow:
    return CashFlow("irp", TODAY, Decimal(amount), FlowSource.INFERRED)


@dataclass
class Desk:
    """A pension with its cash, and the history of a profile; `failing` is raised by the next readings."""

    folder: Path
    now: CashStatement | None = field(default_factory=lambda: cash(1_550_371))
    failing: AppError | None = None
    reads: int = 0
    asked: list[CashFlow | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = FakeClock()
        self.store = PortfolioStore(self.clock.clock)
        self.history = History(self.folder / FILE_NAME, (IRP,), self.clock.clock)

    async def read(self) -> CashStatement | None:
        self.reads += 1
        if self.failing is not None:
            raise self.failing
        return self.now

    def answer(self, report: PensionReport | None = None) -> None:
        self.clock.advance(1)
        self.store.loaded(PENSION, report or pension_report(), self.clock.clock.monotonic())

    def play(self, *acts: Callable[[], object]) -> None:
        """Run with a first answer, and each of these acts followed by another answer."""

        async def in_order(work: Callable[..., object], *values: object) -> object:
            return work(*values)

        async def run() -> None:
            estimates = FlowEstimates(
                self.store,
                "irp",
                self.read,
                self.history,
                self.clock.clock,
                changed=self.asked.append,
                in_thread=in_order,
            )
            running = asyncio.create_task(estimates.run())
            await settled()
            self.answer()
            await settled()
            for act in acts:
                act()
                self.answer()
                await settled()
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

        asyncio.run(run())


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(flow_estimates, "SETTLE_SECONDS", 0)
    return Desk(tmp_path)


def later(desk: Desk, **changes: object) -> Callable[[], object]:
    """Let the time between two readings pass, and something change meanwhile."""

    def act() -> None:
        desk.clock.advance(flow_estimates.TODAY_SECONDS)
        for name, value in changes.items():
            setattr(desk, name, value)

    return act


def test_a_deposit_is_asked_about_once(desk: Desk):
    desk.history.save_cash("irp", with_others(cash(1_250_371, 3), pension_report()))

    desk.play(later(desk), later(desk))

    assert desk.reads == 3
    assert desk.asked == [flow(300_000)]
    assert desk.history.flows() == [flow(300_000)]


def test_after_a_restart_nothing_is_asked_again(desk: Desk):
    desk.history.save_cash("irp", with_others(cash(1_250_371, 3), pension_report()))

    desk.play()
    desk.play()

    assert desk.reads == 2
    assert desk.asked == [flow(300_000)]


def test_the_first_statement_asks_nothing(desk: Desk):
    desk.play()

    assert desk.asked == []
    pair = desk.history.cash_pair("irp")
    assert pair is not None
    assert pair.before == pair.after


def test_a_changed_estimate_is_asked_about_and_a_vanished_one_is_dropped(desk: Desk):
    desk.history.save_cash("irp", with_others(cash(1_250_371, 3), pension_report()))

    desk.play(later(desk, now=cash(1_750_371)), later(desk, now=cash(1_250_371)))

    assert desk.asked == [flow(300_000), flow(500_000), None]
    assert desk.history.flows() == []


def test_a_matured_deposit_that_only_the_pension_lists_is_no_flow(desk: Desk):
    report = pension_report()
    before = replace(report, rows=(*report.rows, DEPOSIT))
    desk.history.save_cash("irp", with_others(cash(1_250_371, 3), before))

    desk.play()

    assert desk.asked == []
    assert desk.history.flows() == []


def test_the_cash_is_read_at_most_every_ten_minutes(desk: Desk):
    desk.play(lambda: desk.clock.advance(500), lambda: None, lambda: desk.clock.advance(100))

    assert desk.reads == 2


def test_after_a_failure_it_is_tried_again_a_minute_later(desk: Desk):
    desk.failing = NotReachable("-")

    desk.play(lambda: None, lambda: desk.clock.advance(60), later(desk, failing=None))

    assert desk.reads == 3
    assert desk.history.cash_pair("irp") is not None


def test_after_a_refusal_it_is_not_asked_again_on_that_day(desk: Desk):
    desk.failing = BrokerRefused("-", code="APBK1744")

    desk.play(later(desk), later(desk), lambda: desk.clock.advance(86_400))

    assert desk.reads == 2


@pytest.mark.parametrize("now", [None, replace(cash(1_550_371), cash=None), replace(cash(1), sold=None)])
def test_what_the_broker_does_not_state_is_not_kept(desk: Desk, now: CashStatement | None):
    desk.now = now

    desk.play()

    assert desk.history.cash_pair("irp") is None
