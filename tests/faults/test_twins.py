"""The total of accounts that two connections each read, while fills come and both brokers fail."""

import asyncio

import pytest

from app.simulator.faults import DESCRIPTIONS
from tests.faults.twins import FAULTS, OPTIONS, recorded


@pytest.mark.row("W16")
@pytest.mark.faults
def test_every_change_of_the_total_is_a_price_or_a_fill_and_each_account_is_counted_once():
    ledger = asyncio.run(recorded(20.0, OPTIONS))

    assert ledger.unexplained == []
    assert ledger.changes > 0
    assert ledger.before is not None
    assert ledger.before.counted == {"irp", "kis-main", "kiwoom-main"}


def test_each_fault_of_the_scenario_is_one_of_the_simulators():
    assert set(FAULTS) <= DESCRIPTIONS.keys()
