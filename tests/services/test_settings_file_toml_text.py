"""Changes to one table of a TOML text: everything else stays as it was written."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.services.settings_file import add_table, change_table, edit_tables, remove_table

TEXT = '''\
# 내 계좌
[[connections]]   # 첫째
# 열쇠 이름
id = "irp" # 짧게
views = [
  "pension", # 연금
  "bonds",
]

# 둘째는 키움
[[connections]]
id = "kiwoom"
label = """
[[connections]]
"""
# 키움 끝

[refresh] # 초
pension = 60

# 셋째
[["connections"]]
id = "late"
'''


def ids(text: str) -> list[str]:
    return [table["id"] for table in tomllib.loads(text)["connections"]]


def comments(text: str) -> list[str]:
    return [line.partition("#")[2] for line in text.splitlines() if "#" in line]


def test_a_new_table_comes_after_the_last_of_its_name():
    after = add_table(TEXT, "connections", {"id": "new", "views": ["positions"]})

    assert after == TEXT.rstrip("\n") + '\n\n[[connections]]\nid = "new"\nviews = ["positions"]\n'


def test_a_new_table_comes_before_the_tables_of_other_names():
    text = '[[connections]]\nid = "a"\n\n[refresh]\npension = 60\n'

    after = add_table(text, "connections", {"id": "b"})

    assert after == '[[connections]]\nid = "a"\n\n[[connections]]\nid = "b"\n\n[refresh]\npension = 60\n'


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("# 설정\n\n\n", "# 설정\n\n"), ("a = 1", "a = 1\n\n")]
)
def test_the_first_table_follows_what_is_there(before: str, after: str):
    assert add_table(before, "connections", {"id": "a"}) == f'{after}[[connections]]\nid = "a"\n'


def test_changed_values_keep_their_lines_and_comments():
    after = change_table(TEXT, "connections", 0, {"id": "other", "views": ["pension", "asset-mix"]})

    assert comments(after) == comments(TEXT)
    assert 'id = "other" # 짧게' in after
    assert tomllib.loads(after)["connections"][0] == {"id": "other", "views": ["pension", "asset-mix"]}
    assert tomllib.loads(after)["connections"][1:] == tomllib.loads(TEXT)["connections"][1:]


def test_a_new_key_comes_after_the_last_one_and_before_the_comment_of_what_follows():
    after = change_table(TEXT, "connections", 0, {"label": "연금"})

    assert ']\nlabel = "연금"\n\n# 둘째는 키움\n' in after


def test_a_key_without_a_value_goes():
    after = change_table(TEXT, "connections", 1, {"label": None, "account": None})

    assert tomllib.loads(after)["connections"][1] == {"id": "kiwoom"}
    assert "# 키움 끝" in after


def test_values_that_stay_change_nothing():
    assert change_table(TEXT, "connections", 0, {"id": "irp", "views": ["pension", "bonds"]}) == TEXT


@pytest.mark.parametrize("index", [0, 1, 2])
def test_a_removed_table_leaves_the_comments_around_it(index: int):
    after = remove_table(TEXT, "connections", index)

    assert ids(after) == [each for each in ids(TEXT) if each != ids(TEXT)[index]]
    assert tomllib.loads(after)["refresh"] == {"pension": 60}
    for comment in ("# 내 계좌", "# 둘째는 키움", "# 키움 끝", "# 셋째", "# 초"):
        assert comment in after


def test_the_last_table_leaves_nothing():
    assert remove_table('[[connections]]\nid = "a"\n', "connections", 0) == ""


def test_windows_line_ends_stay():
    text = TEXT.replace("\n", "\r\n")

    for after in (
        add_table(text, "connections", {"id": "new"}),
        change_table(text, "connections", 0, {"id": "b", "label": "c"}),
        remove_table(text, "connections", 1),
    ):
        assert after.count("\n") == after.count("\r\n")
        tomllib.loads(after)


def test_a_text_that_is_no_toml_is_refused():
    for act in (add_table, change_table):
        with pytest.raises(ValueError, match="line"):
            act("[[connections]]\nid = \n", "connections", *(() if act is add_table else (0,)), {"id": "a"})


def test_a_table_that_is_not_there_is_refused():
    with pytest.raises(IndexError):
        remove_table(TEXT, "connections", 3)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_is_written_so_that_it_is_read_again(value: str):
    added = add_table(TEXT, "connections", {"id": value})
    changed = change_table(TEXT, "connections", 0, {"label": value})

    assert ids(added)[-1] == value
    assert tomllib.loads(changed)["connections"][0]["label"] == value


def test_many_changes_at_once_are_what_they_are_one_after_the_other():
    one_by_one = add_table(TEXT, "connections", {"id": "x", "label": "새 계좌"})
    one_by_one = add_table(one_by_one, "connections", {"id": "y"})
    one_by_one = change_table(one_by_one, "connections", 2, {"id": "later", "exchange": "NXT"})
    one_by_one = change_table(one_by_one, "connections", 0, {"views": ["bonds"], "label": "연금"})
    one_by_one = remove_table(one_by_one, "connections", 1)

    assert one_by_one == edit_tables(
        TEXT,
        "connections",
        changed={0: {"views": ["bonds"], "label": "연금"}, 2: {"id": "later", "exchange": "NXT"}},
        removed=(1,),
        added=({"id": "x", "label": "새 계좌"}, {"id": "y"}),
    )


@pytest.mark.parametrize(
    "value",
    [
        '"""\n[[connections]]\n# "x" \\""" [\n"""',
        '""""quoted""""',
        "'''\n[[connections]]\n\"\"\"\n'''",
        "'''it's ['''",
        "'[{#'",
        '"\\"[{#"',
        '[ # ] "\n  "]", # [[\n  [\'}\', "{"],\n]',
        '{ a = "}", b = ["]"] } # {',
        '""',
        "''",
    ],
)
def test_brackets_and_line_ends_within_a_value_end_no_statement(value: str):
    text = f"[[connections]]\nodd = {value}\nid = 'a'\n# above\n[[connections]]\nid = 'b'\n"
    odd = tomllib.loads(text)["connections"][0]["odd"]

    after = change_table(text, "connections", 0, {"id": "new"})

    assert tomllib.loads(after)["connections"] == [{"odd": odd, "id": "new"}, {"id": "b"}]
    assert change_table(text, "connections", 0, {"odd": None}) == text.replace(f"odd = {value}\n", "")
    assert remove_table(text, "connections", 0) == "# above\n[[connections]]\nid = 'b'\n"
