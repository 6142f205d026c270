"""When an alert is triggered, and when it is not."""

from datetime import datetime
from decimal import Decimal

import pytest

from app.domain.alerts import Alert, Measure, TriggeredAlert
from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.errors import NotReachable
from app.services.alerting import Alerting
from app.services.store import Line, PortfolioStore
from tests.fakes import FakeClock, fill, pension_holding, pension_report, position, positions_report, tick

KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "")
IRP = Connection("irp", "IRP", "kis", (View.PENSION,), "")
POSITIONS = ("kiwoom", View.POSITIONS)
CODE = position().code
SUNDAY, BEFORE_DAWN = datetime(2026, 11, 22, 11, 0, tzinfo=KST), datetime(2026, 11, 23, 5, 0, tzinfo=KST)


class Heard:
    """The alerts that were triggered."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.store = PortfolioStore(self.clock.clock)
        self.reported: list[TriggeredAlert] = []
        self.alerting = Alerting(self.store, self.clock.clock, notify=self.reported.append)

    def watch(self, *alerts: Alert) -> None:
        self.alerting.use(alerts, (KIWOOM, IRP))

    def load(self) -> None:
        self.store.loaded(POSITIONS, positions_report(position()), self.clock.monotonic_time)


@pytest.fixture
def heard() -> Heard:
    return Heard()


def above(limit: int, measure: Measure = Measure.PRICE) -> Alert:
    return Alert("kiwoom", measure, Decimal(limit), code=CODE)


def test_a_trade_that_passes_the_limit_is_reported_once_without_waiting_for_the_window(heard: Heard):
    heard.load()
    heard.watch(above(80_000))
    heard.alerting.check()
    assert heard.reported == []

    for price in (80_000, 80_100):
        heard.clock.advance(1)
        heard.store.heard("kiwoom", [tick(CODE, price, None)])
        heard.alerting.check()

    assert [reported.value for reported in heard.reported] == [80_000]
    # What moved still waits for the window.
    assert [each.price for each in heard.store.moved_positions("kiwoom").values()] == [80_100]


@pytest.mark.parametrize("when", [SUNDAY, BEFORE_DAWN])
def test_nobody_is_disturbed_while_nothing_trades(heard: Heard, when: datetime):
    heard.clock.wall_time = when
    heard.load()
    heard.watch(above(1))
    heard.alerting.check()
    assert heard.reported == []

    heard.clock.wall_time = datetime(2026, 11, 23, 9, 0, 1, tzinfo=KST)
    heard.alerting.check()
    assert len(heard.reported) == 1


def test_the_gain_of_friday_triggers_nothing_on_monday(heard: Heard):
    heard.load()
    heard.store.heard("kiwoom", [tick(CODE, 72_000)])
    heard.clock.advance((SUNDAY - heard.clock.wall_time).total_seconds())
    report = positions_report(position(price=Decimal(72_000)))
    heard.store.loaded(POSITIONS, report, heard.clock.monotonic_time)
    heard.watch(above(5_000, Measure.PROFIT_TODAY), above(60_000))

    # Only Nextrade has opened, and this account's prices are of the KRX.
    heard.clock.advance((datetime(2026, 11, 23, 8, 5, tzinfo=KST) - SUNDAY).total_seconds())
    heard.alerting.check()

    assert [reported.alert.measure for reported in heard.reported] == [Measure.PRICE]


def test_figures_that_may_be_old_trigger_nothing(heard: Heard):
    heard.load()
    heard.store.failed(POSITIONS, NotReachable("-"), None)
    heard.watch(above(1))
    heard.alerting.check()
    heard.load()
    heard.store.line_changed("kiwoom", Line.BROKEN, NotReachable("-"))
    heard.alerting.check()
    assert heard.reported == []

    heard.store.line_changed("kiwoom", Line.LIVE)
    heard.alerting.check()
    assert len(heard.reported) == 1


@pytest.mark.parametrize("measure", [Measure.PRICE, Measure.WEIGHT, Measure.PROFIT_TODAY])
def test_what_is_sold_out_sets_off_no_alert(heard: Heard, measure: Measure):
    heard.load()
    heard.store.heard("kiwoom", [fill(CODE, 0, 50_000)])
    heard.watch(Alert("kiwoom", measure, Decimal(60_000), code=CODE, is_above=False))
    heard.alerting.check()
    sold = pension_report(pension_holding(quantity=Decimal(0)))
    heard.store.loaded(("irp", View.PENSION), sold, heard.clock.monotonic_time)
    heard.watch(Alert("irp", measure, Decimal(60_000), code="K55101", is_above=False))
    heard.alerting.check()

    assert heard.reported == []


def test_a_pension_is_watched_too(heard: Heard):
    heard.store.loaded(("irp", View.PENSION), pension_report(), heard.clock.monotonic_time)
    code = pension_report().rows[0].code
    heard.watch(Alert("irp", Measure.RETURN, Decimal(-100), code=code))
    heard.alerting.check()

    assert [reported.alert.connection for reported in heard.reported] == ["irp"]


def test_a_pension_that_may_be_old_triggers_nothing(heard: Heard):
    pension = ("irp", View.PENSION)
    heard.store.loaded(pension, pension_report(), heard.clock.monotonic_time)
    heard.store.failed(pension, NotReachable("-"), None)
    heard.watch(Alert("irp", Measure.RETURN, Decimal(-100), code=pension_report().rows[0].code))
    heard.alerting.check()
    assert heard.reported == []

    heard.store.loaded(pension, pension_report(), heard.clock.monotonic_time)
    heard.alerting.check()
    assert len(heard.reported) == 1
