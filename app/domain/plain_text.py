"""Cleaning of foreign text: one line of a bounded length."""

_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cf", "Cs"})  # bidi controls, zero-width characters, lone surrogates


def one_line(text: str) -> str:
    """Return the text without control and format characters, white space collapsed to single blanks.

    Equal texts stay equal, and cleaning is idempotent.
    """
    if not text.isprintable():
        text = "".join(map(_printable, text))
    return " ".join(text.split())


def shortened(text: str, longest: int) -> str:
    """Return the text, cut with an ellipsis where it is longer than `longest`."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _printable(char: str) -> str:
    import unicodedata  # late: few texts have such characters, and none before the first paint

    kind = unicodedata.category(char)
    is_noncharacter = ord(char) & 0xFFFE == 0xFFFE  # not allowed in XML, and so in workbooks
    return " " if kind in _BREAKS else "" if kind in _INVISIBLE or is_noncharacter else char
