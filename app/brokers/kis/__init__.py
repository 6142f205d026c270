"""KIS (한국투자증권): pension, bonds and asset mix over REST."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.domain.brokers import AccountKind, BrokerSpec, DemoAccount
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

_DC_MEMBER = "55"  # a DC member's account is part of the employer's, and has no API
_PENSION = "29"
_VIEWS = (View.PENSION, View.BONDS, View.ASSET_MIX)
# The pension query only reads retirement pensions; a personal pension is read like a general account.
_GENERAL = (View.BONDS, View.ASSET_MIX)
# By product code: kind of account, possible views and preselected views.
_PRODUCTS = {
    "01": (N_("General (brokerage)"), _GENERAL, _GENERAL),
    "03": (N_("Domestic futures & options"), _GENERAL, ()),
    "08": (N_("Overseas futures & options"), _GENERAL, ()),
    "21": (N_("Funds & financial products"), _GENERAL, (View.ASSET_MIX,)),
    "22": (N_("Personal pension (savings)"), _GENERAL, (View.ASSET_MIX,)),
    _PENSION: (N_("Retirement pension (IRP)"), (View.PENSION,), (View.PENSION,)),
}


def account_problem(account: str, views: tuple[View, ...]) -> LazyText | None:
    """Return why an account's product code (its last two digits) is not supported, None if it is."""
    product = account[-2:]
    if product == _DC_MEMBER:
        return tr_lazy(
            "Korea Investment does not offer its API for accounts with product code 55 (DC members)."
        )
    if product == _PENSION and any(view is not View.PENSION for view in views):
        return tr_lazy("An account with product code 29 (retirement pension) can only have pension in views.")
    return None


def account_kind(account: str) -> AccountKind:
    """Return the kind of account of a product code; an unknown one may have any view."""
    product = account[-2:]
    if product not in _PRODUCTS:
        note = tr_lazy(
            "{product} is not a known product code. Compare the last two digits with the "
            "account number in the Korea Investment app. If they match, check the "
            "connection.",
            product=product,
        )
        return AccountKind(note, _VIEWS, is_known=False)
    name, views, usual = _PRODUCTS[product]
    return AccountKind(
        tr_lazy("{product} = {kind} account", product=product, kind=tr_lazy(name)), views, usual
    )


def _opened_session(
    connection: Connection, credentials: Credentials, cache: TokenCache, clock: Clock
) -> KisSession:
    from app.brokers.http import Transport  # late: httpx delays the first paint by 80 ms
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
    account_kind=account_kind,
    key_hints=(N_("36 characters · paste here"), N_("180 characters · paste here")),
    key_page="https://apiportal.koreainvestment.com",
    demo=(
        DemoAccount("irp", N_("KIS IRP"), (View.PENSION,)),
        DemoAccount("kis-main", N_("KIS General"), (View.BONDS, View.ASSET_MIX)),
    ),
)
