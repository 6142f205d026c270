"""An event loop whose time passes faster than the world's: ten minutes of waiting take ten seconds.

Sockets are as fast as they are, so whatever waits for one seems slower by the same factor.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.domain.clock import KST, Clock

T = TypeVar("T")
START = datetime(2026, 11, 20, 10, 0, tzinfo=KST)


class _Hasty(selectors.DefaultSelector):
    def __init__(self, factor: float) -> None:
        super().__init__()
        self._factor = factor

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return super().select(None if timeout is None else timeout / self._factor)


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, factor: float) -> None:
        super().__init__(_Hasty(factor))
        self._factor = factor

    def time(self) -> float:
        return super().time() * self._factor


def run(work: Coroutine[Any, Any, T], factor: float) -> T:
    """The result of `work`, whose every pause takes so many times less."""
    with asyncio.Runner(loop_factory=lambda: _Loop(factor)) as runner:
        return runner.run(work)


def now() -> float:
    """The running loop's time in its own seconds."""
    return asyncio.get_running_loop().time()


def clock() -> Clock:
    """Both clocks of the running loop."""
    began = now()
    return Clock(lambda: START + timedelta(seconds=now() - began), now)
