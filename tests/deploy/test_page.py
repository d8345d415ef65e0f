"""What docs/deploy.md has people type and write down is understood by whoever reads it."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from pymongo.uri_parser import parse_uri

from okno.commands.cli import parser
from okno.config import load
from tests.deploy.compose import DOCKER, PROFILES, composed
from tests.peers.authority import certificate
from tests.peers.mongo import mongod

pytestmark = pytest.mark.peers

ROOT = DOCKER.parent
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf8")
COMMANDS = [line.partition("   #")[0].strip() for block in re.findall(r"^```sh\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
SERVICES = {name for profile in PROFILES for name in composed(profile)["services"]}


@pytest.mark.parametrize("command", [each for each in COMMANDS if "docker compose" in each])
def test_compose_knows_profile_and_service(command: str) -> None:
    words = shlex.split(command.partition("docker compose")[2])
    assert words[:2] == ["-f", "docker/compose.yml"]
    assert all(words[at + 1] in PROFILES for at, word in enumerate(words) if word == "--profile")
    does = next(at for at, word in enumerate(words) if word in {"build", "run", "up", "exec", "logs"})
    rest = [word for word in words[does + 1:] if not word.startswith("-")]
    assert not rest or rest[0] in SERVICES
    asked = rest[1:] if words[does] == "run" else words[words.index("/opt/okno/bin/okno") + 1:] if words[does] == "exec" else []
    if asked:
        parser().parse_args(asked)


def test_every_file_that_is_named_is_there() -> None:
    for command in COMMANDS:
        for word in re.findall(r"\bdocker/[\w/.@-]+", command):
            assert (ROOT / word).exists(), word
    for unit in re.findall(r"systemctl \w+ (?:--now )?([a-z]\S*)", "\n".join(COMMANDS)):
        assert (DOCKER / "systemd" / f"{re.sub('@.*', '@', unit)}.service").exists()


def test_mongod_reads_its_file(tmp_path: Path) -> None:
    (text,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    cert, key = certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_text(cert.read_text("ascii") + key.read_text("ascii"), "ascii")
    file = tmp_path / "mongod.conf"
    file.write_text(text.replace("/etc/okno/mongod.pem", str(both)).replace("/etc/okno/authority.pem", str(cert)), "utf8")
    said = subprocess.run([mongod(), "--config", file, "--outputConfig"], check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert "requireTLS" in said.stdout


def test_the_uri_for_machines_of_their_own(tmp_path: Path) -> None:
    subprocess.run([DOCKER / "prepare", tmp_path / "secrets"], check=True)
    (command,) = [each for each in COMMANDS if each.startswith("sed ")]
    subprocess.run(command, shell=True, cwd=tmp_path, check=True)
    line = (tmp_path / "secrets" / "store-uri").read_text("ascii")
    assert line.count("\n") == 1
    ca = tmp_path / "authority.pem"
    ca.write_text("", "ascii")
    uri = parse_uri(line.strip().replace("/etc/okno/authority.pem", str(ca)))
    assert [host for host, _ in uri["nodelist"]] == ["a.example", "b.example", "c.example"]
    assert (uri["options"]["replicaSet"], uri["options"]["tls"]) == ("okno", True)


def test_what_a_hub_of_several_is_told(tmp_path: Path) -> None:
    (command,) = [each for each in COMMANDS if each.startswith("printf") and "OKNO" in each]
    told = subprocess.run(command.partition(">")[0], shell=True, check=True, capture_output=True, text=True).stdout
    config = load(DOCKER / "shared" / "centre.toml", dict(line.split("=", 1) for line in told.splitlines()))
    assert (config.listen.host, config.listen.port, config.hubs.place()) == ("10.0.0.1", 8080, ("10.0.0.1", 8090))


def test_what_a_line_is_told_is_what_its_configuration_asks_for() -> None:
    (command,) = [each for each in COMMANDS if each.startswith("printf") and "NATS" in each]
    told = subprocess.run(command.partition(">")[0], shell=True, check=True, capture_output=True, text=True).stdout
    asked = {name for file in (DOCKER / "nats").glob("*.conf") for name in re.findall(r"\$(\w+)", file.read_text("utf8"))}
    assert {line.partition("=")[0] for line in told.splitlines()} == asked
