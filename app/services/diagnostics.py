"""The diagnosis: a zip of plain text files that users can read before they send it to a developer."""

import io
import json
import platform
import sys
import zipfile
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from app import __version__
from app.domain.clock import Clock
from app.domain.errors import AppError, BrokerRefused, SettingsError
from app.domain.language import N_, tr
from app.domain.privacy import concealed, masked_account
from app.services.files import read_file, replace_file, why
from app.services.settings import Settings
from app.services.store import Line, Listener, PortfolioStore, ViewId

_LARGEST_LOG = 2_000_000  # bytes; a new one is started well before
README = N_("Read me.txt")
PACKAGES = (
    "PySide6-Essentials",
    "qasync",
    "httpx",
    "websockets",
    "msgspec",
    "pyqtgraph",
    "keyring",
    "platformdirs",
    "tomlkit",
    "aiohttp",
)
_EXPLANATION = N_("""Moa diagnosis

This file contains only what is needed to find a problem. It is plain text: review it before you send it.
Moa does not send this file anywhere.

Contents
- versions.txt     versions of Moa, Python, Qt, other components and the operating system
- settings.txt     connections; only the last two digits of account numbers
- views.txt        for each tab: last update, error codes, successful and failed updates
- answers.txt      format of the brokers' last responses: result codes, field names, no amounts or holdings
- examination.txt  results of `moa doctor` (only if it saved the file)
- logs/            Moa's logs

Not included
- app keys, app secrets, access tokens, account numbers
- amounts, quantities, holdings
""")


def save(path: Path, files: Mapping[str, str]) -> None:
    """Write the zip atomically; every text is masked again. Raises OSError."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in {tr(README): tr(_EXPLANATION), **files}.items():
            archive.writestr(name, concealed(text))
    replace_file(path, content.getvalue())


def versions_text() -> str:
    """Return the versions of the program, of its packages and of the system."""
    lines = {
        tr("Moa"): __version__,
        "Python": f"{platform.python_version()} ({platform.machine()})",
        tr("Operating system"): platform.platform(),
        tr("Build"): tr("installed") if getattr(sys, "frozen", False) else tr("from source"),
    }
    for package in PACKAGES:
        try:
            lines[package] = version(package)
        except PackageNotFoundError:
            lines[package] = "?"
    return _as_lines(lines)


def settings_text(settings: Settings | SettingsError) -> str:
    """Return the settings with only the end of each account number, or what is wrong with them."""
    if isinstance(settings, SettingsError):
        return tr("The settings cannot be read: {message}\n", message=settings.message)
    blocks: list[str] = []
    for each in settings.connections:
        lines = {
            "id": each.id,
            "label": each.label,
            "broker": each.broker,
            "views": ", ".join(view.value for view in each.views),
            "account": masked_account(each.account) if each.account else None,
            "exchange": each.exchange,
            "base_url": each.base_url,
            "ws_url": each.ws_url,
            "requests_per_second": str(each.requests_per_second),
        }
        blocks.append(_as_lines({key: value for key, value in lines.items() if value}))
    refresh = {
        tr("{view} refresh interval", view=view.value): tr("{seconds} s", seconds=seconds)
        for view, seconds in settings.refresh.items()
    }
    return "\n".join([*(blocks or [tr("There are no connections.\n")]), _as_lines(refresh)])


class Tally(Listener):
    """Counts the reads of each view and the breaks of its live connection, from its creation on."""

    def __init__(self, store: PortfolioStore) -> None:
        self._store = store
        self._reads: Counter[ViewId] = Counter()
        self._failures: dict[ViewId, Counter[str]] = {}
        self._breaks: dict[ViewId, Counter[str]] = {}
        self._fetched: dict[ViewId, float | None] = {}
        self._errors: dict[ViewId, AppError | None] = {}
        self._lines: dict[ViewId, Line] = {}
        store.subscribe(self)

    def state_changed(self, view_id: ViewId) -> None:
        """Count the changes in a view's state."""
        state = self._store.state(view_id)
        if state.fetched_mono is not None and state.fetched_mono != self._fetched.get(view_id):
            self._fetched[view_id] = state.fetched_mono
            self._reads[view_id] += 1
        if state.error is not self._errors.get(view_id):
            self._errors[view_id] = state.error
            if state.error is not None:
                self._failures.setdefault(view_id, Counter())[state.error.code] += 1
        if state.line is not self._lines.get(view_id):
            self._lines[view_id] = state.line
            if state.line is Line.BROKEN:
                code = state.line_error.code if state.line_error is not None else "?"
                self._breaks.setdefault(view_id, Counter())[code] += 1

    def lines(self, view_id: ViewId) -> list[str]:
        """Return the counts of a view as text."""
        lines = [tr("Successful updates: {count}", count=self._reads[view_id])]
        lines.append(tr("Failed updates: {count}", count=_counted(self._failures.get(view_id))))
        if view_id in self._lines and self._lines[view_id] is not Line.NONE:
            lines.append(tr("Live connection lost: {count}", count=_counted(self._breaks.get(view_id))))
        return lines


def views_text(
    store: PortfolioStore,
    view_ids: Sequence[ViewId],
    clock: Clock,
    tally: Tally,
    dropped: Mapping[str, int],
) -> str:
    """Return each view's state: codes, ages and counts, without figures of holdings."""
    now, blocks = clock.monotonic(), [f"{_moment(clock.now())} KST\n"]
    for view_id in view_ids:
        connection, view = view_id
        state = store.state(view_id)
        lines = [f"[{connection}] {view.value}"]
        lines.append(_failed(tr("Last update"), state.error) if state.error else tr("Last update: no error"))
        if state.fetched_at is None:
            lines.append(tr("No data received yet"))
        else:
            age = (
                tr("in a previous session")
                if state.fetched_mono is None
                else tr("{seconds:.0f} s ago", seconds=now - state.fetched_mono)
            )
            lines.append(
                tr(
                    "Displayed values received: {moment} ({age})",
                    moment=_moment(state.fetched_at),
                    age=age,
                )
            )
        if state.is_reading:
            lines.append(tr("Updating now"))
        if state.retry_mono is not None:
            lines.append(tr("Next try in {seconds:.0f} s", seconds=max(0.0, state.retry_mono - now)))
        if state.line is not Line.NONE:
            heard = (
                tr("none")
                if state.heard_mono is None
                else tr("{seconds:.0f} s ago", seconds=now - state.heard_mono)
            )
            lines.append(
                tr("Live connection: {state}, last received {heard}", state=state.line.value, heard=heard)
            )
            lines.append(
                tr(
                    "Unreadable live messages dropped: {count}",
                    count=dropped.get(connection, 0),
                )
            )
        if state.line_error is not None:
            lines.append(_failed(tr("Live connection"), state.line_error))
        if (token := store.token(connection)) is not None:
            lines.append(tr("Access tokens issued today: {count}", count=token.issued_today))
        blocks.append("\n  ".join([*lines, *tally.lines(view_id)]) + "\n")
    return "\n".join(blocks)


def answers_text(forms: Mapping[str, Any]) -> str:
    """Return the structure of the brokers' last responses."""
    if not forms:
        return tr("No response has been received.\n")
    return json.dumps(forms, ensure_ascii=False, indent=1) + "\n"


def logs_in(files: Iterable[Path]) -> dict[str, str]:
    """Return the log files' texts by their names in the zip, or the reason why one cannot be read."""
    texts: dict[str, str] = {}
    for path in files:
        try:
            texts[f"logs/{path.name}"] = read_file(path, most=_LARGEST_LOG).decode(errors="replace")
        except OSError as error:
            texts[f"logs/{path.name}"] = f"{why(error, reading=True)}\n"
    return texts


def _failed(what: str, error: AppError) -> str:
    # A broker's message may contain anything, and its code has the same meaning.
    return f"{what}: [{error.code}]" + ("" if isinstance(error, BrokerRefused) else f" {error.message}")


def _as_lines(texts: Mapping[str, str | None]) -> str:
    return "".join(f"{name}: {text}\n" for name, text in texts.items())


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _counted(counts: Counter[str] | None) -> str:
    if not counts:
        return tr("0 times")
    each = ", ".join(f"{code} {count}" for code, count in counts.most_common())
    return tr("{total} times ({each})", total=counts.total(), each=each)
