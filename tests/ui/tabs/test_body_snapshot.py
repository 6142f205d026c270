"""Headline, table, totals and charts of a tab are of one moment, after each batch of trades."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication
from pytestqt.qtbot import QtBot

from app.domain.clock import KST
from app.domain.connections import View
from app.domain.holdings import Position
from app.domain.valuation import shown_weights
from app.ui import format as text_of
from app.ui.format import HIDDEN, MASK, SHOWN
from app.ui.table.copying import sheet_of
from app.ui.table.grouping import TableState
from app.ui.table.table import FigureTable
from app.ui.table.totals import TotalRow
from app.ui.tabs import TABS
from app.ui.tabs.body import TabBody
from app.ui.tabs.kpi import KpiCell
from app.ui.theme import Theme
from tests.fakes import position, positions_report, tick
from tests.ui.answers import POSITIONS
from tests.ui.charts.looking import texts
from tests.ui.opened import Opened
from tests.ui.painted import words

BATCHES = 12
CODES = [f"{number:06d}" for number in range(100)]
FETCHED = datetime(2026, 11, 23, 10, 31, tzinfo=KST)


@pytest.fixture
def opened(qtbot, theme, clock, answers) -> Opened:
    """The positions in front, all of them in sight, with their charts."""
    made = Opened(qtbot, theme, clock, answers)
    made.open(width=1700, height=1500)
    made.load(POSITIONS)
    made.choose(POSITIONS)
    made.window.build_charts()
    made.settle()
    return made


@pytest.fixture
def body(qtbot: QtBot, theme: Theme) -> TabBody:
    """A hundred positions, of which few are in sight."""
    made = TabBody(next(kind for kind in TABS if kind.view is View.POSITIONS), theme, "키움")
    qtbot.addWidget(made)
    made.resize(1400, 500)
    with qtbot.waitExposed(made):
        made.show()
    report = positions_report(*(position(code, name=code) for code in CODES))
    made.show_report(report, report.rows, FETCHED, FETCHED.date(), 0.0, SHOWN)
    return made


def charts(opened: Opened) -> dict[str, Any]:
    """The charts that can be seen, by the names of their classes, which are loaded late."""
    from app.ui.charts.view import ChartView

    return {type(each).__name__: each for each in opened.seen(ChartView)}


def lines(chart: Any) -> list[tuple[str, ...]]:
    """What a chart says of its items to a screen reader, in parts."""
    return [tuple(each.split(", ")) for each in chart.accessibleDescription().splitlines()]


def trades(opened: Opened, chance: Random) -> Iterator[Any]:
    """A batch of trades in some of the stocks."""
    for code in opened.store.codes(POSITIONS[0]):
        if chance.random() < 0.6:
            yield tick(code, chance.randrange(30_000, 150_000))


def figures(opened: Opened, title: str) -> dict[str, str]:
    """A column's texts by the names of the rows, without names that two rows share."""
    names = Counter(opened.cell(key, "종목") for key in opened.keys)
    found = {opened.cell(key, "종목"): opened.cell(key, title) for key in opened.keys}
    return {name: text for name, text in found.items() if names[name] == 1}


def headline(opened: Opened, label: str) -> str:
    """One of the figures over the table, without its unit."""
    names = [each.accessibleName().split(", ", 1) for each in opened.seen(KpiCell)]
    return next(figure for name, figure in names if name == label).removesuffix("원")


def total(opened: Opened, title: str) -> str:
    """One of the figures under the table."""
    (row,) = opened.seen(TotalRow)
    found = re.search(rf"(?:^|, ){title} ([^ ]+?)(?:, |$)", row.accessibleName())
    assert found is not None and found[1] in words(row)
    return found[1]


def checked(opened: Opened) -> set[str]:
    """Compare everything that a tab shows twice; gives what the headline said."""
    value = total(opened, "평가금액")
    assert headline(opened, "평가금액") == value
    shown = charts(opened)
    weights, profits = figures(opened, "비중"), figures(opened, "평가손익")
    whole = sum(row.value for row in opened.store.positions(POSITIONS[0]) if row.value is not None)
    assert value == SHOWN.amount(whole)
    donut = shown["DonutChart"]
    assert SHOWN.short_amount(whole) in texts(donut)
    _, *legend = lines(donut)
    assert {name: share for name, share, _ in legend if name in weights} == {
        name: weights[name] for name, *_ in legend if name in weights
    }
    assert {share for _, share, _ in legend} <= set(texts(donut))
    bars = shown["PnlBars"]
    named = [name for name, _ in lines(bars) if name in profits]
    assert named
    assert {profits[name] for name in named} <= set(texts(bars))
    return {value}


def test_headline_table_totals_and_charts_say_the_same_after_each_of_many_batches(opened):
    chance = Random(7)
    seen: set[str] = set()
    for _ in range(BATCHES):
        opened.clock.advance(0.1)
        opened.hear(*trades(opened, chance))
        seen |= checked(opened)
    assert len(seen) == BATCHES


def order_of(opened: Opened) -> list[list[str]]:
    """The items of each chart from the first to the last, by their names."""
    return [[name for name, *_ in lines(each)[-9:]] for _, each in sorted(charts(opened).items())]


def test_charts_are_put_in_order_once_a_second_and_not_with_each_batch(opened):
    chance = Random(6)
    opened.clock.advance(1.1)
    opened.hear(*trades(opened, chance))
    before = order_of(opened)
    for _ in range(3):
        opened.clock.advance(0.1)
        opened.hear(*trades(opened, chance))
        checked(opened)
        assert order_of(opened) == before

    opened.clock.advance(1.0)
    opened.hear(*trades(opened, chance))
    after = order_of(opened)
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_a_treemap_shows_the_returns_of_the_table_after_each_of_many_batches(opened, qtbot):
    next(each for each in opened.seen(QAbstractButton) if each.text() == "트리맵").click()
    opened.settle()
    chance = Random(8)
    for _ in range(BATCHES):
        opened.clock.advance(0.1)
        opened.hear(*trades(opened, chance))
        rates, tiles = figures(opened, "수익률"), lines(charts(opened)["TreemapChart"])[1:]
        weights = figures(opened, "비중")
        named = {line[0]: line for line in tiles if line[0] in rates}
        assert named
        assert {name: line[1] for name, line in named.items()} == {name: weights[name] for name in named}
        painted = {each.lstrip("▲▼ ") for each in texts(charts(opened)["TreemapChart"])}
        assert {rates[name] for name in named if name in painted} & painted
        assert {each for each in painted if each.endswith("%")} <= {
            opened.cell(key, "수익률") for key in opened.keys
        }


def table_of(body: TabBody) -> FigureTable:
    """The tab's table."""
    found = body.findChild(FigureTable)
    assert found is not None
    return found


def totals(body: TabBody) -> Mapping[str, str]:
    """The figures under the table by field."""
    found = body.findChild(TotalRow)
    assert found is not None
    return found.texts


def moved(chance: Random, rows: tuple[Position, ...], share: float) -> tuple[Position, ...]:
    """The positions after trades in some of them."""
    return tuple(
        replace(row, value=Decimal(chance.randrange(500_000, 900_000)))
        if chance.random() < share and row.value is not None
        else row
        for row in rows
    )


def beat(body: TabBody, before: tuple[Position, ...], after: tuple[Position, ...], mono: float) -> None:
    """Show what trades have moved."""
    pairs = zip(before, after, strict=True)
    changed = {new.key: new for old, new in pairs if new is not old}
    body.show_moved(changed, after, mono)


def in_sight(body: TabBody, title: str) -> dict[str, str]:
    """A column's texts of the rows that can be seen, by the names of the rows."""
    model = table_of(body).model
    at = [column.title for column in model.columns].index(title)
    places = [model.row_of(key) for key in model.keys_in_sight]
    return {model.cell(place, 0).text: model.cell(place, at).text for place in places if place is not None}


def weights(rows: tuple[Position, ...]) -> dict[str, str]:
    """What the column of weights shows of these positions."""
    known = [(row.name or "", row.value) for row in rows if row.value is not None]
    whole = sum(value for _, value in known)
    shown = shown_weights([value / whole * 100 for _, value in known])
    return {name: text_of.percent(weight) for (name, _), weight in zip(known, shown, strict=True)}


def test_the_weight_of_a_row_in_sight_follows_the_total_though_the_row_itself_did_not_trade(body):
    chance, before = Random(9), tuple(table_of(body).model.arrangement.rows())
    rows = tuple(each.position for each in before)
    for step in range(BATCHES):
        later = moved(chance, rows, 0.3)
        beat(body, rows, later, step / 10)
        rows = later
        shown = in_sight(body, "비중")
        assert 5 < len(shown) < len(rows)
        assert shown == {name: weights(rows)[name] for name in shown}


def test_rows_that_come_into_sight_are_as_new_as_the_totals(body):
    chance = Random(10)
    model, bar = table_of(body).model, table_of(body).view.verticalScrollBar()
    rows = tuple(each.position for each in model.arrangement.rows())
    model.cycle_sort([column.title for column in model.columns].index("평가금액"))
    for step in range(BATCHES):
        later = moved(chance, rows, 1.0)
        beat(body, rows, later, step / 10)
        rows = later
        bar.setValue(chance.randrange(bar.maximum() + 1))
        if step % 3 == 0:
            model.cycle_sort(0)
        if step % 4 == 0:
            body.search(str(chance.randrange(10)))
        QApplication.processEvents()  # the view lays itself out
        values = {row.name: SHOWN.amount(row.value) for row in rows}
        shown = in_sight(body, "평가금액")
        assert shown
        assert shown == {name: values[name] for name in shown}


def test_a_group_of_all_rows_has_the_sum_that_the_totals_have(body):
    chance = Random(11)
    model = table_of(body).model
    rows = tuple(each.position for each in model.arrangement.rows())
    model.set_table_state(TableState(is_grouped=True))
    for step in range(BATCHES):
        later = moved(chance, rows, 0.5)
        beat(body, rows, later, step / 10)
        rows = later
        assert in_sight(body, "평가금액")["현금"] == totals(body)["value"]


def test_a_file_of_the_table_has_the_rows_that_its_totals_are_of(body):
    chance = Random(12)
    table = table_of(body)
    rows = tuple(each.position for each in table.model.arrangement.rows())
    for step in range(BATCHES):
        later = moved(chance, rows, 0.5)
        beat(body, rows, later, step / 10)
        rows = later
        at = [column.title for column in table.model.columns].index("평가금액")
        sheet = sheet_of(table.model, [0, at], totals(body), "", "")
        assert sum(figure.value for _, _, figure in sheet.rows) == sheet.total[2].value


def test_the_charts_of_many_holdings_are_of_the_same_batch_as_the_figures(body):
    from app.ui.charts.pnl_bars import PnlBars
    from app.ui.charts.treemap import TreemapChart

    chance = Random(13)
    body.charts.build()
    rows = tuple(each.position for each in table_of(body).model.arrangement.rows())
    for step in range(BATCHES):
        later = tuple(
            replace(row, profit=Decimal(chance.randrange(10_000, 90_000)), profit_rate=Decimal(step + 1))
            for row in moved(chance, rows, 0.5)
        )
        beat(body, rows, later, step / 10)
        rows = later
        total, *tiles = lines(body.findChild(TreemapChart))
        value = sum(row.value for row in rows)
        assert total[0] == f"합계 {SHOWN.short_amount(value)}원"
        assert {tile[3] for tile in tiles[:-1]} == {f"수익률 플러스 {step + 1}.00 퍼센트"}
        profits = {SHOWN.signed_amount(row.profit) for row in rows}
        bars = body.findChild(PnlBars)
        assert {label.text for label in bars.labels if label.is_figure} - profits == {bars.labels[-1].text}


def read_of(body: TabBody) -> tuple[set[str], set[str], set[str], set[str]]:
    """What shows amounts: the painted values of rows in sight, tips of tiles and bars, and texts of bars."""
    from app.ui.charts.pnl_bars import PnlBars
    from app.ui.charts.treemap import TreemapChart

    tiles, bars = body.findChild(TreemapChart), body.findChild(PnlBars)
    in_cells = set(in_sight(body, "평가금액").values())
    assert in_cells <= set(words(table_of(body).view))
    tips = [{hit.tip.split("\n")[1].split(" · ")[0] for hit in chart._hits} for chart in (tiles, bars)]
    return in_cells, tips[0], tips[1], {label.text for label in bars.labels if label.is_figure}


def test_the_mask_hides_and_shows_amounts_at_once_while_no_row_moves(body):
    chance = Random(14)
    body.charts.build()
    rows = tuple(each.position for each in table_of(body).model.arrangement.rows())
    later = moved(chance, rows, 0.5)
    beat(body, rows, later, 0.1)
    shown = read_of(body)
    assert not any(MASK in text for texts in shown for text in texts)

    body.show_masked(HIDDEN)
    hidden = ({MASK}, {f"{MASK}원"}, {f"{MASK}원"}, {MASK})
    assert read_of(body) == hidden
    beat(body, later, later, 0.2)
    assert read_of(body) == hidden

    body.show_masked(SHOWN)
    assert read_of(body) == shown


def test_charts_behind_the_panel_are_drawn_when_it_is_closed(body):
    from app.ui.charts.treemap import TreemapChart

    body.charts.build()
    treemap = body.findChild(TreemapChart)
    rows = tuple(each.position for each in table_of(body).model.arrangement.rows())
    body.side.open(rows[0].key)
    before = lines(treemap)
    later = moved(Random(14), rows, 1.0)

    beat(body, rows, later, 0.1)
    assert lines(treemap) == before
    body.side.close_panel()

    total = SHOWN.short_amount(sum(row.value for row in later))
    assert lines(treemap)[0][0] == f"합계 {total}원"


def test_the_mask_reaches_charts_behind_the_panel_at_once(body):
    from app.ui.charts.treemap import TreemapChart

    body.charts.build()
    treemap = body.findChild(TreemapChart)
    rows = tuple(each.position for each in table_of(body).model.arrangement.rows())
    body.side.open(rows[0].key)
    beat(body, rows, moved(Random(15), rows, 1.0), 0.1)

    body.show_masked(HIDDEN)

    assert lines(treemap)[0][0] == "합계 가린 금액"
