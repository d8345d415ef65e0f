"""Citizens and their own data at a real hub: a copy, a correction, who has looked, a consent that is taken back (152-ФЗ ст. 9, 14, 20, 21)."""

import json
from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import aiohttp
import pytest

from channels.web.appeal import grouped, new_code
from tests.channels.test_web_form import sheet
from tests.gateway import CHANNEL, Gateway, house_with_gateway
from tests.house import Citizen, Clerk, House, People, talking

CONFIG = """
queues = [{ id = "general", title = "Общая" }]
topics = [{ id = "other", title = "Другое" }]
routing = { queue = "general" }
centre = { code = "001", level = "LEVEL", name = "ЦТО Примера" }
"""
NUMBER, STRANGER = "+79001234567", "+79007654321"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, Gateway]]:
    with house_with_gateway(tmp_path_factory.mktemp("rights"), CONFIG.replace("LEVEL", "municipal")) as running:
        yield running


@pytest.fixture(scope="module")
def house(both: tuple[House, Gateway]) -> House:
    return both[0]


@pytest.fixture
def gateway(both: tuple[House, Gateway]) -> Gateway:
    return both[1]


@pytest.fixture
async def admin(at: People) -> Clerk:
    return await at.admin()


async def demanded(clerk: Clerk, conversation: str, kind: str, text: str = "") -> str:
    """The path of a demand that was taken."""
    taken = await clerk.does("POST", f"/api/conversations/{conversation}/demands", {"kind": kind, "text": text})
    return f"/api/conversations/{conversation}/demands/{taken['id']}"


async def prepared(clerk: Clerk, path: str) -> None:
    """Begun, and told by the live line that it is ready."""
    line = await clerk.live()
    conversation = path.split("/")[3]
    await clerk.does("GET", f"/api/conversations/{conversation}")
    await line.send(type="watch", conversation=conversation)
    await line.hear("hello")
    await clerk.does("POST", f"{path}/prepare")
    while True:
        await line.hear("person")
        demands = (await clerk.does("GET", f"/api/conversations/{conversation}/rights"))["demands"]
        if next(each for each in demands if path.endswith(each["id"]))["ready"]:
            break
    await line.close()


async def fetched(at: People, citizen: Citizen, house: House) -> ZipFile:
    """What came into a chat, as its page fetches it."""
    message = await citizen.line.hear("message", author="system", text="Ваш запрос «копия данных» выполнен. Файл приложен к этому сообщению.")
    (attachment,) = message["attachments"]
    async with at.http.get(f"{house.base}/chat/files/{attachment['file']}", params={"token": citizen.token}) as answer:
        assert answer.status == 200, await answer.text()
        return ZipFile(BytesIO(await answer.read()))


@pytest.mark.smoke
async def test_a_citizen_by_chat_asks_for_a_copy_and_gets_what_is_his_alone(at: People, admin: Clerk, house: House, gateway: Gateway) -> None:
    # SE-03: 152-ФЗ ст. 14
    gateway.send(NUMBER, "Мой паспорт потерялся в трамвае")
    gateway.send(STRANGER, "Чужая беда, чужой вопрос")
    await gateway.answered(NUMBER)
    await gateway.answered(STRANGER)
    clerk, senior = await at.clerk(admin), await at.clerk(admin, "senior")
    citizen = await talking(at, clerk, name="Анна Белова")
    base = f"/api/conversations/{citizen.conversation}"
    await citizen.tell("Мой сын учится в школе № 5")
    await clerk.does("POST", f"{base}/note", {"key": "1", "text": "заявительница раздражена"})
    await clerk.does("PUT", f"{base}/citizen", {"name": "Анна Белова", "language": "ru", "why": "назвалась", "tags": ["слабый слух"], "note": "ворчит"})
    await clerk.does("POST", f"{base}/identity/code", {"channel": CHANNEL, "address": NUMBER})
    await clerk.does("POST", f"{base}/identity/confirm", {"code": await gateway.code(NUMBER)})
    path = await demanded(clerk, citizen.conversation, "copy")
    await citizen.line.hear("message", author="system")
    assert (await clerk.call("POST", f"{path}/prepare"))[1]["error"] == "forbidden"
    senior.reason = ""  # the demand is ground enough
    await prepared(senior, path)
    await senior.does("POST", f"{path}/hand-over", {"here": True})
    archive = await fetched(at, citizen, house)
    page, data = (archive.read(name).decode() for name in ("Ваши данные.html", "data.json"))
    for told in (page, data):
        assert all(words in told for words in ("Мой сын учится в школе № 5", "Мой паспорт потерялся в трамвае", "Анна Белова", "слабый слух", NUMBER))
        assert not any(words in told for words in ("раздражена", "ворчит", "Чужая беда", STRANGER, clerk.login, await gateway.code(NUMBER)))
    assert "Что и зачем хранится" in page
    copy = json.loads(data)
    assert len(copy["talked"]) == 2
    assert {look["who"] for look in copy["looks"]} == {"оператор", "старший оператор"}
    demands = (await clerk.does("GET", f"{base}/rights"))["demands"]
    assert [(each["kind"], each["state"], each["ready"]) for each in demands] == [("copy", "done", False)]
    audit_entries = [audit_entry["what"] for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == citizen.conversation]
    assert [what for what in audit_entries if "copy" in what or "demand" in what] == ["copy_handed_over", "copy_prepared", "demand_taken"]


async def test_a_number_alone_proves_nobody(at: People, admin: Clerk, gateway: Gateway) -> None:
    # SE-01, SE-03: 152-ФЗ ст. 14 ч. 3
    senior, number = await at.clerk(admin, "senior"), "+79005550101"
    gateway.send(number, "оператор")
    await gateway.answered(number)
    waiting = (await senior.does("GET", "/api/inbox?view=waiting"))["conversations"]
    conversation = next(each["id"] for each in waiting if each["address"] == number)
    await senior.does("POST", f"/api/conversations/{conversation}/take")
    path, base = await demanded(senior, conversation, "disclosures"), f"/api/conversations/{conversation}/rights"
    assert (await senior.call("POST", f"{path}/prepare"))[1]["error"] == "not_proven"
    assert (await senior.call("GET", f"{base}/looks"))[1]["error"] == "not_proven"
    assert (await senior.call("POST", f"{base}/code", {"channel": CHANNEL, "address": STRANGER}))[1]["error"] == "not_joined"
    await senior.does("POST", f"{base}/code", {"channel": CHANNEL, "address": number})
    await senior.does("POST", f"/api/conversations/{conversation}/identity/confirm", {"code": await gateway.code(number)})
    assert (await senior.does("GET", base))["proven"] is True
    assert len((await senior.does("GET", f"/api/conversations/{conversation}/identity"))["addresses"]) == 1
    await prepared(senior, path)
    assert (await senior.call("POST", f"{path}/hand-over", {"here": True}))[1]["error"] == "no_way"
    status, content = await senior.call("GET", f"{path}/file")
    assert (status, ZipFile(BytesIO(content)).namelist()) == (200, ["data.json", "Кто видел ваши данные.html"])
    await senior.does("POST", f"{path}/hand-over", {"here": False})
    assert (await senior.call("GET", f"{path}/file"))[1]["error"] == "not_ready"


async def test_the_list_shows_exactly_who_has_looked(at: People, admin: Clerk) -> None:
    # ST-05
    clerk, senior, other = await at.clerk(admin), await at.clerk(admin, "senior"), await at.clerk(admin, "senior")
    citizen, somebody = await talking(at, clerk), await talking(at, clerk)
    base = f"/api/conversations/{citizen.conversation}"
    await clerk.does("GET", base)
    senior.reason = "жалоба от 3 мая, тел. +7 916 123-45-67"
    await senior.does("GET", base)
    await other.does("GET", f"/api/conversations/{somebody.conversation}")
    looks = await senior.does("GET", f"{base}/rights/looks")
    seen = [(each["who"], each["what"], each["ground"]) for each in reversed(looks)]
    assert seen == [
        ("оператор", "открыл обращение", "вёл ваше обращение"),
        ("старший оператор", "открыл обращение", "указал причину: жалоба от 3 мая, тел. ‹телефон›"),
        ("старший оператор", "посмотрел, кто видел ваши данные", "указал причину: жалоба от 3 мая, тел. ‹телефон›")]
    assert {each["centre"] for each in looks} == {"ЦТО Примера"}


async def test_a_wrong_name_is_put_right_and_back(at: People, admin: Clerk) -> None:
    # SE-03: 152-ФЗ ст. 20 ч. 3
    clerk, senior = await at.clerk(admin), await at.clerk(admin, "senior")
    citizen = await talking(at, clerk, name="Инна Белова")
    wrote = await citizen.tell("Мне 24 года")
    base = f"/api/conversations/{citizen.conversation}"
    path = await demanded(clerk, citizen.conversation, "correction", "Я Анна, и мне 42")
    body = {"name": "Анна Белова", "remarks": {wrote["id"]: "мне 42 года"}}
    assert (await senior.call("POST", f"{path}/correct", {"remarks": {"1": "чужое"}}))[1]["error"] == "no_such_message"
    assert (await senior.call("POST", f"{path}/correct", {"email": "a@example.ru"}))[1]["error"] == "no_consent"
    done = await senior.does("POST", f"{path}/correct", body)
    assert (done["state"], done["fields"], done["undoable"]) == ("done", ["name"], True)
    await citizen.line.hear("message", text="Ваши данные исправлены: имя, уточнение к сообщению.")
    assert (await clerk.does("GET", base))["conversation"]["name"] == "Анна Белова"
    entries = [each for each in await clerk.timeline(citizen.conversation) if each["kind"] == "corrected"]
    assert [(each["why"], each["text"], each["record"]) for each in entries] == [("name", "", ""), ("message", "мне 42 года", wrote["id"])]
    assert "Инна" not in json.dumps(entries, ensure_ascii=False)
    await senior.does("POST", f"{path}/undo")
    assert (await clerk.does("GET", base))["conversation"]["name"] == "Инна Белова"
    assert (await senior.call("POST", f"{path}/undo"))[1]["error"] == "too_late"


async def test_a_refusal_is_told_with_its_ground_and_leaders_see_what_is_due(at: People, admin: Clerk) -> None:
    # SE-03: 152-ФЗ ст. 20 ч. 2
    clerk, boss = await at.clerk(admin), await at.clerk(admin, "supervisor")
    citizen = await talking(at, clerk)
    path = await demanded(clerk, citizen.conversation, "deletion", "всё")
    listed = [each for each in await boss.does("GET", "/api/demands") if each["demand"]["conversation"] == citizen.conversation]
    assert [(each["demand"]["state"], each["late"]) for each in listed] == [("open", False)]
    assert (await boss.call("POST", f"{path}/refuse", {"refusing": "because"}))[0] == 400
    await boss.does("POST", f"{path}/refuse", {"refusing": "law", "words": "Срок архива — 5 лет."})
    told = await citizen.line.hear("message", author="system", text=(
        "Запрос «удаление данных» не выполнен: хранить эти сведения обязывает закон (152-ФЗ, ст. 6 ч. 1 п. 2). Срок архива — 5 лет. "
        "Отказ можно обжаловать в Роскомнадзор или в суд (152-ФЗ, ст. 17)."))
    assert told
    assert (await boss.call("POST", f"{path}/refuse", {"refusing": "law"}))[1]["error"] == "demand_over"


async def test_a_deletion_is_refused_while_held_and_done_by_two(at: People, admin: Clerk, house: House, gateway: Gateway) -> None:
    # SE-03: 152-ФЗ ст. 20, 21
    senior, boss, number = await at.clerk(admin, "senior"), await at.clerk(admin, "supervisor"), "+79003330303"
    gateway.send(number, "Мой старый вопрос про Заречный проезд")
    await gateway.answered(number)
    citizen = await talking(at, senior, name="Олег Рощин")
    base = f"/api/conversations/{citizen.conversation}"
    await citizen.tell("Живу в Заречном проезде")
    await senior.does("POST", f"{base}/identity/code", {"channel": CHANNEL, "address": number})
    await senior.does("POST", f"{base}/identity/confirm", {"code": await gateway.code(number)})
    (other,) = (await senior.does("GET", f"{base}/history"))["contacts"]
    path = await demanded(senior, citizen.conversation, "deletion", "всё про Заречный")
    before = await senior.does("GET", f"{path}/deletion")
    assert [bool(each["problem"]) for each in before["parts"]] == [True, True]
    assert (await senior.call("POST", f"{path}/propose"))[1]["error"] == "still_open"
    for each in (citizen.conversation, other["id"]):
        await boss.call("POST", f"/api/conversations/{each}/take")
        await boss.call("POST", f"/api/conversations/{each}/close", {"topic": "other"})
    assert (await senior.call("POST", f"{path}/propose"))[1]["error"] == "still_open"  # the robot has the SMS
    gateway.send(number, "оператор")
    await closed_by(boss, other["id"])
    await boss.does("PUT", f"{base}/hold", {"held": True, "why": "запрос суда"})
    assert (await senior.call("POST", f"{path}/propose"))[1] == {"error": "held_back", "text": "Удаление остановлено: запрос суда"}
    await boss.does("PUT", f"{base}/hold", {"held": False, "why": "суд ответил"})
    assert (await senior.does("POST", f"{path}/propose"))["state"] == "proposed"
    assert (await senior.call("POST", f"{path}/approve"))[1]["error"] == "forbidden"
    await senior.does("POST", f"{path}/take-back")
    await boss.does("POST", f"{path}/propose")
    assert (await boss.call("POST", f"{path}/approve"))[1]["error"] == "own_proposal"
    await admin.does("POST", f"{path}/approve")
    await citizen.line.hear("message", author="system")
    await erased(admin, citizen.conversation)
    for each in (citizen.conversation, other["id"]):
        assert "Заречн" not in json.dumps(await admin.timeline(each), ensure_ascii=False)
    listed = json.dumps([each for each in await admin.does("GET", "/api/demands") if each["demand"]["id"] == path.split("/")[5]], ensure_ascii=False)
    assert '"state": "done"' in listed
    assert "Заречн" not in listed
    assert (await admin.does("GET", "/api/search?text=Заречный"))["hits"] == []
    by = [(audit_entry["by"], audit_entry["what"]) for audit_entry in await admin.does("GET", "/api/audit") if audit_entry["about"] == citizen.conversation]
    assert ("admin", "deletion_approved") in by
    assert (boss.login, "deletion_proposed") in by


async def test_a_registered_case_is_in_the_copy_and_stays_as_long_as_the_law_wants(at: People, admin: Clerk, house: House, gateway: Gateway) -> None:
    # SE-03, CM-02: 152-ФЗ ст. 6 ч. 1 п. 2, ст. 14, 21; what no law keeps goes
    senior, boss, number = await at.clerk(admin, "senior"), await at.clerk(admin, "supervisor"), "+79004440404"
    gateway.send(number, "Мой вопрос про Луговую улицу")
    await gateway.answered(number)
    citizen = await talking(at, senior, name="Ирина Луговая")
    base = f"/api/conversations/{citizen.conversation}"
    draft = {"key": "c", "kind": "complaint", "topic": "other", "text": "На Луговой не чинят дорогу", "shown": "паспорт"}
    case = (await senior.does("POST", f"{base}/cases", draft))["case"]["number"]
    await senior.does("POST", f"/api/cases/{case}/steps", {"act": "take"})
    await senior.does("POST", f"{base}/identity/code", {"channel": CHANNEL, "address": number})
    await senior.does("POST", f"{base}/identity/confirm", {"code": await gateway.code(number)})
    (other,) = (await senior.does("GET", f"{base}/history"))["contacts"]
    copied = await demanded(senior, citizen.conversation, "copy")
    await prepared(senior, copied)
    await senior.does("POST", f"{copied}/hand-over", {"here": True})
    archive = await fetched(at, citizen, house)
    (registered,) = json.loads(archive.read("data.json"))["cases"]
    assert (registered["number"], registered["text"], registered["label"], registered["shown"]) == (case, draft["text"], "59-fz", "паспорт")
    assert [each["what"] for each in registered["steps"]] == ["зарегистрировано"]  # who has taken it is nobody's but the centre's
    assert all(words in archive.read("Ваши данные.html").decode() for words in (f"Зарегистрированное обращение {case}", draft["text"]))

    path = await demanded(senior, citizen.conversation, "deletion", "всё про Луговую")
    await senior.does("POST", f"{base}/close", {"topic": "other"})
    gateway.send(number, "оператор")
    await closed_by(boss, other["id"])
    parts = {each["conversation"]: each for each in (await senior.does("GET", f"{path}/deletion"))["parts"]}
    assert (parts[citizen.conversation]["kept"], parts[other["id"]]["kept"]) == (
        f"Обращение № {case} ещё рассматривается: без него на него не ответить (152-ФЗ ст. 6 ч. 1 п. 2).", "")
    await senior.does("POST", f"/api/cases/{case}/steps", {"act": "answer", "why": "Починим"})
    kept = (await senior.does("GET", f"{path}/deletion"))["parts"][0]["kept"]
    assert f"Обращение № {case} хранится до 01.01." in kept
    assert "59-ФЗ" in kept
    await boss.does("POST", f"{path}/propose")
    await admin.does("POST", f"{path}/approve")
    while kept not in (await citizen.line.hear("message", author="system"))["text"]:
        pass
    await erased(admin, citizen.conversation)
    assert "Лугов" not in json.dumps(await admin.timeline(other["id"]), ensure_ascii=False)
    assert f"зарегистрировано: № {case}" in json.dumps(await admin.timeline(citizen.conversation), ensure_ascii=False)
    assert (await senior.does("GET", f"/api/cases/{case}"))["text"] == draft["text"]
    again = await demanded(senior, citizen.conversation, "deletion", "и остальное")
    assert (await senior.call("POST", f"{again}/propose"))[1] == {"error": "case_kept", "text": kept}


async def closed_by(clerk: Clerk, conversation: str) -> None:
    """Taken out of its line as soon as it waits there, answered, and closed."""
    line = await clerk.live()
    await line.hear("hello")
    while (await clerk.call("POST", f"/api/conversations/{conversation}/take"))[0] != 200:
        await line.hear("conversation")
    await clerk.act(conversation, "reply", {"key": "told", "text": "Хорошо"})
    await clerk.does("POST", f"/api/conversations/{conversation}/close", {"topic": "other"})
    await line.close()


async def erased(clerk: Clerk, conversation: str) -> None:
    """Told by the live line."""
    line = await clerk.live()
    await line.hear("hello")
    await line.send(type="watch", conversation=conversation)
    while (await clerk.does("GET", f"/api/conversations/{conversation}/rights"))["demands"][0]["state"] != "done":
        await line.hear("person")
    await line.close()


async def test_another_text_is_agreed_to_from_its_approval_on(at: People, admin: Clerk) -> None:
    # SE-03: 152-ФЗ ст. 9, 156-ФЗ
    boss, text = await at.clerk(admin, "supervisor"), {"title": "Согласие", "text": "Данные хранит {keeper}. Редакция {edition}."}
    assert [(each["version"], each["asked"]) for each in await boss.does("GET", "/api/consents") if each["purpose"] == "form"] == [(1, True)]
    body = {"version": 1, "ru": text, "en": text}
    assert (await boss.call("PUT", "/api/consents/form", body))[0] == 403
    assert (await admin.call("PUT", "/api/consents/form", body | {"ru": {"title": "Т", "text": "Кто-то"}}))[1]["error"] == "bad_consent"
    await admin.does("PUT", "/api/consents/form", body)
    assert (await admin.call("POST", "/api/consents/form/approve", {"version": 2}))[1]["error"] == "own_consent_text"
    assert (await boss.does("POST", "/api/consents/form/approve", {"version": 2}))["asked"] is True
    texts = await admin.does("GET", "/api/consents")
    assert [(each["version"], each["asked"]) for each in texts if each["purpose"] == "form"] == [(2, True), (1, False)]


async def test_the_federal_centre_forwards(tmp_path_factory: pytest.TempPathFactory) -> None:
    # FD-04, D19
    with house_with_gateway(tmp_path_factory.mktemp("federal"), CONFIG.replace("LEVEL", "federal")) as (house, _):
        at = People(house)
        clerk = await at.admin()
        citizen = await talking(at, clerk)
        base = f"/api/conversations/{citizen.conversation}"
        for method, path, body in (("GET", "rights", None), ("POST", "demands", {"kind": "copy"}), ("POST", "rights/withdraw", None),
                                   ("GET", "rights/looks", None)):
            status, answer = await clerk.call(method, f"{base}/{path}", body)
            assert (status, answer["error"]) == (403, "federal"), path
        await at.leave()


async def test_on_his_page_he_withdraws_and_demands(tmp_path_factory: pytest.TempPathFactory) -> None:
    # SE-03: 152-ФЗ ст. 9 ч. 2, ст. 21 ч. 5
    folder = tmp_path_factory.mktemp("form")
    with house_with_gateway(folder, CONFIG.replace("LEVEL", "municipal")) as (house, _):
        house.stop()
        path = folder / "okno.toml"
        path.write_text(path.read_text("utf8").replace("channels = [", 'channels = [{ driver = "web.form" }, '), "utf8")
        house.start()
        async with aiohttp.ClientSession(house.base) as http:
            code, at = new_code(), People(house)
            form = sheet(code, "оператор", name="Пётр Волков", reply="phone", phone="+7 916 123-45-67")
            async with http.post("/form", data=form) as answer:
                assert answer.status == 200
            admin = await at.admin()
            (waiting,) = (await admin.does("GET", "/api/inbox?view=waiting"))["conversations"]
            base = f"/api/conversations/{waiting['id']}/rights"
            told = await admin.does("GET", base)
            assert (told["email"], told["phone"], told["consents"][0]["version"], told["kept"]["name"]) == (
                "", "+7 916 123-45-67", 1, "Пётр Волков")
            own = f"/form/{grouped(code)}/data?lang=ru"
            async with http.post(own, data={"what": "copy"}) as answer:
                assert "рассматривается" in await answer.text()
            async with http.post(own, data={"what": "correction", "text": ""}) as answer:
                assert answer.status == 422
            async with http.post(own, data={"what": "withdraw"}) as answer:
                page = await answer.text()
            assert "Отозвано" in page
            assert "Отозвать согласие" not in page
            told = await admin.does("GET", base)
            assert (told["phone"], told["kept"]["name"], told["consents"][0]["withdrawn"] is None) == ("", "", False)
            assert [(each["kind"], each["by"]) for each in told["demands"]] == [("deletion", ""), ("copy", "")]
            await http.post("/form", data=sheet(code, "оператор", name="Пётр Волков", reply="phone", phone="+7 916 123-45-67"))
            assert (await admin.does("GET", base))["phone"] == ""
            async with http.get("/form/consent?version=1") as old, http.get("/form/consent?version=2") as none:
                assert (old.status, none.status) == (200, 404)
            await at.leave()
