"""The asset mix of a brokerage account and of a fund account, drawn from a seed."""

import random
from dataclasses import dataclass

_SECURITIES, _FOREIGN, _CASH, _SUBSCRIPTION, _CMA = "securities", "foreign", "cash", "subscription", "cma"

# The rows of CTRP6548R in their order, 합계 aside: kind and usual won; no won means a zero row.
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
        """Value less cost; money itself has none."""
        return self.value - self.cost if self.kind == _SECURITIES else 0


@dataclass(frozen=True, slots=True)
class AssetMix:
    """Every class without the total, in the order of the wire."""

    rows: tuple[AssetRow, ...]

    @property
    def total(self) -> AssetRow:
        """The sum of every column."""
        return AssetRow("total", self.cost(), self.value(), sum(row.loan for row in self.rows))

    def cost(self) -> int:
        """Won paid for everything."""
        return sum(row.cost for row in self.rows)

    def value(self, *kinds: str) -> int:
        """Won of these kinds, or of everything."""
        return sum(row.value for row in self.rows if not kinds or row.kind in kinds)

    def profit(self) -> int:
        """Profit of everything in won."""
        return sum(row.profit for row in self.rows)

    @property
    def securities(self) -> int:
        """유가평가금액: everything but money."""
        return self.value(_SECURITIES)

    @property
    def foreign_money(self) -> int:
        """외화."""
        return self.value(_FOREIGN)

    @property
    def deposit(self) -> int:
        """예수금, the money for subscriptions aside."""
        return self.value(_CASH, _CMA)

    @property
    def subscription(self) -> int:
        """청약자예수금."""
        return self.value(_SUBSCRIPTION)

    @property
    def cma(self) -> int:
        """The money in a CMA."""
        return self.value(_CMA)


def general_mix(seed: int, account: str, bond_cost: int) -> AssetMix:
    """The mix of a brokerage account whose bonds cost so much."""
    rows = _drawn(seed, account, _GENERAL)
    rows[_BOND_ROW] = AssetRow(_SECURITIES, bond_cost, bond_cost * 1_013 // 1_000)
    rows[0] = AssetRow(_SECURITIES, rows[0].cost, rows[0].value, _STOCK_LOAN)
    return AssetMix(tuple(rows))


def fund_mix(seed: int, account: str) -> AssetMix:
    """The mix of a fund account (product 21)."""
    return AssetMix(tuple(_drawn(seed, account, _FUND)))


def empty_mix(rows: int) -> AssetMix:
    """A mix of so many classes without any assets."""
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
    """The older layout, which had no IMA row (it is zero here)."""
    at = IMA_ROW[len(mix.rows) + 1]
    return AssetMix(mix.rows[:at] + mix.rows[at + 1 :])


def with_new_class(mix: AssetMix) -> AssetMix:
    """A layout that is not documented: one class more before the total."""
    return AssetMix((*mix.rows, AssetRow(_SECURITIES, 900_000, 1_000_000)))
