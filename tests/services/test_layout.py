"""The window's arrangement in its file: read back as it was, whatever became of the file."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.files import backup_of
from app.services.layout import (
    FILE_NAME,
    LONGEST_MEMO,
    Accounts,
    Layout,
    Place,
    TabLayout,
    parsed,
    read_layout,
    written,
)

NOW = datetime(2026, 11, 20, 10, 31, 5, tzinfo=UTC)
KEPT = f"{FILE_NAME}.corrupt-20261120-103105"
TAB = TabLayout(
    order=("name", "value", "price"),
    shown=("name", "value"),
    widths={"price": 120},
    sort="value",
    is_descending=True,
    charts=420,
    rows={"group": "type", "folded": ["a", ["b", 1]]},
    choices={"weights": "treemap"},
    facts_open=False,
)
LAYOUT = Layout(
    window=Place(-1200, 40, 1400, 900),
    is_maximized=True,
    tab=("irp", "pension"),
    tabs={"pension": TAB, "bonds": TabLayout()},
    accounts=Accounts("5a17", {"krx": "aa", "nxt": "bb"}),
    memos={"005930": "연말에 절반 정리\n배당 확인", "069500": "적립"},
)


@pytest.mark.parametrize("layout", [LAYOUT, Layout()])
def test_what_is_written_is_read_back(layout, tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(written(layout))

    assert read_layout(tmp_path, NOW) == (layout, None)


def test_without_a_file_everything_is_as_usual(tmp_path: Path):
    assert read_layout(tmp_path / "nothing", NOW) == (Layout(), None)
    assert read_layout(tmp_path, NOW) == (Layout(), None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("salt", ["", "s" * 65, "솔트", 7])
def test_marks_whose_salt_is_no_use_are_none(salt):
    kept = json.dumps({"accounts": {"salt": salt, "marks": {"krx": "aa"}}}).encode()

    assert parsed(kept).accounts == Accounts()


@pytest.mark.parametrize(
    "damage", [b"", b"\0" * 64, b"[]", b'{"window": [1,', b"\xff\xfe\xfa", b"[" * 100_000, b" " * 1_100_000]
)
def test_a_damaged_file_gives_way_to_its_backup_and_is_kept(damage, tmp_path: Path):
    path = tmp_path / FILE_NAME
    path.write_bytes(damage)
    backup_of(path).write_bytes(written(LAYOUT))

    layout, reported = read_layout(tmp_path, NOW)

    assert layout == LAYOUT
    assert reported is not None
    assert KEPT in str(reported)
    assert "직전에 저장한" in str(reported)
    assert (tmp_path / KEPT).read_bytes() == damage
    assert read_layout(tmp_path, NOW) == (LAYOUT, None)


@pytest.mark.parametrize("backup", [None, b"{"])
def test_without_a_sound_backup_everything_is_as_usual_and_that_is_said(backup, tmp_path: Path):
    path = tmp_path / FILE_NAME
    path.write_bytes(b"{")
    if backup is not None:
        backup_of(path).write_bytes(backup)

    layout, reported = read_layout(tmp_path, NOW)

    assert layout == Layout()
    assert reported is not None
    assert "기본 화면 배치" in str(reported)
    assert (tmp_path / KEPT).exists()
    assert not path.exists()


def test_an_entry_that_makes_no_sense_is_left_out_alone():
    entries = json.loads(written(LAYOUT))
    entries.update(window=[0, 0, 0, 700], tab=["irp"], is_maximized=1)
    entries["memos"].update({"000660": 7, "035720": "", "005380": "가" * 900})
    entries["tabs"]["pension"].update(widths={"a": -1, "b": True, "c": 80}, charts=10**9, order=[1, "name"])

    layout = parsed(json.dumps(entries).encode())

    assert (layout.window, layout.tab, layout.is_maximized) == (None, None, False)
    assert layout.memos == {**LAYOUT.memos, "005380": "가" * LONGEST_MEMO}
    tab = layout.tabs["pension"]
    assert (tab.widths, tab.charts, tab.order, tab.shown) == ({"c": 80}, 0, ("name",), TAB.shown)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
NAMES = [*json.loads(written(LAYOUT)), *json.loads(written(LAYOUT))["tabs"]["pension"]]


@given(st.dictionaries(st.sampled_from(NAMES), JSON | st.dictionaries(st.text(), st.dictionaries(
    st.sampled_from(NAMES), JSON))))  # fmt: skip
def test_whatever_a_file_says_is_an_arrangement_that_can_be_written_again(entries):
    layout = parsed(json.dumps(entries).encode())

    assert written(parsed(written(layout))) == written(layout)
