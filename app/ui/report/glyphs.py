"""The glyphs that a report is written with, and the letters they stand for in a PDF."""

import re
from collections.abc import Mapping
from functools import lru_cache

from PySide6.QtGui import QFont, QRawFont, QTextLayout

from app.ui.theme import FAMILY, load_fonts

MISSING = 0  # the glyph of a letter that the font does not have

_EM = 1000  # widths are taken from letters of this size, where nothing is rounded
_FIGURES = "0123456789"
_PRIVATE = "".join(map(chr, range(0xE000, 0xF900)))
_CMAP = re.compile(rb"begincmap.*?endcmap", re.DOTALL)
_MAPPED = re.compile(rb"(?m)^(<[0-9A-F]{4}> <[0-9A-F]{4}> )(.*)$")
_CODE = re.compile(rb"<([0-9A-F]{4})>")


@lru_cache(maxsize=64)
def font_of(size: int, weight: QFont.Weight) -> QFont:
    """The bundled font in a size of points, unhinted."""
    load_fonts()
    made = QFont(FAMILY)
    made.setPixelSize(size)
    made.setWeight(weight)
    made.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return made


@lru_cache(maxsize=64)
def face_of(size: int, weight: QFont.Weight) -> QRawFont:
    """The same, for glyphs."""
    return QRawFont.fromFont(font_of(size, weight))


class Glyphs:
    """Glyphs and widths of one weight, without the font's own substitutions but for equally wide figures.

    The font would put glyphs that stand for no letter in place of signs, and in a PDF these read as nothing.
    """

    def __init__(self, weight: QFont.Weight) -> None:
        self._face = face_of(_EM, weight)
        self._known: dict[str, tuple[int, float]] = {}
        self.private: dict[str, str] = {}  # what the private letters whose glyphs are used stand for
        self._take_figures(weight)

    def of(self, letter: str) -> tuple[int, float]:
        """A letter's glyph, and its width as a part of the size."""
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
    """The letters of a weight, measured once."""
    return Glyphs(weight)


def readable(pdf: bytes, weights: tuple[QFont.Weight, ...]) -> bytes:
    """The PDF with its glyphs told as what they stand for, so that it can be searched and copied from.

    Qt takes a space for a tabulator, which has the same glyph, and an equally wide figure for a private
    letter.
    """
    meaning: dict[str, str] = {"\t": " "}
    for weight in weights:
        meaning |= glyphs_of(weight).private
    return _CMAP.sub(lambda found: _MAPPED.sub(lambda line: _mended(line, meaning), found[0]), pdf)


def _mended(line: re.Match[bytes], meaning: Mapping[str, str]) -> bytes:
    """A line of the table from codes to letters, as long as it was: places in the file stay right."""

    def told(code: re.Match[bytes]) -> bytes:
        letter = chr(int(code[1], 16))
        return b"<%04X>" % ord(meaning.get(letter, letter))

    return line[1] + _CODE.sub(told, line[2])
