"""Whatever has the name of a profile's file: the program ends or works in time, and leaves it as it is."""

import logging
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from app.cli import main
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import View
from app.domain.errors import SettingsError
from app.main.commands.doctor import diagnosis_files
from app.main.profile import settings_for_window
from app.main.system import logs
from app.main.system.single import LOCK_NAME, Claim, is_open
from app.services import files
from app.services.history import FILE_NAME as HISTORY
from app.services.history_file import HistoryUnavailable
from app.services.layout import FILE_NAME as LAYOUT
from app.services.layout import Layout, read_layout, written
from app.services.settings import FILE_NAME as SETTINGS
from tests.faults.profile import TEXT, history_in, save_refresh, snapshots
from tests.main.odd_files import FILES, LOG_PATH, SHAPES, check_unharmed, posix, put
from tests.main.simulated import ROOT, environment

pytestmark = [posix, pytest.mark.timeout(60)]


@pytest.fixture(autouse=True)
def _logs_end() -> Iterator[None]:
    yield
    logs.end()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A profile that was used before."""
    folder = tmp_path / "profile"
    folder.mkdir()
    (folder / SETTINGS).write_text(TEXT, "utf-8")
    (folder / f"{SETTINGS}.bak").write_text(TEXT, "utf-8")
    history_in(folder).save(snapshots(1))
    return folder


def use(folder: Path) -> None:
    """Read and write every file of the profile, as a window does from its start to its end."""
    with suppress(SettingsError):
        settings_for_window(folder, SYSTEM_CLOCK)
    with suppress(OSError, SettingsError):
        save_refresh(folder / SETTINGS, View.PENSION, 77)
    read_layout(folder, SYSTEM_CLOCK.now())
    with suppress(OSError):
        files.replace_with_backup(folder / LAYOUT, written(Layout(is_maximized=True)))
    claim = Claim(folder)
    claim.take()
    claim.publish_socket("a-socket-of-moa")
    is_open(folder)
    claim.release()
    logs.begin(keeps=True)
    logs.keep_in(folder)
    logging.getLogger("app").warning("a note")
    diagnosis_files(folder)
    history = history_in(folder)
    history.last()
    history.series()
    copy = folder / "copy.db"
    for act in (
        history.prepare,
        lambda: history.save(snapshots(2)),
        lambda: history.back_up(copy),
        lambda: history.restore(copy),
        lambda: history.forget("irp"),
    ):
        with suppress(HistoryUnavailable):
            act()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name", FILES)
@pytest.mark.allowed_log("a note", "was damaged", "could not be", "locking failed")
def test_what_is_no_file_of_ours_neither_hangs_the_program_nor_is_written_through(
    folder: Path, tmp_path: Path, name: str, shape: str
):
    victim = tmp_path / "victim"
    put(shape, folder / name, victim)

    use(folder)

    check_unharmed(victim)


@pytest.mark.expected_log("locking failed, so a second window may open")
def test_a_lock_that_cannot_be_one_is_named_and_the_window_opens(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    put("link to a victim", folder / LOCK_NAME, tmp_path / "victim")

    assert Claim(folder).take()

    assert "window.lock" in caplog.text


@pytest.mark.parametrize("shape", ["pipe", "link to /dev/zero", "folder"])
def test_a_diagnosis_is_not_saved_in_the_place_of_a_device_a_pipe_or_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], shape: str
):
    target = tmp_path / "diagnosis.zip"
    put(shape, target, tmp_path / "victim")
    before = target.lstat()

    assert main(["doctor", "--profile", str(tmp_path / "none"), "--save", str(target)]) == 2

    said = capsys.readouterr().err
    assert "moa: diagnosis.zip: 일반 파일이 아닙니다" in said
    assert (target.lstat().st_ino, target.lstat().st_mode) == (before.st_ino, before.st_mode)


@pytest.mark.faults
@pytest.mark.row("F7")
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("command", ["window", "snapshot", "doctor", "screenshot", "history"])
@pytest.mark.parametrize("names", [(SETTINGS,), (LAYOUT, LOCK_NAME, LOG_PATH, HISTORY)])
def test_every_command_ends_in_time_and_in_words(
    folder: Path, tmp_path: Path, names: tuple[str, ...], shape: str, command: str
):
    victim = tmp_path / "victim"
    for name in names:
        put(shape, folder / name, victim)
    started = {
        "window": ("-m", "tests.faults.opened", str(folder), "2"),
        "snapshot": ("-m", "app", "snapshot", "--profile", str(folder)),
        "doctor": ("-m", "app", "doctor", "--profile", str(folder), "--save", str(tmp_path / "d.zip")),
        "history": ("-m", "app", "history", "--profile", str(folder)),
        "screenshot": ("-m", "app", "screenshot", str(tmp_path / "pictures"), "--profile", str(folder)),
    }[command]

    ended = subprocess.run(
        [sys.executable, *started],
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment({}),
        timeout=50,
        check=False,
    )

    assert ended.returncode in (0, 1, 2), ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "exception" not in ended.stderr
    check_unharmed(victim)
