"""What a menu offers to put a table's rows together."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from PySide6.QtWidgets import QMenu

from app.domain.language import tr
from app.ui.models.figure_model import FigureModel
from app.ui.models.grouping import FOLD


def add_grouping(menu: QMenu, model: FigureModel[Any]) -> bool:
    """Offer to group and fold the rows of a table; says whether there is anything to offer."""
    arrangement = model.arrangement
    state = arrangement.state
    if arrangement.can_group:

        def group(is_on: bool) -> None:
            model.set_table_state(replace(state, is_grouped=is_on))

        _add_switch(menu, tr("Group rows"), group, is_on=state.is_grouped)
        if arrangement.has_groups:
            menu.addAction(tr("Open all groups"), partial(model.set_all_open, is_open=True))
            menu.addAction(tr("Close all groups"), partial(model.set_all_open, is_open=False))
    if arrangement.has_folded:

        def unfold(is_open: bool) -> None:
            model.set_open(FOLD, is_open=is_open)

        _add_switch(menu, tr("Show the classes of 0 won"), unfold, is_on=model.is_open(FOLD))
    return arrangement.can_group or arrangement.has_folded


def _add_switch(menu: QMenu, words: str, act: Callable[[bool], None], *, is_on: bool) -> None:
    action = menu.addAction(words)
    action.setCheckable(True)
    action.setChecked(is_on)
    action.toggled.connect(act)
