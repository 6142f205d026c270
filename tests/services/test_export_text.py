"""Cells as plain text: numbers stay numbers, names never become formulas."""

import csv
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.clock import KST
from app.domain.connections import View
from app.domain.errors import BrokerRefused
from app.domain.holdings import Position, PositionReport
from app.domain.plain_text import one_line
from app.services.export import Figure, Sheet, csv_of, escaped, plain, tabbed, xlsx_of
from app.services.snapshot import ViewReading, as_csv

FORMULA_STARTS = "=+-@"


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_loses_a_letter(text):
    safe, line = escaped(text), one_line(text)

    assert not safe.startswith(tuple(FORMULA_STARTS))
    assert safe in (line, f"'{line}")
    assert (safe != line) >= line.startswith(tuple(FORMULA_STARTS))


@pytest.mark.parametrize("start", [*FORMULA_STARTS, "＝", "＋", "－", "＠", "﹢", "﹦"])
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


HOSTILE = [
    "=1+1",
    "+1",
    "-1+1",
    "@A1",
    "＝1+1",
    "＋1",
    "－1",
    "＠A1",
    "\t=1",
    "\r=1",
    " =1",
    "\x00=1",
    "\u202e=1",
    "﹢1",
    "﹦1",
]


def written(text: str) -> list[str]:
    """The text as every way out of the program that a spreadsheet reads writes it, but for a workbook."""
    sheet = Sheet(text, text, (text,), ((text,),), (text,))
    csv_rows = list(csv.reader(io.StringIO(csv_of(sheet).decode("utf-8-sig"), newline="")))
    position = Position(text, text, text, None, None, *(None,) * 8)
    report = PositionReport((position,), *(None,) * 7)
    at = datetime(2026, 11, 20, tzinfo=KST)
    error = BrokerRefused(f"x{text}", code=text)
    error.raw_message = error.code = text  # whatever an error may let through
    readings = [
        ViewReading(text, View.POSITIONS, report, None, at),
        ViewReading("a", View.BONDS, None, error, None),
    ]
    row, failed = list(csv.DictReader(io.StringIO(as_csv(readings), newline="")))
    return [
        tabbed([[text]]),
        *(cell for each in csv_rows for cell in each),
        *(row[name] for name in ("connection", "code", "name", "credit_type")),
        *(failed[name] for name in ("error_code", "error_message")),
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_no_spreadsheet_takes_a_text_for_a_formula_whichever_way_it_leaves_the_program(text: str):
    cells = written(text)

    assert len(cells) >= 10
    assert set(cells) == {escaped(text)}
    assert escaped(text).startswith("'")


def test_no_file_holds_a_control_character_of_a_name_and_quotes_come_back_as_they_were():
    for cell in written('\x00삼\x1b[31m성 "전자",\r\n=우\ud800\ufffe\u2028'):
        assert cell == '삼 [31m성 "전자", =우'
    assert csv_of(Sheet("t", '"a"', ("b",), ())).decode("utf-8-sig").endswith('\r\n"""a"""\r\n')


def test_a_workbook_holds_a_text_as_it_is_without_its_control_characters():
    text = "=1+1\x00\x1b\ud800\ufffe ＝"
    with zipfile.ZipFile(io.BytesIO(xlsx_of(Sheet(text, text, (text,), ((text,),), (text,))))) as book:
        strings = book.read("xl/sharedStrings.xml").decode()
        page = book.read("xl/worksheets/sheet1.xml").decode()

    assert "<t>=1+1 ＝</t>" in strings
    assert "_x00" not in strings
    assert "<f>" not in page


def test_a_number_below_zero_is_a_number_in_every_file():
    report = PositionReport(
        (
            Position(
                "005930", "=A", None, None, None, *(None,) * 6, profit=Decimal(-160400), profit_rate=None
            ),
        ),
        *(None,) * 7,
    )
    (row,) = csv.DictReader(
        io.StringIO(
            as_csv([ViewReading("a", View.POSITIONS, report, None, datetime(2026, 11, 20, tzinfo=KST))])
        )
    )

    assert row["profit"] == "-160400"
    assert row["name"] == "'=A"
