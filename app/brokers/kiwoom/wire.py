"""The bodies of Kiwoom's responses and frames (04, 0B, 0s), by its own names.

kt00005 and kt00018 are of today, kt00002, kt00015 to kt00017, ka01690 and ka20006 of days before.
"""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

import msgspec

from app.brokers import parse
from app.brokers.parse import Text, account, day, labelled
from app.brokers.parse import number as amount
from app.domain.errors import UnexpectedReply

# First words of the names of exchange-traded funds: their managers' brands.
FUND_BRANDS = frozenset(
    {
        *("1Q", "ACE", "ARIRANG", "BNK", "DAISHIN343", "FOCUS", "HANARO", "HK", "ITF", "KBSTAR", "KINDEX"),
        *("KIWOOM", "KOACT", "KODEX", "KOSEF", "PLUS", "RISE", "SMART", "SOL", "TIGER", "TIME", "TIMEFOLIO"),
        *("TREX", "TRUSTON", "UNICORN", "VITA", "WON"),
        *("마이다스", "마이티", "에셋플러스", "파워", "히어로즈"),
    }
)


class Result(msgspec.Struct, frozen=True):
    """The result of every response: 0 is success, otherwise the text may contain a more specific code."""

    return_code: Text = None
    return_msg: Text = None

    @property
    def has_rows(self) -> bool:
        """Return whether it lists anything."""
        return False


class TokenReply(Result, frozen=True):
    """au10001: an access token. `expires_dt` is a KST wall clock YYYYMMDDHHMMSS."""

    token: Text = None
    token_type: Text = None
    expires_dt: Text = None


class EstimateReply(Result, frozen=True):
    """kt00003: the broker's estimate of the account's assets in won."""

    prsm_dpst_aset_amt: Text = None


def price(raw: parse.Text, field: str) -> Decimal | None:
    """Return a price in won; its sign is only the direction from the previous close."""
    value = amount(raw, field)
    return None if value is None else abs(value)


_DOUBLED = ("--", "++")


def signed_amount(raw: parse.Text, field: str) -> Decimal | None:
    """Return an amount in won whose sign may be sent twice."""
    text = parse.text(raw)
    return amount(text[1:] if text is not None and text.startswith(_DOUBLED) else raw, field)


def size(raw: parse.Text, field: str) -> Decimal | None:
    """Return an amount in won without its sign, which may be sent twice."""
    value = signed_amount(raw, field)
    return None if value is None else abs(value)


class PositionRow(msgspec.Struct, frozen=True):
    """kt00005 stk_cntr_remn: one stock, by kind of credit and loan date."""

    crd_tp: Annotated[Text, labelled("신용구분", parse.code)] = None
    loan_dt: Annotated[Text, labelled("대출일", day)] = None
    expr_dt: Annotated[Text, labelled("만기일", day)] = None
    stk_cd: Annotated[Text, labelled("종목번호", parse.code)] = None
    stk_nm: Annotated[Text, labelled("종목명", parse.name)] = None
    setl_remn: Annotated[Text, labelled("결제잔고", amount)] = None
    cur_qty: Annotated[Text, labelled("현재잔고", amount)] = None
    cur_prc: Annotated[Text, labelled("현재가", price)] = None
    buy_uv: Annotated[Text, labelled("매입단가", amount)] = None
    pur_amt: Annotated[Text, labelled("매입금액", amount)] = None
    evlt_amt: Annotated[Text, labelled("평가금액", amount)] = None
    evltv_prft: Annotated[Text, labelled("평가손익", amount)] = None
    pl_rt: Annotated[Text, labelled("손익률", amount)] = None


class PositionsReply(Result, frozen=True):
    """kt00005: cash, margin and totals of the account, and its positions."""

    entr: Annotated[Text, labelled("예수금", amount)] = None
    entr_d1: Annotated[Text, labelled("예수금D+1", amount)] = None
    entr_d2: Annotated[Text, labelled("예수금D+2", amount)] = None
    pymn_alow_amt: Annotated[Text, labelled("출금가능금액", amount)] = None
    uncl_stk_amt: Annotated[Text, labelled("미수확보금", amount)] = None
    repl_amt: Annotated[Text, labelled("대용금", amount)] = None
    rght_repl_amt: Annotated[Text, labelled("권리대용금", amount)] = None
    ord_alowa: Annotated[Text, labelled("주문가능현금", amount)] = None
    ch_uncla: Annotated[Text, labelled("현금미수금", amount)] = None
    crd_int_npay_gold: Annotated[Text, labelled("신용이자미납금", amount)] = None
    etc_loana: Annotated[Text, labelled("기타대여금", amount)] = None
    nrpy_loan: Annotated[Text, labelled("미상환융자금", amount)] = None
    profa_ch: Annotated[Text, labelled("증거금현금", amount)] = None
    repl_profa: Annotated[Text, labelled("증거금대용", amount)] = None
    stk_buy_tot_amt: Annotated[Text, labelled("주식매수총액", amount)] = None
    evlt_amt_tot: Annotated[Text, labelled("평가금액합계", amount)] = None
    tot_pl_tot: Annotated[Text, labelled("총손익합계", amount)] = None
    tot_pl_rt: Annotated[Text, labelled("총손익률", amount)] = None
    tot_re_buy_alowa: Annotated[Text, labelled("총재매수가능금액", amount)] = None
    ord_alow_amt_20: Annotated[Text, labelled("20%주문가능금액", amount)] = msgspec.field(
        name="20ord_alow_amt", default=None
    )
    ord_alow_amt_30: Annotated[Text, labelled("30%주문가능금액", amount)] = msgspec.field(
        name="30ord_alow_amt", default=None
    )
    ord_alow_amt_40: Annotated[Text, labelled("40%주문가능금액", amount)] = msgspec.field(
        name="40ord_alow_amt", default=None
    )
    ord_alow_amt_50: Annotated[Text, labelled("50%주문가능금액", amount)] = msgspec.field(
        name="50ord_alow_amt", default=None
    )
    ord_alow_amt_60: Annotated[Text, labelled("60%주문가능금액", amount)] = msgspec.field(
        name="60ord_alow_amt", default=None
    )
    ord_alow_amt_100: Annotated[Text, labelled("100%주문가능금액", amount)] = msgspec.field(
        name="100ord_alow_amt", default=None
    )
    crd_loan_tot: Annotated[Text, labelled("신용융자합계", amount)] = None
    crd_loan_ls_tot: Annotated[Text, labelled("신용융자대주합계", amount)] = None
    crd_grnt_rt: Annotated[Text, labelled("신용담보비율", amount)] = None
    dpst_grnt_use_amt_amt: Annotated[Text, labelled("예탁담보대출금액", amount)] = None
    grnt_loan_amt: Annotated[Text, labelled("매도담보대출금액", amount)] = None
    stk_cntr_remn: list[PositionRow] | None = None

    @property
    def has_rows(self) -> bool:
        """Return whether it lists a position."""
        return bool(self.stk_cntr_remn)


class BalanceRow(msgspec.Struct, frozen=True):
    """kt00018 acnt_evlt_remn_indv_tot: the previous close of one stock."""

    stk_cd: Text = None
    pred_close_pric: Text = None


class BalancesReply(Result, frozen=True):
    """kt00018: the positions in another form, with their previous closes."""

    acnt_evlt_remn_indv_tot: list[BalanceRow] | None = None


class PastValueRow(msgspec.Struct, frozen=True):
    """kt00002 daly_prsm_dpst_aset_amt_prst: the net assets at the end of a calendar day in won."""

    dt: Text = None
    prsm_dpst_aset_amt: Text = None


class PastValuesReply(Result, frozen=True):
    """kt00002: the days of a span."""

    daly_prsm_dpst_aset_amt_prst: list[PastValueRow] | None = None

    @property
    def has_rows(self) -> bool:
        """Return whether it lists a day."""
        return bool(self.daly_prsm_dpst_aset_amt_prst)


class AccountReply(Result, frozen=True):
    """ka00001: the number of the account."""

    acctNo: Text = None


class SpanReply(Result, frozen=True):
    """kt00016: the sums of a span in won, and the broker's own return in percent."""

    tot_amt_fr: Text = None
    tot_amt_to: Text = None
    invt_bsamt: Text = None
    evltv_prft: Text = None
    prft_rt: Text = None
    termin_tot_trns: Text = None
    termin_tot_pymn: Text = None
    termin_tot_inq: Text = None
    termin_tot_outq: Text = None


class TodayReply(Result, frozen=True):
    """kt00017: today's movements in won."""

    ina_amt: Text = None
    outa: Text = None
    inq_amt: Text = None
    outq_amt: Text = None
    buy_amt: Text = None
    sell_amt: Text = None
    cmsn: Text = None
    tax: Text = None
    crd_int_amt: Text = None
    dvida_amt: Text = None


# What kt00015 calls a trade, cash and securities that came or went, and income; a group is a dividend.
TRADES = ("매수", "매도")
IN, OUT, SECURITIES = "입", "출", "고"
INCOME = re.compile(r"(배당|분배)|이자|이용료")


class TransactionRow(msgspec.Struct, frozen=True):
    """kt00015 trst_ovrl_trde_prps_array: a trade or a payment in won; who paid is not read."""

    trde_dt: Text = None  # of the settlement
    cntr_dt: Text = None  # of the trade
    rmrk_nm: Text = None
    io_tp_nm: Text = None
    stk_cd: Text = None
    stk_nm: Text = None
    exct_amt: Text = None
    cmsn: Text = None
    trde_agri_tax: Text = None
    incm_resi_tax: Text = None
    crnc_cd: Text = None


class TransactionsReply(Result, frozen=True):
    """kt00015: the transactions of a span."""

    trst_ovrl_trde_prps_array: list[TransactionRow] | None = None

    @property
    def has_rows(self) -> bool:
        """Return whether it lists a transaction."""
        return bool(self.trst_ovrl_trde_prps_array)


class DayBalanceRow(msgspec.Struct, frozen=True):
    """ka01690 day_bal_rt: one stock at the end of a day."""

    stk_cd: Text = None
    stk_nm: Text = None
    cur_prc: Text = None
    rmnd_qty: Text = None
    buy_uv: Text = None
    evlt_amt: Text = None


class DayBalanceReply(Result, frozen=True):
    """ka01690: the balance of a day in won."""

    dt: Text = None
    day_stk_asst: Text = None
    dbst_bal: Text = None
    day_bal_rt: list[DayBalanceRow] | None = None

    @property
    def has_rows(self) -> bool:
        """Return whether it lists a stock."""
        return bool(self.day_bal_rt)


class IndexRow(msgspec.Struct, frozen=True):
    """ka20006 inds_dt_pole_qry: the close of a trading day in hundredths of a point."""

    dt: Text = None
    cur_prc: Text = None


class IndexReply(Result, frozen=True):
    """ka20006: the days of an index, the newest first."""

    inds_dt_pole_qry: list[IndexRow] | None = None

    @property
    def has_rows(self) -> bool:
        """Return whether it lists a day."""
        return bool(self.inds_dt_pole_qry)


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One entry of a REAL frame; `values` is decoded once the type is known."""

    type: str | None = None
    item: str | None = None
    values: msgspec.Raw = msgspec.Raw()


class Frame(msgspec.Struct, frozen=True):
    """Any frame: acknowledgements have return_*, SYSTEM has code and message, REAL has data."""

    trnm: str | None = None
    return_code: Text = None
    return_msg: Text = None
    code: Text = None
    message: Text = None
    data: list[Entry] | None = None


class LooseFrame(msgspec.Struct, frozen=True):
    """A frame with an undocumented entry, so that each entry is decoded on its own."""

    trnm: str | None = None
    data: list[msgspec.Raw] | None = None


class TradeValues(msgspec.Struct, frozen=True, gc=False):
    """0B: the four of its fields that a price needs."""

    last_price: str | None = msgspec.field(name="10", default=None)
    change: str | None = msgspec.field(name="11", default=None)
    change_rate: str | None = msgspec.field(name="12", default=None)
    time: str | None = msgspec.field(name="20", default=None)


class SessionValues(msgspec.Struct, frozen=True, gc=False):
    """0s: the trading session."""

    status: str | None = msgspec.field(name="215", default=None)
    time: str | None = msgspec.field(name="20", default=None)
    remaining: str | None = msgspec.field(name="214", default=None)


def figure(raw: parse.Text, field: str) -> Decimal | str | None:
    """Return a number for display, unchanged where it is invalid."""
    try:
        return amount(raw, field)
    except UnexpectedReply:
        return parse.name(raw, field)


def shown_day(raw: parse.Text, field: str) -> date | str | None:
    """Return a date for display, unchanged where it is invalid."""
    try:
        return parse.day(raw, field)
    except UnexpectedReply:
        return parse.name(raw, field)


def shown_price(raw: parse.Text, field: str) -> Decimal | str | None:
    """Return a price for display, unchanged where it is invalid."""
    value = figure(raw, field)
    return abs(value) if isinstance(value, Decimal) else value


class BalanceValues(msgspec.Struct, frozen=True):
    """04: a position right after a fill; fields for display are kept as sent if unreadable."""

    account_number: Annotated[Text, labelled("계좌번호", account)] = msgspec.field(name="9201", default=None)
    code: Annotated[Text, labelled("종목코드,업종코드", parse.code)] = msgspec.field(
        name="9001", default=None
    )
    credit_type: Annotated[Text, labelled("신용구분", parse.code)] = msgspec.field(name="917", default=None)
    loan_date: Annotated[Text, labelled("대출일", day)] = msgspec.field(name="916", default=None)
    name: Annotated[Text, labelled("종목명", parse.name)] = msgspec.field(name="302", default=None)
    last_price: Annotated[Text, labelled("현재가", price)] = msgspec.field(name="10", default=None)
    quantity: Annotated[Text, labelled("보유수량", amount)] = msgspec.field(name="930", default=None)
    purchase_price: Annotated[Text, labelled("매입단가", amount)] = msgspec.field(name="931", default=None)
    purchase_amount: Annotated[Text, labelled("총매입가(당일누적)", amount)] = msgspec.field(
        name="932", default=None
    )
    orderable_quantity: Annotated[Text, labelled("주문가능수량", figure)] = msgspec.field(
        name="933", default=None
    )
    net_bought_today: Annotated[Text, labelled("당일순매수량", figure)] = msgspec.field(
        name="945", default=None
    )
    side: Annotated[Text, labelled("매도/매수구분", parse.code)] = msgspec.field(name="946", default=None)
    sold_profit_today: Annotated[Text, labelled("당일총매도손익", figure)] = msgspec.field(
        name="950", default=None
    )
    extra_951: Annotated[Text, labelled("Extra Item", parse.name)] = msgspec.field(name="951", default=None)
    best_ask: Annotated[Text, labelled("(최우선)매도호가", shown_price)] = msgspec.field(
        name="27", default=None
    )
    best_bid: Annotated[Text, labelled("(최우선)매수호가", shown_price)] = msgspec.field(
        name="28", default=None
    )
    base_price: Annotated[Text, labelled("기준가", price)] = msgspec.field(name="307", default=None)
    profit_rate: Annotated[Text, labelled("손익률(실현손익)", figure)] = msgspec.field(
        name="8019", default=None
    )
    credit_amount: Annotated[Text, labelled("신용금액", figure)] = msgspec.field(name="957", default=None)
    credit_interest: Annotated[Text, labelled("신용이자", figure)] = msgspec.field(name="958", default=None)
    expiry_date: Annotated[Text, labelled("만기일", shown_day)] = msgspec.field(name="918", default=None)
    cash_profit_today: Annotated[Text, labelled("당일실현손익(유가)", figure)] = msgspec.field(
        name="990", default=None
    )
    cash_profit_rate_today: Annotated[Text, labelled("당일실현손익율(유가)", figure)] = msgspec.field(
        name="991", default=None
    )
    credit_profit_today: Annotated[Text, labelled("당일실현손익(신용)", figure)] = msgspec.field(
        name="992", default=None
    )
    credit_profit_rate_today: Annotated[Text, labelled("당일실현손익율(신용)", figure)] = msgspec.field(
        name="993", default=None
    )
    collateral_quantity: Annotated[Text, labelled("담보대출수량", figure)] = msgspec.field(
        name="959", default=None
    )
    extra_924: Annotated[Text, labelled("Extra Item", parse.name)] = msgspec.field(name="924", default=None)
