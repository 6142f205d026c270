"""The demo's history: the past of the simulator's accounts, in a file that is deleted with the demo."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import ExitStack, asynccontextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from app.brokers.kis import mapping, wire
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.holdings import (
    AssetMixReport,
    BondReport,
    Fact,
    PensionHolding,
    PensionReport,
    Position,
    PositionReport,
    percent_of,
    position_key,
)
from app.domain.live import FilledOrder, Side
from app.domain.sessions import regular_close
from app.domain.value_series import SETTLING, DayValue, FlowSource, ValueSource
from app.services.back_fill import KOSPI, finished
from app.services.history import FILE_NAME, History, Snapshot
from app.services.history_file import HistoryUnavailable
from app.services.past_history import Progress, Span
from app.simulator.kis_book import asset_mix_body, bond_body
from app.simulator.market import valuation
from app.simulator.options import DEMO, Options
from app.simulator.past import Past
from app.simulator.portfolio import bond_lots, general_mix, pension_holdings

logger = logging.getLogger(__name__)

_DAY = timedelta(days=1)
_DAYS_OF_RESPONSES = 40  # trading days
_BEFORE_CLOSE = timedelta(minutes=20)


@asynccontextmanager
async def recorded_demo(connections: Sequence[Connection], clock: Clock) -> AsyncGenerator[History | None]:
    """Yield a history with the past of the simulator's accounts, in a folder that is deleted at the end.

    It is filled on another thread. None is yielded where it cannot be stored.
    """
    with ExitStack() as stack:
        history = None
        try:
            folder = TemporaryDirectory(prefix="moa-demo-", ignore_cleanup_errors=True)
            history = History(Path(stack.enter_context(folder)) / FILE_NAME, connections, clock)
            await finished(asyncio.to_thread(record, history, connections, clock.now().date()))
        except (OSError, HistoryUnavailable) as error:
            logger.info("the demo has no history: %s", error)
            history = None
        yield history


def record(history: History, connections: Sequence[Connection], today: date) -> None:
    """Save the past before a day: values, flows, an index, and responses and fills of the last days.

    What Kiwoom states need not be read then. Raises HistoryUnavailable.
    """
    options = Options()
    past = Past(options.seed, options.positions, today)
    closes = {day: Decimal(points) / 100 for day, points in past.index if day < today}
    history.save_past(past_days(connections, past), KOSPI, closes)
    span = Span(past.days[0], today - _DAY)
    for connection in connections:
        if View.POSITIONS in connection.views:
            history.save_back_fill(connection.id, Progress(span, span, is_complete=True))
    history.save(responses(connections, past), fills(connections, past))


def past_days(connections: Sequence[Connection], past: Past) -> list[DayValue]:
    """Return what the simulator's accounts were worth on the days before today, and their flows."""
    found: list[DayValue] = []
    for connection in connections:
        is_stated = View.POSITIONS in connection.views  # Kiwoom has lists of past days
        value_source = ValueSource.BROKER if is_stated else ValueSource.READ
        flow_source = FlowSource.REPORTED if is_stated else FlowSource.TYPED
        views = [view.value for view in connection.views]
        for each in past.values(_account(connection), views):
            flow = (Decimal(each.paid_in), flow_source) if each.paid_in else (None, None)
            value = Decimal(each.value)
            found.append(DayValue(connection.id, each.day, value, None, *flow, value_source))
    return found


def responses(connections: Sequence[Connection], past: Past) -> list[Snapshot]:
    """Return responses with holdings after the close of the last days; of KIS accounts only the last."""
    found: list[Snapshot] = []
    for connection in connections:
        account, last = _account(connection), _read_at(past.days[-1])
        if View.PENSION in connection.views:
            found.append(Snapshot((connection.id, View.PENSION), last, _pension(account)))
        if View.BONDS in connection.views:
            found.append(Snapshot((connection.id, View.BONDS), last, _bonds(account)))
        if View.ASSET_MIX in connection.views:
            report = _asset_mix(account, past.asset_mix(account)[-1].value)
            found.append(Snapshot((connection.id, View.ASSET_MIX), last, report))
        if View.POSITIONS in connection.views:
            view_id = connection.id, View.POSITIONS
            days = past.days[-_DAYS_OF_RESPONSES:]
            found += [Snapshot(view_id, _read_at(day), _positions(past, day)) for day in days]
    return found


def fills(connections: Sequence[Connection], past: Past) -> list[FilledOrder]:
    """Return the filled orders of the last days."""
    return [
        FilledOrder(
            connection.id,
            number,
            regular_close(day) - _BEFORE_CLOSE,
            position_key(
                each.position.security.code, each.position.credit_type, _date(each.position.loan_date)
            ),
            each.position.security.code,
            each.position.security.name,
            Side.BUY if each.change > 0 else Side.SELL,
            Decimal(each.change),
            Decimal(each.price),
            Decimal(each.position.quantity),
        )
        for connection in connections
        if View.POSITIONS in connection.views
        for day in past.days[-_DAYS_OF_RESPONSES:]
        for number, each in enumerate(past.fills(day), 1)
    ]


def _read_at(day: date) -> datetime:
    return regular_close(day) + SETTLING / 2


def _account(connection: Connection) -> str:
    """Return the account number of the simulator's account that a connection shows."""
    view = connection.views[0].value
    return next(each.account for each in DEMO if (each.broker, each.views[0]) == (connection.broker, view))


def _date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _pension(account: str) -> PensionReport:
    held = pension_holdings(Options().seed, account)
    value = Decimal(sum(each.quantity * each.security.base for each in held))
    cost = Decimal(sum(each.cost for each in held))
    rows = [
        PensionHolding(
            balance_type_code="01",
            balance_type=None,
            code=each.security.code,
            name=each.security.name,
            quantity=Decimal(each.quantity),
            sellable_quantity=Decimal(each.sellable),
            average_price=None,
            price=Decimal(each.security.base),
            purchase_amount=Decimal(each.cost),
            value=Decimal(each.quantity * each.security.base),
            profit=Decimal(each.quantity * each.security.base - each.cost),
            profit_rate=None,
            weight=None,
        )
        for each in held
    ]
    return PensionReport(tuple(rows), cost, value, value - cost, None, None, percent_of(value - cost, cost))


def _bonds(account: str) -> BondReport:
    page = msgspec.convert(bond_body(bond_lots(Options().seed, account), None), wire.BondPage)
    return mapping.bond_report(page.rows)


def _asset_mix(account: str, net: int) -> AssetMixReport:
    """Return the classes of assets when the net assets were this many won."""
    seed = Options().seed
    mix = general_mix(seed, account, sum(lot.cost for lot in bond_lots(seed, account)))
    before = mix.moved(net + mix.total.loan - mix.value())
    page = msgspec.convert(asset_mix_body(before), wire.AssetMixPage)
    return mapping.asset_mix_report(page, account[-2:])


def _positions(past: Past, on: date) -> PositionReport:
    day, rows = past.at(on), list[Position]()
    assert day is not None
    for each in past.holdings(on):
        position, worth = each.position, valuation(each.position, each.price)
        rows.append(
            Position(
                code=position.security.code,
                name=position.security.name,
                credit_type=position.credit_type,
                loan_date=_date(position.loan_date),
                expiry_date=_date(position.expiry_date),
                settled_quantity=Decimal(position.settled),
                quantity=Decimal(position.quantity),
                price=Decimal(each.price),
                purchase_price=Decimal(position.unit_cost),
                purchase_amount=Decimal(position.cost),
                value=Decimal(worth.value),
                profit=Decimal(worth.profit),
                profit_rate=percent_of(Decimal(worth.profit), Decimal(position.cost)),
            )
        )
    cost, value = Decimal(sum(row.purchase_amount or 0 for row in rows)), Decimal(day.securities)
    return PositionReport(
        tuple(rows),
        cost,
        value,
        value - cost,
        percent_of(value - cost, cost),
        deposit=Decimal(day.deposit),
        deposit_in_two_days=Decimal(day.deposit),
        orderable_cash=None,
        facts=(Fact("crd_loan_tot", "crd_loan_tot", Decimal(day.loan)),),
        is_net_of_loans=False,
    )
