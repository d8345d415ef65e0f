"""Two conversations of one citizen as one, by the desk's own requests: preview, merging, what comes then, parting, over a restart."""

from collections.abc import Iterator

import pytest

from tests.gateway import Gateway, house_with_gateway
from tests.house import Citizen, Clerk, House, People, talking
from tests.http.test_identity import CONFIG, joined, telephone


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Gateway]]:
    with house_with_gateway(tmp_path_factory.mktemp("merging"), CONFIG.replace("LEVEL", "municipal")) as running:
        yield running


@pytest.fixture
def house(both: tuple[House, Gateway]) -> House:
    return both[0]


@pytest.fixture
def gateway(both: tuple[House, Gateway]) -> Gateway:
    return both[1]


async def by_sms(clerk: Clerk, citizen: Citizen, gateway: Gateway, number: str) -> str:
    """The conversation of the same citizen by SMS, which waits for a person."""
    gateway.send(number, "позовите оператора")
    await gateway.answered(number)
    await joined(clerk, citizen, gateway, number)
    (contact,) = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}/history"))["contacts"]
    assert contact["holder"]["kind"] == "queue"
    return str(contact["id"])


async def test_what_was_said_by_sms_goes_on_in_the_chat_and_is_parted_again(at: People, admin: Clerk, gateway: Gateway) -> None:
    # CH-05, CH-08, CH-12, CH-16
    clerk, number = await at.clerk(admin), telephone()
    citizen = await talking(at, clerk, name="Анна")
    other, base = await by_sms(clerk, citizen, gateway, number), f"/api/conversations/{citizen.conversation}"
    assert [each["id"] for each in await clerk.does("GET", f"{base}/merges")] == [other]
    preview = await clerk.does("GET", f"{base}/merges/{other}")
    assert (preview["kept"]["id"], preview["other"]["id"], preview["better"], preview["cases"], preview["promise"]["why"]) == (
        citizen.conversation, other, citizen.conversation, 0, "Обращение ждёт ответа")
    assert {entry["conversation"] for entry in preview["entries"]} == {citizen.conversation, other}
    line = await clerk.live()
    await clerk.does("GET", base)
    await line.send(type="watch", conversation=citizen.conversation)
    await line.hear("hello")
    await clerk.does("PUT", f"{base}/merges/{other}")
    while [part["id"] for part in (await line.hear("conversation"))["conversation"]["parts"]] != [other]:
        pass
    gateway.send(number, "Я ещё про паспорт")
    while (told := await line.hear("entry"))["entry"]["text"] != "Я ещё про паспорт":
        pass
    assert told["entry"]["conversation"] == other
    told = await clerk.does("GET", base)
    assert told["conversation"]["last_text"] == "Я ещё про паспорт"
    assert told["conversation"]["parts"][0]["address"] == number
    entries = await clerk.timeline(citizen.conversation)
    assert [entry["id"] for entry in entries] == sorted((entry["id"] for entry in entries), key=int)
    assert {entry["conversation"] for entry in entries} == {citizen.conversation, other}
    await clerk.does("POST", f"/api/conversations/{other}/reply", {"key": "by sms", "text": "Паспорт готов"})
    assert "Паспорт готов" in await gateway.seen(number, "Паспорт готов")
    await clerk.does("DELETE", f"{base}/merges/{other}")
    assert {entry["conversation"] for entry in await clerk.timeline(citizen.conversation)} == {citizen.conversation}
    (contact,) = (await clerk.does("GET", f"{base}/history"))["contacts"]
    assert contact["holder"]["kind"] == "queue"
    assert (await clerk.act(other, "reply", {"key": "no", "text": "Нет"}))[1]["error"] == "not_yours"
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit")]
    assert audit_entries.count("merge") == audit_entries.count("part") == 1


async def test_who_may_not_merges_nothing(at: People, admin: Clerk, gateway: Gateway) -> None:
    # SE-01, CH-16
    clerk, number = await at.clerk(admin), telephone()
    citizen, stranger = await talking(at, clerk), await talking(at, clerk)
    other, base = await by_sms(clerk, citizen, gateway, number), f"/api/conversations/{citizen.conversation}"
    assert (await clerk.call("PUT", f"{base}/merges/{stranger.conversation}"))[1]["error"] == "other_person"
    assert (await clerk.call("PUT", f"{base}/merges/1"))[1]["error"] == "no_such_conversation"
    colleague = await at.clerk(admin, "operator", ("other",))
    for method, path in (("GET", "merges"), ("GET", f"merges/{other}")):
        assert (await colleague.call(method, f"{base}/{path}"))[0] == 403
    for method in ("PUT", "DELETE"):
        assert (await colleague.call(method, f"{base}/merges/{other}"))[0] in {403, 409}


async def test_a_restart_between_changes_nothing(at: People, admin: Clerk, house: House, gateway: Gateway) -> None:
    # ST-02
    clerk, number = await at.clerk(admin), telephone()
    citizen = await talking(at, clerk)
    other, base = await by_sms(clerk, citizen, gateway, number), f"/api/conversations/{citizen.conversation}"
    await clerk.does("PUT", f"{base}/merges/{other}")
    house.kill()
    house.start()
    clerk = await at.stranger(clerk.login).sign_in()
    gateway.send(number, "Это снова я")
    texts: list[str] = []
    while "Это снова я" not in texts:
        texts = [entry["text"] for entry in await clerk.timeline(citizen.conversation)]
    await clerk.does("DELETE", f"{base}/merges/{other}")
    assert "Это снова я" not in [entry["text"] for entry in await clerk.timeline(citizen.conversation)]
