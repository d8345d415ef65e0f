"""Forms that listen: every value of a message is taken, and what is no value is answered (AL-01…AL-10, ST-02, OC-05)."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path

import pytest

from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import NOTHING, Dialogue, HandOffReason
from bots.dialogue.parsed import Parsed
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.knowledge.form_acts import FormActs
from bots.knowledge.localities import Localities
from bots.knowledge.office_questions import OfficeQuestions
from bots.knowledge.offices import Offices
from bots.knowledge.service_questions import ServiceQuestions
from bots.knowledge.services import knowledge_of
from bots.project.project import read_project
from bots.russian import Russian
from hub.knowledge.handbook import KnowledgeSnapshot
from hub.organisation.centre import Mfc
from okno.adapters.form_knowledge import RobotKnowledge
from okno.config import load
from okno.content import content_of
from tests.bots.heard import PROJECTS
from tests.traits import TRAITS

CENTRE = Path(str(files("bots"))) / "projects" / "centre"
TODAY = date(2026, 11, 25)
"""A Wednesday."""
MFCS = tuple(
    Mfc(valid_from=date(2026, 1, 1), id=town, name=f"МФЦ {town}", subject="50", municipality="46000000", served_population=50_000, locality=town,
        address="Мира ул., 5", hours="пн–сб с 8 до 20", phone="+74967000000") for town in ("Серпухов", "Клин"))


class Says:
    """A model that understands nothing: what is meant is told by cues and values."""

    def __init__(self, intent: str = "inform") -> None:
        self._intent = intent

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return Parsed(words, self._intent, 0.4)


class Talk:
    def __init__(self, dialogue: Dialogue, channel: str = "web", told: dict[str, str] | None = None) -> None:
        self._dialogue, self._channel, self._told = dialogue, channel, told or NOTHING
        self._tracker = dialogue.begin()
        self.hands_over: HandOffReason | None = None

    async def say(self, *words: str) -> str:
        """The answer to the last of these messages."""
        said = ""
        for one in words:
            turn = await self._dialogue.turn(self._tracker, one, 0.0, self._channel, told=self._told)
            assert turn.failures == ()
            self._tracker, self.hands_over = turn.tracker, turn.hands_over
            said = "\n".join(each.text for each in turn.said)
        return said

    def slots(self, *names: str) -> list[object]:
        return [self._tracker.now.slots.get(name) for name in names]

    @property
    def form(self) -> str:
        return self._tracker.now.active_loop


@pytest.fixture(scope="module")
def russian() -> Russian:
    return Russian()


@pytest.fixture(scope="module")
def actions(russian: Russian) -> CentreActions:
    handbook = KnowledgeSnapshot(content_of(load(None, {})))
    offices = Offices(lambda: handbook, lambda: datetime(2026, 11, 25, 9, tzinfo=UTC))
    services = ServiceQuestions(russian, places=OfficeQuestions(russian, lambda: MFCS, offices))
    bot = FaqBot(russian, "", TRAITS, offices=offices, services=services)
    bot.learn(knowledge_of(handbook))
    return CentreActions(lambda: bot.articles, lambda said: asyncio.wrap_future(bot.suggested(said, 3)), lambda: MFCS, Grammar(russian), lambda: TODAY, TRAITS,
                         knowledge=RobotKnowledge(bot))


@pytest.fixture(scope="module")
def dialogue(actions: CentreActions) -> Dialogue:
    return Dialogue(read_project(CENTRE), Says(), actions=actions, listener=actions.listener)


@pytest.fixture
def talk(dialogue: Dialogue) -> Talk:
    return Talk(dialogue)


def has_all(text: str, parts: Iterable[str]) -> None:
    for part in parts:
        assert part in text


@pytest.mark.parametrize(("said", "parts"), [
    ("хочу в мфц клина на получение инн, в субботу к десяти, мой сотовый 8(926)555-12-34", ("Клин", "ИНН", "в субботу, 28 ноября", "в 10:00", "555-12-34")),
    ("запишите меня на четверг на шестнадцать часов мфц серпухов выписка егрн телефон восемь девятьсот шестнадцать сто двадцать три сорок пять шестьдесят семь",
     ("Серпухов", "ЕГРН", "в четверг, 26 ноября", "в 16:00", "916 123-45-67")),
    ("9265551234 запишите на права, клин, завтра после обеда", ("926 555-12-34", "Клин", "завтра, 26 ноября", "с 12 до 17")),
])
async def test_one_message_may_fill_a_whole_form(talk: Talk, said: str, parts: tuple[str, ...]) -> None:
    # AL-01
    check = await talk.say(said)
    assert "Проверьте" in check
    has_all(check, parts)


async def test_what_was_given_is_told_and_not_asked_again(talk: Talk) -> None:
    # AL-01
    first = await talk.say("запись в мфц на снилс, пятница")
    assert "Записал: СНИЛС" in first
    assert "В каком городе" in first
    second = await talk.say("сирпухов")
    assert "Записал: Серпухов" in second
    assert "В какое время" in second
    assert "номер телефона" in await talk.say("15")
    assert talk.slots("hour", "day") == ["в 15:00", "в пятницу, 27 ноября"]


@pytest.mark.parametrize(("said", "place"), [
    ("во Мценске", "Мценск"), ("нижнем тагиле", "Нижний Тагил"), ("в мытищах", "Мытищи"), ("клинский мфц", "Клин"), ("мфц серпухова", "Серпухов"),
    ("пишу из кимр", "Кимры"), ("запишите в клину на среду", "Клин"), ("в суд", ""), ("в субботу к десяти", ""), ("на паспорт", "")])
def test_towns_in_any_case_form_and_with_slips(russian: Russian, said: str, place: str) -> None:
    # AL-01
    found = Localities(russian, lambda: [each.locality for each in MFCS]).find(said)
    assert [each.name for each in found] == ([place] if place else [])


@pytest.mark.parametrize(("question", "parts"), [
    ("а сколько он стоит?", ("6 000", "На какой день")), ("чё с собой брать", ("паспорт", "На какой день")),
    ("погодите, срок изготовления какой", ("месяц", "На какой день")), ("а до скольки вы работаете", ("с 8 до 20", "На какой день")),
    ("зачем вам мой телефон", ("напомнят", "На какой день"))])
async def test_a_question_in_between_is_answered_and_the_form_goes_on(talk: Talk, question: str, parts: tuple[str, ...]) -> None:
    # AL-02, AL-03
    await talk.say("запишите в мфц серпухов на загранпаспорт на 10 лет")
    has_all(await talk.say(question), parts)
    assert talk.form == "appointment_form"
    assert talk.slots("locality") == ["Серпухов"]


async def test_the_price_of_something_else_is_no_price_of_a_visit(talk: Talk) -> None:
    # AL-03: two passports have these words, so that neither is surely named
    await talk.say("хочу записаться в мфц")
    has_all(await talk.say("сколько стоит заграничный паспорт?"), ("6 000", "Для какой услуги"))
    has_all(await talk.say("а сама запись платная?"), ("бесплатн", "Для какой услуги"))


async def test_a_question_beside_a_value_is_answered_too(talk: Talk) -> None:
    # AL-03
    await talk.say("запишите в мфц серпухов на снилс")
    answer = await talk.say("в среду в 11, а какие документы нужны?")
    assert talk.slots("hour") == ["в 11:00"]
    assert "паспорт" in answer
    assert "номер телефона" in answer


@pytest.mark.parametrize("refusal", [
    "да ладно, не нужно, я сам приду", "не, сам наберу позже", "ой всё, расхотел", "отбой", "не хочу уже", "забудьте", "да ну вас", "я передумала", "отменяйте",
    "не надо, уже нашёл ответ", "бог с ними"])
async def test_a_refusal_ends_a_form(talk: Talk, refusal: str) -> None:
    # AL-01
    await talk.say("перезвоните мне")
    assert "Ничего не отправлено" in await talk.say(refusal)
    assert talk.form == ""


@pytest.mark.parametrize("protest", ["я же уже сказал когда", "опять вопросы! сколько можно спрашивать", "русским языком сказала в среду", "по второму кругу одно и то же спрашиваете"])
async def test_a_protest_is_no_value(talk: Talk, protest: str) -> None:
    # OC-05
    await talk.say("запишите в мфц серпухов на снилс в четверг в 10")
    assert "в четверг, 26 ноября" in await talk.say(protest)
    assert talk.slots("day", "phone") == ["в четверг, 26 ноября", None]


@pytest.mark.parametrize(("correction", "slot", "value"), [
    ("не в четверг, а в пятницу", "day", "в пятницу, 27 ноября"), ("стойте, номер другой: 8 905 777 88 90", "phone", "+7 905 777-88-90"),
    ("ой перепутал не серпухов а клин", "locality", "Клин"), ("время на 16 поменяйте", "hour", "в 16:00"), ("давайте лучше утром", "hour", "с 6 до 12"),
    ("хотя давайте загран на пять лет", "service", "Загранпаспорт на 5 лет")])
async def test_a_correction_changes_one_value(talk: Talk, correction: str, slot: str, value: str) -> None:
    # AL-01
    await talk.say("запишите в мфц серпухов на снилс в четверг в 10, телефон 8 916 123-45-67")
    before = dict(zip(given := ("service", "locality", "day", "hour", "phone"), talk.slots(*given), strict=True))
    check = await talk.say(correction)
    assert "Проверьте" in check
    assert dict(zip(given, talk.slots(*given), strict=True)) == before | {slot: value}


async def test_no_to_what_was_read_back_asks_what_is_wrong(talk: Talk) -> None:
    # AL-01
    await talk.say("перезвоните на 8 916 123-45-67 завтра вечером")
    assert "Что исправить" in await talk.say("/deny")
    assert "+7 916 123-45-68, завтра, 26 ноября, с 17 до 22" in await talk.say("8 916 123-45-68")


@pytest.mark.parametrize(("said", "hour"), [("когда угодно", "в любое время"), ("без разницы", "в любое время"), ("завтра", "завтра, 26 ноября"),
                                            ("в четверг с двух до четырёх", "в четверг, 26 ноября, с 14 до 16")])
async def test_a_callback_has_a_day_or_hours_or_both(talk: Talk, said: str, hour: str) -> None:
    # SL-05
    assert hour in await talk.say("перезвоните на 89161234567", said)


async def test_the_number_that_is_called_from_is_known(dialogue: Dialogue) -> None:
    # SL-05
    assert "+7 916 123-45-67" in await Talk(dialogue, "voice", {"phone": "+79161234567"}).say("перезвоните на этот номер после шести")


async def test_an_application_is_asked_about_in_one_sentence_and_nothing_of_it_is_repeated(talk: Talk) -> None:
    # ST-02: the number is not said again
    answer = await talk.say("где моё заявление номер 12345678")
    assert "СНИЛС" in answer
    assert "12345678" not in answer
    assert "чужим людям" in await talk.say("а снилс то зачем")
    assert "Кодовое слово" in await talk.say("112 233 445 95", "какое ещё кодовое слово?")


async def test_a_complaint_is_told_at_once_and_without_a_telephone(talk: Talk) -> None:
    # AL-07, AL-09
    assert "номер телефона" in await talk.say("примите жалобу на поликлинику номер 2, вчера отказались дать талон и нахамили")
    check = await talk.say("номер свой не дам")
    has_all(check, ("поликлиника № 2", "отказались дать талон", "не указан"))


@pytest.mark.parametrize(("question", "part"), [("а сколько её рассматривать будут?", "15 рабочих дней"), ("кто её читать-то будет", "вышестоящий орган"),
                                                ("а мне за это ничего не будет?", "вышестоящий орган")])
async def test_what_follows_a_complaint_is_told_before_it_is_taken(talk: Talk, question: str, part: str) -> None:
    # AL-04, AL-07
    answer = await talk.say("примите жалобу на соцзащиту", question)
    assert part in answer
    assert "что произошло" in answer


async def test_a_story_is_a_story_whatever_its_words(talk: Talk) -> None:
    # AL-09
    await talk.say("запишите жалобу на мфц клина", "сколько раз просил записать меня, не записали, сказали приходить когда хочу и больше не звонить")
    assert talk.slots("body", "phone") == ["МФЦ, Клин", None]
    assert "не звонить" in str(talk.slots("what_happened")[0])


async def test_what_is_out_of_date_is_told_in_one_message_and_amended(talk: Talk) -> None:
    # AL-10, KB-07
    assert "Верно" in (await talk.say("исправьте график мфц серпухова, в воскресенье они закрыты")).replace("верно", "Верно")
    assert "понедельник" in await talk.say("стоп, не в воскресенье, а в понедельник")


@pytest.mark.parametrize(("said", "score"), [("на троечку", "3"), ("всё ужасно, двойка", "2"), ("отлично", "5"), ("четыре с плюсом", "4")])
async def test_a_score_in_words(actions: CentreActions, said: str, score: str) -> None:
    assert FormActs(Russian()).score(said) == score


async def test_another_subject_leaves_the_form(talk: Talk) -> None:
    # AL-02
    answer = await talk.say("запишите в мфц", "вы не поняли, я хотел узнать сколько стоит загранпаспорт на 10 лет")
    assert "6 000" in answer
    assert talk.form == ""


async def test_another_request_begins_its_form(talk: Talk) -> None:
    await talk.say("перезвоните мне", "нет лучше запишите в мфц")
    assert talk.form == "appointment_form"


@pytest.mark.parametrize(("said", "intent"), [
    ("запись в мфц серпухов на прописку, пятница 14:00", "book_appointment"), ("можно к вам на приём попасть", "book_appointment"),
    ("записываюсь на загранник", "book_appointment"), ("перезвоните 8 903 222 33 44 вопрос пенсия", "request_callback"),
    ("скажите заявление номер семь семь восемь готово или нет", "check_status"), ("примите жалобу на врача", "file_complaint"),
    ("у вас неверно указан график мфц клина", "report_outdated"), ("оценка пять за обслуживание", "take_survey"),
    ("как записаться к врачу", ""), ("можно ли без записи прийти в мфц", ""), ("сколько рассматривают заявление на паспорт", ""),
    ("куда жаловаться на мфц", ""), ("мне позвонили мошенники что делать", ""), ("у меня ошибка в паспорте", ""), ("как оценить квартиру", ""),
    ("запись в первый класс когда начинается", "")])
def test_a_request_is_no_question(russian: Russian, said: str, intent: str) -> None:
    # AL-01, AL-08, AL-09, AL-10
    assert FormActs(russian).wish(said) == intent


@pytest.mark.parametrize("intent", ["call_operator", "emergency"])
async def test_a_person_is_called_out_of_a_form(actions: CentreActions, intent: str) -> None:
    # OC-05
    class Calls(Says):
        def parse(self, words: str, *, hasty: bool = False) -> Parsed:
            return Parsed(words, intent, 0.9)

    talk = Talk(Dialogue(read_project(CENTRE), Calls(), actions=actions, listener=actions.listener))
    await talk.say("/book_appointment", "поговорить бы")
    assert talk.hands_over is HandOffReason.PAUSED


async def test_the_intents_of_other_projects_are_theirs(actions: CentreActions) -> None:
    """Rasa's own semantics: a project without action_hear is conducted by its model alone."""
    project = read_project(PROJECTS / "reception")
    with_it, without = (Dialogue(project, Says("greet"), actions=actions, listener=listener) for listener in (actions.listener, None))
    assert await Talk(with_it).say("не надо, передумал") == await Talk(without).say("не надо, передумал")
