"""The way between centres by the desk's own requests, and what the federal centre is refused."""

from collections.abc import AsyncIterator, Iterator
from importlib.resources import files
from pathlib import Path

import pytest

from hub.access.operator import Role
from hub.access.permissions import PERMISSION_MATRIX
from hub.desk.rooms import ENDPOINTS
from hub.organisation.level import Level
from tests.house import Citizen, Clerk, House, People, house_in, people, talking
from tests.http.test_roles import path_of

CONFIG = """
registry = "centres.toml"
centre = { code = "001", level = "regional" }
queues = [
    { id = "region", title = "Область" },
    { id = "city", title = "Город", centre = "077" },
    { id = "country", title = "Россия", centre = "000" },
    { id = "fns", title = "Налоговая служба", department = "ФНС" },
]
topics = [{ id = "rights", title = "Права", kind = "general" }, { id = "booking", title = "Запись", kind = "personalised" }, { id = "other", title = "Другое" }]
routing = { queue = "region", corrections = [{ sender = "municipal", receiver = "regional", reason = "misrouted" }] }

[[systems]]
id = "sfr"
title = "Контакт-центр СФР"
driver = "call_centre"
department = "СФР"
contract = { version = "1.0", owner = "СФР", limit_s = 0.5 }
settings = { url = "http://127.0.0.1:9" }
"""


def configured(folder: Path, config: str) -> Path:
    (folder / "centres.toml").write_text((files("okno.demo") / "registry.toml").read_text(encoding="utf8"), encoding="utf8")
    path = folder / "okno.toml"
    path.write_text(config, encoding="utf8")
    return path


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A regional centre's hub that hosts the lines of three levels and a department."""
    folder = tmp_path_factory.mktemp("levels")
    with house_in(folder, configured(folder, CONFIG)) as running:
        yield running


async def row(clerk: Clerk, citizen: Citizen) -> dict[str, object]:
    answer: dict[str, object] = (await clerk.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]
    return answer


async def test_what_a_place_and_an_errand_are_chosen_from(at: People, admin: Clerk) -> None:
    # RT-11, LV-11, GV-01: 89 subjects
    said = await admin.does("GET", "/api/places")
    assert len(said["subjects"]) == 89
    assert {"id": "50", "title": "Московская область"} in said["subjects"]
    assert [each["id"] for each in said["mfcs"]] == ["large", "boundary", "near", "far"]
    assert said["municipalities"] == [{"id": "77700001", "title": "Анадырь", "subject": "87"}, {"id": "46700002", "title": "Клин", "subject": "50"},
                                      {"id": "46700001", "title": "Серпухов", "subject": "50"}]
    assert (said["departments"], said["call_centres"]) == (["ФНС", "СФР"], ["СФР"])
    assert said["errands"] == ["answer", "mfc_staff", "right_place", "department"]
    assert (await admin.does("GET", "/api/me"))["passes"] is True


async def test_from_the_region_to_the_city_and_back(at: People, admin: Clerk) -> None:
    # CH-09, RT-05, RT-08, RT-11, D6
    clerk, there = await at.clerk(admin, queues=("region",)), await at.clerk(admin, queues=("city",))
    citizen = await talking(at, clerk)
    asked = (await row(clerk, citizen))["waiting_since"]
    way = f"/api/conversations/{citizen.conversation}/way"
    assert (await clerk.does("GET", f"{way}?errand=mfc_staff"))["text"] == "Сначала укажите место, где оказывается услуга."
    assert (await clerk.act(citizen.conversation, "pass", {"errand": "mfc_staff"}))[1]["error"] == "no_way"
    await clerk.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"mfc": "large"})
    assert (await row(clerk, citizen))["place"] == {"subject": "50", "mfc": "large", "title": "Московская область, МФЦ города",
                                                    "municipality": "46700001"}
    assert await clerk.does("GET", f"{way}?errand=mfc_staff") == {
        "possible": True, "queue": "city", "reason": "mfc_consultation", "text": "", "instead": None, "centre": ""}
    await clerk.does("POST", f"/api/conversations/{citizen.conversation}/pass", {"errand": "mfc_staff", "note": "Нужна запись"})
    await there.does("POST", f"/api/conversations/{citizen.conversation}/take")
    taken = await row(there, citizen)
    assert (taken["holder"]["queue"], taken["waiting_since"]) == ("city", asked)  # type: ignore[index]
    kinds = {entry["kind"]: entry for entry in await there.timeline(citizen.conversation)}
    assert (kinds["placed"]["text"], kinds["note"]["text"]) == ("Московская область, МФЦ города", "Нужна запись")
    await there.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"mfc": "boundary"})
    assert (await there.does("GET", f"{way}?errand=right_place"))["reason"] == "misrouted"
    await there.does("PUT", f"/api/conversations/{citizen.conversation}/place", {"subject": "16"})
    said = await there.does("GET", f"{way}?errand=answer&topic=booking")
    assert (said["possible"], said["instead"]) == (False, None)
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit")]
    assert audit_entries.index("place") < audit_entries.index("pass")


async def test_a_municipality_decides_and_a_settlement_of_it_too(at: People, admin: Clerk) -> None:
    # RG-08, MU-01, RG-02: by its ОКТМО, without an МФЦ; another one of the subject stays with the region
    clerk = await at.clerk(admin, queues=("region",))
    citizen = await talking(at, clerk)
    path = f"/api/conversations/{citizen.conversation}"
    for code, title, way in (("46700001", "Серпухов", True), ("46700001106", "46700001106", True), ("46799999", "46799999", False)):
        await clerk.does("PUT", f"{path}/place", {"subject": "50", "municipality": code})
        assert (await row(clerk, citizen))["place"] == {"subject": "50", "mfc": "", "title": f"Московская область, {title}", "municipality": code}
        assert (await clerk.does("GET", f"{path}/way?errand=mfc_staff"))["possible"] is way, code
    await clerk.does("PUT", f"{path}/place", {"municipality": "46700002"})
    assert (await row(clerk, citizen))["place"]["subject"] == "50"
    for wrong in ({"municipality": "46799999"}, {"subject": "50", "municipality": "Серпухов"}):
        assert (await clerk.call("PUT", f"{path}/place", wrong))[1]["error"] == "no_such_place"


async def test_a_place_that_does_not_exist(at: People, admin: Clerk) -> None:
    # RT-11
    citizen = await talking(at, admin)
    for body in ({"subject": "00"}, {"mfc": "nowhere"}):
        assert (await admin.call("PUT", f"/api/conversations/{citizen.conversation}/place", body))[1]["error"] == "no_such_place"
    await admin.does("PUT", f"/api/conversations/{citizen.conversation}/place", {})
    assert (await row(admin, citizen))["place"] is None


async def test_the_site_that_embeds_the_chat_tells_the_place(at: People, house: House, admin: Clerk) -> None:
    # RT-11, CH-04
    citizen = await talking(at, admin, place={"subject": "50", "municipality": "46700001"})
    assert (await row(admin, citizen))["place"]["title"] == "Московская область, Серпухов"  # type: ignore[index]
    async with at.http.post(f"{house.base}/chat/sessions", json={"place": {"subject": "500"}}) as answer:
        assert answer.status == 400


async def test_a_department_is_asked_by_its_name(at: People, admin: Clerk) -> None:
    # RT-10
    citizen = await talking(at, admin)
    assert (await admin.act(citizen.conversation, "pass", {"errand": "department", "matter": "МИД"}))[1]["error"] == "no_way"
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/pass", {"errand": "department", "matter": "ФНС"})
    assert (await row(admin, citizen))["holder"]["queue"] == "fns"  # type: ignore[index]


async def test_beyond_the_own_centre_nobody_chooses_the_line(at: People, admin: Clerk) -> None:
    # LV-05: the matrix cannot be walked around by a transfer, neither to a queue nor to a colleague elsewhere
    clerk, there = await at.clerk(admin, queues=("region",)), await at.clerk(admin, queues=("city",))
    citizen = await talking(at, clerk)
    for queue in ("city", "country", "fns"):
        assert (await clerk.act(citizen.conversation, "transfer", {"queue": queue}))[1]["error"] == "other_centre"
    assert (await clerk.act(citizen.conversation, "transfer", {"operator": there.login}))[1]["error"] == "no_such_operator"
    assert (await clerk.act(citizen.conversation, "transfer", {"queue": "region"}))[0] == 200


REFUSED = [each for each in ENDPOINTS if each.needs and all(Level.FEDERAL not in PERMISSION_MATRIX[need].levels for need in each.needs)]


async def test_what_the_federal_centre_is_refused(at: People, admin: Clerk) -> None:
    # FD-04, SE-05: 403 with the way to whoever does it
    clerks = {(role, queue): await at.clerk(admin, role, queues=(queue,)) for role in ("supervisor", "admin") for queue in ("country", "region")}
    assert REFUSED
    for each in REFUSED:
        role = "supervisor" if any(Role.SUPERVISOR in PERMISSION_MATRIX[need].roles for need in each.needs) else "admin"
        federal, regional, name = clerks[role, "country"], clerks[role, "region"], f"{each.method} {each.path}"
        body: dict[str, str] | None = {} if each.method != "GET" else None
        status, said = await federal.call(each.method, path_of(each), body)
        assert (status, said["error"]) == (403, "federal"), name
        assert "персонифицированных услуг" in said["text"], name
        assert "передайте обращение центру этого места" in said["text"], name
        status, said = await regional.call(each.method, path_of(each), body)
        assert status == 200 or said["error"] != "federal", name
        noted = [(entry["what"], entry["by"], entry["about"]) for entry in await admin.does("GET", f"/api/audit?by={federal.login}")]
        assert noted[0] == ("refused", federal.login, name)


@pytest.fixture(scope="module")
def federal_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("federal")
    config = CONFIG.replace('centre = { code = "001", level = "regional" }', 'centre = { code = "000", level = "federal" }')
    config = config.replace('{ id = "region", title = "Область" }', '{ id = "region", title = "Область", centre = "001" }').replace('queue = "region"', 'queue = "country"')
    with house_in(folder, configured(folder, config)) as running:
        yield running


@pytest.fixture
async def capital(federal_house: House) -> AsyncIterator[People]:
    async with people(federal_house) as present:
        yield present


async def test_a_federal_hub_keeps_no_names_and_hands_on_by_topic_and_place(capital: People) -> None:
    # FD-04, RT-02, LV-10, CH-16: same build, another level
    admin = await capital.admin()
    citizen = await capital.citizen(name="Иван Петров", place={"mfc": "large", "subject": "50", "municipality": "46700001"})  # type: ignore[arg-type]
    await citizen.tell("Как записаться на приём?")
    await citizen.tell("позовите оператора")
    await citizen.line.hear("state", holder="queue")
    await admin.does("POST", f"/api/conversations/{citizen.conversation}/take")
    assert (await row(admin, citizen))["name"] == ""
    way = await admin.does("GET", f"/api/conversations/{citizen.conversation}/way?errand=answer&topic=booking")
    assert (way["queue"], way["reason"]) == ("city", "personalised")
    assert (await admin.call("GET", "/api/search?text=Петров"))[0] == 403


async def test_a_department_with_a_call_centre_of_its_own_gets_the_matter_and_the_answer_stays_owed(at: People, admin: Clerk) -> None:
    # IN-03, SL-05: the centre is down, and the operator does not wait for it
    clerk = await at.clerk(admin, queues=("region",))
    citizen = await talking(at, clerk)
    said = await clerk.does("GET", f"/api/conversations/{citizen.conversation}/way?errand=department&matter=СФР")
    assert (said["possible"], said["queue"], said["centre"], said["reason"]) == (True, "", "Контакт-центр СФР", "departmental")
    handed = {"key": "1", "department": "СФР", "summary": "Когда выплатят пособие", "agreed": False}
    assert (await clerk.act(citizen.conversation, "relay", handed))[1]["error"] == "not_agreed"
    assert (await clerk.act(citizen.conversation, "relay", handed | {"agreed": True, "department": "МИД"}))[1]["error"] == "no_such_department"
    assert (await clerk.act(citizen.conversation, "relay", handed | {"agreed": True, "department": "ФНС"}))[1]["error"] == "no_such_department"
    for _ in range(2):
        await clerk.does("POST", f"/api/conversations/{citizen.conversation}/relay", handed | {"agreed": True})
    assert citizen.conversation in [each["id"] for each in (await clerk.does("GET", "/api/promises"))["conversations"]]
    assert await clerk.does("GET", "/api/systems/names") == []  # no case is handed in to a call centre
    assert [each["id"] for each in await admin.does("GET", "/api/systems")] == ["sfr"]
