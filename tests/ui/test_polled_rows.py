"""A position that no trade moves says so beside its name."""

import pytest
from PySide6.QtCore import Qt

from app.domain.connections import View
from app.services.store import PortfolioStore
from app.ui.format import SHOWN
from app.ui.table.model import FigureModel
from app.ui.tabs.positions import columns, weighted
from app.ui.tabs.spec import Swatches
from app.ui.theme import Theme
from tests.fakes import FakeClock, position, positions_report

VIEW = ("kiwoom", View.POSITIONS)


@pytest.mark.parametrize(
    ("credit_type", "is_polled", "tag"),
    [("00", False, ""), ("00", True, "조회"), ("03", False, "융자"), ("03", True, "융자 · 조회")],
)
def test_a_polled_position_is_tagged_and_explains_why(
    theme: Theme, credit_type: str, is_polled: bool, tag: str
):
    (row,) = weighted([position(credit_type=credit_type, is_polled=is_polled)])
    name = columns(Swatches(theme))[0]

    assert name.tag is not None
    assert name.tip is not None
    assert name.tag(row) == tag
    assert ("조회할 때만 갱신됩니다" in name.tip(row)) is is_polled


@pytest.mark.parametrize(("exposure", "tag"), [(-1, "대주"), (0, "대주 · 조회")])
def test_borrowed_stock_is_tagged_as_such(theme: Theme, exposure: int, tag: str):
    (row,) = weighted([position(credit_type="07", exposure=exposure)])
    name = columns(Swatches(theme))[0]

    assert name.tag is not None
    assert name.tip is not None
    assert name.tag(row) == tag
    assert ("마지막 조회" in name.tip(row)) is (exposure == 0)


def test_the_tag_comes_and_goes_with_the_room_of_the_line(theme: Theme):
    store = PortfolioStore(FakeClock().clock)
    store.loaded(VIEW, positions_report(position(), position("000660")), asked_at=0)
    model = FigureModel(columns(Swatches(theme)), theme)

    def copied() -> list[bool]:
        model.show(weighted(store.positions(VIEW[0])), SHOWN)
        places = (model.index(row, 0) for row in range(2))
        return ["조회" in str(model.data(place, Qt.ItemDataRole.ToolTipRole)) for place in places]

    assert copied() == [False, False]
    store.watched(VIEW[0], ["005930"])
    assert copied() == [False, True]
    store.watched(VIEW[0], ["000660", "005930"])
    assert copied() == [False, False]
