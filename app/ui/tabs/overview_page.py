"""The page over all connections. Before any of them is known there is a frame and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from app.domain.clock import KST
from app.domain.language import tr
from app.ui.tabs import OVERVIEW
from app.ui.tabs.page import TabPage

if TYPE_CHECKING:
    from datetime import datetime

    from app.domain.holdings import RowKey
    from app.domain.overview import Overview
    from app.ui.desk import Desk
    from app.ui.tabs.body import TabBody
    from app.ui.theme import Theme


class OverviewPage(TabPage):
    """Shows what all connections come to. A row that is opened asks for its connection's tab."""

    connection_opened = Signal(str)  # a connection's id

    def __init__(self, theme: Theme, desk: Desk) -> None:
        super().__init__(OVERVIEW, theme, tr("All connections"), desk=desk)
        self._opens = False

    def show_overview(self, whole: Overview, now: datetime, mono: float) -> None:
        """Show the connections as they are known now."""
        from app.ui.tabs.overview import is_stale

        body = self._filled()
        today = now.astimezone(KST).date()
        self._figures.show_figures(body.show_report(whole, (), whole.as_of or now, today, mono))
        self._figures.set_stale(is_stale(whole))
        body.set_stale(is_stale(whole))

    def _filled(self) -> TabBody:
        body = super()._filled()
        if not self._opens:
            self._opens = True
            body.row_opened.connect(self._open)
        return body

    def _open(self, key: RowKey) -> None:
        self.connection_opened.emit(key[0])
