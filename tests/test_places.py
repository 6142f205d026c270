"""Every module has its tests where its path says, or a line here that says where they are."""

from pathlib import Path

import app

APP, TESTS = Path(app.__file__).parent, Path(__file__).parent

# Modules whose tests are those of what they are a part of, as paths without `.py`.
ELSEWHERE = {
    "__main__": "main/test_cli",
    "arguments": "main/test_cli",
    "cli": "main/test_cli",
    "resources": "ui/test_theme",
    "brokers/answer_log": "main/test_exports_controller_diagnosis",
    "brokers/kis/__init__": "brokers/test_registry",
    "brokers/kis/wire": "brokers/kis/test_mapping",
    "brokers/kiwoom/__init__": "brokers/test_registry",
    "brokers/kiwoom/wire": "brokers/kiwoom/test_mapping",
    "domain/brokers": "brokers/test_registry",
    "domain/connections": "services/test_settings",
    "domain/fees": "domain/test_costs",
    "domain/holidays": "domain/test_sessions",
    "domain/secrets_in_use": "domain/test_privacy_concealing",
    "domain/sources": "brokers/test_tokens",
    "domain/valuation": "domain/test_overview",
    "main/alerts_controller": "ui/test_watching",
    "main/feed_controller": "main/test_feed",
    "main/program": "main/commands/test_window",
    "main/settings_dialog_controller": "main/test_settings_controller",
    "main/system/locking": "main/test_mask_controller",
    "main/workspace": "main/test_settings_controller",
    "services/diagnostics": "main/test_exports_controller_diagnosis",
    "services/toml_reader": "services/test_settings",
    "simulator/frames": "simulator/test_live",
    "simulator/kis_book": "simulator/test_kis",
    "simulator/options": "simulator/test_process",
    "simulator/portfolio": "simulator/test_market",
    "simulator/replies": "simulator/test_server",
    "simulator/securities": "simulator/test_market",
    "ui/controls/card": "ui/window/test_top_bar",
    "ui/controls/fields": "ui/dialogs/test_connection",
    "ui/dialogs/form": "ui/dialogs/test_connection",
    "ui/dialogs/fills": "ui/test_watching",
    "ui/dialogs/settings/dialog": "main/test_settings_controller",
    "ui/dialogs/settings/pages": "main/test_settings_controller",
    "ui/dialogs/settings/rows": "main/test_settings_controller",
    "ui/layout": "main/test_layout_controller",
    "ui/report/canvas": "ui/report/test_layout_document",
    "ui/report/glyphs": "ui/report/test_layout_document",
    "ui/report/section": "ui/report/test_layout_document",
    "ui/report/table": "ui/report/test_layout_document",
    "ui/table/delegate": "ui/table/test_table",
    "ui/table/grouping": "ui/table/test_arrangement",
    "ui/table/header": "ui/table/test_table",
    "ui/table/marks": "ui/table/test_table",
    "ui/table/menus": "ui/table/test_column_fit",
    "ui/table/totals": "ui/table/test_table",
    "ui/table/view": "ui/table/test_table",
    "ui/tabs/__init__": "ui/tabs/test_one_more_tab",
    "ui/tabs/asset_classes": "ui/tabs/test_panels",
    "ui/tabs/pension": "ui/tabs/test_specs",
    "ui/tabs/positions": "ui/tabs/test_specs",
    "ui/tabs/spec": "ui/tabs/test_specs",
    "ui/window/palette": "ui/window/test_actions",
    "ui/window/search_box": "ui/window/test_searching",
    "ui/window/tray": "ui/test_watching",
}


def modules() -> list[str]:
    """The modules that hold more than a docstring."""
    files = [path for path in APP.rglob("*.py") if path.name != "__init__.py" or len(path.read_bytes()) > 200]
    return sorted(path.relative_to(APP).with_suffix("").as_posix() for path in files)


def has_its_own(module: str) -> bool:
    """Whether there are tests where the module's path says."""
    folder, _, name = module.rpartition("/")
    found = TESTS / folder
    return (found / f"test_{name}.py").exists() or any(found.glob(f"test_{name}_*.py"))


def test_every_module_has_its_tests_in_its_place_or_a_line_that_says_where():
    assert {each for each in modules() if not has_its_own(each)} == set(ELSEWHERE)


def test_the_tests_are_where_the_lines_say():
    assert [where for where in ELSEWHERE.values() if not (TESTS / f"{where}.py").exists()] == []
