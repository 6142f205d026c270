"""The holdings of the simulated accounts, drawn from a seed."""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from app.simulator.securities import CATALOGUE, PENSION_FUNDS, Security

CREDIT_TYPE = "03"
_CREDIT_ROW_AT = 9  # the credit purchase of the first security comes as the tenth row


@dataclass(slots=True)
class Position:
    """One row of kt00005: a security held in cash or on credit; amounts in won."""

    security: Security
    quantity: int
    settled: int
    cost: int
    credit_type: str = "00"
    loan_date: str = ""
    expiry_date: str = ""
    loan: int = 0
    bought_today: int = 0  # net
    realized: int = 0  # today

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells this row from the others of the same security."""
        return self.security.code, self.credit_type, self.loan_date

    @property
    def unit_cost(self) -> int:
        """The rounded purchase price of one share; zero after selling out."""
        return (self.cost + self.quantity // 2) // self.quantity if self.quantity else 0


@dataclass(frozen=True, slots=True)
class PensionHolding:
    """One row of TTTC2202R; cost in won."""

    security: Security
    quantity: int
    sellable: int
    cost: int


def cash_positions(seed: int, count: int) -> list[Position]:
    """So many rows as an active investor holds them; from ten rows on one of them is bought on credit."""
    with_credit = count > _CREDIT_ROW_AT
    drawn = random.Random(f"{seed}:positions")  # noqa: S311 - a portfolio, not a secret
    rows = [_position(drawn, security) for security in _catalogue(count - with_credit)]
    if with_credit:
        rows.insert(_CREDIT_ROW_AT, _credit_position(drawn, rows[0].security))
    return rows


def pension_holdings(seed: int, account: str) -> list[PensionHolding]:
    """Nine ETFs as an IRP holds them."""
    drawn = random.Random(f"{seed}:{account}:pension")  # noqa: S311
    return [_pension_holding(drawn, fund) for fund in PENSION_FUNDS]


def _catalogue(count: int) -> Iterable[Security]:
    if not 0 <= count <= len(CATALOGUE):
        raise ValueError(f"positions must be between 0 and {len(CATALOGUE)}")
    return CATALOGUE[:count]


def _cost(drawn: random.Random, security: Security, quantity: int) -> int:
    # the purchase lay between 38 % below and 45 % above the present price, and rarely on a round unit price
    value = security.base * quantity
    return value * 1_000 // drawn.randint(690, 1_620) + drawn.randint(0, max(quantity - 1, 0))


def _position(drawn: random.Random, security: Security) -> Position:
    budget = drawn.choice((600_000, 1_500_000, 3_000_000, 6_000_000, 12_000_000, 25_000_000))
    quantity = max(1, budget // security.base + drawn.randint(-2, 5))
    bought = drawn.choice((0, 0, 0, 0, 0, quantity // 5))  # some purchases are not settled yet
    return Position(
        security, quantity, quantity - bought, _cost(drawn, security, quantity), bought_today=bought
    )


def _credit_position(drawn: random.Random, security: Security) -> Position:
    quantity = drawn.randint(20, 60)
    cost = _cost(drawn, security, quantity)
    return Position(
        security,
        quantity,
        quantity,
        cost,
        credit_type=CREDIT_TYPE,
        loan_date="20261012",
        expiry_date="20270409",
        loan=cost * 6 // 10 // 1_000 * 1_000,
    )


def _pension_holding(drawn: random.Random, fund: Security) -> PensionHolding:
    quantity = max(3, drawn.randint(2_500_000, 14_000_000) // fund.base)
    cost = fund.base * quantity * 1_000 // drawn.randint(870, 1_420)
    return PensionHolding(fund, quantity, quantity - drawn.choice((0, 0, 0, 2)), cost)
