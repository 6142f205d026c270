"""The window's tabs, in their order: a new one is a module here and an entry in TABS."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.domain.views import View

if TYPE_CHECKING:
    from collections.abc import Callable

    from app.ui.tabs.spec import TabSpec

SMALL_WINDOW, LARGE_WINDOW = 1200, 1600  # widths at which the layout changes


class TabKind(NamedTuple):
    """What is shown of a tab before it has data; `load` brings the rest."""

    view: View
    title: str
    table_title: str
    load: Callable[[], TabSpec]


def _pension() -> TabSpec:
    from app.ui.tabs.pension import SPEC

    return SPEC


def _bonds() -> TabSpec:
    from app.ui.tabs.bonds import SPEC

    return SPEC


def _asset_mix() -> TabSpec:
    from app.ui.tabs.asset_mix import SPEC

    return SPEC


def _positions() -> TabSpec:
    from app.ui.tabs.positions import SPEC

    return SPEC


TABS = (
    TabKind(View.PENSION, "연금", "보유 상품", _pension),
    TabKind(View.BONDS, "채권", "채권 잔고", _bonds),
    TabKind(View.ASSET_MIX, "자산비중", "자산 구분별", _asset_mix),
    TabKind(View.POSITIONS, "실시간 잔고", "보유 종목", _positions),
)


def loading_note(label: str) -> str:
    """What stands beside a tab's heading until there is an answer."""
    return f"{label} · 불러오는 중…"
