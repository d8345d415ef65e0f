"""The robot that answers from the knowledge base, asks again once, and then requests an operator."""

import os
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from copy import copy
from functools import lru_cache

from msgspec.structs import replace

from bots.gist import gist
from bots.knowledge.answer_cache import AnswerCache, normal
from bots.knowledge.article_choice import CLEAR, WORTH_OFFERING, meant, topic_of
from bots.knowledge.articles import Articles, Found
from bots.knowledge.cues import LONGEST
from bots.knowledge.danger import Danger
from bots.knowledge.facts import SURE, Facts, Focus
from bots.knowledge.foreign import ForeignLanguages, is_foreign
from bots.knowledge.known import Known
from bots.knowledge.message_parts import carried
from bots.knowledge.offices import Offices
from bots.knowledge.operator_request import OperatorRequest
from bots.knowledge.passages import LONGEST as LONG
from bots.knowledge.passages import passage
from bots.knowledge.places import ARTICLE as OFFICES
from bots.knowledge.search import nearest
from bots.knowledge.service_questions import ServiceQuestions
from bots.knowledge.services import ServiceArticle
from bots.knowledge.subjects import Fact, Rows
from bots.language.detection import Languages
from bots.russian import Russian
from hub.conversations.channel_traits import TraitRegistry
from hub.knowledge.article import Article, Purpose
from hub.organisation.territory import Place
from hub.robot.ports import ON_PAPER, HandOff, Reply

CALL = "Позвать оператора"
"""The choice, or message, that requests an operator."""
RIGHTS = "rights"
"""The id of the article on the citizen's rights, offered with every answer (AL-06)."""
POPULAR = ("passport-abroad", "account-confirm", "mfc")
"""Ids of the articles offered with the greeting, if they exist."""

_SURE = 0.49
"""Minimum confidence of an answer."""
_ALARM = 0.8
"""Confidence from which on an emergency is believed by its article alone: editors add phrases to it. Of 8,300 ordinary questions none
but those about leaking gas reach it; at 0.6 «ха, спасибо, спас мне жизнь» did. danger.py hears all others."""
_OFFERED = 3
"""Titles that are offered when asking back."""
_LOOKED_AT = 6
"""Candidate articles for the answer, or as offers."""
_REMEMBERED = 20_000
"""Questions."""
_AT_WORK = 64
"""Messages processed at the same time: the findings on that many are cached."""
_WORDS = 10
"""Words looked up without a pause: 1.5 ms if none is cached."""

AT_ONCE = min(2, max(1, (os.cpu_count() or 1) - 1))
"""Texts whose meaning is computed at once: one of several processors is left to the hub."""
_FACTS = 4
"""Facts of one answer."""
_WHICH = "О какой услуге вы спрашиваете?"
_OPEN = "Ответа на «{}» у меня нет: его даст оператор."
_ASKED = "Соединяю с оператором. Пожалуйста, оставайтесь на связи."
_SORRY = "Мне жаль, что ответ вам не помог. Передаю разговор оператору, он увидит всё, что вы написали."
_DANGER = "Вы не одни, я уже зову человека. Если жизни что-то угрожает, позвоните 112 прямо сейчас."
_NOT_UNDERSTOOD = "Не удалось понять вопрос, поэтому передаю его оператору. Пожалуйста, оставайтесь на связи."
_ASK_BACK = "Уточните, пожалуйста, о чём ваш вопрос. Можно выбрать тему или спросить другими словами."
_ASK_AGAIN = "Уточните, пожалуйста, вопрос другими словами: ответа на него пока не нашлось. Или позовите оператора."
_MORE = re.compile(r"(?:дальше(?: \((\d{1,3})\))?|подробнее): (.+)")
"""A request for the next part of an article, normalised: «Дальше: Мои права», «Дальше (3): Мои права»; or for all of it."""
_PERSON = Article(id="person", title=CALL, text=_ASKED, purpose=Purpose.PERSON)
_SURELY_A_PERSON = (CALL, "оператор", "человек", "живой человек", "0")
"""Texts that always request an operator, whatever the knowledge base contains."""
_A_PERSON = frozenset(map(normal, _SURELY_A_PERSON))


class FaqBot:
    """Implements hub.robot.ports.Bot."""

    def __init__(self, russian: Russian, centre_name: str, traits: TraitRegistry, popular: Sequence[str] = POPULAR,
                 offices: Offices | None = None, services: ServiceQuestions | None = None) -> None:
        self.traits = traits
        self.pool = ThreadPoolExecutor(AT_ONCE, "understanding")
        """Where the meaning of texts is computed, of all questions and searches."""
        self.services = services or ServiceQuestions(russian)
        self._russian, self._offices = russian, offices
        self._danger, self._person, self._languages = Danger(russian), OperatorRequest(russian), Languages(russian.known)
        self._centre_name = centre_name
        self._popular = tuple(popular)
        self._learnt: tuple[Article, ...] = ()
        self._known = self._study(())
        self.remember()

    def greeting(self, channel: str = "") -> Reply:
        """The introduction: that this is a robot, what it can do, and how to reach an operator.

        By telephone it is short: a caller cannot skip it, and the channel itself adds the possible input.
        """
        if self.traits.named(channel).spoken:
            return Reply(f"Здравствуйте! Это {self._centre_name}. Вам отвечает робот. Ноль — оператор.", choices=self._known.menu)
        text = (
            f"Здравствуйте! Это {self._centre_name}. Вам отвечает робот, а не человек."
            " Я рассказываю о государственных и муниципальных услугах, документах, сроках и ваших правах."
            " Напишите вопрос своими словами. Чтобы поговорить с человеком, напишите «оператор» в любой момент."
        )
        return Reply(text, choices=self._known.menu)

    def recall(self, text: str, channel: str = "", place: Place | None = None) -> Reply | HandOff | None:
        """The answer to a cached or clear question (tens of microseconds), or None.

        Long articles are split for a `channel` with a limit, as of an address ("sms.smpp"); "" has no limit.
        """
        known = self._known
        if (further := self.goes_on(text, channel)) is not None:
            return further
        answer = known.recall.get(text)
        if answer is None and (answer := self._decide(known, self._found(text), text)) is not None:
            known.recall.put(text, answer)
        return None if answer is None else self._as_told(known, answer, channel, place)

    def read_ahead(self, text: str) -> Iterator[None]:
        """Look up the words of a long text, about a millisecond at a time, so that `recall` and `danger` are quick then."""
        words = list(dict.fromkeys(self._russian.every(gist(text, LONGEST))))
        for at in range(0, len(words), _WORDS):
            for word in words[at:at + _WORDS]:
                self._russian.forms(word)
            yield

    def answer(self, text: str, misses: int, channel: str = "", place: Place | None = None) -> Reply | HandOff:
        """The answer to a question after `misses` questions in a row that were not understood."""
        known = self._known
        if (further := self.goes_on(text, channel)) is not None:
            return further
        if self.traits.named(channel).paper and not self.learnt_so(text):
            return self.steers(text) or ON_PAPER
        found = self._found(text)
        answer = self._decide(known, found, text)
        if answer is None:  # not cached, since it depends on the misses before
            return self._at_a_loss(found, misses)
        known.recall.put(text, answer)
        return self._as_told(known, answer, channel, place)

    def goes_on(self, text: str, channel: str) -> Reply | None:
        """The next part of an article, if it was offered and chosen."""
        if ":" not in text:  # a quick test for most questions
            return None
        if not (chosen := _MORE.fullmatch(normal(text))) or (article := self._known.titled.get(chosen[2])) is None:
            return None
        at_once = self.traits.named(channel).at_once
        return self._known.told(article, at_once, int(chosen[1] or 2) - 1 if at_once else 0)

    def learn(self, articles: Iterable[Article]) -> None:
        """Replace the knowledge; an answer in progress uses the old one.

        Equal knowledge is not indexed again, which takes 0.2 s for 60 articles: a starting hub gets it twice.
        """
        learnt = tuple(articles)
        if learnt != self._learnt:
            self._learnt, self._known = learnt, self._study(learnt)
            self.remember()

    def remember(self, texts: int = _AT_WORK, answers: int = _REMEMBERED) -> None:
        """Begin with an empty memory: of `texts`, since a message is asked about several times, and of `answers` to clear questions."""
        self._keeps = texts > 0
        self._known = replace(self._known, recall=AnswerCache(answers))
        self._found = lru_cache(texts)(self._find)
        self._in_danger = lru_cache(texts)(self._hear_danger)
        self._steered = lru_cache(texts)(self._steer)
        self._foreign = lru_cache(texts)(self._known.foreign.answer)

    def private(self) -> "FaqBot":
        """hub.robot.ports.Bot.private(): a copy with the same knowledge and no memory."""
        bot = copy(self)
        bot.remember(0, 0)
        return bot

    @property
    def articles(self) -> Mapping[str, Article]:
        """The knowledge, by id."""
        return self._known.by_id

    @property
    def always(self) -> tuple[str, ...]:
        """Permanent choices."""
        return self._known.always

    def chosen(self, text: str) -> Article | None:
        """The article of an offered title."""
        return self._known.offered.get(normal(text))

    def learnt_so(self, text: str) -> bool:
        """Whether a text is verbatim a title or a question of an article."""
        return normal(text) in self._known.learnt

    def danger(self, text: str) -> HandOff | None:
        """The hand-over for danger to life, whatever else the text is about."""
        return self._in_danger(text)

    def is_figure(self, text: str) -> bool:
        """Whether a text only resembles danger: «спасибо, вы нас спасли»."""
        return self._danger.is_figure(text)

    def steers(self, text: str) -> HandOff | None:
        """The hand-over for danger to life or a request for an operator: both take precedence over any dialogue."""
        return self._steered(text)

    def greets(self, text: str) -> Reply | None:
        """The answer to small talk in another language than Russian."""
        answer = self._foreign(gist(text))
        return replace(answer, choices=(CALL,)) if isinstance(answer, Reply) else None

    def clearly(self, text: str, besides: Container[str], channel: str = "") -> Reply | None:
        """The answer to a verbatim question of an article; articles `besides` are answered elsewhere."""
        known = self._known
        found = self._found(text)
        if not found or found[0].confidence < CLEAR or found[0].article.purpose is not Purpose.ANSWER or found[0].article.id in besides:
            return None
        article, at_once = found[0].article, self.traits.named(channel).at_once
        told = known.told(article.of(text) if isinstance(article, ServiceArticle) else article, at_once)
        return told if at_once else self._shortly(article, told, text)

    def fact(self, text: str, focus: Focus, channel: str = "", rows: Rows | None = None, least: float = SURE,
             ) -> tuple[Reply, Focus] | None:
        """The facts that a message asks for, and what the talk is about then; None where it asks for none that is known.

        `least` is the probability from which on the subject is believed.
        """
        found = self.services.answer(text, focus, rows or Rows(), least)
        if found is None:
            return None
        told, at_once = found.told, self.traits.named(channel).at_once
        if found.office is not None:
            said = "\n".join((found.office.text, *(fact.text for fact in told.facts))) if told else found.office.text
            return replace(found.office, text=said, choices=(*found.office.choices, *self.always)), found.focus
        if told is None:
            return None
        if told.choice is not None:
            return Reply(_WHICH, choices=tuple(each.title for each in told.choice.subjects)), found.focus
        if told.article is not None:
            article = self._known.told(told.article, at_once)
            return (article if at_once else self._shortly(told.article, article, text)), found.focus
        return self._told_facts(found.facts, told.facts, text, channel, told.unanswered), found.focus

    def read(self, text: str, focus: Focus) -> Rows:
        """The meaning of a message, for `fact`. Takes some 10 ms: call it in `pool`."""
        return self.services.read(text, focus, keeps=self._keeps)

    def service(self, text: str) -> tuple[ServiceArticle | None, float]:
        """The service that free words name, and how sure that is (service_names.py)."""
        return self.services.names().named(text)

    def subject(self, question: str) -> ServiceArticle | None:
        """The service that a question surely names."""
        return self.services.names().subject(question)

    def alludes(self, question: str) -> bool:
        """Whether a question has words of a service, if others have them, too."""
        return self.services.names().alludes(question)

    def fact_of(self, service: str, text: str, channel: str = "", rows: Rows | None = None) -> tuple[Reply, Focus] | None:
        """The facts of one service that a question asks for."""
        facts = self.services.facts()
        found = facts.of_service(service, text, rows or Rows())
        return (self._told_facts(facts, found, text, channel), Focus(service, found[0].facet)) if found else None

    def _told_facts(self, facts: Facts, told: Sequence[Fact], text: str, channel: str, unanswered: Sequence[str] = ()) -> Reply:
        last, first = told[-1], told[:_FACTS]
        said = "\n".join(dict.fromkeys(passage(self._russian, fact.text, text, LONG // len(first)) for fact in first))
        if unanswered:
            said += "\n" + _OPEN.format("», «".join(each.rstrip("?.! ") for each in unanswered))
        source = last.service.source()
        if source is not None:
            source = replace(source, article=f"{last.service.id}/{last.facet}", title=last.service.title, body=last.source or source.body)
        at_once = self.traits.named(channel).at_once
        return Reply(carried(said, at_once)[0], (*facts.chips(last), *self.always), source, last.service.topic)

    def search(self, text: str, limit: int) -> Future[list[Article]]:
        """hub.robot.ports.Bot.search(): articles and services, without those that only control the robot."""
        return self.pool.submit(self._nearest, gist(text), limit, reads=True)

    def suggested(self, text: str, limit: int) -> Future[list[Article]]:
        """The same for whoever is asked back, by a meaning that was read already: no others wait for it."""
        return self.pool.submit(self._nearest, gist(text), limit, reads=False)

    def _nearest(self, text: str, limit: int, *, reads: bool) -> list[Article]:
        """Runs in a thread."""
        return nearest(self._known.articles, self.services.nearness(text, reads=reads), text, limit)

    def find(self, text: str, limit: int) -> list[Found]:
        """The most similar articles to a text with their confidence, best first."""
        return self._known.articles.find(gist(text), limit)

    def _study(self, articles: Iterable[Article]) -> Known:
        learnt_now = list(articles)
        every = [each for each in learnt_now if not is_foreign(each)]
        foreign = ForeignLanguages(self._languages, filter(is_foreign, learnt_now))
        person = next((one for one in every if one.purpose is Purpose.PERSON), _PERSON)
        promised = replace(person, questions=(*person.questions, *_SURELY_A_PERSON))
        every = [promised, *(one for one in every if one is not person)]
        parts = [part for one in every if isinstance(one, ServiceArticle) for part in one.parts.values()]
        by_id = {article.id: article for article in (*every, *parts)} | {_PERSON.id: promised}
        titles = {article.id: article.title for article in every}
        rights = (titles[RIGHTS],) if RIGHTS in titles else ()
        popular = tuple(titles[id_] for id_ in self._popular if id_ in titles)
        offered = {normal(titles[id_]): by_id[id_] for id_ in (RIGHTS, *self._popular) if id_ in titles}
        titled = {normal(article.title): article for article in (*every, *parts) if article.purpose is Purpose.ANSWER}
        menu, always = (*rights, *popular, CALL), (*rights, CALL)
        learnt = frozenset(normal(text) for article in (*every, *parts) for text in (article.title, *article.questions))
        danger = next((_with_112(one.text) for one in every if one.purpose is Purpose.EMERGENCY), _DANGER)
        self.services.learn(every)
        return Known(Articles(self._russian, every), by_id, AnswerCache(0), menu, always, danger, offered, titled, foreign, learnt)

    def _as_told(self, known: Known, said: Reply | HandOff, channel: str, place: Place | None) -> Reply | HandOff:
        """Cached answers are whole and without a place, whatever channel and place the question came from."""
        if not isinstance(said, Reply) or said.source is None:
            return said
        if said.source.article == OFFICES and place and self._offices and (near := self._offices.near(place)):
            return replace(said, text=near, source=self._offices.source(place))
        article = known.by_id[said.source.article]
        here = known.at(article, place)
        at_once = self.traits.named(channel).at_once
        return said if here is article and not at_once else known.told(here, at_once)

    def _decide(self, known: Known, found: list[Found], text: str) -> Reply | HandOff | None:
        if (steered := self._steered(text)) is not None:
            return steered
        if (greeted := self.greets(text)) is not None:
            return greeted
        if not found or found[0].confidence < _SURE or (article := meant(found)) is None:
            return None
        match article.purpose:
            case Purpose.PERSON:
                return HandOff("asked", article.text, topic_of(found))
            case Purpose.GREETING:
                return Reply(article.text, choices=known.menu)
            case _:
                return self._shortly(article, known.told(article.of(text) if isinstance(article, ServiceArticle) else article), text)

    def _shortly(self, article: Article, reply: Reply, question: str) -> Reply:
        """What of a long answer is on the question; the whole is a choice."""
        if len(reply.text) <= LONG:
            return reply
        return replace(reply, text=passage(self._russian, reply.text, question), choices=(f"Подробнее: {article.title}", *reply.choices))

    def _find(self, text: str) -> list[Found]:
        return self._known.articles.find(gist(text), _LOOKED_AT)

    def _steer(self, text: str) -> HandOff | None:
        known = self._known
        if (danger := self._in_danger(text)) is not None:
            return danger
        text = gist(text)
        if isinstance(foreign := self._foreign(text), HandOff):
            return foreign
        if normal(text) in _A_PERSON:
            return HandOff("asked", known.by_id[_PERSON.id].text)
        if self._person.asked(text):
            matter = self._person.matter(text)
            return HandOff("asked", known.by_id[_PERSON.id].text, topic_of(self._found(matter)) if matter else "")
        if self._person.displeased(text):
            return HandOff("asked", _SORRY)
        return None

    def _hear_danger(self, text: str) -> HandOff | None:
        found = self._found(text)
        by_article = bool(found) and found[0].article.purpose is Purpose.EMERGENCY and found[0].confidence >= _ALARM
        told = self._danger.told(gist(text, LONGEST)) or (by_article and not self._danger.is_figure(text))
        if not told:
            return None
        said, language = self._known.foreign.emergency(text)
        return HandOff("emergency", said or self._known.danger, language=language)

    def _at_a_loss(self, found: list[Found], misses: int) -> Reply | HandOff:
        if misses:
            return HandOff("not_understood", _NOT_UNDERSTOOD, topic_of(found))
        near = (one.article for one in found if one.confidence >= WORTH_OFFERING)
        offers = [each.title for each in near if each.purpose is Purpose.ANSWER][:_OFFERED]
        return Reply(_ASK_BACK if offers else _ASK_AGAIN, choices=(*offers, CALL), miss=True)


def _with_112(text: str) -> str:
    """Adds the emergency number if the article lacks it: an answer about danger always has it."""
    return text if "112" in text else f"Позвоните 112. {text}"
