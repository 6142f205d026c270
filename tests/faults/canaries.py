"""Secrets and account numbers that occur nowhere else, a broker that knows them, and the search for them.

`python -m tests.faults.canaries` is that broker: its first line says where it serves. Each line that it reads
is a list of faults, which show from then on; it ends every live session and answers with its tokens so far.
"""

import asyncio
import json
import os
import random
import sqlite3
import string
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote

from app.simulator.options import Credential
from tests.main.simulated import ROOT

_random = random.Random("canaries")
_BASE64 = string.ascii_letters + string.digits + "+/"
WINDOW = 10  # so many characters of a secret on end are one too many


def _invented(length: int, letters: str = _BASE64) -> str:
    return "".join(_random.choices(letters, k=length))


PENSION = Credential("kis", "73918264-29", ("pension",), "PS" + _invented(34), _invented(179) + "=")
BROKERAGE = Credential(
    "kis", "82647193-01", ("bonds", "asset-mix"), "PS" + _invented(34), _invented(179) + "="
)
KIWOOM = Credential("kiwoom", "6193748211", ("positions",), _invented(43), _invented(42) + "=")
CREDENTIALS = {"irp": PENSION, "kis-main": BROKERAGE, "kiwoom-main": KIWOOM}
NUMBERS = ("73918264", "82647193", "61937482", "6193-7482")

KEYCHAIN = {
    f"moa/{identity}/{part}": getattr(credential, part)
    for identity, credential in CREDENTIALS.items()
    for part in ("appkey", "appsecret")
}


def settings(addresses: Mapping[str, Any]) -> str:
    """The settings of the three connections: the one place where an account number may stand."""
    return f"""
[[connections]]
id = "irp"
label = "한투 IRP"
broker = "kis"
account = "{PENSION.account}"
views = ["pension"]
base_url = "{addresses["kis"]}"

[[connections]]
id = "kis-main"
label = "한투 종합"
broker = "kis"
account = "{BROKERAGE.account}"
views = ["bonds", "asset-mix"]
base_url = "{addresses["kis"]}"
requests_per_second = 20

[[connections]]
id = "kiwoom-main"
label = "키움 위탁"
broker = "kiwoom"
views = ["positions"]
base_url = "{addresses["kiwoom"]}"
ws_url = "{addresses["kiwoom_ws"]}"
"""


# --- the broker ---------------------------------------------------------------------------------------------


class Broker:
    """The broker as others see it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.addresses: dict[str, Any] = self._line()
        self.tokens: set[str] = set()

    def show(self, *faults: str) -> None:
        """Show these faults and no other, and end every live session."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(faults) + "\n")
        self._process.stdin.flush()
        self.tokens |= set(self._line())

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def broker() -> Iterator[Broker]:
    """A broker in a process of its own, while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.faults.canaries"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            yield Broker(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)


async def _serve() -> None:
    from app.simulator.server import Options, Simulator

    options = Options(
        token_pause=0,
        token_same=0,
        positions=30,
        position_rows=40,
        ticks_per_second=20,
        fill_seconds=0.3,
        requests_per_second=1000,
        kiwoom_requests_per_second=1000,
        extra=tuple(CREDENTIALS.values()),
    )
    async with Simulator(options) as simulator:
        print(json.dumps(simulator.addresses), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            simulator.faults.clear()
            simulator.faults.set(*json.loads(line))
            simulator.live.drop_all()
            print(json.dumps([*simulator.kis_tokens._tokens, *simulator.kiwoom_tokens._tokens]), flush=True)


# --- the search ---------------------------------------------------------------------------------------------


class Search:
    """Looks for the canaries, and for parts of them, in everything that is shown or stored."""

    def __init__(self, tokens: Iterable[str]) -> None:
        secrets = {*KEYCHAIN.values(), *tokens}
        forms = {form for each in secrets for form in (each, quote(each, safe=""), each.replace("/", "\\/"))}
        self._windows = {form[at : at + WINDOW] for form in forms for at in range(len(form) - WINDOW + 1)}
        self.hits: list[str] = []
        self.texts = 0

    def text(self, place: str, text: str, *, may_show_accounts: bool = False) -> None:
        """Note where a text holds what it must not."""
        self.texts += 1
        for number in () if may_show_accounts else NUMBERS:
            if number in text:
                self._hit(place, text, text.index(number))
        found = {text[at : at + WINDOW] for at in range(len(text) - WINDOW + 1)} & self._windows
        for window in sorted(found)[:3]:
            self._hit(place, text, text.index(window))

    def folder(self, folder: Path) -> None:
        """Everything in a folder: names, texts, databases and zips."""
        for path in sorted(folder.rglob("*")):
            self.text(f"name of {path.name}", path.name)
            if path.is_file():
                self._content(path.name, path.read_bytes())
                if path.suffix == ".db":
                    self._database(path)

    def _content(self, name: str, content: bytes) -> None:
        self.text(name, content.decode(errors="replace"), may_show_accounts=name.startswith("settings.toml"))
        if zipfile.is_zipfile(BytesIO(content)):
            with zipfile.ZipFile(BytesIO(content)) as archive:
                for part in archive.namelist():
                    self.text(f"{name}: name of {part}", part)
                    self.text(f"{name}: {part}", archive.read(part).decode(errors="replace"))

    def _database(self, path: Path) -> None:
        with sqlite3.connect(path) as db:
            tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            for table in tables:
                for number, row in enumerate(db.execute(f"SELECT * FROM {table}")):
                    for value in row:
                        self.text(f"{path.name}: {table} {number}", _text_of(value))
        db.close()

    def _hit(self, place: str, text: str, at: int) -> None:
        self.hits.append(f"{place}: ...{text[max(0, at - 40) : at + 40]!r}...")


def _text_of(value: object) -> str:
    if isinstance(value, bytes):
        with suppress(zlib.error):
            value = zlib.decompress(value)
        return value.decode(errors="replace")  # type: ignore[union-attr]
    return str(value)


def environment_of(folder: Path) -> dict[str, str]:
    """Where a program keeps what it must keep somewhere: all of it in one folder."""
    (folder / "temporary").mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "PYTHON_KEYRING_BACKEND": "tests.main.keychain.EnvironmentKeychain",
        "MOA_TEST_KEYCHAIN": json.dumps(KEYCHAIN),
        "MOA_PROFILE": str(folder / "profile"),
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "temporary"),
        "QT_QPA_PLATFORM": "offscreen",
    }


if __name__ == "__main__":
    asyncio.run(_serve())
