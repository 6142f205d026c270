"""`moa doctor`: checks each connection step by step, and saves diagnosis files."""

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple, TypeVar
from urllib.parse import urlsplit

from app import __version__
from app.brokers import registry
from app.brokers.answer_log import ANSWER_LOG
from app.brokers.network import certificates_for, found_proxy, reach, settings
from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection, View
from app.domain.errors import AppError, SecretUnavailable, SettingsError, TimedOut, program_fault
from app.domain.holdings import Position, Report
from app.domain.language import N_, tr, tr_lazy
from app.domain.privacy import masked, masked_account
from app.domain.sources import LiveSource, Source, TokenState
from app.main.commands.snapshot import chosen
from app.main.demo import planned_connections
from app.main.feed import Accounts, not_kept
from app.main.profile import required_settings, settings_in
from app.main.system import logs
from app.main.system.single import is_open
from app.services import diagnostics
from app.services.secrets import Keychain, Vault, credentials
from app.services.settings import Settings

logger = logging.getLogger(__name__)

MOST_SKEW = timedelta(minutes=2)
LIVE_SECONDS = 30.0
DATA_SECONDS = 3.0
_WATCHED = 10
_PATIENCE_SECONDS = 3.0
_VIEWS = {
    View.PENSION: N_("Pension"),
    View.BONDS: N_("Bonds"),
    View.ASSET_MIX: N_("Asset mix"),
    View.POSITIONS: N_("Live holdings"),
}

Write = Callable[[str], object]
T = TypeVar("T")


class Outcome(Enum):
    """The result of a step; all have the same width in a terminal."""

    WELL = N_("OK   ")
    WARNED = N_("Warn ")
    FAILED = N_("Fail ")
    SKIPPED = N_("Skip ")


class Step(NamedTuple):
    """One check; `action` states what the user can do."""

    name: str
    outcome: Outcome
    text: str
    action: str = ""

    def lines(self) -> str:
        """Return the step as it is printed."""
        first = f"  {tr(self.outcome.value)} {self.name}: {self.text}\n"
        return f"{first}        → {self.action}\n" if self.action else first


def doctor(*, profile: Path, demo: bool, only: Sequence[str], write: Write, save: Path | None = None) -> int:
    """Print the checks; return 0 when all succeed, otherwise 1. Raises SettingsError.

    With `save` the output is also written to a zip file together with the files for a developer.
    """
    printed: list[str] = []

    def write_and_keep(text: str) -> None:
        printed.append(text)
        write(text)

    try:
        code = _examine(profile, demo, only, write_and_keep)
    except SettingsError as error:
        if save is not None:
            _save(save, None if demo else profile, "".join([*printed, error.message]), write)
        raise
    if save is not None and not _save(save, None if demo else profile, "".join(printed), write):
        return 1
    return code


def codes(write: Write) -> int:
    """Print every code of the brokers' lists with its meaning and what to do."""
    for spec in registry.BROKERS:
        write(f"[{tr(spec.title)}]\n")
        for code, meaning in spec.known_codes().items():
            write(f"  {code:8}  {tr(meaning.title)}\n            → {tr(meaning.action)}\n")
        write("\n")
    return 0


def clock_step(skew: timedelta | None) -> Step:
    """Return the step for this computer's clock, which is ahead of a broker's by `skew`."""
    name = tr("Computer's clock")
    if skew is None:
        return Step(name, Outcome.SKIPPED, tr("Cannot compare: no broker responded."))
    seconds = round(abs(skew).total_seconds())
    if abs(skew) <= MOST_SKEW:
        return Step(
            name, Outcome.WELL, tr("Differs from the broker's server by {seconds} s.", seconds=seconds)
        )
    span, is_ahead = _span(seconds), skew > timedelta()
    return Step(
        name,
        Outcome.WARNED,
        tr("{span} ahead of the broker's server.", span=span)
        if is_ahead
        else tr("{span} behind the broker's server.", span=span),
        tr(
            "Turn on 'Set time automatically' in the system's date and time settings. "
            "Otherwise token expiry and update times are wrong."
        ),
    )


def _examine(profile: Path, demo: bool, only: Sequence[str], write: Write) -> int:
    write(
        tr(
            "Moa {version} diagnostics · {now:%Y-%m-%d %H:%M:%S} KST\n\n",
            version=__version__,
            now=SYSTEM_CLOCK.now(),
        )
    )
    ANSWER_LOG.forget()
    steps = asyncio.run(_demo(only, write) if demo else _accounts(profile, only, write))
    steps.append(clock_step(ANSWER_LOG.clock_skew()))
    write(f"\n{steps[-1].lines()}\n")
    failed = sum(step.outcome is Outcome.FAILED for step in steps)
    warned = sum(step.outcome is Outcome.WARNED for step in steps)
    if failed:
        write(tr("Failures: {failed}. Follow the '→' lines above.\n", failed=failed))
    elif warned:
        write(tr("Everything works, with warnings.\n"))
    else:
        write(tr("No problems found.\n"))
    return 1 if failed else 0


async def _demo(only: Sequence[str], write: Write) -> list[Step]:
    from app.main.demo import opened_demo

    async with opened_demo() as (connections, vault):
        write(tr("  OK    Settings: using the demo connections.\n"))
        return await examine(connections, vault, only, write, window_is_open=False)


async def _accounts(profile: Path, only: Sequence[str], write: Write) -> list[Step]:
    settings = required_settings(profile)
    connections = settings.connections
    keychain = Keychain(allows_plaintext=settings.privacy.plaintext_keychain)
    write(
        tr(
            "  OK    Settings: settings.toml in {profile} has {count} connection(s).\n",
            profile=profile,
            count=len(connections),
        )
    )
    machine = [await network_step(), await keychain_step(keychain)]
    for step in machine:
        write(step.lines())
    steps = await examine(connections, keychain, only, write, window_is_open=is_open(profile))
    return [*machine, *steps]


async def network_step() -> Step:
    """Return the step for certificates and proxy: what the environment and the system have changed."""
    name = tr("Network")
    found = [
        tr("{name} (ignored)", name=each.name)
        if each.is_ignored
        else f"{each.name or tr('system proxy')} = {each.value}"
        for each in settings()
    ]
    text = "; ".join(found) or tr("no proxy, using system and built-in certificates")
    try:
        await certificates_for("https://")
    except AppError as error:
        return Step(name, Outcome.FAILED, f"[{error.code}] {error.message} {text}", error.action)
    return Step(name, Outcome.WELL, text)


async def keychain_step(keychain: Keychain) -> Step:
    """Return the step for the keychain: which one is used, and whether it is available."""
    name = tr("Keychain")
    try:
        place, is_encrypted = await keychain.check()
    except SecretUnavailable as error:
        return _failure(name, error)
    if not is_encrypted:
        return Step(
            name,
            Outcome.WARNED,
            tr("{name} is used. It stores keys unencrypted.", name=place),
            tr("Turn on an encrypted keychain (gnome-keyring, KWallet …), then save the keys again."),
        )
    return Step(name, Outcome.WELL, tr("{name} is used.", name=place))


async def examine(
    connections: Sequence[Connection],
    vault: Vault,
    only: Sequence[str],
    write: Write,
    *,
    window_is_open: bool,
) -> list[Step]:
    """Check the connections with these ids, or all, and print each step. Raises SettingsError."""
    wanted = chosen(connections, only)
    # Accounts gets all connections, because a shared token is stored under the first one, chosen or not.
    tokens: dict[str, TokenState] = {}
    accounts = Accounts(connections, vault, SYSTEM_CLOCK, tokens.__setitem__)
    steps: list[Step] = []
    try:
        for connection in wanted:
            write(f"\n[{connection.id}] {masked(_title(connection))}\n")
            examination = _Examination(
                connection, accounts, vault, tokens, write, window_is_open=window_is_open
            )
            await examination.run()
            steps += examination.steps
    finally:
        await accounts.close()
    return steps


class _Examination:
    """The steps of one connection, each printed when it is done."""

    def __init__(
        self,
        connection: Connection,
        accounts: Accounts,
        vault: Vault,
        tokens: Mapping[str, TokenState],
        write: Write,
        *,
        window_is_open: bool,
    ) -> None:
        self.steps: list[Step] = []
        self._connection = connection
        self._accounts = accounts
        self._vault = vault
        self._tokens = tokens
        self._write = write
        self._window_is_open = window_is_open

    async def run(self) -> None:
        """Run every possible step."""
        keys = await self._try(tr("Keychain"), credentials(self._vault, self._connection.id))
        if keys is not None:
            self._add(Step(tr("Keychain"), Outcome.WELL, tr("The app key and the app secret are saved.")))
        has_reached = await self._reach()
        if keys is None or not has_reached:
            why = tr("Skipped: no keys.") if keys is None else tr("Skipped: the server could not be reached.")
            self._add(Step(tr("Access token and data"), Outcome.SKIPPED, why))
            return
        source = await self._try(tr("Keychain"), self._accounts.source(self._connection))
        if source is None:
            return
        if not await self._log_in(source):
            self._add(Step(tr("Data"), Outcome.SKIPPED, tr("Skipped: no access token.")))
            return
        codes_held = await self._views(source)
        if source.live is not None:
            await self._live(source.live, codes_held)

    async def _reach(self) -> bool:
        url = self._connection.base_url
        place = urlsplit(url).netloc
        if await found_proxy(url) is not None:
            self._add(
                Step(
                    tr("Server"),
                    Outcome.SKIPPED,
                    tr("Reached through a proxy: checked with the access token."),
                )
            )
            return True
        began = time.monotonic()
        try:
            tls = await reach(url)
        except AppError as error:
            self._add(_failure(tr("Server"), error, place))
            return False
        spent = _milliseconds(began)
        how = tr("certificate verified {tls}", tls=tls) if tls else tr("local, not encrypted")
        self._add(Step(tr("Server"), Outcome.WELL, f"{place}, {how}, {spent}"))
        return True

    async def _log_in(self, source: Source) -> bool:
        assert source.log_in is not None
        patient = asyncio.get_running_loop().call_later(_PATIENCE_SECONDS, self._ask_for_patience)
        try:
            token = await self._try(tr("Access token"), source.log_in())
        finally:
            patient.cancel()
        if token is None:
            return False
        at = token.expires_at
        until = tr("{day}.{month}. {time}", day=at.day, month=at.month, time=f"{at:%H:%M}")
        self._add(Step(tr("Access token"), Outcome.WELL, tr("Valid until {until}.", until=until)))
        state = self._tokens.get(self._connection.id)
        if state is not None and state.not_kept is not None:
            error = state.not_kept
            self._add(Step(tr("Access token"), Outcome.WARNED, str(not_kept(error)), error.action))
        return True

    def _ask_for_patience(self) -> None:
        self._write(tr("  ....  Waiting for the access token. The broker issues one only once a minute.\n"))

    async def _views(self, source: Source) -> list[str]:
        """Read each view; return the codes of the stocks held."""
        held: list[str] = []
        for view in self._connection.views:
            name, began = tr(_VIEWS[view]), time.monotonic()
            report = await self._try(name, source.readers[view]())
            if report is not None:
                self._add(_read(name, report, _milliseconds(began)))
                if view is View.POSITIONS:
                    held = [row.code for row in report.rows if isinstance(row, Position)]
        return held

    async def _live(self, live: LiveSource, held: Sequence[str]) -> None:
        name = tr("Live connection")
        if self._window_is_open:
            why = tr("Moa is open. Connecting now would end its live connection.")
            self._add(
                Step(
                    name,
                    Outcome.SKIPPED,
                    why,
                    tr("Close Moa and check again to include the live connection."),
                )
            )
            return
        result = await self._try(name, _first_data(live, held))
        if result is not None:
            self._add(Step(name, Outcome.WELL, result))

    async def _try(self, name: str, work: Awaitable[T]) -> T | None:
        """Return the result of the work; report a failure as a step and return None."""
        try:
            return await work
        except AppError as error:
            self._add(_failure(name, error))
        except Exception:  # a bug: report it as a failed step and continue
            logger.exception("%s/%s", self._connection.id, name)
            self._add(_failure(name, program_fault()))
        return None

    def _add(self, step: Step) -> None:
        self.steps.append(step)
        self._write(step.lines())


async def _first_data(live: LiveSource, held: Sequence[str]) -> str:
    """Return what was received over a live connection in its first seconds. Raises AppError."""
    try:
        async with asyncio.timeout(LIVE_SECONDS), live.connect() as line:
            began = time.monotonic()
            await line.watch(held[:_WATCHED])
            try:
                async with asyncio.timeout(DATA_SECONDS):
                    async for _ in line.events():
                        return tr("Logged in. First data received after {time}.", time=_milliseconds(began))
            except TimeoutError:
                pass
            return tr("Logged in. No data received, as there are no trades now.")
    except TimeoutError as exc:
        raise TimedOut(tr_lazy("The live server did not respond in time.")) from exc


def _read(name: str, report: Report, spent: str) -> Step:
    difference = report.difference
    if difference:
        return Step(
            name,
            Outcome.WARNED,
            tr(
                "{count} rows, {spent}. The broker's total differs from the sum of the rows.",
                count=len(report.rows),
                spent=spent,
            ),
            tr(
                "If this persists, save a diagnosis with `moa doctor --save file.zip` and send "
                "it to the developer."
            ),
        )
    total = tr(", totals match") if difference is not None else ""
    return Step(
        name,
        Outcome.WELL,
        tr("{count} rows{total}, {spent}", count=len(report.rows), total=total, spent=spent),
    )


def _failure(name: str, error: AppError, place: str = "") -> Step:
    where = f"{place}: " if place else ""
    detail = f" ({error.detail})" if error.detail else ""
    return Step(name, Outcome.FAILED, f"[{error.code}] {where}{error.message}{detail}", error.action)


def _title(connection: Connection) -> str:
    account = f" {masked_account(connection.account)}" if connection.account else ""
    return f"{connection.label} ({tr(registry.spec_of(connection).title)}{account})"


def _milliseconds(began: float) -> str:
    spent = time.monotonic() - began
    return (
        tr("{seconds:.1f} s", seconds=spent)
        if spent >= 1
        else tr("{count} ms", count=max(1, round(spent * 1000)))
    )


def _span(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = (
        (hours, N_("{number} h")),
        (minutes, N_("{number} min")),
        (0 if hours else rest, N_("{number} s")),
    )
    return " ".join(tr(span, number=number) for number, span in parts if number)


def _save(path: Path, profile: Path | None, examination: str, write: Write) -> bool:
    from app.services.diagnostics import save
    from app.services.files import why

    try:
        save(path, diagnosis_files(profile, examination=examination))
    except OSError as error:
        sys.stderr.write(f"moa: {path.name}: {why(error)}\n")
        return False
    write(
        tr(
            "The diagnosis was saved: {path}\nIt is plain text: review it before you send it.\n",
            path=path,
        )
    )
    return True


def diagnosis_files(profile: Path | None, *, examination: str | None = None) -> dict[str, str]:
    """Return the diagnosis that needs no window, as files by name; without a profile, the demo's."""
    files = {
        "versions.txt": diagnostics.versions_text(),
        "settings.txt": diagnostics.settings_text(_settings(profile)),
        "answers.txt": diagnostics.answers_text(ANSWER_LOG.forms()),
    }
    if examination is not None:
        files["examination.txt"] = examination
    if profile is not None:
        files |= diagnostics.logs_in(logs.files(profile))
    return files


def _settings(profile: Path | None) -> Settings | SettingsError:
    if profile is None:
        return Settings(planned_connections())
    try:
        return settings_in(profile)
    except SettingsError as error:
        return error
