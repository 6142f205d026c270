"""All commands of the window in one list, for shortcuts, palette, gear menu and menu bar."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, IntEnum, auto
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from app.domain.language import N_, tr
from app.ui.plain import caption

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMenu, QMenuBar

_TABS = 9


class Need(Enum):
    """The precondition of an action."""

    NOTHING = auto()
    TAB = auto()
    TABLE = auto()  # the current tab has a response
    DEMO = auto()  # the demo was opened from the window, and can be closed


class Menu(Enum):
    """The menu of the menu bar that contains an action."""

    FILE = N_("File")
    EDIT = N_("Edit")
    VIEW = N_("View")
    HELP = N_("Help")


class Gear(IntEnum):
    """The section of the gear menu that contains an action; it lists what has no button of its own."""

    SETTINGS = auto()
    CONNECTIONS = auto()
    VIEW = auto()
    FILES = auto()
    HELP = auto()
    QUIT = auto()


class Actions(QObject):
    """The window's actions as attributes; controllers connect to the `triggered` signals.

    The attribute's name, with hyphens, is the action's `objectName`; `text` is in the current language.
    """

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._all: dict[QAction, tuple[str, Need, Menu]] = {}
        self._gear: dict[QAction, Gear] = {}
        self._menus: dict[Menu, QMenu] = {}  # of the menu bar, where there is one
        self.tabs = [
            self._add(f"tab-{at}", "", f"Ctrl+{at}", Menu.VIEW, Need.TAB) for at in range(1, _TABS + 1)
        ]
        view, file, edit = Menu.VIEW, Menu.FILE, Menu.EDIT
        self.next_tab = self._add("next-tab", N_("Next tab"), "Ctrl+Tab", view, Need.TAB)
        self.previous_tab = self._add("previous-tab", N_("Previous tab"), "Ctrl+Shift+Tab", view, Need.TAB)
        self.refresh = self._add("refresh", N_("Refresh this tab"), "F5 Ctrl+R", view, Need.TAB)
        self.search = self._add("search", N_("Search the table"), "Ctrl+F", edit, Need.TAB)
        self.mask = self._add("mask", N_("Hide or show amounts"), "Ctrl+M", view)
        self.mask.setCheckable(True)
        self.theme = self._add("theme", N_("Switch theme"), "Ctrl+Shift+L", view)
        self.language = self._add("language", N_("Korean or English"), "", view, gear=Gear.VIEW)
        self.settings = self._add("settings", N_("Settings…"), "Ctrl+,", file, gear=Gear.SETTINGS)
        self.alerts = self._add("alerts", N_("Alerts…"), "", file, gear=Gear.SETTINGS)
        self.add_connection = self._add(
            "add-connection", N_("Add connection…"), "Ctrl+N", file, gear=Gear.CONNECTIONS
        )
        self.leave_demo = self._add("leave-demo", N_("Exit demo"), "", file, Need.DEMO, gear=Gear.CONNECTIONS)
        self.copy = self._add("copy", N_("Copy selected rows"), "Ctrl+C", edit, Need.TABLE)
        # Handled by the focused widget: a figure copies itself.
        self.copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        self.save_xlsx = self._add(
            "export-xlsx", N_("Save the table for Excel…"), "Ctrl+E", file, Need.TABLE, gear=Gear.FILES
        )
        self.save_csv = self._add(
            "export-csv", N_("Save the table as CSV…"), "Ctrl+Shift+E", file, Need.TABLE, gear=Gear.FILES
        )
        self.mini_window = self._add(
            "mini-window", N_("Mini window (always on top)"), "Ctrl+Shift+M", view, gear=Gear.VIEW
        )
        self.fills = self._add("fills", N_("Today's fills"), "Ctrl+Shift+F", view, gear=Gear.VIEW)
        self.flows = self._add("flows", N_("Deposits and withdrawals…"), "", view, gear=Gear.VIEW)
        self.past_holdings = self._add(
            "past-holdings", N_("Get past holdings…"), "", file, gear=Gear.CONNECTIONS
        )
        self.report = self._add("report", N_("Save a report…"), "", file, Need.TAB, gear=Gear.FILES)
        self.next_region = self._add("next-region", N_("Next area"), "F6", view)
        self.previous_region = self._add("previous-region", N_("Previous area"), "Shift+F6", view)
        self.palette = self._add("palette", N_("All commands…"), "Ctrl+K", Menu.HELP, gear=Gear.HELP)
        self.shortcuts = self._add("shortcuts", N_("Keyboard shortcuts"), "F1", Menu.HELP, gear=Gear.HELP)
        self.diagnosis = self._add("diagnosis", N_("Save a diagnosis…"), "", Menu.HELP, gear=Gear.HELP)
        self.about = self._add("about", N_("About Moa"), "", Menu.HELP, gear=Gear.HELP)
        self.quit = self._add("quit", N_("Quit"), "Ctrl+Q Ctrl+W", file, gear=Gear.QUIT)
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.settings.setMenuRole(QAction.MenuRole.PreferencesRole)
        for each in (self.mask, self.theme):  # in the dialogs too
            each.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        self.enable(())
        self.retranslate()

    def __iter__(self) -> Iterator[QAction]:
        """Iterate over the actions in the order of the palette."""
        return iter(self._all)

    def enable(self, met: Iterable[Need], tab_titles: Sequence[str] = ()) -> None:
        """Enable the actions whose precondition is met; tabs are numbered in their order."""
        fulfilled = {Need.NOTHING, *met}
        for action, (_, need, _) in self._all.items():
            action.setEnabled(need in fulfilled)
        for at, action in enumerate(self.tabs):
            title = tab_titles[at] if at < len(tab_titles) else ""
            action.setEnabled(bool(title))
            action.setText(caption(tr("Tab: {name}", name=title)))

    def retranslate(self) -> None:
        """Update all texts to the current language."""
        for action, (text, _, _) in self._all.items():
            if text:
                action.setText(tr(text))
        for menu, shown in self._menus.items():
            shown.setTitle(tr(menu.value))

    def gear(self, part: Gear) -> list[QAction]:
        """Return the actions of a section of the gear menu."""
        return [action for action, place in self._gear.items() if place is part]

    def make_menu_bar(self) -> QMenuBar:
        """Return a menu bar with all actions, for a system that shows it apart from the window."""
        from PySide6.QtWidgets import QMenuBar

        self._bar = bar = QMenuBar()  # without a parent, macOS shows it at the top of the screen
        for menu in Menu:
            shown = self._menus[menu] = bar.addMenu(tr(menu.value))
            for action, (_, _, place) in self._all.items():
                if place is menu:
                    shown.addAction(action)
        return bar

    def _add(
        self,
        name: str,
        text: str,
        keys: str,
        menu: Menu,
        need: Need = Need.NOTHING,
        *,
        gear: Gear | None = None,
    ) -> QAction:
        action = QAction(self)
        action.setObjectName(name)
        action.setShortcuts([QKeySequence(each) for each in keys.split() if each])
        self._window.addAction(action)
        self._all[action] = text, need, menu
        if gear is not None:
            self._gear[action] = gear
        return action


def plain_text(action: QAction) -> str:
    """Return an action's text without mnemonic marks."""
    return action.text().replace("&&", "&")


def keys_of(action: QAction) -> list[str]:
    """Return an action's keys in the notation of this system."""
    return [each.toString(QKeySequence.SequenceFormat.NativeText) for each in action.shortcuts()]
