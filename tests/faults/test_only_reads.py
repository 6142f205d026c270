"""S4 and S5: nothing that the program can say is an order, and it says it to the two brokers alone."""

import ast
import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from app.brokers.registry import BROKERS
from app.simulator.server import Options, Simulator
from tests.main.simulated import ROOT, environment

PATHS = {
    "/oauth2/tokenP",
    "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance",
    "/uapi/domestic-stock/v1/trading/pension/inquire-balance",
    "/uapi/domestic-bond/v1/trading/inquire-balance",
    "/uapi/domestic-stock/v1/trading/inquire-account-balance",
    "/oauth2/token",
    "/api/dostk/acnt",
    "/api/dostk/chart",
    "/api/dostk/websocket",
}
PAST = {"ka00001", "kt00002", "kt00015", "kt00016", "kt00017", "ka01690"}
KIS_QUERIES = {"TTTC2202R", "TTTC2208R", "CTSC8407R", "CTRP6548R"}
QUERIES = {*KIS_QUERIES, "kt00005", "kt00003", "kt00018", "ka20006", *PAST}
ROUTES = {
    ("POST", "/oauth2/tokenP", ""),
    ("GET", "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance", "TTTC2202R"),
    ("GET", "/uapi/domestic-bond/v1/trading/inquire-balance", "CTSC8407R"),
    ("GET", "/uapi/domestic-stock/v1/trading/inquire-account-balance", "CTRP6548R"),
    ("POST", "/oauth2/token", "au10001"),
    ("POST", "/api/dostk/acnt", "kt00005"),
    ("POST", "/api/dostk/acnt", "kt00003"),
    ("POST", "/api/dostk/acnt", "kt00018"),
    ("GET", "/api/dostk/websocket", ""),
}
# Asked ten seconds after the positions and the pension.
LATER = {
    *(("POST", "/api/dostk/acnt", each) for each in PAST),
    ("POST", "/api/dostk/chart", "ka20006"),
    ("GET", "/uapi/domestic-stock/v1/trading/pension/inquire-balance", "TTTC2208R"),
}
FRAMES = {"LOGIN", "PING", "REG 04", "REG 0s", "REG 0B", "REMOVE 0B"}
HOSTS = {"openapi.koreainvestment.com", "api.kiwoom.com"}
# Of pages that only the user's browser opens, or that are only written out: the program never asks them.
PAGES = {
    "apiportal.koreainvestment.com",
    "openapi.kiwoom.com",
    "www.gnu.org",
    "code.qt.io",
    "openfontlicense.org",
}

# KIS's ids of what changes something end in U; Kiwoom's orders are kt10000 to kt10009 and, of gold, kt5000x.
ORDER_ID = re.compile(r"(?<![A-Za-z\d])(?:[A-Z]{3,4}\d{4,5}U|kt(?:1000|5000)\d)(?![A-Za-z\d])")
ORDER_PATH = re.compile(r"/[\w-]*(?:order|ordr)", re.IGNORECASE)
QUERY_ID = re.compile(r"[A-Z]{4}\d{4}[A-Z]|k[at]\d{5}")
URL = re.compile(r"(?:https?|wss?)://([^\s/:\"'{}]+)")


# What is written in the program.


def sources(folder: str) -> Iterator[tuple[Path, str]]:
    """The program's files."""
    files = sorted((ROOT / folder).rglob("*.py"))
    assert files
    for path in files:
        yield path.relative_to(ROOT), path.read_text("utf-8")


def texts(folder: str) -> set[str]:
    """Every text in the code of a folder."""
    nodes = [node for _, source in sources(folder) for node in ast.walk(ast.parse(source))]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def orders_in(source: str) -> list[str]:
    return ORDER_ID.findall(source) + ORDER_PATH.findall(source)


@pytest.mark.row("S4")
def test_no_order_is_written_anywhere_in_the_program():
    assert {str(path): found for path, source in sources("app") if (found := orders_in(source))} == {}


@pytest.mark.row("S4")
@pytest.mark.parametrize(
    "source",
    [
        'TR = "TTTC0802U"',
        "TTTC0012U",
        "VTTC0011U",
        "TTTC0952U",
        "JTTT1002U",
        '{"api-id": "kt10000"}',
        "kt10009",
        "kt50001",
        '"/uapi/domestic-stock/v1/trading/order-cash"',
        '"/uapi/domestic-bond/v1/trading/buy-order"',
        '"/api/dostk/ordr"',
        '"/api/dostk/crdordr"',
    ],
)
def test_an_order_would_be_found(source: str):
    assert orders_in(source)


@pytest.mark.row("S4")
def test_the_paths_and_queries_of_the_program_are_those_that_read():
    written = texts("app/brokers")

    assert {each for each in written if re.fullmatch(r"/[\w/-]+", each)} == PATHS
    assert {each for each in written if QUERY_ID.fullmatch(each)} == QUERIES


@pytest.mark.row("S5")
def test_the_only_hosts_of_the_program_are_the_two_brokers():
    addresses = [address for each in BROKERS for address in (each.base_url, each.ws_url) if address]
    assert {urlsplit(each).hostname for each in addresses} == HOSTS
    assert {urlsplit(each).scheme for each in addresses} == {"https", "wss"}

    written = {host for text in texts("app") for host in URL.findall(text)}
    assert written - {"127.0.0.1", "localhost"} == HOSTS | PAGES
    assert not HOSTS & PAGES


@pytest.mark.row("S5")
def test_a_page_is_opened_by_the_browser_alone():
    pages = {urlsplit(each.key_page).hostname for each in BROKERS}
    assert pages <= PAGES

    opening = [str(path) for path, source in sources("app") if "openUrl" in source]
    assert opening == ["app/main/system/application.py"]


# What a whole run asks.


class Run:
    """Programs on a profile of its own."""

    def __init__(self, folder: Path, connections: Sequence[Mapping[str, Any]]) -> None:
        self._profile = folder / "profile"
        self._profile.mkdir()
        tables, self._secrets = [], dict[str, str]()
        for at, each in enumerate(connections):
            keys = {"id": f"c{at}", **{key: value for key, value in each.items() if "app" not in key}}
            tables.append(
                "[[connections]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())
            )
            self._secrets |= {f"moa/c{at}/{part}": each[part] for part in ("appkey", "appsecret")}
        (self._profile / "settings.toml").write_text("\n\n".join(tables), "utf-8")

    async def each(
        self, *, window_seconds: float, moa: str = "app", until: Callable[[], bool] | None = None
    ) -> list[str]:
        """What snapshot, diagnosis and window say; the window stays longer where `until` is not yet so."""
        profile = str(self._profile)
        first = [
            await self._program(moa, "snapshot", "--profile", profile, "--format", "json"),
            await self._program(moa, "doctor", "--profile", profile),
        ]
        opened = ["tests.faults.opened", profile, str(window_seconds)]
        if until is None:
            return [*first, await self._program(*opened)]
        enough = self._profile / "enough"
        waiting = asyncio.create_task(self._made(enough, until))
        try:
            return [*first, await self._program(*opened, f"--until={enough}")]
        finally:
            waiting.cancel()

    async def _made(self, file: Path, until: Callable[[], bool]) -> None:
        while not until():
            await asyncio.sleep(0.1)
        file.touch()

    async def _program(self, *arguments: str) -> str:
        plain = {
            name: text for name, text in environment(self._secrets).items() if "proxy" not in name.lower()
        }
        program = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            *arguments,
            cwd=ROOT,
            env=plain | {"QT_QPA_PLATFORM": "offscreen"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        async with asyncio.timeout(120):
            said, _ = await program.communicate()
        return said.decode()


def offered(addresses: Mapping[str, Any] | None, account: Mapping[str, Any]) -> dict[str, Any]:
    """A connection to one of the simulator's accounts; without addresses to the broker's own server."""
    kind = account["broker"]
    found = {name: account[name] for name in ("broker", "views", "appkey", "appsecret")}
    found |= {} if account["account"] is None else {"account": account["account"]}
    if addresses is not None:
        found |= {"base_url": addresses[kind]}
        found |= {"ws_url": addresses["kiwoom_ws"]} if kind == "kiwoom" else {}
    return found


def asked_of(simulator: Simulator) -> set[tuple[str, str, str]]:
    """What a simulator was asked: method, path and query."""
    return {(each.method, each.path, each.tr_id) for each in simulator.requests}


def overheard(simulator: Simulator) -> set[str]:
    """What is said on the live line, by name and, where something is registered, by type."""
    names: set[str] = set()
    hear = simulator.live._hear

    def spy(session: Any, raw: str) -> None:
        said = json.loads(raw)
        kinds = [kind for each in said.get("data") or () for kind in each["type"]]
        names.update([f"{said['trnm']} {kind}" for kind in kinds] or [said["trnm"]])
        hear(session, raw)

    simulator.live._hear = spy  # type: ignore[method-assign]
    return names


@pytest.mark.row("S4")
@pytest.mark.parametrize("faults", [(), ("expired-token", "kick@positions"), ("failing-page", "login-8005")])
def test_a_whole_run_asks_nothing_but_what_reads(tmp_path: Path, faults: tuple[str, ...]):
    options = Options(token_pause=0, fill_seconds=0.2, position_rows=10, positions=30, ping_seconds=0.5)

    async def played() -> None:
        async with Simulator(options) as simulator:
            simulator.faults.set(*faults)
            said = overheard(simulator)
            accounts = simulator.addresses["connections"]
            run = Run(tmp_path, [offered(simulator.addresses, each) for each in accounts])

            # With faults the broker's minute between two tokens is not waited for.
            moa = "tests.faults.canary_command" if faults else "app"

            def asked_all() -> bool:
                return asked_of(simulator) >= ROUTES

            until = None if faults else asked_all
            snapshot, doctor, window = await run.each(window_seconds=5, moa=moa, until=until)

            asked = asked_of(simulator)
            assert asked - ROUTES - LATER == set()
            assert said - FRAMES == set()
            if not faults:
                assert json.loads(snapshot)["ok"] is True
                assert "모두 정상입니다" in doctor
                assert json.loads(window)["rows"] > 0
                assert asked >= ROUTES
                assert said > {"LOGIN", "PING", "REG 04", "REG 0B"}

    asyncio.run(played())


@pytest.mark.row("S5")
def test_with_its_own_addresses_the_program_speaks_to_the_two_brokers_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    noted = tmp_path / "refused.txt"
    monkeypatch.setenv("MOA_GUARD", str(noted))

    async def played() -> list[str]:
        async with Simulator() as simulator:
            accounts = simulator.addresses["connections"]
        return await Run(tmp_path, [offered(None, each) for each in accounts]).each(window_seconds=3)

    snapshot, doctor, window = asyncio.run(played())

    codes = [view["error"]["code"] for view in json.loads(snapshot)["views"]]
    assert codes == ["network"] * 4
    assert "모두 정상입니다" not in doctor
    assert json.loads(window)["rows"] == 0
    asked = [line.split()[:2] for line in noted.read_text("utf-8").splitlines()]
    assert {event for event, _ in asked} == {"socket.getaddrinfo"}
    assert {host for _, host in asked} == HOSTS
