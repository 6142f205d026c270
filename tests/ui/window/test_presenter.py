"""When what the window shows is complete."""

from app.domain.connections import View
from app.services.store import Line, PortfolioStore
from app.ui.window.presenter import is_ready
from tests.fakes import FakeClock, fill, position, positions_report, tick

POSITIONS = ("kiwoom", View.POSITIONS)


def test_positions_are_ready_with_the_trades_of_what_is_held_and_wait_for_none_of_what_is_sold_out():
    clock = FakeClock()
    store = PortfolioStore(clock.clock)
    store.loaded(POSITIONS, positions_report(position(), position("000660")), clock.monotonic_time)
    store.line_changed("kiwoom", Line.LIVE)
    assert not is_ready(store, POSITIONS)

    store.heard("kiwoom", [fill("000660", 0, None)])
    assert not is_ready(store, POSITIONS)

    store.heard("kiwoom", [tick()])
    store.moved_positions("kiwoom")
    assert is_ready(store, POSITIONS)
