"""What history.db keeps of the value of each connection, and what it gives of it for each day."""

import sqlite3
import zlib
from contextlib import closing
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.holdings import AssetMixReport, Report
from app.domain.overview import overview
from app.domain.valuation import AssetClass, ClassKind, Reading, Standing
from app.domain.value_series import DayValue, FlowSource, ValueReading, ValueSource
from app.services.history import FILE_NAME, STEPS, History, Snapshot
from app.services.history_file import checked, fingerprint
from app.services.report_text import report_text
from tests.fakes import (
    ACCOUNT,
    START,
    FakeClock,
    asset_mix_report,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    position,
    positions_report,
)

IRP = Connection("irp", "한투 IRP", "kis", (View.PENSION,), "https://example", account=ACCOUNT)
MAIN = Connection(
    "main", "한투", "kis", (View.BONDS, View.ASSET_MIX), "https://example", account="11112222-01"
)
KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://example")
CONNECTIONS = (MAIN, IRP, KIWOOM)
PENSION, BONDS, MIX = ("irp", View.PENSION), ("main", View.BONDS), ("main", View.ASSET_MIX)
POSITIONS = ("kiwoom", View.POSITIONS)
TODAY = START.date()
BEFORE_VALUES = STEPS[:2]  # the tables of responses and of filled orders


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


@pytest.fixture
def history(path: Path, clock: FakeClock) -> History:
    return History(path, CONNECTIONS, clock.clock)


def opened(path: Path, *connections: Connection) -> History:
    return History(path, connections or CONNECTIONS, FakeClock().clock)


def mix(value: int, loans: int = 0) -> AssetMixReport:
    """Assets of one class, and loans."""
    return replace(asset_mix_report(Decimal(value), total=Decimal(value)), loans=Decimal(loans))


def at(hour: int, minute: int = 0, *, day: date = TODAY) -> datetime:
    return datetime.combine(day, time(hour, minute, 7), KST)


def read(value: int | None, moment: datetime = START) -> Snapshot:
    known = None if value is None else Decimal(value)
    return Snapshot(PENSION, moment, pension_report(pension_holding(value=known), value=known))


def values(history: History, connection: str = "irp") -> list[tuple[date, Decimal | None, str]]:
    return [
        (each.day, each.value, each.source.value)
        for each in history.series()
        if each.connection == connection
    ]


def rows(path: Path, table: str = "series") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"SELECT * FROM {table}").fetchall()


# The value of a reading.


@pytest.mark.parametrize(
    "reports",
    [
        {PENSION: pension_report(value=Decimal("1100000.50"))},
        {PENSION: pension_report(value=None)},
        {BONDS: bond_report(bond_lot()), MIX: mix(700, 30)},
        {MIX: asset_mix_report(Decimal(5), total=None)},
        {POSITIONS: positions_report(position(), position("000660", value=Decimal(77)))},
    ],
)
def test_what_is_kept_is_what_the_overview_shows(history: History, reports: dict[tuple[str, View], Report]):
    history.save([Snapshot(view_id, START, report) for view_id, report in reports.items()])

    ((connection, _),) = {(view_id[0], None) for view_id in reports}
    of_line = next(each for each in CONNECTIONS if each.id == connection)
    held = [
        Reading(view, Standing.READ, report, report.rows if view is View.POSITIONS else (), START)  # type: ignore[arg-type]
        for (_, view), report in reports.items()
    ]
    (line,) = overview([(of_line, held)]).rows
    (day,) = history.series()
    assert (day.connection, day.day, day.value) == (connection, TODAY, line.value)
    assert day.purchase_amount == line.worth.purchase_amount
    (kept,) = history.readings(connection, TODAY, TODAY)
    assert kept == ValueReading(connection, START, line.value, day.purchase_amount, line.worth.classes)


def test_trades_since_the_response_are_part_of_its_value(history: History):
    bought = position(quantity=Decimal(20), value=Decimal(1_398_410))
    report = positions_report(position())
    history.save([Snapshot(POSITIONS, START, report, (bought,))])

    assert [each.value for each in history.series()] == [Decimal(1_398_410)]


def test_the_view_that_includes_most_has_the_value_of_its_connection(history: History):
    history.save([Snapshot(BONDS, START, bond_report(bond_lot()))])
    assert history.series() == []

    history.save([Snapshot(MIX, START, mix(9))])
    assert values(history, "main") == [(TODAY, 9, "read")]


def test_bonds_alone_have_no_value_but_a_purchase_amount(path: Path):
    history = opened(path, replace(MAIN, views=(View.BONDS,)))
    history.save([Snapshot(BONDS, START, bond_report(bond_lot()))])

    (day,) = history.series()
    assert (day.value, day.purchase_amount) == (None, Decimal(998520))


def test_classes_of_assets_are_kept_to_the_last_digit(history: History):
    history.save([Snapshot(MIX, START, mix(700, 30))])

    (kept,) = history.readings("main", TODAY, TODAY)
    assert kept.classes == (
        AssetClass(ClassKind.STOCKS, "", Decimal(700)),
        AssetClass(ClassKind.LOANS, "", Decimal(-30)),
    )
    assert kept.read_at == START


def test_a_value_has_every_digit_that_was_read(history: History):
    for value in ("0", "0.000001", "123456789012345678901234567890.5", "1E+3", "-7.10"):
        history.save([Snapshot(PENSION, START, pension_report(value=Decimal(value)))])

        (day,) = history.series()
        assert str(day.value) == value


# One value a day.


def test_the_days_are_in_order_and_the_connections_as_in_the_settings(history: History):
    before = START - timedelta(days=1)
    history.save([read(3), Snapshot(MIX, START, mix(4)), Snapshot(MIX, before, mix(2)), read(1, before)])

    assert [(each.day, each.connection, each.value) for each in history.series()] == [
        (before.date(), "main", 2),
        (before.date(), "irp", 1),
        (TODAY, "main", 4),
        (TODAY, "irp", 3),
    ]
    assert [each.value for each in history.series(TODAY)] == [4, 3]
    assert [each.value for each in history.series(last=before.date())] == [2, 1]
    assert history.series(TODAY + timedelta(days=1)) == []


def test_the_value_of_a_day_is_the_one_at_the_close(history: History):
    for value, moment in ((1, at(9)), (2, at(15, 35)), (3, at(15, 40)), (4, at(20))):
        history.save([read(value, moment)])

    assert values(history) == [(TODAY, 2, "read")]
    assert [each.value for each in history.readings("irp", TODAY, TODAY)] == [1, 2, 3, 4]


def test_the_last_of_a_minute_is_kept(history: History):
    for second in (1, 59):
        history.save([read(second, START.replace(second=second))])

    assert [each.value for each in history.readings("irp", TODAY, TODAY)] == [59]


def test_a_time_of_another_zone_belongs_to_its_day_in_korea(history: History):
    from datetime import UTC

    history.save([read(1, datetime(2026, 11, 20, 14, 59, tzinfo=UTC))])
    history.save([read(2, datetime(2026, 11, 20, 15, 0, tzinfo=UTC))])

    assert values(history) == [(TODAY, 1, "read"), (TODAY + timedelta(days=1), 2, "read")]


def test_another_account_has_another_series_and_an_unknown_connection_has_none(history: History, path: Path):
    history.save([read(1)])

    assert opened(path, replace(IRP, account="99998888-29")).series() == []
    assert opened(path, KIWOOM).series() == []
    assert values(history) == [(TODAY, 1, "read")]


# What others state of a day.


def stated(
    value: int | None, source: ValueSource, flow: int | None = None, day: date = TODAY, **changes: object
) -> DayValue:
    flow_source = FlowSource.REPORTED if source is ValueSource.BROKER else FlowSource.TYPED
    made = DayValue(
        "irp",
        day,
        None if value is None else Decimal(value),
        None,
        None if flow is None else Decimal(flow),
        None if flow is None else flow_source,
        source,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_what_was_read_is_used_before_the_brokers_list_and_that_before_an_import(history: History):
    history.save_days([stated(1, ValueSource.IMPORTED)])
    assert values(history) == [(TODAY, 1, "imported")]
    history.save_days([stated(2, ValueSource.BROKER)])
    assert values(history) == [(TODAY, 2, "broker")]
    history.save([read(3, at(15, 33))])
    assert values(history) == [(TODAY, 3, "read")]

    history.save_days([stated(4, ValueSource.IMPORTED), stated(5, ValueSource.BROKER)])
    assert values(history) == [(TODAY, 3, "read")]


def test_a_known_value_is_used_before_an_unknown_one(history: History):
    history.save([read(None)])
    assert values(history) == [(TODAY, None, "read")]

    history.save_days([stated(1, ValueSource.IMPORTED)])
    assert values(history) == [(TODAY, 1, "imported")]


@pytest.mark.parametrize(
    ("hour", "minute", "value", "source"),
    [(9, 5, 8, ValueSource.BROKER), (15, 29, 8, ValueSource.BROKER), (15, 35, 3, ValueSource.READ)],
)
def test_what_the_broker_states_of_a_days_end_is_used_before_a_reading_that_is_earlier(
    history: History, hour: int, minute: int, value: int, source: ValueSource
):
    at = START.replace(hour=hour, minute=minute)
    history.save([read(3, at)])
    assert [each.value for each in history.series()] == [3]
    assert history.known_days("irp") == ({TODAY} if source is ValueSource.READ else set())

    history.save_days([stated(8, ValueSource.BROKER)])

    assert [(each.value, each.source) for each in history.series()] == [(value, source)]
    assert history.known_days("irp") == {TODAY}


def test_a_later_import_replaces_an_earlier_one_and_its_flow(history: History):
    history.save_days([stated(1, ValueSource.IMPORTED, 100)])
    history.save_days([stated(2, ValueSource.IMPORTED, -7)])
    assert history.series() == [stated(2, ValueSource.IMPORTED, -7)]

    history.save_days([stated(None, ValueSource.IMPORTED)])
    assert history.series() == [stated(None, ValueSource.IMPORTED)]


def test_a_reported_flow_is_used_before_a_typed_one_and_that_before_an_inferred_one(history: History):
    inferred = stated(None, ValueSource.READ, 10, flow_source=FlowSource.INFERRED)
    for day, flow in (
        (inferred, 10),
        (stated(1, ValueSource.IMPORTED, 20), 20),
        (stated(1, ValueSource.BROKER, 30), 30),
        (stated(1, ValueSource.IMPORTED, 40), 30),
    ):
        history.save_days([day])
        assert [each.cash_flow for each in history.series()] == [flow]
    history.save_days([stated(1, ValueSource.IMPORTED)])
    assert [each.flow_source for each in history.series()] == [FlowSource.REPORTED]


def test_a_flow_on_a_day_without_a_value_is_there(history: History, path: Path):
    history.save_days([stated(1, ValueSource.BROKER, 5)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("DELETE FROM series")

    assert history.series() == [stated(None, ValueSource.BROKER, 5)]


def test_the_flow_of_a_day_that_was_read_changes_no_value(history: History):
    history.save([read(3)])
    history.save_days([stated(9, ValueSource.READ, 10, flow_source=FlowSource.INFERRED)])

    (day,) = history.series()
    assert (day.value, day.cash_flow, day.source) == (3, 10, ValueSource.READ)


def test_what_is_stated_of_an_unknown_connection_is_not_kept(history: History):
    history.save_days([stated(1, ValueSource.IMPORTED, connection="gone")])

    assert history.series() == []
    assert history.readings("gone", date.min, date.max) == []


# Thinning.


def test_days_that_have_passed_are_thinned_with_the_next_write(history: History, clock: FakeClock):
    def minutes() -> list[str]:
        return [f"{each.read_at:%H:%M}" for each in history.readings("irp", TODAY, TODAY)]

    for moment in (at(9, 1), at(9, 59), at(15, 35), at(15, 59), at(19)):
        history.save([read(moment.hour, moment)])
    assert len(minutes()) == 5

    clock.wall_time += timedelta(days=1)
    history.save([read(1, START + timedelta(days=1))])
    assert minutes() == ["09:59", "15:35", "15:59", "19:00"]

    clock.wall_time += timedelta(days=7)
    history.save([])
    assert minutes() == ["15:35"]
    assert values(history)[0] == (TODAY, 15, "read")


def test_thinning_leaves_other_accounts_and_sources_and_damaged_rows(
    history: History, path: Path, clock: FakeClock
):
    other = opened(path, replace(IRP, account="99998888-29"))
    for minute in (30, 31, 32):
        history.save([read(minute, at(15, minute))])
    other.save([read(99, at(15, 34))])
    history.save_days([stated(7, ValueSource.IMPORTED), stated(8, ValueSource.BROKER)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE series SET value = '1' WHERE minute = 932")  # 15:32, the value of the day
    clock.wall_time += timedelta(days=30)
    history.save([])

    assert values(history) == [(TODAY, 31, "read")]
    assert values(other) == [(TODAY, 99, "read")]
    assert sorted((row[2], row[3]) for row in rows(path)) == [
        ("broker", 0), ("imported", 0), ("read", 931), ("read", 932), ("read", 934),
    ]  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 12), st.integers(0, 1439), st.integers(0, 999) | st.none()), max_size=40
    ),
    st.integers(0, 25),
)
def test_thinning_changes_no_day_of_the_series(
    tmp_path_factory: pytest.TempPathFactory, moments: list[tuple[int, int, int | None]], later: int
):
    clock, day = FakeClock(), TODAY + timedelta(days=1)
    clock.wall_time = at(0)
    history = History(tmp_path_factory.mktemp("thin") / FILE_NAME, CONNECTIONS, clock.clock)
    history.save([])  # thinned for today
    history.save([read(value, at(m // 60, m % 60, day=day + timedelta(days=d))) for d, m, value in moments])
    before = history.series()

    clock.wall_time += timedelta(days=later)
    history.save([])

    assert history.series() == before


# Damage, and what goes with a connection.


def test_a_changed_value_is_left_out(history: History, path: Path):
    history.save([read(1), read(2, START + timedelta(days=1))])
    history.save_days([stated(1, ValueSource.IMPORTED, 5, day=TODAY + timedelta(days=1))])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE series SET value = '9' WHERE value = '1' AND origin = 'read'")
        db.execute("UPDATE flow SET amount = '6'")

    assert [(each.value, each.cash_flow) for each in history.series()] == [(2, None)]
    assert [each.value for each in history.readings("irp", TODAY, date.max)] == [2]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_values_and_flows_outlive_a_damaged_file(history: History, path: Path):
    history.save([read(1)])
    history.save_days([stated(7, ValueSource.IMPORTED, 5, day=date(2020, 1, 2))])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE last SET fetched_at = ''")

    notice = history.prepare()

    assert "3건" in str(notice)  # the day's response, the imported value and the flow
    assert [(each.value, each.cash_flow) for each in history.series()] == [(7, 5), (1, None)]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_a_damaged_value_is_taken_from_the_response_of_its_day(history: History, path: Path):
    history.save([read(7)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE series SET value = '9'")

    history.prepare()

    assert values(history) == [(TODAY, 7, "read")]


def test_a_row_of_another_version_is_left_out(history: History, path: Path):
    history.save([read(1)])
    mark = fingerprint(IRP)
    strange = [
        checked("irp", "2020-01-02", "read", 5, mark, "much", None, b"[]"),
        checked("irp", "2020-01-03", "guessed", 5, mark, "1", None, b"[]"),
        checked("irp", "2020-01-33", "read", 5, mark, "1", None, b"{"),
    ]
    with closing(sqlite3.connect(path)) as db, db:
        db.executemany("INSERT INTO series VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", strange)
        db.execute("INSERT INTO flow VALUES (?, ?, ?, ?, ?, ?)", checked("irp", "x", "typed", mark, "1"))
        db.execute("INSERT INTO flow VALUES (?, ?, ?, ?, ?, ?)", checked("irp", "2020-01-02", "y", mark, "1"))

    assert values(history) == [(TODAY, 1, "read")]
    assert len(history.readings("irp", date.min, date.max)) == 1
    assert history.prepare() is None


def test_a_connection_that_was_removed_takes_its_values_and_flows_along(history: History, path: Path):
    history.save([read(1), Snapshot(MIX, START, mix(2))])
    history.save_days([stated(1, ValueSource.IMPORTED, 5)])

    history.forget("irp")

    assert b"irp" not in path.read_bytes()
    assert [each.connection for each in history.series()] == ["main"]
    assert rows(path, "flow") == []


# Files from before values were kept.


def written_before(path: Path, *days: tuple[Connection, View, datetime, Report]) -> None:
    """Write a file as the version did that kept responses alone."""
    with closing(sqlite3.connect(path)) as db, db:
        for step in BEFORE_VALUES:
            assert isinstance(step, str)
            db.executescript(step)
        for connection, view, moment, report in days:
            content = zlib.compress(report_text(report).encode())
            mark, day = fingerprint(connection), moment.date().isoformat()
            row = checked(connection.id, view.value, day, mark, moment.isoformat(), content)
            db.execute("INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        db.execute("PRAGMA user_version = 2")


def pension_of(
    value: int, moment: datetime, account: str = ACCOUNT
) -> tuple[Connection, View, datetime, Report]:
    return (replace(IRP, account=account), View.PENSION, moment, pension_report(value=Decimal(value)))


def test_the_days_of_an_older_file_become_values_once(history: History, path: Path):
    yesterday = START - timedelta(days=1)
    written_before(path, pension_of(1, yesterday), pension_of(2, START))

    assert history.prepare() is None

    assert values(history) == [(yesterday.date(), 1, "read"), (TODAY, 2, "read")]
    (kept,) = history.readings("irp", TODAY, TODAY)
    assert (kept.read_at, kept.classes) == (START, (AssetClass(ClassKind.STOCKS, "", Decimal(2)),))
    assert path.with_name(f"{FILE_NAME}.v2.bak").exists()
    assert [each.report.value for each in history.daily(PENSION)] == [1, 2]  # type: ignore[union-attr]

    history.save([read(3, START + timedelta(minutes=1))])
    assert history.prepare() is None
    assert len(history.readings("irp", TODAY, TODAY)) == 2


def test_an_older_file_is_read_without_being_changed(history: History, path: Path):
    written_before(path, pension_of(1, START))
    before = path.read_bytes()

    assert values(history) == [(TODAY, 1, "read")]

    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_newer_file_has_no_values_for_an_older_program(history: History, path: Path, clock: FakeClock):
    newer = History(path, CONNECTIONS, clock.clock, (*STEPS, "CREATE TABLE more (a)"))
    newer.save([read(1)])

    assert history.series() == []
    assert values(newer) == [(TODAY, 1, "read")]


def test_days_of_another_account_do_not_become_values_of_this_one(history: History, path: Path):
    written_before(path, pension_of(1, START - timedelta(days=1), "99998888-29"), pension_of(2, START))
    history.prepare()

    assert values(history) == [(TODAY, 2, "read")]


def test_on_a_day_on_which_its_view_failed_a_connection_has_no_value(history: History, path: Path):
    days = [START + timedelta(days=number) for number in range(4)]
    written_before(
        path,
        (MAIN, View.BONDS, days[0], bond_report(bond_lot())),  # before the asset mix was added
        (MAIN, View.BONDS, days[1], bond_report(bond_lot())),
        (MAIN, View.ASSET_MIX, days[1], mix(5)),
        (MAIN, View.BONDS, days[2], bond_report(bond_lot())),
        (MAIN, View.ASSET_MIX, days[3], mix(6)),
    )
    history.prepare()

    assert values(history, "main") == [
        (days[0].date(), None, "read"), (days[1].date(), 5, "read"), (days[3].date(), 6, "read"),
    ]  # fmt: skip


def test_a_damaged_day_and_one_of_another_version_become_no_values(history: History, path: Path):
    written_before(path, pension_of(1, START), pension_of(2, START + timedelta(days=1)))
    content = zlib.compress(b'{"is":"ReportOfTomorrow"}')
    strange = checked("irp", "pension", "2026-11-25", fingerprint(IRP), START.isoformat(), content)
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE daily SET fetched_at = ? WHERE day = '2026-11-21'", (START.isoformat(),))
        db.execute("INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?, ?)", strange)
        db.execute(
            "INSERT INTO daily VALUES (?, ?, ?, ?, ?, ?, ?)",
            checked("irp", "crypto", "2026-11-26", fingerprint(IRP), START.isoformat(), content),
        )
    history.prepare()

    assert values(history) == [(TODAY, 1, "read")]


def test_a_past_is_kept_as_it_is_also_where_it_was_read(history):
    days = [
        DayValue("irp", date(2026, 11, 26), Decimal(71), None, Decimal(5), FlowSource.TYPED),
        DayValue("kiwoom", date(2026, 11, 26), Decimal(72), None, None, None, ValueSource.BROKER),
        DayValue("irp", date(2026, 11, 27), Decimal(73)),
    ]

    history.save_past(days, "KOSPI", {date(2026, 11, 27): Decimal("3951.74")})

    assert history.series() == days
    assert history.index_closes("KOSPI") == {date(2026, 11, 27): Decimal("3951.74")}
    (first, last) = history.readings("irp", date.min, date.max)
    assert (first.value, last.value) == (Decimal(71), Decimal(73))
    assert first.read_at == datetime(2026, 11, 26, 15, 30, tzinfo=KST)
