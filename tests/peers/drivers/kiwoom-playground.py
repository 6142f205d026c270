"""kiwoom-playground against the address that it is given."""

import asyncio
from typing import Any

from kiwoom_rest import KiwoomClient
from talk import Request, credential, registration, serve


def client(request: Request) -> KiwoomClient:
    """A client for the account."""
    account = credential(request, "positions")
    return KiwoomClient(
        account["appkey"], account["appsecret"], base_url=request["kiwoom"], ws_url=request["kiwoom_ws"]
    )


def read(request: Request) -> dict[str, object]:
    """kt00005, page by page."""
    api = client(request)
    pages = [api.transaction_balance(dmst_stex_tp="KRX")]
    while pages[-1].cont_yn == "Y" and len(pages) < 10:
        pages.append(
            api.transaction_balance(cont_yn="Y", next_key=pages[-1].next_key, dmst_stex_tp="KRX"),
        )
    return {"positions": [page.model_dump(by_alias=True) for page in pages]}


def renew(request: Request) -> dict[str, object]:
    """What the client reads after it gave its token back."""
    api = client(request)
    before = api.transaction_balance(dmst_stex_tp="KRX").entr
    api.core.revoke_token()
    return {"reads_the_same": api.transaction_balance(dmst_stex_tp="KRX").entr == before}


def listen(request: Request) -> dict[str, object]:
    """Fills and trades for so many seconds, then no trades any more."""
    frames: list[dict[str, object]] = []

    async def note(frame: dict[str, Any]) -> None:
        frames.append(frame)
        # The client answers PING in a task that reads its loop's variable: let it run before the next frame.
        await asyncio.sleep(0)

    async def hear() -> None:
        core = client(request).core
        await core.connect_ws(note)
        await core.send_ws(registration("REG", "04", [""]))
        await core.send_ws(registration("REG", "0B", request["codes"]))
        await asyncio.sleep(request["seconds"])
        await core.send_ws(registration("REMOVE", "0B", request["codes"]))
        await asyncio.sleep(1)
        await core.disconnect_ws()

    asyncio.run(hear())
    return {"frames": frames}


def past(request: Request) -> dict[str, object]:
    """The answers about days before and about today, and the index page by page."""
    first, last, day = request["first"], request["last"], request["day"]
    api = client(request)
    asked = {"inds_cd": "001", "base_dt": last}
    pages = [api.industry_daily_salary(**asked)]
    while pages[-1].cont_yn == "Y" and len(pages) < 10:
        pages.append(api.industry_daily_salary(cont_yn="Y", next_key=pages[-1].next_key, **asked))
    answers = {
        "kt00002": api.daily_estimated_deposited_asset(start_dt=first, end_dt=last),
        "kt00016": api.detailed_daily_account_returns(fr_dt=first, to_dt=last),
        "kt00017": api.daily_by_account(),
        "ka01690": api.daily_balance_return_rate(qry_dt=day),
    }
    found = {name: answer.model_dump(by_alias=True) for name, answer in answers.items()}
    return {**found, "ka20006": [page.model_dump(by_alias=True) for page in pages]}


serve(read=read, renew=renew, listen=listen, past=past)
