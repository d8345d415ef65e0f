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

from tests.deploy.compose import DOCKER
from tests.house import House, People, people
from tests.peers.authority import certificate
from tests.peers.mongo import Member
from tests.peers.ports import await_port, free_ports

pytestmark = pytest.mark.peers

SHARED = DOCKER / "shared"


@contextmanager
def store(folder: Path, mongod: tuple[str, ...] = (), told: str = "") -> Iterator[Path]:
    """Secrets of a store of one member, which runs; `told` is added to its URI."""
    subprocess.run([DOCKER / "prepare", folder], check=True)
    (port,) = free_ports(1)
    uri = folder / "store-uri"
    uri.write_text(uri.read_text("ascii").strip().replace("mongo-a,mongo-b,mongo-c", f"127.0.0.1:{port}") + told, "ascii")
    key = folder / "mongo-key"
    os.chown(key, os.getuid(), os.getgid())
    member = Member(folder / "member", port, "--keyFile", str(key), *mongod)
    member.start()
    try:
        await_port(port)
        for _ in range(2):  # the second time nothing is left to be done
            subprocess.run([sys.executable, SHARED / "begin.py", f"127.0.0.1:{port}"], env=os.environ | {"OKNO_SECRETS": str(folder)}, check=True)
        yield folder
    finally:
        member.kill()


@pytest.fixture(scope="module")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    with store(tmp_path_factory.mktemp("shared")) as folder:
        yield folder


@contextmanager
def balanced(*hubs: House) -> Iterator[None]:
    """People of any of two hubs come to the balancer; its third is away."""
    port, away = free_ports(2)
    config = hubs[0].folder / "balancer.cfg"
    config.write_text((SHARED / "balancer.cfg").read_text("utf8").replace("bind :8080", f"bind 127.0.0.1:{port}"), "utf8")
    told = {"HUB_A": f"127.0.0.1:{away}", "HUB_B": hubs[0].listen, "HUB_C": hubs[1].listen}
    process = subprocess.Popen(["haproxy", "-f", config], env=os.environ | told, stdout=subprocess.DEVNULL)
    try:
        await_port(port, process)
        for hub in hubs:
            hub.base = f"http://127.0.0.1:{port}"
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def two_hubs(folder: Path, secrets: Path) -> Iterator[list[House]]:
    """As compose.yml starts them, each with a folder of its own."""
    config = folder / "centre.toml"
    config.write_text((SHARED / "centre.toml").read_text("utf8").replace("/run/secrets/store-uri", str(secrets / "store-uri")), "utf8")
    hubs = []
    for port in free_ports(2):
        own = folder / str(port)
        own.mkdir()
        hubs.append(House(own, config, {"OKNO_KEY_FILE": str(folder / "keys"), "OKNO_INNER": f"127.0.0.1:{port}"}))
    assert hubs[0].run("keys", "new").returncode == 0
    try:
        yield [hub.start() for hub in hubs]
    finally:
        for hub in hubs:
            hub.kill()
            print(hub.log.read_text("utf8")[-4000:])


async def leading(present: People, hubs: list[House]) -> House:
    told = [(await present.http.get(f"http://{hub.listen}/leads")).status for hub in hubs]
    assert sorted(told) == [200, 503]
    return hubs[told.index(200)]


# SE-01: the hub's account may do nothing but its own work.
def test_the_hubs_account_sees_its_own_database_alone(secrets: Path) -> None:
    with MongoClient[dict[str, object]]((secrets / "store-uri").read_text("ascii").strip()) as client:
        assert client["okno"].list_collection_names() == []
        for forbidden in (lambda: client["other"].list_collection_names(), lambda: client.admin.command("createUser", "eve", pwd="e", roles=["root"])):
            with pytest.raises(OperationFailure):
                forbidden()


# SE-01: between machines nothing goes in clear.
def test_a_store_of_several_machines_is_begun_by_tls(tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    both = tmp_path / "both.pem"
    both.write_text(cert.read_text("ascii") + key.read_text("ascii"), "ascii")
    options = ("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", str(both), "--tlsCAFile", str(cert), "--tlsAllowConnectionsWithoutCertificates")
    uri = tmp_path / "store-uri"
    with store(tmp_path, options, f"&tls=true&tlsCAFile={cert}"), MongoClient[dict[str, object]](uri.read_text("ascii")) as client:
        assert client["okno"].list_collection_names() == []


# SL-01: an update does not stop the intake. One hub after the other is stopped, and who comes meanwhile waits, and is served.
async def test_a_hub_is_stopped_and_another_serves(secrets: Path, tmp_path: Path) -> None:
    with two_hubs(tmp_path, secrets) as hubs, balanced(*hubs):
        async with people(hubs[0]) as present:
            before = await present.citizen()
            await before.tell("Позовите оператора")
            await before.line.hear("state", holder="queue")
            assert (await leading(present, hubs)).stop() == 0
            during = await present.citizen()
            await during.tell("Позовите оператора")
            await during.line.hear("state", holder="queue")
            await before.connect()
            await before.line.hear("state", holder="queue")
