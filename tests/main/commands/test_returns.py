"""`moa returns`: what is printed about a profile's values, and with which exit code the program ends."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from app.cli import main
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import AccountRegister, Connection, View
from app.domain.past import SpanTotals
from app.domain.value_series import CashFlow, DayValue, FlowSource, ValueSource
from app.main.profile import settings_in
from app.main.system import logs
from app.services.history import FILE_NAME, History
from app.services.layout import Accounts, Layout, written

SETTINGS = """
[[connections]]
id = "irp"
label = "한투 IRP"
broker = "kis"
account = "64738291-29"
views = ["pension"]

[[connections]]
id = "main"
label = "키움"
broker = "kiwoom"
views = ["positions"]
exchange = "KRX"
"""

TWIN = """
[[connections]]
id = "second"
label = "키움 NXT"
broker = "kiwoom"
views = ["positions"]
exchange = "NXT"
"""


def row(connection: str, day: str, value: int | str, flow: int | None = None) -> DayValue:
    imported = DayValue(connection, date.fromisoformat(day), Decimal(value), source=ValueSource.IMPORTED)
    if flow is None:
        return imported
    return replace(imported, cash_flow=Decimal(flow), flow_source=FlowSource.TYPED)


EXAMPLE = [
    row("irp", "2026-11-25", 100),
    row("irp", "2026-11-26", 110),
    row("irp", "2026-11-27", 189, 100),
]

Moa = Callable[..., tuple[int, str, str]]


@pytest.fixture
def days() -> list[DayValue]:
    """The values in the history."""
    return []


@pytest.fixture
def moa(tmp_path: Path, days: list[DayValue], capsys: pytest.CaptureFixture[str]) -> Iterator[Moa]:
    """The program's exit code and what it printed on both streams."""
    (tmp_path / "settings.toml").write_text(SETTINGS, "utf-8")

    def run(*arguments: str, ahead: tuple[str, ...] = ()) -> tuple[int, str, str]:
        if days:
            History(tmp_path / FILE_NAME, settings_in(tmp_path).connections, SYSTEM_CLOCK).save_days(days)
        code = main([*ahead, "returns", "--profile", str(tmp_path), *arguments])
        return code, *capsys.readouterr()

    yield run
    logs.end()


def test_the_returns_are_one_object_with_exact_amounts_and_rates_of_two_places(
    moa: Moa, days: list[DayValue]
):
    days += EXAMPLE

    code, out, err = moa()

    document = json.loads(out)
    assert (code, err) == (0, "")
    assert {key: document[key] for key in ("from", "to", "days")} == {
        "from": "2026-11-25",
        "to": "2026-11-27",
        "days": 2,
    }
    total, irp, unknown = document["results"]
    notes = total.pop("notes")
    assert total == {
        "connection": None,
        "start_value": "100",
        "end_value": "189",
        "net_flow": "100",
        "gain": "-11",
        "twr": "-1.00",
        "mwr": "-7.29",
        "simple": "-5.50",
        "dietz": "-7.33",
        "twr_annual": None,
        "mwr_annual": None,
        "missing_days": 0,
    }
    assert any("365일" in note for note in notes)
    assert any("키움" in note for note in notes)
    assert {**irp, "connection": None} == {**total, "notes": irp["notes"]}
    assert (unknown["connection"], unknown["gain"], len(unknown["notes"])) == ("main", None, 1)


def test_the_days_can_be_limited(moa: Moa, days: list[DayValue]):
    days += EXAMPLE

    document = json.loads(moa("--from", "2026-11-26", "--to", "2026-11-30")[1])

    assert (document["from"], document["to"], document["days"]) == ("2026-11-26", "2026-11-27", 1)
    assert document["results"][0]["twr"] == "-10.00"  # 189/210


def test_amounts_have_neither_exponents_nor_groups(moa: Moa, days: list[DayValue]):
    days += [row("irp", "2026-11-26", "1E+15"), row("irp", "2026-11-27", "1050000000000000.50")]

    total = json.loads(moa()[1])["results"][0]

    assert (total["start_value"], total["end_value"]) == ("1000000000000000", "1050000000000000.50")
    assert (total["gain"], total["twr"]) == ("50000000000000.50", "5.00")


def test_an_account_is_counted_once_where_the_program_has_found_out(
    moa: Moa, days: list[DayValue], tmp_path: Path
):
    (tmp_path / "settings.toml").write_text(SETTINGS + TWIN, "utf-8")
    register = AccountRegister()
    for id_ in ("main", "second"):
        twin = Connection(id_, id_, "kiwoom", (View.POSITIONS,), "https://api.kiwoom.com")
        register.learn(twin, "one app key")
    (tmp_path / "layout.json").write_bytes(written(Layout(accounts=Accounts(register.salt, register.marks))))
    for id_ in ("main", "second"):
        days += [row(id_, "2026-11-26", 700), row(id_, "2026-11-27", 770)]

    total = json.loads(moa()[1])["results"][0]

    assert (total["end_value"], total["twr"]) == ("770", "10.00")
    assert any("키움 NXT" in note for note in total["notes"])
    assert not any("64738291" in note for note in total["notes"])


def test_a_damaged_layout_is_left_as_it_is(moa: Moa, days: list[DayValue], tmp_path: Path):
    days += EXAMPLE
    (tmp_path / "layout.json").write_bytes(b"{")

    assert moa()[0] == 0
    assert (tmp_path / "layout.json").read_bytes() == b"{"


def test_the_table_has_a_line_for_each_and_the_notes_below(moa: Moa, days: list[DayValue]):
    days += [*EXAMPLE, row("main", "2026-11-25", 5_000_000), row("main", "2026-11-27", 5_100_000)]

    code, out, _ = moa("--format", "table")

    span, header, total, irp, main_, blank, *rest = out.splitlines()
    assert (code, span, blank) == (0, "2026-11-25 – 2026-11-27", "")
    assert header.split()[:5] == ["connection", "start_value", "end_value", "net_flow", "gain"]
    assert total.split()[:2] == ["합계", "5,000,100"]
    assert irp.split()[:8] == ["irp", "100", "189", "100", "-11", "-1.00", "-7.29", "-5.50"]
    assert main_.split()[:5] == ["main", "5,000,000", "5,100,000", "0", "100,000"]
    assert [line.split(":")[0] for line in rest[:2]] == ["twr", "mwr"]
    assert any(line.startswith("합계, irp, main: ") for line in rest)


BROKER = SpanTotals(
    date(2026, 11, 26),
    date(2026, 11, 27),
    start_value=Decimal(5_000_000),
    end_value=Decimal(5_250_000),
    cash_in=Decimal(60_000),
    cash_out=Decimal(0),
    securities_in=Decimal(0),
    securities_out=Decimal(10_000),
    average_capital=Decimal(5_040_000),
    profit=Decimal(200_000),
    profit_rate=Decimal("3.97"),
)
COMPARED = [row("main", "2026-11-25", 5_000_000), row("main", "2026-11-27", 5_250_000)]
COMPARISON = (
    "2026-11-25부터 2026-11-27까지 증권사가 계산한 수익률은 3.97%, 수정 디츠 수익률은 5.00%입니다"
    "(차이 +1.03%p). 순입금액: 모아 0원, 증권사 50,000원."
)


def test_the_brokers_own_return_is_a_note_of_its_connection(moa: Moa, days: list[DayValue], tmp_path: Path):
    days += [*EXAMPLE, *COMPARED]
    History(tmp_path / FILE_NAME, settings_in(tmp_path).connections, SYSTEM_CLOCK).save_totals("main", BROKER)

    total, irp, kiwoom = json.loads(moa()[1])["results"]

    assert kiwoom["dietz"] == "5.00"
    assert kiwoom["notes"][-1] == COMPARISON
    assert COMPARISON not in total["notes"] + irp["notes"]
    assert moa("--format", "table")[1].splitlines()[-1] == f"main: {COMPARISON}"
    assert COMPARISON not in moa("--from", "2026-11-26")[1]


def test_an_estimated_deposit_is_not_counted_until_it_is_confirmed(
    moa: Moa, days: list[DayValue], tmp_path: Path
):
    days += [replace(each, cash_flow=None, flow_source=None) for each in EXAMPLE]
    guess = CashFlow("irp", date(2026, 11, 27), Decimal(100), FlowSource.INFERRED)
    history = History(tmp_path / FILE_NAME, settings_in(tmp_path).connections, SYSTEM_CLOCK)
    history.save_flows([guess])
    note = "확인하지 않은 추정 입출금 1건은 포함하지 않았습니다."

    irp = json.loads(moa()[1])["results"][1]
    assert (irp["net_flow"], irp["gain"]) == ("0", "89")
    assert note in irp["notes"]

    days.clear()
    history.save_flows([replace(guess, source=FlowSource.TYPED)], [guess])
    irp = json.loads(moa()[1])["results"][1]
    assert (irp["net_flow"], irp["gain"], irp["twr"]) == ("100", "-11", "-1.00")
    assert note not in irp["notes"]


def test_a_terminal_gets_the_table(moa: Moa, days: list[DayValue], monkeypatch: pytest.MonkeyPatch):
    days += EXAMPLE
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert moa()[1].startswith("2026-11-25 – ")
    assert moa("--format", "json")[1].startswith("{")


@pytest.mark.parametrize("arguments", [(), ("--to", "2026-11-26")])
def test_without_two_known_days_one_sentence_is_on_stderr(
    moa: Moa, days: list[DayValue], arguments: tuple[str, ...]
):
    days += EXAMPLE[1:2]

    code, out, err = moa(*arguments)

    assert (code, out) == (1, "")
    assert err == "moa: 비교할 평가금액이 이틀 이상 없습니다.\n"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--from", "2026-11-31"), "--from"),
        (("--from", "20261127"), "--from"),
        (("--to", "2026-W48-1"), "--to"),
        (("--to", "２０２６-11-27"), "--to"),
        (("--from", "2026-11-27", "--to", "2026-11-26"), "--from"),
        (("--format", "csv"), "csv"),
        (("--demo",), "--demo"),
        (("--connection", "irp"), "--connection"),
    ],
)
def test_what_cannot_be_understood_is_refused_in_one_line(moa: Moa, arguments: tuple[str, ...], named: str):
    code, out, err = moa(*arguments)

    assert (code, out) == (2, "")
    assert named in err
    assert err.count("\n") == 1


def test_the_demo_keeps_no_history(moa: Moa, days: list[DayValue]):
    days += EXAMPLE

    code, out, err = moa(ahead=("--demo",))

    assert (code, out) == (2, "")
    assert err.startswith("moa: --demo")


def test_a_mistake_in_the_settings_is_named(moa: Moa, tmp_path: Path):
    (tmp_path / "settings.toml").write_text(SETTINGS + "colour = 3\n", "utf-8")

    code, _, err = moa()

    assert code == 2
    assert "settings.toml:15: colour" in err


def test_the_notes_are_in_the_language_of_the_profile(moa: Moa, days: list[DayValue], tmp_path: Path):
    days += EXAMPLE
    (tmp_path / "settings.toml").write_text(SETTINGS + '[look]\nlanguage = "en"\n', "utf-8")

    notes = json.loads(moa()[1])["results"][1]["notes"]

    assert notes == ["No annual returns: they require at least 365 days."]


def test_a_history_that_cannot_be_read_is_the_reason(moa: Moa, tmp_path: Path):
    (tmp_path / FILE_NAME).write_bytes(b"no database" * 100)

    code, out, err = moa()

    assert (code, out) == (1, "")
    assert err == "moa: history.db를 읽지 못했습니다: 파일이 손상되었습니다.\n"


def test_sums_of_the_longest_amounts_are_exact(moa: Moa, days: list[DayValue]):
    longest = Decimal("9" * 30 + "." + "9" * 30)  # as an import accepts
    days += [row(id_, day, str(longest)) for id_ in ("irp", "main") for day in ("2026-11-26", "2026-11-27")]

    total = json.loads(moa()[1])["results"][0]

    assert total["end_value"] == "1" + "9" * 30 + "." + "9" * 29 + "8"
