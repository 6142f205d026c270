"""Counts of what went well and what did not, for a diagnosis."""

from collections import Counter

from app.domain.errors import AppError
from app.domain.language import tr
from app.services.store import Line, Listener, PortfolioStore, ViewId


class Tally(Listener):
    """Counts the reads of each view and the breaks of its live line, from when it is made."""

    def __init__(self, store: PortfolioStore) -> None:
        self._store = store
        self._reads: Counter[ViewId] = Counter()
        self._failures: dict[ViewId, Counter[str]] = {}
        self._breaks: dict[ViewId, Counter[str]] = {}
        self._fetched: dict[ViewId, float | None] = {}
        self._errors: dict[ViewId, AppError | None] = {}
        self._lines: dict[ViewId, Line] = {}
        store.subscribe(self)

    def state_changed(self, view_id: ViewId) -> None:
        """Count what is new in a view's state."""
        state = self._store.state(view_id)
        if state.fetched_mono is not None and state.fetched_mono != self._fetched.get(view_id):
            self._fetched[view_id] = state.fetched_mono
            self._reads[view_id] += 1
        if state.error is not self._errors.get(view_id):
            self._errors[view_id] = state.error
            if state.error is not None:
                self._failures.setdefault(view_id, Counter())[state.error.code] += 1
        if state.line is not self._lines.get(view_id):
            self._lines[view_id] = state.line
            if state.line is Line.BROKEN:
                code = state.line_error.code if state.line_error is not None else "?"
                self._breaks.setdefault(view_id, Counter())[code] += 1

    def lines(self, view_id: ViewId) -> list[str]:
        """The counts of a view, in words."""
        told = [tr("Read well: {count} times", count=self._reads[view_id])]
        told.append(tr("Failed to read: {count}", count=_counted(self._failures.get(view_id))))
        if view_id in self._lines and self._lines[view_id] is not Line.NONE:
            told.append(tr("Live connection broken: {count}", count=_counted(self._breaks.get(view_id))))
        return told


def _counted(counts: Counter[str] | None) -> str:
    if not counts:
        return tr("0 times")
    each = ", ".join(f"{code} {count}" for code, count in counts.most_common())
    return tr("{total} times ({each})", total=counts.total(), each=each)
