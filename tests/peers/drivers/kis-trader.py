"""kis-trader against the address that it is given."""

from kis_trader import KISClient
from kis_trader._internal import _endpoints
from talk import Request, credential, serve, wire

HOLDING = {
    "pdno": "symbol",
    "prdt_name": "name",
    "hldg_qty": "quantity",
    "slpsb_qty": "sellable_quantity",
    "pchs_avg_pric": "average_purchase_price",
    "pchs_amt": "purchase_amount",
    "prpr": "current_price",
    "evlu_amt": "market_value",
    "evlu_pfls_amt": "unrealized_pnl",
    "evlu_pfls_rt": "unrealized_pnl_percent",
}
PENSION_TOTALS = {
    "pchs_amt_smtl_amt": "total_purchase_amount",
    "evlu_amt_smtl_amt": "total_evaluation_amount",
    "evlu_pfls_smtl_amt": "total_unrealized_pnl",
    "trad_pfls_smtl": "total_realized_pnl",
    "thdt_tot_pfls_amt": "today_total_pnl",
    "pftrt": "return_percent",
}
LOT = {
    "pdno": "symbol",
    "prdt_name": "name",
    "buy_dt": "buy_date",
    "buy_sqno": "buy_sequence",
    "cblc_qty": "quantity",
    "agrx_qty": "comprehensive_tax_quantity",
    "sprx_qty": "separate_tax_quantity",
    "exdt": "maturity_date",
    "buy_erng_rt": "buy_yield",
    "buy_unpr": "buy_price",
    "buy_amt": "buy_amount",
    "ord_psbl_qty": "orderable_quantity",
}
ASSET_TOTALS = {
    "tot_asst_amt": "total_asset_amount",
    "nass_tot_amt": "total_net_asset_amount",
    "pchs_amt_smtl": "total_purchase_amount",
    "evlu_amt_smtl": "total_evaluation_amount",
    "evlu_pfls_amt_smtl": "total_unrealized_pnl",
    "loan_amt_smtl": "total_loan_amount",
    "tot_dncl_amt": "total_deposit",
    "dncl_amt": "deposit",
    "frcr_evlu_tota": "total_foreign_evaluation",
    "ovrs_stck_evlu_amt1": "overseas_stock_evaluation",
    "tot_sbst_amt": "total_substitute_amount",
    "thdt_rcvb_amt": "today_receivable",
}


def client(request: Request, view: str) -> KISClient:
    """A client for the account that has a view."""
    _endpoints._BASE_URL_BY_ENVIRONMENT["real"] = request["kis"]
    account = credential(request, view)
    return KISClient(
        app_key=account["appkey"],
        app_secret=account["appsecret"],
        account=account["account"],
        environment="real",
    )


def read(request: Request) -> dict[str, object]:
    """The three views as this client reads them."""
    balance = client(request, "pension").account.pension.present_balance()
    brokerage = client(request, "bonds").account.domestic
    return {
        "pension": {
            "rows": [wire(holding, HOLDING) for holding in balance.positions],
            "summary": wire(balance, PENSION_TOTALS),
        },
        "bonds": {"rows": [wire(lot, LOT) for lot in brokerage.bonds.balance()]},
        "asset-mix": {"summary": wire(brokerage.assets(), ASSET_TOTALS)},
    }


def renew(request: Request) -> dict[str, object]:
    """What the client reads after it gave its token back."""
    opened = client(request, "bonds")
    before = opened.account.domestic.assets()
    opened.revoke_token()
    return {"reads_the_same": opened.account.domestic.assets() == before}


serve(read=read, renew=renew)
