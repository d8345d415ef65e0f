"""The house's own project talked through: what is said, asked back and handed over (AL-01…AL-07, ST-02, OC-05)."""

from collections.abc import Iterable, Mapping
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import NOTHING, Dialogue, HandOffReason, Turn
from bots.dialogue.parsed import Parsed
from bots.dialogue.policies import Policies
from bots.grammar.extraction import Grammar
from bots.knowledge.knowledge_file import read_articles
from bots.project.evaluation import judge
from bots.project.project import Project, read_examples, read_project
from bots.project.story_tests import play
from bots.russian import Russian
from bots.understanding.model_codec import load
from hub.knowledge.article import Article
from hub.organisation.centre import Mfc
from tests.traits import TRAITS

CENTRE = Path(str(files("bots"))) / "projects" / "centre"
TODAY = date(2026, 11, 25)
"""A Wednesday."""
MFCS = (
    Mfc(valid_from=date(2026, 1, 1), id="small", name="МФЦ на Советской", subject="69", municipality="28701000", served_population=50_000,
        locality="Тверь", address="Советская ул., 5", hours="вт–сб с 9 до 18"),
    Mfc(valid_from=date(2026, 1, 1), id="large", name="МФЦ на Тверской", subject="69", municipality="28701000", served_population=150_000,
        locality="Тверь", address="Тверской пр., 1", hours="пн–сб с 8 до 20", phone="+74822000000", checked=date(2026, 10, 1)),
    Mfc(valid_from=date(2026, 1, 1), id="bare", name="МФЦ Орла", subject="57", municipality="54701000", served_population=1, locality="Орёл"),
)


class Answers:
    """Whoever is asked answers; what is not an answer is said by a button."""

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        return Parsed(words, "inform", 1.0)


class Talk:
    """One citizen."""

    def __init__(self, dialogue: Dialogue, channel: str = "", told: Mapping[str, str] = NOTHING) -> None:
        self._dialogue, self._channel, self._told = dialogue, channel, told
        self._tracker = dialogue.begin()
        self.turn: Turn | None = None

    async def say(self, *words: str) -> str:
        """The last answer to it."""
        for one in words:
            self.turn = await self._dialogue.turn(self._tracker, one, 0.0, self._channel, told=self._told)
            assert self.turn.failures == ()
            self._tracker = self.turn.tracker
        assert self.turn is not None
        return "\n".join(said.text for said in self.turn.said)

    def slots(self, *names: str) -> Iterable[object]:
        return [self._tracker.now.slots.get(name) for name in names]


@pytest.fixture(scope="module")
def centre() -> Project:
    return read_project(CENTRE)


@pytest.fixture(scope="module")
def dialogue(centre: Project) -> Dialogue:
    articles = read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8"))

    async def nearest(_: str) -> list[Article]:
        return articles[-2:]
    return Dialogue(centre, Answers(), actions=CentreActions(
        lambda: {article.id: article for article in articles}, nearest, lambda: MFCS, Grammar(Russian()), lambda: TODAY, TRAITS))


@pytest.fixture
def talk(dialogue: Dialogue) -> Talk:
    return Talk(dialogue)


async def test_an_article_answers_with_its_source_and_then_of_its_fee(talk: Talk) -> None:
    # AL-02, AL-03
    first = await talk.say("/ask_passport_abroad")
    assert "загранпаспорт" in first.lower()
    assert talk.turn is not None
    assert talk.turn.said[-1].data["custom"]["source"]["article"] == "passport-abroad"
    assert await talk.say("/ask_fee") == first


async def test_a_fee_of_nothing_is_asked_back(talk: Talk) -> None:
    assert "О какой услуге" in await talk.say("/ask_fee")


async def test_an_appointment_is_read_back_before_it_is_passed_on(talk: Talk) -> None:
    # AL-01
    await talk.say("/book_appointment", "загранпаспорт", "Тверь", "завтра", "после обеда")
    check = await talk.say("8 912 345 67 89")
    for part in ("Тверь", "загранпаспорт", "завтра, 26 ноября", "+7 912 345-67-89"):
        assert part in check
    await talk.say("/affirm")
    assert talk.turn is not None
    assert talk.turn.hands_over is HandOffReason.PAUSED


async def test_what_was_misunderstood_is_corrected_and_not_asked_again(talk: Talk) -> None:
    await talk.say("/book_appointment", "загранпаспорт", "Тверь", "завтра", "утром", "89123456789")
    assert "Что исправить" in await talk.say("/deny")
    assert talk.slots("service", "locality") == ["загранпаспорт", "Тверь"]


async def test_what_was_begun_is_forgotten_on_demand(talk: Talk) -> None:
    await talk.say("/book_appointment", "загранпаспорт", "Тверь", "завтра", "утром", "89123456789")
    assert "сначала" in await talk.say("/start_again")
    assert talk.slots("service", "day", "asked", "locality") == [None, None, None, "Тверь"]


@pytest.mark.parametrize(("said", "told"), [("вчера", "уже прошёл"), ("когда-нибудь", "Не понял день")])
async def test_a_day_that_cannot_be_is_asked_again(talk: Talk, said: str, told: str) -> None:
    answer = await talk.say("/book_appointment", "загранпаспорт", "Тверь", said)
    assert told in answer
    assert "На какой день" in answer


async def test_a_question_in_between_is_answered_and_the_form_goes_on(talk: Talk) -> None:
    # AL-06
    answer = await talk.say("/book_appointment", "/ask_rights")
    assert "прав" in answer
    assert "Для какой услуги" in answer


async def test_a_status_is_never_confirmed(dialogue: Dialogue) -> None:
    # ST-02: the same words for any number
    one, other = Talk(dialogue), Talk(dialogue)
    answer = await one.say("/check_status", "4021567", "112-233-445 95", "ромашка")
    assert "после проверки личности" in answer
    assert await other.say("/check_status", "77-00123456", "087-654-303 00", "Иванов Иван") == answer


async def test_a_wrong_snils_is_told(talk: Talk) -> None:
    assert "контрольное число" in await talk.say("/check_status", "4021567", "112-233-445 96")


async def test_a_complaint_is_read_back(talk: Talk) -> None:
    # AL-04, AL-07: whom it goes to is said before it is taken
    assert "вышестоящий орган" in await talk.say("/file_complaint")
    check = await talk.say("МФЦ", "отказались принять документы", "89123456789")
    assert "отказались принять документы" in check


@pytest.mark.parametrize("intent", ["/call_operator", "/emergency", "/anger"])
async def test_a_person_comes_at_once_even_out_of_a_form(talk: Talk, intent: str) -> None:
    # OC-05
    await talk.say("/request_callback", intent)
    assert talk.turn is not None
    assert talk.turn.hands_over is HandOffReason.PAUSED
    if intent == "/emergency":
        assert "112" in talk.turn.said[-1].text


async def test_what_was_said_is_said_again(talk: Talk) -> None:
    first = await talk.say("/ask_snils")
    assert await talk.say("/repeat") == first


async def test_slower_is_said_again_too(talk: Talk) -> None:
    # CH-07: the voice channel speaks it slowly (channels/voice/asterisk.py)
    first = await talk.say("/ask_snils")
    assert await talk.say("/slower") == first


@pytest.mark.parametrize(("words", "intent"), [
    ("Говорите, пожалуйста, помедленнее", "slower"), ("Не так быстро, пожалуйста", "slower"), ("Я не успеваю записывать", "slower"),
    ("Можно медленнее?", "slower"), ("Что?", "repeat"), ("Простите, что?", "repeat"), ("Повторите ещё раз", "repeat"),
    ("Не расслышала вас", "repeat")])
def test_a_caller_who_does_not_follow_is_understood(words: str, intent: str) -> None:
    # CH-07
    assert load((CENTRE / "models" / "okno.model").read_bytes(), Russian()).parse(words).intent == intent


async def test_a_score_is_a_number_from_one_to_five(talk: Talk) -> None:
    assert "от 1 до 5" in await talk.say("/take_survey", "7")
    assert "Спасибо за оценку" in await talk.say("пять")


def test_the_whole_project_is_understood_in_words(centre: Project) -> None:
    """AL-01…AL-07, KB-02: the model that is shipped, by the test stories from what citizens write and by what was kept aside; figures: docs/benchmarks.md."""
    understanding = load((CENTRE / "models/okno.model").read_bytes(), Russian())
    assert [one.name for one in play(centre, Policies(centre), understanding) if not one.passed] == []
    figures = judge(read_examples(CENTRE / "held_out.yml").said, understanding)
    assert figures.accuracy >= 0.94
    assert figures.entity_f1 >= 0.8


async def test_the_offices_of_a_place_with_their_hours_the_largest_first(talk: Talk) -> None:
    # AL-01
    assert "В каком городе" in await talk.say("/ask_mfc_place")
    answer = await talk.say("в Твери")
    assert answer.index("Тверской пр., 1") < answer.index("Советская ул., 5")
    for part in ("пн–сб с 8 до 20", "+7 482 200-00-00", "вт–сб с 9 до 18"):
        assert part in answer
    assert talk.turn is not None
    custom = talk.turn.said[-1].data["custom"]
    assert custom["source"] == {"article": "mfc", "title": "Реестр МФЦ", "valid_from": "2026-01-01",
                                "body": "Реестр центров телефонного обслуживания и МФЦ"}
    assert custom["topic"] == "mfc"


async def test_the_place_is_asked_for_by_what_is_known(talk: Talk) -> None:
    await talk.say("/ask_mfc_place")
    assert talk.turn is not None
    assert [button["title"] for button in talk.turn.said[-1].data["buttons"]] == ["Тверь"]
    assert "Тверской пр." in await talk.say(talk.turn.said[-1].data["buttons"][0]["payload"])


@pytest.mark.parametrize("place", ["в Орле", "деревня Гадюкино"])
async def test_where_nothing_is_known_it_says_so_and_where_to_look(talk: Talk, place: str) -> None:
    # AL-01
    answer = await talk.say("/ask_mfc_place", place)
    assert "у меня нет" in answer
    assert "Госуслугах" in answer
    assert talk.turn is not None
    assert talk.turn.said[-1].data["custom"]["source"]["article"] == "mfc"


async def test_another_place_is_another_answer(talk: Talk) -> None:
    await talk.say('/ask_mfc_place{"locality": "Орёл"}')
    assert "Тверской пр." in await talk.say('/ask_mfc_place{"locality": "Тверь"}')


@pytest.mark.parametrize(("channel", "longest"), [("voice", 400), ("sms", 330)])
async def test_a_channel_that_carries_little_tells_an_article_in_parts(dialogue: Dialogue, channel: str, longest: int) -> None:
    # AL-02
    whole, short = Talk(dialogue), Talk(dialogue, channel)
    await whole.say("/ask_passport_abroad")
    article = await whole.say("/more")
    told = [await short.say("/ask_passport_abroad")]
    while len(told) < 20 and "Это всё" not in (more := await short.say("/more")):
        told.append(more)
    assert all(len(part) <= longest for part in told)
    assert " ".join(told).split() == article.split()


async def test_whoever_did_not_catch_it_in_a_call_presses_a_digit(dialogue: Dialogue) -> None:
    call = Talk(dialogue, "voice")
    first = await call.say("/ask_passport_abroad")
    assert call.turn is not None
    assert [button["title"] for button in call.turn.said[-1].data["buttons"]] == ["Дальше", "Повторить", "Главное меню"]
    assert await call.say("/repeat") == first


async def test_whoever_was_not_understood_may_choose(talk: Talk) -> None:
    # LV-11
    await talk.say("/nlu_fallback")
    assert talk.turn is not None
    assert [button["title"] for button in talk.turn.said[-1].data["buttons"]] == ["Воинский учёт", "Электронные повестки", "Позвать оператора"]


async def test_the_number_that_is_called_from_need_not_be_said(dialogue: Dialogue) -> None:
    known, withheld = Talk(dialogue, "voice", {"phone": "+79161234567"}), Talk(dialogue, "voice")
    for call, titles in ((known, ["Этот номер"]), (withheld, [])):
        await call.say("/request_callback")
        assert call.turn is not None
        assert [button["title"] for button in call.turn.said[-1].data.get("buttons", ())] == titles
    assert "с 6 до 12" in await known.say('/inform{"phone": "+79161234567"}', "утром")


async def test_a_button_of_something_else_is_no_answer_and_begins_it(talk: Talk) -> None:
    assert "номер заявления" in await talk.say("/book_appointment", "загранпаспорт", "/check_status")
    assert talk.slots("locality") == [None]


async def test_a_callback_says_whom_to_call_and_when(talk: Talk) -> None:
    # SL-05
    await talk.say("/request_callback", "89161234567", "утром", "/affirm")
    assert talk.turn is not None
    assert talk.turn.hands_over is HandOffReason.PAUSED
    assert talk.turn.said[-1].data["custom"]["call_back"] == {"phone": "+7 916 123-45-67", "when": "с 6 до 12"}


def test_it_is_as_large_as_it_is_said_to_be(centre: Project) -> None:
    # docs/dialogues.md
    assert len(centre.domain.intents) > 40
    assert len(centre.tests) > 60
    assert {"appointment_form", "status_form", "complaint_form", "callback_form"} <= set(centre.domain.forms)
