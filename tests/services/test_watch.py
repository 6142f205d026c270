"""All loops of all connections together."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.errors import Busy, NeedsUser, SessionTaken
from app.domain.holdings import Report
from app.domain.sources import Source
from app.services.store import Line, Listener, PortfolioStore, ViewId
from app.services.watch import Watch
from tests import timeless
from tests.fakes import (
    START,
    FakeLine,
    FakeLiveSource,
    FakeReader,
    asset_mix_report,
    bond_report,
    pension_report,
    position,
    positions_report,
)

IRP = Connection("irp", "IRP", "kis", (View.PENSION,), "https://x")
MAIN = Connection("main", "종합", "kis", (View.BONDS, View.ASSET_MIX), "https://x")
KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://x")
EVERY = {View.PENSION: 10.0, View.BONDS: 100.0, View.ASSET_MIX: 50.0, View.POSITIONS: 1000.0}
REPORTS: dict[View, Report] = {
    View.PENSION: pension_report(),
    View.BONDS: bond_report(),
    View.ASSET_MIX: asset_mix_report(total=None),
    View.POSITIONS: positions_report(position()),
}


class Bench:
    """A watch over three connections, whose readers and line are played."""

    def __init__(
        self,
        line: FakeLine | Exception,
        pension: FakeReader | None,
        refresh: Callable[[View], float] = EVERY.__getitem__,
    ) -> None:
        clock = Clock(lambda: START + timedelta(seconds=timeless.now()), timeless.now)
        self.store = PortfolioStore(clock)
        self.readers = {view: FakeReader(report) for view, report in REPORTS.items()}
        self.readers[View.PENSION] = pension or self.readers[View.PENSION]
        self.live = FakeLiveSource(line)
        sources = {
            connection.id: Source(
                {view: self.readers[view] for view in connection.views},
                self.live if connection is KIWOOM else None,
            )
            for connection in (IRP, MAIN, KIWOOM)
        }
        self.watch = Watch(self.store, (IRP, MAIN, KIWOOM), sources, refresh=refresh, clock=clock)

    @property
    def asked(self) -> dict[View, int]:
        """How often each view was asked for."""
        return {view: reader.asked for view, reader in self.readers.items()}


def running(
    story: Callable[[Bench], Awaitable[None]],
    *,
    line: Callable[[], FakeLine | Exception] = FakeLine,
    pension: FakeReader | None = None,
    refresh: Callable[[View], float] = EVERY.__getitem__,
) -> None:
    """Run the watch through a story; at its end nothing of it is left."""

    async def run() -> None:
        bench = Bench(line(), pension, refresh)
        task = asyncio.create_task(bench.watch.run())
        await story(bench)
        assert not task.done()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert bench.live.open == 0
        assert bench.store._listeners._listeners == []

    timeless.run(run())


def test_every_view_is_read_at_its_own_interval():
    async def story(bench: Bench) -> None:
        await asyncio.sleep(205)
        assert bench.asked == {View.PENSION: 21, View.BONDS: 3, View.ASSET_MIX: 5, View.POSITIONS: 2}

    running(story)  # the positions once more when the line came up


def test_a_view_that_fails_holds_up_no_other():
    async def story(bench: Bench) -> None:
        await asyncio.sleep(205)
        assert bench.asked[View.PENSION] == 1
        assert bench.asked[View.BONDS] == 3
        assert bench.store.state(("irp", View.PENSION)).error is not None

    running(story, pension=FakeReader(NeedsUser("-")))


def test_what_is_held_is_watched_as_soon_as_it_is_known():
    line = FakeLine()

    async def story(bench: Bench) -> None:
        await asyncio.sleep(1)
        assert line.watched == {"005930"}
        bench.store.loaded(
            ("kiwoom", View.POSITIONS), positions_report(position("000660")), asked_at=timeless.now()
        )
        await asyncio.sleep(1)
        assert line.watched == {"000660"}

    running(story, line=lambda: line)


def test_a_view_is_asked_for_now():
    async def story(bench: Bench) -> None:
        await asyncio.sleep(1)
        bench.watch.ask(("main", View.BONDS))
        await asyncio.sleep(1)
        assert (bench.asked[View.BONDS], bench.asked[View.ASSET_MIX]) == (2, 1)

    running(story)


def test_all_views_of_a_connection_are_asked_for_now():
    async def story(bench: Bench) -> None:
        await asyncio.sleep(1)
        bench.watch.ask_connection("main")
        await asyncio.sleep(1)
        assert (bench.asked[View.BONDS], bench.asked[View.ASSET_MIX], bench.asked[View.PENSION]) == (2, 2, 1)

    running(story)


def test_asking_for_positions_also_connects_a_line_that_waits_for_its_user():
    async def story(bench: Bench) -> None:
        await asyncio.sleep(1)
        assert bench.store.state(("kiwoom", View.POSITIONS)).line is Line.BROKEN
        bench.watch.ask(("kiwoom", View.POSITIONS))
        await asyncio.sleep(1)
        assert bench.live.connects == 2

    running(story, line=lambda: SessionTaken("-"))


def test_asking_for_what_there_is_not_does_nothing():
    async def story(bench: Bench) -> None:
        await asyncio.sleep(1)
        before = bench.asked
        bench.watch.ask(("irp", View.BONDS))
        bench.watch.ask_connection("nobody")
        await asyncio.sleep(1)
        assert bench.asked == before

    running(story)


def logged(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.expected_log("raised on a change")
def test_a_listener_that_raises_on_every_call_stops_no_reading(caplog: pytest.LogCaptureFixture):
    class Broken(Listener):
        def state_changed(self, view_id: ViewId) -> None:
            raise ZeroDivisionError

    async def story(bench: Bench) -> None:
        unsubscribe = bench.store.subscribe(Broken())
        await asyncio.sleep(205)
        assert bench.asked == {View.PENSION: 21, View.BONDS: 3, View.ASSET_MIX: 5, View.POSITIONS: 2}
        unsubscribe()

    running(story)
    assert logged(caplog) == ["Broken raised on a change"]


@pytest.mark.row("R19")
@pytest.mark.expected_log("could not be read")
def test_a_defect_in_reading_one_view_is_that_views_alone_and_logged_once(caplog: pytest.LogCaptureFixture):
    async def story(bench: Bench) -> None:
        await asyncio.sleep(1_995)
        assert bench.asked[View.PENSION] > 5
        error = bench.store.state(("irp", View.PENSION)).error
        assert error is not None
        assert error.code == "bad-response"
        assert bench.asked[View.BONDS] == 20
        assert bench.store.state(("kiwoom", View.POSITIONS)).line is Line.LIVE

    running(story, pension=FakeReader(ZeroDivisionError()))
    assert logged(caplog) == ["irp/pension could not be read"]


@pytest.mark.expected_log("could not be read")
def test_an_answer_that_cannot_be_worked_in_is_that_views_alone_and_logged_once(
    caplog: pytest.LogCaptureFixture,
):
    broken = position()
    object.__setattr__(broken, "quantity", "not a number")

    async def story(bench: Bench) -> None:
        bench.readers[View.POSITIONS]._answers[:] = [positions_report(broken)]
        await asyncio.sleep(1_995)
        assert bench.store.state(("kiwoom", View.POSITIONS)).error is not None
        assert (bench.asked[View.PENSION], bench.asked[View.BONDS]) == (200, 20)

    running(story)
    assert logged(caplog) == ["kiwoom/positions could not be read"]


@pytest.mark.expected_log("broke off")
def test_a_loop_that_breaks_off_is_begun_anew_and_ends_no_other(caplog: pytest.LogCaptureFixture):
    asked = 0

    def refresh(view: View) -> float:
        nonlocal asked
        if view is View.PENSION:
            asked += 1
            raise ZeroDivisionError
        return EVERY[view]

    async def story(bench: Bench) -> None:
        await asyncio.sleep(400)
        assert bench.asked[View.PENSION] == asked == 7
        assert bench.asked[View.BONDS] == 4
        assert bench.store.state(("kiwoom", View.POSITIONS)).line is Line.LIVE

    running(story, refresh=refresh)
    assert logged(caplog) == ["irp/pension broke off"]


@pytest.mark.expected_log("live line of kiwoom")
def test_a_defect_of_one_live_line_ends_no_other_loop_and_is_logged_once(caplog: pytest.LogCaptureFixture):
    async def story(bench: Bench) -> None:
        await asyncio.sleep(205)
        assert bench.live.connects > 3
        assert bench.asked[View.PENSION] == 21
        error = bench.store.state(("kiwoom", View.POSITIONS)).line_error
        assert error is not None
        assert error.code == "bad-response"

    running(story, line=ZeroDivisionError)
    assert logged(caplog) == ["live line of kiwoom"]


# Previous closes.

CLOSES = {"005930": Decimal(69000)}


class Closes:
    """Gives its answers one after the other, the last one for ever; counts how often it was asked."""

    def __init__(self, *answers: dict[str, Decimal] | Exception) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def __call__(self) -> dict[str, Decimal]:
        self.asked += 1
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def changes_after(closes: Closes, hours: float, *, begins: timedelta = timedelta()) -> list[Decimal | None]:
    """The changes shown after this time, with a response every minute and no trade."""

    async def run() -> list[Decimal | None]:
        clock = Clock(lambda: START + begins + timedelta(seconds=timeless.now()), timeless.now)
        store = PortfolioStore(clock)
        readers = {View.POSITIONS: FakeReader(positions_report(position()))}
        sources = {"kiwoom": Source({**readers}, closes=closes)}
        watch = Watch(store, (KIWOOM,), sources, refresh=lambda _: 60.0, clock=clock)
        task = asyncio.create_task(watch.run())
        await asyncio.sleep(hours * 3600)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert store.state(("kiwoom", View.POSITIONS)).error is None
        return [row.quote and row.quote.change for row in store.positions("kiwoom")]

    return timeless.run(run())


def test_previous_closes_are_read_once_a_day_after_the_first_positions():
    closes = Closes(CLOSES)

    assert changes_after(closes, hours=10) == [Decimal(1000)]
    assert closes.asked == 1


def test_on_a_weekend_no_closes_are_read_and_on_monday_those_of_friday_are_not_taken():
    closes = Closes(CLOSES, CLOSES, {"005930": Decimal(69500)})

    assert changes_after(closes, hours=3 * 24) == [Decimal(500)]
    assert closes.asked == 3  # on Friday, and twice on Monday


def test_closes_that_cannot_be_read_are_asked_for_again_ten_minutes_later():
    closes = Closes(Busy("-", code="7"), CLOSES)

    assert changes_after(closes, hours=0.15) == [None]
    assert closes.asked == 1
    closes = Closes(Busy("-", code="7"), CLOSES)
    assert changes_after(closes, hours=0.25) == [Decimal(1000)]


def test_closes_that_are_not_offered_are_asked_for_no_more(caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO", "app")
    closes = Closes(NeedsUser("-", code="RC9000"))

    assert changes_after(closes, hours=5 * 24) == [None]
    assert closes.asked == 1
    assert [each for each in caplog.messages if "closes" in each] == [
        "previous closes of kiwoom are not read: RC9000"
    ]
