"""News of the store as Qt signals: many changes become one update."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.services.store import Listener, PortfolioStore, ViewId

# Ten updates a second are as many as a person can read; each costs a paint.
FRAME_MS = 100


class StoreBridge(QObject):
    """Tells the window which views changed, at most once a frame, and nothing while nothing changes."""

    state_changed = Signal(object)
    prices_moved = Signal(object)

    def __init__(self, store: PortfolioStore) -> None:
        super().__init__()
        self._states: dict[ViewId, None] = {}
        self._moved: dict[ViewId, None] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._flush)
        self._unsubscribe: Callable[[], None] | None = store.subscribe(_Ear(self))

    def close(self) -> None:
        """Hear and tell no more; harmless when closed already."""
        unsubscribe, self._unsubscribe = self._unsubscribe, None
        if unsubscribe is not None:
            unsubscribe()
        self._timer.stop()

    def note_state(self, view_id: ViewId) -> None:
        """A view's state changed: shown with the next turn of the event loop."""
        self._states[view_id] = None
        if not self._timer.isActive() or self._timer.remainingTime() > 0:
            self._timer.start(0)

    def note_prices(self, view_id: ViewId) -> None:
        """Trades came: shown with the next frame."""
        self._moved[view_id] = None
        if not self._timer.isActive():
            self._timer.start(FRAME_MS)

    def _flush(self) -> None:
        states, self._states = self._states, {}
        moved, self._moved = self._moved, {}
        for view_id in states:
            self.state_changed.emit(view_id)
        for view_id in moved:
            self.prices_moved.emit(view_id)


class _Ear(Listener):
    def __init__(self, bridge: StoreBridge) -> None:
        self._bridge = bridge

    def state_changed(self, view_id: ViewId) -> None:
        self._bridge.note_state(view_id)

    def prices_moved(self, view_id: ViewId) -> None:
        self._bridge.note_prices(view_id)
