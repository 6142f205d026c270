"""One client of Kiwoom's live server: its registrations, and its queue of frames."""

import asyncio
from collections import deque
from collections.abc import Iterable

from aiohttp import web

from app.simulator.options import Credential
from app.simulator.securities import plain_code

_MOST_WAITING = 4_000  # a client that does not read loses ticks beyond this many frames
MOST_REGISTRATIONS = 200

Registration = tuple[str, str, str]  # group, type, item


class TooManyRegistrations(Exception):
    """The connection's limit of registrations is exceeded."""


class Session:
    """A socket with its registrations; frames are sent in the order in which they were queued."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.credential: Credential | None = None
        self.unanswered = 0
        self.ticks = 0
        self.is_closing = False
        self.is_silent = False
        self.items: dict[str, tuple[str, ...]] = {}  # the registered spellings of each 0B code
        self._socket = socket
        self._transport = transport
        self._registrations: dict[Registration, None] = {}
        self._waiting: deque[str | None] = deque()
        self._has_frames = asyncio.Event()

    def say(self, frame: str) -> None:
        """Queue one frame."""
        if not self.is_closing:
            self._waiting.append(frame)
            self._has_frames.set()

    def say_ticks(self, frames: Iterable[str]) -> None:
        """Queue frames that may be dropped if the client is too slow."""
        if not self.is_closing and len(self._waiting) < _MOST_WAITING:
            self._waiting.extend(frames)
            self._has_frames.set()

    def close(self, *last_frames: str) -> None:
        """Queue these frames, then close with 1000 and "Bye"."""
        for frame in last_frames:
            self.say(frame)
        if not self.is_closing:
            self.is_closing = True
            self._waiting.append(None)
            self._has_frames.set()

    def cut(self) -> None:
        """Drop the connection without a close frame."""
        self.is_closing = True
        if self._transport is not None:
            self._transport.abort()

    def go_silent(self) -> None:
        """Leave the connection open without reading or writing."""
        self.is_silent = True
        if self._transport is not None:
            self._transport.pause_reading()

    async def write(self) -> None:
        """Send queued frames until the session ends."""
        try:
            while True:
                await self._has_frames.wait()
                self._has_frames.clear()
                while self._waiting and not self.is_silent:
                    frame = self._waiting.popleft()
                    if frame is None:
                        await self._socket.close(code=1000, message=b"Bye")
                        return
                    await self._socket.send_str(frame)
        except (ConnectionError, RuntimeError):
            return  # the client is gone; the reader notices it too

    def register(self, added: Iterable[Registration], *, dropped_group: str | None) -> None:
        """Add registrations, after dropping one group's; all or none. Raises TooManyRegistrations."""
        kept = {old: None for old in self._registrations if old[0] != dropped_group}
        together = kept | dict.fromkeys(added)
        if len({(kind, item) for _, kind, item in together}) > MOST_REGISTRATIONS:
            raise TooManyRegistrations
        self._registrations = together
        self._index()

    def remove(self, removed: Iterable[Registration]) -> None:
        """Drop registrations; an empty item drops every one of its type and group."""
        for group, kind, item in removed:
            for old in list(self._registrations):
                if old[:2] == (group, kind) and item in ("", old[2]):
                    del self._registrations[old]
        self._index()

    def wants(self, kind: str) -> bool:
        """Return whether a type is registered."""
        return any(registered == kind for _, registered, _ in self._registrations)

    def _index(self) -> None:
        items: dict[str, list[str]] = {}
        for _, kind, item in self._registrations:
            if kind == "0B" and item and item not in (spelt := items.setdefault(plain_code(item), [])):
                spelt.append(item)
        self.items = {code: tuple(spelt) for code, spelt in items.items()}
