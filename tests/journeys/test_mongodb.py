"""A centre moves to MongoDB while it works, goes on there where it was, and comes back (LV-01, CH-12)."""

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from tests.house import House, house_in, people
from tests.peers.mongo import Replicas, replicas


@pytest.fixture
def servers() -> Iterator[Replicas]:
    with replicas() as running:
        yield running


def settle(file: Path, servers: Replicas, kind: str) -> None:
    demo = (files("okno.demo") / "okno.toml").read_text(encoding="utf8")
    assert "[store]" not in demo
    file.write_text(f'{demo}\n[store]\nkind = "{kind}"\nuri = "{servers.uri}"\n', encoding="utf8")


def moved(house: House, to: str) -> str:
    done = house.run("migrate-store", "--to", to)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


async def test_there_and_back(servers: Replicas, tmp_path: Path) -> None:
    file = tmp_path / "centre.toml"
    settle(file, servers, "sqlite")
    with house_in(tmp_path, file) as house:
        async with people(house) as crowd, asyncio.timeout(100):
            admin, citizen = await crowd.admin(), await crowd.citizen()
            await citizen.tell("позовите оператора")
            await citizen.line.hear("state", holder="queue")
            assert "works on" in moved(house, "mongodb")
            await citizen.tell("Потерял загранпаспорт, пока всё переезжает")
            house.stop()
            assert "✗" not in moved(house, "mongodb")
            refused = house.run("blocks", "list")
            assert (refused.returncode, "was moved to MongoDB" in refused.stderr) == (1, True)
            settle(file, servers, "mongodb")
            checked = house.run("check")
            assert (checked.returncode, "✓ store: MongoDB, okno, on a replica set" in checked.stdout) == (0, True), checked.stdout + checked.stderr
            house.start()
            assert [row["id"] for row in (await admin.does("GET", "/api/inbox?view=waiting"))["conversations"]] == [citizen.conversation]
            await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
            await admin.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"text": "Здравствуйте!", "key": "k1"})
            texts = [message["text"] for message in await citizen.transcript()]
            assert (texts[-2:], "Здравствуйте!" in texts) == (["Потерял загранпаспорт, пока всё переезжает", "Здравствуйте!"], True)
            house.kill()
            house.start()
            assert [message["text"] for message in await citizen.transcript()] == texts
            house.stop()
            moved(house, "sqlite")
            settle(file, servers, "sqlite")
            house.start()
            assert [message["text"] for message in await citizen.transcript()] == texts
            assert house.run("audit", "verify").returncode == 0
