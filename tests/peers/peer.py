"""A third-party client in its own environment, and Moa itself, both asked for what they read."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from app.domain.clock import SYSTEM_CLOCK
from app.domain.live import LiveEvent
from app.domain.past import Past
from app.main.demo import demo_connections
from app.main.feed import Accounts

from .keychain import FILE, FileKeychain

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 60.0  # seconds for one program
VIEWS = {"pension": "irp", "bonds": "kis-main", "asset-mix": "kis-main", "positions": "kiwoom-main"}
_PASSED_ON = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "LANG")

Json = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True)
class Peer:
    """One client, by its name on the package index."""

    name: str
    home: Path

    def ask(self, addresses: Mapping[str, Any], what: str, **more: Any) -> Json:
        """What the client's driver answers, an error of the client included."""
        programs = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
        python = ROOT.joinpath(".peers", self.name, *programs)
        assert python.exists(), f"{self.name} is not installed: run packaging/dev.py peers"
        done = _run(
            [str(python), str(ROOT / "tests" / "peers" / "drivers" / f"{self.name}.py")],
            _variables(self.home),
            json.dumps({**addresses, "what": what, **more}),
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def reading(self, addresses: Mapping[str, Any]) -> Json:
        """What the client reads, by view."""
        answer = self.ask(addresses, "read")
        assert "error" not in answer, answer
        return answer


def moa_snapshot(addresses: Mapping[str, Any], profile: Path) -> Json:
    """`moa snapshot` with settings of its own; the views by name."""
    secrets: dict[str, str] = {}
    settings: list[str] = []
    for offered in addresses["connections"]:
        name = VIEWS[offered["views"][0]]
        is_kiwoom = offered["broker"] == "kiwoom"
        entry = {
            "id": name,
            "broker": offered["broker"],
            "views": offered["views"],
            "base_url": addresses[offered["broker"]],
            **({"ws_url": addresses["kiwoom_ws"]} if is_kiwoom else {"account": offered["account"]}),
        }
        settings += ["[[connections]]", *(f"{key} = {json.dumps(value)}" for key, value in entry.items())]
        secrets |= {f"moa:{name}/{part}": offered[part] for part in ("appkey", "appsecret")}
    (profile / "settings.toml").write_text("\n".join(settings), encoding="utf-8")
    chain = profile / "keychain.json"
    chain.write_text(json.dumps(secrets), encoding="utf-8")
    variables = {
        **_variables(profile),
        FILE: str(chain),
        "PYTHON_KEYRING_BACKEND": f"{FileKeychain.__module__}.{FileKeychain.__name__}",
    }
    command = [sys.executable, "-m", "app", "snapshot", "--profile", str(profile), "--format", "json"]
    done = _run(command, variables)
    assert done.returncode in (0, 1), done.stderr
    return {view["view"]: view for view in json.loads(done.stdout)["views"]}


def heard_by_moa(
    addresses: Mapping[str, Any], codes: Sequence[str], meanwhile: Callable[[], Json]
) -> tuple[list[LiveEvent], Json]:
    """The events on Moa's live line from before until after something else is done, and its response."""
    arrived: list[LiveEvent] = []

    async def listen() -> Json:
        connections, vault = demo_connections(addresses)
        accounts = Accounts(connections, vault, SYSTEM_CLOCK)
        live = accounts.sources()[VIEWS["positions"]].live
        assert live is not None
        try:
            async with live.connect() as line:
                await line.watch(codes)

                async def collect() -> None:
                    async for events in line.events():
                        arrived.extend(events)

                async with asyncio.TaskGroup() as group:
                    collecting = group.create_task(collect())
                    answer = await asyncio.to_thread(meanwhile)
                    await asyncio.sleep(0.3)
                    collecting.cancel()
                return answer
        finally:
            await accounts.close()

    return arrived, asyncio.run(listen())


def past_of_moa(addresses: Mapping[str, Any], ask: Callable[[Past], Awaitable[T]]) -> T:
    """What Moa reads of the days before."""

    async def read() -> T:
        connections, vault = demo_connections(addresses)
        accounts = Accounts(connections, vault, SYSTEM_CLOCK)
        past = accounts.sources()[VIEWS["positions"]].past
        assert past is not None
        try:
            return await ask(past)
        finally:
            await accounts.close()

    return asyncio.run(read())


def _variables(home: Path) -> dict[str, str]:
    """An environment with a home of its own, and without proxies and settings of the user's."""
    kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {**kept, "HOME": str(home), "USERPROFILE": str(home), "PYTHONUTF8": "1"}


def _run(command: list[str], variables: dict[str, str], said: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env=variables,
        input=said,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=LIMIT,
        cwd=ROOT,
    )
