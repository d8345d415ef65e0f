"""Doubted phrases are assigned to intents of the draft, or dismissed; over both stores."""

import asyncio
from pathlib import Path

import pytest

from bots.project.collected_examples import PATH
from bots.russian import Russian
from hub.conversations.turn_result import TurnResult
from hub.kernel.errors import RefusedError
from hub.robot.phrase import Assigned, Doubt
from storage.memory import MemoryStore
from tests.past import at
from tests.robot.drafts import PROJECT, zipped
from tests.robot.school import TODAY, VERSION, YESTERDAY, School, refused


async def test_phrases_are_masked_and_equal_ones_are_one(school: School) -> None:
    # KB-02, SE-03
    past = school.past
    past.now = at(YESTERDAY, 12)
    await past.tells("анна", "Сколько идёт письмо? Мой телефон +7 912 345-67-89", likely=("ask_fee", "gone", "greet"))
    past.now = at(TODAY, 9)
    await past.tells("борис", "цена вопроса", "ask_fee", 0.4)
    await past.tells("вера", "сколько идет письмо мой телефон 89031112233!", likely=("ask_hours", "ask_fee"))
    await past.tells("вера", "+7 912 345-67-89")
    newest, other = await school.phrases()
    assert (newest.text, newest.count, newest.why) == ("сколько идет письмо мой телефон ‹телефон›!", 2, Doubt.MISSED)
    assert newest.conversation == past.heads["вера"].id
    assert [guess.intent for guess in newest.guesses] == ["ask_hours", "ask_fee"]
    assert (other.key, other.why, [guess.intent for guess in other.guesses]) == ("цена вопроса", Doubt.DOUBTFUL, ["ask_fee"])


async def test_what_is_assigned_is_an_example_in_the_draft(school: School) -> None:
    # KB-02, SE-03
    await school.past.tells("анна", "Сколько возьмёте с Иванова Петра?")
    (phrase,) = await school.phrases()
    assigned = await school.phrase_labelling.assign("anna", phrase.key, "ask_fee", phrase.text)
    assert (assigned.example, assigned.by) == ("Сколько возьмёте с?", "anna")
    draft = await school.drafts.draft()
    assert draft is not None
    assert draft.base == VERSION
    assert "- Сколько возьмёте с?" in await school.own()
    assert "ванов" not in "".join((await school.drafts.texts(draft)).values())
    assert await school.phrases() == []
    assert [each.phrase for each in await school.phrase_labelling.assigned()] == [phrase.key]
    assert "Иванов" not in str(await school.store.all(Assigned)) + str(await school.store.audit_entries())
    assert await refused(school.phrase_labelling.assign("olga", phrase.key, "greet", "Сколько возьмёте")) == "already_assigned"


async def test_a_mended_text_is_what_is_learnt(school: School) -> None:
    await school.past.tells("анна", "эх вы сколько возьмете то")
    (phrase,) = await school.phrases()
    await school.phrase_labelling.assign("anna", phrase.key, "ask_fee", "- сколько возьмёте за [справку](document)\n")
    assert "    - сколько возьмёте за [справку](document)\n" in await school.own()
    assert await school.phrases() == []
    await school.phrase_labelling.undo_all("anna", [phrase.key])
    assert "сколько" not in await school.own()
    assert await school.keys() == [phrase.key]


@pytest.mark.parametrize(("intent", "text", "code"), [
    ("ask_fee", "Какая пошлина?", "example_exists"), ("ask_hours", "какая пошлина", "example_exists"), ("no", "другое", "no_such_intent"),
    ("greet", "‹имя› …", "no_words"), ("greet", "позвоните 89031112233", "personal"), ("greet", 'привет [раз]{"entity": 1}', "bad_example")])
async def test_what_cannot_be_an_example(school: School, intent: str, text: str, code: str) -> None:
    # SE-03
    await school.past.tells("анна", "что почем")
    assert await refused(school.phrase_labelling.assign("anna", "что почем", intent, text)) == code
    assert await school.keys() == ["что почем"]
    assert await school.drafts.draft() is None


async def test_what_is_an_example_already_is_not_asked(school: School) -> None:
    await school.past.tells("анна", "Какая пошлина?")
    assert await school.phrases() == []


async def test_dismissed_and_taken_back(school: School) -> None:
    await school.past.tells("анна", "абракадабра")
    await school.phrase_labelling.dismiss_all("anna", ["абракадабра"])
    assert await school.phrases() == []
    assert await refused(school.phrase_labelling.dismiss_all("olga", ["абракадабра"])) == "already_assigned"
    assert await school.drafts.draft() is None
    await school.phrase_labelling.undo_all("olga", ["абракадабра"])
    assert await school.keys() == ["абракадабра"]
    assert await refused(school.phrase_labelling.undo_all("olga", ["абракадабра"])) == "not_assigned"
    assert [audit_entry.what for _, audit_entry in await school.store.audit_entries(limit=2)] == ["phrase_returned", "phrase_dismissed"]


async def test_what_is_thrown_away_with_a_draft_is_asked_again(school: School) -> None:
    await school.past.tells("анна", "что почем")
    await school.phrase_labelling.assign("anna", "что почем", "ask_fee", "что почем")
    assert await school.phrases() == []
    await school.throw_away()
    assert await school.keys() == ["что почем"]
    await school.phrase_labelling.assign("anna", "что почем", "ask_fee", "что почем")
    assert (await school.own()).count("что почем") == 1


async def test_what_somebody_else_wrote_meanwhile_stays(school: School) -> None:
    # SE-01
    draft = await school.drafts.bring("olga", "", zipped(PROJECT))
    for name, words in (("анна", "что почем"), ("борис", "почем что")):
        await school.past.tells(name, words)
        await school.phrase_labelling.assign("anna", words, "ask_fee", words)
    await school.drafts.put("olga", (await school.drafts.draft() or draft).project, "data/more.yml", "version: '3.1'\n")
    await school.phrase_labelling.undo_all("anna", ["что почем"])
    now = await school.drafts.draft()
    assert now is not None
    texts = await school.drafts.texts(now)
    assert "data/more.yml" in texts
    assert "почем что" in texts[PATH]
    assert "- что почем" not in texts[PATH]


async def test_a_file_that_somebody_else_has_changed_is_left_alone(school: School) -> None:
    # SE-01
    await school.past.tells("анна", "что почем")
    await school.phrase_labelling.assign("anna", "что почем", "ask_fee", "что почем")
    draft = await school.drafts.draft()
    assert draft is not None
    await school.drafts.put("olga", draft.project, PATH, await school.own() + "- synonym: цена\n  examples: |\n    - почем\n")
    assert await refused(school.phrase_labelling.assign("anna", "почем что", "ask_fee", "почем что")) == "foreign_file"
    assert await refused(school.phrase_labelling.undo_all("anna", ["что почем"])) == "foreign_file"
    assert "synonym" in await school.own()


async def test_who_writes_at_the_same_moment_disturbs_nobody(school: School) -> None:
    draft = await school.drafts.bring("olga", "", zipped(PROJECT))

    async def write(number: int) -> None:
        """As somebody who saves again and again until it is done."""
        while True:
            now = await school.drafts.draft() or draft
            try:
                await school.drafts.put("olga", now.project, f"data/more{number}.yml", "version: '3.1'\n")
            except RefusedError:
                continue
            return

    words = [f"{word} почем" for word in ("раз", "два", "три", "много")]
    await asyncio.gather(*(school.phrase_labelling.assign("anna", each, "ask_fee", each) for each in words), *map(write, range(3)))
    texts = await school.drafts.texts(await school.drafts.draft() or draft)
    assert all(f"- {each}\n" in texts[PATH] for each in words)
    assert {f"data/more{number}.yml" for number in range(3)} <= texts.keys()


async def test_where_nothing_speaks_nothing_is_asked(tmp_path: Path, russian: Russian) -> None:
    school = School(MemoryStore(russian), tmp_path, russian)
    await school.past.tells("анна", "что почем")
    assert await school.phrase_labelling.meanings() == ()
    assert [each.guesses for each in await school.phrases()] == [()]
    assert await refused(school.phrase_labelling.assign("anna", "что почем", "ask_fee", "что почем")) == "no_such_intent"


async def test_a_question_that_was_answered_in_vain_is_listed_with_its_answer(school: School) -> None:
    # KB-02, SE-03: wrong answers are seen, not only missing ones
    past = school.past
    await past.tells("анна", "Какая пошлина? Мой телефон +7 912 345-67-89", "", result=TurnResult.ANSWERED, answer="Пошлина 350 ₽.\nПлатят картой.")
    await past.tells("анна", "нет", "", result=TurnResult.UNHELPED, answer="Жаль, что ответ не подошёл.")
    await past.tells("борис", "цена услуги", "ask_fee", result=TurnResult.ANSWERED)
    await past.tells("борис", "нет", "", result=TurnResult.UNHELPED)
    await past.tells("вера", "нет", "", result=TurnResult.UNHELPED)  # erased since, or too long ago
    known, newest = sorted(await school.phrases(), key=lambda phrase: phrase.text != "цена услуги")
    assert (newest.text, newest.answer) == ("Какая пошлина? Мой телефон ‹телефон›", "Пошлина 350 ₽. Платят картой.")
    assert (newest.why, newest.conversation) == (Doubt.UNHELPED, past.heads["анна"].id)
    assert (known.text, known.answer) == ("цена услуги", "Ответ")  # an example of the project, and answered wrongly all the same
    await school.phrase_labelling.dismiss_all("anna", [newest.key])
    assert await school.keys() == [known.key]
