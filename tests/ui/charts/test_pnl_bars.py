"""Gains are red and to the right, losses blue and to the left, and every amount can be read."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from app.ui.charts.pnl_bars import Measure, PnlBars
from app.ui.charts.slices import REST, Entry
from app.ui.format import HIDDEN, SHOWN
from app.ui.theme import Theme
from tests.ui.charts.looking import (
    WIDTH,
    colors_in,
    columns_of,
    entries,
    lies_inside,
    painted,
    picture,
    place_of,
    show,
    texts,
    tip_of,
)


def test_gains_are_red_right_of_the_axis_and_losses_blue_left_of_it(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(8_000_000, -4_000_000), SHOWN)
    show(qtbot, chart)

    image, colors = picture(chart), theme.colors
    (axis,) = set(columns_of(image, colors.lineStrong, 1))
    gain = columns_of(image, colors.upBar, 15)
    loss = columns_of(image, colors.downBar, 45)
    assert min(gain) == axis + 1
    assert max(loss) == axis - 1
    assert abs(len(gain) - 2 * len(loss)) <= 2


def test_amounts_have_their_sign(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(5_645_952, -1_708_124, 0), SHOWN)
    show(qtbot, chart)

    assert {"+5,645,952", "−1,708,124", "0"} <= set(texts(chart))
    assert tip_of(chart, "0") == "종목 0\n+5,645,952원 (565만)"
    assert tip_of(chart, "1") == "종목 1\n−1,708,124원 (−171만)"
    assert chart.accessibleDescription() == (
        "종목 0, 플러스 5,645,952원\n종목 1, 마이너스 1,708,124원\n종목 2, 0원"
    )


def test_an_unknown_profit_is_counted_and_has_no_bar(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(5, None), SHOWN)
    show(qtbot, chart)

    assert texts(chart)[-1] == "손익 미확인 1종목 제외"
    assert "종목 1" not in chart.accessibleDescription()


def test_profits_of_zero_have_names_and_no_bars(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(0, 0), SHOWN)
    show(qtbot, chart)

    assert texts(chart) == ["종목 0", "0", "종목 1", "0"]
    assert not {theme.colors.upBar.name(), theme.colors.downBar.name()} & colors_in(chart)


def test_thirty_profits_are_ten_bars_and_the_sum_of_the_others(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(*(1_000_000 * number for number in range(1, 31))), SHOWN)
    show(qtbot, chart)

    assert texts(chart)[-2:] == ["그 외 20종목", "+210,000,000"]


def test_a_long_rest_does_not_shrink_the_bars_and_is_marked_as_cut(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(*[1_000_000] * 200), SHOWN)
    show(qtbot, chart)

    image = picture(chart)
    rows = [place_of(chart, key).y() + 12 for key in ("0", REST)]
    first, rest = (columns_of(image, theme.colors.upBar, row) for row in rows)
    assert len(first) > 50
    assert max(rest) == max(first)
    assert len(rest) == len(first) - 1  # the notch


def test_stale_bars_are_grey(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(8, -4), SHOWN)
    chart.set_stale(True)
    show(qtbot, chart)

    assert theme.colors.bar.name() in colors_in(chart)
    assert not {theme.colors.upBar.name(), theme.colors.downBar.name()} & colors_in(chart)


def test_masking_keeps_the_proportion_of_the_bars(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(8_000_000, 4_000_000), HIDDEN)
    show(qtbot, chart)

    image = picture(chart)
    longer, shorter = (len(columns_of(image, theme.colors.upBar, y)) for y in (15, 45))
    assert abs(longer - 2 * shorter) <= 2


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    values=st.lists(
        st.tuples(
            st.sampled_from(
                ["삼성전자", "KIWOOM 미국고배당&AI테크", "미래에셋글로벌코어테크EMP증권투자신탁"]
            ),
            st.decimals(min_value=-(10**11), max_value=10**11, places=0),
        ),
        min_size=1,
        max_size=40,
    ),
    width=st.integers(min_value=262 + 16, max_value=900),
)
def test_every_amount_and_name_finds_room(
    values: list[tuple[str, object]], width: int, theme: Theme, qtbot: QtBot
) -> None:
    chart = PnlBars(theme)
    qtbot.addWidget(chart)
    chart.resize(width, 246)
    chart.show_entries([Entry(number, name, value) for number, (name, value) in enumerate(values)], SHOWN)

    labels = painted(chart)
    assert len(labels) == len(chart.labels)
    assert all(lies_inside(chart, label) for label in labels)


def test_few_rows_stay_together_at_the_top(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(entries(5, None), SHOWN)
    show(qtbot, chart, WIDTH, 400)

    assert max(label.y for label in painted(chart)) < 60


def rated(*pairs: tuple[int | None, str | None]) -> list[Entry]:
    """Entries with these profits and returns, each of which cost ten million won."""
    return [
        each._replace(rate=None if rate is None else Decimal(rate), cost=Decimal(10_000_000))
        for each, (_, rate) in zip(entries(*[profit for profit, _ in pairs]), pairs, strict=True)
    ]


def test_in_percent_the_largest_return_comes_first(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.show_entries(rated((5_000_000, "2.5"), (-1000, "-40"), (0, "0"), (7, None)), SHOWN)
    show(qtbot, chart)
    assert texts(chart)[:2] == ["종목 0", "+5,000,000"]

    chart.set_measure(Measure.PERCENT)

    assert texts(chart) == [
        *("종목 1", "−40.00%", "종목 0", "+2.50%", "종목 2", "0.00%"),
        "수익률 미확인 1종목 제외",
    ]
    assert tip_of(chart, "0") == "종목 0\n+5,000,000원 (500만) · +2.50%"
    assert "종목 1, 마이너스 40.00 퍼센트" in chart.accessibleDescription()
    image, colors = picture(chart), theme.colors
    loss, gain = (len(columns_of(image, color, y)) for color, y in ((colors.downBar, 15), (colors.upBar, 45)))
    assert abs(loss - 16 * gain) <= 16


def test_the_return_of_the_rest_is_their_profit_of_their_cost(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.set_measure(Measure.PERCENT)
    chart.show_entries(
        rated(*[(400_000, "4")] * 15, *[(50_000 * at, f"{at * 50}") for at in range(1, 11)]), SHOWN
    )
    show(qtbot, chart)

    assert texts(chart)[-2:] == ["그 외 15종목", "+4.00%"]
    assert tip_of(chart, REST) == "그 외 15종목\n+6,000,000원 (600만) · +4.00%"
    chart.show_entries([each._replace(cost=None) for each in chart._rows], SHOWN)
    assert texts(chart)[-1] == "수익률 미확인 16종목 제외"  # the note has the place of one bar


def test_masked_returns_stay_and_profits_are_dots(theme: Theme, qtbot: QtBot) -> None:
    chart = PnlBars(theme)
    chart.set_measure(Measure.PERCENT)
    chart.show_entries(rated((5_645_952, "2.5")), HIDDEN)
    show(qtbot, chart)

    assert texts(chart) == ["종목 0", "+2.50%"]
    assert tip_of(chart, "0") == "종목 0\n••••원 · +2.50%"
