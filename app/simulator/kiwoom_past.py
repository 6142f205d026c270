"""Kiwoom's answers about days before and today's movements: kt00002, kt00015 to kt00017, ka01690, ka20006."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from app.simulator.kiwoom import MISSING, READ, WRONG, Body, account_totals, done, padded, wrong_input
from app.simulator.market import Market, buying_fee, selling_costs, transaction_tax, valuation
from app.simulator.past import Filled, Held, Past, PastDay, dividend_tax
from app.simulator.replies import Reply, percent
from app.simulator.securities import Security

_DAY = timedelta(days=1)
_INDEX_ROWS = 600
_TRANSACTION_ROWS = 40
_KOSPI = "001"
_PROCESSED = "정상적으로 처리되었습니다"

FIELDS = {  # what a request of each TR must have; what ends in "dt" is a day
    "kt00002": ("start_dt", "end_dt"),
    "kt00015": ("strt_dt", "end_dt", "tp", "gds_tp", "dmst_stex_tp"),
    "kt00016": ("fr_dt", "to_dt"),
    "kt00017": (),
    "ka01690": ("qry_dt",),
    "ka20006": ("inds_cd", "base_dt"),
}


@dataclass(frozen=True, slots=True)
class _State:
    """The account at a time, in won."""

    deposit: int = 0
    securities: int = 0
    loan: int = 0

    @property
    def net(self) -> int:
        return self.securities + self.deposit - self.loan


class KiwoomPast:
    """The past of the account, and of today what the market has traded; an empty account has none."""

    def __init__(self, past: Past, market: Market) -> None:
        self._past = past
        self._market = market

    def answer(self, api_id: str, asked: Mapping[str, str], next_key: str, *, is_empty: bool) -> Reply:
        """Return an answer, or Kiwoom's refusal of a wrong request; `next_key` is empty for a first page."""
        if refusal := _input_refusal(asked, FIELDS[api_id]):
            return refusal
        match api_id:
            case "kt00002":
                days = [] if is_empty else self._days(_day(asked["start_dt"]), _day(asked["end_dt"]))
                rows = [_day_row(day, each) for day, each in days]
                return Reply({"daly_prsm_dpst_aset_amt_prst": rows, **done(READ)})
            case "kt00015" | "kt00016":
                first, last = (_day(asked[name]) for name in FIELDS[api_id][:2])
                if api_id == "kt00016":
                    return self._span(first, last, is_empty=is_empty)
                reply = _transaction_page([] if is_empty else self._transactions(first, last), next_key)
            case "kt00017":
                return self._today(is_empty=is_empty)
            case "ka01690":
                return self._balance(_day(asked["qry_dt"]), is_empty=is_empty)
            case _:
                reply = self._index(asked, next_key)
        return reply

    def _days(self, first: date, last: date) -> list[tuple[date, PastDay]]:
        """Return the calendar days before today with the account at their ends, oldest first."""
        first, last = max(first, self._past.days[0]), min(last, self._past.today - _DAY)
        every = [first + _DAY * number for number in range((last - first).days + 1)]
        return [(day, found) for day in every if (found := self._past.at(day)) is not None]

    def _state(self, day: date) -> _State:
        """Return the account at the end of a day, or now."""
        if day >= self._past.today:
            totals = account_totals(self._market.positions, self._market.price, self._market.money)
            deposit, securities, loan = (
                int(str(totals[name])) for name in ("entr_d2", "evlt_amt_tot", "crd_loan_tot")
            )
            return _State(deposit, securities, loan)
        found = self._past.at(day)
        return _State() if found is None else _State(found.deposit, found.securities, found.loan)

    def _span(self, first: date, last: date, *, is_empty: bool) -> Reply:
        """Return kt00016: from the end of the day before the first to the end of the last."""
        last = min(last, self._past.today)
        if is_empty:
            return Reply({**_span_body(_State(), _State(), (0, 0), 0, 0), **done(READ)})
        start, end = self._state(first - _DAY), self._state(last)
        within = [each for each in self._past.kiwoom if first <= each.day <= last]
        flows = sum(each.cash_in for each in within), sum(each.cash_out for each in within)
        turnover = sum(each.bought + each.sold for each in within)
        if last >= self._past.today >= first:
            turnover += self._market.traded.bought + self._market.traded.sold
        capital = self._average_capital(start.net, within, max(first, self._past.days[0]), last)
        return Reply({**_span_body(start, end, flows, capital, turnover), **done(READ)})

    def _transactions(self, first: date, last: date) -> list[Body]:
        """Return the rows of kt00015, oldest first: trades by the day of settlement, and dividends.

        There are no rows of deposits and withdrawals.
        """
        days, rows = self._past.days, list[Body]()
        for at, day in enumerate(days):
            if not first <= day <= last:
                continue
            traded = days[at - 2] if at >= 2 else None
            for each in self._past.fills(traded) if traded is not None else ():
                rows.append(_trade_row(each, day, traded or day))
            rows += [_dividend_row(security, gross, day) for security, gross in self._past.dividends(day)]
        return rows

    @staticmethod
    def _average_capital(start: int, within: Sequence[PastDay], first: date, last: date) -> int:
        """Return the capital of a span in won: a deposit counts from its day, a withdrawal after it."""
        total = (last - first).days + 1
        if total <= 0:
            return 0
        moved = sum(
            each.cash_in * ((last - each.day).days + 1) - each.cash_out * (last - each.day).days
            for each in within
        )
        return start + moved // total

    def _today(self, *, is_empty: bool) -> Reply:
        """Return kt00017."""
        market, traded = self._market, self._market.traded
        state = _State() if is_empty else self._state(self._past.today)
        on_credit = 0 if is_empty else _value(each for each in _held(market) if each.position.loan)
        amounts = {
            "d2_entra": state.deposit,
            "gnrl_stk_evlt_amt_d2": state.securities - on_credit,
            "crd_loan_d2": state.loan,
            "crd_loan_evlta_d2": on_credit,
        }
        if not is_empty:
            amounts |= {
                "sell_amt": traded.sold,
                "buy_amt": traded.bought,
                "cmsn": traded.fees,
                "tax": traded.taxes,
                "dvida_amt": self._past.dividends_today,
            }
        body: Body = {name: padded(amounts.get(name, 0)) for name in _TODAY}
        return Reply({**body, **done(READ)})

    def _balance(self, day: date, *, is_empty: bool) -> Reply:
        """Return ka01690; the deposit is less the loan, so that it and the rows add up to the total."""
        is_known = not is_empty and self._past.days[0] <= day <= self._past.today
        state = self._state(day) if is_known else _State()
        held: list[Held] = []
        if is_known:
            held = _held(self._market) if day == self._past.today else self._past.holdings(day)
        cost = sum(each.position.cost for each in held)
        profit = state.securities - cost
        body: Body = {
            "dt": _text(day),
            "tot_buy_amt": str(cost),
            "tot_evlt_amt": str(state.securities),
            "tot_evltv_prft": str(profit),
            "tot_prft_rt": percent(profit, cost, 2),
            "dbst_bal": str(state.deposit - state.loan),
            "day_stk_asst": str(state.net),
            "buy_wght": percent(state.deposit - state.loan, state.net, 2),
            "day_bal_rt": [_balance_row(each, cost, state.securities) for each in held],
        }
        return Reply({**body, **done(_PROCESSED)})

    def _index(self, asked: Mapping[str, str], next_key: str) -> Reply:
        """Return a page of ka20006, newest first, its values in hundredths of a point."""
        if asked["inds_cd"] != _KOSPI:
            return wrong_input(WRONG, "inds_cd")
        if next_key and not _is_day(next_key):
            return wrong_input(WRONG, "next-key")
        last = _day(next_key or asked["base_dt"])
        closes = [each for each in self._past.index if each[0] <= last]
        page, before = closes[-_INDEX_ROWS:], closes[:-_INDEX_ROWS][-1:]
        opens = [close for _, close in (before or page[:1]) + page[:-1]]
        rows = [_index_row(day, opened, close) for (day, close), opened in zip(page, opens, strict=True)]
        headers = {"cont-yn": "N", "next-key": ""}
        if before:
            headers = {"cont-yn": "Y", "next-key": _text(before[0][0])}
        body: Body = {"inds_cd": _KOSPI, "inds_dt_pole_qry": rows[::-1]}
        return Reply({**body, **done(_PROCESSED)}, headers)


_TODAY = (
    "d2_entra",
    "crd_int_npay_gold",
    "etc_loana",
    "gnrl_stk_evlt_amt_d2",
    "dpst_grnt_use_amt_d2",
    "crd_stk_evlt_amt_d2",
    "crd_loan_d2",
    "crd_loan_evlta_d2",
    "crd_ls_grnt_d2",
    "crd_ls_evlta_d2",
    "ina_amt",
    "outa",
    "inq_amt",
    "outq_amt",
    "sell_amt",
    "buy_amt",
    "cmsn",
    "tax",
    "stk_pur_cptal_loan_amt",
    "rp_evlt_amt",
    "bd_evlt_amt",
    "elsevlt_amt",
    "crd_int_amt",
    "sel_prica_grnt_loan_int_amt_amt",
    "dvida_amt",
)
_UNUSED_OF_SPAN = (
    "ls_grnt",
    "ch_uncla",
    "ls_evlta",
    "rght_evlta",
    "loan_amt",
    "etc_loana",
    "crd_int_npay_gold",
    "crd_int",
)


def _held(market: Market) -> list[Held]:
    return [Held(each, market.price(each.security.code)) for each in market.positions]


def _value(held: Iterable[Held]) -> int:
    return sum(valuation(each.position, each.price).value for each in held)


def _day_row(day: date, state: PastDay) -> Body:
    return {
        "dt": _text(day),
        "entr": padded(state.deposit),
        "grnt_use_amt": padded(0),
        "crd_loan": padded(state.loan),
        "ls_grnt": padded(0),
        "repl_amt": padded(state.securities * 7 // 10),
        "prsm_dpst_aset_amt": padded(state.net),
        "prsm_dpst_aset_amt_bncr_skip": padded(state.net),
    }


def _span_body(start: _State, end: _State, flows: tuple[int, int], capital: int, turnover: int) -> Body:
    cash_in, cash_out = flows
    profit = end.net - start.net - cash_in + cash_out
    pairs = {
        "entr": (start.deposit, end.deposit),
        "scrt_evlt_amt": (start.securities, end.securities),
        "crd_loan": (start.loan, end.loan),
        "krw_asgna": (start.securities * 7 // 10, end.securities * 7 // 10),
        "tot_amt": (start.net, end.net),
        **dict.fromkeys(_UNUSED_OF_SPAN, (0, 0)),
    }
    return {
        "mang_empno": "081",
        "mngr_nm": "영업점",
        "dept_nm": "키움금융센터",
        **{f"{name}_fr": padded(before) for name, (before, _) in pairs.items()},
        **{f"{name}_to": padded(after) for name, (_, after) in pairs.items()},
        "invt_bsamt": padded(capital),
        "evltv_prft": padded(profit),
        "prft_rt": percent(profit, capital, 2),
        "tern_rt": percent(turnover, capital, 2),
        "termin_tot_trns": padded(cash_in),
        "termin_tot_pymn": padded(cash_out),
        "termin_tot_inq": padded(0),
        "termin_tot_outq": padded(0),
        "futr_repl_sella": padded(0),
        "trst_repl_sella": padded(0),
    }


def _balance_row(held: Held, cost: int, value: int) -> Body:
    """Return a row of day_bal_rt; its value is after the costs of both sides."""
    position, worth = held.position, valuation(held.position, held.price)
    return {
        "cur_prc": str(held.price),
        "stk_cd": position.security.code,
        "stk_nm": position.security.name,
        "rmnd_qty": str(position.quantity),
        "buy_uv": str(position.unit_cost),
        "buy_wght": percent(position.cost, cost, 1),
        "evltv_prft": str(worth.profit),
        "prft_rt": percent(worth.profit, position.cost, 2),
        "evlt_amt": str(worth.value),
        "evlt_wght": percent(worth.value, value, 1),
    }


def _transaction_page(rows: Sequence[Body], next_key: str) -> Reply:
    """Return the rows from a number on."""
    start = int(next_key) if next_key.isdigit() else 0
    page, rest = rows[start : start + _TRANSACTION_ROWS], rows[start + _TRANSACTION_ROWS :]
    headers = {"cont-yn": "Y" if rest else "N", "next-key": str(start + _TRANSACTION_ROWS) if rest else ""}
    return Reply({"trst_ovrl_trde_prps_array": page, **done(READ)}, headers)


def _trade_row(trade: Filled, settled: date, traded: date) -> Body:
    security, is_sale = trade.position.security, trade.change < 0
    tax = transaction_tax(security, trade.amount) if is_sale else 0
    fee = selling_costs(security, trade.amount) - tax if is_sale else buying_fee(trade.amount)
    return _transaction(
        settled,
        cntr_dt=_text(traded),
        rmrk_nm="장내매도" if is_sale else "장내매수",
        io_tp_nm="매도" if is_sale else "매수",
        stk_cd=f"A{security.code}",
        stk_nm=security.name,
        trde_qty_jwa_cnt=str(abs(trade.change)),
        trde_unit=f"{trade.price:,}",
        trde_amt=padded(trade.amount),
        exct_amt=padded(trade.amount - fee - tax if is_sale else trade.amount + fee),
        cmsn=padded(fee),
        trde_agri_tax=padded(tax),
    )


def _dividend_row(security: Security, gross: int, day: date) -> Body:
    tax = dividend_tax(gross)
    return _transaction(
        day,
        rmrk_nm="ETF분배금입금" if security.is_fund else "배당금입금",
        io_tp_nm="입금",
        stk_cd=f"A{security.code}",
        stk_nm=security.name,
        trde_amt=padded(gross),
        exct_amt=padded(gross - tax),
        incm_resi_tax=padded(tax),
    )


def _transaction(settled: date, **fields: str) -> Body:
    amounts = dict.fromkeys(("cmsn", "trde_agri_tax", "incm_resi_tax"), padded(0))
    texts = {"cntr_dt": "", "trde_qty_jwa_cnt": "0", "trde_unit": "0", "rcpmnyer": "홍길동"}
    return {"trde_dt": _text(settled), "crnc_cd": "KRW", **texts, **amounts, **fields}


def _index_row(day: date, opened: int, close: int) -> Body:
    """Return a day of ka20006, which opened at the close before."""
    return {
        "cur_prc": str(close),
        "trde_qty": str(300_000 + close % 977 * 211),
        "dt": _text(day),
        "open_pric": str(opened),
        "high_pric": str(max(opened, close) * 1_003 // 1_000),
        "low_pric": str(min(opened, close) * 997 // 1_000),
        "trde_prica": str(8_000_000 + close % 1_013 * 4_021),
        "bic_inds_tp": "",
        "sm_inds_tp": "",
        "stk_infr": "",
        "pred_close_pric": str(opened),
    }


def _input_refusal(asked: Mapping[str, str], fields: Sequence[str]) -> Reply | None:
    for name in fields:
        if not asked.get(name):
            return wrong_input(MISSING, name)
        if name.endswith("dt") and not _is_day(asked[name]):
            return wrong_input(WRONG, name)
    first, last = fields[:1], fields[1:2]
    if first and last and first[0].endswith("dt") and asked[first[0]] > asked[last[0]]:
        return wrong_input(WRONG, last[0])
    return None


def _is_day(text: str) -> bool:
    try:
        _day(text)
    except ValueError:
        return False
    return len(text) == 8 and text.isdigit()


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _text(day: date) -> str:
    return f"{day:%Y%m%d}"
