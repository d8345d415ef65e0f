"""A letter that waits for a person has 24 hours from when it came, whoever sleeps meanwhile (RQ-07, GV-17)."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from tests.channels.email.hub import settings
from tests.channels.email.sender import mail
from tests.deployments import in_toml
from tests.house import Clerk, people
from tests.paper import near
from tests.peers.ports import free_ports
from tests.peers.post_office import PostOffice
from tests.rig import Clock

CENTRE = """centre = {{ code = "077", name = "Центр", level = "regional" }}
queues = [{{ id = "general", title = "Общие" }}]
topics = [{{ id = "other", title = "Другое" }}]
[[channels]]
driver = "email.mail"
settings = {{ {settings} }}
"""


def centre(folder: Path, port: int, relay: int) -> str:
    how = settings(folder, relay, listen={"port": port}, mailboxes=[])
    return CENTRE.format(settings=", ".join(f"{name} = {toml(value)}" for name, value in how.items()))


def toml(value: object) -> str:
    return f"{{ {in_toml(value)} }}" if isinstance(value, dict) else json.dumps(value)


@pytest.fixture
def office() -> Iterator[PostOffice]:
    office = PostOffice()
    yield office
    office.close()


def told(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


async def writes(port: int, text: str, key: str, *references: str) -> None:
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
        await client.send_message(mail(text, key, subject="Вопрос", references=references))


async def owed(clerk: Clerk) -> list[dict[str, Any]]:
    """Whom an answer is owed, by deadline."""
    found: list[dict[str, Any]] = (await clerk.does("GET", "/api/promises"))["conversations"]
    return found


async def overdue(clerk: Clerk) -> str:
    status, figures = await clerk.call("GET", "/metrics")
    assert status == 200
    return next(line.split()[1] for line in figures.decode().splitlines() if line.startswith("okno_promises_overdue "))


async def test_a_letter_has_a_day_until_a_person_answers_it(tmp_path: Path, office: PostOffice) -> None:
    # RQ-07, GV-17: on the night of 1 January, over a restart of the hub
    await office.open()
    (port,) = free_ports(1)
    clock = Clock()
    came = clock.now = datetime(2026, 12, 31, 22, 30, tzinfo=UTC)
    config = centre(tmp_path, port, office.port)
    async with near(tmp_path, config, now=clock) as (house, _), people(house) as at:
        admin = await at.admin()
        await writes(port, "Позовите оператора", "1@home.example")
        await office.hears("Номер обращения")
        (row,) = await owed(admin)
        assert row["holder"]["kind"] == "queue"
        assert row["promise"]["due"] == told(came + timedelta(hours=24))
        password = house.password
    clock.forward(25 * 3600)
    async with near(tmp_path, config, now=clock) as (house, _), people(house) as at:
        house.password = password
        admin = await at.admin()
        (row,) = await owed(admin)
        assert await overdue(admin) == "1.0"
        conversation = row["id"]
        assert [entry["why"] for entry in await admin.timeline(conversation) if entry["kind"] == "alarmed"] == ["50", "80", "95", "100"]
        anna = await at.clerk(admin)
        await anna.does("POST", f"/api/conversations/{conversation}/take")
        assert (await anna.act(conversation, "close", {"topic": "other"}))[1]["error"] == "promise_open"
        await anna.act(conversation, "reply", {"key": "1", "text": "Десять рабочих дней"})
        assert await owed(admin) == []
        assert await overdue(admin) == "0.0"
        await office.hears("Десять рабочих дней")
        # What he writes back while she has it has a day of its own, until he wants no answer.
        ours = office.taken[-1].message["Message-ID"].strip("<>")
        await writes(port, "Спасибо!", "2@home.example", ours)
        (row,) = await owed(admin)
        assert (row["id"], row["promise"]["due"]) == (conversation, told(clock.now + timedelta(hours=24)))
        assert (await anna.act(conversation, "withdraw", {"note": "поблагодарил"}))[0] == 200
        assert (await anna.act(conversation, "close", {"topic": "other"}))[0] == 200


async def test_what_the_operator_promises_himself_moves_no_term(tmp_path: Path, office: PostOffice) -> None:
    # RQ-07: a promise gives no second day
    await office.open()
    (port,) = free_ports(1)
    clock = Clock()
    async with near(tmp_path, centre(tmp_path, port, office.port), now=clock) as (house, _), people(house) as at:
        admin = await at.admin()
        await writes(port, "Позовите оператора", "1@home.example")
        await office.hears("Номер обращения")
        (row,) = await owed(admin)
        anna = await at.clerk(admin)
        clock.forward(120)
        await anna.does("POST", f"/api/conversations/{row['id']}/take")
        await anna.does("POST", f"/api/conversations/{row['id']}/promise", {"why": "Узнать в ведомстве"})
        await office.hears("Мы ответим вам в течение суток")
        (promised,) = await owed(admin)
        assert (promised["promise"]["due"], promised["promise"]["why"]) == (row["promise"]["due"], "Узнать в ведомстве")
