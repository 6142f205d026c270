"""A small table for the tests of models and tables: rows, and columns of every kind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from PySide6.QtCore import QAbstractItemModel, QModelIndex

from app.ui.format import Formatter
from app.ui.table.columns import Column, Kind, day, rate, signed, text, weight


@dataclass(frozen=True)
class Stock:
    """One row."""

    key: tuple[str, ...]
    name: str | None = "삼성전자"
    price: Decimal | None = Decimal(70000)
    change: Decimal | None = Decimal(-500)
    rate: Decimal | None = Decimal("-0.71")
    weight: Decimal | None = Decimal(10)
    bought: date | None = date(2026, 3, 2)
    tick: int = 0
    is_on_credit: bool = False
    parent: tuple[str, ...] | None = None


NAME, PRICE, CHANGE, PROFIT, RATE, WEIGHT, BOUGHT = range(7)

COLUMNS: tuple[Column[Stock], ...] = (
    text("name", "종목", tag=lambda s: "융자" if s.is_on_credit else "",
         tip=lambda s: f"{s.name} ({s.key[0]})"),
    Column(Kind.PRICE, Formatter.amount, "price", "현재가", tick=lambda s: s.tick, hint="마지막 체결가"),
    Column(Kind.CHANGE, lambda formatter, change: formatter.amount(None if change is None else abs(change)),
           "change", "전일대비", unknown_hint="첫 체결 후 표시됩니다.",
           rate=lambda s: s.rate, gives_way=1),
    signed("profit", "평가손익", value=lambda s: s.change),
    rate("rate", "수익률"),
    weight("weight", "비중", hide_below=1200),
    day("bought", "매수일", hide_from=1600, gives_way=2),
)  # fmt: skip


def stock(key: str, price: int | None = 70000, **changes: object) -> Stock:
    """A row with this key and price."""
    made = Stock((key,), price=None if price is None else Decimal(price))
    return replace(made, **changes)  # type: ignore[arg-type]


def stocks(count: int) -> list[Stock]:
    """Rows "0", "1" and so on, each a hundred won dearer than the one before."""
    return [stock(str(at), 10_000 + 100 * at, name=f"종목 {at:03}") for at in range(count)]


def keys(model: QAbstractItemModel) -> list[str]:
    """The keys of a model's rows from top to bottom."""
    return [model.key_at(row)[0] for row in range(model.rowCount())]  # type: ignore[attr-defined]


class Announced:
    """The cells that a model says have changed, as ((top, left), (bottom, right))."""

    def __init__(self, model: QAbstractItemModel) -> None:
        self.areas: list[tuple[tuple[int, int], tuple[int, int]]] = []
        model.dataChanged.connect(self._note)

    def _note(self, first: QModelIndex, last: QModelIndex, _roles: Sequence[int] = ()) -> None:
        self.areas.append(((first.row(), first.column()), (last.row(), last.column())))

    @property
    def rows(self) -> list[tuple[int, int]]:
        """The first and last row of each area."""
        return [(first[0], last[0]) for first, last in self.areas]

    def taken(self) -> list[tuple[int, int]]:
        """The rows, which are then forgotten."""
        rows, self.areas = self.rows, []
        return rows
