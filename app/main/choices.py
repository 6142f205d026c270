"""What the user has chosen in settings.toml: put in force at once, saved, and shown in the dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.domain.clock import SYSTEM_CLOCK
from app.domain.views import View
from app.main.looks import Fixed, Looks
from app.main.masking import Masking
from app.main.saving import Saver
from app.services.settings import FILE_NAME, Settings

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Sequence
    from pathlib import Path

    from app.domain.alerts import Alert
    from app.domain.connections import Connection
    from app.main.settings_desk import SettingsDesk
    from app.services.store import PortfolioStore
    from app.ui.dialogs.settings.page import SettingsPage
    from app.ui.theme import Theme
    from app.ui.window import MainWindow

_OF_CONNECTIONS = ("refresh", "fees", "alerts")  # not kept while the demo's are shown


class Choices:
    """The settings in force but for the connections.

    `is_demo` and `connections` tell what the window shows now, `use_interval` has a view read every so many
    seconds, `ask_again` reads all views of a kind; `pages` makes further pages for the dialog, and
    `changed` is called after each choice. With `keeps_nothing` no choice is saved.
    """

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        store: PortfolioStore,
        profile: Path,
        *,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        is_demo: Callable[[], bool],
        connections: Callable[[], Sequence[Connection]],
        use_interval: Callable[[View, int], None],
        ask_again: Callable[[View], None],
        pages: Callable[[], Sequence[SettingsPage]],
        changed: Callable[[], None],
        fixed: Fixed,
        keeps_nothing: bool,
    ) -> None:
        self._window = window
        self._theme = theme
        self._store = store
        self._path = profile / FILE_NAME
        self._start = start
        self._is_demo = is_demo
        self._connections = connections
        self._use_interval = use_interval
        self._ask_again = ask_again
        self._pages = pages
        self._changed = changed
        self._keeps_nothing = keeps_nothing
        self._desk: SettingsDesk | None = None
        self._looks = Looks(theme, window, fixed)
        self._masking = Masking(window, SYSTEM_CLOCK, is_forced=fixed.mask)
        self._saver = Saver(self._path, start, self._tell)
        self.settings = Settings()
        window.preference_chosen.connect(self.choose)
        window.preferences_asked.connect(self.open_dialog)

    def apply(self, settings: Settings) -> None:
        """Put what was read in force."""
        self.settings = settings
        self._looks.apply(settings.look)
        self._masking.apply(settings.privacy)
        self._store.use_rates(settings.rates)
        self.show()

    def begin(self) -> None:
        """There is a loop now: what was chosen before is saved."""
        self._saver.begin()
        self._looks.begin()

    def choose(self, table: str, key: str, value: str | int | bool | Sequence[Alert] | None) -> None:
        """Have an entry in force and in the file; None takes it out of the file. Alerts come all at once."""
        if table == "refresh":
            assert isinstance(value, int)
            view = View(key)
            self.settings = self.settings._replace(refresh={**self.settings.refresh, view: value})
            self._use_interval(view, value)
        elif table == "fees":
            from app.domain.costs import with_entry

            assert value is None or isinstance(value, str)
            self.settings = self.settings._replace(rates=with_entry(self.settings.rates, key, value))
            self._store.use_rates(self.settings.rates)
            self._ask_again(View.POSITIONS)
        elif table == "alerts":
            self.settings = self.settings._replace(alerts=value)  # pyright: ignore[reportArgumentType]
        else:
            chosen = getattr(self.settings, table)._replace(**{key: value})
            self.apply(self.settings._replace(**{table: chosen}))
        if not self._keeps_nothing and not (table in _OF_CONNECTIONS and self._is_demo()):
            self._save(table, key, value)
        self._changed()
        self.show()

    def open_dialog(self) -> None:
        """Open the dialog of the settings, or bring it to the front."""
        from app.main.settings_desk import SettingsDesk

        path = None if self._is_demo() else self._path
        if self._desk is None or self._desk.path != path:
            self.close()
            self._desk = SettingsDesk(
                self._window,
                self._theme,
                path,
                settings=lambda: self.settings._replace(connections=tuple(self._connections())),
                choose=self.choose,
                more=self._pages,
                start=self._start,
            )
        self._desk.open()

    def show(self) -> None:
        """Show in the dialog what is in force."""
        if self._desk is not None:
            self._desk.show_settings()

    def close(self) -> None:
        """Close the dialog, and leave Qt its own language."""
        self._looks.close()
        if self._desk is not None:
            self._desk.close()

    def _save(self, table: str, key: str, value: str | int | bool | Sequence[Alert] | None) -> None:
        if value is None or isinstance(value, str | int):
            self._saver.save(table, key, str(value) if isinstance(value, str) else value)
            return
        from app.services.alert_settings import save_alerts

        self._saver.save_with(table, key, lambda path: save_alerts(path, value))

    def _tell(self, problem: str) -> None:
        if self._desk is None or not self._desk.tell(problem):
            self._window.show_notice(problem)
