"""Text that came from elsewhere, on one line and of a bounded length."""

_BREAKS = frozenset({"Cc", "Zl", "Zp"})
_INVISIBLE = frozenset({"Cf", "Cs"})  # bidi controls, zero-width characters, halves of surrogate pairs


def one_line(text: str) -> str:
    """The text without control and format characters, white space collapsed to single blanks.

    Equal texts stay equal, and cleaning a cleaned text changes nothing.
    """
    if not text.isprintable():
        text = "".join(map(_harmless, text))
    return " ".join(text.split())


def shortened(text: str, longest: int) -> str:
    """The text, cut with an ellipsis where it is longer than this."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _harmless(char: str) -> str:
    import unicodedata  # late: few texts have such characters, and none before the first paint

    kind = unicodedata.category(char)
    is_noncharacter = ord(char) & 0xFFFE == 0xFFFE  # no XML, and so no workbook, can hold one
    return " " if kind in _BREAKS else "" if kind in _INVISIBLE or is_noncharacter else char
