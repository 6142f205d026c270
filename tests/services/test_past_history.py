"""What history.db keeps of what brokers state of days before."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.domain.connections import Connection, View
from app.domain.past import PastBalance, PastHolding, PastValue, SpanTotals
from app.domain.value_series import CashFlow, DayValue, FlowSource, ValueSource
from app.services.history import FILE_NAME, History, Snapshot
from app.services.past_history import Progress, Span
from tests.fakes import START, FakeClock, position, positions_report, without_values

KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://example", exchange="KRX")
OTHER = Connection("other", "키움 2", "kiwoom", (View.POSITIONS,), "https://other", account="2")
TODAY = START.date()
DAY = timedelta(days=1)
YEAR = Span(TODAY - 365 * DAY, TODAY - DAY)
BALANCE = PastBalance(
    TODAY - DAY,
    Decimal(1_700_009),
    None,
    (
        PastHolding(
            "005930", "삼성전자", Decimal(20), Decimal(70_001), Decimal("65002.5"), Decimal(1_400_020)
        ),
        PastHolding("000660", "", None, None, None, None),
    ),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / FILE_NAME


def opened(path: Path, connections: Sequence[Connection] = (KIWOOM, OTHER)) -> History:
    return History(path, connections, FakeClock().clock)


@pytest.fixture
def history(path: Path) -> History:
    return opened(path)


def flow(amount: int, days_ago: int = 1, source: FlowSource = FlowSource.TYPED) -> CashFlow:
    return CashFlow("kiwoom", TODAY - days_ago * DAY, Decimal(amount), source)


def values(history: History) -> list[tuple[date, Decimal | None, str, Decimal | None]]:
    return [(each.day, each.value, each.source.value, each.cash_flow) for each in history.series()]


def edited(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute(statement)


# How far it was read, with what was read.


def test_nothing_was_read_of_a_new_connection(history: History, path: Path):
    assert history.progress("kiwoom") == Progress()
    assert not path.exists()


def test_values_are_kept_with_how_far_they_were_read(history: History):
    known = Progress(YEAR, Span(TODAY - 3 * DAY, TODAY - DAY), True, "RC9000")
    stated = [PastValue(TODAY - 2 * DAY, Decimal("5.5")), PastValue(TODAY - DAY, Decimal(6))]

    history.save_back_fill("kiwoom", known, stated)

    assert history.progress("kiwoom") == known
    assert values(history) == [
        (TODAY - 2 * DAY, Decimal("5.5"), "broker", None),
        (TODAY - DAY, Decimal(6), "broker", None),
    ]
    assert history.known_days("kiwoom") == {TODAY - 2 * DAY, TODAY - DAY}
    assert history.known_days("other") == history.known_days("gone") == set()
    assert history.progress("other") == Progress()


def test_an_unknown_value_replaces_none(history: History):
    history.save_back_fill("kiwoom", Progress(), [PastValue(TODAY - DAY, Decimal(6))])
    history.save_back_fill("kiwoom", Progress(), [PastValue(TODAY - DAY, None)])

    assert values(history) == [(TODAY - DAY, Decimal(6), "broker", None)]


def test_what_was_read_is_used_before_what_the_broker_states(history: History):
    report = positions_report(position(value=Decimal(4)))
    at_the_close = START.replace(hour=15, minute=33)
    history.save([Snapshot(("kiwoom", View.POSITIONS), at_the_close, report)])
    ((_, read, _, _),) = values(history)

    history.save_back_fill("kiwoom", Progress(), [PastValue(TODAY, Decimal(99))])

    assert values(history) == [(TODAY, read, ValueSource.READ.value, None)]


def test_the_flows_of_a_settled_span_are_all_that_the_broker_states_of_it(history: History):
    reported = [flow(amount, ago, FlowSource.REPORTED) for amount, ago in ((1, 4), (2, 3), (3, 2))]
    history.save_back_fill("kiwoom", Progress(), (), reported)
    history.save_flows([flow(7, 3)])

    history.save_back_fill(
        "kiwoom", Progress(), (), [flow(5, 3, FlowSource.REPORTED)], Span(TODAY - 3 * DAY, TODAY - 2 * DAY)
    )

    assert history.flows() == [
        flow(1, 4, FlowSource.REPORTED),
        flow(5, 3, FlowSource.REPORTED),
        flow(7, 3),
    ]


def test_the_progress_of_another_account_is_not_used(history: History, path: Path):
    history.save_back_fill("other", Progress(YEAR), [PastValue(TODAY - DAY, Decimal(6))])
    history.save_balance("other", replace(BALANCE))
    moved = opened(path, (KIWOOM, replace(OTHER, account="3")))

    assert moved.progress("other") == Progress()
    assert moved.balance_days("other") == set()
    assert moved.past_balance("other", BALANCE.day) is None


TOTALS = SpanTotals(
    YEAR.first,
    YEAR.last,
    start_value=Decimal(10_000_000),
    end_value=Decimal(11_700_000),
    cash_in=Decimal(2_000_000),
    cash_out=None,
    securities_in=Decimal(70_000),
    securities_out=Decimal(4_000),
    average_capital=Decimal("10900000.5"),
    profit=Decimal(-66_000),
    profit_rate=Decimal("-0.61"),
)


def test_what_a_broker_adds_up_is_kept_as_it_is_until_the_next(history: History, path: Path):
    assert history.totals("kiwoom") is None
    history.save_back_fill("kiwoom", Progress(YEAR))

    history.save_totals("kiwoom", TOTALS)
    assert history.totals("kiwoom") == TOTALS
    assert history.progress("kiwoom") == Progress(YEAR)

    newer = replace(TOTALS, last=TODAY, profit=None)
    history.save_totals("kiwoom", newer)
    assert history.totals("kiwoom") == newer
    assert history.totals("other") is history.totals("gone") is None
    assert opened(path, (replace(KIWOOM, account="3"),)).totals("kiwoom") is None


def test_nothing_is_kept_of_an_unknown_connection(history: History, path: Path):
    history.save_back_fill("gone", Progress(YEAR), [PastValue(TODAY, Decimal(1))])
    history.save_totals("gone", TOTALS)
    history.save_balance("gone", BALANCE)

    assert not path.exists()
    assert history.progress("gone") == Progress()
    assert history.past_balance("gone", BALANCE.day) is None
    assert history.balance_days("gone") == history.dismissed("gone") == set()


# Typed and inferred flows.


def test_a_flow_is_changed_and_deleted(history: History):
    history.save_flows([flow(100, 2), flow(-40, 1)])
    assert history.flows() == [flow(100, 2), flow(-40, 1)]

    history.save_flows([flow(300, 5)], [flow(100, 2)])
    assert history.flows() == [flow(300, 5), flow(-40, 1)]

    history.save_flows([], [flow(300, 5), flow(-40, 1)])
    assert history.flows() == []


def test_a_flow_that_the_user_says_was_none_is_remembered(history: History):
    guess = flow(100, 2, FlowSource.INFERRED)
    history.save_flows([guess])
    history.save_flows([], [guess], dismisses=True)

    assert history.flows() == []
    assert history.dismissed("kiwoom") == {guess.day}
    assert history.dismissed("other") == set()

    history.save_flows([guess], [])
    assert history.dismissed("kiwoom") == set()
    assert guess in history.flows()
    assert history.progress("kiwoom") == Progress()


# The index and the holdings of a day.


def test_the_closes_of_an_index_are_kept_and_updated(history: History):
    history.save_index("KOSPI", {TODAY: Decimal("6747.95"), TODAY - DAY: Decimal(6700)})
    history.save_index("KOSPI", {TODAY: Decimal("6748.05")})

    assert history.index_closes("KOSPI") == {TODAY - DAY: Decimal(6700), TODAY: Decimal("6748.05")}
    assert history.index_closes("KOSDAQ") == {}


def test_the_holdings_of_a_day_come_back_exactly(history: History):
    history.save_balance("kiwoom", BALANCE)

    assert history.past_balance("kiwoom", BALANCE.day) == BALANCE
    assert history.past_balance("kiwoom", TODAY) is None
    assert history.past_balance("other", BALANCE.day) is None
    assert history.balance_days("kiwoom") == {BALANCE.day}


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mark SET content = '{}'",
        "UPDATE index_close SET points = '9'",
        "UPDATE past_balance SET content = x'00'",
    ],
)
def test_a_damaged_row_is_left_out_and_the_others_are_recovered(history: History, path: Path, statement: str):
    history.save_back_fill("kiwoom", Progress(YEAR))
    history.save_index("KOSPI", {TODAY: Decimal(1)})
    history.save_balance("kiwoom", BALANCE)
    edited(path, statement)

    def found() -> int:
        return sum(
            (
                history.progress("kiwoom") == Progress(YEAR),
                history.index_closes("KOSPI") == {TODAY: Decimal(1)},
                history.past_balance("kiwoom", BALANCE.day) == BALANCE,
            )
        )

    assert found() == 2
    notice = history.prepare()
    assert notice is not None and "손상" in str(notice)
    assert found() == 2


def test_all_of_a_removed_connection_goes_but_the_index_stays(history: History):
    history.save_index("kiwoom", {TODAY: Decimal(1)})
    for each in ("kiwoom", "other"):
        history.save_back_fill(each, Progress(YEAR), [PastValue(TODAY, Decimal(1))])
        history.save_balance(each, BALANCE)

    history.forget("kiwoom")

    assert history.progress("kiwoom") == Progress()
    assert history.past_balance("kiwoom", BALANCE.day) is None
    assert history.progress("other") == Progress(YEAR)
    assert history.past_balance("other", BALANCE.day) == BALANCE
    assert history.index_closes("kiwoom") == {TODAY: Decimal(1)}


def test_an_older_file_is_upgraded_and_read_before(history: History, path: Path):
    report = positions_report(position(value=Decimal(4)))
    history.save([Snapshot(("kiwoom", View.POSITIONS), START, report)])
    with closing(sqlite3.connect(path)) as db, db:
        without_values(db)

    assert history.progress("kiwoom") == Progress()
    assert history.index_closes("KOSPI") == {}
    history.save_back_fill("kiwoom", Progress(YEAR), [PastValue(TODAY - DAY, Decimal(1))])

    assert [day for day, *_ in values(history)] == [TODAY - DAY, TODAY]
    assert history.progress("kiwoom") == Progress(YEAR)


# Values whose deposits are known.


def test_a_brokers_value_is_settled_once_the_deposits_of_its_day_are_known(history: History):
    days = [TODAY - ago * DAY for ago in (4, 3, 2, 1)]
    stated = [PastValue(day, Decimal(60 + at)) for at, day in enumerate(days)]
    history.save_back_fill("kiwoom", Progress(Span(days[0], days[-1])), stated)
    history.save_days([DayValue("kiwoom", TODAY - 9 * DAY, Decimal(5), source=ValueSource.IMPORTED)])
    imported = [TODAY - 9 * DAY]
    assert [each.day for each in history.series()] == [*imported, *days]
    assert [each.day for each in history.settled_series()] == imported

    history.save_back_fill("kiwoom", Progress(Span(days[0], days[-1]), Span(days[2], days[-1])))
    assert [each.day for each in history.settled_series()] == [*imported, *days[2:]]

    history.save_back_fill("kiwoom", Progress(Span(days[0], days[-1]), Span(days[0], days[-1])))
    assert history.settled_series() == history.series()
