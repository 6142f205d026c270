"""The secrets in use, for `app.domain.privacy` to remove them from texts.

Separate from it, because the first paint needs this but not the patterns that search texts.
"""

import threading
import weakref
from collections import Counter, deque

_SHORTEST = 8
_MOST_OF_THE_PAST = 256


class _Memory:
    """Secrets with the number of live objects that hold each, and the last of the past ones."""

    def __init__(self) -> None:
        self.secrets: tuple[str, ...] = ()
        self._held: Counter[str] = Counter()
        self._past: deque[str] = deque(maxlen=_MOST_OF_THE_PAST)
        self._let_go: deque[str] = deque()  # for finalizers, which run at any point
        self._lock = threading.Lock()

    def add(self, secrets: list[str], owner: object) -> None:
        with self._lock:
            while self._let_go:
                gone = self._let_go.popleft()
                self._held[gone] -= 1
                if not self._held[gone]:
                    del self._held[gone]
                    self._past.append(gone)
            for secret in secrets:
                if owner is not None:
                    weakref.finalize(owner, self._let_go.append, secret).atexit = False
                    self._held[secret] += 1
                elif secret not in self._held and secret not in self._past:
                    self._past.append(secret)
            self.secrets = tuple({**self._held, **dict.fromkeys(self._past)})


_MEMORY = _Memory()


def remember(*secrets: str, owner: object = None) -> None:
    """Register secrets in use, so that no text for a file contains them (see `privacy.concealed`).

    They are registered as long as their owner lives; without one, and later, only the latest are kept.
    """
    _MEMORY.add([each for each in secrets if len(each) >= _SHORTEST], owner)


def in_use() -> tuple[str, ...]:
    """Return all registered keys, tokens and account numbers."""
    return _MEMORY.secrets
