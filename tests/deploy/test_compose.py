"""Images and compose.yml, as their own tools read them (Docker's compose, hadolint): no engine runs here."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from hatch_build import FRONT_ENDS
from okno.commands.cli import parser
from okno.config import load
from tests.deploy.compose import COMPOSE, DOCKER, PROFILES, composed, mounted, service
from tests.missing_programs import need

pytestmark = pytest.mark.peers

DOCKERFILES = sorted(DOCKER.rglob("Dockerfile"))
PINNED = re.compile(r"[a-z-]+:\d+\.\d+\.\d+(-[a-z0-9]+)*|debian:[a-z]+-\d{8}-slim")
OURS = re.compile(r"okno(-[a-z]+)?:1")
SERVICES = [(profile, name) for profile in PROFILES for name in composed(profile)["services"]]


def test_every_way_is_told_at_the_head() -> None:
    assert set(PROFILES) == {profile for name in PROFILES for each in composed(name)["services"].values() for profile in each["profiles"]}


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_images_by_hadolints_rules(file: Path) -> None:
    said = subprocess.run([Path(sys.executable).with_name("hadolint"), "--failure-threshold", "info", file], check=False, capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_images_stand_on_pinned_ones(file: Path) -> None:
    text = file.read_text("utf8")
    stages = set(re.findall(r" AS (\S+)$", text, re.MULTILINE))
    for image in set(re.findall(r"^FROM (\S+)", text, re.MULTILINE)) - stages:
        assert PINNED.fullmatch(image), image


# F20 (c) of the security review: one stage fetches, by hashes of the locks; what follows has no network.
def test_one_stage_of_the_hub_fetches() -> None:
    text = (DOCKER / "Dockerfile").read_text("utf8")
    stages = dict(re.findall(r"^FROM \S+ AS (\S+)\n(.*?)(?=^FROM |\Z)", text, re.MULTILINE | re.DOTALL))
    fetching = {name for name, lines in stages.items() if re.search(r"^RUN (?!--network=none )", lines, re.MULTILINE)}
    assert fetching == {"fetched", "voice"}  # the voice of prompts comes from Debian, signed by it
    assert "COPY . ." not in stages["fetched"], "it would fetch what anything in the sources says"
    assert "--require-hashes" in stages["fetched"]
    for front_end, *_ in FRONT_ENDS:
        packages = json.loads((DOCKER.parent / front_end / "package-lock.json").read_text("utf8"))["packages"]
        assert all(each.get("integrity") for name, each in packages.items() if name), front_end
        assert f"npm {front_end} ci" in stages["fetched"]


# SE-01: whoever breaks into a container has no rights there, and nothing to write to but its data.
@pytest.mark.parametrize(("profile", "name"), SERVICES)
def test_no_service_has_a_right_that_it_does_not_need(profile: str, name: str) -> None:
    each = service(profile, name)
    assert each["read_only"] is True
    assert each["cap_drop"] == ["ALL"]
    assert "cap_add" not in each
    assert each["security_opt"] == ["no-new-privileges:true"]
    assert not each.get("privileged")
    assert all(volume["type"] == "volume" for volume in each.get("volumes", [])), "a folder of the machine"
    assert all(port["host_ip"] == "127.0.0.1" for port in each.get("ports", [])), "open to everybody before somebody has decided that"


@pytest.mark.parametrize(("profile", "name"), SERVICES)
def test_images_of_others_are_pinned(profile: str, name: str) -> None:
    image = service(profile, name)["image"]
    assert PINNED.fullmatch(image) or OURS.fullmatch(image), image


@pytest.mark.parametrize(("profile", "name"), SERVICES)
def test_secrets_come_as_files_that_prepare_makes(profile: str, name: str, prepared: Path) -> None:
    each = service(profile, name)
    for variable, value in each.get("environment", {}).items():
        assert variable.endswith(("_FILE", "_PHONES")) or not re.search("PASS|SECRET|TOKEN|KEY|PIN", variable), variable
        assert "@" not in value or variable == "PBX_TRUNK"
    for secret in each.get("secrets", []):
        assert Path(composed(profile)["secrets"][secret["source"]]["file"]).parent == DOCKER / "secrets"
        assert (prepared / secret["source"]).exists(), secret


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("secrets")
    subprocess.run([DOCKER / "prepare", folder], check=True)
    return folder


def test_secrets_are_made_once_and_are_their_readers_alone(prepared: Path) -> None:
    made = {file.name: (file.read_text("ascii"), file.stat().st_uid, file.stat().st_mode & 0o777) for file in prepared.iterdir()}
    subprocess.run([DOCKER / "prepare", prepared], check=True)
    assert made == {file.name: (file.read_text("ascii"), file.stat().st_uid, file.stat().st_mode & 0o777) for file in prepared.iterdir()}
    assert all(mode & 0o227 == 0 for _, _, mode in made.values())
    assert made["store-uri"][1:] == (10001, 0o400)
    assert made["mongo-key"][1:] == (999, 0o400)
    assert made["line-authority-key"][1:] == (0, 0o400)
    assert not [name for profile in PROFILES for name in composed(profile).get("secrets", {}) if name == "line-authority-key"]
    passwords = [made["ami-password"][0].strip(), made["mongo-admin"][0].strip(), made["store-uri"][0].partition("okno:")[2].partition("@")[0]]
    assert len(set(passwords)) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{40,}", each) for each in passwords), "no sign that a URI, a shell or Asterisk would take for its own"


# SE-01: the images' Python has verified strictly since 3.13 (VERIFY_X509_STRICT), and then no line had come up.
@pytest.mark.parametrize("level", ["federal", "regional", "municipal"])
def test_lines_show_certificates_that_are_believed_strictly(prepared: Path, level: str) -> None:
    strict = [need("openssl"), "verify", "-x509_strict", "-CAfile", str(prepared / "line-authority"), str(prepared / f"line-{level}")]
    done = subprocess.run(strict, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(("profile", "name"), [each for each in SERVICES if OURS.fullmatch(service(*each)["image"]) and service(*each)["command"]])
def test_hubs_are_started_by_commands_that_there_are_with_files_that_load(profile: str, name: str) -> None:
    each = service(profile, name)
    asked = parser().parse_args(each["command"])
    file = mounted(profile, name)[str(asked.config)]
    config = load(file, {variable: value for variable, value in each["environment"].items() if variable.startswith("OKNO_")})
    secrets = {f"/run/secrets/{secret['source']}" for secret in each.get("secrets", [])}
    assert set(re.findall(r'"(/run/secrets/\S+)"', file.read_text("utf8"))) <= secrets
    assert "/keys" in {volume["target"] for volume in each["volumes"]}
    assert "/data" in {volume["target"] for volume in each["volumes"]}
    assert config.limited
    assert config.hubs.inner in {"", f"{name}:8090"}
    assert bool(config.hubs.inner) == (config.store.kind == "mongodb")
    # Whoever publishes a port or names a balancer must be behind one, and nobody else may be: addresses of callers would be made up.
    assert config.listen.behind_proxy == ("front" in each.get("networks", {}))


def test_nothing_secret_lies_in_the_folder() -> None:
    tracked = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard", DOCKER], cwd=DOCKER.parent, check=True, capture_output=True, text=True)
    files = [DOCKER.parent / name for name in tracked.stdout.splitlines()]
    assert COMPOSE in files
    assert not [file for file in files if file.parent.name == "secrets"]
    assert not [file for file in files if re.search(r"BEGIN [A-Z ]*PRIVATE KEY|://\w+:[^@$(\s]+@", file.read_text("utf8"))]
    for ignored in (DOCKER.parent / ".gitignore", DOCKER / "Dockerfile.dockerignore"):
        assert "docker/secrets" in ignored.read_text("utf8")
    assert ".git" in (DOCKER / "Dockerfile.dockerignore").read_text("utf8").splitlines()  # ASVS 5.0 13.4.1
