"""Where a list that comes in pages ends. A list that may not be whole is refused."""

from app.brokers.codes import prove_empty
from app.brokers.kis import wire
from app.brokers.kis.codes import NO_DATA, refusal
from app.brokers.parse import text
from app.domain.errors import UnexpectedReply
from app.domain.language import tr

# The longest list that is followed. It is there to end, not to limit: nobody holds so many lots.
MOST_PAGES = 60

_MORE = ("M", "F")
_END = ("D", "E")
_SEPARATORS = " !^"  # a key of these alone points nowhere: " !^ !^" on the last page of the bonds


class Pages:
    """Collects the pages of CTSC8407R and says whether there is one more."""

    def __init__(self) -> None:
        self.rows: list[wire.BondRow] = []
        self._pages = 0
        self._earlier: set[wire.BondRow] = set()
        self._keys: set[str] = set()

    def add(self, page: wire.BondPage, tr_cont: str) -> bool:
        """Take a page in; true where the next one is to be read. Raises AppError."""
        rows = page.rows
        if self._pages and page.is_refused:  # for want of data: an empty account has no earlier page
            raise refusal(text(page.msg_cd) or NO_DATA, page.msg1)
        if not self._earlier.isdisjoint(rows):
            raise UnexpectedReply(tr("A further page of the list repeats an earlier one."))
        self.rows += rows
        self._earlier.update(rows)
        self._pages += 1
        key = (text(page.ctx_area_nk200) or "").strip(_SEPARATORS)
        continues = self._continues(tr_cont.strip().upper(), has_key=bool(key), message=text(page.msg_cd))
        if not rows and (continues or self._pages > 1):
            # A list that is empty from its first page on is the broker's whole answer: there is no total
            # that could speak against it.
            prove_empty("output", no_data=page.says_no_data and not continues)
        if not continues:
            return False
        if key in self._keys:
            raise UnexpectedReply(tr("The key to the next page of the list repeats an earlier one."))
        if self._pages >= MOST_PAGES:
            raise UnexpectedReply(tr("The list has more than {pages} pages.", pages=MOST_PAGES))
        self._keys.add(key)
        return True

    @staticmethod
    def _continues(tr_cont: str, *, has_key: bool, message: str | None) -> bool:
        if tr_cont in _END:
            return False
        if tr_cont in _MORE and has_key:
            return True
        # F has been seen on a last page too, M never.
        if tr_cont == "M" or message == wire.MORE_FOLLOWS:
            raise UnexpectedReply(tr("The broker says that there is another page but gives no key to it."))
        return False
