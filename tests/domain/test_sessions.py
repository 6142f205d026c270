"""Sessions at an instant, by the tables and by the exchange's own signals."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.connections import View
from app.domain.holidays import CLOSED, CSAT, FIRST, FIRST_HOURS, GOOD_UNTIL, LATE_OPENING
from app.domain.live import MarketSignal
from app.domain.sessions import (
    EARLIEST,
    HOURS,
    LATEST,
    AlwaysOpen,
    Market,
    Session,
    SessionClock,
    is_trading_day,
    pause_between_reads,
    programme,
    regular_close,
)

pytestmark = pytest.mark.row("T3")

ROOT = Path(__file__).resolve().parents[2]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KST)


def session(market: Market, now: str, clock: SessionClock | None = None) -> str | None:
    status = (clock or SessionClock()).status(market, at(now))
    return None if status is None else status.session.title


def following(market: Market, now: str, clock: SessionClock | None = None) -> str | None:
    status = (clock or SessionClock()).status(market, at(now))
    if status is None or status.following is None:
        return None
    return f"{status.following.at:%Y-%m-%d %H:%M:%S} {status.following.session.title}"


# A market, an instant, what the market does then, and what comes next.
INSTANTS = """
KRX | 2026-11-20 00:00:00 | 장 시작 전    | 2026-11-20 08:30:00 시가 단일가
KRX | 2026-11-20 08:29:59 | 장 시작 전    | 2026-11-20 08:30:00 시가 단일가
KRX | 2026-11-20 08:30:00 | 시가 단일가   | 2026-11-20 09:00:00 정규장
KRX | 2026-11-20 08:59:59 | 시가 단일가   | 2026-11-20 09:00:00 정규장
KRX | 2026-11-20 09:00:00 | 정규장        | 2026-11-20 15:20:00 종가 단일가
KRX | 2026-11-20 15:20:00 | 종가 단일가   | 2026-11-20 15:30:00 쉬는 시간
KRX | 2026-11-20 15:30:00 | 쉬는 시간     | 2026-11-20 15:40:00 장후 시간외
KRX | 2026-11-20 15:59:59 | 장후 시간외   | 2026-11-20 16:00:00 애프터마켓
KRX | 2026-11-20 16:00:00 | 애프터마켓    | 2026-11-20 20:00:00 장 마감
KRX | 2026-11-20 20:00:00 | 장 마감       | 2026-11-23 08:30:00 시가 단일가
KRX | 2026-11-20 23:59:59 | 장 마감       | 2026-11-23 08:30:00 시가 단일가
KRX | 2026-11-21 00:00:00 | 휴장          | 2026-11-23 08:30:00 시가 단일가
KRX | 2026-11-22 12:00:00 | 휴장          | 2026-11-23 08:30:00 시가 단일가
KRX | 2026-11-23 00:00:00 | 장 시작 전    | 2026-11-23 08:30:00 시가 단일가
NXT | 2026-11-20 07:59:59 | 장 시작 전    | 2026-11-20 08:00:00 프리마켓
NXT | 2026-11-20 08:00:00 | 프리마켓      | 2026-11-20 08:50:00 개장 대기
NXT | 2026-11-20 08:50:00 | 개장 대기     | 2026-11-20 09:00:30 메인마켓
NXT | 2026-11-20 09:00:29 | 개장 대기     | 2026-11-20 09:00:30 메인마켓
NXT | 2026-11-20 09:00:30 | 메인마켓      | 2026-11-20 15:20:00 쉬는 시간
NXT | 2026-11-20 15:20:00 | 쉬는 시간     | 2026-11-20 15:30:00 시가 단일가
NXT | 2026-11-20 15:35:00 | 시가 단일가   | 2026-11-20 15:40:00 애프터마켓
NXT | 2026-11-20 19:59:59 | 애프터마켓    | 2026-11-20 20:00:00 장 마감
NXT | 2026-11-20 20:00:00 | 장 마감       | 2026-11-23 08:00:00 프리마켓
KRX | 2026-09-11 16:00:00 | 시간외 단일가 | 2026-09-11 18:00:00 장 마감
KRX | 2026-09-11 18:00:00 | 장 마감       | 2026-09-14 08:30:00 시가 단일가
KRX | 2026-09-14 18:00:00 | 애프터마켓    | 2026-09-14 20:00:00 장 마감
KRX | 2026-09-24 10:00:00 | 휴장          | 2026-09-28 08:30:00 시가 단일가
NXT | 2026-09-24 10:00:00 | 휴장          | 2026-09-28 08:00:00 프리마켓
KRX | 2027-02-05 21:00:00 | 장 마감       | 2027-02-10 08:30:00 시가 단일가
KRX | 2026-11-18 20:00:00 | 장 마감       | 2026-11-19 09:30:00 시가 단일가
KRX | 2026-11-19 09:00:00 | 장 시작 전    | 2026-11-19 09:30:00 시가 단일가
KRX | 2026-11-19 10:00:00 | 정규장        | 2026-11-19 16:20:00 종가 단일가
KRX | 2026-11-19 16:35:00 | 쉬는 시간     | 2026-11-19 16:40:00 장후 시간외
KRX | 2026-11-19 17:00:00 | 애프터마켓    | 2026-11-19 20:00:00 장 마감
NXT | 2026-11-19 08:30:00 | 장 시작 전    | 2026-11-19 10:00:30 메인마켓
NXT | 2026-11-19 16:20:00 | 쉬는 시간     | 2026-11-19 16:30:00 시가 단일가
NXT | 2026-11-19 16:40:00 | 애프터마켓    | 2026-11-19 20:00:00 장 마감
KRX | 2026-01-01 12:00:00 | 휴장          | 2026-01-02 09:30:00 시가 단일가
KRX | 2026-01-02 09:59:59 | 시가 단일가   | 2026-01-02 10:00:00 정규장
NXT | 2026-01-02 08:30:00 | 장 시작 전    | 2026-01-02 10:00:30 메인마켓
KRX | 2026-05-01 10:00:00 | 휴장          | 2026-05-04 08:30:00 시가 단일가
KRX | 2026-06-03 10:00:00 | 휴장          | 2026-06-04 08:30:00 시가 단일가
NXT | 2026-07-17 10:00:00 | 휴장          | 2026-07-20 08:00:00 프리마켓
KRX | 2026-12-30 20:00:00 | 장 마감       | 2027-01-04 09:30:00 시가 단일가
NXT | 2026-12-31 10:00:00 | 휴장          | 2027-01-04 10:00:30 메인마켓
KRX | 2027-01-04 09:59:59 | 시가 단일가   | 2027-01-04 10:00:00 정규장
KRX | 2027-01-04 15:30:00 | 쉬는 시간     | 2027-01-04 15:40:00 장후 시간외
NXT | 2027-01-04 10:00:30 | 메인마켓      | 2027-01-04 15:20:00 쉬는 시간
NXT | 2027-01-04 15:30:00 | 시가 단일가   | 2027-01-04 15:40:00 애프터마켓
KRX | 2027-01-05 09:00:00 | 정규장        | 2027-01-05 15:20:00 종가 단일가
"""


@pytest.mark.parametrize("line", INSTANTS.strip().splitlines())
def test_the_session_and_the_next_change_at_an_instant(line: str):
    market, now, name, change = (part.strip() for part in line.split("|"))

    assert session(Market(market), now) == name
    assert following(Market(market), now) == change


def test_the_time_may_be_given_in_any_zone():
    status = SessionClock().status(Market.KRX, datetime(2026, 11, 20, 0, 0, tzinfo=UTC))

    assert status is not None
    assert status.session is Session.REGULAR


@pytest.mark.parametrize("now", ["2025-12-31 10:00:00", "2028-01-03 10:00:00"])
def test_beyond_the_tables_nothing_is_claimed(now: str):
    assert session(Market.KRX, now) is None
    assert session(Market.NXT, now) is None
    assert SessionClock().statuses(at(now)) == ()


def test_what_follows_the_last_known_trading_day_is_unknown():
    assert session(Market.KRX, "2027-12-30 21:00:00") == "장 마감"
    assert following(Market.KRX, "2027-12-30 21:00:00") is None


def open_markets(now: str) -> list[Market]:
    return [status.market for status in SessionClock().statuses(at(now)) if status.is_open]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-20 08:10:00", [Market.NXT]),
        ("2026-11-20 08:55:00", []),
        ("2026-11-20 09:00:00", [Market.KRX]),
        ("2026-11-20 12:00:00", [Market.KRX, Market.NXT]),
        ("2026-11-20 15:25:00", [Market.KRX]),
        ("2026-11-20 15:35:00", []),
        ("2026-11-20 19:00:00", [Market.KRX, Market.NXT]),
        ("2026-11-20 20:00:00", []),
        ("2026-11-21 12:00:00", []),
        ("2026-11-19 09:30:00", []),
    ],
)
def test_a_market_is_open_while_orders_are_matched(now: str, expected: list[Market]):
    assert open_markets(now) == expected


def test_the_regular_session_ends_after_its_closing_auction():
    status = SessionClock().status(Market.KRX, at("2026-11-20 10:00:00"))

    assert status is not None
    assert status.ends == at("2026-11-20 15:30:00")


@pytest.mark.parametrize(
    ("day", "close"),
    [
        (date(2026, 11, 20), time(15, 30)),
        (date(2026, 11, 19), time(16, 30)),  # an hour late from the morning on
        (date(2026, 1, 2), time(15, 30)),  # an hour late in the morning alone
        (date(2026, 11, 21), time(15, 30)),
        (date(2016, 11, 21), time(15, 30)),
    ],
)
def test_the_regular_session_closes_at_a_time_of_its_day(day: date, close: time):
    assert regular_close(day) == datetime.combine(day, close, KST)


def test_the_next_opening_is_that_of_the_regular_session():
    status = SessionClock().status(Market.KRX, at("2026-12-30 21:00:00"))

    assert status is not None
    assert status.opening == at("2027-01-04 10:00:00")


def test_no_market_trades_outside_the_hours_that_are_shown():
    starts = [start for table in HOURS.values() for hours in table for start, _ in hours.starts]

    assert (min(starts), max(starts)) == (EARLIEST, LATEST)


days = st.dates(FIRST_HOURS, GOOD_UNTIL)
markets = st.sampled_from(Market)


@given(markets, days)
def test_a_day_begins_at_midnight_and_goes_forward(market: Market, day: date):
    changes = programme(market, day)

    assert changes is not None
    assert changes[0].at == at(day.isoformat())
    moments = [change.at for change in changes]
    assert moments == sorted(set(moments))
    assert len({change.session for change in changes}) == len(changes)
    assert all(change.at.date() == day for change in changes)


@given(markets, st.dates(FIRST_HOURS, date(2027, 12, 29)), st.times())
def test_at_the_next_change_that_session_has_begun_and_not_before(market: Market, day: date, now: time):
    clock = SessionClock()
    status = clock.status(market, datetime.combine(day, now, KST))
    assert status is not None
    assert status.following is not None

    then = clock.status(market, status.following.at)
    just_before = clock.status(market, status.following.at - timedelta(microseconds=1))

    assert then is not None
    assert then.session is status.following.session
    assert just_before is not None
    assert just_before.following == status.following


# --- signals ------------------------------------------------------------------------------------------------


def hear(clock: SessionClock, status: str, now: str) -> bool:
    return clock.heard(MarketSignal(status), at(now))


@pytest.mark.parametrize(
    ("status", "now"),
    [
        ("0", "2026-11-20 08:40:00"),
        ("3", "2026-11-20 09:00:00"),
        ("2", "2026-11-20 15:20:00"),
        ("4", "2026-11-20 15:30:00"),
        ("8", "2026-11-20 15:31:00"),
        ("a", "2026-11-20 15:40:00"),
        ("b", "2026-11-20 16:00:00"),
        ("P", "2026-11-20 08:00:00"),
        ("Q", "2026-11-20 08:50:00"),
        ("R", "2026-11-20 09:00:30"),
        ("S", "2026-11-20 15:20:00"),
        ("T", "2026-11-20 15:30:00"),
        ("U", "2026-11-20 15:40:00"),
        ("W", "2026-11-20 20:00:00"),
    ],
)
def test_a_signal_that_agrees_with_the_tables_changes_nothing(status: str, now: str):
    assert not hear(SessionClock(), status, now)


@pytest.mark.parametrize("status", ["e", "f", "o", "s", "V", "z", ""])
def test_a_signal_about_something_else_changes_nothing(status: str):
    assert not hear(SessionClock(), status, "2026-11-20 16:00:00")


@pytest.mark.parametrize(("status", "now"), [("4", "09:05"), ("3", "16:10"), ("P", "10:00")])
def test_a_signal_that_bears_another_time_than_it_is_changes_nothing(status: str, now: str):
    clock = SessionClock()
    before = clock.statuses(at(f"2026-11-20 {now}:00"))

    assert not clock.heard(MarketSignal(status, is_current=False), at(f"2026-11-20 {now}:00"))
    assert clock.statuses(at(f"2026-11-20 {now}:00")) == before


def test_an_opening_an_hour_late_is_believed():
    clock = SessionClock()

    hear(clock, "0", "2026-11-20 09:00:01")
    assert session(Market.KRX, "2026-11-20 09:30:00", clock) == "시가 단일가"
    assert following(Market.KRX, "2026-11-20 09:30:00", clock) == "2026-11-20 15:20:00 종가 단일가"

    hear(clock, "3", "2026-11-20 10:00:00")
    assert session(Market.KRX, "2026-11-20 10:00:00", clock) == "정규장"
    assert session(Market.NXT, "2026-11-20 10:00:00", clock) == "메인마켓"


def test_a_day_that_goes_on_late_follows_the_signals():
    clock = SessionClock()
    heard = ("2", "16:20:00"), ("4", "16:30:00"), ("a", "16:40:00"), ("b", "17:00:00")
    expected = ["종가 단일가", "쉬는 시간", "장후 시간외", "애프터마켓"]

    found = []
    for status, now in heard:
        assert hear(clock, status, f"2026-11-20 {now}")
        found.append(session(Market.KRX, f"2026-11-20 {now}", clock))

    assert found == expected
    assert following(Market.KRX, "2026-11-20 17:00:00", clock) == "2026-11-20 20:00:00 장 마감"


def test_a_market_that_closes_early_is_not_closed_a_second_time():
    clock = SessionClock()

    assert hear(clock, "4", "2026-11-20 12:00:00")

    assert session(Market.KRX, "2026-11-20 12:00:00", clock) == "쉬는 시간"
    assert session(Market.KRX, "2026-11-20 15:25:00", clock) == "쉬는 시간"
    assert following(Market.KRX, "2026-11-20 15:25:00", clock) == "2026-11-20 15:40:00 장후 시간외"


def test_the_after_market_does_not_end_with_the_auctions_of_former_days():
    """Until September 2026 the whole day was over at 18:00."""
    clock = SessionClock()

    assert not hear(clock, "9", "2026-11-20 18:00:00")
    assert not hear(clock, "d", "2026-11-20 18:00:00")
    assert session(Market.KRX, "2026-11-20 18:00:00", clock) == "애프터마켓"
    assert hear(clock, "9", "2026-09-11 17:59:00")
    assert session(Market.KRX, "2026-09-11 17:59:00", clock) == "장 마감"


def test_an_opening_on_a_day_off_makes_it_a_trading_day():
    clock = SessionClock()

    assert hear(clock, "3", "2026-10-05 09:00:01")

    assert session(Market.KRX, "2026-10-05 09:00:01", clock) == "정규장"
    assert following(Market.KRX, "2026-10-05 09:00:01", clock) == "2026-10-05 15:20:00 종가 단일가"
    assert session(Market.NXT, "2026-10-05 09:00:01", clock) == "휴장"


def test_an_old_end_on_a_day_off_and_anything_on_a_weekend_change_nothing():
    clock = SessionClock()

    assert not hear(clock, "4", "2026-10-05 09:00:01")
    assert not hear(clock, "3", "2026-11-21 09:00:00")


def test_beyond_the_tables_a_signal_claims_nothing_either():
    clock = SessionClock()

    assert not hear(clock, "3", "2028-01-03 10:00:00")
    assert session(Market.KRX, "2028-01-03 10:00:00", clock) is None


def test_a_correction_ends_with_its_day():
    clock = SessionClock()
    hear(clock, "4", "2026-11-20 12:00:00")

    assert session(Market.KRX, "2026-11-23 12:00:00", clock) == "정규장"
    assert hear(clock, "S", "2026-11-23 12:00:00")
    assert session(Market.KRX, "2026-11-20 12:00:00", clock) == "정규장"


codes = st.sampled_from(list("032489abcdPQRSTUVWex"))


@given(days, st.lists(st.tuples(codes, st.integers(0, 86_399)), max_size=12), st.integers(0, 86_399))
def test_whatever_is_signalled_the_day_goes_forward(day: date, signals: list[tuple[str, int]], second: int):
    clock = SessionClock()
    midnight = at(day.isoformat())
    for status, when in sorted(signals, key=lambda each: each[1]):
        clock.heard(MarketSignal(status), midnight + timedelta(seconds=when))

    now = midnight + timedelta(seconds=second)
    for status in clock.statuses(now):
        assert status.following is None or status.following.at > now
        assert all(span.start < span.end for span in status.spans)
        assert [span.start for span in status.spans] == sorted(span.start for span in status.spans)


# --- reading less often -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("view", "now", "seconds"),
    [
        (View.POSITIONS, "2026-11-20 12:00:00", 60),
        (View.POSITIONS, "2026-11-20 08:10:00", 60),  # NXT moves live positions
        (View.PENSION, "2026-11-20 08:10:00", 300),
        (View.PENSION, "2026-11-20 15:35:00", 60),  # the closing price comes now
        (View.BONDS, "2026-11-20 21:00:00", 300),
        (View.ASSET_MIX, "2026-11-21 12:00:00", 300),
        (View.POSITIONS, "2026-11-20 07:58:00", 120),  # not beyond the start
        (View.POSITIONS, "2026-11-20 07:59:40", 60),
        (View.POSITIONS, "2028-01-03 03:00:00", 60),  # unknown
        (View.POSITIONS, "2027-12-31 03:00:00", 300),  # the next start is unknown
    ],
)
def test_views_are_read_less_often_while_nothing_moves_them(view: View, now: str, seconds: int):
    assert pause_between_reads(view, 60, at(now), SessionClock().statuses(at(now))) == seconds


# --- the table of days --------------------------------------------------------------------------------------

# Days that exchange_calendars does not know yet, with its hours for them.
UNKNOWN_THERE = {
    "2026-06-03": [9.0, 15.5],  # local elections
    "2026-07-17": [9.0, 15.5],  # Constitution Day
    "2026-11-19": [9.0, 15.5],  # CSAT
    "2027-05-03": [9.0, 15.5],  # for Labour Day
    "2027-07-19": [9.0, 15.5],  # for Constitution Day
    "2027-11-18": [9.0, 15.5],  # CSAT
}

# In a process of its own: pandas takes long to import, and warns.
SCHEDULE = """
import json, sys, exchange_calendars
calendar = exchange_calendars.get_calendar("XKRX", start=sys.argv[1], end=sys.argv[2])
def hour(moment):
    there = moment.tz_convert("Asia/Seoul")
    return there.hour + there.minute / 60
rows = calendar.schedule.itertuples()
print(json.dumps({str(row.Index.date()): [hour(row.open), hour(row.close)] for row in rows}))
"""


def python(*arguments: str) -> str:
    command = [sys.executable, "-X", "utf8", "-W", "ignore", *arguments]
    return subprocess.run(command, check=True, capture_output=True, encoding="utf-8", cwd=ROOT).stdout


def days_from(first: date) -> list[date]:
    return [first + timedelta(days=number) for number in range((GOOD_UNTIL - first).days + 1)]


def regular_hours() -> dict[str, list[float]]:
    clock, found = SessionClock(), {}
    for day in days_from(FIRST_HOURS):
        status = clock.status(Market.KRX, at(f"{day} 00:00:00"))
        assert status is not None
        for span in status.spans:
            if span.session is Session.REGULAR:
                found[str(day)] = [each.hour + each.minute / 60 for each in (span.start, span.end)]
    return found


def test_the_regular_hours_are_those_of_exchange_calendars():
    theirs = json.loads(python("-c", SCHEDULE, FIRST_HOURS.isoformat(), GOOD_UNTIL.isoformat()))
    ours = regular_hours()

    differing = {day for day in {*ours, *theirs} if ours.get(day) != theirs.get(day)}

    assert differing <= set(UNKNOWN_THERE)
    assert {day: theirs.get(day) for day in differing} == {day: UNKNOWN_THERE[day] for day in differing}


def test_earlier_trading_days_are_those_of_exchange_calendars():
    ours = [str(day) for day in days_from(FIRST) if day < FIRST_HOURS and is_trading_day(day)]

    assert ours == list(json.loads(python("-c", SCHEDULE, FIRST.isoformat(), "2025-12-31")))


def test_the_table_of_days_is_what_the_generator_writes():
    assert "up to date" in python("packaging/holidays.py", "--check")


def test_every_year_has_its_last_weekday_off_and_in_later_years_its_late_opening_and_its_examination():
    for year in range(FIRST.year, GOOD_UNTIL.year + 1):
        weekdays = [date(year, 12, day) for day in range(25, 32) if date(year, 12, day).weekday() < 5]
        assert max(day for day in CLOSED if day.year == year) == weekdays[-1]
    for year in range(FIRST_HOURS.year, GOOD_UNTIL.year + 1):
        assert len([day for day in LATE_OPENING if day.year == year]) == 1
        assert [(day.month, day.weekday()) for day in CSAT if day.year == year] == [(11, 3)]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2026-11-27", True),
        ("2026-11-28", False),
        ("2026-07-17", False),  # Constitution Day
        ("2026-06-03", False),  # local elections
        ("2024-10-01", False),  # Armed Forces Day, declared for that year
        ("2020-08-17", False),
        ("2017-10-02", False),
        ("2025-07-17", True),  # no public holiday that year
        ("2015-12-30", True),
        ("2015-12-31", False),
        ("1999-05-05", True),  # before the table: a weekday
        ("2028-01-01", False),  # after it: a Saturday
    ],
)
def test_the_days_on_which_the_exchanges_trade(day: str, expected: bool):
    assert is_trading_day(date.fromisoformat(day)) is expected


# The trading day of prices and trades.


@pytest.mark.parametrize(
    ("market", "now", "prices", "trades", "has_opened"),
    [
        (Market.KRX, "2026-11-27 08:29:59", "2026-11-26", "2026-11-27", False),
        (Market.KRX, "2026-11-27 08:30:00", "2026-11-27", "2026-11-27", False),
        (Market.KRX, "2026-11-27 09:00:00", "2026-11-27", "2026-11-27", True),
        (Market.KRX, "2026-11-27 20:30:00", "2026-11-27", "2026-11-27", True),
        (Market.KRX, "2026-11-29 12:00:00", "2026-11-27", None, False),
        (Market.KRX, "2026-11-30 08:00:00", "2026-11-27", "2026-11-30", False),
        (Market.NXT, "2026-11-30 07:59:59", "2026-11-27", "2026-11-30", False),
        (Market.NXT, "2026-11-30 08:00:00", "2026-11-30", "2026-11-30", False),
        (Market.NXT, "2026-11-30 09:00:30", "2026-11-30", "2026-11-30", True),
        (Market.KRX, "2026-11-19 09:29:59", "2026-11-18", "2026-11-19", False),  # CSAT
        (Market.KRX, "2026-11-19 09:59:59", "2026-11-19", "2026-11-19", False),
        (Market.KRX, "2026-02-18 10:00:00", "2026-02-13", None, False),  # Lunar New Year
        (Market.KRX, "2026-07-17 10:00:00", "2026-07-16", None, False),
        (Market.KRX, "2028-01-05 10:00:00", None, None, False),  # after the tables
        (Market.KRX, "2026-01-01 10:00:00", None, None, False),  # the day before is not in the tables
    ],
)
def test_prices_belong_to_a_trading_day_until_the_first_session_of_the_next(
    market: Market, now: str, prices: str | None, trades: str | None, has_opened: bool
):
    clock = SessionClock()

    found = clock.prices_of(market, at(now)), clock.trades_of(market, at(now))

    assert [each and each.isoformat() for each in found] == [prices, trades]
    assert clock.has_opened(market, at(now)) is has_opened


def test_an_opening_that_the_exchange_signals_on_a_holiday_begins_a_trading_day():
    clock = SessionClock()
    assert clock.heard(MarketSignal("3"), at("2026-07-17 09:00:00"))

    now = at("2026-07-17 09:00:01")

    assert clock.prices_of(Market.KRX, now) == clock.trades_of(Market.KRX, now) == date(2026, 7, 17)
    assert clock.has_opened(Market.KRX, now)


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-27 07:00:00", "2026-11-27 08:00:00"),
        ("2026-11-27 08:50:00", "2026-11-27 09:00:00"),
        ("2026-11-27 20:00:00", "2026-11-28 00:00:00"),
        ("2026-11-28 12:00:00", "2026-11-29 00:00:00"),
        ("2028-01-05 12:00:00", "2028-01-06 00:00:00"),
    ],
)
def test_the_next_change_is_a_start_of_a_session_or_midnight(now: str, then: str):
    assert SessionClock().next_change(at(now)) == at(then)


@pytest.mark.parametrize(
    ("market", "now", "day", "is_shut"),
    [
        (Market.KRX, "2026-11-27 10:00:00", "2026-11-27", False),
        (Market.KRX, "2026-11-27 15:35:00", "2026-11-27", False),
        (Market.KRX, "2026-11-27 19:59:59", "2026-11-27", False),
        (Market.KRX, "2026-11-27 20:00:00", "2026-11-27", True),
        (Market.KRX, "2026-11-29 12:00:00", "2026-11-27", True),
        (Market.KRX, "2026-11-30 08:29:59", "2026-11-27", True),
        (Market.KRX, "2026-11-30 08:45:00", "2026-11-30", False),
        (Market.NXT, "2026-11-30 08:45:00", "2026-11-30", False),
        (Market.KRX, "2028-01-05 10:00:00", None, True),
    ],
)
def test_changes_are_those_of_a_day_and_the_last_ones_while_the_market_is_shut(
    market: Market, now: str, day: str | None, is_shut: bool
):
    basis = SessionClock().basis(market, at(now))

    found = None if day is None else date.fromisoformat(day)
    assert basis == (market, found, is_shut)
    assert basis.closed_on == (found if is_shut else None)
    assert basis.session_at("180000") is (None if day is None else Session.AFTER_MARKET)
    assert basis.session_at("100000") is basis.session_at("999999") is basis.session_at(None) is None


@pytest.mark.parametrize("now", ["2026-11-28 03:00:00", "2026-12-25 23:59:59", "2028-01-05 00:00:00"])
def test_the_demo_s_market_has_opened_each_midnight_and_never_closes(now: str):
    sessions, day = AlwaysOpen(), at(now).date()

    assert not sessions.heard(MarketSignal("4"), at(now))
    assert sessions.prices_of(Market.KRX, at(now)) == sessions.trades_of(Market.KRX, at(now)) == day
    assert sessions.has_opened(Market.KRX, at(now))
    before = sessions.day_before(Market.KRX, day)
    assert before is not None and before < day and is_trading_day(before)  # as its history has them
    basis = sessions.basis(Market.KRX, at(now))
    assert (basis.closed_on, basis.session_at("180000")) == (None, None)
