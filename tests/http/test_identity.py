"""One person, several addresses, by the desk's own requests: a code that comes by SMS, the history, the split, who may not."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.gateway import CHANNEL, Gateway, house_with_gateway
from tests.house import Citizen, Clerk, House, People, talking

CONFIG = """
queues = [{ id = "general", title = "Общая" }, { id = "other", title = "Другая" }]
topics = [{ id = "other", title = "Другое" }]
routing = { queue = "general" }
centre = { code = "001", level = "LEVEL" }
"""
_numbers = count(1)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Gateway]]:
    with house_with_gateway(tmp_path_factory.mktemp("identity"), CONFIG.replace("LEVEL", "municipal")) as running:
        yield running


@pytest.fixture(scope="module")
def house(both: tuple[House, Gateway]) -> House:
    return both[0]


@pytest.fixture
def gateway(both: tuple[House, Gateway]) -> Gateway:
    return both[1]


def telephone() -> str:
    return f"+7900{next(_numbers):07}"


async def joined(clerk: Clerk, citizen: Citizen, gateway: Gateway, number: str) -> dict[str, object]:
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/identity/code", {"channel": CHANNEL, "address": number})
    body = {"code": await gateway.code(number)}
    answer: dict[str, object] = await clerk.does("POST", f"/api/conversations/{citizen.conversation}/identity/confirm", body)
    return answer


async def test_a_code_by_sms_joins_and_the_history_is_one(at: People, admin: Clerk, gateway: Gateway) -> None:
    # CH-16
    clerk, number = await at.clerk(admin), telephone()
    gateway.send(number, "Когда готов паспорт?")
    await gateway.answered(number)
    citizen = await talking(at, clerk, name="Анна")
    base = f"/api/conversations/{citizen.conversation}"
    assert (await clerk.does("GET", "/api/me"))["histories"] is True
    before = await clerk.does("GET", f"{base}/identity")
    assert ([(each["channel"], each["value"], each["own"]) for each in before["addresses"]], before["channels"]) == (
        [("web.chat", "", True)], [CHANNEL])
    assert (await clerk.does("GET", f"{base}/history"))["contacts"] == []
    after = await joined(clerk, citizen, gateway, number)
    assert after["awaited"] is None
    assert [(each["value"], each["how"]) for each in after["addresses"]] == [("", None), (number, "typed")]  # type: ignore[attr-defined]
    (contact,) = (await clerk.does("GET", f"{base}/history"))["contacts"]
    assert (contact["address"]["value"], contact["holder"]["kind"]) == (number, "bot")
    assert (await clerk.call("GET", f"/api/conversations/{contact['id']}"))[0] == 403
    past = await clerk.does("GET", f"{base}/history/{contact['id']}")
    texts = [entry["text"] for entry in past["entries"]]
    assert "Когда готов паспорт?" in texts
    assert await gateway.code(number) not in " ".join(texts)
    assert "Скрыто: это видит только получатель." in texts
    audit_entries = {audit_entry["what"]: audit_entry for audit_entry in await admin.does("GET", "/api/audit")}
    assert (audit_entries["join"]["by"], audit_entries["ask_code"]["detail"]) == (clerk.login, f"{CHANNEL}:•••{number[-2:]}")
    assert (audit_entries["past"]["by"], audit_entries["past"]["about"]) == (clerk.login, contact["id"])
    parted = await clerk.does("POST", f"{base}/identity/split", {"address": f"{CHANNEL}:{number}", "why": "ошибка"})
    assert len(parted["addresses"]) == 1
    assert (await clerk.does("GET", f"{base}/history"))["contacts"] == []
    assert (await clerk.call("GET", f"{base}/history/{contact['id']}"))[1]["error"] == "no_such_conversation"


async def test_a_wrong_code_is_told_in_words(at: People, admin: Clerk, gateway: Gateway) -> None:
    # CH-16
    clerk, number = await at.clerk(admin), telephone()
    citizen = await talking(at, clerk)
    base = f"/api/conversations/{citizen.conversation}/identity"
    assert (await clerk.call("POST", f"{base}/confirm", {"code": "000000"}))[1]["error"] == "no_code"
    answer = await clerk.does("POST", f"{base}/code", {"channel": CHANNEL, "address": number})
    assert (answer["awaited"]["address"]["value"], answer["awaited"]["left"]) == (number, 3)
    wrong = "000000" if await gateway.code(number) != "000000" else "111111"
    assert await clerk.call("POST", f"{base}/confirm", {"code": wrong}) == (
        409, {"error": "wrong_code", "text": "Код не подошёл. Осталось попыток: 2."})
    assert (await clerk.does("GET", base))["awaited"]["left"] == 2
    for _ in range(2):
        await clerk.does("POST", f"{base}/code", {"channel": CHANNEL, "address": number})
    status, refused = await clerk.call("POST", f"{base}/code", {"channel": CHANNEL, "address": number})
    assert (status, refused["error"]) == (429, "too_fast")
    assert (await clerk.call("POST", f"{base}/code", {"channel": "web.chat", "address": "x"}))[1]["error"] == "no_such_address"
    assert (await clerk.call("POST", f"{base}/confirm", {"code": "12345a"}))[0] == 400


async def test_other_desks_are_told(at: People, admin: Clerk, gateway: Gateway) -> None:
    # CH-16
    clerk, number = await at.clerk(admin), telephone()
    citizen = await talking(at, clerk)
    colleague = await at.clerk(admin, "senior")
    await colleague.does("GET", f"/api/conversations/{citizen.conversation}")
    senior = await colleague.live()
    await senior.send(type="watch", conversation=citizen.conversation)
    await senior.hear("hello")
    await clerk.does("GET", "/api/me")
    base = f"/api/conversations/{citizen.conversation}/identity"
    await clerk.does("POST", f"{base}/code", {"channel": CHANNEL, "address": number})
    await senior.hear("person", conversation=citizen.conversation)
    await citizen.tell(await gateway.code(number))
    await senior.hear("person", conversation=citizen.conversation)
    assert [each["how"] for each in (await clerk.does("GET", base))["addresses"]] == [None, "written"]
    await clerk.does("POST", f"{base}/split", {"address": f"{CHANNEL}:{number}", "why": "так"})
    await senior.hear("person", conversation=citizen.conversation)


async def test_who_does_not_hold_it_joins_nothing(at: People, admin: Clerk) -> None:
    # SE-01
    clerk = await at.clerk(admin)
    citizen = await talking(at, clerk)
    base = f"/api/conversations/{citizen.conversation}"
    body = {"channel": CHANNEL, "address": telephone()}
    outcomes = {}
    for role, queues in (("operator", ("other",)), ("senior", ("other",)), ("supervisor", ("other",)), ("designer", ())):
        other = await at.clerk(admin, role, queues)
        outcomes[role] = ((await other.call("GET", f"{base}/identity"))[0], (await other.call("GET", f"{base}/history"))[0],
                          (await other.call("POST", f"{base}/identity/code", body))[0])
    assert outcomes == {"operator": (403, 403, 403), "senior": (200, 200, 403), "supervisor": (200, 200, 200), "designer": (403, 403, 403)}


async def test_the_federal_centre_has_no_history(tmp_path_factory: pytest.TempPathFactory) -> None:
    # CH-16, FD-04, SE-05
    with house_with_gateway(tmp_path_factory.mktemp("federal"), CONFIG.replace("LEVEL", "federal")) as (house, _):
        at = People(house)
        clerk = await at.admin()
        citizen = await talking(at, clerk)
        base = f"/api/conversations/{citizen.conversation}"
        assert (await clerk.does("GET", "/api/me"))["histories"] is False
        for method, path, body in (("GET", "identity", None), ("GET", "history", None), ("GET", "history/1", None),
                                   ("POST", "identity/code", {"channel": CHANNEL, "address": telephone()}),
                                   ("POST", "identity/confirm", {"code": "000000"}), ("POST", "identity/split", {"address": "x", "why": "y"})):
            status, answer = await clerk.call(method, f"{base}/{path}", body)
            assert (status, answer["error"]) == (403, "federal"), path
        await at.leave()
