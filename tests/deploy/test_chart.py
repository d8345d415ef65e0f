"""The chart for Kubernetes, as helm renders it and as Kubernetes' own schemas want it."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from okno.commands.cli import parser
from okno.config import load
from tests.deploy.compose import DOCKER
from tests.peers.helm import helm

pytestmark = pytest.mark.peers

CHART = DOCKER / "helm" / "okno"
CENTRE = DOCKER / "shared" / "centre.toml"
OURS_ALONE = {"ScrapeConfig"}
"""Kinds that Kubernetes has from somebody else."""
WAYS = {"plain": (), "all": ("ingress.host=okno.example.ru", "ingress.class=nginx", "monitoring=true", "inner=okno-inner", f"image.digest=sha256:{'a' * 64}")}
Manifest = dict[str, Any]


@cache
def rendered(way: str, release: str = "okno") -> dict[str, Manifest]:
    """Manifests by their kind."""
    told = helm("template", release, CHART, "--namespace", "calls", "--set-file", f"centre={CENTRE}", *(f"--set={each}" for each in WAYS[way]))
    assert told.returncode == 0, told.stderr
    found = [each for each in yaml.safe_load_all(told.stdout) if each]
    assert len({each["kind"] for each in found}) == len(found)
    return {each["kind"]: each for each in found}


def pod(way: str) -> Manifest:
    inside: Manifest = rendered(way)["Deployment"]["spec"]["template"]
    return inside


def test_helm_finds_no_fault() -> None:
    told = helm("lint", "--strict", CHART, "--set-file", f"centre={CENTRE}")
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("version", ["1.30", "1.37"])
@pytest.mark.parametrize("way", WAYS)
def test_kubernetes_knows_every_field(way: str, version: str) -> None:
    for kind, manifest in rendered(way).items():
        if kind not in OURS_ALONE:
            kubernetes_validate.validate(manifest, version, strict=True)


@pytest.mark.parametrize(("told", "why"), [
    (("--set=replicas=3",), "centre"),
    (("--set-file", f"centre={DOCKER / 'alone' / 'centre.toml'}"), "centre"),
    (("--set-file", f"centre={CENTRE}", "--set=replicas=1"), "replicas"),
    (("--set-file", f"centre={CENTRE}", "--set=image.tag=latest"), "image"),
    (("--set-file", f"centre={CENTRE}", "--set=hubs=4"), "hubs"),
])
def test_what_cannot_work_is_refused_and_named(told: tuple[str, ...], why: str) -> None:
    said = helm("template", "okno", CHART, *told)
    assert said.returncode != 0
    assert why in said.stderr


# SE-01: as Pod Security Standards want it, «restricted».
@pytest.mark.parametrize("way", WAYS)
def test_the_pod_has_no_right_that_it_does_not_need(way: str) -> None:
    spec = pod(way)["spec"]
    (hub,) = spec["containers"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True, "runAsUser": 10001, "runAsGroup": 10001, "fsGroup": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    assert hub["securityContext"] == {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert spec["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(spec)
    assert not [volume for volume in spec["volumes"] if "hostPath" in volume]
    writable = {mount["mountPath"] for mount in hub["volumeMounts"] if not mount.get("readOnly")}
    assert writable == {"/data", "/tmp"}


@pytest.mark.parametrize("way", WAYS)
def test_secrets_are_only_named(way: str) -> None:
    assert "Secret" not in rendered(way)
    spec = pod(way)["spec"]
    volumes = {mount["mountPath"]: next(each for each in spec["volumes"] if each["name"] == mount["name"]) for mount in spec["containers"][0]["volumeMounts"]}
    assert volumes["/run/secrets"]["secret"] == {"secretName": "okno", "defaultMode": 0o440}
    named = [each for each in spec["containers"][0]["env"] if "secretKeyRef" in each.get("valueFrom", {})]
    assert [each["name"] for each in named] == ["OKNO_KEYS"]


# SL-01: an update takes no hub away before another is there, and whoever is still sent to one that goes is served.
def test_an_update_does_not_stop_the_intake() -> None:
    deployment = rendered("plain")["Deployment"]["spec"]
    (hub,) = pod("plain")["spec"]["containers"]
    assert deployment["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}
    assert hub["readinessProbe"]["httpGet"]["path"] == hub["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert hub["lifecycle"]["preStop"]["sleep"]["seconds"] >= 2 * hub["readinessProbe"]["periodSeconds"]
    assert pod("plain")["spec"]["terminationGracePeriodSeconds"] > hub["lifecycle"]["preStop"]["sleep"]["seconds"] + 20
    assert rendered("plain")["PodDisruptionBudget"]["spec"]["maxUnavailable"] == 1
    chosen = deployment["selector"]["matchLabels"]
    for kind in ("PodDisruptionBudget", "Service", "NetworkPolicy"):
        spec = rendered("plain")[kind]["spec"]
        assert chosen in (spec.get("selector", {}).get("matchLabels"), spec.get("selector"), spec.get("podSelector", {}).get("matchLabels"))


def test_nothing_is_reached_that_is_not_named() -> None:
    policy = rendered("plain")["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert all(rule.get("from") and rule.get("ports") for rule in policy["ingress"])
    assert all(rule.get("to") and rule.get("ports") for rule in policy["egress"])
    metrics = rendered("all")["NetworkPolicy"]["spec"]["ingress"][0]["from"]
    assert len(metrics) == len(policy["ingress"][0]["from"]) + 1


@pytest.mark.parametrize("way", WAYS)
def test_the_hub_is_started_by_a_command_that_there_is_with_a_file_that_loads(way: str, tmp_path: Path) -> None:
    (hub,) = pod(way)["spec"]["containers"]
    assert parser().parse_args(hub["args"]).config == Path("/etc/okno/centre.toml")
    file = tmp_path / "centre.toml"
    file.write_text(rendered(way)["ConfigMap"]["data"]["centre.toml"], "utf8")
    environment = {each["name"]: each["value"].replace("$(HERE)", "10.0.0.7") for each in hub["env"] if "value" in each}
    config = load(file, environment)
    assert config.hubs.place() == ("10.0.0.7", 8090)
    assert config.store.uri_file.startswith("/run/secrets/")
    assert {port["name"]: port["containerPort"] for port in hub["ports"]} == {"http": 8080, "inner": 8090}
    assert re.fullmatch(r"okno(:1|@sha256:a{64})", hub["image"])
