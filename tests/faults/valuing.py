"""Changes values in history.db for ever and says how far: `python -m tests.faults.valuing HOW DIR FROM`.

HOW is `thin`, `import`, `restore`, `fill` or, once, `upgrade`. A number is said once the file certainly holds
it.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from app.domain.clock import KST
from app.domain.value_series import DayValue, FlowSource, ReadAt, ValueSource, of_day
from app.services.back_fill import BackFill
from app.services.history import FILE_NAME, History, Snapshot
from tests.fakes import FakeClock, pension_report
from tests.faults.profile import CONNECTIONS, PENSION
from tests.services.pasts import KeptPast

FIRST = datetime(2026, 1, 2, 9, 1, tzinfo=KST)
BETWEEN = timedelta(minutes=37)  # readings: each thirteenth or so is the last of its hour and of its day
LINES = 300
BACKUPS = 7


def read_at(number: int) -> datetime:
    """When a value was read."""
    return FIRST + number * BETWEEN


def days_of(number: int) -> list[DayValue]:
    """The lines of an import, all with the same value; every other one has flows."""
    flow = Decimal(number) if number % 2 else None
    typed = None if flow is None else FlowSource.TYPED
    return [
        DayValue(
            PENSION[0], date(2020, 1, 1) + timedelta(days=at), Decimal(number), None, flow, typed,
            ValueSource.IMPORTED,
        )
        for at in range(LINES)
    ]  # fmt: skip


def series_of(number: int) -> list[tuple[date, Decimal]]:
    """The series once so many values were read."""
    days: dict[date, dict[ReadAt, int]] = {}
    for each in range(1, number + 1):
        days.setdefault(read_at(each).date(), {})[ReadAt(read_at(each))] = each
    return [(day, Decimal(read[of_day(read)])) for day, read in days.items()]


def history_of(folder: Path, clock: FakeClock) -> History:
    """The history of a profile at the time of this clock."""
    return History(folder / FILE_NAME, CONNECTIONS, clock.clock)


def _thin(folder: Path, number: int) -> Iterator[int]:
    clock = FakeClock()
    history = history_of(folder, clock)
    yield number
    while True:
        number += 1
        clock.wall_time = read_at(number)
        history.save([Snapshot(PENSION, clock.wall_time, pension_report(value=Decimal(number)))])
        yield number


def _import(folder: Path, number: int) -> Iterator[int]:
    history = history_of(folder, FakeClock())
    yield number
    while True:
        number += 1
        history.save_days(days_of(number))
        yield number


def _restore(folder: Path, number: int) -> Iterator[int]:
    clock = FakeClock()
    for at in range(BACKUPS):
        if not (folder / f"{at}.db").exists():
            other = history_of(folder / f"other {at}", clock)
            other.save_days(days_of(at))
            other.back_up(folder / f"{at}.db")
    history = history_of(folder, clock)
    yield number
    while True:
        number += 1
        clock.wall_time += timedelta(seconds=1)
        history.restore(folder / f"{number % BACKUPS}.db")
        for kept in sorted(folder.glob(f"{FILE_NAME}.replaced-*"))[:-1]:
            kept.unlink()
        yield number


def _upgrade(folder: Path, number: int) -> Iterator[int]:
    history = history_of(folder, FakeClock())
    yield number
    history.prepare()
    yield number + 1


def past_of(clock: FakeClock) -> KeptPast:
    """A broker that keeps the past of the account, with a deposit or withdrawal every third month."""
    days = [date(2024 + at // 4, at % 4 * 3 + 1, 7 + at) for at in range(2, 11)]
    flows = {day: (-1) ** at * (1000 + at) for at, day in enumerate(days)}
    return KeptPast(date(2024, 5, 2), clock.wall_time.date(), flows)


def _fill(folder: Path, number: int) -> Iterator[int]:
    """Say how many days and deposits are in the file after each step of a back-fill."""
    clock = FakeClock()
    history = history_of(folder, clock)
    past = past_of(clock)
    said: list[int] = []
    save = history.save_back_fill

    def count() -> int:
        return len(history.known_days(PENSION[0])) + len(history.flows())

    def noted(*arguments: Any) -> Any:
        notice = save(*arguments)
        said.append(count())
        sys.stdout.write(f"{said[-1]}\n")
        sys.stdout.flush()
        return notice

    history.save_back_fill = noted  # type: ignore[method-assign]

    async def fill() -> None:
        step = BackFill(PENSION[0], past, history, clock.clock)
        await step.values()
        await step.flows()

    yield number
    asyncio.run(fill())
    yield count()


_HOW: dict[str, Callable[[Path, int], Iterator[int]]] = {
    "thin": _thin,
    "import": _import,
    "restore": _restore,
    "upgrade": _upgrade,
    "fill": _fill,
}


def main(how: str, folder: Path, number: int) -> None:
    """Count on from a number; the first one of `_HOW` only says that all is ready."""
    changes = _HOW[how](folder, number)
    next(changes)
    sys.stdout.write("begun\n")
    sys.stdout.flush()
    for said in changes:
        sys.stdout.write(f"{said}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
