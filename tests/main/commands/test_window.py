"""The whole program, run as a user runs it: from the first paint to the last task."""

import json
import multiprocessing.spawn
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from pytestqt.logging import Record

from app.domain.clock import SYSTEM_CLOCK
from app.main.connections_controller import ConnectionsController
from app.simulator.options import Options
from app.simulator.process import SimulatorProcess
from app.ui.charts.history import HistoryChart
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.dialogs.settings.dialog import SettingsDialog
from app.ui.table.model import FigureModel
from app.ui.window.palette import CommandPalette
from app.ui.window.sheets import ShortcutSheet
from app.ui.window.tray import MiniWindow
from tests.main.commands.written_settings import settings_of
from tests.main.driven import Run, Seen, Steps, play
from tests.main.simulated import ROOT, environment
from tests.processes import is_running

posix = pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals and programs")
COUNTS = {"pension": 9, "bonds": 25, "asset-mix": 19, "positions": 30}


@pytest.fixture(autouse=True)
def _quiet(qtlog: object) -> Iterator[None]:
    """Qt itself has nothing to complain of."""
    yield
    records: list[Record] = qtlog.records  # type: ignore[attr-defined]
    assert [each.message for each in records if "This plugin does not support" not in each.message] == []


def assert_clean(run: Run) -> None:
    """Nothing was left behind."""
    assert (run.code, run.notes, run.tasks, run.loop_closed) == (0, [], [], True)
    assert run.windows == []
    assert run.left == []
    assert not any(map(is_running, run.children))


def is_filled(seen: Seen, count: int) -> bool:
    """Whether the table in front has its rows, those in groups and folded ones among them."""
    if seen.table is None:
        return False
    model = seen.table.view.model()
    assert isinstance(model, FigureModel)
    return len(model.arrangement.rows()) == count


def test_the_demo_fills_every_tab_and_leaves_nothing_behind(qapp, tmp_path: Path):
    def story(seen: Seen) -> Steps:
        assert [name.split(",")[0] for name in seen.tabs] == [
            "종합",
            "연금",
            "채권",
            "자산비중",
            "실시간 잔고",
        ]
        for view, count in COUNTS.items():
            seen.choose(view)
            yield lambda count=count: is_filled(seen, count)
        yield lambda: seen.tabs[4] == "실시간 잔고, 실시간"
        yield lambda: any(each.startswith("키움 위탁: 실시간 · ") for each in seen.statuses)
        prices = seen.column("현재가")
        yield lambda: seen.column("현재가") != prices
        yield lambda: any(text != "—" for text in seen.column("전일대비").values())

    run = play(story, profile=tmp_path / "profile", demo=True)

    assert_clean(run)
    assert len(run.children) == 1  # the simulator
    assert not (tmp_path / "profile").exists()


def test_the_demo_shows_three_years_and_keeps_them_in_a_folder_that_goes_with_it(
    qapp, tmp_path: Path, monkeypatch
):
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    spans: list[int] = []

    def days(seen: Seen) -> list[date]:
        worth = seen.presenter.overview.read.worth
        return [] if worth is None else [each.day for each in worth.days]

    def story(seen: Seen) -> Steps:
        seen.presenter.choose_tab(seen.presenter.tabs[0].id)
        yield lambda: len(days(seen)) > 700
        assert len(list((tmp_path / "temporary").iterdir())) == 1
        yield lambda: days(seen)[-1] == SYSTEM_CLOCK.now().date()
        (chart,) = seen.visible(HistoryChart)
        spans.append((days(seen)[-1] - days(seen)[0]).days)
        yield lambda: any("투자원금" in each for each in chart.readout)

    run = play(story, profile=tmp_path / "profile", demo=True)

    assert_clean(run)
    assert spans[0] > 3 * 365 - 10
    assert not (tmp_path / "profile").exists()
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def broker() -> Iterator[SimulatorProcess]:
    """A broker whose orders are filled every half second."""
    process = SimulatorProcess(Options(token_pause=0, fill_seconds=0.5, position_rows=40))
    process.start()
    yield process
    process.stop()


def test_a_users_own_accounts_are_shown_and_a_fill_changes_the_holdings(qapp, tmp_path, broker, keychain):
    (tmp_path / "settings.toml").write_text(settings_of(broker, keychain), "utf-8")

    def story(seen: Seen) -> Steps:
        seen.choose("positions")
        yield lambda: seen.tabs[4] == "실시간 잔고, 실시간" and is_filled(seen, 30)
        held = seen.column("수량")
        yield lambda: seen.column("수량") != held
        seen.choose("bonds")
        yield lambda: is_filled(seen, 25)

    run = play(story, profile=tmp_path, demo=False)

    assert_clean(run)
    assert run.children == []


def test_a_broker_that_goes_away_leaves_the_figures_and_says_so(qapp, tmp_path, broker, keychain):
    (tmp_path / "settings.toml").write_text(settings_of(broker, keychain), "utf-8")

    def story(seen: Seen) -> Steps:
        seen.choose("positions")
        yield lambda: seen.tabs[4] == "실시간 잔고, 실시간" and is_filled(seen, 30)
        held = seen.column("수량")
        broker.stop()
        yield lambda: seen.tabs[4] == "실시간 잔고, 문제 있음"
        assert seen.column("수량").keys() == held.keys()
        assert any("연결 끊김" in text for text in seen.labels)
        seen.choose("pension")
        seen.click(QToolButton, "새로 고침")
        yield lambda: seen.tabs[1] == "연금, 문제 있음"
        assert is_filled(seen, 9)

    run = play(story, profile=tmp_path, demo=False)

    assert (run.code, run.tasks, run.loop_closed) == (0, [], True)


@pytest.mark.parametrize("written", ["", "[refresh]  # 초\nbonds = 60\n", "refresh = { bonds = 60 } # 초\n"])
def test_intervals_are_kept_in_the_settings_however_they_are_written(
    qapp, tmp_path, broker, keychain, written
):
    settings = tmp_path / "settings.toml"
    before = written + settings_of(broker, keychain)
    settings.write_text(before, "utf-8")

    def story(seen: Seen) -> Steps:
        yield lambda: is_filled(seen, 3)  # a row for each connection
        for seconds, view_id in enumerate(seen.presenter.view_ids(), 30):
            seen.presenter.choose_tab(view_id)
            seen.window.bar.interval_chosen.emit(seconds)

    assert_clean(play(story, profile=tmp_path, demo=False))

    after = settings.read_text("utf-8")
    kept = tomllib.loads(after)
    assert kept["refresh"] == {"pension": 30, "bonds": 31, "asset-mix": 32, "positions": 33}
    assert kept["connections"] == tomllib.loads(before)["connections"]
    assert {line for line in before.splitlines() if "#" in line and "{" not in line} <= set(
        after.splitlines()
    )


def test_the_demo_opens_from_the_welcome_page(qapp, tmp_path: Path):
    def story(seen: Seen) -> Steps:
        assert seen.tabs == []
        seen.click(QPushButton, "데모 보기")
        yield lambda: is_filled(seen, 3)  # a row for each connection

    run = play(story, profile=tmp_path / "profile", demo=False)

    assert_clean(run)
    assert not (tmp_path / "profile" / "settings.toml").exists()


def test_settings_with_a_mistake_are_read_again_once_mended(qapp, tmp_path, broker, keychain):
    good = settings_of(broker, keychain)
    (tmp_path / "settings.toml").write_text(good.replace("base_url", "base_uri", 1), "utf-8")

    def story(seen: Seen) -> Steps:
        assert any("settings.toml:" in text and "base_uri" in text for text in seen.labels)
        (tmp_path / "settings.toml").write_text(good, "utf-8")
        seen.click(QPushButton, "다시 시도")
        yield lambda: is_filled(seen, 3)  # a row for each connection

    assert_clean(play(story, profile=tmp_path, demo=False))


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        (SettingsDialog, lambda window: window.commands.settings.trigger()),
        (MiniWindow, lambda window: window.commands.mini_window.trigger()),
        (CommandPalette, lambda window: window.commands.palette.trigger()),
        (ShortcutSheet, lambda window: window.commands.shortcuts.trigger()),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else "",
)
def test_no_window_outlives_the_main_window(qapp, tmp_path: Path, kind, shown):
    def story(seen: Seen) -> Steps:
        yield lambda: is_filled(seen, 3)
        shown(seen.window)
        yield lambda: any(
            isinstance(each, kind) and each.isVisible() for each in QApplication.topLevelWidgets()
        )

    assert_clean(play(story, profile=tmp_path, demo=True))


def test_no_connection_dialog_outlives_the_main_window(qapp, tmp_path: Path, broker, keychain):
    (tmp_path / "settings.toml").write_text(settings_of(broker, keychain), "utf-8")

    def story(seen: Seen) -> Steps:
        yield lambda: is_filled(seen, 3)
        seen.window.findChild(ConnectionsController).add()
        yield lambda: any(
            isinstance(each, ConnectionDialog) and each.isVisible() for each in QApplication.topLevelWidgets()
        )

    assert_clean(play(story, profile=tmp_path, demo=False))


def test_a_window_closed_at_once_ends_the_program(qapp, tmp_path: Path):
    def story(seen: Seen) -> Steps:
        yield from ()

    assert_clean(play(story, profile=tmp_path, demo=True))


@pytest.fixture
def no_python() -> Iterator[None]:
    """A system on which no further Python starts."""
    before = multiprocessing.spawn.get_executable()
    multiprocessing.set_executable(shutil.which("false") or "")
    yield
    multiprocessing.set_executable(before)


@posix
@pytest.mark.expected_log("app.main.workspace: a task failed")
def test_a_demo_that_cannot_start_says_so(qapp, tmp_path: Path, no_python):
    def story(seen: Seen) -> Steps:
        yield lambda: any("데모를 시작하지 못했습니다" in text for text in seen.labels)

    run = play(story, profile=tmp_path, demo=True)

    assert (run.code, run.tasks, run.loop_closed, run.left) == (0, [], True, [])


# In processes of their own.

# `python -m app`, which says when its window was painted.
ANNOUNCED = """
import sys
from app.cli import main
if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], painted=lambda: print("painted", flush=True)))
"""


def started(*arguments: str, platform: str = "offscreen") -> subprocess.Popen[str]:
    """The program, once its window was painted."""
    process = subprocess.Popen(
        [sys.executable, "-c", ANNOUNCED, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        env=environment({}) | {"QT_QPA_PLATFORM": platform},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "painted\n"
    return process


def end_of(process: subprocess.Popen[str]) -> tuple[int, list[str]]:
    """Its exit code and what it complained of."""
    _, err = process.communicate(timeout=60)
    return process.returncode, [line for line in err.splitlines() if "propagateSizeHints" not in line]


on_display = pytest.mark.skipif(not os.environ.get("DISPLAY"), reason="needs a display")


def wait_until_idle(process: subprocess.Popen[str]) -> None:
    """Until the program has used no more processor time for a while, as the system counts it."""
    stat = Path(f"/proc/{process.pid}/stat")
    seen: list[list[str]] = []
    while len(seen) < 10 or seen[-1] != seen[-10]:
        seen.append(stat.read_text().rpartition(")")[2].split()[11:13])
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="reads processor time from /proc")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP"])
def test_a_signal_ends_the_program_even_while_nothing_happens(tmp_path, name):
    process = started("--profile", str(tmp_path))  # the welcome page, where not even a clock ticks
    wait_until_idle(process)

    process.send_signal(signal.Signals[name])

    assert end_of(process) == (0, [])


@posix
def test_a_signal_ends_the_demo_and_a_second_one_has_no_effect(tmp_path):
    process = started("--demo", "--profile", str(tmp_path))

    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)

    assert end_of(process) == (0, [])


@pytest.mark.xvfb
@posix
@on_display
def test_on_a_real_display_the_demo_is_sorted_resized_and_ended_by_a_signal():
    done = subprocess.run(
        [sys.executable, "-m", "tests.main.on_display"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        cwd=ROOT,
        env=environment({}) | {"QT_QPA_PLATFORM": "xcb"},
        timeout=120,
    )

    assert (done.returncode, done.stderr) == (0, "")
    reported = json.loads(done.stdout)
    assert (reported["platform"], reported["exposed"], reported["asked_to_end"]) == ("xcb", True, True)
    columns = dict(reported["widths"])
    assert columns[1024] < columns[1280] < columns[1600]
    assert (reported["notes"], reported["tasks"], reported["left"]) == ([], [], [])


@pytest.mark.xvfb
@posix
@on_display
def test_on_a_real_display_the_program_itself_ends_with_zero_on_sigterm(tmp_path):
    process = started("--demo", "--profile", str(tmp_path), platform="xcb")

    process.send_signal(signal.SIGTERM)

    assert end_of(process) == (0, [])


def test_the_system_asks_it_to_quit_and_it_ends_in_order(tmp_path: Path):
    asked = (
        "import sys\n"
        "from PySide6.QtCore import QCoreApplication, QEvent\n"
        "import app.main.commands.window as window\n"
        "listen = window._listen\n"
        "def ask(claim, shown):\n"  # the event loop runs by then
        "    listen(claim, shown)\n"
        "    QCoreApplication.postEvent(QCoreApplication.instance(), QEvent(QEvent.Type.Quit))\n"
        "window._listen = ask\n"
        "from app.cli import main\n"
        "sys.exit(main(['--profile', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", asked, str(tmp_path / "profile")],
        cwd=ROOT,
        env=environment({}) | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )

    assert (done.returncode, done.stderr) == (0, "")
