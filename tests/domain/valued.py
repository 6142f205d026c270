"""Values of connections on days that are counted from a Monday."""

from datetime import date, timedelta
from decimal import Decimal

from app.domain.connections import Connection, View
from app.domain.value_series import DayValue, FlowSource

MONDAY = date(2026, 11, 2)  # four weeks without a public holiday begin


def connection(id_: str, account: str | None = None, view: View = View.PENSION) -> Connection:
    """A connection to an account of its own, if no account is given."""
    number = account or f"{sum(map(ord, id_)) * 7919 % 10**8:08}-29"
    return Connection(id_, f"{id_.upper()} account", "kis", (view,), "https://example.com", account=number)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def rows(
    id_: str, *days: tuple[int, int | str | None] | tuple[int, int | str | None, int | str]
) -> list[DayValue]:
    """Day numbers with values and, where there is one, a flow."""
    return [
        DayValue(
            id_,
            day(number),
            None if value is None else Decimal(value),
            cash_flow=Decimal(flow[0]) if flow else None,
            flow_source=FlowSource.TYPED if flow else None,
        )
        for number, value, *flow in days
    ]
