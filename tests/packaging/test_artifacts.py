"""What people download, made from a small stand-in of a frozen program."""

import json
import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    folder = tmp_path / "moa"
    (folder / "_internal" / "resources").mkdir(parents=True)
    (folder / "moa.exe").write_bytes(b"MZ program")
    (folder / "_internal" / "resources" / "words.json").write_text('{"a": "가"}', encoding="utf-8")
    return folder


def test_a_zip_of_one_build_is_the_same_as_that_of_another(load, frozen: Path, tmp_path: Path):
    artifacts = load("artifacts")
    first = artifacts.archive(frozen, tmp_path / "first.zip").read_bytes()
    (frozen / "moa.exe").touch()

    assert artifacts.archive(frozen, tmp_path / "second.zip").read_bytes() == first
    with zipfile.ZipFile(tmp_path / "first.zip") as file:
        assert sorted(file.namelist()) == ["Moa/_internal/resources/words.json", "Moa/moa.exe"]


@pytest.mark.skipif(shutil.which("makensis") is None, reason="NSIS is not installed")
def test_an_installer_of_one_build_is_the_same_as_that_of_another_and_paths_may_be_relative(
    load, frozen: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    artifacts = load("artifacts")
    monkeypatch.chdir(tmp_path)
    first = artifacts.installer(Path("moa"), Path("first.exe"), "1.2.3").read_bytes()
    os.utime(frozen / "moa.exe", (2_000_000_000, 2_000_000_000))

    assert artifacts.installer(Path("moa"), Path("second.exe"), "1.2.3").read_bytes() == first


def test_what_differs_between_two_builds_is_listed(load, frozen: Path, tmp_path: Path):
    dev = load("dev")
    other = tmp_path / "other"
    shutil.copytree(frozen, other)
    environment = dev.Environment(tmp_path)
    assert dev.compare(environment, [str(frozen), str(other)]) == 0

    (other / "moa.exe").write_bytes(b"MZ another")
    (other / "_internal" / "resources" / "words.json").unlink()

    assert dev.artifacts.differences(frozen, other) == [
        f"_internal/resources/words.json: only in {frozen}",
        "moa.exe: differs",
    ]
    assert dev.compare(environment, [str(frozen), str(other)]) == 1


def test_sums_are_checked_by_sha256sum(load, tmp_path: Path):
    file = tmp_path / "moa-setup.exe"
    file.write_bytes(b"setup")
    load("artifacts").write_sums([file], tmp_path / "SHA256SUMS")

    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)
    file.write_bytes(b"another")
    done = subprocess.run(["sha256sum", "--check"], input=b"", cwd=tmp_path, check=False, capture_output=True)
    assert done.returncode != 0 or b"OK" not in done.stdout


def test_the_installer_asks_for_no_administrator_and_keeps_the_profile_unless_asked():
    script = (Path(__file__).resolve().parents[2] / "packaging" / "installer" / "moa.nsi").read_text("utf-8")
    profile = re.search(r"^Section /o \"un\.\$\(PROFILE\)\".*?^SectionEnd", script, re.MULTILINE | re.DOTALL)

    assert "RequestExecutionLevel user" in script
    assert profile is not None
    assert "$LOCALAPPDATA\\Moa" not in script.replace(profile[0], "")


def test_each_part_of_the_program_brings_the_text_of_its_licence(load, tmp_path: Path):
    licences: ModuleType = load("licences")
    licences.write(tmp_path, "1.2.3")
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    names = {part["name"] for part in index}

    assert {"python", "pretendard", "pyside6-essentials", "httpx", "websockets", "keyring"} <= names
    assert all((tmp_path / text).stat().st_size for part in index for text in part["texts"])
    qt = next(part for part in index if part["name"] == "pyside6-essentials")
    assert {"Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"} <= set(qt["texts"])
    bill = json.loads((tmp_path / "bom.cdx.json").read_text(encoding="utf-8"))
    assert bill["bomFormat"] == "CycloneDX" and len(bill["components"]) == len(index)
    assert bill["metadata"]["component"]["version"] == "1.2.3"


def test_the_wheel_brings_the_licences_of_the_program_the_font_and_qt():
    root = Path(__file__).resolve().parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    named = {file.name for each in project["project"]["license-files"] for file in root.glob(each)}

    assert {"LICENSE", "OFL.txt", "Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt"} <= named
    # Where the program looks for what it shows.
    assert project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"] == {
        "resources": "app/_resources"
    }


def test_a_part_that_the_self_test_does_not_miss_is_named(load, tmp_path: Path):
    defects: ModuleType = load("defects")
    internal = tmp_path / "_internal"
    for pattern in defects.PARTS.values():
        file = internal / pattern.replace("**", "Qt").replace("*", "")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    words = internal / defects.PARTS["a word list"]

    assert defects.missed(tmp_path, lambda: 1) == []
    assert defects.missed(tmp_path, lambda: 0 if words.exists() else 1) == [
        name for name in defects.PARTS if name != "a word list"
    ]
    assert words.exists()
    words.unlink()
    with pytest.raises(LookupError, match="a word list"):
        defects.missed(tmp_path, lambda: 1)
