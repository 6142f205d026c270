"""Cells as plain text: numbers stay numbers, names never become formulas."""

import csv
import io
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.export_text import Figure, escaped, plain, tabbed

FORMULA_STARTS = "=+-@\t\r"


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_loses_a_letter(text):
    safe = escaped(text)

    assert not safe.startswith(tuple(FORMULA_STARTS))
    assert safe in (text, f"'{text}")
    assert (safe != text) >= text.startswith(tuple(FORMULA_STARTS))


@pytest.mark.parametrize("start", [*FORMULA_STARTS, "\n", "＝", "＋", "－", "＠"])
def test_what_looks_like_a_formula_gets_an_apostrophe(start):
    assert escaped(f"{start}1+1") == f"'{start}1+1"


@pytest.mark.parametrize("name", ["삼성전자", "KODEX 200", "1Q 종합채권", "", "'인용"])
def test_an_ordinary_name_is_left_as_it_is(name):
    assert escaped(name) == name


@given(st.lists(st.lists(st.text(min_size=1), min_size=2, max_size=4), min_size=1, max_size=4))
def test_copied_names_keep_their_cells_and_lines(rows):
    lines = [line.split("\t") for line in tabbed(rows).split("\n")]

    assert [len(line) for line in lines] == [len(row) for row in rows]
    for cell in (cell for line in lines for cell in line):
        assert not cell.startswith(tuple(FORMULA_STARTS))


@given(st.lists(st.text(alphabet='"a가,;', min_size=1), min_size=2, max_size=4))
def test_a_quote_at_a_names_start_swallows_no_other_cell(names):
    read = next(csv.reader(io.StringIO(tabbed([names])), delimiter="\t"))

    assert read == names


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**15), max_value=10**15))
def test_a_number_is_never_escaped(number):
    assert Decimal(plain(Figure(number, f"{number:f}"))) == number


def test_dates_and_unknown_figures():
    assert (plain(date(2026, 3, 2)), plain(None), plain("••••")) == ("2026-03-02", "", "••••")


@pytest.mark.parametrize(
    ("shown", "places", "is_percent"),
    [("1234", 0, False), ("-12.50", 2, False), ("1.23%", 2, True), ("0%", 0, True)],
)
def test_a_figure_knows_its_shape(shown, places, is_percent):
    figure = Figure(Decimal(1), shown)

    assert (figure.places, figure.is_percent) == (places, is_percent)
