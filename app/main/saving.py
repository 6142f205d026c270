"""What the user chooses in the window goes into settings.toml, in order and off the interface thread."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from app.domain.errors import SettingsError
from app.domain.language import tr

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine
    from pathlib import Path

logger = logging.getLogger(__name__)

Value = str | int | bool | None


class Saver:
    """Writes one entry after the other; of two values for one entry only the last is sure to be written.

    `start` runs a task that somebody looks after, and raises RuntimeError before there is a loop: what is to
    be saved then waits for `begin`. `told` hears in a sentence of what could not be saved.
    """

    def __init__(
        self,
        path: Path,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        told: Callable[[str], None],
    ) -> None:
        self._path = path
        self._start = start
        self._told = told
        self._waiting: dict[tuple[str, str], Callable[[Path], None]] = {}
        self._task: asyncio.Task[None] | None = None

    def save(self, table: str, key: str, value: Value) -> None:
        """Have `key = value` in `[table]` of the file soon; None takes the entry out."""

        def write(path: Path) -> None:
            from app.services.settings_file import save_value

            save_value(path, table, key, value)

        self.save_with(table, key, write)

    def save_with(self, table: str, key: str, write: Callable[[Path], None]) -> None:
        """Have something written into the file soon, in the place of what waits under the same name."""
        self._waiting.pop((table, key), None)  # the last choice is the last to be written
        self._waiting[table, key] = write
        self.begin()

    def begin(self) -> None:
        """Write what waits, if there is a loop to do it in."""
        if not self._waiting or (self._task is not None and not self._task.done()):
            return
        work = self._write()
        try:
            self._task = self._start(work)
        except RuntimeError:
            work.close()

    async def _write(self) -> None:
        import asyncio

        from app.services.files import why

        while self._waiting:
            write = self._waiting.pop(next(iter(self._waiting)))
            try:
                await asyncio.to_thread(write, self._path)
            except OSError as error:
                logger.warning("a setting could not be saved: %s", type(error).__name__)
                self._told(
                    tr("Your choice could not be saved in {file}: {reason}",
                       file=self._path.name, reason=why(error))
                )  # fmt: skip
            except SettingsError as error:
                self._told(error.message)
