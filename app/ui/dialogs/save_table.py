"""Asks where a table is to be saved."""

import re
from collections.abc import Callable
from datetime import datetime

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from app.domain.language import tr
from app.services.export import XLSX

_NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\x00-\x1f]+')  # of files, on any system


def ask_path(
    parent: QWidget, name: str, suffix: str, now: datetime, take: Callable[[str], None]
) -> QFileDialog:
    """Open the dialog for a kind of file, which `take`s the path that is chosen; a name is offered."""
    is_xlsx = suffix == XLSX
    folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
    kinds = f"{'Excel' if is_xlsx else 'CSV'} (*{suffix})"
    dialog = QFileDialog(parent, tr("Save for Excel") if is_xlsx else tr("Save as CSV"), folder, kinds)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(suffix[1:])
    dialog.selectFile(f"{file_name(name)}-{now:%Y%m%d-%H%M}{suffix}")
    dialog.fileSelected.connect(take)
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()  # exec() would lose other tasks
    return dialog


def file_name(name: str) -> str:
    """A name as it may stand in a file's name."""
    return _NOT_IN_NAMES.sub(" ", name).strip(" .") or "moa"
