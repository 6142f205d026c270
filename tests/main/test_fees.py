"""The fees of settings.toml in the program: what positions are valued with, and what the table says of it."""

from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.domain.holdings import Position
from app.domain.live import Tick
from app.main.program import Program
from app.services.settings import FILE_NAME
from app.ui.controls.error_card import ErrorCard
from app.ui.table.table import FigureTable
from app.ui.theme import Mode, Theme
from tests.fakes import position, positions_report, tick
from tests.ui.answers import POSITIONS

TEXT = """[[connections]]
id = "kiwoom-main"
broker = "kiwoom"
views = ["positions"]
base_url = "http://127.0.0.1:9"
ws_url = "ws://127.0.0.1:9"
"""
USUAL = position()
FUND = position("069500", value=Decimal(699_810))  # no tax
LAST_YEAR = position("000660", value=Decimal(698_760))  # a tax of 0.15 %
MOCK = position("035420", value=Decimal(694_050))  # commissions of 0.35 %
OTHER = position("035720", value=Decimal(699_000))  # 910 won on a sale
CREDIT = position("005380", value=Decimal(398_410))  # less a loan of 300,000
BARE = position("000270", value=None)


class Opened:
    """The program on settings with these fees."""

    def __init__(self, qtbot: QtBot, profile: Path) -> None:
        self._qtbot = qtbot
        self._profile = profile
        self.write("")
        self._program = Program(profile, Theme(Mode.LIGHT), demo=False)
        qtbot.addWidget(self._program.window)

    def write(self, fees: str) -> None:
        """Have these fees in the settings."""
        (self._profile / FILE_NAME).write_text(TEXT + fees, encoding="utf-8")

    def read_settings(self) -> None:
        """Read the settings once more, as the button of the error card does."""
        self._program.presenter.retry_asked.emit()

    def load(self, *rows: Position) -> None:
        """The broker answers with these positions."""
        workspace = self._program.workspace
        workspace.store.loaded(POSITIONS, positions_report(*rows), asked_at=workspace.clock.monotonic())
        self._qtbot.waitUntil(lambda: set(self.shown("종목")) == {row.code for row in rows})

    def hear(self, event: Tick) -> None:
        """A trade comes over the live line."""
        self._program.workspace.store.heard(POSITIONS[0], [event])
        self._qtbot.waitUntil(lambda: self.shown("현재가")[event.code] == f"{event.price:,}")

    def shown(self, title: str, role: Qt.ItemDataRole = Qt.ItemDataRole.DisplayRole) -> dict[str, str]:
        """What a column shows, by stock."""
        tables = self._program.window.findChildren(FigureTable)
        if not tables:
            return {}
        model = tables[-1].view.model()
        titles = [model.headerData(at, Qt.Orientation.Horizontal) for at in range(model.columnCount())]
        places = [model.index(row, titles.index(title)) for row in range(model.rowCount())]
        return {model.key_at(each.row())[0]: model.data(each, role) for each in places}

    def explanation(self, row: Position, title: str = "평가금액") -> str:
        """The tooltip of a position's figure."""
        return self.shown(title, Qt.ItemDataRole.ToolTipRole)[row.code]


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path) -> Opened:
    """The program on a profile of its own."""
    return Opened(qtbot, tmp_path)


@pytest.mark.parametrize("title", ["평가금액", "평가손익", "수익률"])
@pytest.mark.parametrize(
    ("row", "rates", "source"),
    [
        (USUAL, "매수 수수료 0.015% · 매도 수수료 0.015% · 세금 0.2%", "증권사 값과 1원까지 일치합니다"),
        (FUND, "매수 수수료 0.015% · 매도 수수료 0.015% · 세금 없음", "증권사 값과 1원까지 일치합니다"),
        (LAST_YEAR, "매수 수수료 0.015% · 매도 수수료 0.015% · 세금 0.15%", "증권사 값에서 계산한 요율"),
        (MOCK, "매수 수수료 0.35% · 매도 수수료 0.35% · 세금 0.2%", "증권사 값에서 계산한 요율"),
        (OTHER, "매도 비용은 매도금액의 약 0.13%", "일치하는 요율이 없어"),
        (CREDIT, "매수 수수료 0.015% · 매도 수수료 0.015% · 세금 0.2%", "설명되지 않는 차이(융자 등)"),
        (BARE, "확인되지 않은 값이 있어", "증권사 값 그대로"),
    ],
    ids=["usual", "fund", "last year", "mock", "other", "credit", "bare"],
)
def test_a_value_explains_its_fees_and_where_they_come_from(opened, row, rates, source, title):
    opened.load(USUAL, FUND, LAST_YEAR, MOCK, OTHER, CREDIT, BARE)

    assert rates in opened.explanation(row, title)
    assert source in opened.explanation(row, title)


def test_fees_of_the_settings_hold_as_soon_as_they_are_read(opened):
    opened.load(MOCK)
    assert "증권사 값에서 계산한 요율" in opened.explanation(MOCK)

    opened.write('[fees]\npreset = "mock"\n')
    opened.read_settings()
    opened.load(MOCK, USUAL)

    assert "증권사 값과 1원까지 일치합니다" in opened.explanation(MOCK)
    assert "증권사 값에서 계산한 요율" in opened.explanation(USUAL)


def test_a_commission_of_one_s_own_values_a_trade_to_the_won(opened):
    opened.write('[fees]\nbuy_fee = "0"\nsell_fee = "0.0140527"\n')
    opened.read_settings()
    own = position(value=Decimal(700_000 - 90 - 1_400))
    opened.load(own)
    assert "매수 수수료 0% · 매도 수수료 0.0140527% · 세금 0.2%" in opened.explanation(own)

    opened.hear(tick(price=71_200))

    assert opened.shown("평가금액")[own.code] == f"{712_000 - 100 - 1_424:,}"
    assert "증권사 값과 1원까지 일치합니다" in opened.explanation(own)


def test_wrong_fees_are_an_error_that_names_their_line(opened):
    opened.write("[fees]\nbuy_fee = 0.015\n")
    opened.read_settings()

    (card,) = opened._program.window.findChildren(ErrorCard)
    assert "settings.toml:8: buy_fee" in card.accessibleName()
