"""Search by a few letters: part of a name or code, or the initial consonants of Hangul (초성).

No Qt in here.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import accumulate

_FIRST, _LAST = 0xAC00, 0xD7A3  # 가 to 힣
_PER_INITIAL, _PER_VOWEL = 588, 28
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_FINALS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")
# A Korean keyboard composes two successive consonants into one letter.
_PAIRS = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ", "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip
_BETWEEN_WORDS = re.compile(r"[\s/:·-]+")
_JAMO = range(0x3131, 0x3164)


@lru_cache(maxsize=4096)
def plain(text: str) -> str:
    """Return a text in the form for comparison: without spaces, case and character width."""
    whole = unicodedata.normalize("NFC", text)
    # Normalising a single compatibility Hangul letter would turn it into a different letter.
    alike = "".join(each if ord(each) in _JAMO else unicodedata.normalize("NFKC", each) for each in whole)
    return "".join(alike.casefold().split())


class Query:
    """A search query, whose last syllable may be unfinished."""

    def __init__(self, text: str) -> None:
        typed = "".join(_PAIRS.get(each, each) for each in plain(text))
        self._pattern = re.compile("".join(map(_letter, typed[:-1])) + _last_letter(typed[-1:]))
        self._has_initials = any(each in _INITIALS for each in typed)
        self.is_blank = not typed

    def finds(self, texts: Iterable[str | None]) -> bool:
        """Return whether one of these texts matches; a blank query matches everything."""
        return self.is_blank or any(text and self._pattern.search(plain(text)) for text in texts)

    def rank(self, texts: Iterable[str | None]) -> int | None:
        """Return how well these texts match, 0 being the best, or None if none does.

        The order is: start of the text, start of a word, initials at the start of a word, anywhere.
        """
        return min((each for text in texts if (each := self._rank(text or "")) is not None), default=None)

    def _rank(self, text: str) -> int | None:
        words = [plain(each) for each in _BETWEEN_WORDS.split(text) if each]
        whole, starts = "".join(words), [0, *accumulate(map(len, words))][: len(words)]
        found = [start for start in starts if self._pattern.match(whole, start)]
        if found and not self._has_initials:
            return 0 if found[0] == 0 else 1
        if found:
            return 2
        return 3 if self.finds([text]) else None


def _letter(typed: str) -> str:
    """Return a pattern for one letter: an initial matches every syllable that starts with it."""
    if typed not in _INITIALS:
        return re.escape(typed)
    first = _FIRST + _INITIALS.index(typed) * _PER_INITIAL
    return f"[{typed}{chr(first)}-{chr(first + _PER_INITIAL - 1)}]"


def _last_letter(typed: str) -> str:
    """Return a pattern for the unfinished letter: 서 may become 성, and 간 may become 가나."""
    if not typed or not _FIRST <= ord(typed) <= _LAST:
        return _letter(typed) if typed else ""
    final = (ord(typed) - _FIRST) % _PER_VOWEL
    bare = ord(typed) - final
    if not final:
        return f"[{typed}-{chr(bare + _PER_VOWEL - 1)}]"
    last = _FINALS[final]
    kept, moved = _PAIRS.get(last, ("", last))
    unfinished = [
        typed,
        *(chr(bare + at) for at, each in enumerate(_FINALS) if _PAIRS.get(each, "")[:1] == last),
    ]
    if moved in _INITIALS:
        unfinished.append(chr(bare + _FINALS.index(kept)) + _letter(moved))
    return f"(?:{'|'.join(unfinished)})"
