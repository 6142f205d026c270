"""Translation: source texts are English, `resources/words/ko/*.json` is Korean."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from app.resources import resource

_FIRST, _LAST = "가", "힣"
_FINALS = 28  # of a syllable; the first is none
_RIEUL = 8
_READ = 64  # characters at the end of a word that are examined
_SPELLED = 3  # capitals at most: a longer name, such as TIGER, is read as a word

# A particle in a Korean text, in the form after a final consonant: `{name}[을]` gives 연금을, 잔고를.
_PARTICLES = {"을": "를", "이": "가", "은": "는", "과": "와", "으로": "로"}
_MARKED = re.compile(rf"\[({'|'.join(_PARTICLES)})\]")
_NOT_READ = re.compile(r"\s*\([^()]*\)\W*$|(?<=\w)(\.[A-Za-z][A-Za-z0-9]{0,4})+\W*$|[^\w%]+$")
_DIGITS = "영일이삼사오육칠팔구"
_ZEROS = "십백천만십백천억십백천조"  # the reading of a number's trailing zeros, by their count from one on
_LETTERS = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}  # the others end in a vowel
_ENGLISH_ENDS = (  # the Korean reading of the ends of English words
    (re.compile(r"(l|le)$"), "일"),
    (re.compile(r"(m|n|ng|[aeiouy][mn]e)$"), "인"),
    (re.compile(r"((^|[^aeiou])[aeiou]|oo)(b|p|pp|k|ck|t|tt)$"), "입"),
)


class Language(StrEnum):
    """The languages of the program."""

    KOREAN = "ko"
    ENGLISH = "en"


_in_use = Language.KOREAN


def use(language: Language) -> None:
    """Use this language from now on."""
    global _in_use  # noqa: PLW0603 - one language at a time
    _in_use = language


def in_use() -> Language:
    """Return the current language."""
    return _in_use


def tr(text: str, /, **values: object) -> str:
    """Return a text in the current language; `{names}` in it are replaced by the values."""
    if _in_use is not Language.ENGLISH:
        text = words(_in_use).get(text, text)
    return _filled(text, values) if values else text


def tr_count(one: str, many: str, count: int, /, **values: object) -> str:
    """Like `tr`, with a singular and a plural: `{count}`; Korean only has words for `many`."""
    is_one = _in_use is Language.ENGLISH and count == 1
    return tr(one if is_one else many, count=count, **values)


@dataclass(frozen=True, slots=True, repr=False)
class LazyText:
    """A text and its values: `str` returns it in the current language, each time anew."""

    text: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        return tr(self.text, **self.values)

    def __repr__(self) -> str:
        return repr(str(self))


AnyText = str | LazyText  # a broker's message, or the program's


def tr_lazy(text: str, /, **values: object) -> LazyText:
    """Like `tr`, for texts that are stored until they are shown, across changes of the language."""
    return LazyText(text, values)


def joined(*parts: AnyText | Exception, between: str = "") -> LazyText:
    """Return the concatenation of texts, each translated when the whole is shown."""
    names = [f"part{at}" for at in range(len(parts))]
    return LazyText(between.join(f"{{{name}}}" for name in names), dict(zip(names, parts, strict=True)))


def N_(text: str) -> str:
    """Mark a text that is created early: `tr` is called on it where it is shown."""
    return text


@lru_cache(maxsize=2)
def words(language: Language) -> Mapping[str, str]:
    """Return the program's texts in a language, by their English; empty for English itself."""
    if language is Language.ENGLISH:
        return {}
    found: dict[str, str] = {}
    for file in sorted(resource("words", language).glob("*.json")):
        found.update(json.loads(file.read_text("utf-8")))
    return found


def _filled(text: str, values: Mapping[str, object]) -> str:
    """Return the text with its values, and with the particles that they require."""
    first, *rest = _MARKED.split(text)
    made = first.format(**values)
    for particle, part in zip(rest[::2], rest[1::2], strict=True):
        made += with_particle(made, particle)[len(made) :] + part.format(**values)
    return made


def with_particle(word: str, particle: str) -> str:
    """Return a word with its Korean particle (을, 이, 은, 과 or 으로), chosen by the word's last sound."""
    final = _final_consonant(word)
    is_open = final == 0 or (particle == "으로" and final == _RIEUL)
    return word + (_PARTICLES[particle] if is_open else particle)


def _final_consonant(word: str) -> int:
    """Return the index of the consonant that a word ends in when read aloud, 0 for a vowel or unknown."""
    word = word[-_READ:]
    while (shorter := _NOT_READ.sub("", word)) not in ("", word):
        word = shorter
    read = _last_syllable(word.rstrip("\"')]}’”」』 "))
    return (ord(read) - ord(_FIRST)) % _FINALS if _FIRST <= read <= _LAST else 0


def _last_syllable(word: str) -> str:
    if number := re.search(r"[\d,.]*\d$", word):
        return _last_of_number(number[0])
    if letters := re.search(r"[A-Za-z]+$", word):
        found = letters[0]
        if found.isupper() and (len(found) <= _SPELLED or not set(found) & set("AEIOU")):
            return _LETTERS.get(found[-1], "")
        return next((end for pattern, end in _ENGLISH_ENDS if pattern.search(found.lower())), "")
    return word[-1:]


def _last_of_number(number: str) -> str:
    digits = number.replace(",", "")
    zeros = 0 if "." in digits or digits.startswith("0") else len(digits) - len(digits.rstrip("0"))
    return _ZEROS[zeros - 1] if 0 < zeros <= len(_ZEROS) else _DIGITS[int(digits[-1])]


def has_hangul(text: str) -> bool:
    """Return whether it contains a Korean syllable."""
    return any(_FIRST <= each <= _LAST for each in text)
