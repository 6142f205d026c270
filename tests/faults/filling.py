"""Fills orders for ever and says how many are kept: `python -m tests.faults.filling DIR`."""

import itertools
import sys
from pathlib import Path

from app.domain.live import FilledOrder
from app.services.fills import FillLog
from app.services.store import PortfolioStore
from tests.fakes import FakeClock, fill
from tests.faults.profile import CONNECTIONS, history_in

CODES = ("005930", "000660", "105560")


def main(folder: Path) -> None:
    """Go on with what is kept of today; a number is said once each connection has that many in the file."""
    history, clock = history_in(folder), FakeClock().clock
    log = FillLog(PortfolioStore(clock), clock)
    log.restore(history.filled(log.day))
    first = max((each.number for each in log.today()), default=0) + 1
    new: list[FilledOrder] = []
    log.subscribe(new.extend)
    print("begun", flush=True)
    for number in itertools.count(first):
        for connection in CONNECTIONS:
            log.filled(connection.id, [fill(CODES[number % len(CODES)], 1000 + number)])
        history.save([], new)
        new.clear()
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
