"""An operator's files: uploaded to a conversation, named by a reply or a note, and brought by the channels that bring files."""

from collections.abc import Iterator
from hashlib import sha256
from urllib.parse import quote

import pytest

from tests.gateway import Gateway, house_with_gateway
from tests.house import Clerk, Frame, House, People, talking
from tests.http.test_identity import CONFIG, joined, telephone

FORM = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
EXE = b"MZ" + bytes(range(256))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Gateway]]:
    with house_with_gateway(tmp_path_factory.mktemp("enclosing"), CONFIG.replace("LEVEL", "municipal")) as running:
        yield running


@pytest.fixture
def house(both: tuple[House, Gateway]) -> House:
    return both[0]


async def upload(clerk: Clerk, conversation: str, content: bytes, name: str = "бланк.pdf") -> tuple[int, Frame]:
    headers = {"X-CSRF-Token": clerk.csrf}
    path = f"/api/conversations/{conversation}/files?name={quote(name)}"
    async with clerk.http.post(path, data=content, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_file_of_an_operator_reaches_the_citizen_in_the_chat(at: People, admin: Clerk, house: House) -> None:
    # CH-08, CH-16
    clerk = await at.clerk(admin)
    citizen = await talking(at, clerk)
    status, file = await upload(clerk, citizen.conversation, FORM)
    assert (status, file) == (200, {"file": sha256(FORM).hexdigest(), "name": "бланк.pdf", "type": "application/pdf", "size": len(FORM),
                                    "state": "clean", "found": ""})
    assert (await upload(clerk, citizen.conversation, FORM, "иначе.pdf"))[1] == file
    path = f"/api/conversations/{citizen.conversation}/reply"
    body = {"key": "k1", "text": "", "files": [file["file"], file["file"]]}
    written = [await clerk.does("POST", path, body) for _ in range(2)]
    assert written[0] == written[1]
    said = await citizen.line.hear("message", author="operator", key="k1")
    assert [each["name"] for each in said["attachments"]] == ["бланк.pdf"]
    async with at.http.get(f"{house.base}/chat/files/{file['file']}?token={citizen.token}") as answer:
        assert await answer.read() == FORM
    assert (await clerk.does("GET", "/api/inbox"))["conversations"][0]["files"] == "any"


async def test_a_note_brings_a_file_that_its_citizen_never_sees(at: People, admin: Clerk) -> None:
    # CH-12
    clerk, colleague = await at.clerk(admin), await at.clerk(admin)
    citizen = await talking(at, clerk)
    file = (await upload(clerk, citizen.conversation, FORM))[1]["file"]
    note = await clerk.does("POST", f"/api/conversations/{citizen.conversation}/note", {"key": "n1", "text": "образец", "files": [file]})
    assert (note["kind"], [each["file"] for each in note["attachments"]]) == ("note", [file])
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/reply", {"key": "k1", "text": "Смотрю"})
    assert all("attachments" not in frame for frame in await citizen.transcript())
    assert (await upload(colleague, citizen.conversation, FORM))[0] == 403


async def test_what_may_not_be_enclosed_is_refused_in_words(at: People, admin: Clerk) -> None:
    # CH-08, SE-01
    clerk = await at.clerk(admin)
    citizen, other = await talking(at, clerk), await talking(at, clerk)
    here = f"/api/conversations/{citizen.conversation}"
    refusals = [await upload(clerk, citizen.conversation, content) for content in (EXE, b"", b"x" * ((10 << 20) + 1))]
    assert [(status, told["error"]) for status, told in refusals] == [(415, "bad_type"), (400, "empty"), (413, "too_large")]
    theirs = (await upload(clerk, other.conversation, FORM))[1]["file"]
    for what in ("reply", "note"):
        assert (await clerk.call("POST", f"{here}/{what}", {"key": "k", "text": "вот", "files": [theirs]}))[1]["error"] == "no_such_file"
        assert (await clerk.call("POST", f"{here}/{what}", {"key": "k", "text": ""}))[1]["error"] == "empty"
        assert (await clerk.call("POST", f"{here}/{what}", {"key": "k", "text": "", "files": [f"{n:064x}" for n in range(11)]}))[0] == 400


async def test_a_channel_without_files_says_so_before_anything_is_sent(at: People, admin: Clerk, both: tuple[House, Gateway]) -> None:
    # CH-05, CH-16: the file of the chat goes into a note of what goes on in it, and by SMS to nobody
    gateway, clerk, number = both[1], await at.clerk(admin), telephone()
    citizen = await talking(at, clerk, name="Анна")
    gateway.send(number, "позовите оператора")
    await gateway.answered(number)
    await joined(clerk, citizen, gateway, number)
    (contact,) = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}/history"))["contacts"]
    await clerk.does("PUT", f"/api/conversations/{citizen.conversation}/merges/{contact['id']}")
    row = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]
    assert (row["files"], [part["files"] for part in row["parts"]]) == ("any", ["none"])
    file = (await upload(clerk, citizen.conversation, FORM))[1]["file"]
    sms = f"/api/conversations/{contact['id']}"
    status, told = await clerk.call("POST", f"{sms}/reply", {"key": "k1", "text": "Вот бланк", "files": [file]})
    assert (status, told["error"]) == (409, "no_files")
    assert not any("бланк" in text for text in gateway.received(number))
    note = await clerk.does("POST", f"{sms}/note", {"key": "n1", "text": "бланк", "files": [file]})
    assert [each["state"] for each in note["attachments"]] == ["clean"]
