"""Modules of packaging/, which is no package: it begins with nothing but a Python."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch):
    """Loads a module of packaging/ by its path, and forgets it afterwards."""
    monkeypatch.syspath_prepend(str(PACKAGING))

    def load_module(name: str) -> ModuleType:
        for file in PACKAGING.glob("*.py"):
            monkeypatch.delitem(sys.modules, file.stem, raising=False)
        spec = importlib.util.spec_from_file_location(name, PACKAGING / f"{name}.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, name, module)
        spec.loader.exec_module(module)
        return module

    yield load_module
    for file in PACKAGING.glob("*.py"):
        sys.modules.pop(file.stem, None)
