"""A broker of the tests' own: one view and a live line, served without a network."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from app.brokers.codes import Kind, Meaning
from app.domain.brokers import BrokerSpec, DemoAccount
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.holdings import Report
from app.domain.sources import AccessToken, Credentials, Source, TokenCache
from tests.fakes import FakeLine, position, positions_report, tick


class ToyLine(FakeLine):
    """Sends one trade at 72,000 of each requested stock."""

    async def watch(self, codes: Sequence[str]) -> None:
        await super().watch(codes)
        self.say(*(tick(code, 72_000) for code in codes))


class ToySession:
    """Ten shares bought at 60,000, whose price the live line brings."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def source(self, connection: Connection) -> Source:
        """The same holdings for every connection."""
        del connection
        return Source({View.POSITIONS: self.positions}, self, log_in=self.log_in)

    async def positions(self) -> Report:
        """As of the last answer: a price of 70,000."""
        return positions_report(position())

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator[FakeLine]:
        """A line of this session."""
        yield ToyLine()

    async def log_in(self) -> AccessToken:
        """A token for a day."""
        now = self._clock.now()
        return AccessToken("toy-token", issued_at=now, expires_at=now + timedelta(days=1))

    async def close(self) -> None:
        """Nothing is open."""


def _opened_session(
    connection: Connection, credentials: Credentials, cache: TokenCache, clock: Clock
) -> ToySession:
    del connection, credentials, cache
    return ToySession(clock)


def _known_codes() -> Mapping[str, Meaning]:
    return {"TOY404": Meaning(Kind.EMPTY, "There are no toys.", "Look elsewhere.")}


TOY = BrokerSpec(
    id="toy",
    title="Toy Securities",
    queries={View.POSITIONS: "TOY-1"},
    base_url="https://toy.example",
    open_session=_opened_session,
    known_codes=_known_codes,
    ws_url="wss://toy.example",
    demo=(DemoAccount("toy-main", "Toy holdings", (View.POSITIONS,)),),
)
