"""The glyphs of a report, and the letters that they stand for in a PDF."""

import re
from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtGui import QFont, QRawFont, QTextLayout

from app.ui.theme import FAMILY, load_fonts

MISSING = 0  # index of the glyph for a letter that the font lacks

_EM = 1000  # widths are measured at this size, at which rounding does not matter
_FIGURES = "0123456789"
_PRIVATE = "".join(map(chr, range(0xE000, 0xF900)))
_CMAP = re.compile(rb"begincmap.*?endcmap", re.DOTALL)
_MAPPED = re.compile(rb"(?m)^(<[0-9A-F]{4}> <[0-9A-F]{4}> )(.*)$")
_CODE = re.compile(rb"<([0-9A-F]{4})>")


@lru_cache(maxsize=64)
def font_of(size: int, weight: QFont.Weight) -> QFont:
    """Return the bundled font in points, unhinted."""
    load_fonts()
    made = QFont(FAMILY)
    made.setPixelSize(size)
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@lru_cache(maxsize=64)
def face_of(size: int, weight: QFont.Weight) -> QRawFont:
    """Return the same font as a raw font, for access to its glyphs."""
    return QRawFont.fromFont(font_of(size, weight))


class Glyphs:
    """Glyphs and widths of one weight, with the font's tabular figures as the only substitution.

    The font's other substitutions would use glyphs without a letter, which a PDF reader cannot extract.
    """

    def __init__(self, weight: QFont.Weight) -> None:
        self._face = face_of(_EM, weight)
        self._known: dict[str, tuple[int, float]] = {}
        self.private: dict[str, str] = {}  # the letters that private-use glyphs stand for
        self._take_figures(weight)

    def of(self, letter: str) -> tuple[int, float]:
        """Return a letter's glyph, and its width as a fraction of the size."""
        found = self._known.get(letter)
        if found is None:
            glyphs = self._face.glyphIndexesForString(letter)
            found = self._known[letter] = self._measured(glyphs[0]) if len(glyphs) == 1 else (MISSING, 0.0)
        return found

    def _measured(self, glyph: int) -> tuple[int, float]:
        (advance,) = self._face.advancesForGlyphIndexes([glyph])
        return glyph, advance.x() / _EM

    def _take_figures(self, weight: QFont.Weight) -> None:
        even = QFont(font_of(_EM, weight))
        even.setFeature(QFont.Tag("tnum"), 1)
        line = QTextLayout(_FIGURES, even)
        line.beginLayout()
        line.createLine()
        line.endLayout()
        glyphs = [glyph for run in line.glyphRuns() for glyph in run.glyphIndexes()]
        named = dict(zip(self._face.glyphIndexesForString(_PRIVATE), _PRIVATE, strict=True))
        for figure, glyph in zip(_FIGURES, glyphs, strict=True):
            self._known[figure] = self._measured(glyph)
            if glyph in named:
                self.private[named[glyph]] = figure


@lru_cache(maxsize=8)
def glyphs_of(weight: QFont.Weight) -> Glyphs:
    """Return the cached glyphs of a weight."""
    return Glyphs(weight)


def readable(pdf: bytes, weights: tuple[QFont.Weight, ...]) -> bytes:
    """Return the PDF with its glyphs mapped to letters, so that text can be searched and copied.

    Qt maps a space to a tabulator, which has the same glyph, and a tabular figure to a private letter.
    """
    meaning: dict[str, str] = {"\t": " "}
    for weight in weights:
        meaning |= glyphs_of(weight).private
    return _CMAP.sub(lambda found: _MAPPED.sub(lambda line: _mended(line, meaning), found[0]), pdf)


def _mended(line: re.Match[bytes], meaning: Mapping[str, str]) -> bytes:
    """Return a line of the code-to-letter table at unchanged length, so that file offsets stay valid."""

    def remapped(code: re.Match[bytes]) -> bytes:
        letter = chr(int(code[1], 16))
        return b"<%04X>" % ord(meaning.get(letter, letter))

    return line[1] + _CODE.sub(remapped, line[2])
