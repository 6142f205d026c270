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

DIRECTIVE = re.compile(r"%[a-zA-Z%]")
LETTER = re.compile(r"[^\W\d_]")

# Literal-minded words; an engineer writes return, report, emit, notify, show, raise, log, store or state.
ODD = re.compile(
    r"(?<![a-z])(tell|tells|telling|told|wish|wishes|wished|harm|harms|harmless|news)(?![a-z])", re.I
)
LOGGING = {"debug", "info", "warning", "error", "exception", "critical"}
UNREAD = {ROOT / "app" / "ui" / "format.py"}  # rewritten elsewhere at present


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
        if path not in UNREAD
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
