"""Open311 GeoReport v2 over a real hub, with clients that others have written: georeport (reads, JSON and XML) and three (hands in) (IN-01)."""

import asyncio
import itertools
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from georeport import GeoReport
from requests import HTTPError

from tests.channels.email.post import PNG
from tests.house import Clerk, House, People, house_in, people

V2 = "/open311/v2"
SUNK = {"service_code": "housing", "lat": "55.7512", "long": "37.6184", "description": "Провалился люк во дворе"}
THREE = """
import itertools, json, sys
itertools.ifilter = filter  # it was written for Python 2
from three import Three
endpoint, key, told = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = Three(endpoint, api_key=key)
print(json.dumps({"services": client.services(), "posted": client.post(**told), "discovery": client.discovery()}))
"""


def config(folder: Path, name: str, settings: str, level: str = "regional") -> Path:
    demo = (files("okno.demo") / "okno.toml").read_text("utf8")
    path = folder / f"{name}.toml"
    assert 'level = "regional"' in demo
    path.write_text(f"open311 = {settings}\n" + demo.replace('level = "regional"', f'level = "{level}"').replace('registry = "demo"', ""), "utf8")
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("open311")
    with house_in(folder, config(folder, "public", '{ on = true, public = true, jurisdiction = "city.example", address = "https://hub.example" }')) as running:
        yield running


async def key_of(admin: Clerk, name: str, *scopes: str, role: str = "supervisor", queues: tuple[str, ...] = ("general",)) -> str:
    body = {"name": name, "role": role, "scopes": scopes or ["hand_in"], "queues": queues}
    return str((await admin.does("POST", "/api/services", body))["key"])


class Program:
    """A system of others, with its key."""

    def __init__(self, http: aiohttp.ClientSession, base: str, key: str) -> None:
        self.http, self.base, self.key = http, base + V2, key

    async def posts(self, path: str, fields: dict[str, str], **headers: str) -> tuple[int, Any]:
        async with self.http.post(f"{self.base}/{path}.json", data={"api_key": self.key} | fields, headers=headers) as answer:
            return answer.status, await answer.json()

    async def gets(self, path: str, **query: str) -> tuple[int, Any]:
        async with self.http.get(f"{self.base}/{path}.json", params={"api_key": self.key} | query) as answer:
            return answer.status, await answer.json()

    async def hands_in(self, **more: str) -> str:
        status, answer = await self.posts("requests", SUNK | more)
        assert status == 200, answer
        return str(answer[0]["service_request_id"])


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


names = itertools.count(1)


@pytest.fixture
async def program(at: People, house: House, admin: Clerk) -> AsyncIterator[Program]:
    yield Program(at.http, house.base, await key_of(admin, f"streets{next(names)}"))


async def act(clerk: Clerk, number: str, act: str, **more: str) -> Any:
    return await clerk.does("POST", f"/api/cases/{number}/steps", {"act": act} | more)


@pytest.mark.parametrize("form", ["json", "xml"])
async def test_a_client_of_others_reads(house: House, program: Program, form: str) -> None:
    # IN-01
    number = await program.hands_in()
    client = GeoReport(house.base + V2, "city.example", output_format=form)
    services = await asyncio.to_thread(client.get_service_list)
    assert {"service_code": "housing", "service_name": "Жильё и ЖКХ"}.items() <= next(each for each in services if each["service_code"] == "housing").items()
    definition = await asyncio.to_thread(client.get_service_definition, "housing")
    assert definition["service_code"] == "housing"
    one = await asyncio.to_thread(client.get_service_request, number)
    assert (one["service_request_id"], one["status"], one["service_code"], one["agency_responsible"]) == (number, "open", "housing", "Общие вопросы")
    await program.hands_in()
    found = await asyncio.to_thread(client.get_service_requests, service_code="housing", status="open")
    assert number in [each["service_request_id"] for each in found]
    # Nobody but the program that he came to is told what the citizen wrote, and where (152-ФЗ).
    assert {one[name] for name in ("description", "address", "lat", "long", "status_notes")} == {None}
    with pytest.raises(HTTPError, match="404"):
        await asyncio.to_thread(client.get_service_request, "077-000000-0000000-0")


async def test_a_client_of_others_hands_in(house: House, admin: Clerk, program: Program) -> None:
    # IN-01
    told = {"service_code": "housing", "address": "ул. Ленина, 1", "name": "Мария Иванова", "phone": "+79990000000", "description": "Нет света"}
    done = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", THREE, house.base + V2, program.key, json.dumps(told)],
                                   capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    number = said["posted"][0]["service_request_id"]
    assert number in said["posted"][0]["service_notice"]
    assert said["discovery"]["endpoints"][0]["url"] == "https://hub.example" + V2
    case = await admin.does("GET", f"/api/cases/{number}")
    assert (case["text"], case["case"]["channel"], case["case"]["line"], case["case"]["state"]) == ("Нет света", "web", "general", "registered")
    heard = await admin.timeline(case["conversations"][0])
    assert any("Мария" in each["text"] and "+79990000000" in each["text"] for each in heard)


async def test_photos_come_with_the_case(program: Program, admin: Clerk) -> None:
    # IN-01
    form = aiohttp.FormData({"api_key": program.key} | SUNK)
    form.add_field("media", PNG, filename="яма.png", content_type="image/png")
    form.add_field("media2", b"MZ" + bytes(range(256)), filename="x.exe", content_type="image/png")
    async with program.http.post(f"{program.base}/requests.json", data=form) as answer:
        assert answer.status == 200
        [made] = await answer.json()
    assert "не все приложенные файлы приняты" in made["service_notice"].lower()
    case = await admin.does("GET", f"/api/cases/{made['service_request_id']}")
    heard = await admin.timeline(case["conversations"][0])
    assert [(file["name"], file["type"]) for each in heard for file in each.get("attachments", ())] == [("яма.png", "image/png")]


async def test_whoever_asks_does_not_say_where_the_endpoint_is(house: House, at: People) -> None:
    # F20 (a) of the security review: a cache between would hand a forged Host on
    for format_ in ("json", "xml"):
        async with at.http.get(f"{house.base}/open311/discovery.{format_}", headers={"Host": "harm.example"}) as answer:
            said = await answer.text()
            assert answer.status == 200
        assert "https://hub.example/open311/v2" in said
        assert "harm.example" not in said


async def test_without_an_address_nothing_is_discovered(house: House, at: People, tmp_path: Path) -> None:
    # F20 (a)
    with house_in(tmp_path, config(tmp_path, "nameless", "{ on = true, public = true }")) as nameless:
        async with at.http.get(f"{nameless.base}/open311/discovery.json", headers={"Host": "harm.example"}) as answer:
            assert (answer.status, "harm.example" in await answer.text()) == (404, False)


async def test_a_program_sees_its_own_and_all_that_the_citizen_is_told(program: Program, admin: Clerk, at: People, house: House) -> None:
    # IN-01, ST-03
    number = await program.hands_in(address_string="двор дома 3")
    for each, more in (("take", {}), ("answer", {"why": "Люк закрыт"}), ("close", {})):
        await act(admin, number, each, **more)
    _, (mine,) = await program.gets(f"requests/{number}")
    assert (mine["description"], mine["address"], mine["lat"], mine["status"]) == (SUNK["description"], "двор дома 3", 55.7512, "closed")
    _, news = await program.gets("servicerequestupdates")
    told = [(each["status"], each["external_status_code"], each["description"]) for each in news if each["service_request_id"] == number]
    assert [each[:2] for each in told] == [("open", "registered"), ("open", "in_work"), ("closed", "answered"), ("closed", "closed")]
    assert "Люк закрыт" in told[2][2]
    assert len({each["update_id"] for each in news}) == len(news)

    other = Program(at.http, house.base, await key_of(admin, f"streets{next(names)}"))
    assert (await other.gets(f"requests/{number}"))[0] == 404
    assert (await other.gets("requests", service_request_id=number))[1] == []
    assert (await other.gets("servicerequestupdates"))[1] == []
    assert (await other.posts("servicerequestupdates", {"service_request_id": number, "update_id": "1", "description": "x"}))[0] == 404
    deeds = [(deed["what"], deed["by"].partition(":")[0]) for deed in await admin.does("GET", "/api/audit") if deed["about"] == number]
    assert {("case_register", "service"), ("case", "service")} <= set(deeds)


async def test_the_public_sees_no_word_of_updates(house: House, at: People, program: Program, admin: Clerk) -> None:
    # IN-01
    number = await program.hands_in()
    await act(admin, number, "take")
    await act(admin, number, "answer", why="Тайна")
    async with at.http.get(f"{house.base}{V2}/servicerequestupdates.xml") as answer:
        text = await answer.text()
    assert f"{number}.2" in text
    assert "Тайна" not in text


async def test_the_same_key_hands_in_once(program: Program) -> None:
    # IN-01: idempotent
    first, again = await asyncio.gather(*(program.posts("requests", SUNK, **{"Idempotency-Key": "abc"}) for _ in range(2)))
    assert first == again
    number = first[1][0]["service_request_id"]
    assert (await program.posts("requests", SUNK | {"attribute[fixmystreet_id]": "abc"}))[1][0]["service_request_id"] == number
    assert (await program.gets("tokens/abc"))[1] == [{"service_request_id": number, "token": "abc"}]
    assert (await program.gets("tokens/abd"))[0] == 404


async def test_the_citizen_adds_something(program: Program, admin: Clerk) -> None:
    # IN-01
    number = await program.hands_in()
    more = {"service_request_id": number, "update_id": "7", "updated_datetime": "2026-11-26T10:00:00Z", "status": "OPEN", "description": "Люк шатается"}
    for _ in range(2):
        assert await program.posts("servicerequestupdates", more) == (200, [{"update_id": "7"}])
    case = await admin.does("GET", f"/api/cases/{number}")
    texts = [each["text"] for each in await admin.timeline(case["conversations"][0])]
    assert texts.count("Люк шатается") == 1


async def test_pages_and_filters(program: Program) -> None:
    # IN-01
    numbers = [await program.hands_in(service_code=code) for code in ("housing", "transport", "housing")]
    async def found(**query: str) -> list[str]:
        status, answer = await program.gets("requests", **query)
        assert status == 200, answer
        return [each["service_request_id"] for each in answer]

    assert await found() == numbers[::-1]
    assert await found(page_size="2") == numbers[:0:-1]
    assert await found(page_size="2", page="2") == numbers[:1]
    assert await found(service_code="housing,taxes") == [numbers[2], numbers[0]]
    assert await found(status="closed") == []
    assert await found(service_request_id=f"{numbers[1]},none", status="closed") == [numbers[1]]
    now = datetime.now(UTC)
    assert await found(start_date=f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}") == numbers[::-1]
    assert await found(end_date=f"{now - timedelta(days=1):%Y-%m-%dT%H:%M:%S+03:00}") == []
    assert await found(start_date="2020-01-01T00:00:00Z") == []


@pytest.mark.parametrize(("path", "query", "status"), [
    ("requests", {"start_date": "yesterday"}, 400), ("requests", {"start_date": "2026-01-01T00:00:00"}, 400), ("requests", {"status": "lost"}, 400),
    ("requests", {"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-06-01T00:00:00Z"}, 400), ("requests", {"page": "0"}, 400),
    ("requests", {"page_size": "1001"}, 400), ("requests", {"page": "²"}, 400), ("requests", {"jurisdiction_id": "elsewhere"}, 404), ("services", {"jurisdiction_id": "elsewhere"}, 404),
    ("services/none", {}, 404), ("requests/none", {}, 404), ("requests", {"api_key": "okno_wrong"}, 403), ("servicerequestupdates", {"start_date": "x"}, 400)])
async def test_errors_are_as_the_standard_has_them(program: Program, path: str, query: dict[str, str], status: int) -> None:
    # IN-01
    answered, (error,) = await program.gets(path, **query)
    assert (answered, error["code"]) == (status, status)
    assert error["description"]


@pytest.mark.parametrize(("fault", "status"), [
    ({"service_code": ""}, 400), ({"service_code": "none"}, 404), ({"lat": ""}, 400), ({"lat": "north"}, 400), ({"lat": "91"}, 400), ({"long": "nan"}, 400),
    ({"description": "x" * 4001}, 400), ({"email": "x" * 301}, 400), ({"api_key": ""}, 403), ({"jurisdiction_id": "elsewhere"}, 404)])
async def test_what_is_handed_in_wrongly_is_not_taken(program: Program, fault: dict[str, str], status: int) -> None:
    # IN-01
    answered, (error,) = await program.posts("requests", SUNK | fault)
    assert (answered, error["code"]) == (status, status)
    assert (await program.gets("requests"))[1] == []


async def test_errors_in_xml(house: House, at: People) -> None:
    # IN-01
    async with at.http.get(f"{house.base}{V2}/services/none.xml") as answer:
        assert (answer.status, answer.headers["Content-Type"]) == (404, "text/xml; charset=utf-8")
        text = await answer.text()
    assert text.startswith("<?xml version='1.0' encoding='utf-8'?>")
    assert "<errors><error><code>404</code>" in text


async def test_signs_that_xml_cannot_hold_do_no_harm(house: House, program: Program) -> None:
    # SE-02
    number = await program.hands_in(description="</description>&\x00\x0b <b>")
    async with program.http.get(f"{program.base}/requests/{number}.xml", params={"api_key": program.key}) as answer:
        assert "<description>&lt;/description&gt;&amp;\ufffd\ufffd &lt;b&gt;</description>" in await answer.text()


async def test_a_key_for_something_else_is_none(at: People, house: House, admin: Clerk) -> None:
    # SE-01
    program = Program(at.http, house.base, await key_of(admin, f"other{next(names)}", "see_figures"))
    assert (await program.posts("requests", SUNK))[0] == 403
    assert (await program.gets("requests"))[0] == 403
    program = Program(at.http, house.base, await key_of(admin, f"other{next(names)}", "hand_in", role="operator"))
    assert (await program.posts("requests", SUNK))[0] == 403


async def test_without_being_public_nobody_without_a_key_is_told(tmp_path: Path) -> None:
    # IN-01, SE-01; and whoever asks too often waits
    path = config(tmp_path, "closed", "{ on = true, topics = ['housing'], rate = { burst = 8, per_minute = 1 } }")
    with house_in(tmp_path, path, {"OKNO_LIMITS": "on"}) as house:
        async with people(house) as at:
            async def status(path: str) -> int:
                async with at.http.get(f"{house.base}{V2}/{path}") as answer:
                    return answer.status

            async with at.http.get(f"{house.base}{V2}/services.json") as answer:
                assert [each["service_code"] for each in await answer.json()] == ["housing"]
            asked = [await status(each) for each in ("requests.json", "requests/1.xml", "servicerequestupdates.json", "tokens/1.json")]
            assert asked == [403] * 4
            program = Program(at.http, house.base, await key_of(await at.admin(), "streets"))
            assert (await program.posts("requests", SUNK | {"service_code": "taxes"}))[0] == 404
            await program.hands_in()
            assert await status("services.xml") == 200
            async with at.http.get(f"{house.base}{V2}/services.json") as answer:
                assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (429, True)


async def test_the_federal_centre_takes_and_tells_nothing(tmp_path: Path) -> None:
    # FD-04, D1, D19: every door
    with house_in(tmp_path, config(tmp_path, "federal", "{ on = true, public = true }", "federal")) as house:
        async with people(house) as at:
            admin = await at.admin()
            program = Program(at.http, house.base, await key_of(admin, "streets"))
            asked = [await program.gets(each) for each in ("requests", "requests/1", "tokens/1", "servicerequestupdates")]
            asked += [await program.posts(each, SUNK) for each in ("requests", "servicerequestupdates")]
            program.key = ""
            asked += [await program.gets(each) for each in ("requests", "requests/1", "servicerequestupdates")]
            assert [status for status, _ in asked] == [403] * 9
            assert all("Федеральный центр" in answer[0]["description"] for _, answer in asked)
