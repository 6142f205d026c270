"""개인정보: when amounts are hidden, and from whom."""

from typing import NamedTuple

from app.domain.language import tr
from app.services.preferences import LONGEST_IDLE_MINUTES
from app.services.settings import Settings
from app.ui.dialogs.settings.page import SettingsPage
from app.ui.dialogs.settings.rows import CheckRow, EntryRow
from app.ui.theme import Theme


class Abilities(NamedTuple):
    """What the system lets a program do."""

    hears_lock: bool = True
    hides_from_capture: bool = True


class PrivacyPage(SettingsPage):
    """The table [privacy]."""

    def __init__(self, theme: Theme, abilities: Abilities) -> None:
        super().__init__(
            theme, tr("Privacy"), tr("Hidden amounts are shown as ••••. Weights, rates and prices stay.")
        )
        self._mask = CheckRow(
            theme, tr("Hide amounts"), about=tr("Ctrl+M or the eye at the top do the same."),
            keywords="mask 마스킹 가리기 숨김",
        )  # fmt: skip
        self._minutes = EntryRow(
            theme, tr("Hide after a while without input"), tr("min"), _minutes_problem,
            about=tr("In minutes; 0 never does."), keywords="idle 자리 비움 자동 시간",
        )  # fmt: skip
        self._lock = CheckRow(
            theme, tr("Hide when the screen is locked"),
            keywords="lock 잠금", is_offered=abilities.hears_lock,
            about=(
                tr("They stay hidden after it is unlocked, until you show them.")
                if abilities.hears_lock
                else tr("This system does not tell programs that it was locked.")
            ),
        )  # fmt: skip
        self._capture = CheckRow(
            theme, tr("Keep the window off screen captures"), keywords="capture 캡처 녹화 화면 공유",
            is_offered=abilities.hides_from_capture,
            about=(
                tr("Pictures, recordings and shared screens do not show the window.")
                if abilities.hides_from_capture
                else tr("Only Windows can do this.")
            ),
        )  # fmt: skip
        for line in (self._mask, self._minutes, self._lock, self._capture):
            self.add(line)
        self.column.addStretch(1)
        for line in (self._mask, self._lock, self._capture):
            line.chosen.connect(self._choose)
        self._minutes.entered.connect(self._enter_minutes)

    def show_values(self, settings: Settings) -> None:
        """Show what is in force."""
        privacy = settings.privacy
        self._mask.show_value(privacy.mask)
        self._minutes.show_value(str(privacy.mask_after_minutes))
        self._lock.show_value(privacy.mask_on_lock)
        self._capture.show_value(privacy.hide_from_capture)

    def _enter_minutes(self, typed: str) -> None:
        privacy = self.settings.privacy._replace(mask_after_minutes=int(typed))
        self.changed.emit(self.settings._replace(privacy=privacy))

    def _choose(self) -> None:
        privacy = self.settings.privacy._replace(
            mask=self._mask.is_on, mask_on_lock=self._lock.is_on, hide_from_capture=self._capture.is_on
        )
        self.changed.emit(self.settings._replace(privacy=privacy))


def _minutes_problem(typed: str) -> str:
    if typed.isascii() and typed.isdecimal() and int(typed) <= LONGEST_IDLE_MINUTES:
        return ""
    return tr("A whole number from {low} to {high}.", low=0, high=LONGEST_IDLE_MINUTES)
