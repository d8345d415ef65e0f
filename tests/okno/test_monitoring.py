"""What Prometheus and Grafana are given: every metric that they ask for is told, and each alert comes when it should.

promtool is Prometheus' own (Debian: promtool).
"""

import asyncio
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from tests.house import PATIENCE_S, House, People, people
from tests.paper import near

ROOT = Path(__file__).parent.parent.parent
RULES, BOARD = ROOT / "docker/prometheus/okno.rules.yml", ROOT / "docker/grafana/okno.json"
FORMER = RULES.with_name("okno-former-names.rules.yml")
CENTRE = """queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
"""
PROMETHEUS_OWN = {"up"}


def promtool(*words: str, given: str = "") -> None:
    done = subprocess.run(["promtool", *words], input=given, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def rules(file: Path = RULES) -> list[dict[str, Any]]:
    return [rule for group in yaml.safe_load(file.read_text("utf8"))["groups"] for rule in group["rules"]]


def board() -> dict[str, Any]:
    return dict(json.loads(BOARD.read_text("utf8")))


def panels() -> list[dict[str, Any]]:
    return [panel for panel in board()["panels"] if panel["type"] != "row"]


def queries() -> Iterator[str]:
    yield from (target["expr"] for panel in panels() for target in panel["targets"])
    yield from (variable["definition"] for variable in board()["templating"]["list"] if variable["type"] == "query")


def asked(query: str) -> set[str]:
    return set(re.findall(r"\b(?:okno|process|python|up)(?:_\w+|\b)(?=[\s{\[),]|$)", re.sub(r'"[^"]*"', '""', query)))


async def metrics(house: House, at: People, line: str = "") -> str:
    """What is told, as soon as a line of it is as expected: the floor reads its day while the hub works already."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            async with at.http.get(f"{house.base}/metrics") as answer:
                text = await answer.text()
            if re.search(f"^{line}", text, re.MULTILINE):
                return text


@pytest.mark.peers
async def test_every_metric_that_is_asked_for_is_told(tmp_path: Path) -> None:
    # MC-02
    async with near(tmp_path, CENTRE) as (house, _), people(house) as at:
        text = await metrics(house, at)
    promtool("check", "metrics", given=text)
    names = PROMETHEUS_OWN | {name for family in text_string_to_metric_families(text) for name in (
        [family.name] if family.type == "gauge" else [f"{family.name}_total"] if family.type == "counter"
        else [f"{family.name}_{part}" for part in ("bucket", "sum", "count")])}
    assert {"okno_queue_length", "okno_store_commit_duration_seconds_bucket", "okno_store_commits_total"} <= names
    for query in [*queries(), *(rule["expr"] for rule in rules())]:
        found = asked(query)
        assert found, query
        assert found <= names, (query, found - names)
    # Former names are recorded from those that are exposed, and are exposed no more.
    for rule in rules(FORMER):
        found = asked(rule["expr"])
        assert len(found) == 1
        assert found <= names, rule
        assert rule["record"] not in names


@pytest.mark.peers
def test_former_names_are_recorded_as_they_were(tmp_path: Path) -> None:
    # MC-02
    promtool("check", "rules", str(FORMER))
    (tmp_path / FORMER.name).write_bytes(FORMER.read_bytes())
    (tmp_path / "former.yml").write_bytes(Path(__file__).with_name("former_names.yml").read_bytes())
    promtool("test", "rules", str(tmp_path / "former.yml"))
    guide = (ROOT / "docs/operations.md").read_text("utf8")
    for rule in rules(FORMER):
        name = re.sub("_(bucket|sum|count)$", "", rule["record"])
        assert f"| `{name}` | `" in guide, name


async def test_the_floor_is_told_line_by_line(tmp_path: Path) -> None:
    # SL-03, MC-02
    async with near(tmp_path, CENTRE) as (house, _), people(house) as at:
        clerk = await at.clerk(await at.admin())
        citizen = await at.citizen()
        await citizen.tell("позовите оператора")
        await citizen.line.hear("state", holder="queue")
        before = await metrics(house, at, r'okno_today_contacts{queue="general"} 0\.0')
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
        after = await metrics(house, at, r'okno_today_contacts{queue="general"} 1\.0')
    assert 'okno_queue_length{queue="general"} 1.0' in before
    assert re.search(r'^okno_queue_longest_wait_seconds{queue="general"} \d+\.\d+$', before, re.MULTILINE)
    assert 'okno_queue_length{queue="general"} 0.0' in after
    assert 'okno_today_answered_in_time{queue="general"} 1.0' in after
    assert re.search(r'^okno_store_commit_duration_seconds_bucket{le="\+Inf"} [1-9]', after, re.MULTILINE)


@pytest.mark.smoke
@pytest.mark.peers
def test_alerts_come_when_they_should(tmp_path: Path) -> None:
    # SL-03, SL-05, MC-01
    (tmp_path / RULES.name).write_bytes(RULES.read_bytes())
    (tmp_path / "alerts.yml").write_bytes(Path(__file__).with_name("alerts.yml").read_bytes())
    promtool("test", "rules", str(tmp_path / "alerts.yml"))
    promtool("check", "config", str(RULES.with_name("prometheus.yml")))


@pytest.mark.parametrize("alert", [rule["alert"] for rule in rules()])
def test_every_alert_is_described(alert: str) -> None:
    assert f"`{alert}`" in (ROOT / "docs/operations.md").read_text("utf8")


@pytest.mark.peers
def test_grafana_can_read_the_board(tmp_path: Path) -> None:
    # MC-02
    ids = [panel["id"] for panel in board()["panels"]]
    assert len(set(ids)) == len(ids)
    covered: set[tuple[int, int]] = set()
    for panel in board()["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24, panel["title"]  # Grafana's grid
        assert not cells & covered, panel["title"]
        covered |= cells
    for panel in panels():
        assert re.search("[а-яё]", panel["title"]), panel["title"]
        assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    # Whether it is PromQL at all, Prometheus says of rules.
    exprs = [re.sub(r"\$__rate_interval", "5m", target["expr"]) for panel in panels() for target in panel["targets"]]
    made = {"groups": [{"name": "board", "rules": [{"record": f"board:{n}", "expr": expr} for n, expr in enumerate(exprs)]}]}
    (tmp_path / "board.yml").write_text(yaml.safe_dump(made), "utf8")
    promtool("check", "rules", str(tmp_path / "board.yml"))
