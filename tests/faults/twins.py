"""Accounts that two connections each read, for minutes of fills and failures: `python -m tests.faults.twins`.

Every change of the total is printed with the prices, the fills and the answers that explain it, to the won.
A fill explains no more than its costs and what its price differs from the one of the position by.
It ends with 1 where one is not explained, or where another number of accounts is counted than at first.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from app.domain.clock import SYSTEM_CLOCK
from app.domain.connections import Connection, View
from app.domain.holdings import AssetMixReport, PensionReport, RowKey
from app.domain.overview import Overview, OverviewLine
from app.main.demo import demo_connections
from app.services.secrets import MemoryVault
from app.services.store import Listener, PortfolioStore, ViewId
from app.simulator.portfolio import Position
from app.simulator.server import Options, Simulator
from app.ui.tabs.overview import gathered
from tests.faults.reading import Moa, reading_from

REFRESH_SECONDS = 3.0
OPTIONS = Options(
    positions=20,
    position_rows=40,
    bond_rows=100,
    ticks_per_second=40,
    fill_seconds=1.0,
    token_pause=0.0,
    kiwoom_requests_per_second=20,
)

# Each for one beat, a calm one after it: faults of a broker's responses or of its live line.
FAULTS = (
    "http-500",
    "rate-limit",
    "closed-market",
    "duplicate-ticks",
    "html-200",
    "cut-line",
    "short-sessions",
    "expired-token",
    "scrambled-order",
    "truncated-json",
    "junk-frames",
    "ledger-limit",
    "flaky",
    "kick",
)
BEAT_SECONDS = 4.0
ANSWER_SECONDS = 20.0  # until a fill is in an answer, a fault in between
COSTS = Decimal("0.003")  # of what was bought or sold: more than both commissions and the tax
ROUNDING = 60  # won by which cut commissions and a cut tax may differ for each fill


async def twins_of(addresses: Mapping[str, object]) -> tuple[list[Connection], MemoryVault]:
    """The demo's connections, and a second one to the accounts of two of them."""
    connections, vault = demo_connections(addresses)
    found = list(connections)
    for each in connections:
        if View.PENSION not in each.views:
            twin = replace(each, id=f"{each.id}-2", label=f"{each.label} 2")
            found.append(replace(twin, exchange="NXT") if each.exchange else twin)
            for part in ("appkey", "appsecret"):
                await vault.set(f"{twin.id}/{part}", await vault.get(f"{each.id}/{part}") or "")
    return found, vault


@dataclass(frozen=True)
class _Row:
    """What a holding's value is made of."""

    price: Decimal | None
    quantity: Decimal | None
    value: Decimal


@dataclass(frozen=True)
class Sample:
    """All that the total is made of at one moment."""

    whole: Overview
    rows: Mapping[str, Mapping[RowKey, _Row]]  # of each counted connection
    rest: Mapping[str, Decimal]  # what its value has besides its rows: the deposit
    loans: Mapping[str, Decimal]  # what is deducted from it

    @property
    def counted(self) -> frozenset[str]:
        """The connections in the total."""
        return frozenset(line.connection for line in self.whole.counted)


@dataclass(frozen=True)
class Filled:
    """One fill as the exchange made it: shares, those sold below zero, at a price."""

    at: float
    shares: int
    price: int


@dataclass
class Ledger(Listener):
    """Compares the total after every change with the one before it."""

    store: PortfolioStore
    connections: Sequence[Connection]
    fills: dict[str, list[Filled]] = field(default_factory=dict[str, list[Filled]])  # of each stock
    before: Sample | None = None
    changes: int = 0
    unexplained: list[str] = field(default_factory=list[str])

    def state_changed(self, view_id: ViewId) -> None:
        """An answer, a failure, or a line that came up or went."""
        self._look()

    def prices_moved(self, view_id: ViewId) -> None:
        """Trades."""
        self._look()

    def _look(self) -> None:
        after = self._sample()
        before, self.before = self.before, after
        if before is None or before.whole.value is None:
            return
        gone = before.counted - after.counted
        if gone:
            self._complain(f"no longer counted: {', '.join(sorted(gone))}")
        change = (after.whole.value or 0) - before.whole.value
        if change:
            self.changes += 1
            reasons = [
                reason for line in after.whole.counted for reason in self._reasons(line, before, after)
            ]
            now = SYSTEM_CLOCK.now()
            print(f"{now:%H:%M:%S}  {after.whole.value:>15,}  {change:>+13,}  {'; '.join(reasons)}")

    def _reasons(self, line: OverviewLine, before: Sample, after: Sample) -> list[str]:
        """Why a connection's value is another one; complains where that does not add up."""
        name = line.connection
        if name not in before.counted:
            return [f"{name}: read for the first time {line.value:+,}"]
        old, new = before.rows[name], after.rows[name]
        reasons: list[str] = []
        explained = Decimal(0)
        filled = allowed = Decimal(0)  # by fills, with the deposit; and by how much they may at most
        for key in {**old, **new}:
            was, now = old.get(key), new.get(key)
            moved = (now.value if now else Decimal(0)) - (was.value if was else Decimal(0))
            if not moved:
                continue
            explained += moved
            if was is None or now is None or was.quantity != now.quantity:
                filled += moved
                allowed += self._most(key[0], was, now)
                held = [row.quantity if row is not None else 0 for row in (was, now)]
                reasons.append(f"{name} {key[0]}: fill {held[0]}→{held[1]} {moved:+,}")
                if not self._is_filled(key[0]):
                    self._complain(f"{name} {key[0]}: a quantity changed without a fill")
            elif was.price != now.price:
                reasons.append(f"{name} {key[0]}: price {was.price:,}→{now.price:,} {moved:+,}")
            elif self._is_filled(key[0]):  # what Moa worked out gives way to the broker's figures
                reasons.append(f"{name} {key[0]}: as the broker values it after the fill {moved:+,}")
                if abs(moved) > ROUNDING * len(self._lately(key[0])):
                    self._complain(f"{name} {key[0]}: the broker's value differs by {moved:+,}")
            else:
                self._complain(f"{name} {key[0]}: {moved:+,} without a price or a fill")
        deducted = after.loans[name] - before.loans[name]
        if deducted:
            explained -= deducted
            reasons.append(f"{name}: loans deducted {deducted:+,}")
            if before.loans[name]:
                self._complain(f"{name}: loans deducted {deducted:+,} though they were proven")
        rest = after.rest[name] - before.rest[name]
        if rest:
            explained += rest
            reasons.append(f"{name}: deposit after fills {rest:+,}")
            if not any(map(self._is_filled, self.fills)):
                self._complain(f"{name}: the deposit changed by {rest:+,} without a fill")
        most = allowed + ROUNDING * sum(len(self._lately(code)) for code in self.fills)
        if abs(filled + rest) > most:
            self._complain(f"{name}: fills changed the total by {filled + rest:+,} of {most:,} at most")
        was_worth = next(each.value for each in before.whole.counted if each.connection == name)
        if explained != (line.value or 0) - (was_worth or 0):
            self._complain(f"{name}: {explained:+,} explained of {(line.value or 0) - (was_worth or 0):+,}")
        return reasons

    def _is_filled(self, code: str) -> bool:
        return bool(self._lately(code))

    def _lately(self, code: str) -> list[Filled]:
        """The fills of a stock that are so new that the broker's answer may be to come."""
        since = time.monotonic() - ANSWER_SECONDS
        return [each for each in self.fills.get(code, ()) if each.at > since]

    def _most(self, code: str, was: _Row | None, now: _Row | None) -> Decimal:
        """By how many won fills may change the total: their costs, and what the price has moved since."""
        rows = [row for row in (was, now) if row is not None and row.price is not None]
        prices = [row.price for row in rows if row.price is not None]
        held = max((row.quantity or Decimal(0) for row in rows), default=Decimal(0))
        most = (max(prices) - min(prices)) * held if prices else Decimal(0)
        for each in self._lately(code):
            shares = abs(each.shares)
            most += shares * each.price * COSTS
            most += shares * max((abs(each.price - price) for price in prices), default=Decimal(0))
        return most

    def _complain(self, text: str) -> None:
        self.unexplained.append(text)
        print(f"UNEXPLAINED  {text}")

    def _sample(self) -> Sample:
        whole = gathered(self.store, self.connections, takes_moved=False)
        rows = {line.connection: self._rows(line) for line in whole.counted}
        rest = {
            line.connection: (line.value or Decimal(0))
            + line.worth.deducted
            - sum((row.value for row in rows[line.connection].values()), Decimal(0))
            for line in whole.counted
        }
        loans = {line.connection: line.worth.deducted for line in whole.counted}
        return Sample(whole, rows, rest, loans)

    def _rows(self, line: OverviewLine) -> dict[RowKey, _Row]:
        report = self.store.state((line.connection, line.view)).report
        match report:
            case AssetMixReport():  # the value of a class is all the price that it has
                listed = [(row.key, row.value, None, row.value) for row in report.rows]
            case PensionReport():
                listed = [(row.key, row.price, row.quantity, row.value) for row in report.rows]
            case _:
                held = self.store.positions_now(line.connection)
                listed = [(row.key, row.price, row.quantity, row.value) for row in held]
        return {key: _Row(price, count, value) for key, price, count, value in listed if value is not None}


async def broken(simulator: Simulator, moa: Moa, seconds: float) -> None:
    """Have one thing after the other go wrong for so long."""
    loop = asyncio.get_running_loop()
    end, at = loop.time() + seconds, 0
    while loop.time() < end:
        simulator.faults.clear()
        if at % 2:
            name = FAULTS[at // 2 % len(FAULTS)]
            print(f"-- {name}")
            simulator.faults.set(name)
        else:  # calm: the user takes the live session back where another program took it
            for view_id in moa.views:
                moa.watch.ask(view_id)
        at += 1
        await asyncio.sleep(min(BEAT_SECONDS, max(0.0, end - loop.time())))
    simulator.faults.clear()


async def recorded(seconds: float, options: Options = OPTIONS) -> Ledger:
    """Read and listen for so long; what became of the total."""
    async with Simulator(options) as simulator:
        connections, vault = await twins_of(simulator.addresses)
        async with reading_from(connections, vault, refresh=REFRESH_SECONDS, live=True) as moa:
            ledger = Ledger(moa.store, connections)
            announce = simulator.market.on_fill

            def filled(position: Position, delta: int) -> None:
                code = position.security.code
                made = Filled(time.monotonic(), delta, simulator.market.price(code))
                ledger.fills.setdefault(code, []).append(made)
                announce(position, delta)

            simulator.market.on_fill = filled
            await moa.until_read(60)
            moa.store.subscribe(ledger)
            await broken(simulator, moa, seconds)
            assert simulator.live.connections < 2 + seconds  # twins that take each other's session reconnect
    return ledger


def main() -> int:
    """Run; 1 where something is unexplained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("seconds", nargs="?", type=float, default=300.0)
    ledger = asyncio.run(recorded(parser.parse_args().seconds))
    assert ledger.before is not None
    counted = ", ".join(sorted(ledger.before.counted))
    print(f"{ledger.changes} changes, {len(ledger.unexplained)} unexplained; counted: {counted}")
    return 1 if ledger.unexplained or not ledger.changes else 0


if __name__ == "__main__":
    sys.exit(main())
