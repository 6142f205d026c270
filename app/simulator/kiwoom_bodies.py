"""The body of kt00005: every amount twelve characters wide, the totals made from the rows themselves."""

from collections.abc import Callable, Sequence

from app.simulator.formats import padded, percent
from app.simulator.market import Money, valuation
from app.simulator.portfolio import Position

Body = dict[str, object]
READ = "조회가 완료되었습니다."


def position_rows(positions: Sequence[Position], price_of: Callable[[str], int]) -> list[Body]:
    """The rows of stk_cntr_remn."""
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
    """Every scalar of kt00005 but the return code."""
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
