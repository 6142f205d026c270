"""Runs the whole program in this process, and plays its user: steps that wait for what they need to see."""

import asyncio
import gc
import logging
import multiprocessing
import signal
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from app.main.commands.window import run_window
from app.ui.table.table import FigureTable
from app.ui.window.presenter import Presenter
from app.ui.window.status_bar import StatusBar
from app.ui.window.tab_bar import TabBar
from app.ui.window.window import MainWindow

LIMIT_SECONDS = 60.0  # for everything together, on a slow machine
_LOOK_MS = 20

Steps = Generator[Callable[[], object], None, None]
Story = Callable[["Seen"], Steps]


class Seen:
    """The window as its user sees it."""

    def __init__(self) -> None:
        windows = [each for each in QApplication.topLevelWidgets() if isinstance(each, MainWindow)]
        (self.window,) = [each for each in windows if each.isVisible()]
        (self.presenter,) = self.window.findChildren(Presenter)

    def visible(self, kind: type[QWidget]) -> list[QWidget]:
        """The widgets of a kind that can be seen."""
        return [each for each in self.window.findChildren(kind) if each.isVisible()]

    @property
    def table(self) -> FigureTable | None:
        """The table in front, if there is one."""
        found = self.visible(FigureTable)
        return found[0] if found else None  # type: ignore[return-value]

    @property
    def tabs(self) -> list[str]:
        """The tabs as they are spoken, with their marks."""
        (bar,) = self.window.findChildren(TabBar)
        return [bar.accessibleTabName(at) or bar.tabText(at) for at in range(bar.count())]

    @property
    def labels(self) -> list[str]:
        """The texts of all labels that can be seen."""
        return [each.text() for each in self.visible(QLabel)]  # type: ignore[attr-defined]

    @property
    def statuses(self) -> list[str]:
        """The entries of the status bar."""
        bars = self.visible(StatusBar)
        return [each.accessibleName() for bar in bars for each in bar.children() if isinstance(each, QWidget)]

    def column(self, title: str) -> dict[object, str]:
        """What a column of the table in front shows, by the rows' keys."""
        assert self.table is not None
        model = self.table.view.model()
        titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
        at = titles.index(title)
        return {model.key_at(row): model.data(model.index(row, at)) for row in range(model.rowCount())}

    def click_title(self, title: str) -> None:
        """Click on a column's title."""
        assert self.table is not None
        header = self.table.view.horizontalHeader()
        model = self.table.view.model()
        at = next(
            at
            for at in range(model.columnCount())
            if model.headerData(at, Qt.Orientation.Horizontal) == title
        )
        x = header.sectionViewportPosition(at) + header.sectionSize(at) // 2
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, header.height() // 2))

    def click(self, kind: type[QAbstractButton], words: str) -> None:
        """Click on the button with these words, or this name."""
        (button,) = [
            each
            for each in self.visible(kind)
            if words in (each.text(), each.accessibleName())  # type: ignore[attr-defined]
        ]
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def choose(self, view: str) -> None:
        """Bring a tab to the front."""
        self.presenter.choose_tab(next(each for each in self.presenter.view_ids() if each[1].value == view))


@dataclass
class Run:
    """What was left when the program had ended."""

    code: int = -1
    notes: list[str] = field(default_factory=list)  # warnings and errors that were logged
    tasks: list[str] = field(default_factory=list)  # that had not ended with the loop
    loop_closed: bool = False
    children: list[int] = field(default_factory=list)  # processes that it started
    left: list[int] = field(default_factory=list)  # those that outlived it
    windows: list[str] = field(default_factory=list)  # that could be seen when it had ended


def _children() -> list[int]:
    return [each.pid for each in multiprocessing.active_children() if each.pid is not None]


class _Notes(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(f"{record.name}: {self.format(record)}")


class _Player:
    """Takes a story's next step as soon as what it waits for holds; closes the window at its end."""

    def __init__(self, story: Story, run: Run) -> None:
        self._story = story
        self._run = run
        self._steps: Steps | None = None
        self._claim: Callable[[], object] | None = None
        self._end = time.monotonic() + LIMIT_SECONDS
        self._window: MainWindow | None = None
        self._older = _children()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.failure: BaseException | None = None
        self._timer = QTimer()
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)

    def begin(self) -> None:
        """The window was painted."""
        seen = Seen()
        self._window = seen.window
        self._steps = self._story(seen)
        self._timer.start()

    def _look(self) -> None:
        try:
            self.loop = asyncio.get_running_loop()
        except RuntimeError:
            return  # it is not there yet
        known = self._run.children
        known += [pid for pid in _children() if pid not in (*known, *self._older)]
        try:
            if self._claim is not None and not self._claim():
                if time.monotonic() > self._end:
                    raise TimeoutError(self._where())
                return
            assert self._steps is not None
            self._claim = next(self._steps)
        except StopIteration:
            self._finish()
        except BaseException as error:  # noqa: BLE001 - raised again by `play`
            self.failure = error
            self._finish()

    def _where(self) -> str:
        assert self._steps is not None
        frame = self._steps.gi_frame
        return f"waiting in line {frame.f_lineno if frame is not None else '?'} of the story"

    def _finish(self) -> None:
        self._timer.stop()
        assert self._window is not None
        self._window.close()

    def end(self) -> None:
        """The program's process would end here, and its window with it."""
        if self._window is not None:
            self._window.deleteLater()


def play(story: Story, *, profile: Path, demo: bool) -> Run:
    """Run the program with a story, which ends with the window closed; return what was left of it."""
    run = Run()
    player = _Player(story, run)
    notes = _Notes()
    logging.getLogger().addHandler(notes)
    qt = QApplication.instance()
    assert isinstance(qt, QApplication)
    qt.setQuitOnLastWindowClosed(False)  # as the program makes its own
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        run.code = run_window(profile=profile, demo=demo, painted=player.begin)
        run.windows = [type(each).__name__ for each in QApplication.topLevelWidgets() if each.isVisible()]
        gc.unfreeze()
        gc.collect()  # a task that was forgotten says so when it is collected
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        logging.getLogger().removeHandler(notes)
        player.end()
    if player.failure is not None:
        raise player.failure
    assert player.loop is not None
    run.notes = notes.texts
    run.tasks = [str(task) for task in asyncio.all_tasks(player.loop)]
    run.loop_closed = player.loop.is_closed()
    run.left = [pid for pid in _children() if pid in run.children]
    return run
