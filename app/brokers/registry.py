"""The brokers Moa can read: a new one is a folder, an entry here and nothing else."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from app.domain.clock import Clock
from app.domain.connections import BrokerSpec, Connection, View
from app.domain.language import N_, tr
from app.domain.sources import Credentials, Source, TokenCache


class Session(Protocol):
    """What all connections with one app key share: token, limiter and HTTP client."""

    async def close(self) -> None:
        """Close the connections to the broker."""
        ...


_DC_MEMBER = "55"  # a DC member's account is a view on the employer's: KIS gives it no API
_PENSION = "29"
_KIS_PRODUCTS = {
    "01": N_("General (brokerage)"),
    "03": N_("Domestic futures & options"),
    "08": N_("Overseas futures & options"),
    "21": N_("Funds & financial products"),
    "22": N_("Personal pension (savings)"),
    _PENSION: N_("Retirement pension (IRP)"),
}


def kis_account_problem(account: str, views: tuple[View, ...]) -> str | None:
    """Why an account's product code (its last two digits) cannot be read, if so."""
    product = account[-2:]
    if product == _DC_MEMBER:
        return tr("Korea Investment gives no API to accounts with product code 55 (DC members).")
    if product == _PENSION and any(view is not View.PENSION for view in views):
        return tr("An account with product code 29 (retirement pension) can only have pension in views.")
    return None


def kis_account_note(account: str) -> str | None:
    """What kind of account the product code stands for, where that is known."""
    product = account[-2:]
    kind = _KIS_PRODUCTS.get(product)
    return None if kind is None else tr("{product} = {kind} account", product=product, kind=tr(kind))


KIS = BrokerSpec(
    id="kis",
    title=N_("Korea Investment"),
    views=(View.PENSION, View.BONDS, View.ASSET_MIX),
    base_url="https://openapi.koreainvestment.com:9443",
    needs_account=True,
    account_problem=kis_account_problem,
    account_note=kis_account_note,
    key_hints=(N_("36 characters · paste it here"), N_("180 characters · paste it here")),
)
KIWOOM = BrokerSpec(
    id="kiwoom",
    title=N_("Kiwoom Securities"),
    views=(View.POSITIONS,),
    base_url="https://api.kiwoom.com",
    ws_url="wss://api.kiwoom.com:10000",
    exchanges=("KRX", "NXT"),
)
BROKERS = (KIS, KIWOOM)


class BrokerSessions:
    """Opens connections; those with the same app key share one session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[tuple[str, str, str], Session] = {}

    def open(self, connection: Connection, credentials: Credentials, cache: TokenCache) -> Source:
        """How to read this connection; `cache` serves only the first one with the app key."""
        opened = _OPENERS[connection.broker](self, connection, credentials, cache)
        wanted = {view: reader for view, reader in opened.readers.items() if view in connection.views}
        return Source(wanted, opened.live, log_in=opened.log_in)

    async def close(self) -> None:
        """Close every session."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()

    def _kis(self, connection: Connection, credentials: Credentials, cache: TokenCache) -> Source:
        from app.brokers.kis.client import KisClient, KisSession  # late: httpx costs the first paint 80 ms

        session = self._shared(
            connection,
            credentials,
            lambda: KisSession(
                connection.base_url,
                credentials,
                cache,
                clock=self._clock,
                requests_per_second=connection.requests_per_second,
            ),
        )
        assert isinstance(session, KisSession)
        client = KisClient(session, connection.account or "")
        return Source(
            {View.PENSION: client.pension, View.BONDS: client.bonds, View.ASSET_MIX: client.asset_mix},
            log_in=session.log_in,
        )

    def _kiwoom(self, connection: Connection, credentials: Credentials, cache: TokenCache) -> Source:
        from app.brokers.kiwoom.client import KiwoomClient, KiwoomSession  # late, as above

        session = self._shared(
            connection,
            credentials,
            lambda: KiwoomSession(
                connection.base_url, connection.ws_url or "", credentials, cache, clock=self._clock
            ),
        )
        assert isinstance(session, KiwoomSession)
        client = KiwoomClient(session, connection.exchange or "KRX")
        readers: dict[View, Callable[[], Awaitable[object]]] = {View.POSITIONS: client.positions}
        return Source(readers, client.live, log_in=session.keeper.token)  # pyright: ignore[reportArgumentType]

    def _shared(
        self, connection: Connection, credentials: Credentials, make: Callable[[], Session]
    ) -> Session:
        key = (connection.broker, connection.base_url, credentials.app_key)
        if key not in self._sessions:
            self._sessions[key] = make()
        return self._sessions[key]


_OPENERS: dict[str, Callable[[BrokerSessions, Connection, Credentials, TokenCache], Source]] = {
    KIS.id: BrokerSessions._kis,  # pyright: ignore[reportPrivateUsage]
    KIWOOM.id: BrokerSessions._kiwoom,  # pyright: ignore[reportPrivateUsage]
}


def known_codes() -> dict[str, list[tuple[str, str, str]]]:
    """By a broker's name, the codes of its refusals, each with its meaning and what the user can do."""
    from app.brokers.kis.codes import CODES  # late, as above
    from app.brokers.kiwoom.codes import MEANINGS

    return {
        tr(KIS.title): [(code, tr(meaning.title), tr(meaning.action)) for code, meaning in CODES.items()],
        tr(KIWOOM.title): [
            (code, tr(meaning.title), tr(meaning.action)) for code, meaning in MEANINGS.items()
        ],
    }
