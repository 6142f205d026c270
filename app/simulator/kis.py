"""KIS's REST server: tokens and the four queries, with the checks and refusals of the real one."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from app.simulator.faults import Faults
from app.simulator.kis_book import ChangedList, KisBook, RefusedPage, WrongKey, outcome
from app.simulator.options import Credential
from app.simulator.replies import Reply, Sender, encoded, kst, response
from app.simulator.tokens import KeyFault, SlidingLimit, TokenDesk

BAD_KEY = ("EGW00103", "유효하지 않은 AppKey입니다.")
BAD_SECRET = ("EGW00105", "유효하지 않은 AppSecret입니다.")
TOO_SOON = ("EGW00133", "접근토큰 발급 잠시 후 다시 시도하세요(1분당 1회)")
BAD_TOKEN = ("EGW00121", "유효하지 않은 token 입니다.")
UNKNOWN_TOKEN = ("EGW00122", "token을 찾을 수 없습니다.")
EXPIRED = ("EGW00123", "기간이 만료된 token 입니다.")
OVER_LIMIT = ("EGW00201", "초당 거래건수를 초과하였습니다.")
LEDGER_BUSY = ("EGW00215", "원장에서 허용 가능한 초당 거래건수를 초과하였습니다.")
NOT_ALLOWED = ("EGW00206", "API 사용 권한이 없습니다.")
UNLISTED = ("EGW00207", "허용되지 않은 IP입니다.")
PAPER_KEY = ("EGW02004", "실전투자용 앱키가 아닙니다.")
PAPER_ADDRESS = ("EGW02006", "모의투자 TR 이 아닙니다.")
CUT_SECRET = ("EGW00304", "고객식별키(법인 personalSeckey, 개인 appSecret)가 유효하지 않습니다.")
QUERY_AGAIN = ("EGW00316", "조회 처리 중 오류 발생하였습니다. 재 조회 수행 부탁드립니다.")
UNLISTED_CODE = ("ABCD1234", "처음 보는 거절입니다.")
CHANGED = ("SYDB0050", "조회 이후 자료가 변경되었습니다. 다시 조회하시기 바랍니다.")
WRONG_ACCOUNT = ("OPSQ2000", "ERROR : INPUT INVALID_CHECK_ACNO")
PRODUCTS = ("01", "03", "08", "19", "21", "22", "29", "55")


@dataclass(frozen=True, slots=True)
class Reading:
    """A query: required parameters, parameters with one allowed value, and the product codes it serves."""

    tr_id: str
    view: str
    required: tuple[str, ...]
    fixed: Mapping[str, tuple[str, ...]]
    products: tuple[str, ...]
    page: Callable[[str, Mapping[str, str], bool], Reply]


class Kis:
    """The KIS half of the simulator."""

    def __init__(
        self, *, tokens: TokenDesk, book: KisBook, faults: Faults, sender: Sender, limit: SlidingLimit
    ) -> None:
        self._tokens = tokens
        self._faults = faults
        self._sender = sender
        self._limit = limit
        account = ("CANO", "ACNT_PRDT_CD")
        self._readings = {
            "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance": Reading(
                "TTTC2202R",
                "pension",
                (*account, "USER_DVSN_CD", "CTX_AREA_FK100", "CTX_AREA_NK100"),
                {"USER_DVSN_CD": ("00",)},
                ("29",),
                book.pension,
            ),
            "/uapi/domestic-stock/v1/trading/pension/inquire-balance": Reading(
                "TTTC2208R",
                "pension",
                (*account, "ACCA_DVSN_CD", "INQR_DVSN", "CTX_AREA_FK100", "CTX_AREA_NK100"),
                {"ACCA_DVSN_CD": ("00",), "INQR_DVSN": ("00",)},
                ("29",),
                book.pension_cash,
            ),
            "/uapi/domestic-bond/v1/trading/inquire-balance": Reading(
                "CTSC8407R",
                "bonds",
                (*account, "INQR_CNDT", "PDNO", "BUY_DT", "CTX_AREA_FK200", "CTX_AREA_NK200"),
                {"INQR_CNDT": ("00", "01")},
                ("01",),
                book.bonds,
            ),
            "/uapi/domestic-stock/v1/trading/inquire-account-balance": Reading(
                "CTRP6548R", "asset-mix", account, {}, ("01", "19", "21", "22"), book.asset_mix
            ),
        }

    def routes(self) -> list[web.RouteDef]:
        """Return all routes of this server."""
        return [
            web.post("/oauth2/tokenP", self._issue),
            web.post("/oauth2/revokeP", self._revoke),
            *(web.get(path, self._read) for path in self._readings),
        ]

    async def _issue(self, request: web.Request) -> web.StreamResponse:
        asked = await posted(request)
        appkey, appsecret = asked.get("appkey", ""), asked.get("appsecret", "")
        credential = self._tokens.credential(appkey)
        views = credential.views if credential else ()
        if redirected := self._sender.redirect(*views):
            return redirected
        if refusal := _issue_gap(asked) or self._token_refusal(appkey, appsecret, views):
            code, text = refusal
            return _token_answer({"error_description": text, "error_code": code}, 403)
        token = self._tokens.issue(appkey)
        return _token_answer(
            {
                "access_token": token.text,
                "access_token_token_expired": kst(token.expires).strftime("%Y-%m-%d %H:%M:%S"),
                "token_type": "Bearer",
                "expires_in": 86_400,  # without a reference time, also for a token that is hours old
            },
            200,
        )

    def _token_refusal(self, appkey: str, appsecret: str, views: tuple[str, ...]) -> tuple[str, str] | None:
        wrong = self._tokens.key_fault(appkey, appsecret)
        if wrong is KeyFault.KEY or self._faults.has("wrong-key", *views):
            return BAD_KEY
        if wrong is KeyFault.SECRET or self._faults.has("wrong-secret", *views):
            return BAD_SECRET
        if self._tokens.is_too_soon(appkey) or self._faults.has("token-too-soon", *views):
            return TOO_SOON
        return None

    async def _revoke(self, request: web.Request) -> web.StreamResponse:
        asked = await posted(request)
        self._tokens.end(asked.get("token", ""))
        return _token_answer({"code": 200, "message": "접근토큰 폐기에 성공하였습니다"}, 200)

    async def _read(self, request: web.Request) -> web.StreamResponse:
        reading = self._readings[request.path]
        query = {name.upper(): text for name, text in request.query.items()}  # the names' case is free
        reply = self._checked(request, reading, query) or self._page(request, reading, query)
        headers = {
            "tr_id": reading.tr_id,
            "tr_cont": reply.headers.get("tr_cont", ""),
            "gt_uid": uuid.uuid4().hex,
        }
        return await self._sender.send(request, Reply(reply.body, headers, reply.status), reading.view)

    def _checked(self, request: web.Request, reading: Reading, query: Mapping[str, str]) -> Reply | None:
        credential = self._tokens.credential(request.headers.get("appkey", ""))
        return (
            _header_refusal(request, reading)
            or self._caller_refusal(request, credential)
            or self._staged_refusal(request, reading, query)
            or self._limit_refusal(request)
            or _query_refusal(query, reading)
            or self._account_refusal(query, reading, credential)
        )

    def _caller_refusal(self, request: web.Request, credential: Credential | None) -> Reply | None:
        if credential is None:
            return refused(BAD_KEY, status=403)
        if credential.appsecret != request.headers.get("appsecret"):
            return refused(BAD_SECRET, status=403)
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            return refused(("EGW00205", "credentials_type이 유효하지 않습니다.(Bearer)"), status=500)
        if self._tokens.holder(text) == credential:
            return None
        has_ended = self._tokens.was_issued(text) and self._tokens.holder(text) is None
        return refused(EXPIRED if has_ended else BAD_TOKEN, status=self._token_status(credential.views))

    def _token_status(self, views: tuple[str, ...]) -> int:
        return 200 if self._faults.has("expired-token-200", *views) else 500

    def _staged_refusal(
        self, request: web.Request, reading: Reading, query: Mapping[str, str]
    ) -> Reply | None:
        faults, view = self._faults, reading.view
        appkey = request.headers.get("appkey", "")
        for name, message, status in (
            ("expired-token", EXPIRED, 500),
            ("expired-token-200", EXPIRED, 200),
            ("unknown-token", UNKNOWN_TOKEN, 500),
        ):
            if faults.once(name, appkey, view):
                self._tokens.end(request.headers["authorization"].partition(" ")[2])
                return refused(message, status=status)
        if any(faults.once("query-again", f"{appkey}/{turn}", view) for turn in (1, 2)):
            return refused(QUERY_AGAIN)
        number = query.get("CANO", "") + "-" + query.get("ACNT_PRDT_CD", "")
        for name, message, rt_cd, status in (
            ("tokens-never-valid", BAD_TOKEN, "1", 500),
            ("wrong-account", WRONG_ACCOUNT, "2", 200),
            ("echo-account", ("APAC0081", f"계좌번호 {number} 입력 오류입니다."), "7", 200),
            ("unlisted-address", UNLISTED, "1", 500),
            ("rate-limit", OVER_LIMIT, "1", 500),
            ("rate-limit-200", OVER_LIMIT, "1", 200),
            ("ledger-limit", LEDGER_BUSY, "1", 500),
            ("http-500-refusal", NOT_ALLOWED, "1", 500),
            ("paper-key", PAPER_KEY, "1", 500),
            ("paper-address", PAPER_ADDRESS, "1", 500),
            ("cut-secret", CUT_SECRET, "1", 500),
            ("unknown-refusal", UNLISTED_CODE, "1", 500),
        ):
            if faults.has(name, view):
                return refused(message, rt_cd, status)
        return None

    def _limit_refusal(self, request: web.Request) -> Reply | None:
        is_within = self._limit.allows(request.headers["appkey"])
        return None if is_within else refused(OVER_LIMIT, status=500)

    @staticmethod
    def _account_refusal(
        query: Mapping[str, str], reading: Reading, credential: Credential | None
    ) -> Reply | None:
        product = query["ACNT_PRDT_CD"]
        if product not in PRODUCTS:
            return refused(("APBK1271", "Not Found"), "7")
        if credential is None or credential.account != f"{query['CANO']}-{product}":
            return refused(WRONG_ACCOUNT, "2")
        if product in reading.products:
            return None
        if reading.view == "pension":
            return refused(("OPSQ2001", "ERROR : INPUT INVALID_CHECK_ACNT_PRDT_CD"), "2")
        if product == "29":
            return refused(("APBK1744", "퇴직연금계좌는 해당 서비스가 불가합니다"), "7")
        return refused(("APAC0489", "위탁계좌인 경우만 조회가능"), "7")

    @staticmethod
    def _page(request: web.Request, reading: Reading, query: Mapping[str, str]) -> Reply:
        account = f"{query['CANO']}-{query['ACNT_PRDT_CD']}"
        try:
            return reading.page(account, query, request.headers.get("tr_cont", "").strip() == "N")
        except ChangedList:
            return refused(CHANGED)
        except (WrongKey, RefusedPage):
            return refused(("OPSQ2001", "ERROR : INPUT INVALID_CHECK_CTX_AREA_NK200"), "2")


def _issue_gap(asked: Mapping[str, str]) -> tuple[str, str] | None:
    if not asked.get("appkey"):
        return ("EGW00102", "AppKey는 필수입니다.")
    if not asked.get("appsecret"):
        return ("EGW00104", "AppSecret은 필수입니다.")
    if asked.get("grant_type") != "client_credentials":
        return ("EGW00112", "유효하지 않은 grant_type입니다.")
    return None


def _header_refusal(request: web.Request, reading: Reading) -> Reply | None:
    tr_id = request.headers.get("tr_id", "")
    if not tr_id:
        return refused(("OPSQ9999", "ERROR : tr_id가 없습니다."), "2", 500)
    if tr_id != reading.tr_id:
        return refused(("OPSQ0002", "없는 서비스 코드 입니다"), "2", 500)
    if request.headers.get("custtype", "P") not in ("P", "B"):
        return refused(("EGW00208", "고객타입이 유효하지 않습니다."), status=500)
    return None


def _query_refusal(query: Mapping[str, str], reading: Reading) -> Reply | None:
    for name in reading.required:
        if name not in query:
            return refused(("OPSQ2001", f"ERROR : INPUT FIELD NOT FOUND, INPUT_FIELD_NAME {name}"), "2")
    for name, allowed in reading.fixed.items():
        if query[name] not in allowed:
            return refused(("OPSQ2001", f"ERROR : INPUT INVALID_CHECK_{name}"), "2")
    return None


def refused(message: tuple[str, str], rt_cd: str = "1", status: int = 200) -> Reply:
    """Return a refusal of a query."""
    return Reply(outcome(message, rt_cd), status=status)


def _token_answer(body: dict[str, object], status: int) -> web.Response:
    return response(Reply(body, status=status), encoded(body))


async def posted(request: web.Request) -> dict[str, str]:
    """Return the texts of a posted JSON object, empty for other content."""
    try:
        body: object = await request.json()
    except ValueError:
        return {}
    if not isinstance(body, dict):
        return {}
    return {str(key): value for key, value in body.items() if isinstance(value, str)}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
