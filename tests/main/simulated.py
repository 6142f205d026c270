"""The simulator in a process of its own, whose faults can be changed: `python -m tests.main.simulated {}`.

The argument is an object of JSON with options that are to be others, by the names of the simulator's own.

Its first line says where it serves. Each line that it reads is a list of faults, which show from then on;
it answers each with the tokens that it has issued so far.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
KEYCHAIN = "MOA_TEST_KEYCHAIN"


def environment(secrets: Mapping[str, str]) -> dict[str, str]:
    """The environment of a program whose keychain holds these secrets, under `moa/<name>`."""
    return os.environ | {
        "PYTHON_KEYRING_BACKEND": "tests.main.keychain.EnvironmentKeychain",
        KEYCHAIN: json.dumps(secrets),
        "PYTHONWARNINGS": "error",
    }


class Simulated:
    """The simulator as the test sees it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.addresses: dict[str, Any] = self._line()

    def show(self, *faults: str) -> None:
        """Show these faults and no other."""
        self._said(faults)

    def tokens(self) -> list[str]:
        """Every token issued so far, at the price of the faults that show."""
        return self._said(())

    def _said(self, faults: tuple[str, ...]) -> list[str]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(faults) + "\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> Any:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def simulated(**options: float) -> Iterator[Simulated]:
    """A simulator whose prices stand still unless the options are others, while the block runs."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.main.simulated", json.dumps(options)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as process:
        try:
            yield Simulated(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(10)


async def _serve(changes: Mapping[str, Any]) -> None:
    from app.simulator.server import Options, Simulator

    # All positions come on one page: Moa asks Kiwoom for one page a second.
    options = Options(ticks_per_second=0, fills=False, token_pause=0, positions=30, position_rows=40)
    async with Simulator(replace(options, **changes)) as simulator:
        print(json.dumps(simulator.addresses), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            simulator.faults.clear()
            simulator.faults.set(*json.loads(line))
            tokens = [*simulator.kis_tokens._tokens, *simulator.kiwoom_tokens._tokens]
            print(json.dumps(tokens), flush=True)


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.argv[1])))
