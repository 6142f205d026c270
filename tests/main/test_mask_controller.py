"""Amounts hide by themselves: after idle minutes and on a locked screen. Nothing counts a pointer's moves."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.main.mask_controller import MaskController
from app.main.system import locking
from app.main.system.locking import Idleness
from app.main.workspace import Workspace
from app.services.settings import Privacy
from app.ui.theme import Mode, Theme
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow
from tests.fakes import FakeClock

MINUTE = 60.0


class Masked:
    """A window, shown, whose amounts hide by its settings."""

    def __init__(self, qtbot: QtBot, clock: FakeClock) -> None:
        self.workspace = Workspace(Path("nowhere"), clock.clock, demo=True)
        self.window = MainWindow(Theme(Mode.LIGHT))
        self.presenter = Presenter(self.window, self.workspace.store, clock.clock)
        self.presenter.show_welcome()
        qtbot.addWidget(self.window)
        with qtbot.waitExposed(self.window):
            self.window.show()
        qtbot.waitUntil(lambda: self.window.has_painted)
        self.masking = MaskController(self.workspace, self.window, self.presenter)

    def use(self, privacy: Privacy) -> None:
        """Have these entries of [privacy] in force."""
        self.workspace.change(self.workspace.settings._replace(privacy=privacy))

    @property
    def is_masked(self) -> bool:
        """Whether amounts are hidden, in the state and on the screen alike."""
        is_masked = self.workspace.formatter.is_masked
        assert self.window.commands.mask.isChecked() is is_masked
        return is_masked


@pytest.fixture
def clock() -> FakeClock:
    """Both clocks, moved by hand."""
    return FakeClock()


@pytest.fixture
def masked(qtbot: QtBot, clock: FakeClock) -> Iterator[Masked]:
    """The window, shown."""
    made = Masked(qtbot, clock)
    yield made


def idleness(masking: MaskController) -> Idleness:
    """What watches for input."""
    return next(each for each in masking.children() if isinstance(each, Idleness))


def test_amounts_hide_after_the_idle_minutes_and_input_puts_it_off(masked, clock):
    masked.use(Privacy(mask_after_minutes=5, mask_on_lock=False))
    watch = idleness(masked.masking)
    clock.monotonic_time += 4 * MINUTE
    watch.look()
    QTest.keyClick(masked.window.windowHandle(), Qt.Key.Key_A)  # the user is here
    clock.monotonic_time += 4 * MINUTE
    watch.look()
    assert not masked.is_masked
    QTest.mouseMove(masked.window.windowHandle(), QPoint(30, 30))
    clock.monotonic_time += 4 * MINUTE
    watch.look()
    assert not masked.is_masked

    clock.monotonic_time += 1.1 * MINUTE
    watch.look()
    assert masked.is_masked


def test_who_shows_amounts_again_while_idle_is_not_overruled_at_once(masked, clock):
    masked.use(Privacy(mask_after_minutes=1, mask_on_lock=False))
    clock.monotonic_time += 2 * MINUTE
    idleness(masked.masking).look()
    assert masked.is_masked
    masked.workspace.hide_amounts(False)
    idleness(masked.masking).look()
    assert not masked.is_masked


def test_without_idle_minutes_nothing_watches(masked, clock):
    masked.use(Privacy(mask_on_lock=False))
    clock.monotonic_time += 9_000 * MINUTE
    assert not idleness(masked.masking)._timer.isActive()
    masked.use(Privacy(mask_after_minutes=1, mask_on_lock=False))
    assert idleness(masked.masking)._timer.isActive()
    masked.use(Privacy(mask_on_lock=False))
    assert not idleness(masked.masking)._timer.isActive()
    assert not masked.is_masked


def test_a_moving_pointer_is_listened_to_once_between_two_looks(masked, clock, monkeypatch):
    masked.use(Privacy(mask_after_minutes=1, mask_on_lock=False))
    heard: list[QEvent.Type] = []
    usual = Idleness.eventFilter

    def listening(self: Idleness, watched: QObject, event: QEvent) -> bool:
        heard.append(event.type())
        return usual(self, watched, event)

    monkeypatch.setattr(Idleness, "eventFilter", listening)
    idleness(masked.masking).look()
    for x in range(200):
        QTest.mouseMove(masked.window.windowHandle(), QPoint(10 + x, 40))
    assert heard.count(QEvent.Type.MouseMove) == 1
    idleness(masked.masking).look()
    QTest.mouseMove(masked.window.windowHandle(), QPoint(11, 60))
    assert heard.count(QEvent.Type.MouseMove) == 2


def test_settings_that_are_read_again_undo_no_mask(masked, clock):
    masked.use(Privacy(mask_on_lock=False))
    masked.workspace.hide_amounts(True)  # for idleness
    masked.use(Privacy(mask_on_lock=False, hide_from_capture=True))
    assert masked.is_masked
    masked.use(Privacy(mask=True, mask_on_lock=False))
    masked.use(Privacy(mask=False, mask_on_lock=False))
    assert not masked.is_masked


def test_windows_reports_a_lock_and_much_else():
    reported: list[bool] = []
    messages = locking.SessionMessages(lambda: reported.append(True))
    messages.handle(locking.SESSION_CHANGE, 0x8)  # unlocked
    messages.handle(0x0200, locking.SESSION_LOCK)  # a pointer that moved
    assert reported == []
    messages.handle(locking.SESSION_CHANGE, locking.SESSION_LOCK)
    assert reported == [True]


CHILD = """
import subprocess, sys
from PySide6.QtCore import QCoreApplication, QTimer
from app.main.system.locking import ScreenLock
app = QCoreApplication([])
lock = ScreenLock(0, app)
def locked():
    print("locked", flush=True)
    app.quit()
lock.locked.connect(locked)
def send(is_active):
    subprocess.run(["dbus-send", "--session", "/org/freedesktop/ScreenSaver",
                    "org.freedesktop.ScreenSaver.ActiveChanged", f"boolean:{is_active}"], check=True)
send("false")
QTimer.singleShot(300, lambda: (print("lock", flush=True), send("true")))
QTimer.singleShot(10000, app.quit)
app.exec()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux uses D-Bus")
def test_a_real_message_bus_reports_a_locked_screen(tmp_path: Path):
    import shutil

    if not shutil.which("dbus-run-session") or not shutil.which("dbus-send"):
        pytest.skip("there is no message bus here")
    done = subprocess.run(
        ["dbus-run-session", "--", sys.executable, "-c", CHILD],
        check=True, capture_output=True, timeout=60, encoding="utf-8",
    )  # fmt: skip
    assert done.stdout.split() == ["lock", "locked"]
