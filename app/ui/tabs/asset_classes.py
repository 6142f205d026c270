"""Names of asset classes and of their kinds."""

from app.domain.holdings import AssetSlice
from app.domain.language import N_, Language, in_use, tr
from app.domain.valuation import AssetClass, ClassKind, class_kind

_ENGLISH = {
    "주식": "Stocks",
    "펀드/MMW": "Funds/MMW",
    "채권": "Bonds",
    "신탁": "Trusts",
    "RP/발행어음": "RP/Issued notes",
    "해외주식": "Foreign stocks",
    "해외채권": "Foreign bonds",
    "금현물": "Gold",
    "전자단기사채": "Short-term bonds",
    "타사상품": "Other firms' products",
    "외화전자단기사채": "FX short-term bonds",
    "외화 ELS/DLS": "FX ELS/DLS",
    "외화": "Foreign currency",
    "예수금": "Deposit",
    "청약자예수금": "Subscription deposit",
    "신탁/퇴직연금/외화신탁": "Trusts/Pension/FX trusts",
    "단기사채": "Short-term bonds",
    "외화단기사채": "FX short-term bonds",
    "외화ELS/DLS": "FX ELS/DLS",
    "예수금(+CMA)": "Deposit (+CMA)",
    "수익증권": "Beneficiary certificates",
    "외화rp": "FX RP",
    "외화평가금액": "Foreign currency",
    "예수금+cma": "Deposit + CMA",
}

_KINDS = {
    ClassKind.STOCKS: N_("Stocks"),
    ClassKind.BONDS: N_("Bonds"),
    ClassKind.FUNDS: N_("Funds and trusts"),
    ClassKind.STRUCTURED: N_("ELS/DLS"),
    ClassKind.CASH: N_("Cash & equiv."),
    ClassKind.LOANS: N_("Loans"),
    ClassKind.DIFFERENCE: N_("Difference to the broker's total"),
}


def class_name(category: str) -> str:
    """Return a class's name in the current language; Korean uses the broker's own name."""
    return _ENGLISH.get(category, category) if in_use() is Language.ENGLISH else category


def category_name(row: AssetSlice) -> str:
    """Return the class's name, or its number where the layout is unknown."""
    return class_name(row.category) if row.category else tr("Class {number}", number=row.position)


def kind_of_class(category: str) -> str | None:
    """Return the kind of a class, to be translated; None for a class that is a kind of its own."""
    return _KINDS.get(class_kind(category))


def asset_class_name(each: AssetClass) -> str:
    """Return the name of a class of assets, or its number if it has no name."""
    match each.kind:
        case ClassKind.OTHER:
            return class_name(each.name)
        case ClassKind.UNNAMED:
            return tr("Class {number}", number=each.name)
        case _:
            return tr(_KINDS[each.kind])
