"""The form of a connection: broker, name, account or exchange, tabs, keys and addresses."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QVBoxLayout, QWidget

from app.domain.brokers import BrokerSpec
from app.domain.connections import Connection, View
from app.domain.errors import ConnectionEntry
from app.domain.language import N_, tr
from app.ui.controls.fields import GOOD, Field, QuietButton, Row, SecretField, TextRow, Tone, Verdict
from app.ui.controls.switches import CheckBox, ChoiceCard, Switch
from app.ui.dialogs.draft import (
    Draft,
    account_number,
    account_verdict,
    free_label,
    offered_views,
    secret_verdict,
    url_rule,
    usual_views,
)
from app.ui.plain import set_tip
from app.ui.theme import Theme, icon

_LONGEST_LABEL = 40
_KEPT = N_("Leave blank to keep the saved key")
_NO_ACCOUNT = N_("No account number needed: the app key identifies the account")


class Keys(NamedTuple):
    """The fields for the app key and the app secret."""

    fields: tuple[SecretField, SecretField]

    def hide(self) -> None:
        """Hide both keys."""
        for field in self.fields:
            field.hide_secret()

    def forget(self) -> None:
        """Clear both fields without an undo history."""
        for field in self.fields:
            field.forget()


class ConnectionForm(QWidget):
    """Fields for a new or a stored connection; it validates entries and stores nothing.

    `tag` makes the id of a new connection: letters and digits that no other connection has.
    """

    edited = Signal()
    page_asked = Signal(str)  # the address of the broker's page about app keys

    def __init__(
        self,
        theme: Theme,
        brokers: Sequence[BrokerSpec],
        titles: Mapping[View, str],
        *,
        tag: str,
        stored: Connection | None,
        taken_labels: Sequence[str],
    ) -> None:
        super().__init__()
        self._theme = theme
        self._brokers = {spec.id: spec for spec in brokers}
        self._titles = titles
        self._tag = tag
        self._stored = stored
        self._taken_labels = taken_labels
        self._cards = QButtonGroup(self)
        self._boxes: dict[tuple[str, View], CheckBox] = {}
        self._exchanges: dict[str, Switch] = {}
        self._has_chosen_views = stored is not None  # otherwise those usual for the account are selected
        self._build()
        self._fill()
        self._opened = self.draft  # as it was before the user's first change

    @property
    def spec(self) -> BrokerSpec:
        """Return the chosen broker."""
        button = self._cards.checkedButton()
        assert button is not None
        return self._brokers[button.property("broker")]

    @property
    def draft(self) -> Draft:
        """Return the entries."""
        label = " ".join(self._label.field.text().split())
        return Draft(
            self._connection(label or free_label(self.spec, self._taken_labels)),
            self._key.field.text(),
            self._secret.field.text(),
        )

    @property
    def is_changed(self) -> bool:
        """Return whether any entry differs from what it was when the form opened."""
        return self.draft != self._opened

    @property
    def missing(self) -> list[str]:
        """Return the names of the entries that cannot be used yet, in their order."""
        names = {
            ConnectionEntry.ACCOUNT: tr("Account number"),
            ConnectionEntry.VIEWS: tr("Tabs"),
            ConnectionEntry.APP_KEY: tr("App key"),
            ConnectionEntry.APP_SECRET: tr("App secret"),
            ConnectionEntry.SERVER: tr("Server address"),
        }
        return [names[entry] for entry in self._unfit()]

    @property
    def is_only_renamed(self) -> bool:
        """Return whether nothing but the name of a stored connection differs, so that no check is needed."""
        draft = self.draft
        return (
            self._stored is not None
            and not draft.app_key
            and not draft.app_secret
            and self._connection(self._stored.label) == self._stored
        )

    def start(self) -> None:
        """Focus the first field."""
        if self._stored is None:
            button = self._cards.checkedButton()
            assert button is not None
            button.setFocus()
        else:
            self._label.field.setFocus()

    def focus_missing(self) -> None:
        """Focus the first missing entry, and show what is wrong with it."""
        unfit = self._unfit()
        if unfit:
            self.focus_entry(unfit[0])
            row = self._row_of(unfit[0])
            if isinstance(row, TextRow):
                row.say_verdict()

    def focus_entry(self, entry: ConnectionEntry | None) -> bool:
        """Mark an entry as faulty and focus it; return False where it is not shown."""
        row = None if entry is None else self._row_of(entry)
        if row is None:
            return False
        if isinstance(row, TextRow):
            if row in (self._base_url, self._ws_url):
                self._fold.setChecked(True)
            row.field.show_problem(True)
            row.field.selectAll()
            row.field.setFocus()
        else:
            boxes = [box for box in row.findChildren(CheckBox) if box.isEnabled()]
            if not boxes or row.isHidden():
                return False
            next((box for box in boxes if box.isChecked()), boxes[0]).setFocus()
        return True

    def show_page(self, address: str) -> None:
        """Show the address of the broker's page when it could not be opened."""
        said = tr("The browser could not be opened. Address: {address}", address=address)
        self._key_page_row.hint.say(Tone.PLAIN, said)

    def hideEvent(self, event: QHideEvent) -> None:
        """Hide the keys, so that they are not visible when the form is shown again."""
        super().hideEvent(event)
        self.keys.hide()

    def _connection(self, label: str) -> Connection:
        spec = self.spec
        return Connection(
            id=f"{spec.id}-{self._tag}" if self._stored is None else self._stored.id,
            label=label,
            broker=spec.id,
            views=self._chosen_views(),
            base_url=self._base_url.field.text().rstrip("/") or spec.base_url,
            ws_url=(self._ws_url.field.text().rstrip("/") or spec.ws_url) if spec.ws_url else None,
            account=self._account.field.text() if spec.needs_account else None,
            exchange=self._exchanges[spec.id].value if spec.exchanges else None,
            requests_per_second=self._stored.requests_per_second if self._stored else 10,
        )

    def _unfit(self) -> list[ConnectionEntry]:
        """Return the entries that cannot be used yet, in their order."""
        has_servers = self._base_url.is_good and (not self.spec.ws_url or self._ws_url.is_good)
        entries = {
            ConnectionEntry.ACCOUNT: not self.spec.needs_account or self._account.is_good,
            ConnectionEntry.VIEWS: bool(self._chosen_views()),
            ConnectionEntry.APP_KEY: self._key.is_good,
            ConnectionEntry.APP_SECRET: self._secret.is_good,
            ConnectionEntry.SERVER: has_servers,
        }
        return [entry for entry, is_good in entries.items() if not is_good]

    def _row_of(self, entry: ConnectionEntry) -> Row | None:
        """Return the row of an entry; None where the chosen broker has none."""
        match entry:
            case ConnectionEntry.ACCOUNT:
                return self._account if self.spec.needs_account else None
            case ConnectionEntry.VIEWS:
                return self._view_rows[self.spec.id]
            case ConnectionEntry.APP_KEY:
                return self._key
            case ConnectionEntry.APP_SECRET:
                return self._secret
            case ConnectionEntry.SERVER:
                return self._ws_url if self._base_url.is_good and not self._ws_url.is_good else self._base_url

    def _build(self) -> None:
        theme = self._theme
        cards = QWidget()
        cards_row = QHBoxLayout(cards)
        cards_row.setContentsMargins(0, 0, 0, 0)
        cards_row.setSpacing(8)
        for spec in self._brokers.values():
            card = ChoiceCard(theme, tr(spec.title), " · ".join(self._titles[view] for view in spec.views))
            card.setProperty("broker", spec.id)
            self._cards.addButton(card)
            cards_row.addWidget(card, 1)
        self._broker = Row(theme, tr("Broker"), cards)
        self._broker.set_label_height(cards.sizeHint().height())
        name = Field(tr("Name"))
        name.setMaxLength(_LONGEST_LABEL)
        self._label = TextRow(theme, tr("Name"), name)
        self._account = TextRow(theme, tr("Account number"), Field(tr("Account number"), "12345678-29"))
        self._account.hint.keep_room()  # the hint appears while the pointer is on its way to the next field
        self._exchange_rows = {
            spec.id: self._exchange_row(spec) for spec in self._brokers.values() if spec.exchanges
        }
        self._view_rows = {spec.id: self._view_row(spec) for spec in self._brokers.values()}
        self._key_page = QuietButton(theme, tr("How to get an app key"))
        self._key_page.setCheckable(False)
        self._key_page.clicked.connect(lambda: self.page_asked.emit(self.spec.key_page))
        at_left = QWidget()
        beside = QHBoxLayout(at_left)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.addWidget(self._key_page)
        beside.addStretch(1)
        self._key_page_row = Row(theme, "", at_left)
        self._key_page_row.set_label_height(self._key_page.height())
        judge = secret_verdict if self._stored is None else _judge_kept
        key, secret = SecretField(theme, tr("App key"), ""), SecretField(theme, tr("App secret"), "")
        self._key = TextRow(theme, tr("App key"), key, judge)
        self._secret = TextRow(theme, tr("App secret"), secret, judge)
        self.keys = Keys((key, secret))
        self._fold = QuietButton(theme, tr("Advanced"))
        self._fold.setAccessibleName(tr("Advanced: server address"))
        self._fold.toggled.connect(self._unfold)
        self._base_url = TextRow(
            theme, tr("Server address"), Field(tr("Server address")), url_rule("https", "http")
        )
        self._ws_url = TextRow(theme, tr("Live address"), Field(tr("Live address")), url_rule("wss", "ws"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        for row in (
            self._broker,
            self._label,
            self._account,
            *self._exchange_rows.values(),
            *self._view_rows.values(),
            self._key_page_row,
            self._key,
            self._secret,
        ):
            column.addWidget(row)
        column.addWidget(self._fold)
        column.addWidget(self._base_url)
        column.addWidget(self._ws_url)
        theme.changed.connect(self._restyle)
        self._restyle()

    def _exchange_row(self, spec: BrokerSpec) -> Row:
        switch = Switch(self._theme, {exchange: exchange for exchange in spec.exchanges})
        switch.chosen.connect(self.edited)
        self._exchanges[spec.id] = switch
        row = Row(self._theme, tr("Exchange"), switch)
        if not spec.needs_account:
            row.hint.say(Tone.PLAIN, tr(_NO_ACCOUNT))
        return row

    def _view_row(self, spec: BrokerSpec) -> Row:
        boxes = QWidget()
        row = QHBoxLayout(boxes)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(20)
        for view in spec.views:
            box = self._boxes[spec.id, view] = CheckBox(self._theme, self._titles[view])
            box.setChecked(len(spec.views) == 1)
            box.clicked.connect(self._choose_view)
            row.addWidget(box)
        row.addStretch(1)
        return Row(self._theme, tr("Tabs"), boxes)

    def _fill(self) -> None:
        """Show the stored connection, or the first broker."""
        stored = self._stored
        for button in self._cards.buttons():
            is_its = stored is not None and button.property("broker") == stored.broker
            button.setChecked(is_its or (stored is None and button is self._cards.buttons()[0]))
            button.setEnabled(stored is None or is_its)  # stored keys are the broker's
        if stored is not None:
            spec = self.spec
            self._label.field.setText(stored.label)
            self._account.field.setText(stored.account or "")
            if stored.exchange is not None:
                self._exchanges[spec.id].choose(stored.exchange)
            for view in spec.views:
                self._boxes[spec.id, view].setChecked(view in stored.views)
            self._base_url.field.setText("" if stored.base_url == spec.base_url else stored.base_url)
            self._ws_url.field.setText("" if stored.ws_url == spec.ws_url else stored.ws_url or "")
            self._fold.setChecked(bool(self._base_url.field.text() or self._ws_url.field.text()))
        self._show_broker()
        self._cards.buttonToggled.connect(self._choose_broker)
        self._account.field.textEdited.connect(self._tidy_account)
        self._account.edited.connect(self._offer_views)
        for row in (self._label, self._account, self._key, self._secret, self._base_url, self._ws_url):
            row.edited.connect(self.edited)

    def _choose_broker(self, button: QAbstractButton, is_on: bool) -> None:
        del button
        if is_on:
            self._show_broker()
            self.edited.emit()

    def _show_broker(self) -> None:
        """Show the rows that the chosen broker needs."""
        spec = self.spec
        self._account.setVisible(spec.needs_account)
        self._account.follow(lambda account: account_verdict(account, spec))
        for broker, row in self._exchange_rows.items():
            row.setVisible(broker == spec.id)
        for broker, row in self._view_rows.items():
            row.setVisible(broker == spec.id and len(spec.views) > 1)
        self._key_page_row.setVisible(bool(spec.key_page))
        self._key_page_row.hint.say(Tone.PLAIN, "")
        set_tip(self._key_page, spec.key_page)
        self._label.field.setPlaceholderText(free_label(spec, self._taken_labels))
        hints = map(tr, (_KEPT, _KEPT) if self._stored is not None else spec.key_hints)
        for field, hint in zip(self.keys.fields, hints, strict=True):
            field.setPlaceholderText(hint)
        self._base_url.field.setPlaceholderText(spec.base_url)
        self._ws_url.field.setPlaceholderText(spec.ws_url or "")
        self._unfold(self._fold.isChecked())
        self._offer_views()

    def _unfold(self, is_open: bool) -> None:
        self._base_url.setVisible(is_open)
        self._ws_url.setVisible(is_open and self.spec.ws_url is not None)
        self._restyle()

    def _tidy_account(self, typed: str) -> None:
        tidy = account_number(typed)
        if tidy != typed:
            at_end = self._account.field.cursorPosition() == len(typed)
            at = self._account.field.cursorPosition()
            self._account.field.setText(tidy)
            self._account.field.setCursorPosition(len(tidy) if at_end else min(at, len(tidy)))

    def _choose_view(self) -> None:
        self._has_chosen_views = bool(self._chosen_views())
        self.edited.emit()

    def _offer_views(self) -> None:
        """Offer only the tabs that the account has, and select the usual ones unless the user has chosen."""
        spec, account = self.spec, self._account.field.text()
        offered = offered_views(account, spec)
        if self._stored is not None and account == self._stored.account:
            offered = (*offered, *self._stored.views)  # keep what was set by hand
        boxes = {view: self._boxes[spec.id, view] for view in spec.views}
        for view, box in boxes.items():
            box.setEnabled(view in offered)
            if view not in offered:
                box.setChecked(False)
        usual = offered if len(offered) == 1 else usual_views(account, spec)
        if usual and not (self._has_chosen_views and self._chosen_views()):
            for view, box in boxes.items():
                box.setChecked(view in usual)

    def _chosen_views(self) -> tuple[View, ...]:
        spec = self.spec
        chosen = [view for view in spec.views if self._boxes[spec.id, view].isChecked()]
        before = self._stored.views if self._stored is not None else ()  # in the user's order
        kept = [view for view in before if view in chosen]
        return (*kept, *(view for view in chosen if view not in kept))

    def _restyle(self) -> None:
        is_open = self._fold.isChecked()
        self._key_page.setIcon(icon("link", self._theme.colors.text2, 16))
        self._fold.setIcon(icon("chev-down" if is_open else "chev-right", self._theme.colors.text2, 16))


def _judge_kept(secret: str) -> Verdict:
    """Return that an empty entry is good, because the stored key is used."""
    return secret_verdict(secret) if secret else GOOD
