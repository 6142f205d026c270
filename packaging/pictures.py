"""Whether pictures of the window show the same on two systems: pictures.py FOLDER FOLDER.

Compared are the mean colours of blocks, not pixels: each system draws the edges of letters with its own
rasteriser, a word may begin a pixel further to the right, and the simulator's prices move between the two.
A block of about a letter's size evens that out. Measured between Linux and Wine, at most 0.8 % of the blocks
were more than _FAR apart; letters that are drawn as empty boxes gave 3.2 % and more, an empty tab 5 %.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeAlias

import numpy as np
from PySide6.QtGui import QImage

_BLOCK = 16  # pixels, about one letter
_FAR = 24.0  # of 255
_MOST_FAR = 0.02  # of all blocks
_REGION = 160  # pixels, about a card's figure or a quarter of a chart
_INKED = 3.0  # standard deviation of the brightness where something is drawn
_LEAST_INK, _MOST_INK = 0.6, 1.6  # of the other picture's; measured: 0.76 to 1.05

Pixels: TypeAlias = "np.ndarray[tuple[int, int, int], np.dtype[np.float64]]"


def faults(one: Path, other: Path) -> list[str]:
    """How the second picture differs from the first by more than another system's letters explain."""
    first, second = pixels(one), pixels(other)
    if first.shape != second.shape:
        sizes = [f"{shape[1]}x{shape[0]}" for shape in (first.shape, second.shape)]
        return [f"{sizes[1]} pixels, not {sizes[0]}"]
    found: list[str] = []
    share = far_apart(first, second)
    if share > _MOST_FAR:
        found.append(f"{share:.1%} of the blocks differ, at most {_MOST_FAR:.0%} may")
    before, after = ink(first), ink(second)
    ratio = after / np.maximum(before, 1e-6)
    inked = (before > _INKED) | (after > _INKED)
    for row, column in np.argwhere(inked & ((ratio < _LEAST_INK) | (ratio > _MOST_INK))):
        place = f"{column * _REGION},{row * _REGION}"
        found.append(f"{ratio[row, column]:.2f} of what is drawn at {place}")
    return found


def pixels(path: Path) -> Pixels:
    """The colours of a picture by row and column. Raises FileNotFoundError."""
    image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB888)
    if image.isNull():
        raise FileNotFoundError(path)
    width, height = image.width(), image.height()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : width * 3].reshape(height, width, 3).astype(float)


def far_apart(one: Pixels, other: Pixels) -> float:
    """The share of blocks whose mean colours are far apart."""
    between = np.abs(_tiles(one, _BLOCK).mean(2) - _tiles(other, _BLOCK).mean(2)).max(-1)
    return float((between > _FAR).mean())


def ink(picture: Pixels) -> np.ndarray:
    """How much is drawn in each region: the standard deviation of its brightness."""
    return _tiles(picture, _REGION).mean(-1).std(2)


def _tiles(picture: Pixels, size: int) -> np.ndarray:
    """The picture as rows and columns of whole squares, each with its pixels in a line."""
    rows, columns = picture.shape[0] // size, picture.shape[1] // size
    whole = picture[: rows * size, : columns * size]
    squares = whole.reshape(rows, size, columns, size, 3).swapaxes(1, 2)
    return squares.reshape(rows, columns, size * size, 3)


def main(one: Path, other: Path) -> int:
    """Compare each picture of the first folder with that of its name in the second; print what is found."""
    bad = 0
    names = sorted(path.name for path in one.glob("*.png"))
    for name in names:
        found = faults(one / name, other / name)
        share = (
            "" if found else f"{far_apart(pixels(one / name), pixels(other / name)):.2%} of the blocks differ"
        )
        print(f"{name}: {'; '.join(found) or share}")
        bad += bool(found)
    return 1 if bad or not names else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
