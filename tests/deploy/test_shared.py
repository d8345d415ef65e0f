"""What compose.yml starts together, started without Docker: MongoDB with accounts, hubs, and the balancer before them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from tests.deploy.test_compose import DOCKER
from tests.house import House, house_in, people
from tests.peers.mongo import Member
from tests.peers.ports import await_port, free_ports

SHARED = DOCKER / "shared"


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Those of a store of one member, which runs."""
    folder = tmp_path_factory.mktemp("shared")
    subprocess.run([DOCKER / "prepare", folder], check=True)
    (port,) = free_ports(1)
    uri = folder / "store-uri"
    uri.write_text(uri.read_text("ascii").replace("mongo-a,mongo-b,mongo-c", f"127.0.0.1:{port}"), "ascii")
    key = folder / "mongo-key"
    os.chown(key, os.getuid(), os.getgid())
    member = Member(folder / "member", port, "--keyFile", str(key))
    member.start()
    try:
        await_port(port)
        for _ in range(2):  # the second time nothing is left to be done
            subprocess.run([sys.executable, SHARED / "begin.py", f"127.0.0.1:{port}"], env=os.environ | {"OKNO_SECRETS": str(folder)}, check=True)
        yield folder
    finally:
        member.kill()


@contextmanager
def balanced(house: House, folder: Path) -> Iterator[None]:
    """People come to the balancer; of its three hubs one is there."""
    (port,) = free_ports(1)
    config = folder / "balancer.cfg"
    config.write_text((SHARED / "balancer.cfg").read_text("utf8").replace("bind :8080", f"bind 127.0.0.1:{port}"), "utf8")
    away = free_ports(2)
    hubs = {"HUB_A": f"127.0.0.1:{away[0]}", "HUB_B": house.listen, "HUB_C": f"127.0.0.1:{away[1]}"}
    process = subprocess.Popen(["haproxy", "-f", config], env=os.environ | hubs, stdout=subprocess.DEVNULL)
    direct, house.base = house.base, f"http://127.0.0.1:{port}"
    try:
        await_port(port, process)
        yield
    finally:
        house.base = direct
        process.kill()
        process.wait()


# SE-01: the hub's account may do nothing but its own work.
def test_the_hubs_account_sees_its_own_database_alone(secrets: Path) -> None:
    with MongoClient[dict[str, object]]((secrets / "store-uri").read_text("ascii").strip()) as client:
        assert client["okno"].list_collection_names() == []
        for forbidden in (lambda: client["other"].list_collection_names(), lambda: client.admin.command("createUser", "eve", pwd="e", roles=["root"])):
            with pytest.raises(OperationFailure):
                forbidden()


# SL-01: hubs that are away are passed by.
async def test_a_citizen_is_answered_through_the_balancer(secrets: Path, tmp_path: Path) -> None:
    config = tmp_path / "centre.toml"
    config.write_text((SHARED / "centre.toml").read_text("utf8").replace("/run/secrets/store-uri", str(secrets / "store-uri")), "utf8")
    keys = {"OKNO_KEY_FILE": str(tmp_path / "keys")}
    House(tmp_path, config, keys).run("keys", "new")
    with house_in(tmp_path, config, keys) as house, balanced(house, tmp_path):
        async with people(house) as present:
            admin = await present.admin()
            citizen = await present.citizen()
            await citizen.tell("Позовите оператора")
            await citizen.line.hear("state", holder="queue")
            assert (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["entries"]
