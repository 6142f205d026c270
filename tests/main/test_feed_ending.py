"""The window's end when what it waits for hangs."""

import asyncio
import threading
from pathlib import Path

import keyring
import pytest
from PySide6.QtWidgets import QApplication

from app.brokers import registry
from app.domain.holdings import Report
from app.main.program import Program
from app.main.system.application import run
from app.ui.theme import Theme
from tests.brokers.toy import TOY, ToySession
from tests.fakes import WorkingKeychain, positions_report

MOST_SECONDS = 3.0
SETTINGS = '[[connections]]\nid = "toys"\nbroker = "toy"\nviews = ["positions"]\n'


class Stuck:
    """Goes on until it is released, however often it is cancelled."""

    def __init__(self) -> None:
        self.began = asyncio.Event()
        self.released = asyncio.Event()

    async def wait(self) -> None:
        self.began.set()
        while not self.released.is_set():
            try:
                await self.released.wait()
            except asyncio.CancelledError:
                continue


class StuckSession(ToySession):
    """A broker whose answer never comes, and that loses every cancellation."""

    stuck: Stuck

    async def positions(self) -> Report:
        await self.stuck.wait()
        return positions_report()


@pytest.mark.expected_log("the feed task did not end")
def test_feed_task_and_write_that_all_hang_hold_the_end_up_for_three_seconds_in_all(
    qapp: QApplication, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def opened(*of: object) -> StuckSession:
        session = StuckSession(of[-1])  # type: ignore[arg-type]
        session.stuck = feed
        return session

    qapp.setQuitOnLastWindowClosed(False)  # as the program makes its own
    keyring.set_keyring(WorkingKeychain({"toys/appkey": "toy-key", "toys/appsecret": "toy-secret"}))
    monkeypatch.setattr(registry, "BROKERS", (*registry.BROKERS, TOY._replace(open_session=opened)))
    (tmp_path / "settings.toml").write_text(SETTINGS + f'base_url = "{TOY.base_url}"\n', "utf-8")
    written = threading.Event()
    feed: Stuck

    async def end() -> None:
        nonlocal feed
        feed, task = Stuck(), Stuck()
        program = Program(tmp_path, Theme(), demo=False)
        running = asyncio.create_task(program.run())
        await feed.began.wait()
        program.workspace.start(task.wait())
        program.workspace.writer.put("hangs", lambda: written.wait() and None)
        program.window.close()
        try:
            async with asyncio.timeout(MOST_SECONDS):
                await asyncio.shield(running)
        finally:
            for each in (feed, task):
                each.released.set()
            written.set()
            while left := asyncio.all_tasks() - {asyncio.current_task()}:
                for each in left:
                    each.cancel()
                await asyncio.wait(left, timeout=0.1)
            program.workspace.writer.close(10)
            program.window.deleteLater()

    run(qapp, end())
