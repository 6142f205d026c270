"""Writes app/domain/holidays.py: the days on which Korea's exchanges are closed or open late.

    .venv/bin/python packaging/holidays.py            write it
    .venv/bin/python packaging/holidays.py --check    fail if it is not what would be written

To go on by a year: raise LAST once the Korea Exchange has announced that year's days off (each December),
add its CSAT day, compare with the announcement, and write.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).resolve().parent.parent / "app" / "domain" / "holidays.py"

FIRST, LAST = date(2000, 1, 1), date(2027, 12, 31)
FIRST_HOURS = date(2026, 1, 1)  # earlier days had other hours, which nothing asks for

# Unknown to exchange_calendars so far; days that it has added since may stay here.
MORE_CLOSED = {
    date(2026, 6, 3),  # local elections
    date(2026, 7, 17),  # Constitution Day, a public holiday again (Public Holidays Act of 10 February 2026)
    date(2027, 5, 3),  # Labour Day, a public holiday since 2026, falls on a Saturday
    date(2027, 7, 19),  # Constitution Day falls on a Saturday
}
MORE_CSAT = {
    date(2026, 11, 19),  # announced by the Ministry of Education in August 2024
    date(2027, 11, 18),  # in August 2025
}

HEAD = '''"""Days on which Korea's exchanges are closed or open late. Written by packaging/holidays.py.

Known from FIRST to GOOD_UNTIL by the law on public holidays and by announcements, other hours from
FIRST_HOURS on. Holidays that are declared later are missing.
"""

from datetime import date

'''


class Days(NamedTuple):
    """Weekdays with other trading hours."""

    closed: set[date]
    late_opening: set[date]
    csat: set[date]


def days(first: date, last: date) -> Days:
    """Return the days from `first` to `last` by exchange_calendars, with those unknown to it."""
    hours = _hours(max(first, FIRST_HOURS), last)
    trading = set(_hours(first, last))
    every = (first + timedelta(number) for number in range((last - first).days + 1))
    return Days(
        closed={day for day in every if day.weekday() < 5 and day not in trading} | MORE_CLOSED,
        late_opening={day for day, found in hours.items() if found == (10, 15)},
        csat={day for day, found in hours.items() if found == (10, 16)} | MORE_CSAT,
    )


def _hours(first: date, last: date) -> dict[date, tuple[int, int]]:
    """Return the full hours of opening and closing; those of the last days depend on the first one."""
    import exchange_calendars

    calendar = exchange_calendars.get_calendar("XKRX", start=first.isoformat(), end=last.isoformat())
    return {
        row.Index.date(): (row.open.tz_convert("Asia/Seoul").hour, row.close.tz_convert("Asia/Seoul").hour)
        for row in calendar.schedule.itertuples()
    }


def written(first: date, last: date) -> str:
    """Return the module's text."""
    closed, late_opening, csat = days(first, last)
    return HEAD + "\n".join(
        (
            f"FIRST, FIRST_HOURS, GOOD_UNTIL = {_literal(first)}, {_literal(FIRST_HOURS)}, {_literal(last)}",
            "",
            "# Weekdays without trading: public holidays and the last weekday of the year.",
            *_set("CLOSED", closed),
            "",
            "# The first trading day of a year starts an hour late.",
            *_set("LATE_OPENING", late_opening),
            "",
            "# The university entrance examination (수능): an hour late, with the usual end of the day.",
            *_set("CSAT", csat),
            "",
        )
    )


def _set(name: str, found: Iterable[date]) -> list[str]:
    return [
        f"{name} = frozenset(",
        "    {",
        *(f"        {_literal(day)}," for day in sorted(found)),
        "    }",
        ")",
    ]


def _literal(day: date) -> str:
    return f"date({day.year}, {day.month}, {day.day})"


def main() -> int:
    """Write the module, or compare it."""
    text = written(FIRST, LAST)
    if "--check" in sys.argv[1:]:
        same = TARGET.read_text(encoding="utf-8") == text
        print(f"{TARGET} is {'up to date' if same else 'not what packaging/holidays.py writes'}.")
        return 0 if same else 1
    TARGET.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
