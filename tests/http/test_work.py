"""An operator's work on a real hub: offers, replies, notes, transfers, closing, and what is written down of it (CH-09, CH-12)."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.house import Citizen, Clerk, House, Line, People, house_in

OFFER_S = 5


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Offers lapse as soon as the configuration lets them."""
    folder = tmp_path_factory.mktemp("house")
    config = folder / "okno.toml"
    builtin = Path("okno/demo/okno.toml").read_text(encoding="utf8")
    config.write_text(builtin.replace("[routing]", f"[routing]\noffer_s = {OFFER_S}"), encoding="utf8")
    with house_in(folder, config) as running:
        yield running


class Seat:
    """An operator with his desk open; only he serves his queue."""

    def __init__(self, clerk: Clerk, line: Line) -> None:
        self.clerk, self.line, self.login = clerk, line, clerk.login

    async def present(self, presence: str = "ready") -> None:
        await self.clerk.does("PUT", "/api/presence", {"presence": presence})


async def seat(at: People, admin: Clerk, role: str = "operator") -> Seat:
    clerk = await at.clerk(admin, role)
    line = await clerk.live()
    await line.hear("hello", presence="offline")
    return Seat(clerk, line)


@pytest.fixture
async def anna(at: People, admin: Clerk) -> AsyncIterator[Seat]:
    seated = await seat(at, admin)
    yield seated
    await seated.present("offline")


@pytest.fixture
async def boris(at: People, admin: Clerk) -> AsyncIterator[Seat]:
    seated = await seat(at, admin)
    yield seated
    await seated.present("offline")


async def in_line(at: People) -> Citizen:
    citizen = await at.citizen(name="Пётр")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    return citizen


async def with_anna(at: People, anna: Seat) -> Citizen:
    citizen = await in_line(at)
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    await citizen.line.hear("state", holder="operator")
    return citizen


async def put_away(admin: Clerk, *citizens: Citizen) -> None:
    """Leave no one in line: the next test has the hub for itself."""
    for citizen in citizens:
        await admin.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "other"})


async def audit_entries(admin: Clerk, conversation: str) -> list[tuple[str, str]]:
    """Who did what to a conversation, oldest first."""
    return [(d["by"], d["what"]) for d in reversed(await admin.does("GET", "/api/audit")) if d["about"] == conversation]


async def test_an_offer_is_accepted(at: People, admin: Clerk, anna: Seat) -> None:
    await anna.present()
    citizen = await in_line(at)
    offer = await anna.line.hear("offer")
    assert offer["conversation"]["id"] == citizen.conversation
    assert 1 <= offer["seconds"] <= OFFER_S
    timeline = await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/accept")
    assert timeline["conversation"]["holder"]["operator"] == anna.login
    assert (await anna.line.hear("offer_gone"))["how"] == "accepted"
    assert (await citizen.line.hear("state", holder="operator"))["operator"] == anna.login.title()
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/accept")  # twice is once
    assert [d for d in await audit_entries(admin, citizen.conversation) if d[1] == "accepted"] == [(anna.login, "accepted")]
    await put_away(admin, citizen)


async def test_a_rejected_offer_goes_to_somebody_else(at: People, admin: Clerk, anna: Seat, boris: Seat) -> None:
    await anna.present()
    citizen = await in_line(at)
    await anna.line.hear("offer")
    await boris.present()
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/reject")
    assert (await anna.line.hear("offer_gone"))["how"] == "rejected"
    assert (await boris.line.hear("offer"))["conversation"]["id"] == citizen.conversation
    assert (await anna.clerk.act(citizen.conversation, "accept"))[1]["error"] == "no_offer"
    assert (await anna.clerk.act(citizen.conversation, "reject"))[1]["error"] == "no_offer"
    await boris.clerk.does("POST", f"/api/conversations/{citizen.conversation}/accept")
    await put_away(admin, citizen)


async def test_an_offer_left_alone_lapses_and_its_operator_is_on_a_break(at: People, admin: Clerk, anna: Seat, boris: Seat) -> None:
    await anna.present()
    citizen = await in_line(at)
    await anna.line.hear("offer")
    await boris.present()
    assert (await anna.line.hear("offer_gone"))["how"] == "expired"
    await anna.line.hear("presence", login=anna.login, presence="break")
    assert (await boris.line.hear("offer"))["conversation"]["id"] == citizen.conversation
    entries = await admin.timeline(citizen.conversation)
    assert [e["by"] for e in entries if e["kind"] == "offered"] == [anna.login, boris.login]
    assert [(e["by"], e["why"]) for e in entries if e["kind"] == "offer_ended"] == [(anna.login, "expired")]
    await put_away(admin, citizen)
    assert (await boris.line.hear("offer_gone"))["how"] == "rescinded"


async def test_nobody_is_given_more_than_he_can_do(at: People, admin: Clerk, anna: Seat) -> None:
    held = [await with_anna(at, anna) for _ in range(4)]
    fifth = await in_line(at)
    assert (await anna.clerk.act(fifth.conversation, "take"))[1]["error"] == "full"
    await anna.present()
    await put_away(admin, held[0])
    assert (await anna.line.hear("offer"))["conversation"]["id"] == fifth.conversation
    await put_away(admin, fifth, *held[1:])


async def test_a_row_is_told_with_all_that_was_said(at: People, admin: Clerk, anna: Seat) -> None:
    citizen = await with_anna(at, anna)
    await anna.line.send(type="watch", conversation=citizen.conversation)
    for n in range(1, 4):
        await citizen.tell(f"Ещё вопрос {n}")
        assert (await anna.line.hear("entry"))["entry"]["text"] == f"Ещё вопрос {n}"
        while (row := (await anna.line.hear("conversation"))["conversation"])["last_text"] != f"Ещё вопрос {n}":
            assert row["last_text"]  # while the next is on its way, the last is told
        assert row["unread"] >= n
    await put_away(admin, citizen)


async def test_replies_reach_the_citizen_and_notes_do_not(at: People, admin: Clerk, anna: Seat) -> None:
    citizen = await with_anna(at, anna)
    await anna.line.send(type="watch", conversation=citizen.conversation)
    reply = {"key": "r1", "text": "Здравствуйте!"}
    status, note = await anna.clerk.act(citizen.conversation, "note", {"key": "n1", "text": "Проверить адрес"})
    assert (status, note["kind"]) == (200, "note")
    first, again = [await anna.clerk.act(citizen.conversation, "reply", reply) for _ in range(2)]
    assert first == again
    assert (await citizen.line.hear("message", author="operator"))["text"] == "Здравствуйте!"
    said = await citizen.tell("Спасибо")
    assert (await anna.line.hear("entry"))["entry"]["text"] == "Проверить адрес"
    while (entry := (await anna.line.hear("entry"))["entry"])["text"] != "Спасибо":
        pass
    assert entry["id"] == said["id"]
    assert "Проверить адрес" not in [frame["text"] for frame in await citizen.transcript()]
    await put_away(admin, citizen)
    done = [w for _, w in await audit_entries(admin, citizen.conversation) if w != "open"]
    assert done[-4:] == ["taken", "note", "reply", "close"]


async def test_what_is_read_and_typed_is_told(at: People, admin: Clerk, anna: Seat) -> None:
    citizen = await with_anna(at, anna)
    await anna.line.send(type="watch", conversation=citizen.conversation)
    said = await citizen.tell("Вы тут?")
    await anna.line.hear("entry")
    await anna.line.send(type="seen", conversation=citizen.conversation, id=said["id"])
    assert (await citizen.line.hear("seen"))["id"] == said["id"]
    await anna.line.send(type="typing", conversation=citizen.conversation)
    await citizen.line.hear("typing")
    await citizen.line.send(type="typing")
    await anna.line.hear("typing", login="")
    await citizen.line.send(type="seen", id=said["id"])
    assert (await anna.line.hear("seen"))["id"] == said["id"]
    await put_away(admin, citizen)


async def test_a_transfer_to_a_colleague(at: People, admin: Clerk, anna: Seat, boris: Seat) -> None:
    citizen = await with_anna(at, anna)
    since = (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["waiting_since"]
    await boris.present()
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"operator": boris.login, "note": "Ваш вопрос"})
    offer = await boris.line.hear("offer")
    assert offer["conversation"]["waiting_since"] == since  # the citizen's clock goes along (D3)
    assert (offer["by"], offer["note"]) == (anna.login.title(), "Ваш вопрос")
    assert offer["why"].startswith("Обращение передано лично оператору")
    assert (await anna.clerk.act(citizen.conversation, "reply", {"key": "k", "text": "ещё"}))[1]["error"] == "not_yours"
    timeline = await boris.clerk.does("POST", f"/api/conversations/{citizen.conversation}/accept")
    assert "Ваш вопрос" in [e["text"] for e in timeline["entries"] if e["kind"] == "note"]
    await put_away(admin, citizen)


async def test_a_colleague_who_is_not_there_yet_hears_of_a_transfer_to_them(at: People, admin: Clerk, anna: Seat, boris: Seat) -> None:
    # CH-09: also one who has no capacity (B8 of the acceptance by an operator)
    citizen = await with_anna(at, anna)
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"operator": boris.login, "note": "Ваш вопрос"})
    told = await boris.line.hear("transferred")
    assert (told["conversation"]["id"], told["by"], told["note"]) == (citizen.conversation, anna.login.title(), "Ваш вопрос")
    await put_away(admin, citizen)


async def test_an_offer_stands_longer_while_its_operator_types(at: People, admin: Clerk, anna: Seat) -> None:
    # CH-08
    await anna.present()
    citizen = await in_line(at)
    offer = await anna.line.hear("offer")
    await anna.line.send(type="writing")
    longer = await anna.line.hear("offer_prolonged")
    assert longer["conversation"] == citizen.conversation
    assert longer["until"] > offer["until"]
    await put_away(admin, citizen)


async def test_a_transfer_to_a_queue(at: People, admin: Clerk, anna: Seat) -> None:
    citizen = await with_anna(at, anna)
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/transfer", {"queue": "social"})
    await citizen.line.hear("state", holder="queue")
    assert (await anna.clerk.act(citizen.conversation, "take"))[1]["error"] == "forbidden"  # not her queue
    holder = (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["holder"]
    assert (holder["kind"], holder["queue"]) == ("queue", "social")
    await put_away(admin, citizen)


@pytest.mark.parametrize(("body", "code"), [
    ({}, "bad_transfer"), ({"queue": "general", "operator": "admin"}, "bad_transfer"), ({"queue": "none"}, "no_such_queue"),
    ({"operator": "nobody"}, "no_such_operator")])
async def test_a_transfer_to_nowhere(at: People, admin: Clerk, anna: Seat, body: dict[str, str], code: str) -> None:
    citizen = await with_anna(at, anna)
    assert (await anna.clerk.act(citizen.conversation, "transfer", body))[1]["error"] == code
    await put_away(admin, citizen)


async def test_a_closed_conversation_opens_with_the_robot_when_the_citizen_writes_again(at: People, admin: Clerk, anna: Seat) -> None:
    citizen = await with_anna(at, anna)
    assert (await anna.clerk.act(citizen.conversation, "close", {"topic": "none"}))[1]["error"] == "no_such_topic"
    await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/close", {"topic": "documents"})
    await citizen.line.hear("state", holder="closed")
    assert (await anna.clerk.act(citizen.conversation, "close", {"topic": "documents"}))[0] in {403, 409}
    question = await citizen.tell("Как получить загранпаспорт?")
    answer = await citizen.line.hear("message", author="bot")
    while int(answer["id"]) < int(question["id"]):
        answer = await citizen.line.hear("message", author="bot")
    assert "source" in answer
    assert (await admin.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["holder"]["kind"] == "bot"


async def test_the_archive_finds_what_was_said(at: People, admin: Clerk, anna: Seat) -> None:
    citizen = await with_anna(at, anna)
    await citizen.tell("Верните сноповязалку")
    found: list[str] = []
    while citizen.conversation not in found:  # what was said is made findable a moment later
        hits = await admin.does("GET", "/api/search?text=сноповязалки")
        found = [hit["conversation"]["id"] for hit in hits["hits"]]
    await put_away(admin, citizen)


async def test_an_article_written_is_an_article_answered(at: People, admin: Clerk) -> None:
    article = {"title": "Сноповязалки", "text": "Сноповязалки выдают по средам.", "questions": ["Где получить сноповязалку?"],
               "topic": "other", "body": "", "valid_from": "2026-01-01"}
    await admin.does("PUT", "/api/articles/binder", article)
    citizen = await at.citizen()
    await citizen.line.hear("message", author="bot")
    await citizen.tell("Где получить сноповязалку?")
    assert (await citizen.line.hear("message", author="bot"))["source"]["article"] == "binder"
    await admin.does("DELETE", "/api/articles/binder")
    assert (await admin.call("DELETE", "/api/articles/binder"))[1]["error"] == "no_such_article"
    assert (await admin.call("DELETE", "/api/articles/person"))[1]["error"] == "needed"
    assert {"article", "article_deleted"} <= {d["what"] for d in await admin.does("GET", "/api/audit") if d["about"] == "article/binder"}


@pytest.mark.parametrize("leaves", ["taken", "left"])
async def test_what_waits_no_more_is_gone_from_all_desks_of_its_line(at: People, admin: Clerk, anna: Seat, boris: Seat, leaves: str) -> None:
    # CH-08: and what is said in a talk afterwards is told to those alone whom it concerns
    citizen = await in_line(at)
    await boris.line.hear("conversation", gone=False)
    if leaves == "taken":
        await anna.clerk.does("POST", f"/api/conversations/{citizen.conversation}/take")
    else:
        await citizen.line.send(type="leave")
    assert (await boris.line.hear("conversation", gone=True))["conversation"]["id"] == citizen.conversation
    boris.line.unheard.clear()
    if leaves == "taken":
        await citizen.tell("Вы здесь?")
        while (await anna.line.hear("conversation", gone=False))["conversation"]["last_text"] != "Вы здесь?":
            pass  # what was said before she took it may be told once more
        await boris.present("break")
        await boris.line.hear("presence", presence="break")
        assert all(frame["type"] != "conversation" for frame in boris.line.unheard)
        await put_away(admin, citizen)
