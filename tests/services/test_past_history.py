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
from app.domain.past import (
    CashHolding,
    CashStatement,
    PastBalance,
    PastHolding,
    PastValue,
    SpanTotals,
)
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
    assert history.balance_days("gone") == set()
    assert history.dismissed("gone") == {}
    assert history.save_cash("gone", cash(7)) == (None, None)
    assert history.cash_pair("gone") is None


# Typed and inferred flows.


def test_a_flow_is_changed_and_deleted(history: History):
    history.save_flows([flow(100, 2), flow(-40, 1)])
    assert history.flows() == [flow(100, 2), flow(-40, 1)]

    history.save_flows([flow(300, 5)], [flow(100, 2)])
    assert history.flows() == [flow(300, 5), flow(-40, 1)]

    history.save_flows([], [flow(300, 5), flow(-40, 1)])
    assert history.flows() == []


def test_a_flow_that_the_user_says_was_none_is_remembered(history: History):
    none = flow(100, 2, FlowSource.INFERRED)
    history.save_flows([none])
    history.save_flows([], [none], dismisses=True)

    assert history.flows() == []
    assert history.dismissed("kiwoom") == {none.day: none.amount}
    assert history.dismissed("other") == {}

    history.save_flows([none], [])
    assert history.dismissed("kiwoom") == {}
    assert none in history.flows()
    assert history.progress("kiwoom") == Progress()


# Statements of cash, and the estimates that follow from them.

ZERO = Decimal(0)


def cash(amount: int, days_ago: int = 0, quantity: str = "40") -> CashStatement:
    holding = CashHolding("069500", Decimal(quantity), Decimal(1_208_410), ZERO, ZERO)
    return CashStatement(TODAY - days_ago * DAY, Decimal(amount), ZERO, ZERO, ZERO, (holding,))


def guess(amount: int, days_ago: int = 0) -> CashFlow:
    return flow(amount, days_ago, FlowSource.INFERRED)


def test_the_last_statements_of_cash_come_back_exactly(history: History, path: Path):
    odd = CashHolding("정기예금 12개월", None, Decimal("5000000.5"), None, Decimal("0.00"))
    first, last = cash(1_250_371, 1), replace(cash(1_250_371), holdings=(odd, *cash(0).holdings))
    history.save_cash("kiwoom", first)
    history.save_cash("kiwoom", last)

    pair = opened(path).cash_pair("kiwoom")
    assert pair == (first, last)
    assert pair is not None
    assert str(pair.after.holdings[0].sold) == "0.00"
    assert history.cash_pair("other") is None
    assert opened(path, (replace(KIWOOM, account="3"),)).cash_pair("kiwoom") is None


def test_a_deposit_is_estimated_once_and_kept_over_a_restart(history: History, path: Path):
    history.save_cash("kiwoom", cash(1_250_371, 3))
    assert history.save_cash("kiwoom", cash(1_550_371)) == (None, guess(300_000))
    before = path.read_bytes()

    for again in (history, opened(path)):
        assert again.save_cash("kiwoom", cash(1_550_371)) == (guess(300_000), guess(300_000))
        assert again.flows() == [guess(300_000)]
    assert path.read_bytes() == before


def test_an_estimate_follows_the_later_statements_of_its_day(history: History):
    history.save_cash("kiwoom", cash(1_250_371, 1))
    history.save_cash("kiwoom", cash(1_550_371))
    assert history.save_cash("kiwoom", cash(1_750_371)) == (guess(300_000), guess(500_000))
    assert history.flows() == [guess(500_000)]
    assert history.save_cash("kiwoom", cash(1_250_371)) == (guess(500_000), None)
    assert history.flows() == []


def test_an_estimate_is_dropped_where_the_holdings_explain_it_after_all(history: History):
    history.save_cash("kiwoom", cash(1_250_371, 1))
    history.save_cash("kiwoom", cash(1_550_371))
    assert history.save_cash("kiwoom", cash(1_550_371, quantity="30")) == (guess(300_000), None)
    assert history.flows() == []


def test_an_estimate_of_an_earlier_day_stays_beside_that_of_today(history: History):
    history.save_cash("kiwoom", cash(1_250_371, 2))
    history.save_cash("kiwoom", cash(1_550_371, 1))
    assert history.save_cash("kiwoom", cash(1_430_371)) == (None, guess(-120_000))
    assert history.flows() == [guess(300_000, 1), guess(-120_000)]


def test_a_confirmed_estimate_does_not_come_back(history: History, path: Path):
    history.save_cash("kiwoom", cash(1_250_371, 1))
    history.save_cash("kiwoom", cash(1_550_371))
    history.save_flows([flow(300_000, 0)], [guess(300_000)])

    assert opened(path).save_cash("kiwoom", cash(1_550_371)) == (None, None)
    assert history.save_cash("kiwoom", cash(1_700_371)) == (None, guess(150_000))
    assert history.flows() == [guess(150_000), flow(300_000, 0)]


def test_a_dividend_does_not_come_back_as_a_deposit(history: History, path: Path):
    history.save_cash("kiwoom", cash(1_250_371, 1))
    history.save_cash("kiwoom", cash(1_550_371))
    history.save_flows([], [guess(300_000)], dismisses=True)

    assert opened(path).save_cash("kiwoom", cash(1_550_371)) == (None, None)
    assert history.save_cash("kiwoom", cash(1_700_371)) == (None, guess(150_000))
    history.save_flows([], [guess(150_000)], dismisses=True)
    assert history.dismissed("kiwoom") == {TODAY: Decimal(450_000)}
    assert history.save_cash("kiwoom", cash(1_700_371)) == (None, None)
    assert history.flows() == []


def test_an_entry_for_one_estimate_leaves_the_other_answers_of_its_day(history: History, path: Path):
    history.save_cash("kiwoom", cash(1_000_000, 1))
    history.save_cash("kiwoom", cash(1_500_000))
    history.save_flows([], [guess(500_000)], dismisses=True)
    history.save_cash("kiwoom", cash(2_100_000))
    history.save_flows([flow(200_000, 0)])

    assert opened(path).save_cash("kiwoom", cash(2_100_000)) == (guess(400_000), guess(400_000))
    assert history.dismissed("kiwoom") == {TODAY: Decimal(500_000)}


def test_undoing_an_answer_leaves_the_other_answers_of_its_day(history: History):
    history.save_cash("kiwoom", cash(1_000_000, 1))
    history.save_cash("kiwoom", cash(1_500_000))
    history.save_flows([], [guess(500_000)], dismisses=True)
    history.save_cash("kiwoom", cash(2_100_000))

    history.save_flows([], [guess(600_000)], dismisses=True)
    history.save_flows([guess(600_000)])
    assert history.dismissed("kiwoom") == {TODAY: Decimal(500_000)}

    history.save_flows([flow(600_000, 0)], [guess(600_000)])
    history.save_flows([guess(600_000)], [flow(600_000, 0)])
    assert history.dismissed("kiwoom") == {TODAY: Decimal(500_000)}
    assert history.save_cash("kiwoom", cash(2_100_000)) == (guess(600_000), guess(600_000))


@pytest.mark.parametrize(("typed", "left"), [(500_000, None), (350_000, 150_000), (1_100_000, None)])
def test_an_entry_of_the_user_replaces_the_answer_that_it_was_none(
    history: History, typed: int, left: int | None
):
    history.save_cash("kiwoom", cash(1_000_000, 1))
    history.save_cash("kiwoom", cash(1_500_000))
    history.save_flows([], [guess(500_000)], dismisses=True)
    history.save_cash("kiwoom", cash(1_000_000 + max(typed, 500_000)))
    history.save_flows([flow(typed, 0)])

    assert history.flows() == [flow(typed, 0)]
    assert history.dismissed("kiwoom") == ({} if left is None else {TODAY: Decimal(left)})
    assert history.save_cash("kiwoom", cash(1_000_000 + max(typed, 500_000))) == (None, None)


@pytest.mark.parametrize(
    ("typed", "rest"), [(300_000, None), (299_400, None), (180_000, 120_000), (-50_000, 350_000)]
)
def test_an_entry_of_the_user_answers_the_estimate_of_its_day_as_far_as_it_goes(
    history: History, typed: int, rest: int | None
):
    history.save_flows([guess(300_000, 2), guess(70_000, 1)])
    history.save_flows([flow(typed, 2)])

    left = [] if rest is None else [guess(rest, 2)]
    assert history.flows() == [*left, flow(typed, 2), guess(70_000, 1)]


def test_an_imported_deposit_answers_the_estimate_of_its_day(history: History):
    history.save_flows([guess(300_000, 2), guess(70_000, 1)])
    paid = DayValue(
        "kiwoom", TODAY - 2 * DAY, None, None, Decimal(300_000), FlowSource.TYPED, ValueSource.IMPORTED
    )
    history.save_days([paid, replace(paid, day=TODAY - DAY, cash_flow=None, flow_source=None)])

    assert history.flows() == [flow(300_000, 2), guess(70_000, 1)]


def test_an_entry_that_is_changed_or_deleted_gives_its_estimate_back(history: History):
    history.save_flows([guess(120_000, 2), flow(180_000, 2)])
    history.save_flows([flow(100_000, 2)], [flow(180_000, 2)])
    assert history.flows() == [guess(200_000, 2), flow(100_000, 2)]

    history.save_flows([], [flow(100_000, 2)])
    assert history.flows() == [guess(300_000, 2)]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_a_damaged_statement_of_cash_begins_anew_and_asks_nothing(history: History, path: Path):
    history.save_cash("kiwoom", cash(1_250_371, 1))
    edited(path, "UPDATE mark SET content = '[]'")

    history.prepare()
    assert history.cash_pair("kiwoom") is None
    assert history.save_cash("kiwoom", cash(1_550_371)) == (None, None)


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
