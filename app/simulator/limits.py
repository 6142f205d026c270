"""How many requests a broker takes in a second."""

import time
from collections import defaultdict, deque
from collections.abc import Callable


class SlidingLimit:
    """Counts requests by key in every sliding second."""

    def __init__(self, per_second: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_second = per_second
        self._clock = clock
        self._seen: defaultdict[str, deque[float]] = defaultdict(deque)

    def allows(self, key: str) -> bool:
        """Whether one more request of this key fits into the present second; a refused one is not counted."""
        now = self._clock()
        seen = self._seen[key]
        while seen and now - seen[0] >= 1.0:
            seen.popleft()
        if len(seen) >= self._per_second:
            return False
        seen.append(now)
        return True
