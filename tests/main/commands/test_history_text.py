"""The value series as text, and what is taken from a file of the user."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.connections import Connection, View
from app.domain.value_series import DayValue, FlowSource, ValueSource
from app.main.commands.history import KEYS, Import, UnfitImport, as_csv, as_json, as_table, read_import
from app.services.history import FILE_NAME, History
from tests.fakes import START, FakeClock

TODAY = START.date()
CONNECTIONS = {"irp", "-main"}
READ = DayValue("irp", TODAY, Decimal("1100000.50"), Decimal("1E+6"))
WITH_FLOW = DayValue("-main", TODAY, None, None, Decimal(-700), FlowSource.TYPED, ValueSource.IMPORTED)
HEADER = "day,connection,value,cash_flow"


def taken(*lines: str, header: str = HEADER) -> Import:
    """What is taken of lines of text."""
    return read_import("\n".join((header, *lines)).encode(), CONNECTIONS, TODAY)


def imported(
    value: str | None, flow: str | None = None, day: date = TODAY, connection: str = "irp"
) -> DayValue:
    return DayValue(
        connection,
        day,
        None if value is None else Decimal(value),
        None,
        None if flow is None else Decimal(flow),
        None if flow is None else FlowSource.TYPED,
        ValueSource.IMPORTED,
    )


# Printing.


def test_csv_has_plain_exact_numbers_and_a_name_is_no_formula():
    assert as_csv([READ, WITH_FLOW]) == (
        "day,connection,value,purchase_amount,cash_flow,flow_source,source\n"
        "2026-11-20,irp,1100000.50,1000000,,,read\n"
        "2026-11-20,'-main,,,-700,typed,imported\n"
    )


def test_json_is_a_list_of_objects_with_numbers_as_text():
    listed = json.loads(as_json([READ, WITH_FLOW]))

    assert [tuple(each) for each in listed] == [KEYS, KEYS]
    assert list(listed[0].values()) == ["2026-11-20", "irp", "1100000.50", "1000000", None, None, "read"]
    assert list(listed[1].values()) == ["2026-11-20", "-main", None, None, "-700", "typed", "imported"]
    assert json.loads(as_json([])) == []


def test_a_table_has_grouped_numbers_to_the_right():
    header, first, second = as_table([READ, WITH_FLOW]).splitlines()

    assert header.split() == list(KEYS)
    assert first.split() == ["2026-11-20", "irp", "1,100,000.50", "1,000,000", "—", "—", "read"]
    assert second.split() == ["2026-11-20", "-main", "—", "—", "-700", "typed", "imported"]
    assert header.index("cash_flow") + len("cash_flow") == second.index("-700") + len("-700")


# Importing.


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("2026-11-20,irp,1234567,", imported("1234567")),
        ("2026-11-20,irp,,", imported(None)),
        ("2026-11-20, irp , 12.50 , ", imported("12.50")),
        ('2026-11-20,irp,"1,234,567.8","-1,000"', imported("1234567.8", "-1000")),
        ("2026-11-20,irp,-5,+7", imported("-5", "7")),
        ("2026-11-20,irp,0,0", imported("0")),
        ("2026-11-20,irp,-0,\u22127", imported("0", "-7")),
        ("2026-11-20,'-main,1,", imported("1", connection="-main")),
        ("1999-12-31,irp,1,", imported("1", day=date(1999, 12, 31))),
    ],
)
def test_a_line_is_taken_exactly(line: str, day: DayValue):
    assert taken(line) == Import((day,), ())
    assert [str(each.value) for each in taken(line).days] == [str(day.value)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("20261120,irp,1,", "날짜"),
        ("2026-11-31,irp,1,", "날짜"),
        ("２０２６-11-20,irp,1,", "날짜"),
        ("2026-11-21,irp,1,", "미래"),
        ("2026-11-20,other,1,", "연결"),
        ("2026-11-20,,1,", "연결"),
        ("2026-11-20,irp,much,", "평가금액"),
        ("2026-11-20,irp,1e9,", "평가금액"),
        ("2026-11-20,irp,NaN,", "평가금액"),
        ('2026-11-20,irp,"1,23",', "평가금액"),
        ('2026-11-20,irp,"1234,567",', "평가금액"),
        ("2026-11-20,irp,--1,", "평가금액"),
        (f"2026-11-20,irp,{'9' * 31},", "평가금액"),
        ("2026-11-20,irp,1,in", "입출금"),
        ("2026-11-20,irp,1", "열의 수가 부족"),
        ("2026-11-20", "열의 수가 부족"),
        ("2026-11-20,irp,1,234,567", "열의 수가 첫 줄보다 많습니다"),
        ("2026-11-20,irp,1,234,", "열의 수가 첫 줄보다 많습니다"),
        ('2026-11-20,irp,"1"2,', "CSV"),
        ('"2026-11-20,irp,1,', "CSV"),
    ],
)
def test_a_line_that_cannot_be_used_is_named_with_its_number_and_a_reason(line: str, reason: str):
    found = taken("2026-11-19,irp,1,", line)

    assert found.days == (imported("1", day=TODAY - timedelta(days=1)),)
    ((number, said),) = found.refused
    assert number == 3
    assert reason in str(said)


def test_a_reason_repeats_nothing_of_the_line():
    found = taken("64738291-01,irp,1,", "2026-11-20,64738291-01,1,", "2026-11-20,irp,64738291-01,64738291-01")

    assert len(found.refused) == 3
    assert not any("64738291" in str(reason) for _, reason in found.refused)


def test_without_any_connection_no_empty_list_of_them_is_shown():
    ((_, reason),) = read_import(f"{HEADER}\n2026-11-20,irp,1,".encode(), set(), TODAY).refused

    assert str(reason) == "이 id의 연결이 없습니다(없음)."


def test_the_second_line_of_a_day_and_connection_is_refused():
    found = taken("2026-11-20,irp,1,", "2026-11-20,-main,2,", "2026-11-20,irp,3,")

    assert [each.value for each in found.days] == [1, 2]
    assert [number for number, _ in found.refused] == [4]


def test_lines_after_a_refused_one_are_taken_and_blank_ones_are_none():
    found = taken("", "2026-11-20,x,1,", ",,,", "2026-11-19,irp,1,", "")

    assert [number for number, _ in found.refused] == [3]
    assert len(found.days) == 1


def test_a_cell_of_several_lines_is_counted_with_them():
    found = taken('2026-11-20,irp,1,"\n\n"', "2026-11-19,x,1,")

    assert [number for number, _ in found.refused] == [5]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_line_ends_of_windows_are_accepted(mark: bytes, end: bytes):
    content = mark + end.join((HEADER.encode(), b"2026-11-20,irp,1,5")) + end

    assert read_import(content, CONNECTIONS, TODAY) == Import((imported("1", "5"),), ())


def test_columns_may_be_in_any_order_and_more_than_needed():
    found = taken("x,5,irp,7,2026-11-20", header="Note,cash_flow,Connection, VALUE ,day")

    assert found == Import((imported("7", "5"),), ())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"2026-11-20,irp,1,\n",
        b"day,connection,value\n",
        b'"day,connection',
        b"day;connection;value\n",
        b"day,connection,value,cash_flow,value\n2026-11-20,irp,1,,2\n",
    ],
)
def test_a_file_without_the_header_is_refused(content: bytes):
    with pytest.raises(UnfitImport, match="day,connection,value,cash_flow"):
        read_import(content, CONNECTIONS, TODAY)


def test_a_file_of_another_encoding_is_refused_with_what_to_do():
    with pytest.raises(UnfitImport, match="CSV UTF-8"):
        read_import((HEADER + "\n2026-11-20,연금,1,").encode("cp949"), CONNECTIONS, TODAY)


amounts = st.decimals(-(10**15), 10**15, allow_nan=False, allow_infinity=False, places=2)
lines = st.dictionaries(
    st.tuples(st.sampled_from(sorted(CONNECTIONS)), st.dates(date(2000, 1, 1), TODAY)),
    st.tuples(
        st.none() | amounts,
        st.none() | amounts.filter(bool),
        st.sampled_from((ValueSource.IMPORTED, ValueSource.BROKER)),
        st.sampled_from(FlowSource),
    ),
    max_size=20,
)


@settings(max_examples=25, deadline=None)
@given(lines)
def test_what_is_exported_and_imported_into_an_empty_profile_is_exported_alike(
    tmp_path_factory: pytest.TempPathFactory, given_lines: dict
):
    connections = [Connection(name, name, "kis", (View.PENSION,), "https://e") for name in ("irp", "-main")]
    folder = tmp_path_factory.mktemp("two")
    first, second = (
        History(folder / name / FILE_NAME, connections, FakeClock().clock) for name in ("a", "b")
    )
    first.save_days(
        [
            DayValue(name, day, value, None, flow, None if flow is None else flow_source, source)
            for (name, day), (value, flow, source, flow_source) in given_lines.items()
        ]
    )
    exported = as_csv(first.series())

    found = read_import(exported.encode(), CONNECTIONS, TODAY)
    second.save_days(found.days)

    assert found.refused == ()
    columns = ("day", "connection", "value", "cash_flow")
    one, other = (
        [[line[key] for key in columns] for line in csv.DictReader(io.StringIO(text))]
        for text in (exported, as_csv(second.series()))
    )
    assert one == other
    assert len(one) == len(given_lines)


def test_everything_that_is_imported_is_typed(tmp_path: Path):
    history = History(
        tmp_path / FILE_NAME, [Connection("irp", "", "kis", (View.PENSION,), "")], FakeClock().clock
    )
    history.save_days(taken("2026-11-20,irp,1,5").days)

    assert history.series() == [imported("1", "5")]
