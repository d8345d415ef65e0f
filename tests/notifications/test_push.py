"""Pushes to the browser of an operator who does not see the desk: of what, how often, and when no more (SE-01, SE-02)."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hub.notifications.push import PushKind, PushSubscription
from tests.house import Citizen, Clerk, House, People, house_in, knowledge_alone, people, talking
from tests.notifications.push_service import PushService
from tests.rig import eventually

ALL = [each.value for each in PushKind]
PUSH = '[push]\ncontact = "mailto:duty@centre.example"\ninternal_networks = ["127.0.0.0/8"]\n'


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("pushing")
    config = knowledge_alone(folder)
    config.write_text(f"{config.read_text('utf8')}\n{PUSH}", "utf8")
    with house_in(folder, config) as running:
        yield running


@pytest.fixture
async def service() -> AsyncIterator[PushService]:
    async with PushService() as running:
        yield running


async def subscribed(clerk: Clerk, service: PushService, kinds: list[str] | None = None, **more: Any) -> None:
    await clerk.does("PUT", "/api/push", service.subscription | {"kinds": ALL if kinds is None else kinds} | more)


async def is_on(clerk: Clerk) -> bool:
    return bool((await clerk.does("GET", "/api/push"))["on"])


async def is_off(clerk: Clerk) -> bool:
    return not await is_on(clerk)


def told(kind: str, citizen: Citizen, number: str) -> dict[str, str]:
    return {"kind": kind, "conversation": citizen.conversation, "number": number}


async def number_of(clerk: Clerk, citizen: Citizen) -> str:
    return str((await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["number"])


async def test_one_push_for_a_conversation_until_the_desk_is_seen(at: People, service: PushService) -> None:  # CH-08
    anna = await at.clerk(await at.admin())
    key = (await anna.does("GET", "/api/push"))["key"]
    assert (len(key), await is_on(anna)) == (87, False)  # 65 bytes in base64url
    await subscribed(anna, service)
    assert await is_on(anna)
    citizen = await talking(at, anna, name="Пётр Иванов")
    number = await number_of(anna, citizen)
    await citizen.tell("Мой СНИЛС 112-233-445 95")
    await citizen.tell("Где моё пособие?")  # of which there is a push already
    assert await service.pushed(1) == [told("message", citizen, number)]  # and no word of anybody
    line = await anna.live()
    await line.send(type="shown", yes=True)
    await line.send(type="watch", conversation=citizen.conversation)
    await line.hear("looking")  # the hub has read what came before
    await citizen.tell("Вижу, что вы читаете")
    await line.send(type="shown", yes=False)
    await line.send(type="watch", conversation=citizen.conversation)
    await line.hear("looking")
    other = await talking(at, anna)
    await citizen.tell("Вы ещё здесь?")
    await other.tell("Здравствуйте ещё раз")
    assert (await service.pushed(3))[1:] == [told("message", citizen, number), told("message", other, await number_of(anna, other))]
    assert service.headers[0]["Topic"] == citizen.conversation
    await line.close()


async def test_offers_and_mentions_by_their_switches(at: People, service: PushService) -> None:  # CH-08, RT-01
    admin = await at.admin()
    anna, senior = await at.clerk(admin), await at.clerk(admin, "senior")
    await subscribed(anna, service, ["offer"])
    await anna.does("PUT", "/api/presence", {"presence": "ready"})
    citizen = await at.citizen()
    await citizen.tell("позовите оператора")
    (offer,) = await service.pushed(1)
    assert (offer["kind"], offer["conversation"]) == ("offer", citizen.conversation)
    assert service.headers[0]["TTL"] == "60"
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/accept")
    await citizen.tell("Здравствуйте")  # messages are switched off
    async with PushService() as other:
        await subscribed(senior, other, ["mention"])
        note = {"key": "k1", "text": "@Старший", "mentions": [senior.login]}
        await anna.does("POST", f"/api/conversations/{citizen.conversation}/note", note)
        assert await other.pushed(1) == [told("mention", citizen, offer["number"])]
    await anna.does("PUT", "/api/presence", {"presence": "offline"})
    assert len(service.got) == 1


async def test_it_ends_with_the_session_or_where_the_browser_is_gone(at: People, service: PushService) -> None:  # SE-01
    anna = await at.clerk(await at.admin())
    await subscribed(anna, service)
    citizen = await talking(at, anna)
    service.moods = [503, 410]  # tried again once, and then never
    await citizen.tell("Где моё пособие?")
    await eventually(lambda: is_off(anna))
    assert (service.tried, service.got) == (2, [])
    await subscribed(anna, service)
    await anna.does("DELETE", "/api/push")
    assert not await is_on(anna)
    await subscribed(anna, service)
    again = await at.stranger(anna.login).sign_in()
    assert (await is_on(anna), await is_on(again)) == (True, False)  # each browser has its own
    await anna.does("DELETE", "/api/session")
    await citizen.tell("Есть кто-нибудь?")
    await subscribed(again, service)
    await (await talking(at, again)).tell("Другой разговор")
    assert len(await service.pushed(1)) == 1
    assert service.tried == 3


@pytest.mark.parametrize("wrong", [{"endpoint": "http://10.0.0.1/push"}, {"endpoint": "file:///etc/passwd"}, {"p256dh": "AAAA"}, {"auth": "AAAA"}])
async def test_what_is_no_subscription_is_refused(at: People, service: PushService, wrong: dict[str, str]) -> None:  # SE-02
    anna = await at.clerk(await at.admin())
    status, answer = await anna.call("PUT", "/api/push", service.subscription | {"kinds": ALL} | wrong)
    assert (status, answer["error"]) == (400, "bad_address")


async def test_the_key_outlives_the_hub_and_without_a_contact_nothing_is_offered(tmp_path: Path) -> None:
    config = knowledge_alone(tmp_path)
    plain = config.read_text("utf8")
    keys = []
    for more in (PUSH, PUSH, ""):
        config.write_text(f"{plain}\n{more}", "utf8")
        with house_in(tmp_path, config) as house:
            async with people(house) as present:
                keys.append((await (await present.admin()).does("GET", "/api/push"))["key"])
    assert (keys[0], keys[2]) == (keys[1], "")
    assert keys[0]


def test_quiet_hours_are_of_the_centres_clock() -> None:
    def wants(quiet_from: int, quiet_until: int, hour: int, minute: int = 0) -> bool:
        until = datetime(2026, 12, 2, tzinfo=UTC)
        subscription = PushSubscription("key", "anna", "", b"", b"", (PushKind.OFFER,), until, quiet_from * 60, quiet_until * 60)
        return subscription.wants(PushKind.OFFER, datetime(2026, 12, 1, hour, minute, tzinfo=UTC))

    assert [wants(21, 8, hour) for hour in (20, 21, 23, 0, 7, 8)] == [True, False, False, False, False, True]
    assert [wants(13, 14, *at) for at in ((12, 59), (13, 0), (13, 59), (14, 0))] == [True, False, False, True]
    assert wants(0, 0, 0)
