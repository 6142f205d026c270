"""The supported brokers: a new one is a folder and an entry here."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.brokers.kis import KIS
from app.brokers.kiwoom import KIWOOM

if TYPE_CHECKING:  # not needed for the first paint
    from app.domain.brokers import BrokerSpec, Session
    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.sources import Credentials, Source, TokenCache

BROKERS: tuple[BrokerSpec, ...] = (KIS, KIWOOM)


def spec_of(connection: Connection) -> BrokerSpec:
    """Return the broker of a connection."""
    return next(spec for spec in BROKERS if spec.id == connection.broker)


class BrokerSessions:
    """Opens connections; those with the same app key share one session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[tuple[str, str], Session] = {}

    def open(self, connection: Connection, credentials: Credentials, cache: TokenCache) -> Source:
        """Return the readers of this connection; `cache` is only used for the first one with the app key."""
        key = (connection.server, credentials.app_key)
        if key not in self._sessions:
            self._sessions[key] = spec_of(connection).open_session(
                connection, credentials, cache, self._clock
            )
        opened = self._sessions[key].source(connection)
        wanted = {view: read for view, read in opened.readers.items() if view in connection.views}
        return replace(opened, readers=wanted)

    async def close(self) -> None:
        """Close every session, all at the same time: each may wait for a response."""
        import asyncio  # not needed for the first paint

        sessions, self._sessions = self._sessions, {}
        await asyncio.gather(*(session.close() for session in sessions.values()))
