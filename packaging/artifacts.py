"""Release artifacts: the installer, a zip beside it, the parts list, and the checksums of all of them."""

from __future__ import annotations

import hashlib
import re
import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

import processes
from machine import Unfit

HERE = Path(__file__).parent
ROOT = HERE.parent
SUMS = "SHA256SUMS"
_TIME = (1980, 1, 1, 0, 0, 0)  # of all files in a zip, so that two builds of one commit are equal


def version() -> str:
    """Return the program's version."""
    text = (ROOT / "app" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None
    return found[1]


def installer(source: Path, target: Path, number: str) -> Path:
    """Compile the installer of a frozen Windows program with NSIS. Raises Unfit."""
    defines = {
        "VERSION": number,
        "SOURCE": source,
        "KILOBYTES": size(source) // 1024,
        "ICON": HERE / "moa.ico",
        "OUTPUT": target,
    }
    options = ["-V2", "-WX", "-INPUTCHARSET", "UTF8"]
    given = [f"-D{name}={value}" for name, value in defines.items()]
    code = processes.run(["makensis", *options, *given, str(HERE / "installer" / "moa.nsi")], limit=900)
    if code:
        raise Unfit(f"makensis ended with {code}")
    return target


def size(folder: Path) -> int:
    """Return the total bytes of all files in a folder, without links."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink())


def archive(source: Path, target: Path) -> Path:
    """Write a folder as a reproducible zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as file:
        for path in sorted(source.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(f"Moa/{path.relative_to(source).as_posix()}", _TIME)
                entry.compress_type = zipfile.ZIP_DEFLATED
                file.writestr(entry, path.read_bytes())
    return target


def windows(source: Path, folder: Path) -> list[Path]:
    """Make all artifacts for Windows from a frozen program. Raises Unfit."""
    folder.mkdir(parents=True, exist_ok=True)
    number = version()
    made = [
        installer(source, folder / f"moa-{number}-windows-setup.exe", number),
        archive(source, folder / f"moa-{number}-windows.zip"),
        folder / f"moa-{number}-windows.cdx.json",
    ]
    shutil.copy(source / "_internal" / "resources" / "licences" / "bom.cdx.json", made[-1])
    write_sums(made, folder / SUMS)
    return [*made, folder / SUMS]


def write_sums(files: Iterable[Path], target: Path) -> None:
    """Write the SHA-256 of each file in the format of sha256sum."""
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in sorted(files)]
    target.write_text("".join(lines), encoding="utf-8", newline="\n")
