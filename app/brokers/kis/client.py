"""Reads a KIS account: pension (TTTC2202R, TTTC2208R), listed bonds (CTSC8407R), asset mix (CTRP6548R)."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from random import uniform
from typing import Generic, Protocol, TypeVar

import msgspec

from app.brokers.codes import prove_empty
from app.brokers.http import Reply, Transport, in_own_time, refuse_unreadable
from app.brokers.kis import mapping, wire
from app.brokers.kis.codes import NO_DATA, refusal, refuses
from app.brokers.pacing import Limiter, backoff, most_retries, started_over, with_retries
from app.brokers.parse import Text, continuation, decoded, message, moment, text, token
from app.brokers.tokens import PAUSE_SECONDS, TokenKeeper
from app.domain.clock import KST, Clock
from app.domain.connections import Connection, View
from app.domain.errors import AppError, NeedsUser, Throttled, TokenRefused, UnexpectedReply
from app.domain.holdings import AssetMixReport, BondReport, PensionReport
from app.domain.language import tr_lazy
from app.domain.past import CashStatement
from app.domain.sources import AccessToken, Credentials, Source, TokenCache

logger = logging.getLogger(__name__)

_DC_MEMBER = "55"

_ISSUE_PATH = "/oauth2/tokenP"
_ISSUE_HEADERS = {"content-type": "application/json; charset=utf-8"}

# A limit against endless lists, far above any real number of lots.
MOST_PAGES = 60

_MORE = ("M", "F")
_END = ("D", "E")
_SEPARATORS = " !^"  # a key of only these ends the list: " !^ !^" on the last page of the bonds

Page = TypeVar("Page", bound=msgspec.Struct)
Row = TypeVar("Row", bound=msgspec.Struct)

_OK = 200
_VERDICT = msgspec.json.Decoder(wire.Verdict)
_GRANT = msgspec.json.Decoder(wire.Grant)


@dataclass(frozen=True, slots=True)
class Query(Generic[Page]):
    """One of KIS's queries: transaction id, path and decoder of the response."""

    tr_id: str
    path: str
    decoder: msgspec.json.Decoder[Page]


_PENSION = Query(
    "TTTC2202R",
    "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance",
    msgspec.json.Decoder(wire.PensionPage),
)


_PENSION_CASH = Query(
    "TTTC2208R",
    "/uapi/domestic-stock/v1/trading/pension/inquire-balance",
    msgspec.json.Decoder(wire.CashPage),
)


_BONDS = Query(
    "CTSC8407R", "/uapi/domestic-bond/v1/trading/inquire-balance", msgspec.json.Decoder(wire.BondPage)
)


_ASSET_MIX = Query(
    "CTRP6548R",
    "/uapi/domestic-stock/v1/trading/inquire-account-balance",
    msgspec.json.Decoder(wire.AssetMixPage),
)


def wait_after(error: AppError, attempt: int) -> float | None:
    """Return the delay in seconds after failure number `attempt` (from 1) before a retry; None for none."""
    if attempt > most_retries(error):
        return None
    if isinstance(error, Throttled):
        # The quota is per second, so shorter delays never help.
        return attempt + uniform(0, 0.5)  # noqa: S311
    return backoff(attempt, first=1.0, longest=8.0)


class KisSession:
    """The connections, the rate limit and the access token that all accounts of one app key share."""

    def __init__(
        self,
        transport: Transport,
        credentials: Credentials,
        cache: TokenCache,
        *,
        clock: Clock,
        requests_per_second: int = 10,
        token_pause: float = PAUSE_SECONDS,
        retry_policy: Callable[[AppError, int], float | None] = wait_after,
    ) -> None:
        self._credentials = credentials
        self._clock = clock
        self._transport = transport
        self._limiter = Limiter(requests_per_second)
        self._keeper = TokenKeeper(
            self._issue,
            cache,
            clock=clock,
            pause_seconds=token_pause,
            retry_after=self._wait_after_issue,
        )
        self._retry_policy = retry_policy

    async def ask(
        self, query: Query[Page], params: Mapping[str, str], *, tr_cont: str = ""
    ) -> tuple[Page, str]:
        """Return a page and its tr_cont; `tr_cont` "N" requests the page after the one of `params`.

        Raises AppError.
        """
        token = await self._keeper.token()
        try:
            return await self._with_retries(query, params, tr_cont, token)
        except TokenRefused as error:
            self._keeper.refuse(token, error)
        token = await self._keeper.token()
        try:
            return await self._with_retries(query, params, tr_cont, token)
        except TokenRefused as error:
            self._keeper.refuse(token, error)
            raise

    def source(self, connection: Connection) -> Source:
        """Return the readers of an account."""
        client = KisClient(self, connection.account or "")
        return Source(
            {View.PENSION: client.pension, View.BONDS: client.bonds, View.ASSET_MIX: client.asset_mix},
            log_in=self._keeper.token,
            cash=client.cash if View.PENSION in connection.views else None,
        )

    def today(self) -> date:
        """Return the current day (KST)."""
        return self._clock.now().astimezone(KST).date()

    async def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        try:
            await self._keeper.close()
        finally:
            await self._transport.close()

    async def _with_retries(
        self, query: Query[Page], params: Mapping[str, str], tr_cont: str, token: AccessToken
    ) -> tuple[Page, str]:
        send = partial(self._send, query, params, tr_cont, token)
        return await with_retries(send, self._wait_after)

    async def _send(
        self, query: Query[Page], params: Mapping[str, str], tr_cont: str, token: AccessToken
    ) -> tuple[Page, str]:
        await self._limiter.turn()
        started = self._clock.monotonic()
        headers = {
            "content-type": "application/json; charset=utf-8",
            "authorization": f"Bearer {token.text}",
            "appkey": self._credentials.app_key,
            "appsecret": self._credentials.app_secret,
            "tr_id": query.tr_id,
            "tr_cont": tr_cont,
            "custtype": "P",
        }
        reply = await self._transport.get(query.path, headers=headers, params=params)
        elapsed = (self._clock.monotonic() - started) * 1000
        logger.debug("%s: HTTP %s in %.0f ms", query.tr_id, reply.status, elapsed)
        secrets = (
            token.text,
            self._credentials.app_key,
            self._credentials.app_secret,
            params["CANO"],
        )
        return answered(reply, query.decoder, secrets), reply.headers.get("tr_cont", "")

    async def _issue(self) -> AccessToken:
        await self._limiter.turn()
        return await issue_token(self._transport, self._credentials, self._clock)

    def _wait_after_issue(self, error: AppError, attempt: int) -> float | None:
        """Return the delay as for any request, None if a token may have been issued: KIS notifies of each."""
        has_no_token = error.is_unsent or isinstance(error, Throttled)
        return self._wait_after(error, attempt) if has_no_token else None

    def _wait_after(self, error: AppError, attempt: int) -> float | None:
        seconds = self._retry_policy(error, attempt)
        if seconds is not None and isinstance(error, Throttled):
            self._limiter.hold(seconds)
        return seconds


class KisClient:
    """Reads one account, `12345678-29`."""

    def __init__(self, session: KisSession, account: str) -> None:
        self._session = session
        self._number, _, self._product = account.partition("-")

    async def pension(self) -> PensionReport:
        """Read the pension account (TTTC2202R), which has no second page. Raises AppError."""
        params = {**self._account(), "USER_DVSN_CD": "00", "CTX_AREA_FK100": "", "CTX_AREA_NK100": ""}
        page, _ = await started_over(lambda: self._session.ask(_PENSION, params))
        return mapping.pension_report(page)

    async def cash(self) -> CashStatement:
        """Read the cash of the pension account with today's trades (TTTC2208R). Raises AppError."""
        day = self._session.today()
        rows, totals = await started_over(self._cash_pages)
        return mapping.cash_statement(day, rows, totals)

    async def bonds(self) -> BondReport:
        """Read all bond lots (CTSC8407R), every page or none. Raises AppError."""
        return mapping.bond_report(await started_over(self._bond_rows))

    async def asset_mix(self) -> AssetMixReport:
        """Read the assets by class on the settlement basis (CTRP6548R). Raises AppError."""
        params = {**self._account(), "INQR_DVSN_1": "", "BSPR_BF_DT_APLY_YN": ""}
        page, _ = await started_over(lambda: self._session.ask(_ASSET_MIX, params))
        return mapping.asset_mix_report(page, self._product)

    async def close(self) -> None:
        """Close the connections of the session."""
        await self._session.close()

    async def _bond_rows(self) -> list[wire.BondRow]:
        params = {
            **self._account(),
            "INQR_CNDT": "00",
            "PDNO": "",
            "BUY_DT": "",
            "CTX_AREA_FK200": "",
            "CTX_AREA_NK200": "",
        }
        pages = Pages[wire.BondRow]("output")
        page, tr_cont = await self._session.ask(_BONDS, params)
        while pages.add(page, tr_cont):
            # The keys are returned with their padding, like in the broker's own sample.
            params["CTX_AREA_FK200"] = continuation(page.ctx_area_fk200, "ctx_area_fk200")
            params["CTX_AREA_NK200"] = continuation(page.ctx_area_nk200, "ctx_area_nk200")
            page, tr_cont = await self._session.ask(_BONDS, params, tr_cont="N")
        return pages.rows

    async def _cash_pages(self) -> tuple[list[wire.CashRow], wire.CashTotals]:
        """Return the rows of every page, and the sums of the last."""
        params = {
            **self._account(),
            "ACCA_DVSN_CD": "00",
            "INQR_DVSN": "00",
            "CTX_AREA_FK100": "",
            "CTX_AREA_NK100": "",
        }
        pages = Pages[wire.CashRow]("output1")
        page, tr_cont = await self._session.ask(_PENSION_CASH, params)
        while pages.add(page, tr_cont):
            params["CTX_AREA_FK100"] = continuation(page.ctx_area_fk100, "ctx_area_fk100")
            params["CTX_AREA_NK100"] = continuation(page.ctx_area_nk100, "ctx_area_nk100")
            page, tr_cont = await self._session.ask(_PENSION_CASH, params, tr_cont="N")
        return pages.rows, page.totals

    def _account(self) -> dict[str, str]:
        if self._product == _DC_MEMBER:
            raise NeedsUser(
                tr_lazy(
                    "Korea Investment does not offer its API for accounts with product code 55 (DC members)."
                ),
                code="settings",
                action=tr_lazy("Enter another account number or remove this connection."),
            )
        return {"CANO": self._number, "ACNT_PRDT_CD": self._product}


# A token is valid for a day; at most one a minute is issued, and within six hours it is the same again.
async def issue_token(transport: Transport, credentials: Credentials, clock: Clock) -> AccessToken:
    """Return a token from tokenP, with its end in KST instead of `expires_in`. Raises AppError."""
    request = {
        "grant_type": "client_credentials",
        "appkey": credentials.app_key,
        "appsecret": credentials.app_secret,
    }
    reply = await transport.post(_ISSUE_PATH, headers=_ISSUE_HEADERS, content=msgspec.json.encode(request))
    grant = granted(reply, (credentials.app_key, credentials.app_secret))
    issued = token(grant.access_token)
    if issued is None:
        raise UnexpectedReply(tr_lazy("The field 'access_token' is missing or not valid."))
    expires_at = moment(grant.access_token_token_expired, "%Y-%m-%d %H:%M:%S", "access_token_token_expired")
    now = clock.now()
    return AccessToken(issued, issued_at=now, expires_at=in_own_time(expires_at, reply, now))


class _ListPage(Protocol[Row]):
    """A page of a list."""

    @property
    def rows(self) -> list[Row]: ...

    @property
    def next_key(self) -> Text: ...

    @property
    def msg_cd(self) -> Text: ...

    @property
    def msg1(self) -> Text: ...

    @property
    def is_refused(self) -> bool: ...

    @property
    def says_no_data(self) -> bool: ...


# A list that may be incomplete is rejected.
class Pages(Generic[Row]):
    """Collects the pages of a list and determines whether there is another one."""

    def __init__(self, field: str) -> None:
        self.rows: list[Row] = []
        self._field = field
        self._pages = 0
        self._earlier: set[Row] = set()
        self._keys: set[str] = set()

    def add(self, page: _ListPage[Row], tr_cont: str) -> bool:
        """Add a page; return True where the next one is to be read. Raises AppError."""
        rows = page.rows
        if self._pages and page.is_refused:  # for lack of data: an empty account has no earlier page
            raise refusal(text(page.msg_cd) or NO_DATA, page.msg1)
        if not self._earlier.isdisjoint(rows):
            raise UnexpectedReply(tr_lazy("A page of the list repeats an earlier one."))
        self.rows += rows
        self._earlier.update(rows)
        self._pages += 1
        key = (text(page.next_key) or "").strip(_SEPARATORS)
        continues = self._continues(tr_cont.strip().upper(), has_key=bool(key), message=text(page.msg_cd))
        if not rows and (continues or self._pages > 1):
            # A list that is empty from its first page on is the broker's complete response: no total
            # could contradict it.
            prove_empty(self._field, no_data=page.says_no_data and not continues)
        if not continues:
            return False
        if key in self._keys:
            raise UnexpectedReply(tr_lazy("The continuation key repeats an earlier one."))
        if self._pages >= MOST_PAGES:
            raise UnexpectedReply(tr_lazy("The list has more than {pages} pages.", pages=MOST_PAGES))
        self._keys.add(key)
        return True

    @staticmethod
    def _continues(tr_cont: str, *, has_key: bool, message: str | None) -> bool:
        if tr_cont in _END:
            return False
        if tr_cont in _MORE and has_key:
            return True
        # F also occurs on a last page, M never.
        if tr_cont == "M" or message == wire.MORE_FOLLOWS:
            raise UnexpectedReply(tr_lazy("The broker reported another page without a continuation key."))
        return False


# The body determines whether KIS refused, not the HTTP status.
def granted(reply: Reply, secrets: tuple[str, ...]) -> wire.Grant:
    """Return the response to a token request. Raises AppError."""
    _check(reply, secrets)
    return decoded(_GRANT, reply.body)


def answered(reply: Reply, decoder: msgspec.json.Decoder[Page], secrets: tuple[str, ...]) -> Page:
    """Return the response to a query. Raises AppError."""
    verdict = _check(reply, secrets)
    if text(verdict.rt_cd) is None and not verdict.says_no_data:
        raise UnexpectedReply(tr_lazy("The field 'rt_cd' is missing."))
    return decoded(decoder, reply.body)


def _check(reply: Reply, secrets: tuple[str, ...]) -> wire.Verdict:
    try:
        verdict = decoded(_VERDICT, reply.body)
    except UnexpectedReply:
        refuse_unreadable(reply)
        raise
    oauth_code = text(verdict.error_code)
    if oauth_code is not None:
        raise refusal(oauth_code, verdict.error_description, reply.status, secrets)
    code = text(verdict.msg_cd)
    if verdict.says_no_data and reply.status == _OK and not refuses(code or ""):
        return verdict
    if code is not None and (verdict.is_refused or refuses(code)):
        raise refusal(code, verdict.msg1, reply.status, secrets)
    if reply.status >= 300:
        refuse_unreadable(reply)
    if verdict.is_refused:
        said = message(verdict.msg1, *secrets) or ""
        raise UnexpectedReply(tr_lazy("The broker rejected the request without a code. {said}", said=said))
    return verdict
