"""The arrangement of the window: layout.json in the profile, read before the first paint."""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar, cast

from app.domain.language import LazyText, tr_lazy
from app.services.files import UnfitFile, aside, backup_of, move_file, read_file, replace_file

FILE_NAME = "layout.json"

_VERSION = 1
_FARTHEST = 100_000  # pixels; larger coordinates are invalid

_LONGEST_SALT = 64  # the maximum of a keyed digest
LONGEST_MEMO, MOST_MEMOS = 500, 1000  # characters; holdings

T = TypeVar("T")

_NONE: Mapping[str, Any] = MappingProxyType({})


class TabLayout(NamedTuple):
    """The arrangement of one kind of tab; columns are named by field, widths are in pixels.

    `shown` is None until the user has chosen columns: until then the window's width decides. `charts` is the
    width of the charts, 0 until the user has moved the splitter. `rows` is how the rows are grouped and
    folded, in the tab's own JSON form; `choices` are the chosen kinds of charts.
    `facts_open` is None until the user has opened or closed the account's fields.
    """

    order: tuple[str, ...] = ()
    shown: tuple[str, ...] | None = None
    widths: Mapping[str, int] = _NONE
    sort: str = ""
    is_descending: bool = False
    charts: int = 0
    rows: Mapping[str, Any] = _NONE
    choices: Mapping[str, str] = _NONE
    facts_open: bool | None = None


class Place(NamedTuple):
    """The geometry of a window without its frame, in pixels."""

    x: int
    y: int
    width: int
    height: int


class Accounts(NamedTuple):
    """Which connections shared an app key when last used, so that the first paint counts an account once.

    `marks` are keyed digests by connection, from which no key can be derived; `salt` is in them.
    """

    salt: str = ""
    marks: Mapping[str, str] = _NONE


class Layout(NamedTuple):
    """The whole arrangement: the window, the tab in front (connection and view), the kinds of tab.

    `memos` are the user's notes on holdings, by code.
    """

    window: Place | None = None
    is_maximized: bool = False
    tab: tuple[str, str] | None = None
    tabs: Mapping[str, TabLayout] = _NONE  # by view
    accounts: Accounts = Accounts()
    memos: Mapping[str, str] = _NONE


def read_layout(profile: Path, now: datetime) -> tuple[Layout, LazyText | None]:
    """Return the profile's arrangement, and a notice about it; the default one where there is none.

    A damaged file is renamed and replaced by its backup. It never raises.
    """
    path = profile / FILE_NAME
    try:
        return parsed(read_file(path)), None
    except FileNotFoundError:
        return Layout(), None
    except (UnfitFile, ValueError):
        return _restored(path, now)
    except OSError:  # leave an unreadable file alone
        return Layout(), None


def parsed(content: bytes) -> Layout:
    """Return the arrangement in a file without invalid entries; raise ValueError for an invalid file."""
    try:
        found = json.loads(content)
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(found, dict):
        raise ValueError("no table of entries")
    entries = cast("dict[str, Any]", found)
    window = _numbers(entries.get("window"), 4)
    tab = _texts(entries.get("tab"))
    memos = _mapped(_table(entries.get("memos")), _text)
    return Layout(
        window=Place(*window) if window is not None and min(window[2:]) > 0 else None,
        is_maximized=entries.get("is_maximized") is True,
        tab=(tab[0], tab[1]) if tab is not None and len(tab) == 2 else None,
        tabs={name: _tab(each) for name, each in _table(entries.get("tabs")).items()},
        accounts=_accounts(_table(entries.get("accounts"))),
        memos={code: memo[:LONGEST_MEMO] for code, memo in list(memos.items())[-MOST_MEMOS:] if memo},
    )


def written(layout: Layout) -> bytes:
    """Return the arrangement as a file's content."""
    entries = {
        "version": _VERSION,
        "window": layout.window,
        "is_maximized": layout.is_maximized,
        "tab": layout.tab,
        "tabs": {
            name: {
                "order": tab.order,
                "shown": tab.shown,
                "widths": dict(tab.widths),
                "sort": tab.sort,
                "is_descending": tab.is_descending,
                "charts": tab.charts,
                "rows": dict(tab.rows),
                "choices": dict(tab.choices),
                "facts_open": tab.facts_open,
            }
            for name, tab in layout.tabs.items()
        },
        "accounts": {"salt": layout.accounts.salt, "marks": dict(layout.accounts.marks)},
        "memos": dict(layout.memos),
    }
    return (json.dumps(entries, ensure_ascii=False, indent=1) + "\n").encode()


def _restored(path: Path, now: datetime) -> tuple[Layout, LazyText | None]:
    layout = Layout()
    is_restored = False
    kept = aside(path, now)
    try:
        move_file(path, kept)
        backup = read_file(backup_of(path))
        layout = parsed(backup)
        replace_file(path, backup)
        is_restored = True
    except (OSError, ValueError):
        is_restored = layout != Layout()
    if is_restored:
        return layout, tr_lazy(
            "{file} was damaged, so the last saved layout was restored. The damaged file is {kept}.",
            file=path.name,
            kept=kept.name,
        )
    return layout, tr_lazy(
        "{file} was damaged, so the default layout was restored. The damaged file is {kept}.",
        file=path.name,
        kept=kept.name,
    )


def _tab(found: object) -> TabLayout:
    entries = _table(found)
    charts = _number(entries.get("charts"))
    return TabLayout(
        order=_texts(entries.get("order")) or (),
        shown=_texts(entries.get("shown")),
        widths=_mapped(_table(entries.get("widths")), _width),
        sort=_text(entries.get("sort")) or "",
        is_descending=entries.get("is_descending") is True,
        charts=charts if charts is not None and charts > 0 else 0,
        rows=_table(entries.get("rows")),
        choices=_mapped(_table(entries.get("choices")), _text),
        facts_open=is_open if isinstance(is_open := entries.get("facts_open"), bool) else None,
    )


def _accounts(entries: Mapping[str, Any]) -> Accounts:
    salt, marks = _text(entries.get("salt")) or "", _mapped(_table(entries.get("marks")), _text)
    return Accounts(salt, marks) if salt.isascii() and 0 < len(salt) <= _LONGEST_SALT else Accounts()


def _table(found: object) -> Mapping[str, Any]:
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _text(found: object) -> str | None:
    return found if isinstance(found, str) else None


def _texts(found: object) -> tuple[str, ...] | None:
    if not isinstance(found, list):
        return None
    listed = cast("list[object]", found)
    return tuple(each for each in listed if isinstance(each, str))


def _numbers(found: object, count: int) -> tuple[int, ...] | None:
    if not isinstance(found, list):
        return None
    numbers = [number for each in cast("list[object]", found) if (number := _number(each)) is not None]
    return tuple(numbers) if len(numbers) == count else None


def _number(found: object) -> int | None:
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) > _FARTHEST:
        return None
    return found


def _width(found: object) -> int | None:
    width = _number(found)
    return width if width is not None and width > 0 else None


def _mapped(table: Mapping[str, Any], read: Callable[[object], T | None]) -> Mapping[str, T]:
    pairs = ((name, read(each)) for name, each in table.items())
    return {name: each for name, each in pairs if each is not None}
