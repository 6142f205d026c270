"""Everything that can be done by a key or by name, in one list: shortcuts, their sheet and the palette."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from app.domain.language import N_, tr

if TYPE_CHECKING:
    from app.ui.keys import Keys
    from app.ui.window import MainWindow

_TABS = 9
SAVE_XLSX_KEYS, SAVE_CSV_KEYS = "Ctrl+E", "Ctrl+Shift+E"  # heard by the tab's tools


def _always() -> bool:
    return True


class Command(NamedTuple):
    """One thing to do. `title` says it in the language in use.

    `is_bound` False: its keys are heard by the widget that has the focus, and are only told here.
    """

    id: str
    title: Callable[[], str]
    act: Callable[[], object]
    keys: tuple[str, ...] = ()
    is_enabled: Callable[[], bool] = _always
    is_bound: bool = True


def commands_of(window: MainWindow, keys: Keys) -> Sequence[Command]:
    """What can be done in the window, in the order of the palette."""
    front = window.front

    def named(text: str) -> Callable[[], str]:
        return partial(tr, text)

    def has_tab() -> bool:
        return bool(window.tab_ids())

    def has_table() -> bool:
        return front.table() is not None

    tabs = [
        Command(
            f"tab-{number}",
            partial(_tab_title, window, number - 1),
            partial(window.go_to_tab, number - 1),
            (f"Ctrl+{number}",),
            partial(_has_tab, window, number - 1),
        )
        for number in range(1, _TABS + 1)
    ]
    return (
        *tabs,
        Command("next-tab", named(N_("Next tab")), partial(window.step_tab, 1), ("Ctrl+Tab",), has_tab),
        Command("previous-tab", named(N_("Previous tab")), partial(window.step_tab, -1), ("Ctrl+Shift+Tab",),
                has_tab),
        Command("refresh", named(N_("Refresh this tab")), window.refresh, ("F5", "Ctrl+R"), has_tab),
        Command("search", named(N_("Search the table")), front.begin_search, ("Ctrl+F",), has_tab),
        Command("mask", named(N_("Hide or show amounts")), window.toggle_mask, ("Ctrl+M",)),
        Command("theme", named(N_("Light or dark")), window.toggle_theme, ("Ctrl+Shift+L",)),
        Command("language", named(N_("Korean or English")), window.toggle_language),
        Command("settings", named(N_("Settings…")), window.preferences_asked.emit, ("Ctrl+,",)),
        Command("add-connection", named(N_("Add connection…")), window.add_connection, ("Ctrl+N",),
                lambda: window.can_change),
        Command("copy", named(N_("Copy the selected rows")), front.copy_rows, ("Ctrl+C",), has_table,
                is_bound=False),
        Command("export-xlsx", named(N_("Save the table as XLSX…")), partial(front.save_table, ".xlsx"),
                (SAVE_XLSX_KEYS,), has_table, is_bound=False),
        Command("export-csv", named(N_("Save the table as CSV…")), partial(front.save_table, ".csv"),
                (SAVE_CSV_KEYS,), has_table, is_bound=False),
        Command("mini-window", named(N_("Small window on top")), window.mini_asked.emit, ("Ctrl+Shift+M",)),
        Command("report", named(N_("Save a report…")), window.report_asked.emit, (), has_tab),
        Command("diagnosis", named(N_("Save a diagnosis…")), window.diagnosis_asked.emit),
        Command("next-region", named(N_("Next part of the window")), partial(front.step_region, 1), ("F6",)),
        Command("previous-region", named(N_("Previous part of the window")), partial(front.step_region, -1),
                ("Shift+F6",)),
        Command("palette", named(N_("All commands…")), keys.open_palette, ("Ctrl+K",)),
        Command("shortcuts", named(N_("Keyboard shortcuts")), keys.open_sheet, ("F1",)),
        Command("quit", named(N_("Quit")), window.close, ("Ctrl+Q", "Ctrl+W")),
    )  # fmt: skip


def _tab_title(window: MainWindow, index: int) -> str:
    return tr("Tab: {name}", name=window.tab_title(index))


def _has_tab(window: MainWindow, index: int) -> bool:
    return bool(window.tab_title(index))
