"""docker/compose.yml as Docker itself reads it; no engine runs here."""

import json
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from tests.missing_programs import need

DOCKER = Path(__file__).parents[2] / "docker"
COMPOSE = DOCKER / "compose.yml"
PROFILES = re.findall(r"^#   ([a-z]+) {2,}", COMPOSE.read_text("utf8"), re.MULTILINE)


@cache
def composed(profile: str) -> dict[str, Any]:
    """As Docker understands it; what it does not understand it refuses."""
    words = [need("docker-compose"), "--file", str(COMPOSE), "--profile", profile, "config", "--format", "json"]
    said = subprocess.run(words, check=False, capture_output=True, text=True)
    assert said.returncode == 0, said.stderr
    assert said.stderr == ""
    whole: dict[str, Any] = json.loads(said.stdout)
    return whole


def service(profile: str, name: str) -> dict[str, Any]:
    found: dict[str, Any] = composed(profile)["services"][name]
    return found


def mounted(profile: str, name: str) -> dict[str, Path]:
    """What a service finds at which place, of the files of this folder."""
    files = composed(profile)["configs"]
    return {each["target"]: Path(files[each["source"]]["file"]) for each in service(profile, name).get("configs", [])}
