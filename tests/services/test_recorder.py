"""When the last good answers are written, which of them, and what the user hears when they cannot be."""

import asyncio
import gc
import sqlite3
import threading
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from app.domain.clock import KST, Clock
from app.domain.connections import Connection, View
from app.domain.errors import NotReachable
from app.domain.live import FilledOrder
from app.services.fills import FillLog
from app.services.history import FILE_NAME, STEPS, History, Snapshot
from app.services.history_file import HistoryUnavailable, NewerHistory
from app.services.recorder import BETWEEN_WRITES_SECONDS, Recorder
from app.services.store import PortfolioStore
from tests import timeless
from tests.fakes import START, FakeClock, fill, pension_report, position, positions_report, tick

IRP = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "https://example")
PENSION, BONDS = ("irp", View.PENSION), ("irp", View.BONDS)


class FakeHistory:
    """Records what it is asked to save and when; fails as configured."""

    def __init__(self) -> None:
        self.saves: list[tuple[float, list[Decimal | None]]] = []
        self.stored: list[Snapshot] = []
        self.kept: list[Snapshot] = []
        self.stored_orders: list[FilledOrder] = []
        self.orders: list[FilledOrder] = []
        self.failures: list[Exception] = []
        self.reported: str | None = None

    @property
    def view_ids(self) -> list[tuple[str, View]]:
        return [PENSION, BONDS]

    def prepare(self) -> str | None:
        self._fail()
        return self.reported

    def last(self) -> list[Snapshot]:
        return self.stored

    def hurry(self) -> None:
        pass

    def filled(self, day: date) -> list[FilledOrder]:
        return [each for each in self.stored_orders if each.day == day]

    def save(self, snapshots: Sequence[Snapshot], orders: Sequence[FilledOrder]) -> str | None:
        self._fail()
        self.kept += snapshots
        self.orders += orders
        self.saves.append((timeless.now(), [each.report.value for each in snapshots]))  # type: ignore[union-attr]
        return None

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


class Scene:
    """A store and a recorder on the time of the loop."""

    def __init__(self) -> None:
        self.midnight_in = 0.0
        self.counted = 0  # how often the recorder has saved something
        self.before: list[tuple[str, View]] = []  # read before the recorder begins
        self.clock = Clock(self._now, timeless.now)
        self.store = PortfolioStore(self.clock)
        self.fills = FillLog(self.store, self.clock)
        self.history = FakeHistory()
        self.reported: list[str] = []

    def _now(self) -> datetime:
        return datetime(2026, 11, 21, tzinfo=KST) + timedelta(seconds=timeless.now() - self.midnight_in)

    def load(self, value: int, view_id: tuple[str, View] = PENSION) -> None:
        self.store.loaded(view_id, pension_report(value=Decimal(value)), timeless.now())

    def play(self, script: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run the script beside the recorder, then end the recorder as the program does."""

        async def in_thread(act: Callable[..., Any], *given: Any) -> Any:
            await asyncio.sleep(0)
            return act(*given)

        async def both() -> None:
            for view_id in self.before:
                self.load(0, view_id)
            recorder = Recorder(
                self.store,
                self.fills,
                self.history,  # type: ignore[arg-type]
                lambda text: self.reported.append(str(text)),
                in_thread=in_thread,
            )
            running = asyncio.create_task(recorder.run())
            await asyncio.sleep(0)
            await script()
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            self.counted = recorder.saves

        timeless.run(both())


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_what_comes_together_is_written_together_and_soon(scene: Scene):
    async def script() -> None:
        scene.load(1)
        await asyncio.sleep(0.5)
        scene.load(2, BONDS)
        await asyncio.sleep(5)
        assert scene.history.saves == [(1.0, [1, 2])]

    scene.play(script)


def test_a_view_is_written_at_most_once_in_ten_seconds(scene: Scene):
    async def script() -> None:
        for value in range(600):
            scene.load(value)
            await asyncio.sleep(0.1)

    scene.play(script)

    times = [when for when, _ in scene.history.saves]
    assert all(after - before > BETWEEN_WRITES_SECONDS - 0.001 for before, after in pairwise(times[:-1]))
    assert [values for _, values in scene.history.saves][-1] == [599]
    assert len(times) == 7


def test_what_waits_is_written_at_the_end(scene: Scene):
    async def script() -> None:
        scene.load(1)

    scene.play(script)

    assert [values for _, values in scene.history.saves] == [[1]]
    assert scene.counted == 1


def test_nothing_is_written_where_nothing_new_came(scene: Scene):
    async def script() -> None:
        scene.load(1)
        await asyncio.sleep(100)
        for _ in range(5):
            scene.store.reading(PENSION)
            scene.store.failed(PENSION, NotReachable("-"), None)
            await asyncio.sleep(100)

    scene.play(script)

    assert len(scene.history.saves) == 1


def test_what_is_from_last_time_is_not_written_again(scene: Scene):
    async def script() -> None:
        scene.store.restore(PENSION, pension_report(), START)
        scene.store.reading(PENSION)
        await asyncio.sleep(100)

    scene.play(script)

    assert scene.history.saves == []


def test_what_was_there_before_is_not_written(scene: Scene):
    scene.before = [PENSION]  # the demo's, under the same name

    async def script() -> None:
        scene.store.reading(PENSION)
        await asyncio.sleep(100)

    scene.play(script)

    assert scene.history.saves == []


def test_the_last_of_a_day_is_kept_when_the_next_day_comes_before_the_write(scene: Scene):
    async def script() -> None:
        scene.midnight_in = timeless.now() + 0.5
        scene.load(1)
        await asyncio.sleep(0.2)
        scene.load(2)
        await asyncio.sleep(0.4)
        scene.load(3)

    scene.play(script)

    assert [(each.fetched_at.day, each.report.value) for each in scene.history.kept] == [(20, 2), (21, 3)]  # type: ignore[union-attr]


def test_live_holdings_are_kept_with_the_trades_since_they_were_asked_for(scene: Scene):
    place = ("kiwoom", View.POSITIONS)

    async def script() -> None:
        scene.store.loaded(place, positions_report(position()), timeless.now())
        await asyncio.sleep(60)
        asked_at = timeless.now()
        await asyncio.sleep(0.1)
        scene.store.heard("kiwoom", [tick(price=80_000)])
        scene.store.loaded(place, positions_report(position()), asked_at)
        await asyncio.sleep(60)

    scene.play(script)

    first, last = scene.history.kept
    assert [each.report.rows[0].price for each in (first, last)] == [70_000, 70_000]  # type: ignore[union-attr]
    assert first.positions is not None and last.positions is not None
    assert [first.positions[0].price, last.positions[0].price] == [70_000, 80_000]


def test_a_fill_is_written_with_the_next_write_and_once(scene: Scene):
    async def script() -> None:
        scene.store.heard("kiwoom", [fill(quantity=11)])
        await asyncio.sleep(2)
        scene.store.heard("kiwoom", [fill(quantity=12)])
        await asyncio.sleep(60)

    scene.play(script)

    assert [(each.number, each.held) for each in scene.history.orders] == [(1, 11), (2, 12)]


def test_fills_that_could_not_be_written_wait_for_the_next_write(scene: Scene):
    async def script() -> None:
        await asyncio.sleep(1)
        scene.history.failures.append(HistoryUnavailable(""))
        scene.store.heard("kiwoom", [fill(quantity=11)])
        await asyncio.sleep(5)
        scene.store.heard("kiwoom", [fill(quantity=12)])

    scene.play(script)

    assert [each.held for each in scene.history.orders] == [11, 12]


def test_todays_fills_of_an_earlier_run_are_listed(scene: Scene):
    at, listed = datetime(2026, 11, 21, tzinfo=KST), list[FilledOrder]()
    place = ("105560", "00", "")
    order = FilledOrder("kiwoom", 4, at, place, place[0], None, None, None, None, Decimal(3))
    scene.history.stored_orders = [order]

    async def script() -> None:
        await asyncio.sleep(1)
        listed.extend(scene.fills.today())

    scene.play(script)

    assert listed == [order]
    assert scene.history.orders == []


def test_a_failed_write_is_reported_once_and_tried_again_with_the_newest(scene: Scene):
    problem = HistoryUnavailable("디스크에 여유 공간이 없습니다.")

    async def script() -> None:
        await asyncio.sleep(0.1)  # prepared
        scene.history.failures = [problem, problem]
        scene.load(1)
        await asyncio.sleep(5)
        scene.load(2)
        await asyncio.sleep(100)

    scene.play(script)

    assert scene.reported == [str(problem)]
    assert [values for _, values in scene.history.saves] == [[2]]


def test_a_problem_that_comes_back_after_a_good_write_is_reported_again(scene: Scene):
    async def script() -> None:
        await asyncio.sleep(0.1)
        for value in (1, 2):
            scene.history.failures = [HistoryUnavailable("가득")]
            scene.load(value)
            await asyncio.sleep(100)

    scene.play(script)

    assert scene.reported == ["가득", "가득"]


def test_a_newer_file_is_reported_and_nothing_is_written(scene: Scene):
    scene.history.failures = [NewerHistory("더 새로운")]

    async def script() -> None:
        scene.load(1)
        await asyncio.sleep(100)
        scene.load(2)
        await asyncio.sleep(100)

    scene.play(script)

    assert (scene.reported, scene.history.saves) == (["더 새로운"], [])


def test_damage_is_reported(scene: Scene):
    scene.history.reported = "손상"

    async def script() -> None:
        await asyncio.sleep(1)

    scene.play(script)

    assert scene.reported == ["손상"]


def test_what_an_older_file_held_is_shown_once_the_file_is_up_to_date(scene: Scene):
    scene.history.stored = [
        Snapshot(PENSION, START, pension_report()),
        Snapshot(BONDS, START, pension_report()),
    ]

    async def script() -> None:
        scene.load(1)
        await asyncio.sleep(1)

    scene.play(script)

    assert not scene.store.state(PENSION).is_from_last_time
    assert scene.store.state(BONDS).is_from_last_time


@pytest.mark.expected_log("history is no longer kept")
def test_a_defect_ends_the_keeping_and_nothing_else(scene: Scene, caplog: pytest.LogCaptureFixture):
    async def script() -> None:
        await asyncio.sleep(0.1)
        scene.history.failures = [ZeroDivisionError()]
        scene.load(1)
        await asyncio.sleep(100)

    scene.play(script)

    assert "ZeroDivisionError" not in scene.reported[0]
    assert "no longer kept" in caplog.text


def test_files_are_written_on_another_thread(tmp_path: Path):
    threads: set[int] = set()

    class Watched(History):
        def prepare(self) -> str | None:
            threads.add(threading.get_ident())
            return super().prepare()

        def save(self, snapshots: Sequence[Snapshot], orders: Sequence[FilledOrder] = ()) -> str | None:
            threads.add(threading.get_ident())
            return super().save(snapshots, orders)

    clock = FakeClock().clock
    history = Watched(tmp_path / FILE_NAME, [IRP], clock, STEPS)

    async def main() -> None:
        store = PortfolioStore(clock)
        running = asyncio.create_task(
            Recorder(store, FillLog(store, Clock()), history, lambda text: None).run()
        )
        await asyncio.sleep(0)
        store.loaded(PENSION, pension_report(), 0.0)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(main())

    assert [each.report for each in history.last()] == [pension_report()]
    assert threading.get_ident() not in threads


def test_an_older_write_that_is_under_way_at_the_end_does_not_undo_the_last_one(tmp_path: Path):
    may_go = threading.Event()

    class Slow(History):
        def save(self, snapshots: Sequence[Snapshot], orders: Sequence[FilledOrder] = ()) -> str | None:
            if snapshots[0].report.value == 1:  # type: ignore[union-attr]
                may_go.wait(5)
            return super().save(snapshots, orders)

    clock = FakeClock()
    history = Slow(tmp_path / FILE_NAME, [IRP], clock.clock, STEPS)

    async def main() -> None:
        store = PortfolioStore(clock.clock)
        running = asyncio.create_task(
            Recorder(store, FillLog(store, Clock()), history, lambda text: None).run()
        )
        await asyncio.sleep(0)
        store.loaded(PENSION, pension_report(value=Decimal(1)), 0.0)
        await asyncio.sleep(1.2)
        clock.advance(1)
        store.loaded(PENSION, pension_report(value=Decimal(2)), 0.0)
        running.cancel()
        asyncio.get_running_loop().call_later(0.2, may_go.set)
        with suppress(asyncio.CancelledError):
            await running

    asyncio.run(main())

    assert [each.report.value for each in history.last()] == [2]  # type: ignore[union-attr]


class Ending:
    """A recorder on a file that another program holds, ended at a moment of its work."""

    def __init__(self, path: Path) -> None:
        self._clock = FakeClock()
        self._history = History(path, [IRP], self._clock.clock, STEPS)
        self.complaints: list[str] = []
        self.waited = 0.0
        self._history.save([Snapshot(PENSION, START, pension_report())])
        self._holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def play(self, seconds: float, cancellations: int) -> None:
        """End it so many seconds after an answer came, as often as the program does where it is late."""
        self._holder.execute("BEGIN EXCLUSIVE")
        asyncio.run(self._play(seconds, cancellations))
        self._holder.close()
        gc.collect()

    async def _play(self, seconds: float, cancellations: int) -> None:
        asyncio.get_running_loop().set_exception_handler(
            lambda _, context: self.complaints.append(context["message"])
        )
        store = PortfolioStore(self._clock.clock)
        running = asyncio.create_task(
            Recorder(store, FillLog(store, Clock()), self._history, lambda text: None).run()
        )
        await asyncio.sleep(0)
        store.loaded(PENSION, pension_report(value=Decimal(7)), 0.0)
        await asyncio.sleep(seconds)
        began = time.monotonic()
        for _ in range(cancellations):
            running.cancel()
            await asyncio.wait([running], timeout=0.2 if cancellations > 1 else 10)
        with suppress(asyncio.CancelledError):
            await running
        await asyncio.get_running_loop().shutdown_default_executor()
        self.waited = time.monotonic() - began
        del running
        gc.collect()
        await asyncio.sleep(0)


@pytest.mark.parametrize("cancellations", [1, 4])
@pytest.mark.parametrize("seconds", [0.0, 0.3, 2.6, 3.4])
@pytest.mark.row("F8")
def test_a_file_that_another_program_holds_does_not_hold_up_the_end(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, seconds: float, cancellations: int
):
    ending = Ending(tmp_path / FILE_NAME)

    ending.play(seconds, cancellations)

    assert ending.complaints == []
    assert [each.message for each in caplog.records if each.levelname in ("ERROR", "CRITICAL")] == []
    assert ending.waited < 2.5  # it was up to four seconds


@pytest.mark.parametrize("seconds", [0.3, 1.3], ids=["before the write", "while it waits"])
def test_a_write_that_waits_for_another_program_is_given_up_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float
):
    monkeypatch.setattr("app.services.history._PATIENCE_TO_WRITE", 20.0)
    ending = Ending(tmp_path / FILE_NAME)

    ending.play(seconds, cancellations=1)

    assert ending.complaints == []
    assert ending.waited < 10
