"""Read-only access to a Kiwoom account (kt00005, kt00003, kt00018, and the days before)."""

import asyncio
import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import TypeVar

import msgspec

from app.brokers import parse
from app.brokers.codes import prove_empty
from app.brokers.http import DEADLINE_SECONDS, Reply, Transport, in_own_time, refuse_unreadable
from app.brokers.kiwoom import codes, mapping, wire
from app.brokers.kiwoom.live import KiwoomLive
from app.brokers.kiwoom.past import KiwoomPast
from app.brokers.kiwoom.wire import amount
from app.brokers.pacing import Limiter, most_retries, with_retries
from app.brokers.parse import decoded
from app.brokers.tokens import PAUSE_SECONDS, TokenKeeper
from app.domain.clock import Clock
from app.domain.connections import Connection, View
from app.domain.errors import (
    AppError,
    Busy,
    NeedsUser,
    NotReachable,
    Throttled,
    TokenRefused,
    TooSoon,
    UnexpectedReply,
)
from app.domain.holdings import Position, PositionReport, RowKey, known_sum
from app.domain.language import tr_lazy
from app.domain.sources import AccessToken, Credentials, Source, TokenCache
from app.domain.valuation import loans_of, proven_net

_ACCOUNT_PATH = "/api/dostk/acnt"
_POSITIONS = "kt00005"
_ESTIMATE = "kt00003"
_BALANCES = "kt00018"
_ESTIMATE_BODY = msgspec.json.encode({"qry_tp": "0"})
_LIST = "stk_cntr_remn"
_LONGEST_LIST = 100  # pages
_NEXT_KEY = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,198}[\x21-\x7e])?")  # sent back in a header
_PER_SECOND = 1  # of one TR; measured limits are up to 5, but bursts are rejected well below that

_POSITIONS_READER = msgspec.json.Decoder(wire.PositionsReply)
_BALANCES_READER = msgspec.json.Decoder(wire.BalancesReply)
_ESTIMATE_READER = msgspec.json.Decoder(wire.EstimateReply)

_ISSUE_PATH = "/oauth2/token"
_ISSUE_HEADERS = {"content-type": "application/json;charset=UTF-8", "api-id": "au10001"}
_TOKEN_READER = msgspec.json.Decoder(wire.TokenReply)
_WAIT = tr_lazy("Moa will request a new one when the broker allows it. No action is needed.")

R = TypeVar("R", bound=wire.Result)


def wait_after(error: AppError, attempt: int) -> float | None:
    """Return the delay in seconds after failure number `attempt` (from 1) of a request; None to give up."""
    if attempt > most_retries(error):
        return None
    return (1.1 if isinstance(error, Throttled) else 0.5) * 2 ** (attempt - 1)


class KiwoomSession:
    """The token, the rate limit and the connections of one app key, shared by everything that uses it."""

    def __init__(
        self,
        base_url: str,
        ws_url: str,
        credentials: Credentials,
        cache: TokenCache,
        *,
        clock: Clock,
        token_pause: float = PAUSE_SECONDS,
        deadline: float = DEADLINE_SECONDS,
    ) -> None:
        self._clock = clock
        self._transport = Transport(base_url, deadline=deadline)
        self._secrets = (credentials.app_key, credentials.app_secret)
        self.keeper = TokenKeeper(
            partial(issue_token, self._transport, credentials, clock),
            cache,
            clock=clock,
            pause_seconds=token_pause,
        )
        self.live = KiwoomLive(self.keeper, ws_url)
        self._limiters: defaultdict[str, Limiter] = defaultdict(lambda: Limiter(_PER_SECOND))
        self._queues: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._in_flight = asyncio.Lock()

    async def positions_page(self, exchange: str, next_key: str) -> tuple[wire.PositionsReply, str | None]:
        """Return a page of kt00005 and the key of the next one, None on the last. Raises AppError."""
        return await self.page(_POSITIONS, {"dmst_stex_tp": exchange}, _POSITIONS_READER, next_key)

    async def page(
        self,
        api_id: str,
        body: Mapping[str, str],
        reader: msgspec.json.Decoder[R],
        next_key: str = "",
        *,
        path: str = _ACCOUNT_PATH,
    ) -> tuple[R, str | None]:
        """Return a page of a query and the key of the next one, None on the last. Raises AppError."""
        ask = partial(self._asked, api_id, msgspec.json.encode(body), next_key, path)
        return await with_retries(partial(self._page, ask, reader), wait_after)

    async def estimated_assets(self) -> Decimal | None:
        """Return the broker's own estimate of the account's assets in won; None where it sends none."""
        try:
            _, reply = await self._asked(_ESTIMATE, _ESTIMATE_BODY, "")
            answer = decoded(_ESTIMATE_READER, reply.body)
            is_taken = codes.result_code(answer.return_code) == codes.SUCCESS and reply.status == 200
            return amount(answer.prsm_dpst_aset_amt, "prsm_dpst_aset_amt") if is_taken else None
        except AppError:
            return None  # the positions are known nevertheless

    async def closes_page(self, exchange: str, next_key: str) -> tuple[dict[str, Decimal], str | None]:
        """Return the previous closes of a page of kt00018 by stock, and the next page's key.

        Raises AppError.
        """
        body = msgspec.json.encode({"qry_tp": "2", "dmst_stex_tp": exchange})
        token, reply = await self._asked(_BALANCES, body, next_key)
        answer = decoded(_BALANCES_READER, reply.body)
        if codes.result_code(answer.return_code) != codes.SUCCESS or reply.status != 200:
            raise self._refusal(answer, reply, token)
        return mapping.previous_closes(answer.acnt_evlt_remn_indv_tot or ()), _next_key(reply)

    def source(self, connection: Connection) -> Source:
        """Return the readers of the app key's account, at one exchange."""
        exchange = connection.exchange or "KRX"
        client = KiwoomClient(self, exchange)
        return Source(
            {View.POSITIONS: client.positions},
            self.live.at(exchange),
            log_in=self.keeper.token,
            closes=client.closes,
            past=KiwoomPast(self, self._clock),
        )

    async def close(self) -> None:
        """Close the connections; the next request opens them again."""
        try:
            await self.keeper.close()
        finally:
            await self._transport.close()

    async def _page(
        self, ask: Callable[[], Awaitable[tuple[AccessToken, Reply]]], reader: msgspec.json.Decoder[R]
    ) -> tuple[R, str | None]:
        token, reply = await ask()
        try:
            return self._read(reader, reply, token)
        except TokenRefused as error:
            self.keeper.refuse(token, error)
        token, reply = await ask()
        try:
            return self._read(reader, reply, token)
        except TokenRefused as error:
            self.keeper.refuse(token, error)
            raise

    async def _asked(
        self, api_id: str, body: bytes, next_key: str, path: str = _ACCOUNT_PATH
    ) -> tuple[AccessToken, Reply]:
        limiter = self._limiters[api_id]
        # One of a TR after the other: what waits for the limit must not hold up other queries.
        async with self._queues[api_id]:
            await limiter.ready()
            async with self._in_flight:
                token = await self.keeper.token()
                headers = {
                    "content-type": "application/json;charset=UTF-8",
                    "api-id": api_id,
                    "authorization": f"Bearer {token.text}",
                    "cont-yn": "Y" if next_key else "N",
                    "next-key": next_key,
                }
                await limiter.turn()
                return token, await self._transport.post(path, headers=headers, content=body)

    def _read(
        self, reader: msgspec.json.Decoder[R], reply: Reply, token: AccessToken
    ) -> tuple[R, str | None]:
        """Return the page of a response. Raises the refusal, or UnexpectedReply for anything else."""
        try:
            result = decoded(reader, reply.body)
        except UnexpectedReply:
            if reply.status == codes.TOO_MANY_REQUESTS:
                raise self._refusal(wire.Result(), reply, token) from None
            refuse_unreadable(reply)
            raise
        code = codes.result_code(result.return_code)
        if result.has_rows:
            is_taken = code in (None, codes.SUCCESS)
        else:
            is_taken = not codes.refuses(result) if code in (None, codes.SUCCESS) else codes.is_empty(result)
        if not is_taken or reply.status == codes.TOO_MANY_REQUESTS:
            raise self._refusal(result, reply, token)
        if reply.status >= 500:
            raise NotReachable(
                tr_lazy("The broker's server reported an error (HTTP {status}).", status=reply.status)
            )
        if code is None or reply.status != 200:
            raise UnexpectedReply(tr_lazy("Unexpected response format (HTTP {status}).", status=reply.status))
        return result, _next_key(reply)

    def _refusal(self, result: wire.Result, reply: Reply, token: AccessToken) -> AppError:
        return codes.refusal(result.return_code, result.return_msg, reply.status, token.text, *self._secrets)


def _next_key(reply: Reply) -> str | None:
    """Return the key of the next page, None on the last. Raises UnexpectedReply for a Y without one."""
    if reply.headers.get("cont-yn", "").strip().upper() != "Y":
        return None
    key = reply.headers.get("next-key", "").strip()
    if not _NEXT_KEY.fullmatch(key):
        raise UnexpectedReply(tr_lazy("The broker reported another page without a continuation key."))
    return key


class KiwoomClient:
    """Reads one configured Kiwoom connection."""

    def __init__(self, session: KiwoomSession, exchange: str = "KRX") -> None:
        self._session = session
        self._exchange = exchange

    async def positions(self) -> PositionReport:
        """Return all positions and the account's own figures of page 1. Raises AppError.

        Nothing is returned unless every page was read without duplicate positions.
        """
        rows: list[Position] = []
        summary: wire.PositionsReply | None = None
        next_key: str | None = ""
        used = {next_key}
        while next_key is not None:
            if len(used) > _LONGEST_LIST:
                raise UnexpectedReply(
                    tr_lazy("The list of holdings has more than {pages} pages.", pages=_LONGEST_LIST)
                )
            page, next_key = await self._session.positions_page(self._exchange, next_key)
            if not page.stk_cntr_remn:
                _refuse_gap(page, summary, rows, is_last=next_key is None)
            summary = summary or page
            rows += map(mapping.position, page.stk_cntr_remn or ())
            if next_key in used:
                raise UnexpectedReply(tr_lazy("The continuation key repeats an earlier one."))
            if next_key is not None:
                used.add(next_key)
        assert summary is not None
        _refuse_duplicates(rows)
        return await self._with_proof(mapping.position_report(summary, rows))

    async def closes(self) -> dict[str, Decimal]:
        """Return the previous close of each stock held in won. Raises AppError."""
        found: dict[str, Decimal] = {}
        next_key: str | None = ""
        used: set[str] = set()
        while next_key is not None and next_key not in used and len(used) < _LONGEST_LIST:
            used.add(next_key)
            page, next_key = await self._session.closes_page(self._exchange, next_key)
            found |= page
        return found

    async def _with_proof(self, report: PositionReport) -> PositionReport:
        """Return the report with what is proven about its loans."""
        if not loans_of(report):
            return report
        proof = proven_net(report, await self._session.estimated_assets())
        return replace(report, is_net_of_loans=proof)

    async def close(self) -> None:
        """Close the session's connections."""
        await self._session.close()


def _refuse_gap(
    page: wire.PositionsReply, first: wire.PositionsReply | None, rows: list[Position], *, is_last: bool
) -> None:
    """Raise for a page without positions, unless the account is empty or the list is complete."""
    no_data = codes.is_empty(page)
    if first is None:
        prove_empty(_LIST, *_totals(page), no_data=no_data and is_last)
    elif no_data:
        raise codes.refusal(page.return_code, page.return_msg)
    if not is_last or (first is not None and not _is_whole(first, rows)):
        raise UnexpectedReply(tr_lazy("A page of the list ('{field}') has no holdings.", field=_LIST))


def _totals(page: wire.PositionsReply) -> tuple[Decimal | None, Decimal | None]:
    """Return the broker's sums of cost and value in won."""
    return amount(page.stk_buy_tot_amt, "stk_buy_tot_amt"), amount(page.evlt_amt_tot, "evlt_amt_tot")


def _is_whole(first: wire.PositionsReply, rows: list[Position]) -> bool:
    """Return whether the rows add up to one of the broker's totals: the value may change between pages."""
    sums = known_sum(row.purchase_amount for row in rows), known_sum(row.value for row in rows)
    return any(total is not None and total == own for total, own in zip(_totals(first), sums, strict=True))


def _refuse_duplicates(rows: list[Position]) -> None:
    seen: set[RowKey] = set()
    for row in rows:
        if row.key in seen:
            raise UnexpectedReply(tr_lazy("The same holding was received twice."))
        seen.add(row.key)


async def issue_token(transport: Transport, credentials: Credentials, clock: Clock) -> AccessToken:
    """Return a new token, or the one still valid: Kiwoom may issue either. Raises AppError."""
    body = {
        "grant_type": "client_credentials",
        "appkey": credentials.app_key,
        "secretkey": credentials.app_secret,
    }
    reply = await transport.post(_ISSUE_PATH, headers=_ISSUE_HEADERS, content=msgspec.json.encode(body))
    secrets = (credentials.app_key, credentials.app_secret)
    try:
        answer = parse.decoded(_TOKEN_READER, reply.body)
    except UnexpectedReply:
        if reply.status == codes.TOO_MANY_REQUESTS:
            raise _issue_refusal(wire.TokenReply(), reply.status, secrets) from None
        refuse_unreadable(reply)
        raise
    code = codes.result_code(answer.return_code)
    if code not in (None, codes.SUCCESS) or reply.status == codes.TOO_MANY_REQUESTS:
        raise _issue_refusal(answer, reply.status, secrets)
    if reply.status >= 500:
        raise NotReachable(
            tr_lazy("The broker's server reported an error (HTTP {status}).", status=reply.status)
        )
    token = parse.token(answer.token)
    if reply.status != 200 or token is None:
        raise UnexpectedReply(tr_lazy("The response has no access token."))
    expires_at, now = parse.moment(answer.expires_dt, "%Y%m%d%H%M%S", "expires_dt"), clock.now()
    return AccessToken(token, issued_at=now, expires_at=in_own_time(expires_at, reply, now))


def _issue_refusal(answer: wire.TokenReply, status: int, secrets: tuple[str, str]) -> Exception:
    error = codes.refusal(answer.return_code, answer.return_msg, status, *secrets)
    if isinstance(error, Throttled):
        return TooSoon(error.raw_message, code=error.code, action=_WAIT)
    if isinstance(error, TokenRefused):  # this request was for a new token, so another one does not help
        kind = Busy if error.code == codes.TOKEN_NOT_FOUND else NeedsUser
        return kind(error.raw_message, code=error.code, action=error.raw_action)
    return error
