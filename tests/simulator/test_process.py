"""The simulator in a process of its own, and in the foreground."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import httpx
import pytest

from app.simulator.options import Options
from app.simulator.process import NotStarted, SimulatorProcess


def is_reachable(base: str) -> bool:
    try:
        httpx.get(base, trust_env=False)
    except httpx.RequestError:
        return False
    return True


def ends_within(seconds: float, base: str) -> bool:
    deadline = time.monotonic() + seconds
    while is_reachable(base):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_a_launched_child_reports_its_addresses_later_and_ends_with_stop():
    process = SimulatorProcess(Options(positions=3))
    process.launch()
    assert process.poll() is None
    base = process.start()["kis"]
    assert process.poll() is not None
    assert is_reachable(base)
    process.stop()
    process.stop()
    assert not is_reachable(base)


def test_a_child_that_cannot_serve_is_an_error():
    process = SimulatorProcess(Options(faults=("no-such-fault",)))
    with pytest.raises(NotStarted):
        process.start()


def test_a_serving_child_says_how_many_trades_it_has_sent():
    process = SimulatorProcess(Options(positions=3))
    with pytest.raises(NotStarted):
        process.trades_sent()
    process.start()
    assert [process.trades_sent(), process.trades_sent()] == [0, 0]
    process.stop()
    with pytest.raises(NotStarted):
        process.trades_sent()


PARENT = """
    import json, os, signal, sys
    from app.simulator.options import Options
    from app.simulator.process import SimulatorProcess
    if __name__ == "__main__":
        process = SimulatorProcess(Options())
        print(json.dumps(process.start()), process._process.pid, flush=True)
        os.kill(process._process.pid, signal.SIGINT)
        sys.stdin.read()
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_child_ignores_sigint_and_ends_when_its_parent_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(textwrap.dedent(PARENT))
    environment = os.environ | {"PYTHONPATH": str(Path.cwd())}
    with subprocess.Popen(
        [sys.executable, str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as parent:
        base = json.loads(parent.stdout.readline().rpartition("} ")[0] + "}")["kis"]
        assert is_reachable(base)
        parent.stdin.close()
        parent.wait(5)
        assert ends_within(3, base)


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, getattr(signal, "SIGHUP", None)])
def test_the_command_prints_one_line_and_ends_with_zero_on_a_signal(number):
    arguments = ["simulate", "--positions", "5", "--fault", "slow@bonds"]
    line = [sys.executable, "-m", "app", *arguments]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as command:
        addresses = json.loads(command.stdout.readline())
        assert is_reachable(addresses["kis"])
        command.send_signal(number)
        assert command.wait(5) == 0
        assert command.stdout.read() == ""


def test_the_command_names_an_unknown_fault():
    line = [sys.executable, "-m", "app", "simulate", "--fault", "nonsense"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (2, "moa simulate: unknown fault: nonsense\n")


def test_the_parents_side_needs_no_http_server():
    code = "import sys, app.simulator.process; sys.exit('aiohttp' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
