"""The list of maturities begins with the nearest and keeps what matters when it is narrow."""

from datetime import date
from decimal import Decimal

from pytestqt.qtbot import QtBot

from app.domain.holdings import BondLot
from app.ui.charts.ladder import MaturitySchedule
from app.ui.charts.slices import REST
from app.ui.format import SHOWN
from app.ui.theme import Theme
from tests.fakes import bond_lot
from tests.ui.charts.looking import lies_inside, painted, show, texts, tip_of

TODAY = date(2026, 11, 20)


def lot(name: str, day: date | None, quantity: int | None) -> BondLot:
    """A purchase; a quantity of 1 is 1,000 won of face."""
    return bond_lot(
        code=name,
        name=name,
        maturity_date=day,
        quantity=None if quantity is None else Decimal(quantity),
    )


NEAR = lot("한국전력공사채권1389", date(2027, 3, 15), 15000)
FAR = lot("국고채권02625-3509", date(2035, 9, 10), 15000)


def test_a_row_is_date_issue_days_and_face(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([FAR, NEAR], TODAY, SHOWN)
    show(qtbot, chart)

    assert texts(chart)[:4] == ["1,500만", "2027-03-15", "D−115", "한국전력공사채권1389"]
    assert chart.accessibleDescription().splitlines() == [
        "2027-03-15, 115일 남음, 한국전력공사채권1389, 액면 1,500만원",
        "2035-09-10, 3,216일 남음, 국고채권02625-3509, 액면 1,500만원",
    ]


def test_in_a_narrow_panel_the_name_comes_before_the_days(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([NEAR], TODAY, SHOWN)
    show(qtbot, chart, 262 + 16, 200)

    assert texts(chart) == ["1,500만", "2027-03-15", "한국전력공사채권1389"]
    assert "D−115" in tip_of(chart, "한국전력공사채권1389")


def test_days_that_are_over_are_said_to_be(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([lot("가", TODAY, 1), lot("나", date(2026, 11, 18), 1)], TODAY, SHOWN)
    show(qtbot, chart)

    assert "오늘" in chart.accessibleDescription()
    assert "2일 경과" in chart.accessibleDescription()
    assert {"D-day", "D+2"} <= set(texts(chart))


def test_an_unknown_face_is_a_dash(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([lot("가", date(2027, 1, 1), None)], TODAY, SHOWN)
    show(qtbot, chart)

    assert texts(chart)[0] == "—"
    assert chart.accessibleDescription().endswith("액면 미확인")


def test_an_unknown_day_is_counted(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([NEAR, lot("가", None, 1)], TODAY, SHOWN)
    show(qtbot, chart)

    assert texts(chart)[-1] == "만기 미확인 1건 제외"


def test_what_does_not_fit_is_summed_up(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots(
        [lot(f"채권 {year}", date(year, 1, 1), 10000) for year in range(2027, 2037)]
        + [lot("미확인", date(2040, 1, 1), None)],
        TODAY,
        SHOWN,
    )
    show(qtbot, chart, 352, 150)

    assert tip_of(chart, REST) == "그 외 7건 (액면 미확인 1건)\n액면 60,000,000원 (6,000만)"


def test_a_rest_of_which_nothing_is_known_is_a_dash(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([lot(f"채권 {year}", date(year, 1, 1), None) for year in range(2027, 2037)], TODAY, SHOWN)
    show(qtbot, chart, 352, 150)

    assert tip_of(chart, REST).endswith("액면 —")


def test_all_texts_find_room(theme: Theme, qtbot: QtBot) -> None:
    chart = MaturitySchedule(theme)
    chart.show_lots([NEAR, FAR, lot("서울도시철도공채25-10", date(2032, 10, 31), 3000)], TODAY, SHOWN)
    show(qtbot, chart)

    labels = painted(chart)
    assert len(labels) == len(chart.labels)
    assert all(lies_inside(chart, label) for label in labels)
    assert not any("…" in label.text for label in labels)
