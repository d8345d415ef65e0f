"""What compose.yml starts for three levels, started without Docker: NATS with the configurations, certificates and settings as they are shipped."""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from pathlib import Path
from typing import Any

import pytest

from hub.link.nats import NatsLink, connect
from hub.organisation.centre import Level
from okno.commands.registry import load_registry
from okno.config import Config, load
from tests.channels.line import PATIENCE_S
from tests.deploy.compose import DOCKER, composed, mounted, service
from tests.link.data import insist, parcel
from tests.peers.nats import Server
from tests.peers.ports import free_ports

pytestmark = pytest.mark.peers

LEVELS = {"federal": "001", "regional": "077", "municipal": "501"}
Places = dict[str, int]


def centre(level: str) -> Config:
    return load(mounted("federated", level)["/etc/okno/centre.toml"], {})


@pytest.mark.parametrize("level", LEVELS)
def test_each_centre_is_in_the_registry_of_all(level: str) -> None:
    config = centre(level)
    registry = load_registry(config)
    assert registry is not None
    assert config.registry == str(mounted("federated", level)["/etc/okno/registry.toml"])
    assert (config.centre.code, config.centre.level) == (LEVELS[level], Level(level))
    assert set(config.link.settings["centres"]) == set(LEVELS.values()) - {config.centre.code}  # type: ignore[call-overload]


def test_no_level_reaches_another_but_by_its_server() -> None:
    """Networks lead from a hub to its own server, and from a server to the one above."""
    nets = {name: set(each["networks"]) for name, each in composed("federated")["services"].items()}
    inner = {name for name, each in composed("federated")["networks"].items() if each.get("internal")}
    for level in LEVELS:
        assert nets[level] & inner == {level}
        assert {name for name, those in nets.items() if level in those} == {level, f"nats-{level}"}
        assert nets[f"nats-{level}"] <= inner


def laid_out(level: str, secrets: Path, folder: Path) -> Path:
    """The server's folder of work, as compose.yml mounts it."""
    for secret in service("federated", f"nats-{level}")["secrets"]:
        target = folder / Path(secret["target"]).relative_to("/data")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(secrets / secret["source"], target)
    return folder


def replaced(value: str, clients: Places, leaves: Places) -> str:
    """Names and ports of the containers, as they are here."""
    for level in LEVELS:
        value = value.replace(f"nats-{level}:4222", f"127.0.0.1:{clients[level]}").replace(f"nats-{level}:7422", f"127.0.0.1:{leaves[level]}")
    return value


@pytest.fixture
async def links(tmp_path: Path) -> AsyncIterator[dict[str, NatsLink]]:
    secrets = tmp_path / "secrets"
    subprocess.run([DOCKER / "prepare", secrets], check=True)
    clients, leaves = (dict(zip(LEVELS, free_ports(3), strict=True)) for _ in range(2))
    async with AsyncExitStack() as stack:
        found = {}
        for level in LEVELS:
            places = {name: replaced(value, clients, leaves) for name, value in service("federated", f"nats-{level}")["environment"].items()}
            places |= {"NATS_CLIENTS": f"127.0.0.1:{clients[level]}", "NATS_LEAVES": f"127.0.0.1:{leaves[level]}"}
            (folder := tmp_path / level).mkdir()
            server = Server(laid_out(level, secrets, folder), mounted("federated", f"nats-{level}")["/etc/nats/server.conf"], places)
            stack.callback(server.kill)
            server.start()
        for level, code in LEVELS.items():
            settings: dict[str, Any] = {
                name: replaced(value, clients, leaves).replace("/run/secrets", str(secrets)) if isinstance(value, str) else value
                for name, value in centre(level).link.settings.items()}
            found[code] = connect(code, settings)
            stack.push_async_callback(found[code].close)
        yield found


# LV-04: levels are linked over their servers, each known by its certificate.
async def test_what_the_city_sends_comes_to_the_federal_centre_and_the_region(links: dict[str, NatsLink]) -> None:
    for to in ("001", "077"):
        sent = parcel("501", to)
        await insist(links["501"], sent)
        async with asyncio.timeout(PATIENCE_S), aclosing(links[to].receive()) as come:
            assert await anext(come) == sent
