"""`moa screenshot`: one picture of each tab."""

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

from app.domain.errors import SettingsError
from app.domain.language import Language, tr_lazy
from app.main.profile import required_settings
from app.main.program import Program
from app.main.settings_controller import AppearanceOverrides
from app.main.system.application import application, run, without_display
from app.services.files import make_folder, replace_file, why
from app.ui.charts.chart_card import png_of
from app.ui.tabs import TabId
from app.ui.theme import Mode, Theme
from app.ui.window.presenter import is_ready

# The first access token may have to wait for the one-minute limit between two issues.
LIMIT_SECONDS = 120.0
LIVE_SECONDS = 10.0
_STEPS = 4  # layout passes: the tab, its charts, and what the charts request
_STEP_SECONDS = 0.05


def screenshot(
    folder: Path,
    *,
    profile: Path,
    demo: bool,
    theme: str,
    size: tuple[int, int],
    lang: str | None = None,
    mask: bool = False,
) -> int:
    """Write the pictures to the folder; return 1 when a tab could not be filled, otherwise 0.

    `mask` and `lang` override the settings.

    Raises SettingsError, also when the pictures cannot be written.
    """
    if not demo:
        required_settings(profile)
    try:
        make_folder(folder)
    except OSError as exc:
        raise SettingsError(
            tr_lazy("{folder}: The folder could not be created: {reason}", folder=folder, reason=why(exc))
        ) from exc
    without_display()
    qt = application()
    chosen = Theme(Mode(theme))
    chosen.install(qt)
    fixed = AppearanceOverrides(Mode(theme), None if lang is None else Language(lang), mask)
    program = Program(profile, chosen, demo=demo, fixed=fixed)
    window, presenter, store = program.window, program.presenter, program.workspace.store
    window.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    window.setMinimumSize(min(size[0], window.minimumWidth()), min(size[1], window.minimumHeight()))
    window.resize(*size)
    window.show()
    filled: list[bool] = []

    async def draw() -> None:
        async with program.feeding() as feed:
            await _filled(program, feed)
            names: set[str] = set()
            for tab_id in [tab.id for tab in presenter.tabs]:
                presenter.choose_tab(tab_id)
                window.build_charts()
                for _ in range(_STEPS):
                    await asyncio.sleep(_STEP_SECONDS)
                path = folder / f"{_name(tab_id, names)}.png"
                try:
                    replace_file(path, png_of(_picture(window)))
                except OSError as exc:
                    raise SettingsError(
                        tr_lazy("{path}: The image could not be saved: {reason}", path=path, reason=why(exc))
                    ) from exc
            filled.extend(store.state(each).report is not None for each in presenter.view_ids())

    try:
        run(qt, draw())
    finally:
        window.close()
    return 0 if filled and all(filled) else 1


async def _filled(program: Program, feed: asyncio.Task[None]) -> None:
    """Wait until each tab shows its data or an error, and then briefly for history and trades."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LIMIT_SECONDS
    live_end: float | None = None
    store, ids = program.workspace.store, program.presenter.view_ids()
    while loop.time() < end and not feed.done():
        known = [store.state(each) for each in ids]
        if all(state.report is not None or state.error is not None for state in known):
            live_end = live_end or loop.time() + LIVE_SECONDS
            is_whole = program.shows_history and all(is_ready(store, each) for each in ids)
            if is_whole or loop.time() > live_end:
                return
        await asyncio.sleep(_STEP_SECONDS)


def _picture(window: QWidget) -> QImage:
    """Return the window's picture in the requested number of pixels, whatever the screen's scale factor."""
    image = QImage(window.size(), QImage.Format.Format_RGB32)
    window.render(image)
    return image


def _name(tab_id: TabId, taken: set[str]) -> str:
    """Return the tab's kind, with the connection's id for a further picture of the same view."""
    connection, kind = tab_id
    name = str(kind) if kind not in taken else f"{kind}-{connection}"
    taken.add(name)
    return name
