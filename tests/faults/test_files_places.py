"""F5: profiles in folders that cannot be written, with names of all kinds, and deep down."""

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import pytest

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import View
from app.domain.errors import SettingsError
from app.main.commands.history import restore
from app.main.profile import settings_for_window
from app.services.files import why
from app.services.history import FILE_NAME as HISTORY
from app.services.history_file import HistoryUnavailable
from app.services.settings import FILE_NAME as SETTINGS
from tests.faults.profile import CONNECTIONS, TEXT, history_in, interval_in, save_refresh, snapshots

pytestmark = pytest.mark.row("F5")

NAMES = ["홍길동", "모아 프로필 (복사본)", "100% #1 'a' & b;c", "é́", "ㅎㅏㄴ글 " + "가" * 60]
NOBODY = 65534


@pytest.fixture
def folder() -> Generator[Path]:
    """A profile that was used before, in a folder that a user without rights can come to."""
    top = Path(tempfile.mkdtemp(prefix="moa-test-"))
    top.chmod(0o755)
    folder = top / "홍길동 #1 100%"
    folder.mkdir()
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    history_in(folder).save(snapshots(1))
    yield folder
    with suppress(OSError):
        folder.chmod(0o755)
    shutil.rmtree(top)


@pytest.fixture
def locked(folder: Path) -> Generator[Path]:
    """The same, read by a user who may not write there."""
    if os.name == "nt":
        pytest.skip("Windows has other rights")
    is_root = os.geteuid() == 0
    if is_root:
        for each in (folder, *folder.iterdir()):
            os.chown(each, NOBODY, NOBODY)
    use_everything()  # what is imported late may lie where that user may not look
    folder.chmod(0o555)
    if is_root:
        os.seteuid(NOBODY)
    yield folder
    if is_root:
        os.seteuid(0)


def use_everything() -> None:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / SETTINGS
        path.write_text(TEXT, "utf-8")
        save_refresh(path, View.PENSION, 1001)
        for content in (b"", b"\xff\xfe", b"\x81\xff"):
            path.write_bytes(content)
            settings_for_window(Path(name), SYSTEM_CLOCK)


def tree(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_folder_that_cannot_be_written_is_read_and_reported(locked: Path):
    before = tree(locked)
    history = history_in(locked)

    assert len(history.last()) == 3
    for act in (history.prepare, lambda: history.save(snapshots(2))):
        with pytest.raises(HistoryUnavailable, match="권한"):
            act()
    with pytest.raises(OSError) as caught:
        save_refresh(locked / SETTINGS, View.PENSION, 1002)
    assert "권한" in str(why(caught.value))
    assert settings_for_window(locked, SYSTEM_CLOCK)[0].connections == CONNECTIONS
    assert tree(locked) == before


def test_a_history_that_may_not_be_read_is_reported_as_such(locked: Path):
    (locked / HISTORY).chmod(0)

    with pytest.raises(HistoryUnavailable, match="읽지 못했습니다: 파일을 읽을 권한이 없습니다"):
        history_in(locked).check()
    locked.chmod(0)
    with pytest.raises(HistoryUnavailable, match="읽지 못했습니다: 파일을 읽을 권한이 없습니다"):
        history_in(locked).check()


def test_a_backup_that_may_not_be_read_is_reported_as_such(locked: Path):
    (locked / HISTORY).chmod(0)
    said: list[tuple[str, int]] = []

    def refuse(reason: str, code: int) -> int:
        said.append((reason, code))
        return code

    restore(locked / HISTORY, profile=locked / "other", write=print, refuse=refuse)

    assert said == [("history.db: 파일을 읽을 권한이 없습니다.", 1)]


def test_damaged_settings_that_cannot_be_set_aside_are_reported_with_their_line(locked: Path):
    locked.chmod(0o755)
    (locked / f"{SETTINGS}.bak").write_text(TEXT, "utf-8")
    (locked / SETTINGS).write_text(TEXT[:-9], "utf-8")
    locked.chmod(0o555)

    with pytest.raises(SettingsError, match=r"settings\.toml:\d+"):
        settings_for_window(locked, SYSTEM_CLOCK)


def test_a_folder_that_cannot_be_looked_into_is_reported(locked: Path):
    locked.chmod(0)
    history = history_in(locked)

    assert history.last() == []
    for act in (history.prepare, lambda: history.save(snapshots(2))):
        with pytest.raises(HistoryUnavailable, match="권한"):
            act()
    with pytest.raises(SettingsError, match=SETTINGS):
        settings_for_window(locked, SYSTEM_CLOCK)


def test_changes_that_were_not_merged_are_not_skipped_in_a_folder_that_cannot_be_written(locked: Path):
    locked.chmod(0o755)
    (locked / "history.db-wal").write_bytes(b"." * 5000)
    locked.chmod(0o555)

    assert history_in(locked).last() == []


@pytest.mark.parametrize("name", NAMES)
def test_a_profile_of_any_name_works(tmp_path: Path, name: str):
    folder = tmp_path / name / name
    folder.mkdir(parents=True)
    (folder / SETTINGS).write_text(TEXT, "utf-8")

    for number in (1, 2):
        save_refresh(folder / SETTINGS, View.PENSION, 1000 + number)
        history_in(folder).save(snapshots(number))

    assert interval_in(folder) == 1002
    assert len(history_in(folder).last()) == 3
    assert history_in(folder).prepare() is None


def test_a_profile_deep_down_works(tmp_path: Path):
    folder = tmp_path / ("long" * 40) / ("name" * 40)
    history = history_in(folder)

    history.save(snapshots(1))

    assert len(str(folder)) > 260
    assert len(history.last()) == 3


@pytest.mark.skipif("os.name == 'nt'")
def test_a_profile_too_deep_down_is_reported(tmp_path: Path):
    folder = tmp_path.joinpath(*["가" * 60] * 4)
    folder.mkdir(parents=True)
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    history = history_in(folder)

    assert history.last() == []
    with pytest.raises(HistoryUnavailable, match="너무 깁"):
        history.save(snapshots(1))
    save_refresh(folder / SETTINGS, View.PENSION, 1002)
    assert interval_in(folder) == 1002
