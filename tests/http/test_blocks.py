"""Blocks and what lies aside at the desk and on the command line, in a real hub (SE-02)."""

import csv
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.gateway_hub import GatewayHub, gateway_hub, quiet_in_moscow
from tests.house import Clerk, People, people
from tests.rig import eventually

SPAMMER = "+79001234567"
TAKEN = "сейчас не принимаются"


@pytest.fixture(scope="module")
def carrying(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayHub]:
    with gateway_hub(tmp_path_factory.mktemp("carrying"), quiet_in_moscow()) as running:
        yield running


@pytest.fixture
async def at(carrying: GatewayHub) -> AsyncIterator[People]:
    async with people(carrying) as present:
        yield present


@pytest.fixture
async def boss(admin: Clerk, at: People) -> Clerk:
    return await at.clerk(admin, "supervisor")


def body(pattern: str, **more: Any) -> dict[str, Any]:
    return {"family": "sms", "pattern": pattern, "reason": "реклама", **more}


async def test_a_sender_is_blocked_and_his_words_are_given_on(carrying: GatewayHub, boss: Clerk) -> None:
    # SE-01, SE-02
    made = await boss.does("POST", "/api/blocks", body("+7 900 123-45-67".replace("-", ""), days=2))
    assert (made["pattern"], made["holds"], made["by"]) == (SPAMMER, True, boss.login)
    carrying.writes("spam", SPAMMER, "Купите слона")
    await carrying.receives(SPAMMER, TAKEN)
    pile, = await boss.does("GET", "/api/aside")
    assert (pile["cause"], pile["group"], len(pile["conversations"]), pile["first"]["address"]) == ("blocked", made["id"], 1, SPAMMER)
    assert await boss.does("POST", "/api/aside/release", {"conversations": pile["conversations"]}) == {"done": 1}
    assert await boss.does("GET", "/api/aside") == []
    held = next(each for each in await boss.does("GET", "/api/channels") if each["channel"] == "sms.folder")
    assert (held["blocked"], held["released"]) == (1, 1)


async def test_lifting_is_taken_back_and_unknown_ones_are_told(boss: Clerk) -> None:
    # SE-02
    made = await boss.does("POST", "/api/blocks", body("+79005550001"))
    for audit_entry, holds in (("lift", False), ("restore", True), ("lift", False)):
        assert (await boss.does("POST", f"/api/blocks/{made['id']}/{audit_entry}"))["holds"] is holds
    assert await boss.call("POST", "/api/blocks/none/lift") == (404, {"error": "no_such_block", "text": "Такой блокировки нет."})


@pytest.mark.parametrize(("wrong", "code"), [
    ({"pattern": "+7*"}, "bad_pattern"), ({"family": "telex"}, "bad_pattern"), ({"days": 367}, "bad_request"), ({"days": 0}, "bad_request"),
    ({"reason": ""}, "bad_request"), ({"conversation": "1"}, "no_such_conversation"), ({"conversation": "x"}, "bad_request")])
async def test_what_makes_no_sense_is_refused(boss: Clerk, wrong: dict[str, Any], code: str) -> None:
    # SE-02
    status, answer = await boss.call("POST", "/api/blocks", body("+79005550002") | wrong)
    assert (status in {400, 404}, answer["error"]) == (True, code)


async def test_the_table_computes_nothing(boss: Clerk) -> None:
    # SE-02: a number is no sum and a reason no formula
    await boss.does("POST", "/api/blocks", body("+79005550003", reason="=1+1"))
    table = (await boss.does("GET", "/api/blocks.csv")).decode("utf-8-sig")
    assert ";'+79005550003;не принимать;'=1+1;" in table


async def test_the_sender_of_a_chat_is_no_address(at: People, boss: Clerk) -> None:
    # SE-02: its token is good for nothing the next time
    citizen = await at.citizen()
    status, answer = await boss.call("POST", "/api/blocks", {"conversation": citizen.conversation, "reason": "брань"})
    assert (status, answer["error"]) == (400, "bad_pattern")
    assert "сеть" in answer["text"]


async def test_each_look_and_deed_is_in_the_audit_without_the_number(admin: Clerk, boss: Clerk) -> None:
    # SE-01, SE-03
    made = await boss.does("POST", "/api/blocks", body("+79005550004"))
    await boss.does("GET", "/api/blocks")
    audit_entries = [audit_entry for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["by"] == boss.login]
    assert {"block_added", "blocks"} <= {audit_entry["what"] for audit_entry in audit_entries}
    assert any(audit_entry["about"] == made["id"] for audit_entry in audit_entries)
    assert not any("+7900555" in audit_entry["detail"] + audit_entry["about"] for audit_entry in audit_entries)


async def test_the_command_line_reaches_a_hub_that_runs(carrying: GatewayHub, boss: Clerk) -> None:
    # SE-02: nothing can be pushed from one process to the other, so it takes some seconds
    added = carrying.run("blocks", "add", "sms", "+79006*", "--reason", "обзвон", "--days", "1")
    assert added.returncode == 0, added.stderr
    number = added.stdout.partition(":")[0]

    async def known() -> bool:
        return any(each["id"] == number and each["holds"] for each in await boss.does("GET", "/api/blocks"))
    await eventually(known)
    assert "+79006*" in carrying.run("blocks", "list").stdout
    # F16 of the security review: the command's table computes nothing either
    assert carrying.run("blocks", "add", "sms", "+79007*", "--reason", "=1+1", "--days", "1").returncode == 0
    table = list(csv.reader(carrying.run("blocks", "list").stdout.splitlines()))
    assert [(row[2], row[-1]) for row in table if "79007" in row[2]] == [("'+79007*", "'=1+1")]
    assert carrying.run("blocks", "lift", number).returncode == 0
    assert carrying.run("blocks", "lift", "none").returncode == 1
