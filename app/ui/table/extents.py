"""The extents of a column's cells: the widths of their texts and the scale of their bars."""

from collections.abc import Iterable, Sequence

from app.ui.table.columns import Cell, Kind
from app.ui.theme import SHAPE

LARGEST_RATE = 50.0  # percent; longer bars are clipped and marked with a notch
_NOTICEABLE = 0.02  # less than a pixel on a bar of this size


class BarScale:
    """The ends of a column's bar scale: `low` below zero (as a positive number), `high` above."""

    def __init__(self, kind: Kind) -> None:
        self.low = 0.0
        self.high = 0.0
        self._is_rate = kind is Kind.RATE_BAR

    @property
    def span(self) -> float:
        """Return the total length in the column's unit; zero when there is nothing to draw."""
        return self.low + self.high

    def fit(self, numbers: Iterable[float]) -> bool:
        """Fit the scale to these numbers; return whether any bar changes visibly."""
        high = low = 0.0
        for number in numbers:
            if number > high:
                high = number
            elif number < low:
                low = number
        if self._is_rate:
            high, low = min(high, LARGEST_RATE), max(low, -LARGEST_RATE)
        else:
            low = 0.0
        step = max(self.span, 1e-9) * _NOTICEABLE
        if abs(high - self.high) <= step and abs(-low - self.low) <= step:
            return False
        self.high, self.low = high, -low
        return True


class Extents:
    """The text shapes and bar scales of every column.

    A shape is a text with all digits made equal; measuring the few shapes measures the column.
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.scales = {
            at: BarScale(kind) for at, kind in enumerate(kinds) if kind in (Kind.RATE_BAR, Kind.WEIGHT_BAR)
        }
        self._texts: list[set[str]] = [set() for _ in kinds]
        self._rates: list[set[str]] = [set() for _ in kinds]

    def texts(self, column: int) -> set[str]:
        """Return the shapes of a column's texts."""
        return self._texts[column]

    def rates(self, column: int) -> set[str]:
        """Return the shapes of the rates beside them."""
        return self._rates[column]

    def clear(self) -> None:
        """Clear the texts; the scales stay until the next fit."""
        for shapes in (*self._texts, *self._rates):
            shapes.clear()

    def add(self, rows: Iterable[Sequence[Cell]]) -> bool:
        """Add these rows' texts; return whether one has a new shape."""
        return self.add_cells(pair for cells in rows for pair in enumerate(cells))

    def add_cells(self, cells: Iterable[tuple[int, Cell]]) -> bool:
        """Add the texts of these cells, each with its column's index, as `add` does."""
        is_new = False
        for column, cell in cells:
            text, texts = cell.text.translate(SHAPE), self._texts[column]
            if text not in texts:
                texts.add(text)
                is_new = True
            if cell.rate:
                rate, rates = cell.rate.translate(SHAPE), self._rates[column]
                if rate not in rates:
                    rates.add(rate)
                    is_new = True
        return is_new

    def fit(self, rows: Sequence[Sequence[Cell]]) -> bool:
        """Fit the scales to these rows; return whether any bar changes visibly."""
        changes = [
            scale.fit([cells[column].number for cells in rows]) for column, scale in self.scales.items()
        ]
        return any(changes)
