"""The rows that a table shows, and how they come, go and move without disturbing who looks at them."""

from collections.abc import Sequence, Set
from typing import Generic

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex

from app.ui.models.columns import Row
from app.ui.models.pacing import Identity
from app.ui.models.row_order import Line, runs

_MOST_RUNS = 8  # more rows apart from each other are first brought together, to come and go at once
_Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


class ShownRows(QAbstractTableModel, Generic[Row]):
    """Lines in their places. A change is told as removed, moved and inserted rows, never as a reset."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._shown: list[Line[Row]] = []
        self._places: dict[Identity, int] | None = {}

    def rowCount(self, parent: _Index = _ROOT) -> int:
        """How many rows there are."""
        return 0 if parent.isValid() else len(self._shown)

    @property
    def _place_of(self) -> dict[Identity, int]:
        if self._places is None:
            self._places = {line.identity: at for at, line in enumerate(self._shown)}
        return self._places

    def _become(self, target: list[Line[Row]]) -> list[int]:
        """Show these lines; gives the places at which a line shows something else than before."""
        self._remove_all_but({line.identity for line in target})
        present = self._place_of
        self._reorder([line.identity for line in target if line.identity in present])
        self._insert(target)
        changed = [at for at, line in enumerate(target) if line.cells != self._shown[at].cells]
        self._shown = target
        return changed

    def _remove_all_but(self, kept: Set[Identity]) -> None:
        gone = [at for at, line in enumerate(self._shown) if line.identity not in kept]
        if len(runs(gone)) > _MOST_RUNS:
            left = [line.identity for line in self._shown]
            self._reorder(sorted(left, key=lambda identity: identity not in kept))
            gone = list(range(len(left) - len(gone), len(left)))
        for first, last in reversed(runs(gone)):
            self.beginRemoveRows(_ROOT, first, last)
            del self._shown[first : last + 1]
            self._places = None
            self.endRemoveRows()

    def _reorder(self, identities: list[Identity]) -> None:
        before = self._shown
        if all(line.identity == identity for line, identity in zip(before, identities, strict=True)):
            return
        self.layoutAboutToBeChanged.emit()
        found = {line.identity: line for line in before}
        self._shown = [found[identity] for identity in identities]
        self._places = None
        places = self._place_of
        old = self.persistentIndexList()
        new = [self.index(places[before[index.row()].identity], index.column()) for index in old]
        self.changePersistentIndexList(old, new)
        self.layoutChanged.emit()

    def _insert(self, target: list[Line[Row]]) -> None:
        present = self._place_of
        fresh = [at for at, line in enumerate(target) if line.identity not in present]
        if len(runs(fresh)) > _MOST_RUNS:
            self._insert_at(len(self._shown), [target[at] for at in fresh])
            self._reorder([line.identity for line in target])
            return
        for first, last in runs(fresh):
            self._insert_at(first, target[first : last + 1])

    def _insert_at(self, at: int, lines: Sequence[Line[Row]]) -> None:
        self.beginInsertRows(_ROOT, at, at + len(lines) - 1)
        self._shown[at:at] = lines
        self._places = None
        self.endInsertRows()
