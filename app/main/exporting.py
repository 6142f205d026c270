"""Saves a table where the user wants it."""

import asyncio
import logging
from pathlib import Path

from app.domain.language import tr
from app.services.export import save_sheet
from app.services.export_text import Sheet
from app.services.files import why
from app.ui.window import MainWindow

logger = logging.getLogger(__name__)


async def save_table(window: MainWindow, sheet: Sheet, path: str) -> None:
    """Save a table into a file without holding the window up; it says so where that fails."""
    try:
        await asyncio.to_thread(save_sheet, Path(path), sheet)
    except OSError as error:
        logger.warning("the table could not be saved: %s", type(error).__name__)
        window.show_notice(tr("The table could not be saved: {reason}", reason=why(error)))
