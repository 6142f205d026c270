"""Conversion of Kiwoom's rows and live entries to domain objects."""

import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from functools import lru_cache

from app.brokers import parse
from app.brokers.kiwoom import wire
from app.brokers.kiwoom.wire import amount, price
from app.domain.errors import UnexpectedReply
from app.domain.holdings import CASH, Position, PositionReport, position_key
from app.domain.language import tr_lazy
from app.domain.live import (
    AHEAD_SECONDS,
    Fill,
    MarketSignal,
    Side,
    Tick,
    second_of_day,
    seconds_ahead,
)
from app.domain.past import (
    Booking,
    BookingKind,
    Bookings,
    DayLedger,
    PastBalance,
    PastHolding,
    PastValue,
    SpanTotals,
)

_EXCHANGE_SUFFIXES = ("_AL", "_NX")
_STOCK, _WARRANT, _NOTE = "A", "J", "Q"  # 주식, ELW, ETN
_NOTE_DIGITS = tuple("567")  # what the codes of ETN and ELW without the letter begin with
_PREFIXED_LENGTH = 7
_SIDES = {"1": Side.SELL, "2": Side.BUY}

# Prices and codes repeat all day: parsing texts again would be most of a trade's cost.
_REMEMBERED = 8192
_LONGEST_REMEMBERED = 40


# Account numbers are compared by digest and never stored.
_ACCOUNT_KEY = secrets.token_bytes(16)


def _listed_code(text: str) -> str:
    text = text.strip()
    return text[:-3] if text.endswith(_EXCHANGE_SUFFIXES) else text


def _has_prefix(code: str) -> bool:
    return len(code) == _PREFIXED_LENGTH and code[0] in (_STOCK, _WARRANT, _NOTE)


@lru_cache(maxsize=_REMEMBERED)
def stock_code(text: str) -> str:
    """Return the 6-character code without the leading letter and the exchange suffix."""
    code = _listed_code(text)
    return code[1:] if _has_prefix(code) else code


def is_untaxed(text: str) -> bool:
    """Return whether the leading letter is that of an ETN or ELW, whose sales are not taxed."""
    code = _listed_code(text)
    return _has_prefix(code) and code[0] != _STOCK


def is_untaxed_fill(code: str, name: str | None) -> bool:
    """Return whether code or name are those of an ETN, ELW or ETF; the code may lack the leading letter."""
    if is_untaxed(code) or stock_code(code).startswith(_NOTE_DIGITS):
        return True
    words = (name or "").upper().split()
    is_named = any(word.startswith(("ETN", "ETF")) for word in words)
    return is_named or (len(words) > 1 and words[0] in wire.FUND_BRANDS)


def position(row: wire.PositionRow) -> Position:
    """Return one row of kt00005. Raises UnexpectedReply that names the field."""
    code = parse.code(row.stk_cd, "stk_cd")
    if code is None:
        raise UnexpectedReply(tr_lazy("The field 'stk_cd' is empty."))
    return Position(
        code=stock_code(code),
        name=parse.name(row.stk_nm, "stk_nm"),
        credit_type=parse.code(row.crd_tp, "crd_tp"),
        loan_date=parse.day(row.loan_dt, "loan_dt"),
        expiry_date=parse.day(row.expr_dt, "expr_dt"),
        settled_quantity=amount(row.setl_remn, "setl_remn"),
        quantity=amount(row.cur_qty, "cur_qty"),
        price=price(row.cur_prc, "cur_prc"),
        purchase_price=amount(row.buy_uv, "buy_uv"),
        purchase_amount=amount(row.pur_amt, "pur_amt"),
        value=amount(row.evlt_amt, "evlt_amt"),
        profit=amount(row.evltv_prft, "evltv_prft"),
        profit_rate=amount(row.pl_rt, "pl_rt"),
        facts=parse.facts(row),
        is_untaxed=is_untaxed(code),
    )


def position_report(summary: wire.PositionsReply, rows: Iterable[Position]) -> PositionReport:
    """Return the account's own figures with the positions of all pages. Raises UnexpectedReply."""
    return PositionReport(
        rows=tuple(rows),
        purchase_amount=amount(summary.stk_buy_tot_amt, "stk_buy_tot_amt"),
        value=amount(summary.evlt_amt_tot, "evlt_amt_tot"),
        profit=amount(summary.tot_pl_tot, "tot_pl_tot"),
        profit_rate=amount(summary.tot_pl_rt, "tot_pl_rt"),
        deposit=amount(summary.entr, "entr"),
        deposit_in_two_days=amount(summary.entr_d2, "entr_d2"),
        orderable_cash=amount(summary.ord_alowa, "ord_alowa"),
        facts=parse.facts(summary),
    )


def previous_closes(rows: Iterable[wire.BalanceRow]) -> dict[str, Decimal]:
    """Return the previous closes in won by stock, without unknown ones. Raises UnexpectedReply."""
    closes = (
        (parse.code(row.stk_cd, "stk_cd"), price(row.pred_close_pric, "pred_close_pric")) for row in rows
    )
    return {stock_code(code): close for code, close in closes if code is not None and close}


def past_value(row: wire.PastValueRow) -> PastValue:
    """Return one day of kt00002. Raises UnexpectedReply that names the field."""
    return PastValue(_day(row.dt), wire.signed_amount(row.prsm_dpst_aset_amt, "prsm_dpst_aset_amt"))


def span_totals(reply: wire.SpanReply, first: date, last: date) -> SpanTotals:
    """Return the sums of a span (kt00016). Raises UnexpectedReply that names the field."""
    return SpanTotals(
        first,
        last,
        start_value=wire.signed_amount(reply.tot_amt_fr, "tot_amt_fr"),
        end_value=wire.signed_amount(reply.tot_amt_to, "tot_amt_to"),
        cash_in=wire.size(reply.termin_tot_trns, "termin_tot_trns"),
        cash_out=wire.size(reply.termin_tot_pymn, "termin_tot_pymn"),
        securities_in=wire.size(reply.termin_tot_inq, "termin_tot_inq"),
        securities_out=wire.size(reply.termin_tot_outq, "termin_tot_outq"),
        average_capital=wire.signed_amount(reply.invt_bsamt, "invt_bsamt"),
        profit=wire.signed_amount(reply.evltv_prft, "evltv_prft"),
        profit_rate=wire.signed_amount(reply.prft_rt, "prft_rt"),
    )


def day_ledger(reply: wire.TodayReply, day: date) -> DayLedger:
    """Return today's movements (kt00017). Raises UnexpectedReply that names the field."""
    return DayLedger(
        day,
        cash_in=wire.size(reply.ina_amt, "ina_amt"),
        cash_out=wire.size(reply.outa, "outa"),
        securities_in=wire.size(reply.inq_amt, "inq_amt"),
        securities_out=wire.size(reply.outq_amt, "outq_amt"),
        bought=wire.size(reply.buy_amt, "buy_amt"),
        sold=wire.size(reply.sell_amt, "sell_amt"),
        fees=wire.signed_amount(reply.cmsn, "cmsn"),
        taxes=wire.signed_amount(reply.tax, "tax"),
        loan_interest=wire.signed_amount(reply.crd_int_amt, "crd_int_amt"),
        dividends=wire.signed_amount(reply.dvida_amt, "dvida_amt"),
    )


def past_balance(reply: wire.DayBalanceReply, rows: Iterable[wire.DayBalanceRow], day: date) -> PastBalance:
    """Return the balance of a day (ka01690), without blank rows. Raises UnexpectedReply."""
    holdings = (_past_holding(row) for row in rows)
    return PastBalance(
        day,
        wire.signed_amount(reply.day_stk_asst, "day_stk_asst"),
        wire.signed_amount(reply.dbst_bal, "dbst_bal"),
        tuple(each for each in holdings if each is not None),
    )


def _past_holding(row: wire.DayBalanceRow) -> PastHolding | None:
    code = parse.code(row.stk_cd, "stk_cd")
    if code is None:
        return None  # an empty day is one blank row
    return PastHolding(
        stock_code(code),
        parse.name(row.stk_nm, "stk_nm") or "",
        wire.signed_amount(row.rmnd_qty, "rmnd_qty"),
        wire.size(row.cur_prc, "cur_prc"),
        wire.size(row.buy_uv, "buy_uv"),
        wire.signed_amount(row.evlt_amt, "evlt_amt"),
    )


def bookings(rows: Iterable[wire.TransactionRow], first: date, last: date) -> Bookings:
    """Return the income and the costs of transactions settled in a span, and what else was paid by day.

    What is not known to be one of them is left out. Raises UnexpectedReply that names the field.
    """
    found, paid = list[Booking](), defaultdict[date, Decimal](Decimal)
    for row in rows:
        settled = parse.day(row.trde_dt, "trde_dt")
        if settled is None or not first <= settled <= last or parse.text(row.crnc_cd) not in (None, "KRW"):
            continue
        way = parse.text(row.io_tp_nm) or ""
        is_in = wire.IN in way
        if any(each in way for each in wire.TRADES):
            found += _costs_of_trade(row, settled)
        elif wire.SECURITIES not in way and is_in is not (wire.OUT in way):
            amount, *listed = _payment(row, settled, is_in=is_in)
            found += listed
            if not listed and amount is not None:
                paid[settled] += amount
    return Bookings(tuple(found), dict(paid))


def _costs_of_trade(row: wire.TransactionRow, settled: date) -> list[Booking]:
    day = parse.day(row.cntr_dt, "cntr_dt") or settled
    name = parse.name(row.stk_nm, "stk_nm") or ""
    costs = (
        (BookingKind.FEES, wire.size(row.cmsn, "cmsn")),
        (BookingKind.TAXES, wire.size(row.trde_agri_tax, "trde_agri_tax")),
    )
    return [Booking(day, settled, kind, -amount, name) for kind, amount in costs if amount]


def _payment(
    row: wire.TransactionRow, settled: date, *, is_in: bool
) -> tuple[Decimal | None, *tuple[Booking, ...]]:
    """Return what a payment adds to the cash, and its bookings where it is income or a cost."""
    amount, tax = wire.size(row.exct_amt, "exct_amt"), wire.size(row.incm_resi_tax, "incm_resi_tax")
    text = parse.name(row.rmrk_nm, "rmrk_nm") or ""
    income = wire.INCOME.search(text)
    name = parse.name(row.stk_nm, "stk_nm") or text
    is_of_stock = bool(tax) and parse.code(row.stk_cd, "stk_cd") is not None
    is_dividend = is_of_stock if income is None else income[1] is not None
    if amount is None or (income is None and not (is_in and is_of_stock)):
        return (amount if is_in or amount is None else -amount,)
    if not is_in:
        kind = BookingKind.TAXES if is_dividend else BookingKind.LOAN_INTEREST
        return -amount, Booking(settled, settled, kind, -amount, name)
    kind = BookingKind.DIVIDENDS if is_dividend else BookingKind.INTEREST
    withheld = (Booking(settled, settled, BookingKind.TAXES, -tax, name),) if tax else ()
    return amount, Booking(settled, settled, kind, amount + (tax or 0), name), *withheld


def index_close(row: wire.IndexRow) -> tuple[date, Decimal] | None:
    """Return a day and its close in points (ka20006), None without one. Raises UnexpectedReply."""
    hundredths = wire.size(row.cur_prc, "cur_prc")
    if hundredths is not None and hundredths % 1:
        raise UnexpectedReply(tr_lazy("The field '{field}' is not a number.", field="cur_prc"))
    return (_day(row.dt), hundredths / 100) if hundredths else None


def _day(raw: parse.Text) -> date:
    day = parse.day(raw, "dt")
    if day is None:
        raise UnexpectedReply(tr_lazy("The field 'dt' is empty."))
    return day


@lru_cache(maxsize=_REMEMBERED)
def _remembered(text: str | None, field: str) -> Decimal | None:
    return amount(text, field)


def _figure(text: str | None, field: str) -> Decimal | None:
    is_short = text is None or len(text) <= _LONGEST_REMEMBERED
    return _remembered(text, field) if is_short else amount(text, field)


def tick(item: str | None, values: wire.TradeValues, now: float | None = None) -> Tick:
    """Return one trade (0B) received at `now` (seconds since midnight). Raises UnexpectedReply."""
    code, last = parse.code(item, "item"), _figure(values.last_price, "10")
    if code is None or not last:
        raise UnexpectedReply(tr_lazy("A trade was received without a stock code or price."))
    time = _time(values.time)
    return Tick(
        stock_code(code),
        abs(last),
        _figure(values.change, "11"),
        _figure(values.change_rate, "12"),
        time,
        is_ahead=_seconds_ahead(time, now) > AHEAD_SECONDS,
    )


def _seconds_ahead(time: str | None, now: float | None) -> float:
    return 0.0 if time is None or now is None else seconds_ahead(time, now)


def _time(text: str | None) -> str | None:
    if not text:
        return None
    if second_of_day(text) is None:
        raise UnexpectedReply(tr_lazy("The field '20' is not a time."))
    return text


def fill(item: str | None, values: wire.BalanceValues) -> Fill:
    """Return a position after a fill (04). Raises UnexpectedReply without one code and a quantity."""
    raw_item = parse.code(item, "item")
    raw_code = parse.code(values.code, "9001") or raw_item
    quantity = amount(values.quantity, "930")
    if raw_code is None or quantity is None:
        raise UnexpectedReply(tr_lazy("A balance was received without a stock code or quantity."))
    code = stock_code(raw_code)
    if raw_item is not None and stock_code(raw_item) != code:
        raise UnexpectedReply(tr_lazy("A balance has two different stock codes."))
    loan_date = parse.day(values.loan_date, "916")
    credit_type = parse.code(values.credit_type, "917")
    key = position_key(code, credit_type, loan_date)
    name = parse.name(values.name, "302")
    if key[1] != CASH:
        realised = wire.figure(values.credit_profit_today, "992")
        realised_rate = wire.figure(values.credit_profit_rate_today, "993")
    else:
        realised = wire.figure(values.cash_profit_today, "990")
        realised_rate = wire.figure(values.cash_profit_rate_today, "991")
    return Fill(
        key=key,
        code=code,
        name=name,
        quantity=quantity,
        price=price(values.last_price, "10") or None,
        purchase_price=amount(values.purchase_price, "931"),
        purchase_amount=amount(values.purchase_amount, "932"),
        previous_close=price(values.base_price, "307") or None,
        facts=parse.facts(values),
        account=_account_mark(parse.text(values.account_number)),
        side=_SIDES.get(parse.text(values.side) or ""),
        realised=realised if isinstance(realised, Decimal) else None,
        realised_rate=realised_rate if isinstance(realised_rate, Decimal) else None,
        is_untaxed=any(is_untaxed_fill(each, name) for each in (raw_code, raw_item) if each is not None),
    )


def _account_mark(number: str | None) -> str | None:
    """Return a digest that identifies an account within this run without revealing its number."""
    digits = "".join(filter(str.isalnum, number or ""))
    return hashlib.blake2b(digits.encode(), digest_size=8, key=_ACCOUNT_KEY).hexdigest() if digits else None


def market_signal(values: wire.SessionValues, now: float | None = None) -> MarketSignal:
    """Return the exchange's session signal (0s) received at `now`. Raises UnexpectedReply without one."""
    status = parse.code(values.status, "215")
    if status is None:
        raise UnexpectedReply(tr_lazy("The field '215' is empty."))
    return MarketSignal(status, is_current=abs(_seconds_ahead(parse.text(values.time), now)) <= AHEAD_SECONDS)
