"""What the asset mix shows of an answer."""

from dataclasses import replace
from decimal import Decimal

from app.domain.holdings import AssetLayout, AssetMixReport, AssetSlice, Fact
from app.ui.format import SHOWN
from app.ui.tabs.asset_mix import rows, securities_note


def mix(*values: int, names: tuple[str | None, ...] = ("주식", "채권", "예수금(+CMA)")) -> AssetMixReport:
    """An account with these values in its classes, weighed as the broker rounds it."""
    slices = tuple(
        AssetSlice(
            at, name, Decimal(0), Decimal(value), Decimal(0), Decimal(0), Decimal(value), Decimal("33.34")
        )
        for at, (name, value) in enumerate(zip(names, values, strict=True), 1)
    )
    total = Decimal(sum(values))
    sent = (Fact("nass_tot_amt", "순자산총금액", Decimal(sum(values[:2]))),)
    return AssetMixReport(AssetLayout.GENERAL_20, slices, None, total, Decimal(0), Decimal(0), sent)


def test_an_account_in_which_there_is_nothing_has_no_rows():
    assert rows(mix(0, 0, 0), ()) == ()
    assert len(rows(mix(0, 0, 5), ())) == 3
    assert len(rows(mix(0, 0, 0, names=(None, "채권", "예수금")), ())) == 3  # that one may be anything


def test_the_weights_that_are_shown_add_up_to_a_hundred():
    assert sum(row.weight or 0 for row in rows(mix(1_000, 1_001, 1_002), ())) == 100


def test_the_brokers_own_net_assets_are_explained_where_they_are_another_figure():
    assert "순자산총금액" in securities_note(mix(10, 20, 4_000), SHOWN)
    assert "4,030" not in securities_note(mix(10, 20, 4_000), SHOWN)
    assert securities_note(mix(10, 20, 0), SHOWN) == ""
    assert securities_note(replace(mix(10, 20, 4_000), facts=()), SHOWN) == ""
