"""Changes to settings.toml, and the way back from a damaged one."""

import os
import threading
import tomllib
from decimal import Decimal
from pathlib import Path

import pytest

from app.brokers.registry import BROKERS, KIS, KIWOOM
from app.domain.alerts import Alert, Measure
from app.domain.connections import Connection, View
from app.domain.errors import SettingsError
from app.services.files import backup_of
from app.services.settings import Fees, Privacy, Settings, read_settings
from app.services.settings_file import (
    change_settings,
    remove_connection,
    restore_settings,
    save_changes,
    save_connection,
)
from tests.fakes import ACCOUNT, START

TEXT = f"""# 내 계좌
[[connections]]
id = "irp"   # 연금
label = "한투 IRP"
broker = "kis"
account = "{ACCOUNT}"
views = ["bonds"]
"""


posix = pytest.mark.skipif(os.name == "nt", reason="Windows has no links for everybody")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "settings.toml"
    path.write_bytes(TEXT.encode())
    return path


def save_interval(path: Path, view: View, seconds: int) -> None:
    """Have this view read every so many seconds, as a user who changes nothing else."""
    usual = Settings()
    save_changes(path, usual, usual._replace(refresh={**usual.refresh, view: seconds}))


def tree(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def test_an_interval_is_saved_and_everything_else_stays(path: Path):
    save_interval(path, View.BONDS, 30)
    save_interval(path, View.PENSION, 40)

    assert path.read_text("utf-8").startswith(TEXT)
    refresh = read_settings(path, BROKERS).refresh
    assert (refresh[View.BONDS], refresh[View.PENSION]) == (30, 40)


def test_the_backup_holds_the_settings_before(path: Path):
    save_interval(path, View.BONDS, 30)

    assert backup_of(path).read_bytes() == TEXT.encode()


@posix
def test_a_link_to_settings_kept_elsewhere_stays_and_they_are_changed(path: Path, tmp_path: Path):
    (tmp_path / "dotfiles").mkdir()
    real = path.rename(tmp_path / "dotfiles" / "moa.toml")
    path.symlink_to(real)

    save_interval(path, View.BONDS, 30)

    assert path.is_symlink()
    assert read_settings(real, BROKERS).refresh[View.BONDS] == 30


@posix
@pytest.mark.parametrize("content", [None, b"", b"a letter", b"[tool.ruff]\nline-length = 110\n"])
def test_a_link_to_anything_else_is_not_written_through(path: Path, tmp_path: Path, content: bytes | None):
    victim = tmp_path / "victim"
    if content is not None:
        victim.write_bytes(content)
    path.unlink()
    path.symlink_to(victim)

    with pytest.raises(SettingsError, match=r"settings\.toml"):
        save_interval(path, View.BONDS, 30)

    assert path.is_symlink()
    assert (victim.read_bytes() if victim.exists() else None) == content


@posix
def test_the_backup_does_not_take_the_place_of_what_a_link_leads_to(path: Path, tmp_path: Path):
    victim = tmp_path / "victim"
    victim.write_bytes(b"\0" * 30)  # what looks like damage
    path.rename(backup_of(path))
    path.symlink_to(victim)

    assert restore_settings(path, BROKERS, START) is None
    assert victim.read_bytes() == b"\0" * 30


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_and_the_mark_of_an_editor_stay(path: Path, mark: bytes):
    path.write_bytes(mark + TEXT.replace("\n", "\r\n").encode())
    save_interval(path, View.BONDS, 30)

    content = path.read_bytes()
    assert content.startswith(mark + TEXT.replace("\n", "\r\n").encode())
    assert read_settings(path, BROKERS).refresh[View.BONDS] == 30


def test_the_first_change_makes_file_and_folder(tmp_path: Path):
    path = tmp_path / "프로필" / "settings.toml"
    change_settings(path, lambda text: text + "[refresh]\nbonds = 30\n")

    assert read_settings(path, BROKERS).refresh[View.BONDS] == 30


@pytest.mark.parametrize("content", [b"[[connections", b"\xff\xfe", b"refresh = 5\n"])
def test_a_file_that_cannot_be_changed_stays_as_it_is(path: Path, content: bytes):
    path.write_bytes(content)

    with pytest.raises(SettingsError, match=r"settings\.toml"):
        save_interval(path, View.BONDS, 30)

    assert tree(path) == {path.name: content}


def test_a_change_that_could_not_be_read_again_is_not_written(path: Path):
    with pytest.raises(SettingsError):
        change_settings(path, lambda text: text + "[[")

    assert tree(path) == {path.name: TEXT.encode()}


def test_changes_at_once_all_count(path: Path):
    views = list(View)
    threads = [
        threading.Thread(target=save_interval, args=(path, view, 30 + at)) for at, view in enumerate(views)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    refresh = read_settings(path, BROKERS).refresh
    assert [refresh[view] for view in views] == [30, 31, 32, 33]


ALERTS = (
    Alert("kiwoom-main", Measure.PRICE, Decimal(70_000), is_above=True, code="005930"),
    Alert("kiwoom-main", Measure.RETURN, Decimal("-5.5"), is_above=False),
)


def test_alerts_are_written_over_the_old_ones_and_read_again(path: Path):
    save_changes(path, Settings(), Settings(alerts=ALERTS))

    assert read_settings(path, BROKERS).alerts == ALERTS
    assert path.read_text("utf-8").startswith(TEXT)
    save_changes(path, Settings(alerts=ALERTS), Settings())
    assert read_settings(path, BROKERS).alerts == ()


def test_only_what_differs_is_written_and_what_is_gone_is_taken_out(path: Path):
    own = Settings(fees=Fees("mock", buy_fee=Decimal("0.0150")), privacy=Privacy(mask=True))
    save_changes(path, Settings(), own)

    found = tomllib.loads(path.read_text("utf-8"))
    assert found["fees"] == {"preset": "mock", "buy_fee": "0.0150"}
    assert found["privacy"] == {"mask": True}
    assert set(found) == {"connections", "fees", "privacy"}

    save_changes(path, own, own._replace(fees=Fees("mock")))
    assert tomllib.loads(path.read_text("utf-8"))["fees"] == {"preset": "mock"}


def test_without_a_difference_nothing_is_written(path: Path):
    save_changes(path, Settings(), Settings())
    assert tree(path) == {path.name: TEXT.encode()}


# The way back.

CUT = b'[[connections]]\nid = "ir'


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"\n \n",
        b"\0" * 200,
        CUT,
        TEXT.encode()[:-8],
        TEXT.encode()[:46],
        b"\x81\xff",
        b"{rubbish]",
        b"\xff\xfe",
    ],
)
def test_a_damaged_file_is_set_aside_for_the_backup(path: Path, damaged: bytes):
    save_interval(path, View.BONDS, 30)
    path.write_bytes(damaged)

    reported = restore_settings(path, BROKERS, START)

    kept = "settings.toml.corrupt-20261120-101529"
    assert kept in str(reported)
    assert tree(path) == {path.name: TEXT.encode(), f"{path.name}.bak": TEXT.encode(), kept: damaged}


SLIPS = {
    "value": TEXT.replace("kis", "kiss"),
    "key": TEXT.replace("label", "lable"),
    "quote": TEXT.replace('"irp"', '"irp'),
    "twice": TEXT + 'id = "twice"\n',
    "header": TEXT + "[refresh\nbonds = 30\n",
}


@pytest.mark.parametrize("slip", SLIPS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949", "utf-16"])
def test_a_slip_of_the_pen_is_left_to_its_owner(path: Path, slip: str, encoding: str):
    save_interval(path, View.BONDS, 30)
    path.write_bytes(SLIPS[slip].encode(encoding))
    before = tree(path)
    with pytest.raises(SettingsError):
        read_settings(path, BROKERS)

    assert restore_settings(path, BROKERS, START) is None
    assert tree(path) == before


@pytest.mark.parametrize("backup", [None, b"", b"[[", TEXT.replace("kis", "kiss").encode()])
def test_without_a_backup_that_can_be_used_nothing_is_touched(path: Path, backup: bytes | None):
    path.write_bytes(CUT)
    if backup is not None:
        backup_of(path).write_bytes(backup)
    before = tree(path)

    assert restore_settings(path, BROKERS, START) is None
    assert tree(path) == before


def test_without_a_file_nothing_is_made(tmp_path: Path):
    assert restore_settings(tmp_path / "settings.toml", BROKERS, START) is None
    assert list(tmp_path.iterdir()) == []


# Connections


def irp(**changes: object) -> Connection:
    made = {
        "id": "irp",
        "label": "한투 IRP",
        "broker": "kis",
        "views": (View.BONDS,),
        "base_url": KIS.base_url,
        "account": ACCOUNT,
    }
    return Connection(**(made | changes))  # type: ignore[arg-type]


def live(**changes: object) -> Connection:
    made = {
        "id": "live",
        "label": "키움",
        "broker": "kiwoom",
        "views": (View.POSITIONS,),
        "base_url": KIWOOM.base_url,
        "ws_url": KIWOOM.ws_url,
        "exchange": "KRX",
    }
    return Connection(**(made | changes))  # type: ignore[arg-type]


IRP, LIVE = irp(), live()
LOCAL = live(base_url="http://127.0.0.1:1", ws_url="ws://127.0.0.1:1", exchange="NXT")
COMMENTED = f"""# 내 계좌
[[connections]]
id = "irp"   # 연금
label = "한투 IRP"
broker = "kis"
account = "{ACCOUNT}" # 앞 여덟 자리
views = [
  "bonds",      # 채권
  "asset-mix",  # 자산
]
base_url = "{KIS.base_url}"
requests_per_second = 5

# 키움은 아래
[[connections]]
id = "other"
broker = "kiwoom"
views = ["positions"]

[refresh]
pension = 30 # 자주
"""


def comments(text: str) -> list[str]:
    return [line.partition("#")[2].strip() for line in text.splitlines() if "#" in line]


def connections(path: Path) -> list[Connection]:
    return list(read_settings(path, BROKERS).connections)


@pytest.mark.parametrize("connection", [LIVE, LOCAL, irp(id="second", views=(View.PENSION,))])
def test_a_new_connection_is_added_after_the_others(path: Path, connection: Connection):
    save_connection(path, connection, BROKERS)

    assert connections(path) == [IRP, connection]
    assert path.read_text("utf-8").startswith(TEXT)


def test_the_first_connection_makes_the_file_and_its_folder(tmp_path: Path):
    path = tmp_path / "new" / "settings.toml"
    save_connection(path, LIVE, BROKERS)

    assert connections(path) == [LIVE]
    assert "url" not in path.read_text("utf-8")  # the defaults need no line


def test_a_changed_connection_keeps_its_place_and_every_comment(path: Path):
    path.write_text(COMMENTED, "utf-8")
    changed = irp(
        label="새 이름",
        account="64738291-21",
        views=(View.ASSET_MIX, View.PENSION),
        requests_per_second=5,
    )

    save_connection(path, changed, BROKERS)

    text = path.read_text("utf-8")
    first, second = connections(path)
    assert first == irp(
        label="새 이름", account="64738291-21", views=(View.ASSET_MIX, View.PENSION), requests_per_second=5
    )
    assert second.id == "other"
    assert comments(text) == [each for each in comments(COMMENTED) if each != "채권"]
    assert f'base_url = "{KIS.base_url}"' in text


def test_saving_what_is_there_changes_nothing(path: Path):
    path.write_text(COMMENTED, "utf-8")
    for connection in connections(path):
        save_connection(path, connection, BROKERS)

    assert path.read_text("utf-8") == COMMENTED


def test_addresses_go_back_to_the_default(path: Path):
    save_connection(path, LOCAL, BROKERS)
    save_connection(path, LIVE, BROKERS)

    assert connections(path)[1] == LIVE
    assert "127.0.0.1" not in path.read_text("utf-8")


@pytest.mark.parametrize(("gone", "left"), [("irp", "other"), ("other", "irp")])
def test_a_removed_connection_leaves_the_others_and_the_comments_around_it(path: Path, gone: str, left: str):
    path.write_text(COMMENTED, "utf-8")
    remove_connection(path, gone, BROKERS)

    text = path.read_text("utf-8")
    assert [each.id for each in connections(path)] == [left]
    assert {"내 계좌", "키움은 아래", "자주"} <= set(comments(text))
    assert read_settings(path, BROKERS).refresh[View.PENSION] == 30


def test_without_its_last_connection_the_file_is_not_taken_for_a_damaged_one(path: Path):
    path.write_text(TEXT.partition("\n")[2], "utf-8")
    remove_connection(path, "irp", BROKERS)

    assert restore_settings(path, BROKERS, START) is None
    assert connections(path) == []


def test_removing_what_is_not_there_changes_nothing(path: Path):
    remove_connection(path, "nobody", BROKERS)

    assert path.read_text("utf-8") == TEXT


@pytest.mark.parametrize(
    "text",
    [
        'connections = [{id = "irp", broker = "kis", account = "64738291-01", views = ["bonds"]}]\n',
        "connections = []\n",
        "[[connections]]\nid = \n",
        TEXT.replace('"bonds"', '"bondz"'),
    ],
)
def test_a_file_that_cannot_be_changed_here_stays_as_it_is(path: Path, text: str):
    path.write_text(text, "utf-8")

    for connection in (irp(label="neu"), LIVE):
        with pytest.raises(SettingsError) as caught:
            save_connection(path, connection, BROKERS)
        assert ACCOUNT not in f"{caught.value.message} {caught.value.action}"
    assert path.read_text("utf-8") == text
