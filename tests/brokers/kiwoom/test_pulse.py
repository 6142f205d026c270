"""When a line is well, in doubt and dead: second by second, on a clock that the test moves."""

from collections.abc import Callable

import pytest

from app.brokers.kiwoom.pulse import Patience, Pulse, State

PING_SECONDS = 10.015  # what lies between two PINGs of Kiwoom's


class Line:
    """A line whose server sends PINGs, trades and responses to pings as configured."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pulse = Pulse(Patience(), lambda: self.now)
        self.answers = True
        self.is_dead = False
        self.pings_every: float | None = PING_SECONDS
        self.trades_a_second = 0
        self._pinged_at = 0.0
        self.seen: list[tuple[float, State]] = [(0.0, State.WELL)]

    def run(self, seconds: float) -> None:
        """Let time pass as on a real line: checks each second, frames in between."""
        end = self.now + seconds - 1e-9
        while self.now < end:
            self.now = round(self.now + 0.005, 3)
            if not self.is_dead:
                self._speak()
            if self.now % 1 == 0:
                self._check()

    def _speak(self) -> None:
        if self.pings_every is not None and self.now - self._pinged_at >= self.pings_every:
            self._pinged_at = self.now
            self.pulse.heard()
        if self.trades_a_second and round(self.now * 1000) % (1000 // self.trades_a_second) == 0:
            self.pulse.heard()
            self.pulse.traded()

    def _check(self) -> None:
        state = self.pulse.state()
        if state is not self.seen[-1][1]:
            self.seen.append((self.now, state))
        if self.pulse.wants_probe:
            asked_at = self.pulse.probed()
            if self.answers and not self.is_dead:
                self.pulse.answered(asked_at)

    def sleep(self, seconds: float) -> None:
        """Let time pass without a check."""
        self.now += seconds

    def since(self, when: float) -> list[tuple[float, State]]:
        """What was seen after a moment, in seconds from it."""
        return [(round(at - when, 3), state) for at, state in self.seen if at > when]


def ready(**traits: object) -> Line:
    """A line that lived for half a minute."""
    line = Line()
    for name, trait in traits.items():
        setattr(line, name, trait)
    line.run(30.5)
    assert line.seen == [(0.0, State.WELL)]
    return line


@pytest.mark.parametrize("answers", [True, False])
@pytest.mark.parametrize("trades", [0, 1, 20])
def test_a_line_that_pings_is_well_for_hours(answers: bool, trades: int):
    line = ready(answers=answers, trades_a_second=trades)

    line.run(600)

    assert line.seen == [(0.0, State.WELL)]


@pytest.mark.parametrize(
    ("traits", "soonest", "latest"),
    [
        ({"answers": True}, 0, 9.0),
        ({"answers": False, "trades_a_second": 20}, 8.0, 9.0),
        ({"answers": True, "trades_a_second": 20}, 8.0, 9.0),
        ({"answers": False}, 0, 13.0),  # only PING shows that such a line is alive
        ({"answers": False, "trades_a_second": 1}, 11.0, 13.0),
    ],
)
@pytest.mark.parametrize("moment", [0.0, 0.1, 1.9, 4.4, 9.5, 9.9])
def test_a_line_that_dies_is_in_doubt_and_then_dead(
    traits: dict[str, object], soonest: float, latest: float, moment: float
):
    line = ready(**traits)
    line.run(moment)
    died_at = line.now
    line.is_dead = True

    line.run(23)

    (doubted, silent), (dead_at, dead) = line.since(died_at)
    assert (silent, dead) == (State.SILENT, State.DEAD)
    assert soonest <= doubted <= latest
    assert 10.9 <= dead_at <= 22  # two PINGs are missing, of which one may have been due at once


def test_a_busy_line_that_falls_silent_is_in_doubt_though_a_gateway_answers_for_it():
    line = ready(trades_a_second=20)
    line.trades_a_second, line.pings_every = 0, None
    silent_at = line.now

    line.run(25)

    (doubted, silent), (_, dead) = line.since(silent_at)
    assert (silent, dead) == (State.SILENT, State.DEAD)
    assert doubted <= 9.0


def test_a_line_at_rest_that_only_a_gateway_answers_for_is_in_doubt_without_the_next_ping():
    line = ready()
    line.pings_every = None
    silent_at = line.now

    line.run(25)

    (doubted, silent), (_, dead) = line.since(silent_at)
    assert (silent, dead) == (State.SILENT, State.DEAD)
    assert doubted <= 13


def test_a_busy_line_may_stop_trading_when_the_session_changes():
    line = ready(trades_a_second=20)
    line.pulse.turned()
    line.trades_a_second = 0

    line.run(120)

    assert line.seen == [(0.0, State.WELL)]


def test_a_line_that_speaks_again_is_well():
    line = ready()
    line.is_dead = True
    line.run(11)
    assert line.seen[-1][1] is State.SILENT
    line.is_dead = False

    line.run(40)

    assert [state for _, state in line.seen] == [State.WELL, State.SILENT, State.WELL]


def test_the_server_is_pinged_once_in_a_rest_and_never_while_it_speaks():
    probes: list[float] = []
    line = ready(trades_a_second=1)
    ask: Callable[[], float] = line.pulse.probed

    def probed() -> float:
        probes.append(line.now)
        return ask()

    line.pulse.probed = probed  # type: ignore[method-assign]
    line.run(60)
    assert probes == []
    line.trades_a_second = 0

    line.run(100)

    assert 9 <= len(probes) <= 21


# A computer that slept.


@pytest.mark.parametrize("slept", [6.0, 90.0, 43_200.0])
def test_what_lives_after_a_sleep_is_in_doubt_until_the_server_answers(slept: float):
    line = ready()
    line.sleep(slept)
    woke_at = line.now

    line.run(60)

    assert line.since(woke_at) == [(0.5, State.AWOKEN), (1.5, State.WELL)]


def test_what_lives_after_a_sleep_and_answers_no_pings_is_well_once_it_speaks():
    line = ready(answers=False)
    line.sleep(90)
    woke_at = line.now
    line._pinged_at = woke_at - 5

    line.run(60)

    (_, awoken), (well_at, well) = line.since(woke_at)
    assert (awoken, well) == (State.AWOKEN, State.WELL)
    assert 5 <= well_at <= 6.5


@pytest.mark.parametrize(("answers", "latest"), [(True, 5.5), (False, 13.5)])
def test_what_died_in_a_sleep_is_dead_soon_after_it(answers: bool, latest: float):
    line = ready(answers=answers)
    line.is_dead = True
    line.sleep(90)
    woke_at = line.now

    line.run(20)

    (awoken_at, awoken), (dead_at, dead) = line.since(woke_at)
    assert (awoken, dead) == (State.AWOKEN, State.DEAD)
    assert awoken_at <= 1
    assert dead_at <= latest


def test_frames_from_before_a_sleep_prove_nothing():
    line = ready()
    line.is_dead = True
    line.sleep(90)
    for _ in range(1000):  # they lay in the socket, and are read before the first check
        line.pulse.heard()
        line.pulse.traded()
    woke_at = line.now

    line.run(20)

    (awoken_at, awoken), (dead_at, dead) = line.since(woke_at)
    assert (awoken, dead) == (State.AWOKEN, State.DEAD)
    assert awoken_at <= 1
    assert dead_at <= 5.5


def test_an_answer_to_a_ping_from_before_a_sleep_proves_nothing():
    line = ready()
    asked_at = line.pulse.probed()
    line.is_dead = True
    line.sleep(90)
    line.pulse.answered(asked_at)
    woke_at = line.now

    line.run(20)

    assert [state for _, state in line.since(woke_at)] == [State.AWOKEN, State.DEAD]


def test_a_program_that_was_busy_for_a_few_seconds_did_not_sleep():
    line = ready()
    line.run(0.5)
    line.sleep(4.5)
    line.pulse.heard()

    line.run(30)

    assert line.seen == [(0.0, State.WELL)]


def test_the_promised_limits_hold():
    patience = Patience()

    assert patience.check_every + patience.doubt_after <= 9
    assert patience.dead_after > 2 * PING_SECONDS  # no PING that was late by a little is a death
    assert patience.doubt_at_rest_after > PING_SECONDS + patience.check_every
    # At most 30 s from the last sign of life to the next connection, at most 10 s from a wake to it.
    assert patience.dead_after + patience.check_every + 1.25 < 25
    assert patience.proof_within + 2 * patience.check_every + 1.25 < 8
    assert patience.stale_data_for < patience.proof_within
