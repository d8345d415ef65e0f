"""A hub and an Asterisk on one bare host: accounts, folders, units and the configuration of docs/deploy.md."""

import os
import stat
import subprocess
from pathlib import Path

import pytest

from okno.config import load
from tests.deploy.compose import DOCKER
from tests.deploy.fence import settings
from tests.deploy.test_page import COMMANDS
from tests.missing_programs import need

pytestmark = pytest.mark.peers

UNITS = DOCKER / "systemd"
SHARED = {"fax": "var/spool/asterisk/fax", "away": "var/spool/asterisk/away", "prompts": "var/spool/okno/prompts", "heard": "var/spool/okno/heard"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A bare root with the accounts that come before, after the page's lines."""
    for name, content in {
        "etc/passwd": "root:x:0:0::/root:/bin/sh\nasterisk:x:990:990::/var/lib/asterisk:/bin/false\n",
        "etc/group": "root:x:0:\nasterisk:x:990:\n", "etc/shadow": "", "etc/gshadow": ""}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content, "ascii")
    for line in COMMANDS:
        if "sysusers" not in line and "tmpfiles" not in line:
            continue
        for command in line.split(" && "):
            words = command.replace(" /etc/", f" {tmp_path}/etc/").replace(" docker/", f" {DOCKER}/").split()
            if words[0] == "install":
                Path(words[-1]).parent.mkdir(parents=True, exist_ok=True)
            else:
                words.insert(1, f"--root={tmp_path}")
            subprocess.run([need(words[0]), *words[1:]], check=True)
    return tmp_path


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes accounts and gives folders away")
def test_both_share_folders_by_a_group(root: Path) -> None:
    group = next(line.split(":") for line in (root / "etc/group").read_text("ascii").splitlines() if line.startswith("okno-share:"))
    assert {*group[3].split(",")} == {"okno", "asterisk"}
    for folder in SHARED.values():
        found = (root / folder).stat()
        assert (stat.S_IMODE(found.st_mode), found.st_uid, found.st_gid) == (0o2770, 990, int(group[2])), folder
    assert stat.S_IMODE((root / "etc/okno-asterisk").stat().st_mode) == 0o2750


def test_the_hub_may_write_what_its_configuration_names() -> None:
    config = load(DOCKER / "voice" / "host.toml", {})
    (voice,) = [each.settings for each in config.channels if each.driver == "voice.asterisk"]
    (paths,) = settings(UNITS / "telephone.conf", "ReadWritePaths")
    assert {f"/{SHARED['prompts']}", f"/{SHARED['heard']}", f"/{SHARED['away']}"} == {voice["sounds"], voice["recordings"], voice["away"]}
    assert all(any(str(voice[key]).startswith(path) for path in paths.split()) for key in ("sounds", "recordings", "away"))
    assert settings(UNITS / "okno.service", "UMask") == ["0077"]


def test_a_machine_without_asterisk_is_named(tmp_path: Path) -> None:
    for name in ("password", "phones"):
        (tmp_path / name).write_text("", "ascii")
    environ = os.environ | {"PBX_PREFIX": str(tmp_path), "PBX_AMI_PASSWORD_FILE": str(tmp_path / "password"), "PBX_PHONES": str(tmp_path / "phones")}
    done = subprocess.run([DOCKER / "asterisk" / "render", tmp_path / "etc"], env=environ, check=False, capture_output=True, text=True)
    assert (done.returncode, "Asterisk is not installed there" in done.stderr) == (1, True)
    assert not list((tmp_path / "etc").iterdir())
