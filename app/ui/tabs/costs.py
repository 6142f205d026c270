"""The fees and taxes of a position in words."""

from app.domain.costs import Basis, ShortCosting
from app.domain.holdings import Position, percent_of
from app.domain.language import N_, tr
from app.ui import format as text_of

_BASES = {
    Basis.GIVEN: N_("The usual rates; they agree with the broker's value to the won."),
    Basis.FOUND: N_("Not the usual rates: found from the broker's value."),
    Basis.SCALED: N_("No known rates fit: the broker's costs are taken in proportion to the price."),
    Basis.PARTLY: N_("The usual rates. What they do not explain (credit, for example) stays as it is."),
}


def costs_of(position: Position) -> str:
    """Which fees and taxes a position's value is after, and where they come from."""
    costing = position.costing
    if not position.exposure:
        return tr("The broker's P/L does not follow from its price, so it is shown as last read.")
    if isinstance(costing, ShortCosting):
        return tr("Borrowed stock: P/L falls as the price rises. The broker's costs stay as last read.")
    if costing is None:
        return tr("A value is unknown, so fees and taxes are not computed. It is the broker's value.")
    if costing.rates is None:
        share = text_of.percent(percent_of(costing.sample_costs, costing.sample_gross))
        return tr(
            "Selling costs about {share} of the proceeds\n{basis}",
            share=share,
            basis=tr(_BASES[costing.basis]),
        )
    rates = costing.rates
    buying, selling, tax = (text_of.number(each * 100) for each in (rates.buying, rates.selling, rates.tax))
    taxed = tr("tax {tax}%", tax=tax) if rates.tax else tr("no tax")
    return tr(
        "Fees: buying {buying}% · selling {selling}% · {taxed}\n{basis}",
        buying=buying,
        selling=selling,
        taxed=taxed,
        basis=tr(_BASES[costing.basis]),
    )
