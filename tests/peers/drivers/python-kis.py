"""python-kis against the address that it is given; its own page cursor, token and error types."""

import pykis.kis
from pykis import PyKis
from pykis.client.account import KisAccountNumber
from pykis.client.page import KisPage
from pykis.responses.response import KisAPIResponse, KisPaginationAPIResponse
from talk import Request, credential, serve


class Page(KisPaginationAPIResponse):
    """One page of an answer, whole."""

    __path__ = None


class Whole(KisAPIResponse):
    """An answer that has no pages."""

    __path__ = None


def client(request: Request, view: str) -> tuple[PyKis, KisAccountNumber]:
    """A client for the account that has a view."""
    pykis.kis.REAL_DOMAIN = request["kis"]
    account = credential(request, view)
    opened = PyKis(
        id="peer",
        account=account["account"],
        appkey=account["appkey"],
        secretkey=account["appsecret"],
        keep_token=False,
        use_websocket=False,
    )
    return opened, KisAccountNumber(account["account"])


def pension(request: Request) -> dict[str, object]:
    """TTTC2202R."""
    opened, account = client(request, "pension")
    answer = opened.fetch(
        "/uapi/domestic-stock/v1/trading/pension/inquire-present-balance",
        api="TTTC2202R",
        params={"USER_DVSN_CD": "00"},
        form=[account, KisPage.first(100)],
        response_type=Page,
    )
    body = answer.raw()
    return {"rows": body["output1"], "summary": body["output2"][0], "is_last": answer.is_last}


def bonds(request: Request) -> dict[str, object]:
    """CTSC8407R, page by page."""
    opened, account = client(request, "bonds")
    page = KisPage.first(200)
    rows: list[dict[str, str]] = []
    pages = 0
    while True:
        answer = opened.fetch(
            "/uapi/domestic-bond/v1/trading/inquire-balance",
            api="CTSC8407R",
            params={"INQR_CNDT": "00", "PDNO": "", "BUY_DT": ""},
            form=[account, page],
            continuous=not page.is_first,
            response_type=Page,
        )
        rows += answer.raw()["output"]
        pages += 1
        if not answer.has_next or pages >= request.get("most_pages", 10):
            return {"rows": rows, "pages": pages, "is_last": answer.is_last}
        page = answer.next_page


def asset_mix(request: Request) -> dict[str, object]:
    """CTRP6548R."""
    opened, account = client(request, "asset-mix")
    body = opened.fetch(
        "/uapi/domestic-stock/v1/trading/inquire-account-balance",
        api="CTRP6548R",
        params={"INQR_DVSN_1": "", "BSPR_BF_DT_APLY_YN": ""},
        form=[account],
        response_type=Whole,
    ).raw()
    return {"rows": body["output1"], "summary": body["output2"]}


def read(request: Request) -> dict[str, object]:
    """The three views as this client reads them."""
    return {"pension": pension(request), "bonds": bonds(request), "asset-mix": asset_mix(request)}


def token(request: Request) -> dict[str, object]:
    """What the client makes of an issued token."""
    issued = client(request, "bonds")[0].token
    return {
        "type": issued.type,
        "hours": issued.remaining.total_seconds() / 3_600,
        "validity_period": issued.validity_period,
    }


def renew(request: Request) -> dict[str, object]:
    """What the client has after it gave its token back."""
    opened, _ = client(request, "bonds")
    before = opened.token.token
    opened.discard()
    return {"has_the_same_token": opened.token.token == before}


serve(read=read, token=token, renew=renew)
