"""Every text of the program has its Korean, and no Korean is left where no translation can reach it."""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest

from app.domain import errors

ROOT = Path(__file__).parents[2]
AREAS = sorted((ROOT / "resources" / "words" / "ko").glob("*.json"))
SOURCES = sorted((ROOT / "app").rglob("*.py"))
HANGUL = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")

# Where Korean may stand: what the brokers call their fields and classes and how they say that there is no
# data, Korean grammar and letters, the name of the language itself, and the practice server, which speaks as
# the brokers do.
KOREAN_MODULES = (
    "brokers/codes.py",
    "brokers/kis/mapping.py",
    "brokers/kis/wire.py",
    "brokers/kiwoom/wire.py",
    "domain/language.py",
    "domain/valuation.py",
    "simulator/",
    "ui/dialogs/settings/pages.py",
    "ui/search.py",
    "ui/tabs/asset_classes.py",
)


class Use(NamedTuple):
    """A text in the source: where it is, and what it is filled with (None: filled elsewhere)."""

    place: str
    text: str
    given: frozenset[str] | None


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def literals(node: ast.expr) -> list[str] | None:
    """The texts that an argument may be; None where it is made in some other way."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp(body=one, orelse=other):
            found = [literals(one), literals(other)]
            return [text for texts in found if texts for text in texts] if all(found) else None
        case _:
            return None


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def is_marked_elsewhere(node: ast.expr) -> bool:
    """Whether an argument can only be a text that was marked: a name, an attribute, or what one gives."""
    match node:
        case ast.Name() | ast.Attribute():
            return True
        case ast.Subscript(value=table):
            return is_marked_elsewhere(table)
        case ast.IfExp(body=one, orelse=other):
            return all(literals(each) or is_marked_elsewhere(each) for each in (one, other))
        case ast.Call(func=ast.Attribute(value=table, attr="get")):
            return is_marked_elsewhere(table)
        case ast.Call(func=ast.Name()):  # of a function that gives one of several
            return True
        case ast.BoolOp(values=values):
            return all(
                literals(each) or is_marked_elsewhere(each) or isinstance(each, ast.Call) for each in values
            )
        case _:
            return False


@cache
def uses() -> tuple[Use, ...]:
    found: list[Use] = []
    for path in SOURCES:
        for call in calls(parsed(path), "tr", "tr_lazy", "tr_count", "N_"):
            assert isinstance(call.func, ast.Name)
            name, place = call.func.id, f"{path.relative_to(ROOT)}:{call.lineno}"
            given = frozenset(keyword.arg or "" for keyword in call.keywords)
            text = call.args[1] if name == "tr_count" else call.args[0]
            if name == "tr_count":
                given |= {"count"}
            filled = None if name == "N_" or "" in given else given
            found += [Use(place, each, filled) for each in literals(text) or ()]
    return tuple(found)


@cache
def korean() -> dict[str, str]:
    words: dict[str, str] = {}
    for area in AREAS:
        words |= json.loads(area.read_text("utf-8"))
    return words


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_every_text_has_its_korean():
    missing = [f"{use.place}: {use.text!r}" for use in uses() if use.text and use.text not in korean()]

    assert missing == []


def test_every_korean_text_is_of_use_and_in_one_file_only():
    unused = set(korean()) - {use.text for use in uses()}
    in_files = Counter(text for area in AREAS for text in json.loads(area.read_text("utf-8")))

    assert unused == set()
    assert [text for text, count in in_files.items() if count > 1] == []


def test_both_languages_name_what_is_filled_in():
    wrong = [
        f"{use.place}: {use.text!r}"
        for use in uses()
        if use.given is not None and use.given and names_in(use.text) != use.given
    ]
    odd = [text for text, said in korean().items() if "{" in text + said and names_in(text) != names_in(said)]

    assert wrong == []
    assert odd == []


def test_texts_stand_as_they_are_in_the_source():
    """What is put together from parts, or filled before it is translated, would never be found."""
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for path in SOURCES
        if path.name != "language.py"
        for call in calls(parsed(path), "tr", "tr_lazy", "tr_count", "N_")
        if literals(call.args[0]) is None and (call.func.id == "N_" or not is_marked_elsewhere(call.args[0]))  # pyright: ignore[reportAttributeAccessIssue]
    ]

    assert wrong == []


def test_nothing_is_translated_when_a_module_is_imported():
    """It would stay in the language of the start."""
    early: list[str] = []
    for path in SOURCES:
        tree = parsed(path)
        inside = {
            id(each)
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            for part in ([node.body] if isinstance(node, ast.Lambda) else node.body)
            for each in ast.walk(part)
        }
        early += [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for call in calls(tree, "tr", "tr_count")
            if id(call) not in inside
        ]

    assert early == []


KEPT = {name for name, kind in vars(errors).items() if isinstance(kind, type)} | {"joined", "tr_lazy"}


def test_what_an_error_says_is_translated_when_it_is_shown():
    """It outlasts a change of language, and all that the brokers' modules say is for errors."""
    early: list[str] = []
    for path in SOURCES:
        tree = parsed(path)
        kept = [
            part
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "attr", getattr(call.func, "id", "")) in KEPT
            for part in (*call.args, *(each.value for each in call.keywords))
        ]
        early += [
            f"{path.relative_to(ROOT)}:{call.lineno}"
            for part in ([tree] if "brokers" in path.parts else kept)
            for call in ast.walk(part)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in ("tr", "tr_count")
        ]

    assert early == []


@pytest.mark.parametrize(
    "path",
    [path for path in SOURCES if not path.relative_to(ROOT / "app").as_posix().startswith(KOREAN_MODULES)],
    ids=str,
)
def test_no_korean_is_left_in_the_code(path: Path):
    tree = parsed(path)
    comments = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    # What a setting is found by, in either language.
    keywords = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "keywords"
    }
    left = [
        f"{node.lineno}: {node.value!r}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in comments | keywords
        and HANGUL.search(node.value)
    ]

    assert left == []


def test_no_time_is_formatted_with_letters_that_a_system_may_not_know():
    """Windows formats times in its own code page, which Hangul may be outside of."""
    texts = [text for area in AREAS for pair in json.loads(area.read_text("utf-8")).items() for text in pair]
    specs = {spec for text in texts for _, _, spec, _ in Formatter().parse(text) if spec}

    assert specs
    assert [spec for spec in specs if not spec.isascii()] == []
