"""A command of the program whose pauses cost no time: `python -m tests.faults.canary_command ARGUMENTS`.

What it says and keeps is the same: only the broker's minute between two tokens is not waited for. Whoever
imports this has imported what silences the libraries, and can make them loud again.
"""

import asyncio
import sys

import app.brokers.http
import app.brokers.kiwoom.line
import app.brokers.kiwoom.live
import app.brokers.pacing
import app.brokers.tokens
from app.brokers.kis.client import KisSession
from app.brokers.kiwoom.client import KiwoomSession
from app.cli import main
from app.main.commands import doctor


async def hurry(seconds: float) -> None:
    """A pause that costs no test any time."""
    await asyncio.sleep(min(seconds, 0.01))


def hurry_all() -> None:
    """Have nothing wait for a broker's limits."""
    for module in (app.brokers.pacing, app.brokers.tokens, app.brokers.kiwoom.line):
        module.pause = hurry  # type: ignore[attr-defined]
    for session in (KisSession, KiwoomSession):
        session.__init__.__kwdefaults__["token_pause"] = 0.0


if __name__ == "__main__":
    hurry_all()
    doctor.LIVE_SECONDS, doctor.DATA_SECONDS = 5.0, 1.0
    sys.exit(main(sys.argv[1:]))
