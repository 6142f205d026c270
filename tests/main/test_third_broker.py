"""A third broker is one folder and one entry in BROKERS: everything else finds it there."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import keyring
import pytest
from aiohttp import web
from PySide6.QtWidgets import QApplication

from app.brokers import registry
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import View
from app.main.commands.doctor import Outcome, codes, examine
from app.main.commands.snapshot import read_chosen
from app.main.demo import demo_connections, planned_connections
from app.main.profile import required_settings
from app.main.program import Program
from app.main.system.application import run
from app.services.secrets import MemoryVault, credentials
from app.services.snapshot import as_json
from app.services.store import Line
from app.ui.controls.switches import ChoiceCard
from app.ui.dialogs.connection import ConnectionDialog
from app.ui.table.table import FigureTable
from app.ui.theme import Theme
from tests.brokers.serving import serving
from tests.brokers.toy import TOY
from tests.fakes import WorkingKeychain

KEYS = {"toys/appkey": "toy-key", "toys/appsecret": "toy-secret"}
HOLDINGS = ("toys", View.POSITIONS)


@pytest.fixture(autouse=True)
def one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "BROKERS", (*registry.BROKERS, TOY))


def configured(profile: Path, base_url: str = TOY.base_url) -> Path:
    """A profile with one connection to the toy broker."""
    (profile / "settings.toml").write_text(
        f'[[connections]]\nid = "toys"\nbroker = "toy"\nviews = ["positions"]\nbase_url = "{base_url}"\n',
        "utf-8",
    )
    return profile


@asynccontextmanager
async def opened(profile: Path, theme: Theme) -> AsyncIterator[Program]:
    program = Program(profile, theme, demo=False)
    program.window.show()
    running = asyncio.create_task(program.run())
    await asyncio.sleep(0)  # what the user can do is connected with the first turn of the loop
    try:
        yield program
    finally:
        program.window.close()
        await running
        program.window.deleteLater()


def test_the_window_shows_its_holdings_as_its_live_line_moves_them(
    qapp: QApplication, theme: Theme, tmp_path: Path
):
    keyring.set_keyring(WorkingKeychain(KEYS))

    async def look() -> None:
        async with asyncio.timeout(30), opened(configured(tmp_path), theme) as program:
            assert program.presenter.view_ids() == (HOLDINGS,)
            while "72,000" not in prices(program):
                await asyncio.sleep(0.01)
            assert program.workspace.store.state(HOLDINGS).line is Line.LIVE

    run(qapp, look())


def prices(program: Program) -> list[str]:
    """Every text of the table in front."""
    return [
        str(model.index(row, column).data())
        for table in program.window.findChildren(FigureTable)
        for model in [table.view.model()]
        for row in range(model.rowCount())
        for column in range(model.columnCount())
    ]


def test_the_dialog_offers_it_and_makes_a_connection_of_its_views(
    qapp: QApplication, theme: Theme, tmp_path: Path
):
    keyring.set_keyring(WorkingKeychain())

    async def choose() -> None:
        async with asyncio.timeout(30), opened(tmp_path, theme) as program:
            program.window.commands.add_connection.trigger()
            (dialog,) = program.window.findChildren(ConnectionDialog)
            for card in dialog.findChildren(ChoiceCard):
                card.click()
                draft = dialog.draft.connection
                spec = registry.spec_of(draft)
                assert set(draft.views) == (set(spec.views) if len(spec.views) == 1 else set())
            assert (draft.broker, draft.base_url, draft.ws_url) == ("toy", TOY.base_url, TOY.ws_url)

    run(qapp, choose())


def test_a_snapshot_reads_it(tmp_path: Path):
    connections = required_settings(configured(tmp_path)).connections

    readings = asyncio.run(read_chosen(connections, (), MemoryVault(KEYS)))

    (view,) = json.loads(as_json(readings, SYSTEM_CLOCK.now()))["views"]
    assert (view["connection"], view["view"], len(view["rows"])) == ("toys", "positions", 1)


def test_doctor_examines_it_and_explains_its_codes(tmp_path: Path):
    reported: list[str] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response()

    async def run_doctor() -> list[Outcome]:
        async with serving(answer) as base_url:
            connections = required_settings(configured(tmp_path, base_url)).connections
            steps = await examine(connections, MemoryVault(KEYS), (), reported.append, window_is_open=False)
        return [step.outcome for step in steps]

    assert asyncio.run(run_doctor()) == [Outcome.WELL] * 5  # keys, server, token, holdings, live line
    assert "(Toy Securities)" in "".join(reported)
    codes(reported.append)
    assert "".join(reported).endswith(
        "[Toy Securities]\n  TOY404    There are no toys.\n            → Look elsewhere.\n\n"
    )


def test_the_demo_shows_what_the_simulator_offers_of_it():
    offered = {"broker": "toy", "account": None, "views": ["positions"], "appkey": "k", "appsecret": "s"}
    addresses = {spec.id: f"http://127.0.0.1/{spec.id}" for spec in registry.BROKERS}
    others = [
        {"broker": each.broker, "account": None, "views": each.views, "appkey": "", "appsecret": ""}
        for each in planned_connections()
        if each.broker != "toy"
    ]

    connections, vault = demo_connections({**addresses, "connections": [*others, offered]})

    assert [each.label for each in planned_connections()][-1] == "Toy holdings"
    assert (connections[-1].id, connections[-1].base_url) == ("toy-main", "http://127.0.0.1/toy")
    assert asyncio.run(credentials(vault, "toy-main")).app_key == "k"
