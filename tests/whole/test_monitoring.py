"""Alerts and dashboard are about metrics that the server has, and each alert is explained."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from project_paths import ROOT
from prometheus_client import CollectorRegistry

from klipfast_server.telemetry.metrics import Metrics

RULES = (ROOT / "deploy/prometheus/klipfast.rules.yml").read_text(encoding="utf-8")
DASHBOARD = (ROOT / "deploy/grafana/klipfast.json").read_text(encoding="utf-8")
GUIDE = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
NAME = re.compile(r"\b(?:klipfast|process)_[a-z0-9_]+\b")
ALERT = re.compile(r"- alert: (\w+)")
# Labels of each metric that are matched or grouped by, in {…} or by (…).
LABELS_ALONE = {"instance", "job", "le"}  # Prometheus' own


def series(registry: CollectorRegistry) -> dict[str, set[str]]:
    """Every series that a scrape may have, with its labels."""
    found: dict[str, set[str]] = {}
    for collector in registry._collector_to_names:
        names = registry._collector_to_names[collector]
        labels = set(getattr(collector, "_labelnames", ()))
        found |= dict.fromkeys(names, labels)
    return found


@pytest.fixture(scope="module")
def known() -> dict[str, set[str]]:
    """The series of a server; of the process's own, which have no labels, what a scrape shows."""
    metrics = Metrics()
    shown = re.findall(r"^(process_\w+) ", metrics.text().decode(), re.MULTILINE)
    return series(metrics.registry) | {name: set() for name in shown}


@pytest.mark.parametrize(
    ("where", "text"), [("rules", RULES), ("dashboard", DASHBOARD), ("guide", GUIDE)]
)
def test_every_metric_that_is_named_exists(
    where: str, text: str, known: dict[str, set[str]]
) -> None:
    named = set(NAME.findall(text))
    assert len(named) > 5, where
    unknown = {
        name
        for name in named
        if name not in known and not any(each.startswith(f"{name}_") for each in known)
    }
    assert unknown == set()


def expressions(panels: list[dict[str, Any]]) -> list[str]:
    """What the dashboard asks Prometheus for."""
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_every_label_of_the_dashboard_is_one_of_its_metric(known: dict[str, set[str]]) -> None:
    for asked in expressions(json.loads(DASHBOARD)["panels"]):
        for name, matchers in re.findall(r"(klipfast_\w+)\{([^}]*)\}", asked):
            labels = set(re.findall(r"(\w+)=", matchers)) - LABELS_ALONE
            assert labels <= known[name], asked
        [*grouped] = re.findall(r"by \(([^)]*)\)", asked)
        for group in grouped:
            [first, *_] = re.findall(r"klipfast_\w+", asked)
            assert set(group.replace(" ", "").split(",")) - LABELS_ALONE <= known[first], asked


def test_every_alert_is_explained_and_no_other() -> None:
    alerts = ALERT.findall(RULES)
    assert len(alerts) > 10
    assert re.findall(r"^\| `(KlipFast\w+)` ", GUIDE, re.MULTILINE) == alerts


def promtool(*words: str) -> subprocess.CompletedProcess[str]:
    """Run promtool where it is."""
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("promtool is not here: apt-get install prometheus")
    return subprocess.run(
        [program, *words], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False
    )


def test_prometheus_reads_the_rules_and_alerts_when_they_say() -> None:
    checked = promtool("check", "rules", "deploy/prometheus/klipfast.rules.yml")
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(ALERT.findall(RULES))} rules found" in checked.stdout
    tested = promtool("test", "rules", "tests/whole/alerts.test.yml")
    assert tested.returncode == 0, tested.stdout + tested.stderr
    assert "SUCCESS" in tested.stdout


def test_prometheus_reads_every_expression_of_the_dashboard(tmp_path: Path) -> None:
    asked = expressions(json.loads(DASHBOARD)["panels"])
    assert len(asked) > 20
    rules = [{"record": f"panel:{n}", "expr": each} for n, each in enumerate(asked)]
    file = tmp_path / "dashboard.yml"
    file.write_text(json.dumps({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = promtool("check", "rules", str(file))
    assert checked.returncode == 0, checked.stdout + checked.stderr
