"""Widgets that are garbage are destroyed on the thread they live on."""

import gc
import threading
import weakref
from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from app.main.system.application import collect_due, collected_here


class Ring(QWidget):
    """A widget in a cycle: only a collection ends it."""

    def __init__(self, ended_on: Callable[[int], object]) -> None:
        super().__init__()
        self.itself = self
        weakref.finalize(self, lambda: ended_on(threading.get_ident()))


def allocate() -> None:
    """More than any threshold of the collector."""
    for _ in range(50):
        kept: list[list[object]] = [[] for _ in range(5000)]
        kept.clear()


def test_a_busy_thread_destroys_no_widget(qapp: QApplication) -> None:
    ended_on: list[int] = []
    with collected_here():
        for _ in range(20):
            Ring(ended_on.append)
        busy = threading.Thread(target=allocate)
        busy.start()
        busy.join()
        assert ended_on == []

        gc.collect()
    assert set(ended_on) == {threading.get_ident()}


def test_what_is_due_is_collected_from_the_event_loop(qapp: QApplication, qtbot: object) -> None:
    ended_on: list[int] = []
    with collected_here():
        Ring(ended_on.append)
        kept = [[number] for number in range(5000)]
        qtbot.waitUntil(lambda: bool(ended_on), timeout=10_000)  # type: ignore[attr-defined]
        assert kept
    assert ended_on == [threading.get_ident()]


def test_nothing_is_collected_before_it_is_due() -> None:
    gc.collect()
    before = gc.get_stats()[0]["collections"]

    collect_due()

    assert gc.get_stats()[0]["collections"] == before


def test_the_collector_is_left_as_it_was_found(qapp: QApplication) -> None:
    gc.enable()
    try:
        with collected_here():
            assert not gc.isenabled()
        assert gc.isenabled()
    finally:
        gc.disable()
    with collected_here():
        pass
    assert not gc.isenabled()
