"""An event loop without waiting: where nothing can happen but the passing of time, time has passed."""

import asyncio
import selectors
from collections.abc import AsyncGenerator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

T = TypeVar("T")


class _Skipping(selectors.DefaultSelector):
    """Moves the time on by as much as it was to wait."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise RuntimeError("every task waits for something that never comes")
        ready = super().select(0)
        if not ready and timeout > 0:
            self.now += timeout
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, whose every pause takes no time. It may use neither threads nor sockets."""
    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(work)


@asynccontextmanager
async def beside(work: Coroutine[Any, Any, Any]) -> AsyncGenerator[None]:
    """Work that never ends by itself, under way within; cancelled at the end."""
    task = asyncio.create_task(work)
    try:
        yield
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.wait([task])


def now() -> float:
    """Seconds that have passed in the running loop."""
    return asyncio.get_running_loop().time()
