"""KIS (한국투자증권): pension, bonds and asset mix over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.brokers import BrokerSpec, DemoAccount
from app.domain.connections import View
from app.domain.language import N_, tr_lazy

if TYPE_CHECKING:  # not needed for the first paint
    from collections.abc import Mapping

    from app.brokers.codes import Meaning
    from app.brokers.kis.client import KisSession
    from app.domain.clock import Clock
    from app.domain.connections import Connection
    from app.domain.language import LazyText
    from app.domain.sources import Credentials, TokenCache

_DC_MEMBER = "55"  # a DC member's account is a view on the employer's: KIS gives it no API
_PENSION = "29"
_PRODUCTS = {
    "01": N_("General (brokerage)"),
    "03": N_("Domestic futures & options"),
    "08": N_("Overseas futures & options"),
    "21": N_("Funds & financial products"),
    "22": N_("Personal pension (savings)"),
    _PENSION: N_("Retirement pension (IRP)"),
}


def account_problem(account: str, views: tuple[View, ...]) -> LazyText | None:
    """Why an account's product code (its last two digits) cannot be read, if so."""
    product = account[-2:]
    if product == _DC_MEMBER:
        return tr_lazy("Korea Investment gives no API to accounts with product code 55 (DC members).")
    if product == _PENSION and any(view is not View.PENSION for view in views):
        return tr_lazy("An account with product code 29 (retirement pension) can only have pension in views.")
    return None


def account_note(account: str) -> LazyText | None:
    """What kind of account the product code stands for, where that is known."""
    product = account[-2:]
    kind = _PRODUCTS.get(product)
    return (
        None if kind is None else tr_lazy("{product} = {kind} account", product=product, kind=tr_lazy(kind))
    )


def _opened_session(
    connection: Connection, credentials: Credentials, cache: TokenCache, clock: Clock
) -> KisSession:
    from app.brokers.http import Transport  # late: httpx costs the first paint 80 ms
    from app.brokers.kis.client import KisSession

    return KisSession(
        Transport(connection.base_url),
        credentials,
        cache,
        clock=clock,
        requests_per_second=connection.requests_per_second,
    )


def _known_codes() -> Mapping[str, Meaning]:
    from app.brokers.kis.codes import CODES  # late, as above

    return CODES


KIS = BrokerSpec(
    id="kis",
    title=N_("Korea Investment"),
    queries={View.PENSION: "TTTC2202R", View.BONDS: "CTSC8407R", View.ASSET_MIX: "CTRP6548R"},
    base_url="https://openapi.koreainvestment.com:9443",
    open_session=_opened_session,
    known_codes=_known_codes,
    needs_account=True,
    account_problem=account_problem,
    account_note=account_note,
    key_hints=(N_("36 characters · paste it here"), N_("180 characters · paste it here")),
    demo=(
        DemoAccount("irp", N_("KIS IRP"), (View.PENSION,)),
        DemoAccount("kis-main", N_("KIS General"), (View.BONDS, View.ASSET_MIX)),
    ),
)
