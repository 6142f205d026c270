"""A way to group and fold the stocks of the tests: by their first letter, those of no weight folded away."""

from collections.abc import Sequence
from decimal import Decimal

from app.domain.holdings import sum_of_rows
from app.ui.format import Formatter
from app.ui.table.grouping import Folding, Grouping, Plan, Sums
from tests.ui.table.stocks import Stock


def sums(rows: Sequence[Stock], formatter: Formatter) -> Sums:
    """The prices added up, which is enough to sort by."""
    price = sum_of_rows(row.price for row in rows)
    return {"price": (price, formatter.amount(price))}


def letter(row: Stock) -> str:
    """The first letter of a key."""
    return row.key[0][0]


GROUPING: Grouping[Stock] = Grouping(
    group_of=letter,
    title=letter,
    count=lambda count: f"{count}건",
    sums=sums,
    is_on=True,
    soft=frozenset({"price"}),
    shared=frozenset({"bought"}),
    member=lambda row: (row.key[0], "안"),
    has_soft_members=True,
)

FOLDING: Folding[Stock] = Folding(
    is_folded=lambda row: row.weight == Decimal(0),
    closed_title=lambda count: f"0원 {count}개",
    open_title=lambda: "접기",
    name=lambda row: row.key[0],
)

PLAN: Plan[Stock] = Plan(texts=lambda row: (row.name, *row.key), grouping=GROUPING, folding=FOLDING)
