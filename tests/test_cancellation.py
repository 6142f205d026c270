"""A task that is cancelled ends: what swallows its cancellation hangs a run and the program's end."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
CANCELLATIONS = frozenset({"BaseException", "CancelledError", "BaseExceptionGroup"})


def names(node: ast.expr | None) -> set[str]:
    """The kinds of exception that an expression names, without their modules."""
    if node is None:
        return {"BaseException"}  # a bare `except:`
    each = node.elts if isinstance(node, ast.Tuple) else [node]
    return {kind.attr if isinstance(kind, ast.Attribute) else ast.unparse(kind) for kind in each}


def swallowing(source: str) -> Iterator[int]:
    """The lines that catch a cancellation and do not raise again."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ExceptHandler) and names(node.type) & CANCELLATIONS:
            last = node.body[-1]
            if not isinstance(last, ast.Raise):
                yield node.lineno
        if isinstance(node, ast.Call) and names(node.func) == {"suppress"}:
            kinds = set().union(*(names(each) for each in node.args))
            if kinds & CANCELLATIONS:
                yield node.lineno


def test_nothing_swallows_a_cancellation():
    found = {
        path.relative_to(APP).as_posix(): list(swallowing(path.read_text("utf-8")))
        for path in APP.rglob("*.py")
    }

    assert len(found) > 100
    # The keychain is asked in a thread of its own, where no task can be cancelled. A session that is closed
    # raises its cancellation once the token it has requested is stored, which takes a second at most.
    postponed = {"services/secrets.py": 1, "brokers/tokens.py": 1}
    assert {path: len(lines) for path, lines in found.items() if lines} == postponed


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    work()\nexcept BaseException:\n    pass",
        "try:\n    work()\nexcept:\n    pass",
        "try:\n    work()\nexcept (ValueError, asyncio.CancelledError):\n    log()",
        "with suppress(asyncio.CancelledError):\n    work()",
        "with contextlib.suppress(OSError, CancelledError):\n    work()",
    ],
)
def test_each_way_to_swallow_one_is_found(source: str):
    assert len(list(swallowing(source))) == 1


def test_one_that_goes_on_is_not_swallowed():
    source = "try:\n    work()\nexcept BaseException:\n    tidy()\n    raise"

    assert list(swallowing(source)) == []
