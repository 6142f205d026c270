"""Which of many moving rows are made ready for a frame."""

from collections.abc import Hashable, Iterable, Mapping
from itertools import islice
from typing import Generic, TypeVar

Row = TypeVar("Row")

SHARE = 24


class LateRows(Generic[Row]):
    """Hands out changed rows: those in sight at once, of the others the longest waiting few."""

    def __init__(self, share: int = SHARE) -> None:
        self._share = share
        self._waiting: dict[Hashable, Row] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def clear(self) -> None:
        """All rows are shown as they are now."""
        self._waiting.clear()

    def take(self, changed: Mapping[Hashable, Row], in_sight: Iterable[Hashable]) -> dict[Hashable, Row]:
        """The rows for this frame; the rest of the changed ones wait, in their newest state."""
        waiting = self._waiting
        waiting.update(changed)  # a row that waits already keeps its turn
        taken = {key: waiting.pop(key) for key in in_sight if key in waiting}
        taken.update((key, waiting.pop(key)) for key in list(islice(waiting, self._share)))
        return taken
