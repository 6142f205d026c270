"""Every connection read once, as one JSON object, a table or CSV."""

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
from app.domain.connections import Connection
from app.domain.errors import AppError
from app.domain.holdings import (
    AssetMixReport,
    BondReport,
    Fact,
    PensionReport,
    PositionReport,
    Report,
    View,
)
from app.domain.sources import Source

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
    """What one view gave: a whole report, or the reason why there is none."""

    connection: str
    view: View
    report: Report | None
    error: AppError | None
    fetched_at: datetime | None


async def read_all(
    connections: Sequence[Connection], sources: Mapping[str, Source], clock: Clock
) -> list[ViewReading]:
    """Read every view of every connection at once, in the order of the settings. Never raises AppError."""

    async def read(connection: Connection, view: View) -> ViewReading:
        try:
            report = await sources[connection.id].readers[view]()
        except AppError as error:
            return ViewReading(connection.id, view, None, error, None)
        except Exception as exc:  # a defect of ours in one view must not cost the others
            logger.exception("%s/%s could not be read", connection.id, view)
            error = AppError(f"프로그램 오류입니다 ({type(exc).__name__}).")
            return ViewReading(connection.id, view, None, error, None)
        return ViewReading(connection.id, view, report, None, clock.now())

    return await asyncio.gather(
        *(read(connection, view) for connection in connections for view in connection.views)
    )


def as_json(readings: Sequence[ViewReading], as_of: datetime) -> str:
    """The readings as one JSON object with exact decimals as strings."""
    document: Json = {
        "as_of": _moment(as_of),
        "ok": all(reading.error is None for reading in readings),
        "views": [_view(reading) for reading in readings],
    }
    return json.dumps(document, ensure_ascii=False, indent=2)


def as_csv(readings: Sequence[ViewReading]) -> str:
    """All rows in one CSV table: the columns of every view read, each row with its connection and view."""
    views = [view for view in View if any(reading.view is view for reading in readings)]
    keys = list(dict.fromkeys(key for view in views for key in ROW_KEYS[view]))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["connection", "view", "status", "error_code", "error_message", *keys])
    for reading in readings:
        if reading.error is not None:
            writer.writerow(
                [reading.connection, reading.view.value, "error", reading.error.code, reading.error.message]
            )
            continue
        for row in _rows(reading):
            cells = [_csv_cell(row.get(key)) for key in keys]
            writer.writerow([reading.connection, reading.view.value, "ok", "", "", *cells])
    return out.getvalue()


def as_table(readings: Sequence[ViewReading]) -> str:
    """The readings as text for a terminal, in columns of equal width."""
    blocks: list[str] = []
    for reading in readings:
        title = f"[{reading.connection}] {reading.view.value}"
        if reading.error is not None:
            error = reading.error
            blocks.append(f"{title}\n  오류 {error.code}: {error.message}\n  {error.action}")
            continue
        keys = ROW_KEYS[reading.view]
        rows = [[_plain(row.get(key)) for key in keys] for row in _rows(reading)]
        difference = None if reading.report is None else reading.report.difference
        footer = "" if difference is None else f"\n  difference: {_plain(exact(difference))}"
        blocks.append(f"{title}\n{_aligned([list(keys), *rows])}{footer}")
    return "\n\n".join(blocks) + "\n"


def exact(value: object) -> Json:
    """A value as JSON: decimals and dates as strings, counts as numbers."""
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
    """A report's own figures under the keys of the contract."""
    match report:
        case PensionReport():
            keys = ("purchase_amount", "value", "profit", "realized_profit", "profit_today", "profit_rate")
            return {key: exact(getattr(report, key)) for key in keys}
        case BondReport():
            return {
                "lots": len(report.rows),
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


def _csv_cell(value: Json) -> str:
    text = "" if value is None else str(value)
    # A spreadsheet runs text that starts like a formula; a negative number is none.
    is_formula = text[:1] in "=+@\t\r" or (text[:1] == "-" and not text[1:].replace(".", "").isdigit())
    return f"'{text}" if text and is_formula else text


def _plain(value: Json) -> str:
    return "—" if value is None else str(value)


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(_width(row[i]) for row in rows) for i in range(len(rows[0]))]
    return "\n".join(
        "  " + "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _width(text: str) -> int:
    """Terminal cells: Hangul takes two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
