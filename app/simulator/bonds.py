"""The bond lots of a brokerage account, drawn from a seed."""

import random
from dataclasses import dataclass

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
_UNKNOWN_LOTS = frozenset({1, 7, 12, 13, 21})  # KIS sends 0 for what it does not know of them
_SPLIT_LOT = 4  # its balance differs from its taxed quantities
_PLEDGED_LOT = 9  # it cannot be ordered in full


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
        """Won paid."""
        return self.quantity * self.price // 10

    @property
    def key(self) -> str:
        """The lot as a continuation key names it."""
        return f"{self.code}!^{self.bought}!^{self.sequence}"


def bond_lots(seed: int, account: str) -> list[BondLot]:
    """25 lots of 12 issues, several purchases of one issue on one day among them."""
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
