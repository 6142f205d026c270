"""Which programs open on what was read last time, and whose figures they are."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import View
from app.domain.live import FilledOrder, Side
from app.main.program import Program
from app.ui.dialogs.fills import FillsDialog
from app.ui.table.view import FigureView
from app.ui.theme import Theme
from app.ui.window.top_bar import BellButton
from tests.fakes import pension_report
from tests.faults.profile import PENSION, TEXT, history_in, snapshots


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    (tmp_path / "settings.toml").write_text(TEXT, "utf-8")
    history_in(tmp_path).save(snapshots(1))
    return tmp_path


def program(qtbot: QtBot, profile: Path, **named: bool) -> Program:
    made = Program(profile, Theme(), demo=False, **named)
    qtbot.addWidget(made.window)
    return made


async def fed(opened: Program) -> None:
    async with opened.feeding():
        await asyncio.sleep(0.05)


def test_the_window_opens_on_what_was_read_last_time(qtbot: QtBot, profile: Path):
    opened = program(qtbot, profile, keeps_history=True)

    asyncio.run(fed(opened))

    states = [opened.workspace.store.state(view_id) for view_id in opened.presenter.view_ids()]
    assert [state.is_from_last_time for state in states] == [True] * 3


def test_the_list_of_fills_has_todays_of_an_earlier_run_and_they_are_not_new(qtbot: QtBot, profile: Path):
    place, now = ("105560", "00", ""), SYSTEM_CLOCK.now()
    kept = FilledOrder("irp", 1, now, place, "105560", "KB금융", Side.BUY, Decimal(7), None, Decimal(106))
    history_in(profile).save([], [kept, replace(kept, number=2, time=now - timedelta(days=1))])
    opened = program(qtbot, profile, keeps_history=True)
    listed: list[tuple[object, str]] = []

    async def script() -> None:
        running = asyncio.create_task(opened.run())
        await asyncio.sleep(0.05)
        bell = opened.window.findChild(BellButton)
        opened.window.commands.fills.trigger()
        model = opened.window.findChild(FillsDialog).findChild(FigureView).model()
        async with asyncio.timeout(10):
            while not model.rowCount():
                await asyncio.sleep(0.01)
        listed.extend((model.key_at(row), bell.accessibleName()) for row in range(model.rowCount()))
        opened.window.close()
        await running

    asyncio.run(script())

    assert listed == [(kept.key, "오늘의 체결")]


def test_pictures_show_only_what_is_read_for_them(qtbot: QtBot, profile: Path):
    opened = program(qtbot, profile)

    asyncio.run(fed(opened))

    assert opened.workspace.store.state(PENSION).report is None


def test_the_demo_s_figures_are_forgotten_with_the_demo(qtbot: QtBot, tmp_path: Path):
    opened = program(qtbot, tmp_path, keeps_history=True)
    view_id = ("irp", View.PENSION)  # the demo's name, and maybe the user's

    async def script() -> None:
        running = asyncio.create_task(opened.run())
        await asyncio.sleep(0.05)
        opened.presenter.demo_asked.emit()
        opened.workspace.store.loaded(view_id, pension_report(), 0.0)
        opened.window.commands.leave_demo.trigger()
        async with asyncio.timeout(10):
            while opened.workspace.store.state(view_id).report is not None:
                await asyncio.sleep(0.01)
        opened.window.close()
        await running

    asyncio.run(script())

    assert list(tmp_path.iterdir()) == []
