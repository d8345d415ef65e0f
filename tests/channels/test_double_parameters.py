"""A parameter that comes twice is refused at every door, in the query and in the body (SE-02; ASVS 5.0 15.3.7)."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bots.russian import Russian
from channels.sms.profile import received
from channels.web import form
from channels.web.appeal import new_code
from hub.conversations.ports import Channel, Store
from hub.intake.ports import Intake
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.kernel.web.bodies import single
from tests.channels.room import ValvedMemory, room_with
from tests.channels.served import served
from tests.house import House

CODE = "AAAA-AAAA-AAAA-AAAA-AAAA"
SURVEY = f"/survey/p/{'a' * 24}"
OPENED = ("/", "/form", "/form/look", f"/form/{CODE}", f"/form/{CODE}/events", f"/form/{CODE}/files/{'a' * 64}", "/case", "/survey/none", SURVEY, "/verify",
          "/chat/session", "/chat/socket", f"/chat/files/{'a' * 64}", "/api/inbox", "/api/socket", "/healthz", "/metrics", "/nowhere")
POSTED = ("/form", "/form/look", f"/form/{CODE}", "/case", "/survey/none", SURVEY, "/chat/verify", "/chat/sessions", "/chat/files", "/api/session")


@pytest.mark.parametrize(("method", "path"), [*(("GET", path) for path in OPENED), *(("POST", path) for path in POSTED)])
async def test_no_door_takes_a_query_with_a_name_twice(house: House, method: str, path: str) -> None:
    async with aiohttp.ClientSession() as http, http.request(method, f"{house.base}{path}?lang=ru&lang=en", allow_redirects=False) as answer:
        assert (answer.status, (await answer.json())["error"]) == (400, "bad_request")


@pytest.fixture
async def the_form(tmp_path: Path, russian: Russian) -> AsyncIterator[str]:
    def connected(intake: Intake, store: Store, files: Files) -> Channel:
        return form.connect({}, intake, store, files, limited=False)

    async with room_with(connected, ValvedMemory, tmp_path, russian) as room, served(room) as base:
        yield base


@pytest.mark.parametrize("parts", [False, True], ids=["urlencoded", "multipart"])
async def test_no_form_takes_a_field_twice(house: House, the_form: str, *, parts: bool) -> None:
    fields = [("key", new_code()), ("number", "001-261124-0000042-3"), ("code", "12345678")]
    async with aiohttp.ClientSession() as http:
        for door in (f"{house.base}/case", f"{the_form}/form", f"{the_form}/form/look"):
            for sheet, refused in (([*fields, ("number", "001-261124-0000043-1")], True), (fields, False)):
                body = aiohttp.FormData(sheet, default_to_multipart=parts)
                async with http.post(door, data=body, allow_redirects=False) as answer:
                    assert (answer.status == 400) is refused, (door, answer.status)


def test_a_provider_s_webhook_is_read_so_too() -> None:
    assert received(b"from=1&text=a", "application/x-www-form-urlencoded") == {"from": "1", "text": "a"}
    with pytest.raises(RefusedError, match="comes twice"):
        received(b"from=1&text=a&from=2", "application/x-www-form-urlencoded")
    assert single([("a", "1"), ("A", "1")]) == {"a": "1", "A": "1"}
