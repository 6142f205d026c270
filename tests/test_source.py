"""Rules for every source line: no events within a task, no words in time formats, plain English."""

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = [path for place in ("app", "tests", "benchmarks") for path in sorted((ROOT / place).rglob("*.py"))]
OF_THE_PROGRAM = [path for path in SOURCES if path.is_relative_to(ROOT / "app")]
WORDS = sorted((ROOT / "resources" / "words").rglob("*.json"))

# Windows runs the callbacks of tasks in there: a task would be entered within another one.
NESTED = {"processEvents", "sendPostedEvents"}
WAITING = {*NESTED, "exec", "exec_"}

# Names of what states whether amounts are masked; constants are in capitals.
MASKING = re.compile("mask|formatter")

DIRECTIVE = re.compile(r"%[a-zA-Z%]")
LETTER = re.compile(r"[^\W\d_]")

# Literal-minded words; an engineer writes return, report, emit, notify, show, raise, log, store or state.
ODD = re.compile(
    r"(?<![a-z])(tell|tells|telling|told|wish|wishes|wished|harm|harms|harmless|news)(?![a-z])", re.I
)
LOGGING = {"debug", "info", "warning", "error", "exception", "critical"}


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def called(node: ast.AST, names: set[str]) -> Iterator[int]:
    """The lines on which a method of these names is called, in this but in no function within it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        if isinstance(child, ast.Call) and isinstance(child.func, ast.Attribute) and child.func.attr in names:
            yield child.lineno
        yield from called(child, names)


def nested_in_tasks(module: ast.Module) -> list[int]:
    """The lines of coroutines that run Qt's events, or wait in a loop of Qt's."""
    tasks = [node for node in ast.walk(module) if isinstance(node, ast.AsyncFunctionDef)]
    return sorted(line for task in tasks for line in called(task, WAITING))


def has_words(spec: str) -> bool:
    """Whether the format of a time has letters of its own: a C library may refuse all but ASCII."""
    return "%" in spec and LETTER.search(DIRECTIVE.sub("", spec)) is not None


def specs(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Every format in a module: of f-strings, of templates and of strftime."""
    for node in ast.walk(module):
        if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
            parts = [each.value for each in node.format_spec.values if isinstance(each, ast.Constant)]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ("strftime", "__format__"):
                given = [each for each in node.args if isinstance(each, ast.Constant)]
                yield from ((node.lineno, each.value) for each in given if isinstance(each.value, str))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno, spec) for spec in of_template(node.value))


def masks_kept(module: ast.Module) -> list[int]:
    """Return the lines on which a module, a class or a default value stores whether amounts are masked."""
    found: list[int] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Global):
            found += [node.lineno for name in node.names if MASKING.search(name)]
        elif isinstance(node, ast.Module | ast.ClassDef):
            kept = (each for each in node.body if isinstance(each, ast.Assign | ast.AnnAssign) and each.value)
            for each in kept:
                targets = each.targets if isinstance(each, ast.Assign) else [each.target]
                names = [
                    name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)
                ]
                found += [each.lineno for name in names if MASKING.search(name)]
        elif isinstance(node, ast.arguments):
            placed = [*node.posonlyargs, *node.args]
            usual = placed[len(placed) - len(node.defaults) :]
            named = [arg for arg, value in zip(node.kwonlyargs, node.kw_defaults, strict=True) if value]
            found += [arg.lineno for arg in (*usual, *named) if MASKING.search(arg.arg)]
    return sorted(found)


def of_template(text: str) -> list[str]:
    """The formats in a text with places to be filled; none where it is no such text."""
    try:
        return [spec for _, _, spec, _ in Formatter().parse(text) if spec]
    except ValueError:
        return []


def prose(source: str) -> Iterator[tuple[int, Any]]:
    """Yield the docstrings, the comments, the log texts and all names by line."""
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type in (tokenize.COMMENT, tokenize.NAME):
            yield token.start[0], token.string
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING
        ):
            yield from ((node.lineno, each.value) for each in node.args[:1] if isinstance(each, ast.Constant))


def odd_words(source: str) -> list[tuple[int, str]]:
    """Return the lines with literal-minded words, each with the first of these."""
    found = ((line, ODD.search(str(text))) for line, text in prose(source))
    return [(line, match[0]) for line, match in found if match is not None]


def test_no_task_runs_events_or_waits_in_a_loop_of_qts():
    found = [f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for line in nested_in_tasks(parsed(path))]
    assert found == []


def test_the_program_runs_no_events_out_of_turn():
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in OF_THE_PROGRAM
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in NESTED
    ]
    assert found == []


def test_no_format_of_a_time_has_words():
    found = [
        f"{path.relative_to(ROOT)}:{line}: {spec}"
        for path in OF_THE_PROGRAM
        for line, spec in specs(parsed(path))
        if has_words(spec)
    ]
    for path in WORDS:
        for source, translated in json.loads(path.read_text("utf-8")).items():
            texts = of_template(source) + of_template(translated)
            found += [f"{path.name}: {spec}" for spec in texts if has_words(spec)]
    assert found == []


def test_no_module_of_the_window_keeps_whether_amounts_are_hidden():
    window = [path for path in OF_THE_PROGRAM if path.is_relative_to(ROOT / "app" / "ui")]
    assert len(window) > 50
    assert [f"{path.relative_to(ROOT)}:{line}" for path in window for line in masks_kept(parsed(path))] == []


@pytest.mark.parametrize(
    "source",
    [
        "_is_masked = False",
        "_formatter: Formatter = SHOWN",
        "class Chart:\n    is_masked = False",
        "def show():\n    global _masked",
        "def show(value, formatter=SHOWN):\n    pass",
        "def show(value, *, is_masked=False):\n    pass",
    ],
)
def test_a_mask_that_all_share_is_found(source):
    assert masks_kept(ast.parse(source)) != []


@pytest.mark.parametrize(
    "source",
    [
        "MASK = '••••'",
        "class Content:\n    formatter: Formatter",
        "def show(formatter, value=None, *, is_masked):\n    self._formatter = formatter",
        "def show(formatter):\n    is_masked = formatter.is_masked",
    ],
)
def test_a_mask_that_is_given_is_none_that_all_share(source):
    assert masks_kept(ast.parse(source)) == []


@pytest.mark.parametrize(
    "source",
    [
        "f'{at:%m월 %d일}'",
        "at.strftime('%m월')",
        "tr('read on {at:%d of %B}')",
        "f'{at:%H h}'",
    ],
)
def test_words_in_the_format_of_a_time_are_found(source):
    assert any(has_words(spec) for _, spec in specs(ast.parse(source)))


@pytest.mark.parametrize("source", ["f'{at:%Y-%m-%d %H:%M}'", "f'{share:,.2f}'", "tr('{count:,} days')"])
def test_a_format_without_words_is_none(source):
    assert not any(has_words(spec) for _, spec in specs(ast.parse(source)))


@pytest.mark.parametrize(
    "call", ["app.processEvents()", "QApplication.sendPostedEvents(None, 0)", "dialog.exec()"]
)
def test_events_within_a_task_are_found(call):
    assert nested_in_tasks(ast.parse(f"async def work():\n    if True:\n        {call}")) == [3]
    assert nested_in_tasks(ast.parse(f"def work():\n    {call}")) == []


def test_docstrings_comments_log_texts_and_names_are_in_plain_english():
    found = [
        f"{path.relative_to(ROOT)}:{line}: '{word}': write return, report, emit, notify, show, log or state"
        for path in OF_THE_PROGRAM
        for line, word in odd_words(path.read_text("utf-8"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        'def f():\n    """Tell the window that a view changed."""',
        "x = 1  # the user's wish",
        "logger.info('no news of %s', name)",
        "def _tell(): ...",
        "def f(*, told=None): ...",
        "class Told: ...",
        "has_news = True",
    ],
)
def test_a_literal_minded_word_is_found(source):
    assert odd_words(source)


@pytest.mark.parametrize(
    "source", ["x = 1  # satellite, Stellar", "def untold_costs(): ...", "tr('No news')"]
)
def test_a_part_of_another_word_and_a_text_of_the_window_are_none(source):
    assert not odd_words(source)
