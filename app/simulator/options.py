"""What a simulator can be told before it starts."""

from dataclasses import dataclass

from app.simulator.accounts import Credential


@dataclass(frozen=True, slots=True)
class Options:
    """The simulator's settings. Times are seconds; port 0 takes two free ports, another serves everything."""

    seed: int = 1
    positions: int = 30
    ticks_per_second: float = 20.0
    batch_max: int = 3  # most entries of one REAL frame
    port: int = 0
    faults: tuple[str, ...] = ()
    fills: bool = True
    fill_seconds: float = 20.0
    token_pause: float = 60.0  # KIS: between two issues for one app key
    token_life: float = 86_400.0
    token_same: float = 21_600.0  # KIS: an issue within this time returns the same token
    requests_per_second: int = 20  # KIS, for each app key
    kiwoom_requests_per_second: int = 5  # for each TR and app key
    registrations_per_second: int = 5  # REG and REMOVE frames of one socket
    ping_seconds: float = 10.0
    login_seconds: float = 10.0
    bond_rows: int = 10  # rows of one CTSC8407R page
    position_rows: int = 20  # rows of one kt00005 page
    slow_seconds: float = 30.0  # the fault "slow"
    trickle_seconds: float = 1.0  # the fault "trickle": between two bytes
    extra: tuple[Credential, ...] = ()
