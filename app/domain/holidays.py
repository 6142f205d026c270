"""Days on which Korea's exchanges are closed or open late. Written by packaging/holidays.py.

Known from FIRST to GOOD_UNTIL by the law on public holidays and by announcements.
Holidays that are declared later are missing.
"""

from datetime import date

FIRST, GOOD_UNTIL = date(2026, 1, 1), date(2027, 12, 31)

# Weekdays without trading: public holidays and the last weekday of the year.
CLOSED = frozenset(
    {
        date(2026, 1, 1),
        date(2026, 2, 16),
        date(2026, 2, 17),
        date(2026, 2, 18),
        date(2026, 3, 2),
        date(2026, 5, 1),
        date(2026, 5, 5),
        date(2026, 5, 25),
        date(2026, 6, 3),
        date(2026, 7, 17),
        date(2026, 8, 17),
        date(2026, 9, 24),
        date(2026, 9, 25),
        date(2026, 10, 5),
        date(2026, 10, 9),
        date(2026, 12, 25),
        date(2026, 12, 31),
        date(2027, 1, 1),
        date(2027, 2, 8),
        date(2027, 2, 9),
        date(2027, 3, 1),
        date(2027, 5, 3),
        date(2027, 5, 5),
        date(2027, 5, 13),
        date(2027, 7, 19),
        date(2027, 8, 16),
        date(2027, 9, 14),
        date(2027, 9, 15),
        date(2027, 9, 16),
        date(2027, 10, 4),
        date(2027, 10, 11),
        date(2027, 12, 27),
        date(2027, 12, 31),
    }
)

# The first trading day of a year starts an hour late.
LATE_OPENING = frozenset(
    {
        date(2026, 1, 2),
        date(2027, 1, 4),
    }
)

# The university entrance examination (수능): an hour late, with the usual end of the day.
CSAT = frozenset(
    {
        date(2026, 11, 19),
        date(2027, 11, 18),
    }
)
