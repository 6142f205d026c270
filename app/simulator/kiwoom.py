"""Kiwoom's REST server: tokens, account number, estimated assets, kt00005 and kt00018 in pages, the past."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from aiohttp import web

from app.simulator.faults import Faults
from app.simulator.kis import posted
from app.simulator.market import Market, Money, Quote, buying_costs, selling_costs, transaction_tax, valuation
from app.simulator.options import Credential
from app.simulator.portfolio import Position
from app.simulator.replies import Reply, Sender, encoded, kst, percent, response
from app.simulator.tokens import KeyFault, SlidingLimit, TokenDesk

Body = dict[str, object]

_VIEW = "positions"
_KEPT_READINGS = 32
READ = "조회가 완료되었습니다."
BAD_TOKEN = "인증에 실패했습니다[8005:Token이 유효하지 않습니다]"  # noqa: S105 - a message
UNKNOWN_TOKEN = "인증에 실패했습니다[8003:Token을 조회할 수 없습니다]"  # noqa: S105 - a message
BAD_KEY = "인증에 실패했습니다[8001:App Key와 Secret Key 검증에 실패했습니다]"
BAD_SECRET = "인증에 실패했습니다[8002:App Key와 Secret Key 검증에 실패했습니다]"  # noqa: S105 - a message
UNLISTED = "인증에 실패했습니다[8050:지정단말기 인증에 실패했습니다]"
PAPER_KEY = "인증에 실패했습니다[8030:투자구분(실전/모의)이 달라서 Appkey를 사용할수가 없습니다]"
NOT_IN_PAPER = "RC9000:모의투자에서는 해당업무가 제공되지 않습니다."
CLOSED = "[2000](571489:장이 열리지 않는 날입니다.)"
MISSING = "1511:필수 입력 값에 값이 존재하지 않습니다."
WRONG = "1517:입력 값 형식이 올바르지 않습니다."
FAILED = "서비스를 처리하는 중에 오류가 발생했습니다[1999:예기치 못한 에러가 발생하였습니다]"


_PAST = ("kt00002", "kt00015", "kt00016", "kt00017", "ka01690", "ka20006")
_SERVED = {
    "/api/dostk/acnt": ("ka00001", "kt00003", "kt00005", "kt00018", *_PAST[:-1]),
    "/api/dostk/chart": _PAST[-1:],
}


class PastAnswers(Protocol):
    """The answers about days before."""

    def answer(self, api_id: str, asked: Mapping[str, str], next_key: str, *, is_empty: bool) -> Reply:
        """Return an answer; `next_key` is empty for a first page, and an empty account has no past."""
        ...


@dataclass(frozen=True, slots=True)
class _Reading:
    """kt00005 or kt00018 at the time of the first page, so that all pages are consistent."""

    rows: list[Body]
    totals: Body
    list_name: str = "stk_cntr_remn"


class Kiwoom:
    """The REST half of Kiwoom."""

    def __init__(
        self,
        *,
        tokens: TokenDesk,
        market: Market,
        past: PastAnswers,
        faults: Faults,
        sender: Sender,
        limit: SlidingLimit,
        page_rows: int,
    ) -> None:
        self._tokens = tokens
        self._market = market
        self._past = past
        self._faults = faults
        self._sender = sender
        self._limit = limit
        self._page_rows = page_rows
        self._readings: dict[str, _Reading] = {}
        self._numbers = itertools.count(1)

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this server except the live connection."""
        return [
            web.post("/oauth2/token", self._issue),
            web.post("/oauth2/revoke", self._revoke),
            *(web.post(path, self._account) for path in _SERVED),
        ]

    async def _issue(self, request: web.Request) -> web.StreamResponse:
        asked = await posted(request)
        appkey, secret = asked.get("appkey", ""), asked.get("secretkey", "")
        credential = self._tokens.credential(appkey)
        views = credential.views if credential else ()
        if redirected := self._sender.redirect(*views):
            return redirected
        if reply := self._token_refusal(asked, appkey, secret, views):
            return response(reply, encoded(reply.body))
        if self._faults.has("reissue-kills-token", *views):
            self._tokens.end(self._tokens.issue(appkey).text)
        token = self._tokens.issue(appkey)
        body: Body = {
            "expires_dt": kst(token.expires).strftime("%Y%m%d%H%M%S"),
            "token_type": "Bearer",
            "token": token.text,
            **done("정상적으로 처리되었습니다"),
        }
        return response(Reply(body), encoded(body))

    def _token_refusal(
        self, asked: dict[str, str], appkey: str, secret: str, views: tuple[str, ...]
    ) -> Reply | None:
        if not appkey or not secret:
            return refused(
                3, "인증에 실패했습니다[8020:입력파라미터로 appkey 또는 secretkey가 들어오지 않았습니다]"
            )
        if asked.get("grant_type") != "client_credentials":
            return refused(3, "인증에 실패했습니다[8012:grant_type의 값이 맞지 않습니다]")
        wrong = self._tokens.key_fault(appkey, secret)
        if wrong is KeyFault.KEY or self._faults.has("wrong-key", *views):
            return refused(3, BAD_KEY)
        if wrong is KeyFault.SECRET or self._faults.has("wrong-secret", *views):
            return refused(3, BAD_SECRET)
        if self._faults.has("token-too-soon", *views) or not self._limit.allows(f"{appkey}/au10001"):
            return over_limit("au10001")
        return None

    async def _revoke(self, request: web.Request) -> web.StreamResponse:
        self._tokens.end((await posted(request)).get("token", ""))
        body = done("정상적으로 처리되었습니다")
        return response(Reply(body), encoded(body))

    async def _account(self, request: web.Request) -> web.StreamResponse:
        asked = await posted(request)
        api_id = request.headers.get("api-id", "")
        reply = self._answer(request, asked, api_id)
        headers = {"api-id": api_id, "cont-yn": "N", "next-key": "", **reply.headers}
        return await self._sender.send(request, Reply(reply.body, headers, reply.status), _VIEW)

    def _answer(self, request: web.Request, asked: dict[str, str], api_id: str) -> Reply:
        text = request.headers.get("authorization", "").partition(" ")[2]
        if reply := _header_refusal(request, api_id, _SERVED[request.path]):
            return reply
        credential = self._tokens.holder(text)
        if credential is None:
            return refused(3, BAD_TOKEN)
        if reply := self._staged_refusal(text, credential, api_id):
            return reply
        if not self._limit.allows(f"{credential.appkey}/{api_id}"):
            return over_limit(api_id)
        if api_id == "ka00001":
            return Reply({"acctNo": credential.account, **done(READ)})
        return self._figures(request, asked, api_id)

    def _figures(self, request: web.Request, asked: dict[str, str], api_id: str) -> Reply:
        if api_id in _PAST:
            return self._past_answer(request, asked, api_id)
        return self._estimate() if api_id == "kt00003" else self._positions(request, asked, api_id)

    def _past_answer(self, request: web.Request, asked: dict[str, str], api_id: str) -> Reply:
        key = request.headers.get("next-key", "") if request.headers.get("cont-yn") == "Y" else ""
        is_empty = self._faults.first(("empty-account", "empty-account-bare"), _VIEW) is not None
        return self._past.answer(api_id, asked, key, is_empty=is_empty)

    def _staged_refusal(self, token: str, credential: Credential, api_id: str) -> Reply | None:
        faults = self._faults
        for name, text in (
            ("expired-token", BAD_TOKEN),
            ("expired-token-200", BAD_TOKEN),
            ("unknown-token", UNKNOWN_TOKEN),
        ):
            if faults.once(name, credential.appkey, _VIEW):
                self._tokens.end(token)
                return refused(3, text)
        replies = {
            "tokens-never-valid": refused(3, BAD_TOKEN),
            "unlisted-address": refused(3, UNLISTED),
            "rate-limit": over_limit(api_id),
            "rate-limit-200": replace(over_limit(api_id), status=200),
            "http-500-refusal": replace(refused(7, FAILED), status=500),
            "paper-key": refused(3, PAPER_KEY),
            "paper-address": refused(20, NOT_IN_PAPER),
            "unknown-refusal": replace(refused(99, "처음 보는 거절입니다."), status=500),
            "closed-market": refused(20, CLOSED),
            "market-over": refused(20, "장종료"),
        }
        staged = faults.first(replies, _VIEW)
        return replies[staged] if staged else None

    def _positions(self, request: web.Request, asked: dict[str, str], api_id: str) -> Reply:
        allowed = {"dmst_stex_tp": ("KRX", "NXT")}
        if api_id == "kt00018":
            allowed = {"qry_tp": ("1", "2"), **allowed}
        for name, values in allowed.items():
            value = asked.get(name, "")
            if not value:
                return wrong_input(MISSING, name)
            if value not in values:
                return wrong_input(WRONG, name)
        if self._faults.has("empty-account-bare", _VIEW):
            return Reply({"stk_cntr_remn": [], "return_code": 20, "return_msg": "조회할 내용이 없습니다"})
        if request.headers.get("cont-yn", "N") == "Y":
            return self._next_page(request.headers.get("next-key", ""))
        number = f"{next(self._numbers):08d}"
        self._readings[number] = self._balance(asked["qry_tp"]) if api_id == "kt00018" else self._read()
        while len(self._readings) > _KEPT_READINGS:
            del self._readings[next(iter(self._readings))]
        return self._page(number, 0)

    def _estimate(self) -> Reply:
        """Return the assets less loans, which the sums of kt00005 do not deduct."""
        totals = self._read().totals
        stocks, deposit, loan = (
            int(str(totals[name])) for name in ("evlt_amt_tot", "entr_d2", "crd_loan_tot")
        )
        return Reply({"prsm_dpst_aset_amt": f"{stocks + deposit - loan:011d}", **done(READ)})

    def _read(self) -> _Reading:
        is_empty = self._faults.has("empty-account", _VIEW)
        positions: list[Position] = [] if is_empty else self._market.positions
        money = Money(0, 0, 0) if is_empty else self._market.money
        totals = account_totals(positions, self._market.price, money)
        if self._faults.has("wrong-total", _VIEW):
            totals["evlt_amt_tot"] = padded(int(str(totals["evlt_amt_tot"])) + 1_000)
        rows = position_rows(positions, self._market.price)
        return _Reading([] if self._faults.has("missing-list", _VIEW) else rows, totals)

    def _balance(self, kind: str) -> _Reading:
        """Return kt00018, with one row for all positions in a security where `kind` is 1."""
        positions: list[Position] = [] if self._faults.has("empty-account", _VIEW) else self._market.positions
        if kind == "1":
            positions = summed(positions)
        quotes = {each.security.code: self._market.quotes[each.security.code] for each in positions}
        value = sum(each.quantity * quotes[each.security.code].price for each in positions)
        rows = [balance_row(each, quotes[each.security.code], value) for each in positions]
        cost = sum(each.cost for each in positions)
        profit = sum(int(str(row["evltv_prft"])) for row in rows)
        totals: Body = {
            "tot_pur_amt": wide(cost),
            "tot_evlt_amt": wide(value),
            "tot_evlt_pl": wide(profit),
            "tot_prft_rt": percent(profit, cost, 2),
        }
        return _Reading(rows, totals, "acnt_evlt_remn_indv_tot")

    def _next_page(self, key: str) -> Reply:
        number, _, page = key.partition("-")
        if number not in self._readings or not page.isdigit():
            return wrong_input(WRONG, "next-key")
        if self._faults.has("failing-page", _VIEW):
            return refused(7, FAILED)
        return self._page(number, int(page))

    def _page(self, number: str, page: int) -> Reply:
        reading, size = self._readings[number], self._page_rows
        if self._faults.has("endless-pages", _VIEW):
            return _rows_reply(reading, reading.rows[:size], f"{number}-1")
        if self._faults.has("endless-new-keys", _VIEW):
            day = kst(page * 86_400).strftime("%Y%m%d")
            rows = [{**row, "loan_dt": day} for row in reading.rows[:size]]
            return _rows_reply(reading, rows, f"{number}-{page + 1}")
        has_more = (page + 1) * size < len(reading.rows)
        rows = reading.rows[page * size : (page + 1) * size]
        return _rows_reply(reading, rows, f"{number}-{page + 1}" if has_more else "")


def _header_refusal(request: web.Request, api_id: str, served: Sequence[str]) -> Reply | None:
    if not api_id:
        return refused(2, "입력 값 오류입니다[1501:API ID가 Null이거나 값이 없습니다]")
    if api_id not in served:
        return refused(2, f"입력 값 오류입니다[1505:해당 API ID가 존재하지 않습니다. API ID={api_id}]")
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if not token:
        return refused(3, "인증에 실패했습니다[1513:Http header에 authorization 필드가 없습니다]")
    if scheme.lower() != "bearer":
        return refused(3, "인증에 실패했습니다[1514:Http header의 authorization 형식이 맞지 않습니다]")
    return None


def _rows_reply(reading: _Reading, rows: list[Body], next_key: str) -> Reply:
    headers = {"cont-yn": "Y" if next_key else "N", "next-key": next_key}
    return Reply({**reading.totals, reading.list_name: rows, **done(READ)}, headers)


def done(text: str) -> Body:
    """Return the outcome of an answer that is no refusal."""
    return {"return_code": 0, "return_msg": text}


def refused(code: int, text: str) -> Reply:
    """Return a refusal in Kiwoom's form: HTTP 200, a general code, the specific one in the text."""
    return Reply({"return_code": code, "return_msg": text})


def wrong_input(reason: str, name: str) -> Reply:
    """Return the refusal of a field that is missing or wrong."""
    return refused(2, f"입력 값 오류입니다[{reason} 파라미터={name}]")


def over_limit(api_id: str) -> Reply:
    """Return the only refusal with its own HTTP status."""
    text = (
        "허용된 요청 개수를 초과하였습니다"
        f"[1700:허용된 API 요청 개수를 초과하였습니다. 유량=5, API ID={api_id}]"
    )
    return replace(refused(5, text), status=429)


def position_rows(positions: Sequence[Position], price_of: Callable[[str], int]) -> list[Body]:
    """Return the rows of stk_cntr_remn."""
    return [_row(position, price_of(position.security.code)) for position in positions]


def _row(position: Position, price: int) -> Body:
    worth = valuation(position, price)
    return {
        "crd_tp": position.credit_type,
        "loan_dt": position.loan_date,
        "expr_dt": position.expiry_date,
        "stk_cd": position.security.wire_code,
        "stk_nm": position.security.name,
        "setl_remn": padded(position.settled),
        "cur_qty": padded(position.quantity),
        "cur_prc": padded(price),
        "buy_uv": padded(position.unit_cost),
        "pur_amt": padded(position.cost),
        "evlt_amt": padded(worth.value),
        "evltv_prft": padded(worth.profit),
        "pl_rt": percent(worth.profit, position.cost, 4),
    }


def account_totals(positions: Sequence[Position], price_of: Callable[[str], int], money: Money) -> Body:
    """Return every scalar of kt00005 except the return code."""
    cost = sum(position.cost for position in positions)
    value = sum(valuation(position, price_of(position.security.code)).value for position in positions)
    loan = sum(position.loan for position in positions)
    available = max(0, min(money.deposit, money.in_two_days))
    orderable = max(0, money.in_two_days)
    zero = padded(0)
    return {
        "entr": padded(money.deposit),
        "entr_d1": padded(money.next_day),
        "entr_d2": padded(money.in_two_days),
        "pymn_alow_amt": padded(available),
        "uncl_stk_amt": zero,
        "repl_amt": padded(value * 7 // 10),
        "rght_repl_amt": zero,
        "ord_alowa": padded(orderable),
        "ch_uncla": zero,
        "crd_int_npay_gold": zero,
        "etc_loana": zero,
        "nrpy_loan": padded(loan),
        "profa_ch": padded(money.deposit // 5),
        "repl_profa": zero,
        "stk_buy_tot_amt": padded(cost),
        "evlt_amt_tot": padded(value),
        "tot_pl_tot": padded(value - cost),
        "tot_pl_rt": percent(value - cost, cost, 4),
        "tot_re_buy_alowa": padded(orderable),
        **{f"{part}ord_alow_amt": padded(orderable * 100 // part) for part in (20, 30, 40, 50, 60, 100)},
        "crd_loan_tot": padded(loan),
        "crd_loan_ls_tot": padded(loan),
        "crd_grnt_rt": percent(value, loan, 2),
        "dpst_grnt_use_amt_amt": zero,
        "grnt_loan_amt": zero,
    }


def summed(positions: Sequence[Position]) -> list[Position]:
    """Return one cash position for all positions in a security."""
    found: dict[str, Position] = {}
    for each in positions:
        before = found.get(each.security.code, Position(each.security, 0, 0, 0))
        found[each.security.code] = replace(
            before,
            quantity=before.quantity + each.quantity,
            settled=before.settled + each.settled,
            cost=before.cost + each.cost,
        )
    return list(found.values())


def balance_row(position: Position, quote: Quote, total: int) -> Body:
    """Return a row of acnt_evlt_remn_indv_tot; its value is before costs, `total` is that of all rows."""
    gross, profit = position.quantity * quote.price, valuation(position, quote.price).profit
    buying, selling = buying_costs(position), selling_costs(position.security, gross)
    tax = transaction_tax(position.security, gross)
    return {
        "stk_cd": position.security.wire_code,
        "stk_nm": position.security.name,
        "evltv_prft": wide(profit),
        "prft_rt": percent(profit, position.cost, 2),
        "pur_pric": wide(position.unit_cost),
        "pred_close_pric": padded(quote.base),
        "rmnd_qty": wide(position.quantity),
        "trde_able_qty": wide(position.quantity),
        "cur_prc": padded(quote.price),
        "pur_amt": wide(position.cost),
        "pur_cmsn": wide(buying),
        "evlt_amt": wide(gross),
        "sell_cmsn": wide(selling - tax),
        "tax": wide(tax),
        "sum_cmsn": wide(buying + selling - tax),
        "poss_rt": percent(gross, total, 2),
        "crd_tp": position.credit_type,
        "crd_loan_dt": position.loan_date,
    }


def wide(amount: int) -> str:
    """Return fifteen characters including the sign, as in kt00018."""
    return f"{amount:015d}"


def padded(amount: int) -> str:
    """Return twelve characters including the sign, as in kt00005."""
    return f"{amount:012d}"
