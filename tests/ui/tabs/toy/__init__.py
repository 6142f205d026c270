"""A tab that only tests have: the same positions by what moved today, with a chart of its own."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtWidgets import QVBoxLayout

from app.domain.connections import View
from app.domain.holdings import Position, RowKey, known_sum
from app.ui.plain import Label
from app.ui.table.columns import Column, live_price, signed, text
from app.ui.table.grouping import Plan
from app.ui.tabs import TabKind
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.spec import ChartPanel, Content, Swatches, TabSpec, Totals


class _Panel(ChartPanel):
    def __init__(self) -> None:
        super().__init__()
        self.said = Label()
        QVBoxLayout(self).addWidget(self.said)

    def show_content(self, content: Content) -> None:
        self.said.setText(f"{len(content.rows)} bars")

    def highlight(self, key: RowKey | None) -> None:
        pass

    def set_stale(self, is_stale: bool) -> None:
        pass

    def show_source(self, source: str) -> None:
        pass

    def choices(self) -> Mapping[str, str]:
        return {}

    def restore(self, choices: Mapping[str, str]) -> None:
        pass


def _columns(swatches: Swatches) -> tuple[Column[Position], ...]:
    del swatches
    return (
        text("name", "Mover", fallback=lambda row: row.code),
        live_price("price", "Now"),
        signed("profit_today", "Moved"),
    )


def _moved(content: Content) -> str:
    return content.formatter.signed_amount(known_sum(row.profit_today for row in content.rows))


def _figures(content: Content) -> Sequence[Kpi]:
    return (Kpi("Moved in all", _moved(content)), Kpi("Rows", str(len(content.rows))), *[Kpi("-", "-")] * 2)


def _totals(content: Content) -> Totals:
    return {"profit_today": (_moved(content), None)}


def _rows(report: Any, live: Sequence[Position]) -> Sequence[Position]:
    return live or report.rows


SPEC = TabSpec(
    columns=_columns,
    rows=_rows,
    figures=_figures,
    totals=_totals,
    note=lambda content: f"{len(content.rows)} movers",
    footer="before fees",
    charts=lambda theme: _Panel(),
    plan=lambda: Plan(texts=lambda row: (row.name, row.code)),
    gives_total=False,
)
TOY = TabKind(
    "movers", View.POSITIONS, "Movers", "What moved", ("Moved in all", "Rows", "-", "-"), lambda: SPEC
)
