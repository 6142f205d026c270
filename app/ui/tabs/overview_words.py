"""What the overview says of a connection: its state, how its value is made, and what the total lacks."""

from collections.abc import Sequence
from datetime import date

from app.domain.language import N_, tr, tr_count
from app.domain.overview import Omission, Overview, OverviewLine
from app.domain.valuation import AssetClass, ClassKind, Standing
from app.domain.views import View
from app.ui import format as text_of
from app.ui.tabs.asset_classes import class_name as name_of_category

_STANDINGS = {
    Standing.LIVE: N_("Live"),
    Standing.READ: N_("Up to date"),
    Standing.OLD: N_("Earlier value"),
    Standing.LOADING: N_("Loading…"),
    Standing.FAILED: N_("Reading failed"),
}
_BASES = {
    View.ASSET_MIX: N_("assets − loans"),
    View.PENSION: N_("products"),
    View.POSITIONS: N_("stocks + deposit"),
}
_CLASSES = {
    ClassKind.PENSION: N_("Pension"),
    ClassKind.STOCKS: N_("Live stocks"),
    ClassKind.CASH: N_("Deposit"),
    ClassKind.LOANS: N_("Loans"),
    ClassKind.DIFFERENCE: N_("Difference to the broker's total"),
}


def standing_words(line: OverviewLine) -> str:
    """How good a line's value is, or why it has none in the total."""
    match line.omission:
        case Omission.SAME_ACCOUNT:
            return tr("Counted with {connection}", connection=line.twin)
        case Omission.NO_MARKET_VALUE:
            return tr("Left out · no market value")
        case Omission.UNKNOWN:
            return tr("Left out · no sum sent")
        case Omission.FAILED:
            return tr("Left out · reading failed")
        case Omission.NOT_READ | None:
            return tr(_STANDINGS[line.standing])


def basis(line: OverviewLine) -> str:
    """What a line's value is made of, in two words; for bonds their face."""
    if line.view is View.BONDS:
        return "" if line.worth.face is None else tr("face {amount}", amount=text_of.amount(line.worth.face))
    return tr(_BASES[line.view])


def as_of(line: OverviewLine) -> str:
    """When a line was read, with its day: a value of another run may be days old."""
    return text_of.UNKNOWN if line.as_of is None else f"{line.as_of:%m-%d %H:%M}"


def explanation(line: OverviewLine) -> str:
    """How a line's value comes about, and what is not in it."""
    parts = [standing_words(line), _made_of(line)]
    if line.worth.lacks_deposit and line.is_counted:
        parts.append(tr("The broker sent no deposit: it is not in the value."))
    if line.worth.loans is not None:
        loans = text_of.amount(line.worth.loans)
        parts.append(tr("Borrowed money is not taken off: {amount} won.", amount=loans))
    return "\n".join(parts)


def _made_of(line: OverviewLine) -> str:
    match line.view:
        case View.ASSET_MIX:
            return tr(
                "Total assets − loans, as on the tab Asset mix. Bonds and everything else of this account are"
                " in it and not added again. On the settlement basis: the trades of the last two days are not"
                " in it yet."
            )
        case View.PENSION:
            return tr(
                "The products' market value as the broker sums it up. Cash, funds and deposits are not in"
                " this reading."
            )
        case View.POSITIONS:
            return tr(
                "The stocks' market value after fees and taxes + the deposit of D+2. Stocks that were bought"
                " are held at once and paid for after two days: the deposit of D+2 is what is left then."
            )
        case View.BONDS:
            return tr(
                "Face {face} won, bought for {bought} won. Neither is a market value, so it is not in the"
                " total. Read the asset mix of this account to have it counted.",
                face=text_of.amount(line.worth.face),
                bought=text_of.amount(line.worth.purchase_amount),
            )


def value_notes(whole: Overview, today: date) -> Sequence[str]:
    """What the total lacks, and what in it is of when; nothing where all is well."""
    notes: list[str] = []
    if whole.left_out:
        notes.append(
            tr_count("{count} connection left out", "{count} connections left out", len(whole.left_out))
        )
    notes += [
        tr("{connection} as of {time}", connection=line.label, time=text_of.moment(line.as_of, today))
        for line in whole.old
        if line.as_of is not None
    ]
    notes += [
        tr("{connection} without its deposit", connection=line.label)
        for line in whole.counted
        if line.worth.lacks_deposit
    ]
    return notes


def missing_note(whole: Overview) -> str:
    """What no broker's answer lets the total have: the cash of pensions, and loans that are not taken off."""
    notes: list[str] = []
    if any(line.view is View.PENSION for line in whole.counted):
        notes.append(tr("Pension: without cash, funds and deposits"))
    notes += [
        tr(
            "{connection}: loans of {amount} won not taken off",
            connection=line.label,
            amount=text_of.amount(line.worth.loans),
        )
        for line in whole.counted
        if line.worth.loans is not None
    ]
    return " · ".join(notes)


def left_out_names(whole: Overview) -> str:
    """The connections that the total lacks, each with the reason."""
    return ", ".join(f"{line.label} ({_reason(line)})" for line in whole.left_out)


def _reason(line: OverviewLine) -> str:
    match line.omission:
        case Omission.NO_MARKET_VALUE:
            return tr("no market value")
        case Omission.UNKNOWN:
            return tr("no sum sent")
        case Omission.FAILED:
            return tr("reading failed")
        case _:
            return tr("loading")


def class_name(each: AssetClass) -> str:
    """What a class of assets is called; one without a name goes by its number."""
    match each.kind:
        case ClassKind.CATEGORY:
            return name_of_category(each.name)
        case ClassKind.UNNAMED:
            return tr("Class {number}", number=each.name)
        case _:
            return tr(_CLASSES[each.kind])
