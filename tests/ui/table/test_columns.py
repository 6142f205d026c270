"""One row made ready for painting: which cells are faint, coloured, spoken and copied, and how."""

from decimal import Decimal

import pytest

from app.ui.format import SHOWN
from app.ui.table.columns import Cell, Column, Kind, cells_of, quantity, spoken_text, text
from tests.ui.table.stocks import COLUMNS, PRICE, Stock, stock


def cell(row: Stock, column: int) -> Cell:
    return cells_of(COLUMNS, row, SHOWN)[column]


def test_a_row_has_a_cell_for_each_column_with_its_value_and_number():
    cells = cells_of(COLUMNS, stock("a"), SHOWN)

    assert [each.value for each in cells][PRICE] == Decimal(70000)
    assert [each.number for each in cells] == [0.0, 70000.0, -500.0, -500.0, -0.71, 10.0, 739677.0]


@pytest.mark.parametrize(
    ("text", "value", "sign", "is_faint"),
    [
        ("+5", Decimal(5), 1, False),
        ("−5", Decimal(-5), -1, False),
        ("0", Decimal(0), 0, True),
        ("0.00%", Decimal("0.004"), 0, True),  # it reads zero
        ("0.00%", Decimal("-0.004"), 0, True),
        ("−0.01%", Decimal("-0.005"), -1, False),
        ("••••", Decimal(-5), 0, False),  # masked: no sign to be shown by colour
        ("—", None, 0, True),
        ("000660", "000660", 0, False),  # a code is no figure
        ("10", Decimal(10), 1, False),
    ],
)
def test_sign_and_faintness_follow_the_text_that_is_read(text, value, sign, is_faint):
    column = Column(Kind.SIGNED, lambda _formatter, _value: text, "", "", value=lambda _row: value)

    (made,) = cells_of((column,), stock("a"), SHOWN)

    assert (made.sign, made.is_faint) == (sign, is_faint)


def test_a_column_shows_the_attribute_that_ends_its_path():
    column: Column[Stock] = quantity("price.real", "값")

    assert (column.field, column.value(stock("a")), column.text(stock("a"), SHOWN)) == (
        "real",
        70000,
        "70,000",
    )


def test_a_fallback_is_shown_for_an_unknown_name_and_not_sorted_by():
    column: Column[Stock] = text("name", "종목", fallback=lambda row: row.key[0])

    rows = [stock("a"), stock("b", name=None), stock("", name=None)]

    assert [column.text(row, SHOWN) for row in rows] == ["삼성전자", "b", "—"]
    assert [column.value(row) for row in rows] == ["삼성전자", None, None]


@pytest.mark.parametrize(
    ("kind", "descends", "is_text", "shows"),
    [
        (Kind.TEXT, False, True, False),
        (Kind.FIGURE, True, False, False),
        (Kind.PRICE, True, False, False),
        (Kind.CHANGE, True, False, True),
        (Kind.SIGNED, True, False, True),
        (Kind.RATE_BAR, True, False, True),
        (Kind.WEIGHT_BAR, True, False, False),
        (Kind.DATE, False, False, False),
    ],
)
def test_each_kind_has_its_ways(kind, descends, is_text, shows):
    assert (kind.descends_first, kind.is_text, kind.shows_direction) == (descends, is_text, shows)


def test_a_direction_is_spoken_only_where_sighted_people_see_one():
    up = stock("a", change=Decimal(5), rate=Decimal(1), tick=-1)

    spoken = {column.title: spoken_text(column.kind, cell(up, at)) for at, column in enumerate(COLUMNS)}

    assert {title for title, text in spoken.items() if text.endswith("상승")} == {
        "전일대비",
        "평가손익",
        "수익률",
    }
    assert spoken["현재가"] == "70,000 하락"


def test_a_known_value_that_reads_as_a_dash_is_not_called_unknown():
    assert spoken_text(Kind.TEXT, Cell("—", "—")) == "—"
    assert spoken_text(Kind.TEXT, Cell("—", None)) == "알 수 없음"
