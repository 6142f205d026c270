"""Numbers of all the digits that are read are shown, summed and drawn to the last won."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QAbstractButton

from app.domain.holdings import known_sum
from app.services.snapshot import ViewReading, as_csv, as_json, as_table
from app.ui.charts.slices import Entry, shares
from app.ui.controls.switches import ChoiceSwitch
from app.ui.tabs import OVERVIEW_TAB
from tests.fakes import START
from tests.ui.answers import ALL, ASSET_MIX, BONDS, PENSION
from tests.ui.gallery import settle
from tests.ui.painted import words
from tests.ui.scaled_walk import opened

WIDEST = Decimal("999999999999999999999999")
FORMS = {
    "whole": WIDEST,
    "below zero": -WIDEST,
    "with decimals": WIDEST.scaleb(-8),
    "tiny": Decimal(1).scaleb(-23),
}


# What is summed up under the tables whose figures no trade moves, by its name in the report's rows.
SUMMED = {PENSION: "value", BONDS: "purchase_amount", ASSET_MIX: "value"}


def won(number: Decimal, times: int) -> str:
    """So many times this number, as it is to be read."""
    with localcontext(prec=100):
        whole = (number * times).quantize(Decimal(1), ROUND_HALF_UP)
    return f"{'−' if whole < 0 else ''}{abs(whole):,f}"


def widened(thing: Any, number: Decimal) -> Any:
    """A report with this number in place of each, but for the places of rows in their order."""
    if isinstance(thing, Decimal):
        return number
    if isinstance(thing, tuple):
        return tuple(widened(each, number) for each in thing)
    if is_dataclass(thing) and not isinstance(thing, type):
        kept = {each.name: getattr(thing, each.name) for each in fields(thing) if each.init}
        return replace(thing, **{name: widened(value, number) for name, value in kept.items()})
    return thing


@pytest.fixture(params=FORMS)
def number(request) -> Iterator[Decimal]:
    yield FORMS[request.param]


def test_every_tab_chart_and_file_bears_the_widest_numbers(dressed, theme, answers, number, caplog):
    reports = {view_id: widened(report, number) for view_id, report in answers.reports.items()}
    shown = opened(theme, answers.connections, reports)
    window = shown.window
    try:
        for tab in (OVERVIEW_TAB, *shown.presenter.view_ids()):
            shown.presenter.choose_tab(tab)
            window.build_charts()
            settle()
            if tab in SUMMED:
                known = [getattr(row, SUMMED[tab]) for row in reports[tab].rows]
                assert won(number, known.count(number)) in words(window)
            for switch in window.findChildren(ChoiceSwitch):
                for choice in switch.findChildren(QAbstractButton):
                    choice.click()
                    settle()
                    window.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    finally:
        window.close()
        window.deleteLater()
        settle()
    readings = [ViewReading(*view_id, reports[view_id], None, START) for view_id in ALL]
    assert f"{number:f}" in as_json(readings, START)
    assert as_table(readings)
    assert f"{number:f}" in as_csv(readings)
    assert not caplog.records


def test_a_sum_of_the_widest_numbers_loses_no_won():
    assert known_sum([WIDEST] * 10_000) == Decimal("9999999999999999999999990000")
    smallest = Decimal(1).scaleb(-8)
    assert known_sum([WIDEST * 1_000, smallest]) == Decimal("999999999999999999999999000.00000001")


def test_the_total_in_the_middle_of_a_donut_loses_no_won():
    entries = [Entry(at, "", WIDEST) for at in range(100_001)]

    assert shares(entries).total == Decimal("100000999999999999999999899999")
