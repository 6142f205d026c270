"""The window among canaries, with every log at its loudest: `python -m tests.faults.canary_window FOLDER`.

It asks a broker that shows each fault in turn, copies each table, saves a diagnosis and fails in every way
that it can; what it shows and says of itself goes into `shown.json`. MOA_PROFILE names its profile.
"""

import asyncio
import json
import logging
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app.cli import main
from app.main.exports_controller import ExportsController
from app.main.system import logs
from app.services.store import Line
from app.simulator.faults import fault_names
from app.ui.table.table import FigureTable
from app.ui.window.presenter import Presenter
from app.ui.window.window import MainWindow
from tests.faults.canaries import CREDENTIALS, KEYCHAIN, Broker, broker, settings
from tests.faults.canary_command import hurry_all

LOUD = ("", "httpx", "httpcore", "websockets", "websockets.client", "asyncio", "qasync")
LATE = ("slow", "trickle", "silent-login", "silent-registration")  # what follows would have to wait for them
STEP_MS = 20
MOST_SECONDS = 2.5  # for one fault

folder = Path(sys.argv[1])
profile = folder / "profile"
shown: dict[str, list[str]] = {"titles": [], "widgets": [], "clipboard": [], "errors": [], "failures": []}


def speak_up() -> None:
    """Have every logger say what it knows, and keep all of it."""
    logs.OLDER_FILES = 500
    for name in LOUD:
        logging.getLogger(name).setLevel(logging.DEBUG)
    asyncio.get_running_loop().set_debug(True)


def look(window: MainWindow) -> None:
    """Note whatever can be seen, heard, copied or printed."""
    shown["titles"] += [each.windowTitle() for each in QApplication.topLevelWidgets()]
    for each in window.findChildren(QWidget):
        texts = [each.toolTip(), each.accessibleName(), each.accessibleDescription(), each.windowTitle()]
        if isinstance(each, QLabel | QAbstractButton):
            texts.append(each.text())
        shown["widgets"] += [text for text in texts if text]
    for table in window.findChildren(FigureTable):
        if table.isVisible():
            table.view.selectAll()
            QTest.keyClick(table.view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
            shown["clipboard"].append(QApplication.clipboard().text())
    presenter = window.findChild(Presenter)
    store = presenter._store
    for view_id in presenter.view_ids():
        state = store.state(view_id)
        for error in (state.error, state.line_error):
            if error is not None:
                reported = [
                    repr(error),
                    str(error),
                    error.code,
                    error.message,
                    error.action,
                    repr(error.args),
                ]
                shown["errors"].append("\n".join([*reported, *traceback.format_exception(error)]))


def story(window: MainWindow, serving: Broker) -> Iterator[Callable[[], bool]]:
    """Each fault in turn; waits for what is yielded."""
    presenter = window.findChild(Presenter)
    store = presenter._store
    names = [name for name, _ in fault_names()]
    for fault in [*(name for name in names if name not in LATE), *LATE]:
        serving.show(fault)
        asked = time.monotonic()
        for view_id in presenter.view_ids():
            presenter.view_asked.emit(view_id)

        def is_reported(asked: float = asked) -> bool:
            states = [store.state(each) for each in presenter.view_ids()]
            lines = [each.line for each in states if each.line is not Line.NONE]
            has_settled = not any(each.is_reading for each in states) and Line.CONNECTING not in lines
            return has_settled and time.monotonic() > asked + 0.4

        yield is_reported
        for view_id in presenter.view_ids():
            presenter.choose_tab(view_id)
            QApplication.processEvents()
            look(window)
    serving.show()


def finish(window: MainWindow) -> None:
    """Save a diagnosis, and fail in every way."""
    tasks: set[asyncio.Task[None]] = set()
    reported = " ".join([*KEYCHAIN.values(), *(each.account for each in CREDENTIALS.values())])

    def fail(place: str) -> None:
        raise RuntimeError(f"{place}: {reported}")

    async def fail_later() -> None:
        fail("task")

    def start(work: object) -> None:
        tasks.add(asyncio.get_running_loop().create_task(work))  # type: ignore[arg-type]

    start(window.findChild(ExportsController).save_diagnosis(folder / "profile" / "diagnosis.zip"))
    QTimer.singleShot(500, lambda: start(fail_later()))
    QTimer.singleShot(600, lambda: threading.Thread(target=fail, args=("thread",)).start())
    QTimer.singleShot(700, lambda: fail("slot"))
    QTimer.singleShot(1200, tasks.clear)
    QTimer.singleShot(1500, window.close)


def painted() -> None:
    """Begin the story as soon as the loop runs."""
    (window,) = (each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow))
    steps = story(window, serving)
    claim: Callable[[], bool] | None = None
    since = time.monotonic()
    timer = QTimer(window)

    def step() -> None:
        nonlocal claim, since
        if claim is None:
            try:
                speak_up()
            except RuntimeError:
                return  # there is no loop yet
        elif not claim() and time.monotonic() < since + MOST_SECONDS:
            return
        try:
            claim, since = next(steps, None), time.monotonic()
        except Exception:  # noqa: BLE001 - reported by the test
            shown["failures"].append(traceback.format_exc())
            claim = None
        if claim is None:
            timer.stop()
            finish(window)

    timer.timeout.connect(step)
    timer.start(STEP_MS)


hurry_all()
with broker() as serving:
    profile.mkdir(parents=True, exist_ok=True)
    (profile / "settings.toml").write_text(settings(serving.addresses), encoding="utf-8")
    code = main(["--profile", str(profile)], painted=painted)
    serving.show()
    shown["tokens"] = sorted(serving.tokens)
(folder / "shown.json").write_text(json.dumps(shown), encoding="utf-8")
assert code == 0
crash = " ".join([*KEYCHAIN.values(), *shown["tokens"], *(each.account for each in CREDENTIALS.values())])
raise SystemError(f"the end: {crash}")
