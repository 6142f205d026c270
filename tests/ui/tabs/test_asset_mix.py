"""What the asset mix shows of an answer."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from app.domain.clock import KST
from app.domain.holdings import (
    AssetLayout,
    AssetMixReport,
    AssetSlice,
    Fact,
    compared,
    earlier_reading,
)
from app.ui.format import HIDDEN, SHOWN, Formatter
from app.ui.tabs.asset_mix import columns, figures, is_folded, rows, securities_note, sheet, totals
from app.ui.tabs.kpi import Kpi
from app.ui.tabs.spec import Around, Content, Swatches, unknown_note
from app.ui.theme import Theme


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


def content_of(before: AssetMixReport | None, now: AssetMixReport, formatter: Formatter = SHOWN) -> Content:
    """The answer of Monday beside that of Friday."""
    if before is not None:
        read_at = datetime(2026, 11, 27, 15, 45, tzinfo=KST)
        now = compared(
            replace(now, earlier=earlier_reading(before, read_at.date(), read_at)), is_compared=True
        )
    at = datetime(2026, 11, 30, 10, 15, tzinfo=KST)
    return Content(now, rows(now, ()), at, at.date(), formatter)


def net_assets(content: Content) -> Kpi:
    return next(each for each in figures(content) if each.label == "순자산")


def test_the_change_since_the_previous_trading_day_is_said_to_include_what_was_paid_in_and_out():
    before = replace(mix(1_000_000, 0, 300_000), loans=Decimal(200_000))
    now = replace(mix(13_500_000, 40_000, 0), loans=Decimal(500_000))
    shown = net_assets(content_of(before, now))

    assert (shown.lead, shown.lead_sign, shown.note) == ("+1,194만", 1, "입출금 포함 · 전일 대비")
    assert shown.tooltip.splitlines()[1:-1] == [
        "총자산 − 대출 (모아가 계산)",
        "11-27(금) 15:45 조회 대비, 입출금 포함",
        "순자산 +11,940,000원 (1,194만) · +1,085.45%",
        "총자산 +12,240,000 · 대출 +300,000",
        "새로 보유: 채권",
        "없어짐: 예수금(+CMA)",
    ]


def test_the_sums_of_the_changes_are_those_of_the_classes_that_are_shown():
    content = content_of(mix(1_000, 2_000, 500), mix(1_100, 2_300, 0))
    found = {name: text for name, (text, _) in totals(content).items()}

    assert [(row.today, is_folded(row)) for row in content.rows] == [
        (100, False),
        (300, False),
        (-500, False),
    ]
    assert (found["today"], found["today_rate"]) == ("−100", "−2.86%")
    assert "today" not in totals(content_of(None, mix(1_100, 2_300, 0)))


def test_a_class_that_is_new_has_no_percentage_and_is_missing_in_no_sum(theme: Theme):
    content = content_of(mix(1_000, 0, 500), mix(1_100, 2_300, 450))
    made = columns(Swatches(theme))
    (rate,) = [each for each in made if each.field == "today_rate"]

    assert [rate.text(row, SHOWN) for row in content.rows] == ["+10.00%", "—", "−10.00%"]
    assert unknown_note(made, content.rows, totals(content)) == ""


def test_without_a_reading_of_the_previous_trading_day_it_is_said_from_when_on_there_is_one():
    content = content_of(None, mix(1_000, 2_000, 500))
    shown, panel = net_assets(content), sheet(content.rows[0], content, Around())
    labels = {each.label for part in panel.sections for each in part.figures}

    reason = "비교할 전 거래일 조회값이 없습니다. 첫 조회의 다음 거래일부터 표시됩니다."
    assert (shown.lead, shown.note) == ("", "총자산 − 대출 (모아가 계산)")
    assert reason in shown.tooltip.splitlines()
    assert "전일 대비 증감" not in labels


def test_a_hidden_change_has_neither_amount_nor_colour():
    content = content_of(mix(1_000, 2_000, 500), mix(1_100, 2_300, 0), HIDDEN)
    shown = net_assets(content)

    assert (shown.lead, shown.lead_sign) == ("••••", None)
    assert not set("123456789") & set(shown.tooltip.replace("11-27(금) 15:45", "").replace("−2.86%", ""))
