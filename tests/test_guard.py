"""The guard of the tests itself: no Python that they start speaks to another machine unnoticed."""

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import sitecustomize  # the guard itself, as tests/conftest.py has loaded it

pytestmark = pytest.mark.row("S5")


@pytest.fixture
def noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the guard notes what it refuses: not where the run would fail for it."""
    file = tmp_path / "refused.txt"
    monkeypatch.setenv("MOA_GUARD", str(file))
    return file


def test_another_machine_is_refused_and_noted(noted: Path):
    with socket.socket() as client, pytest.raises(OSError, match="another machine"):
        client.connect(("192.0.2.1", 443))
    with pytest.raises(OSError, match="another machine"):
        socket.getaddrinfo("example.com", 443)
    with socket.socket(type=socket.SOCK_DGRAM) as sender, pytest.raises(OSError, match="another machine"):
        sender.sendto(b"?", ("192.0.2.1", 53))
    with socket.socket() as server, pytest.raises(OSError, match="another machine"):
        server.bind(("0.0.0.0", 0))

    assert [line.split()[:2] for line in noted.read_text().splitlines()] == [
        ["socket.connect", "192.0.2.1"],
        ["socket.getaddrinfo", "example.com"],
        ["socket.sendto", "192.0.2.1"],
        ["socket.bind", "0.0.0.0"],
    ]


def test_an_event_loop_and_a_client_are_refused_too(noted: Path):
    async def ask() -> None:
        with pytest.raises(OSError, match="another machine"):
            await asyncio.open_connection("192.0.2.1", 443)
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.ConnectError):
                await client.get("https://192.0.2.1/")

    asyncio.run(ask())

    assert len(noted.read_text().splitlines()) == 2


def test_a_program_that_is_started_is_guarded(noted: Path):
    code = "import socket; socket.getaddrinfo('example.com', 443)"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert "Refused" in done.stderr
    assert "socket.getaddrinfo example.com" in noted.read_text()


def test_the_event_loop_of_windows_is_looked_at_where_it_passes_the_socket(noted: Path):
    """It has these methods, and calls them in these ways."""

    class Proactor:
        def __init__(self) -> None:
            self.calls: list[tuple[object, ...]] = []

        def connect(self, conn: object, address: object) -> None:
            self.calls.append(("connect", address))

        def sendto(self, conn: object, buf: bytes, flags: int = 0, addr: object = None) -> None:
            self.calls.append(("sendto", addr))

    for _ in range(2):
        sitecustomize.guard_proactor(Proactor)
    proactor, there, here = Proactor(), ("192.0.2.1", 443), ("127.0.0.1", 443)
    for call in (
        lambda: proactor.connect(None, there),
        lambda: proactor.sendto(None, b"?", 0, there),
        lambda: proactor.sendto(None, b"?", addr=there),
    ):
        with pytest.raises(OSError, match="another machine"):
            call()
    proactor.connect(None, here)
    proactor.sendto(None, b"?", addr=here)
    proactor.sendto(None, b"?")

    assert proactor.calls == [("connect", here), ("sendto", here), ("sendto", None)]
    assert len(noted.read_text().splitlines()) == 3


def test_this_machine_is_not_refused(noted: Path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        for host in ("127.0.0.1", "localhost"):
            socket.create_connection((host, server.getsockname()[1]), timeout=5).close()
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("moa-test.invalid", 443)

    assert not noted.exists()
