"""What history.db keeps, and what it does with a file that it cannot use."""

import os
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zlib import decompress

import pytest

from app.domain.clock import KST
from app.domain.connections import Connection, View
from app.domain.holdings import Fact, Report
from app.domain.live import FilledOrder, Side
from app.services.fills import MOST_OF_A_DAY
from app.services.history import FILE_NAME, STEPS, History, Snapshot, last_source
from app.services.history_file import HistoryUnavailable, NewerHistory, checked, fingerprint
from app.services.report_text import report_text
from tests.fakes import (
    ACCOUNT,
    START,
    FakeClock,
    asset_mix_report,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
    position,
    positions_report,
)


def irp(*, account: str = ACCOUNT, label: str = "한투 IRP", base_url: str = "https://example") -> Connection:
    return Connection("irp", label, "kis", (View.PENSION,), base_url, account=account)


IRP = irp()
MAIN = Connection(
    "main", "한투", "kis", (View.BONDS, View.ASSET_MIX), "https://example", account="11112222-01"
)
KIWOOM = Connection("kiwoom", "키움", "kiwoom", (View.POSITIONS,), "https://example")
CONNECTIONS = (IRP, MAIN, KIWOOM)
PENSION = ("irp", View.PENSION)

REPORTS: dict[tuple[str, View], Report] = {
    PENSION: pension_report(),
    ("main", View.BONDS): bond_report(bond_lot(purchase_amount=None)),
    ("main", View.ASSET_MIX): asset_mix_report(Decimal("1.50"), None, total=Decimal("1.50")),
    ("kiwoom", View.POSITIONS): positions_report(position(loan_date=START.date())),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "프로필 폴더" / FILE_NAME


@pytest.fixture
def history(path: Path) -> History:
    return opened(path)


def opened(path: Path, steps: tuple[str, ...] = STEPS, connections: tuple[Connection, ...] = CONNECTIONS):
    return History(path, connections, FakeClock().clock, steps)


def read(value: int, fetched_at: datetime = START, view_id: tuple[str, View] = PENSION) -> Snapshot:
    """A pension account worth so much at a time."""
    return Snapshot(view_id, fetched_at, pension_report(value=Decimal(value)))


def values(snapshots: list[Snapshot]) -> list[Decimal | None]:
    return [each.report.value for each in snapshots]  # type: ignore[union-attr]


def tree(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


# What is kept.


def test_every_view_comes_back_exactly_as_it_was_read(history: History):
    history.save([Snapshot(view_id, START, report) for view_id, report in REPORTS.items()])

    assert {each.view_id: each.report for each in history.last()} == REPORTS
    assert {each.fetched_at for each in history.last()} == {START}
    assert all(each.fetched_at.tzinfo is KST for each in history.last())


def test_nothing_is_there_before_the_first_save_and_reading_makes_no_file(history: History, path: Path):
    assert (history.last(), history.daily(PENSION), history.prepare()) == ([], [], None)
    assert not path.parent.exists()


def test_the_last_answer_of_a_view_wins(history: History):
    history.save([read(1)])
    history.save([read(2, START + timedelta(minutes=1))])

    assert values(history.last()) == [2]


def test_the_last_answer_is_the_one_that_was_saved_last_even_when_the_clock_was_put_back(history: History):
    history.save([read(1)])
    history.save([read(2, START - timedelta(days=400))])

    assert values(history.last()) == [2]


def test_one_answer_of_each_day_in_korea_stays(history: History):
    midnight = datetime(2026, 11, 21, tzinfo=KST)
    for value, seconds in ((1, -3600), (2, -1), (3, 0), (4, 1)):
        history.save([read(value, midnight + timedelta(seconds=seconds))])

    assert values(history.daily(PENSION)) == [2, 4]
    assert [each.fetched_at.date().day for each in history.daily(PENSION)] == [20, 21]


def test_a_time_of_another_zone_belongs_to_its_day_in_korea(history: History):
    history.save([read(1, datetime(2026, 11, 20, 14, 59, 59, tzinfo=UTC))])
    history.save([read(2, datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC))])

    assert values(history.daily(PENSION)) == [1, 2]


def test_the_last_answer_before_a_day_is_that_of_the_latest_day_that_can_be_read(
    history: History, path: Path
):
    for value, ago in ((1, 3), (2, 2), (3, 0)):
        history.save([read(value, START - timedelta(days=ago))])
    today = START.date()
    assert values([history.last_before(PENSION, today)]) == [2]
    assert history.last_before(PENSION, today - timedelta(days=3)) is None
    assert history.last_before(("main", View.BONDS), today) is None

    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE daily SET report = x'00' WHERE day = ?", (str(today - timedelta(days=2)),))
    assert values([history.last_before(PENSION, today)]) == [1]


def test_the_days_of_views_are_apart(history: History):
    history.save([read(1), Snapshot(("main", View.BONDS), START, bond_report())])

    assert values(history.daily(PENSION)) == [1]


def test_a_view_of_a_connection_that_is_gone_is_left_out_and_stays_in_the_file(history: History, path: Path):
    history.save([read(1)])

    assert opened(path, connections=(MAIN,)).last() == []
    assert values(history.last()) == [1]


def test_nothing_of_a_connection_that_was_removed_stays_in_the_file(history: History, path: Path):
    history.save([Snapshot(view_id, START, report) for view_id, report in REPORTS.items()])
    history.save([read(2, START + timedelta(days=1))])
    assert b"irp" in path.read_bytes()

    opened(path, connections=(MAIN, KIWOOM)).forget("irp")

    assert [path.name] == sorted(tree(path))
    assert b"irp" not in path.read_bytes()
    assert history.daily(PENSION) == []
    assert {each.view_id for each in history.last()} == REPORTS.keys() - {PENSION}


def test_a_copy_of_an_older_file_goes_with_the_connection_that_is_removed(path: Path):
    opened(path).save([read(1)])
    new = opened(path, (*STEPS, "CREATE TABLE a (x)"))
    new.prepare()
    assert len(tree(path)) == 2

    new.forget("irp")

    assert list(tree(path)) == [FILE_NAME]


def test_to_forget_makes_no_file(history: History, path: Path):
    history.forget("irp")

    assert not path.parent.exists()


def test_what_a_newer_version_keeps_is_not_forgotten_in_silence(path: Path):
    opened(path, (*STEPS, "CREATE TABLE more (a)")).save([read(1)])
    before = tree(path)

    with pytest.raises(NewerHistory):
        opened(path).forget("irp")

    assert tree(path) == before


def test_the_figures_of_another_account_are_not_shown(history: History, path: Path):
    history.save([read(1)])
    other = irp(account="99998888-29")

    assert opened(path, connections=(other,)).last() == []


def test_another_exchange_has_no_last_answer_but_the_days_of_the_account(path: Path):
    krx, nxt = replace(KIWOOM, exchange="KRX"), replace(KIWOOM, exchange="NXT")
    view_id = (KIWOOM.id, View.POSITIONS)
    opened(path, connections=(krx,)).save([Snapshot(view_id, START, positions_report(position()))])

    for connection, last in ((krx, 1), (nxt, 0)):
        found = opened(path, connections=(connection,))
        assert (len(found.last()), len(found.daily(view_id))) == (last, 1)


def test_another_label_or_address_is_the_same_account():
    moved = irp(label="연금", base_url="http://127.0.0.1:1")

    assert fingerprint(moved) == fingerprint(IRP)


def test_the_fingerprint_is_too_short_to_identify_an_account():
    many = {fingerprint(irp(account=f"{number:08}-01")) for number in range(500)}

    assert {len(each) for each in many} == {len("kis-0000")}


def test_no_account_number_is_in_the_file(history: History, path: Path):
    echo = (Fact("memo", "적요", ACCOUNT),)
    history.save([Snapshot(PENSION, START, pension_report(pension_holding(name=ACCOUNT[:8], facts=echo)))])

    with sqlite3.connect(path) as db:
        dump = "\n".join(db.iterdump())
        daily = [decompress(row[0]).decode() for row in db.execute("SELECT report FROM daily")]
    assert daily
    for text in (dump, path.read_bytes().decode(errors="replace"), *daily):
        assert ACCOUNT[:8] not in text
    assert "한투" not in dump


@pytest.mark.skipif("os.name == 'nt'")
def test_only_its_owner_may_read_the_file(history: History, path: Path):
    history.save([read(1)])

    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_the_file_is_whole_by_itself_after_a_save(history: History, path: Path):
    history.save([read(1)])

    assert list(tree(path)) == [FILE_NAME]


def test_all_of_a_save_is_kept_or_nothing(history: History, path: Path):
    history.save([read(1)])
    with sqlite3.connect(path) as db:
        db.execute("CREATE TRIGGER t BEFORE INSERT ON daily BEGIN SELECT RAISE(ABORT, 'no'); END")

    with pytest.raises(HistoryUnavailable):
        history.save([read(2)])

    assert values(history.last()) == [1]


def test_an_answer_of_an_unknown_connection_is_not_kept(history: History):
    history.save([read(1), read(2, view_id=("gone", View.PENSION))])

    assert values(history.last()) == [1]


# Other versions.


@pytest.mark.row("F6")
def test_a_newer_file_is_refused_in_words_and_stays_byte_for_byte(path: Path):
    opened(path, (*STEPS, "CREATE TABLE more (a)")).save([read(1)])
    before = tree(path)
    history = opened(path)

    assert history.last() == []
    for act in (history.prepare, lambda: history.save([read(2)])):
        with pytest.raises(NewerHistory, match="더 새로운 버전의 모아"):
            act()
    assert tree(path) == before


@pytest.mark.row("F6")
def test_an_older_file_is_brought_up_to_date_and_a_copy_of_it_stays(path: Path):
    old, new = (
        opened(path),
        opened(path, (*STEPS, "CREATE TABLE a (x)", "CREATE TABLE b (x); CREATE TABLE c (x)")),
    )
    old.save([read(1)])

    assert new.last() == []  # its tables may differ: it is read once it is up to date
    assert new.prepare() is None

    assert values(new.last()) == [1]
    kept = path.with_name(f"{FILE_NAME}.v{len(STEPS)}.bak")
    assert sorted(tree(path)) == [FILE_NAME, kept.name]
    copy = kept.rename(path.parent.parent / FILE_NAME)
    assert values(opened(copy).last()) == [1]
    with pytest.raises(NewerHistory):
        old.save([read(2)])


@pytest.mark.row("F6")
def test_a_save_brings_an_older_file_up_to_date_too(path: Path):
    opened(path).save([read(1)])
    new = opened(path, (*STEPS, "CREATE TABLE a (x)"))
    new.save([read(2)])

    assert values(new.last()) == [2]
    assert path.with_name(f"{FILE_NAME}.v{len(STEPS)}.bak").exists()


@pytest.mark.row("F6")
def test_a_step_that_fails_leaves_the_file_as_it_was(path: Path):
    opened(path).save([read(1)])

    class Stopped(Exception):
        pass

    class Step(str):
        def split(self, *_: object):
            yield "CREATE TABLE a (x)"
            raise Stopped

    with pytest.raises(Stopped):
        opened(path, (*STEPS, Step())).prepare()

    assert values(opened(path).last()) == [1]
    with sqlite3.connect(path) as db:
        assert db.execute("SELECT name FROM sqlite_master WHERE name = 'a'").fetchall() == []


@pytest.mark.row("F6")
def test_a_file_that_cannot_be_copied_is_not_changed(path: Path):
    opened(path).save([read(1)])
    path.with_name(f"{FILE_NAME}.v{len(STEPS)}.bak").mkdir()
    new = opened(path, (*STEPS, "CREATE TABLE a (x)"))

    with pytest.raises(HistoryUnavailable):
        new.prepare()

    assert values(opened(path).last()) == [1]


# Filled orders.


def filled_order(number: int = 1, connection: str = "kiwoom", **changes: object) -> FilledOrder:
    """A sale with another value in every field."""
    made = FilledOrder(
        connection, number, START + timedelta(seconds=number), ("105560", "03", "2026-10-12"), "105560",
        "KB금융", Side.SELL, Decimal(-7), Decimal(125_400), Decimal(106), Decimal(-4_321), Decimal("-0.49"),
        is_from_answer=True,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_filled_order_comes_back_exactly_and_only_on_its_day(history: History):
    unknown = filled_order(
        2, name=None, side=None, change=None, price=None, realised=None, realised_rate=None,
        is_from_answer=False, position=("105560", "00", ""),
    )  # fmt: skip
    history.save([], [filled_order(), unknown])
    history.save([], [filled_order()])

    assert history.filled(START.date()) == [filled_order(), unknown]
    assert history.filled(START.date() + timedelta(days=1)) == []
    assert all(each.time.tzinfo is KST for each in history.filled(START.date()))


def test_filled_orders_of_an_unknown_or_another_account_are_left_out(history: History, path: Path):
    history.save([], [filled_order(), filled_order(1, "gone"), filled_order(1, "irp")])

    assert [each.connection for each in history.filled(START.date())] == ["irp", "kiwoom"]
    other = (irp(account="99998888-29"), KIWOOM)
    assert [each.connection for each in opened(path, connections=other).filled(START.date())] == ["kiwoom"]


def test_a_changed_filled_order_is_left_out_and_so_is_one_of_another_version(history: History, path: Path):
    history.save([], [filled_order(1), filled_order(2), filled_order(3)])
    strange = checked("kiwoom", "2026-11-20", 2, fingerprint(KIWOOM), START.isoformat(), b'{"position":1}')
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE filled SET filled_at = ? WHERE number = 1", (START.isoformat(),))
        db.execute("REPLACE INTO filled VALUES (?, ?, ?, ?, ?, ?, ?)", strange)

    assert history.filled(START.date()) == [filled_order(3)]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_filled_orders_outlive_a_damaged_file(history: History, path: Path):
    history.save([read(1)], [filled_order(1), filled_order(2)])
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("UPDATE filled SET filled_at = ? WHERE number = 1", (START.isoformat(),))

    assert "2건" in str(history.prepare())
    assert history.filled(START.date()) == [filled_order(2)]


def test_no_account_number_is_in_a_filled_order(history: History, path: Path):
    history.save([], [filled_order(1, "irp", name=ACCOUNT)])

    assert ACCOUNT[:8].encode() not in path.read_bytes()


def test_a_connection_that_was_removed_takes_its_filled_orders_along(history: History, path: Path):
    history.save([], [filled_order(1), filled_order(1, "irp")])
    history.forget("kiwoom")

    assert [each.connection for each in history.filled(START.date())] == ["irp"]
    assert b"kiwoom" not in path.read_bytes()


def test_filled_orders_are_bounded_by_day_and_by_connection(history: History):
    history.save([], [filled_order(1, time=START - timedelta(days=32)), filled_order(1, "irp")])
    many = [filled_order(number) for number in range(1, MOST_OF_A_DAY + 3)]
    history.save([], [*many, filled_order(2, "irp")])

    assert history.filled(START.date() - timedelta(days=32)) == []
    found = history.filled(START.date())
    assert [each.number for each in found if each.connection == "irp"] == [1, 2]
    assert [each.number for each in found if each.connection == "kiwoom"] == list(range(3, MOST_OF_A_DAY + 3))


def test_a_file_from_before_filled_orders_were_kept_is_brought_up_to_date(path: Path):
    old = opened(path, STEPS[:1])
    with closing(sqlite3.connect(path.parent.mkdir() or path)) as db, db:
        db.executescript(STEPS[0])
        db.execute("PRAGMA user_version = 1")
        view, at = View.PENSION.value, START.isoformat()
        db.execute(
            "INSERT INTO last VALUES (?, ?, ?, ?, ?, ?)",
            checked("irp", view, last_source(IRP), at, report_text(pension_report()).encode()),
        )
    assert len(old.last()) == 1
    new = opened(path)

    assert new.prepare() is None

    assert [each.view_id for each in new.last()] == [PENSION]
    new.save([], [filled_order()])
    assert new.filled(START.date()) == [filled_order()]


# Damage.


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_a_file_that_is_no_database_is_set_aside(history: History, path: Path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)

    assert history.last() == []
    reported = history.prepare()

    kept = path.with_name(f"{FILE_NAME}.corrupt-20261120-101529")
    assert kept.name in str(reported)
    assert kept.read_bytes() == b"no database" * 1000
    history.save([read(1)])
    assert values(history.last()) == [1]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_damage_that_is_met_while_saving_costs_nothing_of_the_save(history: History, path: Path):
    path.parent.mkdir()
    path.write_bytes(b"no database" * 1000)

    reported = history.save([read(1)])

    assert "corrupt" in str(reported)
    assert values(history.last()) == [1]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_a_changed_figure_is_found_and_never_shown(history: History, path: Path):
    history.save([read(1234567), Snapshot(("main", View.BONDS), START, REPORTS["main", View.BONDS])])
    whole = path.read_bytes()
    assert whole.count(b"#1234567") == 1
    path.write_bytes(whole.replace(b"#1234567", b"#1234568"))

    assert [each.view_id for each in history.last()] == [("main", View.BONDS)]
    reported = history.prepare()

    assert "2건" in str(reported)  # both days are whole: they are packed
    assert [each.view_id for each in history.last()] == [("main", View.BONDS)]
    assert values(history.daily(PENSION)) == [1234567]


@pytest.mark.expected_log(r"history\.db was damaged and is now history\.db\.corrupt")
def test_two_damaged_files_of_one_second_are_both_kept(history: History, path: Path):
    path.parent.mkdir()
    for content in (b"one" * 1000, b"two" * 1000):
        path.write_bytes(content)
        history.prepare()

    kept = {name: content for name, content in tree(path).items() if "corrupt" in name}
    assert sorted(content[:3] for content in kept.values()) == [b"one", b"two"]


@pytest.mark.row("F6")
def test_an_answer_of_another_version_is_left_out_and_is_no_damage(history: History, path: Path, monkeypatch):
    from app.services import history as module

    monkeypatch.setattr(module, "report_text", lambda *_: '{"is":"ReportOfTomorrow"}')
    history.save([read(1)])

    assert (history.last(), history.daily(PENSION), history.prepare()) == ([], [], None)


# A file that cannot be written or read just now.


def test_a_file_that_another_program_holds_is_reported_and_waited_for(history: History, path: Path):
    history.save([read(1)])
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    assert values(history.last()) == [1]
    with pytest.raises(HistoryUnavailable, match="다른 프로그램"):
        history.save([read(2)])
    other.execute("ROLLBACK")
    other.close()

    history.save([read(2)])
    assert values(history.last()) == [2]


def test_a_folder_in_the_place_of_the_file_is_reported(history: History, path: Path):
    path.mkdir(parents=True)

    assert history.last() == []
    with pytest.raises(HistoryUnavailable):
        history.save([read(1)])


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize("suffix", ["", "-wal", "-journal"])
def test_another_database_is_neither_read_nor_written_through_a_link(
    history: History, path: Path, tmp_path: Path, suffix: str
):
    history.save([read(1)])
    other = tmp_path / "other" / FILE_NAME
    opened(other).save([read(7)])
    before = tree(other)
    link = path.with_name(f"{FILE_NAME}{suffix}")
    link.unlink(missing_ok=True)
    link.symlink_to(other)

    assert opened(path).last() == []
    with pytest.raises(HistoryUnavailable, match="일반 파일이 아닙니다"):
        opened(path).save([read(2)])
    assert tree(other) == before
    assert link.is_symlink()


def test_a_profile_that_is_a_file_is_reported(tmp_path: Path):
    (tmp_path / "profile").touch()

    with pytest.raises(HistoryUnavailable):
        opened(tmp_path / "profile" / FILE_NAME).save([read(1)])
