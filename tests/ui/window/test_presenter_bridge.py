"""The store's changes as signals: many changes become one update, and none is lost."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.domain.connections import View
from app.domain.errors import NotReachable
from app.services.store import Line, PortfolioStore, ViewId
from app.ui.window.presenter import StoreBridge
from tests.fakes import FakeClock, pension_report, position, positions_report, tick

PENSION: ViewId = ("irp", View.PENSION)
POSITIONS: ViewId = ("kiwoom", View.POSITIONS)


class Heard:
    """A store with a bridge, and the signals of the bridge."""

    def __init__(self, clock: FakeClock) -> None:
        self.store = PortfolioStore(clock.clock)
        self.bridge = StoreBridge(self.store)
        self.reported: list[tuple[str, ViewId]] = []
        self.bridge.state_changed.connect(lambda view_id: self.reported.append(("state", view_id)))
        self.bridge.prices_moved.connect(lambda view_id: self.reported.append(("prices", view_id)))

    def taken(self) -> list[tuple[str, ViewId]]:
        """Return the signals since the last call."""
        reported, self.reported = self.reported, []
        return reported


@pytest.fixture
def heard(qapp: QApplication, clock: FakeClock) -> Heard:
    """A store with a position of one stock."""
    made = Heard(clock)
    made.store.loaded(POSITIONS, positions_report(position()), 0)
    QApplication.processEvents()
    made.taken()
    return made


def test_many_changes_of_a_view_are_emitted_once_and_not_before_the_next_turn(heard):
    heard.store.reading(PENSION)
    heard.store.failed(PENSION, NotReachable("끊김"), None)
    heard.store.loaded(PENSION, pension_report(), 0)
    assert heard.reported == []

    QApplication.processEvents()

    assert heard.taken() == [("state", PENSION)]
    QApplication.processEvents()
    assert heard.taken() == []


def test_trades_wait_for_the_next_frame_and_are_emitted_once(qtbot: QtBot, heard):
    for price in range(70_000, 70_100):
        heard.store.heard("kiwoom", [tick(price=price, time=None)])
    QApplication.processEvents()
    assert heard.reported == []

    qtbot.waitUntil(lambda: bool(heard.reported))

    assert heard.taken() == [("prices", POSITIONS)]
    assert [row.price for row in heard.store.moved_positions("kiwoom").values()] == [70_099]


def test_a_state_does_not_wait_behind_trades(heard):
    heard.store.heard("kiwoom", [tick(price=70_001)])

    heard.store.line_changed("kiwoom", Line.BROKEN, NotReachable("끊김"))
    QApplication.processEvents()

    assert heard.taken() == [("state", POSITIONS), ("prices", POSITIONS)]


def test_trades_that_nobody_took_are_not_emitted_again_and_new_ones_after_that_are(qtbot: QtBot, heard):
    heard.store.heard("kiwoom", [tick(price=70_001)])
    qtbot.waitUntil(lambda: heard.taken() == [("prices", POSITIONS)])
    heard.store.heard("kiwoom", [tick(price=70_002)])  # they are still to be taken
    heard.store.moved_positions("kiwoom")

    heard.store.heard("kiwoom", [tick(price=70_003)])

    qtbot.waitUntil(lambda: heard.taken() == [("prices", POSITIONS)])


def test_changes_that_come_while_others_are_emitted_are_emitted_next(heard):
    heard.bridge.state_changed.connect(
        lambda view_id: heard.store.reading(PENSION) if view_id == POSITIONS else None
    )

    heard.store.reading(POSITIONS)
    QApplication.processEvents()
    QApplication.processEvents()

    assert heard.taken() == [("state", POSITIONS), ("state", PENSION)]


def test_a_closed_bridge_emits_nothing_more_not_even_what_waited(heard):
    heard.store.reading(PENSION)
    heard.store.heard("kiwoom", [tick(price=70_001)])

    heard.bridge.close()
    heard.bridge.close()
    heard.store.loaded(PENSION, pension_report(), 0)
    QApplication.processEvents()

    assert heard.reported == []
