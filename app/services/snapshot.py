"""All connections read once, as one JSON object, a table or CSV."""

import asyncio
import csv
import io
import json
import logging
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.errors import AppError, program_fault
from app.domain.holdings import AssetMixReport, BondReport, Fact, PensionReport, PositionReport, Report
from app.domain.language import tr
from app.domain.plain_text import one_line
from app.domain.sources import Source
from app.services.export import escaped

logger = logging.getLogger(__name__)

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]

ROW_KEYS: Mapping[View, tuple[str, ...]] = {
    View.PENSION: (
        "balance_type",
        "code",
        "name",
        "quantity",
        "sellable_quantity",
        "average_price",
        "price",
        "purchase_amount",
        "value",
        "profit",
        "profit_rate",
        "weight",
    ),
    View.BONDS: (
        "code",
        "name",
        "purchase_date",
        "purchase_sequence",
        "quantity",
        "comprehensive_tax_quantity",
        "separate_tax_quantity",
        "maturity_date",
        "purchase_yield",
        "purchase_price",
        "purchase_amount",
        "orderable_quantity",
    ),
    View.ASSET_MIX: (
        "position",
        "category",
        "purchase_amount",
        "value",
        "profit",
        "credit_loan",
        "net_assets",
        "weight",
    ),
    View.POSITIONS: (
        "code",
        "name",
        "credit_type",
        "loan_date",
        "expiry_date",
        "settled_quantity",
        "quantity",
        "price",
        "purchase_price",
        "purchase_amount",
        "value",
        "profit",
        "profit_rate",
    ),
}


@dataclass(frozen=True, slots=True)
class ViewReading:
    """The result of one view: a report, or the error."""

    connection: str
    view: View
    report: Report | None
    error: AppError | None
    fetched_at: datetime | None


async def read_all(
    connections: Sequence[Connection], sources: Mapping[str, Source], clock: Clock
) -> list[ViewReading]:
    """Read all views of all connections concurrently, in the settings' order. Never raises AppError."""

    async def read(connection: Connection, view: View) -> ViewReading:
        try:
            report = await sources[connection.id].readers[view]()
        except AppError as error:
            return ViewReading(connection.id, view, None, error, None)
        except Exception:  # a bug in one view must not affect the others
            logger.exception("%s/%s could not be read", connection.id, view)
            return ViewReading(connection.id, view, None, program_fault(), None)
        return ViewReading(connection.id, view, report, None, clock.now())

    return await asyncio.gather(
        *(read(connection, view) for connection in connections for view in connection.views)
    )


def as_json(readings: Sequence[ViewReading], as_of: datetime) -> str:
    """Return the readings as one JSON object with exact decimals as strings."""
    document: Json = {
        "as_of": _moment(as_of),
        "ok": all(reading.error is None for reading in readings),
        "views": [_view(reading) for reading in readings],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_csv(readings: Sequence[ViewReading]) -> str:
    """Return all rows as one CSV table with the columns of every view, each row with its source and time."""
    views = [view for view in View if any(reading.view is view for reading in readings)]
    keys = list(dict.fromkeys(key for view in views for key in ROW_KEYS[view]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["connection", "view", "status", "fetched_at", "error_code", "error_message", *keys])
    for reading in readings:
        source = [escaped(reading.connection), reading.view.value]
        if reading.error is not None:
            cells = [csv_cell(reading.error.code), csv_cell(reading.error.message)]
            writer.writerow([*source, "error", "", *cells, *("" for _ in keys)])
            continue
        fetched_at = "" if reading.fetched_at is None else _moment(reading.fetched_at)
        for row in () if reading.report is None else reading.report.rows:
            cells = [csv_cell(getattr(row, key, None)) for key in keys]
            writer.writerow([*source, "ok", fetched_at, "", "", *cells])
    return out.getvalue()


def as_table(readings: Sequence[ViewReading]) -> str:
    """Return the readings as text for a terminal, with grouped and right-aligned numbers."""
    blocks: list[str] = []
    for reading in readings:
        title = f"[{reading.connection}] {reading.view.value}"
        if reading.error is not None:
            error = reading.error
            blocks.append(
                tr(
                    "{title}\n  Error {code}: {message}\n  {action}",
                    title=title,
                    code=_shown(error.code),
                    message=_shown(error.message),
                    action=_shown(error.action),
                )
            )
            continue
        if reading.fetched_at is not None:
            title += f"  {reading.fetched_at:%Y-%m-%d %H:%M:%S}"
        blocks.append(f"{title}\n{_aligned(reading)}{_footer(reading.report)}")
    return "\n\n".join(blocks) + "\n"


def exact(value: object) -> Json:
    """Return a value as JSON: decimals and dates as strings, counts as numbers."""
    match value:
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case None | str() | int():
            return value
        case _:
            raise TypeError(type(value).__name__)


def _view(reading: ViewReading) -> Json:
    report, error = reading.report, reading.error
    return {
        "connection": reading.connection,
        "view": reading.view.value,
        "status": "ok" if error is None else "error",
        "error": None
        if error is None
        else {"code": error.code, "message": error.message, "action": error.action},
        "fetched_at": None if reading.fetched_at is None else _moment(reading.fetched_at),
        "summary": None if report is None else summary(report),
        "rows": list(_rows(reading)),
        "difference": None if report is None else exact(report.difference),
    }


def summary(report: Report) -> dict[str, Json]:
    """Return a report's own figures under the keys of the output format."""
    match report:
        case PensionReport():
            keys = ("purchase_amount", "value", "profit", "realized_profit", "profit_today", "profit_rate")
            return {key: exact(getattr(report, key)) for key in keys}
        case BondReport():
            return {
                "lots": report.lots,
                "issues": report.issues,
                "purchase_amount": exact(report.purchase_amount),
                "unknown_purchase_amounts": report.unknown_purchase_amounts,
            }
        case AssetMixReport():
            return {"layout": report.layout.value, **_by_wire_name(report.facts)}
        case PositionReport():
            return _by_wire_name(report.facts)


def _by_wire_name(facts: Sequence[Fact]) -> dict[str, Json]:
    return {fact.field: exact(fact.value) for fact in facts}


def _rows(reading: ViewReading) -> list[dict[str, Json]]:
    if reading.report is None:
        return []
    keys = ROW_KEYS[reading.view]
    return [{key: exact(getattr(row, key)) for key in keys} for row in reading.report.rows]


def _moment(value: datetime) -> str:
    return value.isoformat(timespec="seconds")


def csv_cell(value: object) -> str:
    """Return a value for CSV: exact, and empty when unknown."""
    return escaped(value) if isinstance(value, str) else "" if value is None else str(exact(value))


def _shown(value: object) -> str:
    match value:
        case None:
            return "—"
        case Decimal():
            return format(value, ",f")
        case _:
            return one_line(str(value))


def _footer(report: Report | None) -> str:
    if report is None:
        return ""
    if isinstance(report, BondReport):
        unknown = report.unknown_purchase_amounts
        return f"\n  purchase_amount: {_shown(report.purchase_amount)}  unknown_purchase_amounts: {unknown}"
    return f"\n  value: {_shown(report.value)}  difference: {_shown(report.difference)}"


def _aligned(reading: ViewReading) -> str:
    keys = ROW_KEYS[reading.view]
    rows = () if reading.report is None else reading.report.rows
    return aligned(keys, [[getattr(row, key) for key in keys] for row in rows])


def aligned(keys: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Return rows in aligned columns under their keys, with grouped numbers."""
    columns: list[list[str]] = []
    for at, key in enumerate(keys):
        values = [row[at] for row in rows]
        cells = [key, *map(_shown, values)]
        width = max(map(_width, cells))
        is_number = any(isinstance(value, Decimal | int) for value in values)
        blanks = [" " * (width - _width(cell)) for cell in cells]
        columns.append(
            [blank + cell if is_number else cell + blank for cell, blank in zip(cells, blanks, strict=True)]
        )
    return "\n".join("  " + "  ".join(line).rstrip() for line in zip(*columns, strict=True))


def _width(text: str) -> int:
    """Return the width in terminal cells; Hangul takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
