"""A report made at once, and its texts read back."""

import io
import re
from collections.abc import Sequence
from datetime import datetime

from pypdf import PageObject, PdfReader

from app.domain.connections import Connection, View
from app.services.store import PortfolioStore, ViewId, ViewState
from app.ui.format import SHOWN, Formatter
from app.ui.report.layout import Document
from app.ui.report.section import Asked, Origin
from app.ui.tabs import TABS
from app.ui.theme import Theme
from tests.fakes import START

QUERY = "TR0000X"


def asked(view_id: ViewId, label: str, state: ViewState, live: Sequence = ()) -> Asked:
    """The input of the report for one tab."""
    kind = next(each for each in TABS if each.view is view_id[1])
    return Asked(kind, Origin(label, "한국투자증권", QUERY), state, live)


def asked_of(store: PortfolioStore, connections: Sequence[Connection], *views: ViewId) -> list[Asked]:
    """The input of the report for these tabs, from the store."""
    labels = {each.id: each.label for each in connections}
    return [
        asked(
            each,
            labels[each[0]],
            store.state(each),
            store.positions_now(each[0]) if each[1] is View.POSITIONS else (),
        )
        for each in views
    ]


def made(theme: Theme, tabs: Sequence[Asked], now: datetime = START, formatter: Formatter = SHOWN) -> bytes:
    """The PDF."""
    document = Document(tabs, now, theme, formatter)
    for _ in document.steps():
        assert document.content == b""
    return document.content


def read(pdf: bytes) -> list[str]:
    """The lines of each page, in one text for each."""
    return [_lines(page) for page in PdfReader(io.BytesIO(pdf)).pages]


def _lines(page: PageObject) -> str:
    return "\n".join(" ".join(line.split()) for line in page.extract_text().splitlines())


def lines(pdf: bytes) -> list[str]:
    """All lines of all pages: a cell of a table is one of them."""
    return "\n".join(read(pdf)).splitlines()


def heights(page: PageObject) -> dict[str, float]:
    """How far above the lower edge of its page each text stands, in points."""
    found: dict[str, float] = {}

    def note(text: str, on_page: list[float], in_text: list[float], *_: object) -> None:
        if text.strip():
            found[text.strip()] = in_text[4] * on_page[1] + in_text[5] * on_page[3] + on_page[5]

    page.extract_text(visitor_text=note)
    return found


def digits(text: str) -> list[str]:
    """All numbers in a text, without the commas between their digits."""
    return [each.replace(",", "") for each in re.findall(r"\d[\d,]*", text)]
