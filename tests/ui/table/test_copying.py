"""A table's cells on their way to a spreadsheet: exact numbers, and dots where amounts are masked."""

from dataclasses import replace
from decimal import Decimal

import pytest

from app.services.export import Figure
from app.ui.format import HIDDEN, SHOWN
from app.ui.table.columns import Cell, Kind, cells_of
from app.ui.table.copying import plain_cells, plain_row, plain_text, plain_titles, plain_total
from tests.ui.table.stocks import BOUGHT, CHANGE, COLUMNS, NAME, PRICE, RATE, WEIGHT, stock


def cells(row: object, at: int) -> tuple[object, ...]:
    return plain_cells(COLUMNS[at], cells_of(COLUMNS, row, SHOWN)[at])  # type: ignore[type-var]


@pytest.mark.parametrize(
    ("row", "at", "found"),
    [
        (stock("a", 1_234_567), PRICE, (Figure(Decimal(1234567), "1234567"),)),
        (stock("a", None), PRICE, (None,)),
        (stock("a", weight=Decimal("33.33333")), WEIGHT, (Figure(Decimal("33.33333"), "33.33%"),)),
        (stock("a", rate=Decimal("1.5")), RATE, (Figure(Decimal("1.5"), "1.50%"),)),
        (stock("a"), CHANGE, (Figure(Decimal(-500), "-500"), Figure(Decimal("-0.71"), "-0.71%"))),
        (
            stock("a", change=Decimal(1500), rate=Decimal("0.71")),
            CHANGE,
            (Figure(Decimal(1500), "1500"), Figure(Decimal("0.71"), "0.71%")),
        ),
        (stock("a", change=Decimal(0), rate=Decimal(0)), CHANGE,
         (Figure(Decimal(0), "0"), Figure(Decimal(0), "0.00%"))),
        (stock("a", change=None, rate=None), CHANGE, (None, None)),
        (stock("a"), BOUGHT, (stock("a").bought,)),
        (stock("a", bought=None), BOUGHT, (None,)),
        (stock("a", name="=1+1", is_on_credit=True), NAME, ("=1+1 융자",)),
        (stock("a", name="005930"), NAME, ("005930",)),
    ],
)  # fmt: skip
def test_a_cell_is_what_its_column_shows(row, at, found):
    assert cells(row, at) == found


def test_the_fall_of_a_row_in_grey_is_copied_with_its_minus():
    column = replace(COLUMNS[CHANGE], is_old=lambda _row: True)
    (cell,) = cells_of([column], stock("a"), SHOWN)

    assert plain_cells(column, cell) == (Figure(Decimal(-500), "-500"), Figure(Decimal("-0.71"), "-0.71%"))


def test_masked_amounts_stay_dots_and_nothing_of_them_is_left():
    row = plain_row(COLUMNS, cells_of(COLUMNS, stock("a", 1_234_567, change=Decimal(-777)), HIDDEN))

    assert row.count("••••") == 3
    assert "777" not in str(row)
    assert "1234567" not in str(row)
    assert Figure(Decimal("-0.71"), "-0.71%") in row


def test_there_is_a_title_for_each_cell():
    for at, column in enumerate(COLUMNS):
        assert len(plain_titles(column)) == len(cells(stock("a"), at)) == len(plain_total(column, "1"))
    assert plain_titles(COLUMNS[CHANGE]) == ("전일대비", "등락률")


def test_a_total_is_a_number_as_well():
    assert plain_text("−1,234.50") == Figure(Decimal("-1234.50"), "-1234.50")
    assert plain_text("+3.10%") == Figure(Decimal("3.10"), "3.10%")
    assert (plain_text(""), plain_text("—"), plain_text("••••")) == (None, None, "••••")


def test_a_text_of_digits_in_a_text_column_stays_a_text():
    assert plain_cells(COLUMNS[NAME], Cell("000660", "000660")) == ("000660",)
    assert COLUMNS[NAME].kind is Kind.TEXT
