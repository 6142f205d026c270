"""Calls the keychain like Moa: `python -m tests.faults.vaulting` takes calls as JSON and prints results.

Each call is a name of `Keychain` with its arguments. One line of JSON has the results, what each call that
was refused said, and how late the event loop was at most while it waited.
"""

import asyncio
import json
import sys
import time
from typing import Any

import keyring

from app.domain.errors import SecretUnavailable
from app.services.secrets import Keychain

STEP_SECONDS = 0.01


async def _meter(late: list[float]) -> None:
    while True:
        began = time.monotonic()
        await asyncio.sleep(STEP_SECONDS)
        late.append(time.monotonic() - began - STEP_SECONDS)


async def _answers(calls: list[list[Any]]) -> dict[str, Any]:
    late: list[float] = [0.0]
    metering = asyncio.create_task(_meter(late))
    keychain, answers = Keychain(), list[dict[str, Any]]()
    for name, *arguments in calls:
        try:
            answers.append({"gave": await getattr(keychain, name)(*arguments)})
        except SecretUnavailable as error:
            answers.append({"code": error.code, "message": error.message, "action": error.action})
    metering.cancel()
    return {"answers": answers, "late": max(late), "backend": type(keyring.get_keyring()).__module__}


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_answers(json.load(sys.stdin)))))
