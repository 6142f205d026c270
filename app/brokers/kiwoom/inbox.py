"""News that came over a live line and that nobody has taken yet."""

import asyncio
from collections.abc import Sequence

from app.domain.live import Fill, LiveEvent, MarketSignal, Tick, is_outdated

MOST_WAITING = 1_000


class Inbox:
    """Keeps news in their order until they are taken.

    Where too much waits, only the newest is kept of each stock's trades, of each position's fills and of
    each session signal; and where even that is too much, the oldest goes, which `dropped` counts.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._waiting: list[LiveEvent] = []
        self._has_news = asyncio.Event()
        self._end: Exception | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, news: Sequence[LiveEvent]) -> None:
        """Add news."""
        if news:
            self._waiting += news
            if len(self._waiting) > MOST_WAITING:
                self._condense()
            self._has_news.set()

    def close(self, end: Exception) -> None:
        """Nothing more will come, for this reason."""
        self._end = end
        self._has_news.set()

    async def take(self) -> Sequence[LiveEvent]:
        """All that waits, or that comes next. Raises the line's end once all was taken."""
        while not self._waiting:
            if self._end is not None:
                raise self._end
            self._has_news.clear()
            await self._has_news.wait()
        news, self._waiting = self._waiting, []
        return news

    def _condense(self) -> None:
        newest: dict[object, LiveEvent] = {}
        for event in self._waiting:
            key = _subject(event)
            before = newest.get(key)
            if (
                isinstance(before, Tick)
                and isinstance(event, Tick)
                and is_outdated(event, before.time, is_ahead=before.is_ahead, elapsed=0.0)
            ):
                continue
            newest.pop(key, None)  # so that it goes to the end
            newest[key] = event
        self._waiting = list(newest.values())
        # Half of the room, or the next frame would be the next reason to do all this.
        surplus = max(0, len(self._waiting) - MOST_WAITING // 2)
        self.dropped += surplus
        del self._waiting[:surplus]


def _subject(event: LiveEvent) -> object:
    match event:
        case Tick():
            return event.code
        case Fill():
            return (*event.key, event.account)
        case MarketSignal():
            return event
