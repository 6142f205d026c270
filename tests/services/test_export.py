"""Tables in files, read back as a spreadsheet reads them."""

import csv
import errno
import io
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.services.export import Sheet, csv_of, save_sheet, xlsx_of
from tests.services.sheets import SHEET
from tests.services.workbooks import Read, opened


def test_a_workbook_holds_numbers_dates_and_percentages_as_what_they_are():
    cells, _ = opened(xlsx_of(SHEET))

    assert cells["A1"].value == SHEET.about
    assert [cells[f"{letter}3"].value for letter in "ABCDE"] == list(SHEET.columns)
    assert cells["A4"][:2] == ("삼성전자", "s")
    assert cells["B4"][:3] == ("1234567", "n", "#,##0")
    assert (float(cells["C4"].value), cells["C4"].shown_as) == (17240.188, "#,##0.00")
    assert float(cells["D4"].value) == pytest.approx(-0.0123456)
    assert cells["D4"].shown_as == "0.00%"
    assert cells["E4"][:3] == ("46083", "n", "yyyy-mm-dd")  # the second of March 2026 in Excel's count


def test_a_name_that_looks_like_a_formula_is_a_text_in_a_workbook():
    cells, _ = opened(xlsx_of(SHEET))

    assert cells["A5"][:2] == ('=HYPERLINK("http://x","가")', "s")


def test_masked_figures_are_dots_and_unknown_ones_blank_in_a_workbook():
    cells, parts = opened(xlsx_of(SHEET))

    assert cells["B5"][:2] == ("••••", "s")
    assert cells["C5"].value == cells["E5"].value == ""
    assert b"9999" not in b"".join(parts.read(name) for name in parts.namelist())


def test_the_total_stands_below_in_bold():
    cells, _ = opened(xlsx_of(SHEET))

    assert cells["A6"] == Read("합계", "s", "#0", True)
    assert (cells["B6"].value, cells["B6"].is_bold, cells["B4"].is_bold) == ("1234567", True, False)
    assert float(cells["D6"].value) == pytest.approx(-0.012)


@settings(max_examples=30, deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_any_name_makes_a_workbook_with_that_name_as_a_text(name):
    sheet = Sheet(name, name, (name,), ((name,),))

    cells, _ = opened(xlsx_of(sheet))

    assert {cells[place].kind for place in ("A1", "A3", "A4")} == {"s"}


def test_a_csv_file_is_read_as_utf_8_by_excel():
    content = csv_of(SHEET)

    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == content.count(b"\n") == 6
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert lines == [
        list(SHEET.columns),
        ["삼성전자", "1234567", "17240.19", "-1.23%", "2026-03-02"],
        ['\'=HYPERLINK("http://x","가")', "••••", "", "0.00%", ""],
        ["합계", "1234567", "", "-1.20%", ""],
        [],
        [SHEET.about],
    ]


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), min_size=2, max_size=3))
def test_no_cell_of_a_csv_file_begins_like_a_formula(names):
    content = csv_of(Sheet("", names[0], tuple(names), (tuple(names),)))

    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert len(lines[0]) == len(names)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for line in lines for cell in line)


def test_the_files_name_says_its_kind(tmp_path: Path):
    for name in ("a.xlsx", "b.XLSX", "c.csv", "d.txt"):
        save_sheet(tmp_path / name, SHEET)

    starts = {path.name: path.read_bytes()[:2] for path in sorted(tmp_path.iterdir())}
    assert starts == {"a.xlsx": b"PK", "b.XLSX": b"PK", "c.csv": b"\xef\xbb", "d.txt": b"\xef\xbb"}


def test_a_full_disk_leaves_the_file_of_before(tmp_path: Path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_bytes(b"before")

    def full(_handle: int, _content: object) -> int:
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(OSError, match="no space"):
        save_sheet(path, SHEET)

    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]
