"""The licences of everything in the frozen program, and its parts list as CycloneDX."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution
from pathlib import Path
from typing import Any, NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
ROOT = HERE.parent
# Wheels without their licence texts, and the files that have them.
_OURS = ("Qt.txt", "LGPL-3.0.txt", "GPL-3.0.txt")
_TEXTS = {"pyside6-essentials": _OURS, "shiboken6": _OURS}
_FILES = ("licen", "copying", "notice")


class Part(NamedTuple):
    """A part of the program: a package, Python itself, or a font."""

    name: str
    version: str
    licence: str
    texts: Sequence[Path]


def parts() -> list[Part]:
    """Return Python, the font, and every package needed here, each with its licence texts.

    Raises LookupError where one has no text.
    """
    found = [_python(), _font(), *(_package(each) for each in needed())]
    for part in found:
        if not part.texts or not all(text.is_file() for text in part.texts):
            raise LookupError(f"No licence text of {part.name} {part.version}")
    return sorted(found, key=lambda part: part.name.lower())


def needed() -> Iterator[Distribution]:
    """Yield the distributions that pyproject.toml requires on this system, directly or not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    waiting = [Requirement(line) for line in project["dependencies"]]
    asked: set[tuple[str, frozenset[str]]] = set()
    given: set[str] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        request = (name, frozenset(requirement.extras))
        if request in asked:
            continue
        asked.add(request)
        distribution = importlib.metadata.distribution(name)
        if name not in given:
            given.add(name)
            yield distribution
        for line in distribution.requires or ():
            further = Requirement(line)
            extras = requirement.extras or {""}
            if further.marker is None or any(further.marker.evaluate({"extra": each}) for each in extras):
                waiting.append(further)


def _package(distribution: Distribution) -> Part:
    metadata = distribution.metadata
    name = canonicalize_name(metadata["Name"])
    licence = metadata.get("License-Expression") or metadata.get("License") or ""
    if not licence or "\n" in licence or licence == "UNKNOWN":
        classes = [each for each in metadata.get_all("Classifier") or () if each.startswith("License ::")]
        licence = classes[0].rpartition(" :: ")[2] if classes else "see its text"
    texts = [HERE / "licences" / text for text in _TEXTS.get(name, ())]
    for file in distribution.files or ():
        is_text = any(word in file.name.lower() for word in _FILES) or "licenses" in file.parts
        if is_text and file.suffix not in (".py", ".pyc", ".h"):
            texts.append(Path(str(distribution.locate_file(file))))
    return Part(name, distribution.version, licence, texts)


def _python() -> Part:
    version = ".".join(map(str, sys.version_info[:3]))
    library = Path(sysconfig.get_path("stdlib"))
    places = (library / "LICENSE.txt", Path(sys.base_prefix) / "LICENSE.txt")
    debian = Path("/usr/share/doc/python{}.{}/copyright".format(*sys.version_info[:2]))
    text = next((place for place in (*places, debian) if place.is_file()), places[0])
    return Part("python", version, "PSF-2.0", [text])


def _font() -> Part:
    return Part("pretendard", "1.309", "OFL-1.1", [ROOT / "resources" / "fonts" / "OFL.txt"])


def write(folder: Path, version: str) -> None:
    """Write each text once, `index.json` (for the program) and `bom.cdx.json` (for scanners)."""
    folder.mkdir(parents=True, exist_ok=True)
    index: list[dict[str, Any]] = []
    for part in parts():
        names: list[str] = []
        for text in part.texts:
            content = text.read_bytes()
            name = f"{part.name}-{hashlib.sha256(content).hexdigest()[:8]}.txt"
            if text.parent == HERE / "licences":
                name = text.name
            (folder / name).write_bytes(content)
            names.append(name)
        index.append({"name": part.name, "version": part.version, "licence": part.licence, "texts": names})
    _write_json(folder / "index.json", index)
    _write_json(folder / "bom.cdx.json", bill_of_materials(index, version))


def bill_of_materials(index: Sequence[dict[str, Any]], version: str) -> dict[str, Any]:
    """Return the parts as CycloneDX 1.6, without times or random numbers, so that builds are reproducible."""
    components: list[dict[str, Any]] = []
    for part in index:
        component: dict[str, Any] = {"type": "library", "name": part["name"], "version": part["version"]}
        if part["name"] not in ("python", "pretendard"):
            component["purl"] = f"pkg:pypi/{part['name']}@{part['version']}"
        components.append({**component, "licenses": [{"license": {"name": part["licence"]}}]})
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "moa", "version": version}},
        "components": components,
    }


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
