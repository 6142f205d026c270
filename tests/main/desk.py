"""A profile on a simulator, as the commands see it."""

import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.main.simulated import ROOT, Simulated, environment
from tests.processes import text_of

IRP, MAIN, KIWOOM = "irp", "kis-main", "kiwoom-main"


PLACES = {"pension": IRP, "bonds": MAIN, "asset-mix": MAIN, "positions": KIWOOM}


@dataclass
class Desk:
    """A profile with its keychain, and the program run on them."""

    simulator: Simulated
    folder: Path
    accounts: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        addresses = self.simulator.addresses
        for offered in addresses["connections"]:
            identity = PLACES[offered["views"][0]]
            self.accounts[identity] = offered["account"] or ""
            self.urls[identity] = addresses[offered["broker"]]
            for part in ("appkey", "appsecret"):
                self.secrets[f"moa/{identity}/{part}"] = offered[part]

    def write_settings(self) -> None:
        self.folder.mkdir(exist_ok=True)
        (self.folder / "settings.toml").write_text(
            f"""
[[connections]]
id = "{IRP}"
broker = "kis"
account = "{self.accounts[IRP]}"
views = ["pension"]
base_url = "{self.urls[IRP]}"

[[connections]]
id = "{MAIN}"
broker = "kis"
account = "{self.accounts[MAIN]}"
views = ["bonds", "asset-mix"]
base_url = "{self.urls[MAIN]}"
requests_per_second = 20

[[connections]]
id = "{KIWOOM}"
broker = "kiwoom"
views = ["positions"]
base_url = "{self.urls[KIWOOM]}"
ws_url = "{self.simulator.addresses["kiwoom_ws"]}"
""",
            encoding="utf-8",
        )

    def run(self, *faults: str, form: str = "json", only: tuple[str, ...] = ()) -> "Run":
        """The program's output while these faults show."""
        self.write_settings()
        self.simulator.show(*faults)
        narrowed = [part for identity in only for part in ("--connection", identity)]
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "app",
                "snapshot",
                "--profile",
                str(self.folder),
                "--format",
                form,
                *narrowed,
            ],
            capture_output=True,
            cwd=ROOT,
            env=environment(self.secrets),
            timeout=120,
            check=False,
        )
        run = Run(done.returncode, text_of(done.stdout), text_of(done.stderr))
        self.check_privacy(run)
        return run

    def check_privacy(self, run: "Run") -> None:
        """No key, secret, token or account number was printed, and nothing was written to the profile."""
        numbers = {part for account in self.accounts.values() for part in account.split("-") if len(part) > 4}
        canaries = {*self.secrets.values(), *self.simulator.tokens(), *numbers, "5078901211", "50123456"}
        shown = run.out + run.errors
        assert [canary for canary in canaries if canary in shown] == []
        assert [path.name for path in self.folder.iterdir()] == ["settings.toml"]


@dataclass(frozen=True)
class Run:
    """What the program printed and how it ended."""

    code: int
    out: str
    errors: str

    @property
    def views(self) -> dict[str, dict[str, Any]]:
        """The views by name, without the time at which they were read."""
        views = json.loads(self.out)["views"]
        assert [view["view"] for view in views] == list(PLACES)
        return {view["view"]: {**view, "fetched_at": view["fetched_at"] is not None} for view in views}
