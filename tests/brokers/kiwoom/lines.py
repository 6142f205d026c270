"""Live lines to a server of the test's own."""

from collections.abc import Awaitable, Callable
from typing import Any

from app.brokers.kiwoom.line import KiwoomLine
from app.brokers.kiwoom.live import KiwoomLive, KiwoomLiveAt
from app.brokers.tokens import TokenKeeper
from app.domain.clock import KST, Clock
from app.domain.live import LiveEvent
from app.domain.sources import AccessToken
from tests.brokers.kiwoom.servers import Memory


class Desk:
    """Issues token-1, token-2 ... to whoever asks, or always the same one."""

    def __init__(self, always: str | None = None) -> None:
        self.issues = 0
        self._always = always

    async def __call__(self) -> AccessToken:
        self.issues += 1
        now = Clock().now()
        return AccessToken(self._always or f"token-{self.issues}", now, now.replace(year=2099, tzinfo=KST))


def live(url: str, desk: Desk | None = None, **options: Any) -> KiwoomLiveAt:
    keeper = TokenKeeper(desk or Desk(), Memory(), clock=Clock(), pause_seconds=0)
    exchange = options.pop("exchange", "KRX")
    return KiwoomLive(keeper, url, **options).at(exchange)


def hearing(count: int) -> Callable[[KiwoomLine], Awaitable[list[LiveEvent]]]:
    """Listen until so many events were heard."""

    async def hear(line: KiwoomLine) -> list[LiveEvent]:
        heard: list[LiveEvent] = []
        async for events in line.events():
            heard += events
            if len(heard) >= count:
                break
        return heard

    return hear
