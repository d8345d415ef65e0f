"""The citizen's card at the desk: written from the talk with its ground, seen at every proved address, erased with the last one."""

from typing import Any

import pytest

from hub.citizens.citizen_card import CitizenCard, CitizenNote, together
from hub.kernel.errors import RefusedError
from hub.organisation.form_fields import FieldKind, FormField, checked, field_faults, of_topic
from tests.house import People, talking
from tests.http.test_settings import settled
from tests.storage.data import at as moment

FIELDS = [{"id": "benefit", "title": "Льгота", "kind": "choice", "options": ["ветеран", "инвалид"]}, {"id": "flat", "title": "Лицевой счёт", "kind": "number"}]


def path(conversation: str) -> str:
    return f"/api/conversations/{conversation}/citizen"


def told(**more: Any) -> dict[str, Any]:
    return {"name": "Ольга Дмитриевна Чижова", "language": "ru", "why": "назвалась в разговоре", **more}


async def test_the_card_is_written_from_the_talk_and_shows_all(at: People) -> None:  # CH-16 SE-03
    admin = await at.admin()
    assert (await settled(admin, citizen_fields=FIELDS))[0] == 200
    anna, boris = await at.clerk(admin), await at.clerk(admin)
    citizen = await talking(at, anna)
    where = path(citizen.conversation)
    assert (await boris.call("GET", where))[0] == 403
    assert (await boris.call("PUT", where, told()))[0] == 403
    before = await anna.does("GET", where)
    assert ([each["title"] for each in before["fields"]], before["tags"], before["events"]) == (["Льгота", "Лицевой счёт"], [], [])

    card = {"phone": "8 (916) 123-45-67", "email": "olga@example.ru", "tags": ["слабый слух", " слабый слух "], "fields": {"benefit": "ветеран", "flat": ""}}
    await anna.does("PUT", where, told(**card, note="Просит говорить медленно"))
    after = await anna.does("GET", where)
    assert (after["phone"], after["email"], after["tags"]) == ("+79161234567", "olga@example.ru", ["слабый слух"])
    assert [each["value"] for each in after["fields"]] == ["ветеран", ""]
    assert [each["text"] for each in after["notes"]] == ["Просит говорить медленно"]
    assert (await anna.does("GET", f"/api/conversations/{citizen.conversation}"))["conversation"]["name"] == "Ольга Дмитриевна Чижова"
    # What is left out stays; a note is added.
    await anna.does("PUT", where, told(note="Дочь Ирина, тоже звонит"))
    again = await anna.does("GET", where)
    assert (again["phone"], len(again["notes"])) == ("+79161234567", 2)

    # A field that the centre removes is not shown; its value comes back with it.
    assert (await settled(admin, citizen_fields=FIELDS[1:]))[0] == 200
    await anna.does("PUT", where, told(fields={"flat": "17"}))
    assert [each["value"] for each in (await anna.does("GET", where))["fields"]] == ["17"]
    assert (await settled(admin, citizen_fields=FIELDS))[0] == 200
    assert [each["value"] for each in (await anna.does("GET", where))["fields"]] == ["ветеран", "17"]

    for wrong in ({"phone": "позвоните мне"}, {"email": "olga"}, {"fields": {"benefit": "космонавт"}}, {"fields": {"nobody": "1"}}, {"fields": {"flat": "сорок"}}):
        assert (await anna.call("PUT", where, told(**wrong)))[0] in {400, 409, 422}, wrong
    details = [d["detail"] for d in await admin.does("GET", "/api/audit") if d["what"] == "citizen_written" and d["about"] == citizen.conversation]
    assert any(each.startswith("phone, email, tags, fields, notes: ") for each in details)
    assert not any("916" in each or "Ирина" in each for each in details)

    made = await anna.does("POST", f"/api/conversations/{citizen.conversation}/cases", {"key": "k", "kind": "request", "topic": "documents", "text": "Паспорт не готов"})
    assert (made["case"]["worker"], [each["number"] for each in (await anna.does("GET", "/api/cases"))["cases"]]) == (anna.login, [made["case"]["number"]])
    assert [(each["kind"], each["number"]) for each in (await anna.does("GET", where))["events"]] == [("case", made["case"]["number"])]


async def test_a_talk_is_closed_with_the_form_of_its_topic(at: People) -> None:  # CH-12
    admin = await at.admin()
    fields = [{"id": "result", "title": "Чем кончилось", "kind": "choice", "options": ["решено", "передано"], "required": True}, {"id": "office", "title": "МФЦ", "topics": ["documents"], "required": True}]
    assert (await settled(admin, closing_fields=fields))[0] == 200
    anna = await at.clerk(admin)
    assert [each["id"] for each in (await anna.does("GET", "/api/me"))["closing_fields"]] == ["result", "office"]
    citizen = await talking(at, anna)
    close = f"/api/conversations/{citizen.conversation}/close"
    for topic, answers in (("other", {}), ("documents", {"result": "решено"}), ("other", {"result": "решено", "office": "Клин"})):
        assert (await anna.call("POST", close, {"topic": topic, "answers": answers}))[1]["error"] == "bad_field"
    await anna.does("POST", close, {"topic": "documents", "answers": {"result": "решено", "office": "Клин"}})
    notes = [each["text"] for each in (await anna.does("GET", f"/api/conversations/{citizen.conversation}"))["entries"] if each["kind"] == "note"]
    assert notes == ["Чем кончилось: решено\nМФЦ: Клин"]
    assert (await settled(admin, closing_fields=[]))[0] == 200


def test_cards_of_several_addresses_are_one() -> None:  # CH-16
    early = CitizenCard("sms:+79001234567", "+79001234567", tags=("глухой",), notes=(CitizenNote(moment(5), "anna", "вторая"),), written=moment(1))
    late = CitizenCard("web.chat:x", email="a@b.ru", fields={"flat": "7"}, notes=(CitizenNote(moment(3), "olga", "первая"),), written=moment(2))
    card = together("web.chat:x", (late, early))
    assert (card.address, card.phone, card.email, card.tags, card.fields) == ("web.chat:x", "", "a@b.ru", (), {"flat": "7"})
    assert [each.text for each in card.notes] == ["первая", "вторая"]
    assert together("sms:+7900", ()).address == "sms:+7900"


def test_own_fields_take_what_they_are_for() -> None:
    day, yes = FormField("day", "Когда", FieldKind.DATE, required=True, topics=("tax",)), FormField("yes", "Согласен", FieldKind.FLAG)
    assert of_topic((day, yes), "tax") == [day, yes]
    assert of_topic((day, yes), "other") == [yes]
    assert checked((day, yes), {"day": " 2026-12-01 ", "yes": ""}) == {"day": "2026-12-01"}
    for wrong in ({}, {"day": "завтра"}, {"day": "2026-12-01", "yes": "нет"}, {"day": "2026-12-01", "other": "1"}):
        with pytest.raises(RefusedError):
            checked((day, yes), wrong)
    faulty = (FormField("Ключ", ""), FormField("a", "А", FieldKind.CHOICE), FormField("a", "Б"))
    assert [place for place, _ in field_faults(faulty)] == ["0.id", "0.title", "1.options", "2.id"]
