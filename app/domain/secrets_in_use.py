"""Which secrets are in use, for `app.domain.privacy` to take them out of texts.

Apart from it, because the first paint waits for this and not for the patterns that search texts.
"""

import threading
import weakref
from collections import Counter, deque

_SHORTEST = 8
_MOST_OF_THE_PAST = 256


class _Memory:
    """Secrets by how many live objects hold each, and the last of the past ones."""

    def __init__(self) -> None:
        self.secrets: tuple[str, ...] = ()
        self._held: Counter[str] = Counter()
        self._past: deque[str] = deque(maxlen=_MOST_OF_THE_PAST)
        self._let_go: deque[str] = deque()  # all that a finalizer may touch: it runs in the midst of anything
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
    """Note secrets that are in use: no text for a file will hold them (see `privacy.concealed`).

    They stay noted as long as their owner lives, and some of the last ones after that or without one.
    """
    _MEMORY.add([each for each in secrets if len(each) >= _SHORTEST], owner)


def in_use() -> tuple[str, ...]:
    """All that is noted: keys, tokens and account numbers."""
    return _MEMORY.secrets
