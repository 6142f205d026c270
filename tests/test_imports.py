"""No module of the program imports itself in a circle, however it is imported."""

from graphlib import CycleError, TopologicalSorter

import grimp


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
