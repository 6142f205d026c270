"""A test fails on a warning or an error that was logged, by any logger, unless it says that it expects it.

    with expected_log("answered with 500"):
        ...

    @pytest.mark.expected_log("answered with 500", "no answer")

    @pytest.mark.allowed_log("was damaged")  # of damages, some are noticed and some have no effect

Each text is a regular expression, looked for in `name: message`; one that is not logged fails the test, too.
Qt's own messages are held by pytest-qt (`qt_log_level_fail` in pyproject.toml; `qt_log_ignore` expects one).
"""

import logging
import re
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest

_MARKER, _ALLOWED = "expected_log", "allowed_log"
ExpectedLog = Callable[..., AbstractContextManager[None]]


class _Records(logging.Handler):
    """Keeps the warnings and errors of one test that nothing has expected yet."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.texts: list[str] = []
        self.expected: list[re.Pattern[str]] = []
        self.seen: set[re.Pattern[str]] = set()

    def emit(self, record: logging.LogRecord) -> None:
        text = f"{record.name}: {self.format(record)}"  # with its traceback
        found = [each for each in self.expected if each.search(text)]
        self.seen.update(found)
        if not found:
            self.texts.append(f"{record.levelname} {text}")

    @contextmanager
    def expecting(self, *patterns: str) -> Generator[None]:
        """Expect each of these while inside."""
        added = [re.compile(each) for each in patterns]
        self.expected += added
        try:
            yield
        finally:
            for each in added:
                self.expected.remove(each)
        missing = [each.pattern for each in added if each not in self.seen]
        assert not missing, f"was to be logged, and was not: {missing}"


_KEY = pytest.StashKey[_Records]()


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker."""
    config.addinivalue_line("markers", f"{_MARKER}(*patterns): logs these warnings or errors, and no others")
    config.addinivalue_line("markers", f"{_ALLOWED}(*patterns): may log these warnings or errors")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Listen from here on."""
    records = item.stash[_KEY] = _Records()
    marks = (*item.iter_markers(_MARKER), *item.iter_markers(_ALLOWED))
    marked = [text for mark in marks for text in mark.args]
    records.expected += [re.compile(each) for each in marked]
    logging.getLogger().addHandler(records)
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Say what was logged until all of the test was torn down."""
    records = item.stash[_KEY]
    try:
        result = yield
    finally:
        logging.getLogger().removeHandler(records)
    if records.texts:
        pytest.fail("unexpected log records:\n" + "\n".join(records.texts), pytrace=False)
    marked = {text for mark in item.iter_markers(_MARKER) for text in mark.args}
    if missing := sorted(marked - {each.pattern for each in records.seen}):
        pytest.fail(f"was to be logged, and was not: {missing}", pytrace=False)
    return result


@pytest.fixture
def expected_log(request: pytest.FixtureRequest) -> ExpectedLog:
    """Expect warnings or errors inside of a `with`."""
    return request.node.stash[_KEY].expecting
