"""The holdings of the simulated accounts, derived from a seed."""

import random
from collections.abc import Iterable
from dataclasses import dataclass, replace

from app.simulator.securities import CATALOGUE, PENSION_FUNDS, Security

CREDIT_TYPE = "03"
_CREDIT_ROW_AT = 9  # the credit purchase of the first security is the tenth row


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
    realized: int = 0  # today, after the costs of selling
    sold_cost: int = 0  # what was paid for the shares sold today

    @property
    def key(self) -> tuple[str, str, str]:
        """Return the key of this row among those of the same security."""
        return self.security.code, self.credit_type, self.loan_date

    @property
    def unit_cost(self) -> int:
        """Return the rounded purchase price of one share; zero after selling out."""
        return (self.cost + self.quantity // 2) // self.quantity if self.quantity else 0


@dataclass(frozen=True, slots=True)
class PensionHolding:
    """One row of TTTC2202R; cost in won."""

    security: Security
    quantity: int
    sellable: int
    cost: int


def cash_positions(seed: int, count: int) -> list[Position]:
    """Return `count` rows of an active investor; from ten rows on one of them is bought on credit."""
    with_credit = count > _CREDIT_ROW_AT
    drawn = random.Random(f"{seed}:positions")  # noqa: S311 - a portfolio, not a secret
    rows = [_position(drawn, security) for security in _catalogue(count - with_credit)]
    if with_credit:
        rows.insert(_CREDIT_ROW_AT, _credit_position(drawn, rows[0].security))
    return rows


def pension_holdings(seed: int, account: str) -> list[PensionHolding]:
    """Return nine ETFs of an IRP."""
    drawn = random.Random(f"{seed}:{account}:pension")  # noqa: S311
    return [_pension_holding(drawn, fund) for fund in PENSION_FUNDS]


def pension_cash(seed: int, account: str) -> int:
    """Return the cash of an IRP in won."""
    return random.Random(f"{seed}:{account}:pension cash").randint(300_000, 2_000_000)  # noqa: S311


def _catalogue(count: int) -> Iterable[Security]:
    if not 0 <= count <= len(CATALOGUE):
        raise ValueError(f"positions must be between 0 and {len(CATALOGUE)}")
    return CATALOGUE[:count]


def _cost(drawn: random.Random, security: Security, quantity: int) -> int:
    # the purchase price is 38 % below to 45 % above the current price, and rarely a round unit price
    value = security.base * quantity
    return value * 1_000 // drawn.randint(690, 1_620) + drawn.randint(0, max(quantity - 1, 0))


def _position(drawn: random.Random, security: Security) -> Position:
    budget = drawn.choice((600_000, 1_500_000, 3_000_000, 6_000_000, 12_000_000, 25_000_000))
    quantity = max(1, budget // security.base + drawn.randint(-2, 5))
    unsettled = drawn.choice((0, 0, 0, 0, 0, quantity // 5))  # bought on the day before
    return Position(security, quantity, quantity - unsettled, _cost(drawn, security, quantity))


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


# Bonds

_LOTS_OF = (4, 2, 3, 2, 1, 2, 3, 1, 2, 2, 1, 2)  # 25 lots of 12 issues

# code, name, maturity, yield in thousandths of a percent
_ISSUES = (
    ("KR103502GE34", "국고03250-5403(24-2)", "20540310", 2_870),
    ("KR103501GD67", "국고03375-3206(22-5)", "20320610", 2_690),
    ("KR103502G990", "국고01125-3909(19-6)", "20390910", 2_910),
    ("KR101501DF12", "국민주택1종25-01", "20300131", 2_560),
    ("KR2088012F11", "경남지역개발25-01", "20300131", 2_640),
    ("KR6003492F59", "대한항공110-2", "20280526", 3_480),
    ("KR6095572F38", "AJ네트웍스71-2", "20270319", 5_210),
    ("KR6000661F26", "SK하이닉스226-1", "20280214", 2_980),
    ("KR310501GF43", "한국전력1459", "20280417", 2_730),
    ("KR6138041F97", "메리츠금융지주21-1", "20290912", 3_150),
    ("KR6034021F41", "두산에너빌리티78", "20270416", 3_620),
    ("KR103503GC96", "국고02375-2712(22-14)", "20271210", 2_480),
)
_UNKNOWN_LOTS = frozenset({1, 7, 12, 13, 21})  # KIS sends 0 for their unknown values
_SPLIT_LOT = 4  # its balance differs from its taxed quantities
_PLEDGED_LOT = 9  # partly not orderable


@dataclass(frozen=True, slots=True)
class BondLot:
    """One purchase; quantity in 1,000 won of face, price in won for 10,000 won of face."""

    code: str
    name: str
    matures: str
    bought: str
    sequence: int
    quantity: int
    taxed: int
    separately_taxed: int
    orderable: int
    rate: int  # thousandths of a percent
    price: int
    is_purchase_known: bool

    @property
    def cost(self) -> int:
        """Return the cost in won."""
        return self.quantity * self.price // 10

    @property
    def key(self) -> str:
        """Return the lot's continuation key."""
        return f"{self.code}!^{self.bought}!^{self.sequence}"


def bond_lots(seed: int, account: str) -> list[BondLot]:
    """Return 25 lots of 12 issues, including several purchases of one issue on one day."""
    drawn = random.Random(f"{seed}:{account}:bonds")  # noqa: S311 - a portfolio, not a secret
    issues = [issue for issue, lots in zip(_ISSUES, _LOTS_OF, strict=True) for _ in range(lots)]
    lots: list[BondLot] = []
    for index, (code, name, matures, rate) in enumerate(issues):
        same_issue = [lot for lot in lots if lot.code == code]
        if same_issue and drawn.random() < 0.4:
            bought, sequence = same_issue[-1].bought, same_issue[-1].sequence + 1
        else:
            bought, sequence = (
                f"202{4 + len(same_issue) // 2}{2 + 2 * len(same_issue):02d}{drawn.randint(3, 27):02d}",
                1,
            )
        quantity = drawn.choice((500, 1_000, 2_000, 3_000, 5_000, 10_000))
        separate = drawn.choice((0, 0, 0, quantity // 2, quantity))
        lots.append(
            BondLot(
                code=code,
                name=name,
                matures=matures,
                bought=bought,
                sequence=sequence,
                quantity=quantity,
                taxed=quantity - separate - (10 if index == _SPLIT_LOT and separate < quantity else 0),
                separately_taxed=separate - (10 if index == _SPLIT_LOT and separate == quantity else 0),
                orderable=quantity // 2 if index == _PLEDGED_LOT else quantity,
                rate=rate + drawn.randint(-300, 450),
                price=drawn.randint(7_900, 10_450),
                is_purchase_known=index not in _UNKNOWN_LOTS,
            )
        )
    return lots


# The asset mix of a brokerage account and of a fund account

_SECURITIES, _FOREIGN, _CASH, _SUBSCRIPTION, _CMA = "securities", "foreign", "cash", "subscription", "cma"

# The rows of CTRP6548R in order without 합계: kind and usual won; zero means a row of zeros.
_GENERAL = (
    (_SECURITIES, 86_400_000),  # 주식
    (_SECURITIES, 21_300_000),  # 펀드/MMW
    (_SECURITIES, 0),  # IMA
    (_SECURITIES, 0),  # 채권: from the lots
    (_SECURITIES, 15_000_000),  # ELS/DLS
    (_SECURITIES, 0),  # WRAP
    (_SECURITIES, 0),  # 신탁
    (_SECURITIES, 30_000_000),  # RP/발행어음
    (_SECURITIES, 64_700_000),  # 해외주식
    (_SECURITIES, 18_900_000),  # 해외채권
    (_SECURITIES, 7_850_000),  # 금현물
    (_SECURITIES, 0),  # CD/CP
    (_SECURITIES, 10_000_000),  # 전자단기사채
    (_SECURITIES, 0),  # 타사상품
    (_SECURITIES, 0),  # 외화전자단기사채
    (_SECURITIES, 0),  # 외화 ELS/DLS
    (_FOREIGN, 9_420_000),  # 외화
    (_CASH, 12_730_000),  # 예수금
    (_SUBSCRIPTION, 0),  # 청약자예수금
)
_FUND = (
    (_SECURITIES, 32_600_000),  # 수익증권
    (_SECURITIES, 0),  # IMA
    (_SECURITIES, 12_400_000),  # 채권
    (_SECURITIES, 8_000_000),  # ELS/DLS
    (_SECURITIES, 0),  # WRAP
    (_SECURITIES, 0),  # 신탁
    (_SECURITIES, 15_000_000),  # RP
    (_SECURITIES, 0),  # 외화rp
    (_SECURITIES, 5_600_000),  # 해외채권
    (_SECURITIES, 0),  # CD/CP
    (_SECURITIES, 0),  # 전자단기사채
    (_SECURITIES, 0),  # 외화전자단기사채
    (_SECURITIES, 0),  # 외화ELS/DLS
    (_FOREIGN, 0),  # 외화평가금액
    (_CMA, 6_310_000),  # 예수금+cma
    (_SUBSCRIPTION, 0),  # 청약자예수금
)
IMA_ROW = {20: 2, 17: 1}  # index by number of rows
_BOND_ROW = 3
_STOCK_LOAN = 2_000_000


@dataclass(frozen=True, slots=True)
class AssetRow:
    """One class of assets in won."""

    kind: str
    cost: int
    value: int
    loan: int = 0

    @property
    def profit(self) -> int:
        """Return value less cost; cash has none."""
        return self.value - self.cost if self.kind == _SECURITIES else 0


@dataclass(frozen=True, slots=True)
class AssetMix:
    """Every class without the total, in the broker's order."""

    rows: tuple[AssetRow, ...]

    @property
    def total(self) -> AssetRow:
        """Return the sum of every column."""
        return AssetRow("total", self.cost(), self.value(), sum(row.loan for row in self.rows))

    def cost(self) -> int:
        """Return the total cost in won."""
        return sum(row.cost for row in self.rows)

    def value(self, *kinds: str) -> int:
        """Return the value in won of these kinds, or of everything."""
        return sum(row.value for row in self.rows if not kinds or row.kind in kinds)

    def profit(self) -> int:
        """Return the total profit in won."""
        return sum(row.profit for row in self.rows)

    def moved(self, won: int) -> "AssetMix":
        """Return the mix with its securities worth this much more, in proportion."""
        held = self.securities
        moves = [won * row.value // held if row.kind == _SECURITIES else 0 for row in self.rows]
        moves[0] += won - sum(moves)
        rows = (replace(row, value=row.value + move) for row, move in zip(self.rows, moves, strict=True))
        return AssetMix(tuple(rows))

    @property
    def securities(self) -> int:
        """Return 유가평가금액: everything except cash."""
        return self.value(_SECURITIES)

    @property
    def foreign_money(self) -> int:
        """Return 외화."""
        return self.value(_FOREIGN)

    @property
    def deposit(self) -> int:
        """Return 예수금 without subscription deposits."""
        return self.value(_CASH, _CMA)

    @property
    def subscription(self) -> int:
        """Return 청약자예수금."""
        return self.value(_SUBSCRIPTION)

    @property
    def cma(self) -> int:
        """Return the cash in a CMA."""
        return self.value(_CMA)


def general_mix(seed: int, account: str, bond_cost: int) -> AssetMix:
    """Return the mix of a brokerage account with this cost of bonds in won."""
    rows = _drawn(seed, account, _GENERAL)
    rows[_BOND_ROW] = AssetRow(_SECURITIES, bond_cost, bond_cost * 1_013 // 1_000)
    rows[0] = AssetRow(_SECURITIES, rows[0].cost, rows[0].value, _STOCK_LOAN)
    return AssetMix(tuple(rows))


def fund_mix(seed: int, account: str) -> AssetMix:
    """Return the mix of a fund account (product 21)."""
    return AssetMix(tuple(_drawn(seed, account, _FUND)))


def empty_mix(rows: int) -> AssetMix:
    """Return a mix of this many classes without any assets."""
    return AssetMix(tuple(AssetRow(_SECURITIES, 0, 0) for _ in range(rows)))


def _drawn(seed: int, account: str, classes: tuple[tuple[str, int], ...]) -> list[AssetRow]:
    drawn = random.Random(f"{seed}:{account}:assets")  # noqa: S311 - a portfolio, not a secret
    rows: list[AssetRow] = []
    for kind, usual in classes:
        value = usual * drawn.randint(850, 1_200) // 1_000 + (drawn.randint(0, 99_999) if usual else 0)
        cost = value * 1_000 // drawn.randint(880, 1_310) if kind == _SECURITIES else 0
        rows.append(AssetRow(kind, cost, value))
    return rows


def without_ima(mix: AssetMix) -> AssetMix:
    """Return the older layout without the IMA row (which is zero here)."""
    at = IMA_ROW[len(mix.rows) + 1]
    return AssetMix(mix.rows[:at] + mix.rows[at + 1 :])


def with_new_class(mix: AssetMix) -> AssetMix:
    """Return an undocumented layout with one more class before the total."""
    return AssetMix((*mix.rows, AssetRow(_SECURITIES, 900_000, 1_000_000)))
