"""Subscriptions by the desk's API and the command line, on a real hub (IN-01)."""

from collections.abc import Iterator
from importlib.resources import files

import pytest

from tests.channels.test_open311 import Program, key_of
from tests.house import House, People, house_in
from tests.peers.listener import Listener
from tests.rig import eventually


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("events")
    config = folder / "events.toml"
    demo = (files("okno.demo") / "okno.toml").read_text("utf8").replace('registry = "demo"', "")
    config.write_text(f'open311 = {{ on = true }}\nevents = {{ inside = ["127.0.0.0/8"] }}\n{demo}', "utf8")
    with house_in(folder, config) as running:
        yield running


async def test_a_system_is_told_and_told_once_more(house: House, at: People) -> None:
    # IN-01
    admin = await at.admin()
    async with Listener() as listener:
        body = {"key": "portal", "title": "Портал", "url": listener.url, "types": ["ru.okno.case."]}
        listener.secret = (await admin.does("POST", "/api/subscriptions", body))["secret"]
        program = Program(at.http, house.base, await key_of(admin, "streets"))
        number = await program.hands_in()
        await listener.wait(lambda: listener.types == ["registered"])
        assert listener.got[0].get_subject() == number
        told = await admin.does("GET", "/api/subscriptions")
        assert (told["subscriptions"][0]["wrong"], told["subscriptions"][0]["failed"]) == ("", 0)
        assert listener.secret not in str(told)
        await admin.does("POST", "/api/subscriptions/portal/replay", {"since": "2026-01-01T00:00:00Z"})
        await listener.wait(lambda: len(listener.got) == 2)
        assert listener.got[0].get_id() == listener.got[1].get_id()
        listed = house.run("events", "list")
        assert (listed.returncode, listed.stdout.startswith("portal\t")) == (0, True), listed.stderr
        done = house.run("events", "replay", "portal", "--since", "2026-01-01T00:00:00+03:00")
        assert done.returncode == 0, done.stderr
        await program.hands_in()
        await listener.wait(lambda: len(listener.got) == 4)
        await admin.does("DELETE", "/api/subscriptions/portal")
    assert (await admin.call("DELETE", "/api/subscriptions/portal"))[1]["error"] == "no_such_subscription"


async def test_a_subscription_is_tried_changed_and_told_what_it_did_not_take(house: House, at: People) -> None:
    # IN-01: what has failed is seen, and sent again at once
    admin = await at.admin()
    async with Listener() as listener:
        body = {"key": "register", "title": "Реестр", "url": "http://127.0.0.1:9/events", "types": ["ru.okno.case."]}
        listener.secret = (await admin.does("POST", "/api/subscriptions", body))["secret"]
        assert (await admin.call("POST", "/api/subscriptions/register/test"))[1]["error"] == "not_taken"
        await admin.does("PUT", "/api/subscriptions/register", {"title": "Реестр области", "url": listener.url, "types": ["ru.okno.case.registered"]})
        await admin.does("POST", "/api/subscriptions/register/test")
        assert (listener.got[0].get_type(), listener.got[0].get_data()) == ("ru.okno.test", {})
        listener.moods = [422, 422]
        program = Program(at.http, house.base, await key_of(admin, "roads"))
        numbers = [await program.hands_in(), await program.hands_in()]

        async def is_set_aside() -> bool:
            (told,) = (await admin.does("GET", "/api/subscriptions"))["subscriptions"]
            return bool((told["title"], told["failed"], told["wrong"]) == ("Реестр области", 2, "ответ с кодом 422"))

        await eventually(is_set_aside)
        assert await admin.does("POST", "/api/subscriptions/register/events/send", {}) == {"sent": 2}
        assert [each.get_subject() for each in listener.got[1:]] == numbers
        log = "/api/subscriptions/register/events"
        assert await admin.does("GET", f"{log}?state=failed") == {"events": [], "more": False}
        told = (await admin.does("GET", log))["events"]
        assert [(each["subject"], each["state"], each["tries"], each["why"]) for each in told] == [(each, "taken", 2, "") for each in numbers[::-1]]
        assert [each["number"] for each in (await admin.does("GET", f"{log}?before={told[0]['number']}"))["events"]] == [told[1]["number"]]
        table = (await admin.does("GET", f"{log}.csv?state=taken")).decode("utf-8-sig").splitlines()
        assert (len(table), table[1].split(";")[1:3]) == (3, ["ru.okno.case.registered", numbers[1]])
        period = {"since": told[1]["at"], "until": told[0]["at"]}
        assert await admin.does("POST", f"{log}/send", period) == {"sent": 1}
        assert listener.got[-1].get_subject() == numbers[0]
        assert (await admin.call("POST", f"{log}/send", {"since": told[1]["at"]}))[1]["error"] == "bad_request"
        await admin.does("POST", f"{log}/{told[0]['number']}/send")
        assert listener.got[-1].get_subject() == numbers[1]
        await admin.does("DELETE", "/api/subscriptions/register")
