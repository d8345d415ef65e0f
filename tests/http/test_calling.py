"""Who may have a citizen called, where there is no telephone; with one: tests/channels/voice/test_call_originator.py."""

from tests.house import Clerk, People, talking


async def test_only_who_holds_a_conversation_calls(at: People, admin: Clerk) -> None:
    # SL-05
    anna, olga = await at.clerk(admin), await at.clerk(admin)
    citizen = await talking(at, anna, name="Пётр")
    assert (await olga.act(citizen.conversation, "call", {"key": "k"}))[1]["error"] == "not_yours"
    assert (await anna.act(citizen.conversation, "call", {}))[1]["error"] == "bad_request"
    assert (await anna.act(citizen.conversation, "call", {"key": "k"}))[1]["error"] == "no_number"


async def test_a_number_alone_does_not_call(at: People, admin: Clerk) -> None:
    # SL-05
    anna = await at.clerk(admin)
    citizen = await talking(at, anna, name="Пётр")
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/promise", {"why": "надо уточнить", "number": "+79161234567"})
    await anna.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert (await anna.act(citizen.conversation, "call", {"key": "k"}))[1]["error"] == "no_telephone"
