"""Which programs open on what was read last time, and whose figures they are."""

import asyncio
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from app.domain.connections import View
from app.main.program import Program
from app.ui.theme import Theme
from tests.fakes import pension_report
from tests.faults.profile import PENSION, TEXT, history_in, snapshots

KIWOOM = """
[[connections]]
id = "kiwoom"
label = "키움"
broker = "kiwoom"
views = ["positions"]
base_url = "http://127.0.0.1:9"
ws_url = "ws://127.0.0.1:9"
"""


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


def test_the_next_run_knows_which_connections_are_one_account_and_the_demo_changes_nothing(
    qtbot: QtBot, profile: Path
):
    with (profile / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(KIWOOM)
    first, second = (program(qtbot, profile, keeps_history=True) for _ in range(2))

    async def learn() -> None:
        async with first.feeding():
            await asyncio.sleep(0.05)
            for each in first.workspace.connections:
                first.workspace.store.account_known(each, "an app key")

    asyncio.run(learn())
    kept = first.window.layout_state.layout.accounts
    assert list(kept.marks) == ["kiwoom"]
    second.window.layout_state.take(first.window.layout_state.layout)
    asyncio.run(fed(second))

    known = second.workspace.store.accounts
    assert (known.salt, known.marks) == kept
    second.workspace.is_demo = True
    for each in second.workspace.connections:
        second.workspace.store.account_known(each, "the demo's")
    assert second.window.layout_state.layout.accounts == kept
