"""A small profile on disk: settings with two connections, and a history of them."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from app.brokers.registry import BROKERS
from app.domain.connections import Connection, View
from app.domain.holdings import Fact, Report
from app.services.history import FILE_NAME as HISTORY
from app.services.history import STEPS, History, Snapshot
from app.services.settings import FILE_NAME as SETTINGS
from app.services.settings import Settings, parse_settings, read_settings
from app.services.settings_file import save_changes
from tests.fakes import (
    START,
    FakeClock,
    asset_mix_report,
    bond_lot,
    bond_report,
    pension_holding,
    pension_report,
)

TEXT = """# 연결
[[connections]]
id = "irp"
label = "한투 IRP"      # 연금
broker = "kis"
account = "12345678-29"
views = ["pension"]
base_url = "http://127.0.0.1:9"

[[connections]]
id = "kis-main"
label = "한투 종합"
broker = "kis"
account = "87654321-01"
views = ["bonds", "asset-mix"]
base_url = "http://127.0.0.1:9"

[refresh]
pension = 1000
"""
CONNECTIONS: tuple[Connection, ...] = parse_settings(TEXT, SETTINGS, BROKERS).connections
PENSION = ("irp", View.PENSION)
_FACTS = tuple(Fact(f"fld_{at}", "항목", Decimal(f"{at}.50")) for at in range(12))


def report(number: int) -> Report:
    """A pension account worth so much, with rows enough for several pages of the file."""
    rows = (pension_holding(code=f"K{at:05}", facts=_FACTS, price=Decimal(number)) for at in range(12))
    return pension_report(*rows, value=Decimal(number))


def snapshots(number: int) -> list[Snapshot]:
    """Every view as it was read on a day and at a time of its own."""
    read_at = START + timedelta(days=number // 10, seconds=number)
    return [
        Snapshot(PENSION, read_at, report(number)),
        Snapshot(("kis-main", View.BONDS), read_at, bond_report(bond_lot(purchase_price=Decimal(number)))),
        Snapshot(
            ("kis-main", View.ASSET_MIX), read_at, asset_mix_report(Decimal(number), total=Decimal(number))
        ),
    ]


def history_in(folder: Path, steps: tuple[str, ...] = STEPS) -> History:
    """The history of a profile."""
    return History(folder / HISTORY, CONNECTIONS, FakeClock().clock, steps)


def number_in(snapshot: Snapshot) -> int:
    """Which number a pension account was made with; its rows agree."""
    numbers = {snapshot.report.value, *(row.price for row in snapshot.report.rows)}  # type: ignore[union-attr]
    (number,) = numbers
    assert snapshot.report == report(int(number))
    return int(number)


def interval_in(folder: Path) -> int:
    """The seconds between two reads of a pension account."""
    settings = read_settings(folder / SETTINGS, BROKERS)
    assert settings.connections == CONNECTIONS
    return settings.refresh[View.PENSION]


def save_refresh(path: Path, view: View, seconds: int) -> None:
    """Change one line of the settings, as the window does it."""
    usual = Settings()
    save_changes(
        path,
        usual._replace(refresh={**usual.refresh, view: 0}),
        usual._replace(refresh={**usual.refresh, view: seconds}),
    )
