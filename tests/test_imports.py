"""No module of the program imports itself in a circle, and no test is built on another one."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

TESTS = Path(__file__).parent


def test_no_modules_import_each_other_in_a_circle():
    """Imports within functions and for type checking count."""
    graph = grimp.build_graph("app", exclude_type_checking_imports=False)
    imported = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    circle: list[str] = []

    try:
        TopologicalSorter(imported).prepare()
    except CycleError as error:
        circle = error.args[1]

    assert circle == []


def test_what_tests_share_stands_in_no_test():
    borrowed = {
        (str(path.relative_to(TESTS)), name)
        for path in TESTS.rglob("*.py")
        for name in imports_of(path)
        if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
    }

    assert borrowed == set()


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file imports from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module if not node.level else f"tests.{node.module}"
            yield from (f"{node.module}.{each.name}" for each in node.names)
