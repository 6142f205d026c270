"""The developer's commands: what they decide, without installing anything."""

import re
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest

from tests.processes import is_running

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "packaging" / "requirements.lock").read_text(encoding="utf-8")


@pytest.fixture
def dev(load) -> ModuleType:
    return load("dev")


@pytest.fixture
def machine(load) -> ModuleType:
    return load("machine")


@pytest.fixture
def environment(load) -> ModuleType:
    return load("environment")


@pytest.fixture
def processes(load) -> ModuleType:
    return load("processes")


# --- the lock -----------------------------------------------------------------------------------------------


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def locked() -> dict[str, str]:
    """Each locked requirement's text up to the next one, by its name."""
    blocks = re.split(r"^(?=[A-Za-z0-9])", LOCK, flags=re.MULTILINE)
    return {normalized(re.split(r"[=\[ ]", block)[0]): block for block in blocks if "==" in block}


def test_the_lock_names_no_address():
    assert "://" not in LOCK
    assert not re.search(r"^-", LOCK, re.MULTILINE), "an option, and not a requirement"


def test_the_lock_has_a_hash_for_each_requirement():
    assert locked()
    assert [name for name, block in locked().items() if "--hash=sha256:" not in block] == []


def test_the_lock_holds_what_pyproject_asks_for():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = pyproject["project"]["dependencies"] + pyproject["dependency-groups"]["dev"]
    names = {normalized(re.split(r"[ \[<>=!~;]", requirement)[0]) for requirement in asked}
    assert names <= locked().keys()


# --- the Python ---------------------------------------------------------------------------------------------


def interpreter(machine: ModuleType, major: int, minor: int, **other: object):
    values = {"path": f"/usr/bin/python{major}.{minor}", "base_prefix": "/usr", "has_ensurepip": True}
    return machine.Interpreter(version=(major, minor), **{**values, **other})


@pytest.mark.parametrize("minor", [11, 12, 13])
def test_a_supported_python_is_kept(machine: ModuleType, minor: int):
    running = interpreter(machine, 3, minor)
    assert machine.choose_python(running, [["python3.13"]]) is running


def test_an_unsupported_python_looks_for_another(machine: ModuleType):
    found = interpreter(machine, 3, 12)
    asked: list[Sequence[str]] = []

    def ask(command: Sequence[str]):
        asked.append(command)
        return found if command == ["python3.12"] else None

    running = interpreter(machine, 3, 14)
    assert machine.choose_python(running, machine.candidates(windows=False), ask) is found
    assert asked == [["python3.13"], ["python3.12"]]


def test_a_name_that_starts_another_version_is_passed_over(machine: ModuleType):
    with pytest.raises(machine.Unfit, match=r"Python 3\.10; Moa needs 3\.11, 3\.12 or 3\.13"):
        running = interpreter(machine, 3, 10)
        machine.choose_python(running, [["python3.13"]], lambda _: interpreter(machine, 3, 9))


def test_windows_asks_the_launcher_too(machine: ModuleType):
    assert ["py", "-3.12"] in machine.candidates(windows=True)
    assert ["py", "-3.12"] not in machine.candidates(windows=False)


def test_the_running_python_is_probed(machine: ModuleType):
    found = machine.probe([sys.executable])
    assert found is not None
    assert found.version == sys.version_info[:2]
    assert machine.probe(["no-such-python"]) is None


def test_a_path_with_spaces_survives_the_probe(machine: ModuleType):
    answer = "3 12\n0\nC:\\Program Files\\Python312\nC:\\Program Files\\Python312\\python.exe\n"
    found = machine.parse_probe(answer)
    assert found.path == "C:\\Program Files\\Python312\\python.exe"
    assert not found.has_ensurepip


# --- Debian's packages --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', True),
        ("ID=ubuntu\nID_LIKE=debian\n", True),
        ('ID=linuxmint\nID_LIKE="ubuntu debian"\n', True),
        ('ID="fedora"\n', False),
        ('ID=rocky\nID_LIKE="rhel centos fedora"\n', False),
        ("", False),
    ],
)
def test_debian_and_its_kin_are_known(machine: ModuleType, text: str, answer: bool):
    assert machine.is_debian(text) is answer


DPKG = (
    "installed\tlibgl1\t\n"
    "installed\tlibglib2.0-0t64\tlibglib2.0-0 (= 2.80.0-6)\n"
    "config-files\tlibegl1\t\n"
    "installed\tfonts-noto-cjk\t\n"
    "installed\tmail\tmta, mda (= 1)\n"
)


def test_dpkg_is_read(machine: ModuleType):
    names = machine.installed_packages(DPKG)
    assert {"libgl1", "libglib2.0-0t64", "libglib2.0-0", "mta", "mda"} <= names
    assert "libegl1" not in names, "removed, only its settings are left"


def test_missing_packages(machine: ModuleType):
    installed = machine.installed_packages(DPKG)
    wanted = ["libgl1", "libegl1", "libglib2.0-0", "fonts-nanum | fonts-noto-cjk", "xvfb | xserver"]
    assert machine.missing_packages(wanted, installed) == ["libegl1", "xvfb"]
    assert machine.missing_packages([], installed) == []


def test_debians_python_needs_its_parts(machine: ModuleType):
    bare = interpreter(machine, 3, 11, has_ensurepip=False)
    assert machine.python_packages(bare, build=False) == ["python3.11-venv"]
    assert machine.python_packages(bare, build=True) == ["python3.11-venv", "libpython3.11"]
    own = interpreter(machine, 3, 12, base_prefix="/opt/python")
    assert machine.python_packages(own, build=True) == []


def test_each_command_asks_for_its_packages(dev: ModuleType, load):
    python = interpreter(sys.modules["machine"], 3, 11)
    assert "xvfb" in dev.wanted_packages("test", python)
    assert "xvfb" not in dev.wanted_packages("demo", python)
    assert "xdotool" in dev.wanted_packages("test", python)  # the hands of tests/robot
    assert "binutils" in dev.wanted_packages("build", python)
    assert dev.wanted_packages("lock", python) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there are no users to be root")
def test_without_root_the_line_to_run_is_said(
    machine: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    release = tmp_path / "os-release"
    release.write_text("ID=debian\n", encoding="utf-8")
    monkeypatch.setattr(machine, "OS_RELEASE", release)
    monkeypatch.setattr(machine.processes, "output", lambda _: DPKG)
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    with pytest.raises(machine.Unfit, match=r"sudo apt-get install -y --no-install-recommends libegl1$"):
        machine.ensure_packages(["libgl1", "libegl1"])
    machine.ensure_packages(["libgl1"])
    release.write_text("ID=fedora\n", encoding="utf-8")
    machine.ensure_packages(["libegl1"])


# --- the environment ----------------------------------------------------------------------------------------


def test_the_fingerprint_follows_python_and_contents(environment: ModuleType):
    one = environment.fingerprint((3, 11), b"lock", b"project")
    assert one == environment.fingerprint((3, 11), b"lock", b"project")
    others = [((3, 12), b"lock", b"project"), ((3, 11), b"lock2", b"project"), ((3, 11), b"loc", b"kproject")]
    assert one not in {environment.fingerprint(*other) for other in others}


def test_programs_lie_where_the_system_puts_them(environment: ModuleType):
    folder = Path("x") / ".venv"
    assert environment.Environment(folder, windows=False).python == str(folder / "bin" / "python")
    assert environment.Environment(folder, windows=True).python == str(folder / "Scripts" / "python.exe")


def test_a_venv_that_is_not_there_is_not_usable(environment: ModuleType, tmp_path: Path):
    assert not environment.usable(environment.Environment(tmp_path), (3, 11))


def test_nothing_leads_python_elsewhere(environment: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("MOA_PROFILE", "kept")
    variables = environment.clean_variables()
    assert "PYTHONPATH" not in variables
    assert variables["MOA_PROFILE"] == "kept"


# --- running ------------------------------------------------------------------------------------------------


def test_the_exit_code_comes_back(processes: ModuleType):
    assert processes.run([sys.executable, "-c", "raise SystemExit(7)"], limit=30) == 7
    assert processes.run(["no-such-program"]) == processes.NOT_FOUND


def test_a_hanging_program_is_ended_with_its_children(processes: ModuleType, tmp_path: Path):

    note = tmp_path / "child"
    code = (
        "import pathlib, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"pathlib.Path({str(note)!r}).write_text(str(child.pid))\n"
        "time.sleep(60)\n"
    )
    assert processes.run([sys.executable, "-c", code], limit=2) == processes.TIMED_OUT
    child = int(note.read_text())
    for _ in range(50):
        if not is_running(child):
            return
        time.sleep(0.1)
    pytest.fail("the child outlived its parent")


def test_a_step_with_no_test_to_run_is_fine_only_where_said(dev: ModuleType):
    five = [sys.executable, "-c", "raise SystemExit(5)"]
    assert dev.take(dev.Step("none", five, fine=(0, 5))).passed
    assert not dev.take(dev.Step("none", five)).passed


def test_the_table_says_what_failed(dev: ModuleType):
    text = dev.table([dev.Result("lint", 0.25, 0, True), dev.Result("pytest", 12.0, 1, False)])
    assert text.splitlines() == [
        "step    seconds  result",
        "lint        0.2  passed",
        "pytest     12.0  FAILED (1)",
    ]


def test_only_marked_tests_need_a_window_system(dev: ModuleType, tmp_path: Path):
    file = tmp_path / "ui" / "test_window.py"
    file.parent.mkdir()
    file.write_text("def test(): ...\n", encoding="utf-8")
    assert not dev.needs_window_system(tmp_path)
    file.write_text("@pytest.mark.xv" + "fb\ndef test(): ...\n", encoding="utf-8")
    assert dev.needs_window_system(tmp_path)


# --- the command line ---------------------------------------------------------------------------------------


def test_arguments_are_passed_on(dev: ModuleType):
    assert dev.parse(["demo", "--lang", "en"]) == ("demo", ["--lang", "en"])
    assert dev.parse(["lock", "--upgrade"]) == ("lock", ["--upgrade"])


@pytest.mark.parametrize("arguments", [[], ["nothing"], ["test", "--fast"]])
def test_a_wrong_command_line_is_refused(
    dev: ModuleType, arguments: list[str], capsys: pytest.CaptureFixture[str]
):
    with pytest.raises(SystemExit) as caught:
        dev.parse(arguments)
    assert caught.value.code == 2
    assert "usage: dev.py COMMAND" in capsys.readouterr().err


def test_help_names_every_command(dev: ModuleType, capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        dev.parse(["--help"])
    said = capsys.readouterr().out
    assert all(f"  {name} " in said for name in ("demo", "test", "build", "peers", "faults", "lock", "bench"))


def test_the_display_is_found(dev: ModuleType, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dev.sys, "platform", "linux")
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    assert not dev.has_display()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    assert dev.has_display()


# --- faults -------------------------------------------------------------------------------------------------


def test_a_run_of_the_faults_ends_with_their_figures(
    dev: ModuleType, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    monkeypatch.chdir(ROOT)
    env = dev.Environment(Path(sys.prefix))
    # Collecting all tests takes a minute on a busy machine.
    folders = [each for each in (ROOT / "tests").iterdir() if each.is_dir() and each.name != "faults"]
    others = [f"--ignore={each}" for each in folders]

    assert dev.faults(env, ["-k", "test_nothing_is_kept_without_a_file", *others]) == 0
    said = capfd.readouterr().out
    assert "1 passed" in said
    assert said.count("not measured") == 10

    assert dev.faults(env, ["-k", "no_such_test", *others]) != 0
