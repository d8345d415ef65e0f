"""Facts of services: what is said on one question, instead of a whole card.

A question has a subject (the service) and a facet (fee, term, documents). The subject is found by how people ask, among the questions
of all services and of their facts; where a question names none, it is that of the talk's focus: «а сколько стоит?». Of the service's
facts the one is told whose facet is asked for and whose questions are nearest.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from msgspec import Struct

from bots.knowledge.articles import Articles, Found
from bots.knowledge.facets import TITLES, Facets
from bots.knowledge.services import ServiceArticle
from bots.russian import Russian
from hub.knowledge.article import Article, Purpose
from hub.knowledge.public_services import Facet

_SURE = 0.49
"""Confidence from which on a service is the subject."""
_NAMED, _AHEAD = 0.36, 0.08
"""The same where a facet is asked for, and the lead over the second that it needs then."""
_CERTAIN = 0.75
"""Confidence above which a close second is ignored."""
_SHORT = 10
"""Words of a clause that may continue the last one."""
_FURTHER = ("а ", "и ", "или ", "нет", "не ", "ой", "ну ")
"""Beginnings of a clause that continues the last one: «а развестись?» asks for the same of something else."""
_CLOSE = 0.06
"""Two services with a smaller difference are equally likely."""
_LIKE = 0.62
"""Likeness to a fact's own questions from which on it is told without a word of its facet."""
_ASKED = 0.35
"""What a word of the facet adds to the likeness of a fact."""
_NAME, _NAME_SURE = 0.5, 0.6
"""Confidence from which on words are the name of a service, and from which on a small lead over the second is enough."""
_SUBJECT = 0.66
"""Confidence from which on a question names a service: its other words («ждать», «документы») name many."""
_VOTES = 8
"""Questions of an article by which its service is found."""
_LOOKED_AT, _OFFERED, _CHIPS = 6, 3, 4
_PRONOUNS = frozenset([
    "он", "она", "оно", "они", "его", "ее", "их", "это", "этот", "эта", "там", "тут", "такой", "сам", "весь", "все", "еще", "тоже",
    "потом", "тогда", "если", "вообще", "точно", "примерно", "обычно", "сейчас", "реально", "собственно", "конкретно", "именно", "уже",
    "только", "ну", "а", "и", "но", "да", "же", "то", "так", "вот", "бы", "ли", "не", "нет", "за", "на", "по", "в", "с", "у", "к", "о",
    "об", "про", "для", "из", "от", "до", "при", "мне", "я", "мой", "мы", "наш", "нам", "вы", "вам", "ваш", "ты", "тебе", "подсказать",
    "скажите", "сказать", "пожалуйста", "хотеть", "узнать", "знать", "можно", "нужно", "надо", "быть", "есть", "понятно", "понять",
    "ясно", "спасибо", "хорошо", "ладно", "ок", "окей", "ага", "угу", "какой", "какие", "который", "сколько", "где", "куда", "когда",
    "как", "что", "чего", "кто", "здравствуйте", "здравствовать", "привет", "добрый", "день", "вечер", "утро",
])
"""Lemmas and words that name no service."""
_APPLICANTS = frozenset([
    "ребенок", "сын", "дочь", "дочка", "сынок", "внук", "внучка", "муж", "жена", "мама", "мать", "папа", "отец", "родитель", "бабушка",
    "дедушка", "брат", "сестра", "пенсионер", "инвалид", "студент", "школьник", "взрослый", "младенец", "малыш", "подросток",
    "иностранец", "гражданин", "ветеран", "год", "лет", "месяц", "несовершеннолетний", "совершеннолетний", "маленький", "новорожденный",
    "один", "два", "три",
])
"""Lemmas of whom a service is for: they change an answer, and name no service either."""


_YEARS = frozenset(["год", "лет", "годик"])


class Fact(Struct, frozen=True):
    """What is told: of which service, on which facet."""

    service: ServiceArticle
    facet: Facet
    text: str
    source: str = ""
    """Where it is not that of the service."""


class Focus(Struct, frozen=True):
    """What a talk is about."""

    service: str = ""
    facet: Facet | None = None
    place: str = ""


class Choice(Struct, frozen=True):
    """Services that are meant as likely as each other."""

    services: tuple[ServiceArticle, ...]
    facet: Facet | None


class Facts:
    """An immutable index; new knowledge gets a new one."""

    def __init__(self, russian: Russian, articles: Iterable[Article], facets: Facets) -> None:
        self._russian, self._facets = russian, facets
        known = tuple(articles)
        self._services: Mapping[str, ServiceArticle] = {each.id: each for each in known if isinstance(each, ServiceArticle)}
        self._facts: dict[str, list[Fact]] = {each.id: list(facts_of(each)) for each in self._services.values()}
        self._subjects = Articles(russian, [self._asked_for(each) for each in self._services.values()])
        self._names = Articles(russian, [Article(each.id, each.title, "", each.questions) for each in self._services.values()])
        self._near = {id_: Articles(russian, [Article(str(at), "", "", _questions(service, fact)) for at, fact in enumerate(facts)])
                      for id_, facts in self._facts.items() for service in [self._services[id_]]}

        self._joined = {each.id: service for each in known if each.purpose is Purpose.ANSWER and each.id not in self._services
                        and (service := self._service_of(each))}

    def _asked_for(self, service: ServiceArticle) -> Article:
        """A service by what it is asked about, without the words of facets: «сколько стоит» says nothing of the subject."""
        asked = (*service.questions, *(question for each in service.facts for question in each.questions))
        contents = dict.fromkeys(filter(None, map(self._content, asked)))
        return Article(service.id, service.title, service.text, tuple(contents))

    def _content(self, text: str) -> str:
        """The words of a text that ask for no facet, and are no pronouns."""
        return " ".join(word for word in self._russian.every(text) if word.isdecimal() or not self._spare(word))

    def _service_of(self, article: Article) -> str:
        """The service that an article is about, by how people ask for either; "" where it is about none."""
        votes = Counter(found[0].article.id for question in (article.title, *article.questions[:_VOTES])
                        if (found := self._subjects.find(self._content(question) or question, 1)) and found[0].confidence >= _SURE)
        (best, count), = votes.most_common(1) or [("", 0)]
        return best if count * 2 > min(len(article.questions), _VOTES) else ""

    def answer(self, text: str, focus: Focus) -> Fact | Choice | None:
        """The fact that a clause asks for; None where it asks for none, or nobody can say of which service."""
        asked = self._facets.asked(text)
        talked = self._services.get(self._joined.get(focus.service, focus.service))
        if self._elliptic(text):
            return self._of(talked, text, asked or self._kept(text, focus)) if talked else None
        found = self._subjects.find(self._content(text) or text, _LOOKED_AT)
        ahead = found[0].confidence - (found[1].confidence if len(found) > 1 else 0.0) if found else 0.0
        if not found or not (found[0].confidence >= _SURE or (asked and found[0].confidence >= _NAMED and ahead >= _AHEAD)):
            return self._of(talked, text, asked) if talked and _is_short(text) else None
        if talked and asked and _as_likely(found, talked.id):
            return self._of(talked, text, asked)
        close = [self._services[one.article.id] for one in found if found[0].confidence - one.confidence < _CLOSE]
        if len(close) > 1 and found[0].confidence < _CERTAIN:
            return self._likeliest(close, text, asked)
        if not asked and focus.facet and _is_short(text) and text.casefold().startswith(_FURTHER):
            asked = frozenset({focus.facet})
        return self._of(self._services[found[0].article.id], text, asked)

    def _likeliest(self, services: list[ServiceArticle], text: str, asked: frozenset[Facet]) -> Fact | Choice | None:
        """Of services that are as likely as each other the one with a fact that is asked for in these words, or all to choose from."""
        likeness = sorted(((max((one.confidence for one in self._near[each.id].find(text, 1)), default=0.0), at)
                           for at, each in enumerate(services)), reverse=True)
        if likeness[0][0] >= _LIKE and likeness[0][0] - likeness[1][0] >= _CLOSE:
            return self._of(services[likeness[0][1]], text, asked)
        return Choice(tuple(services[:_OFFERED]), next(iter(asked), None)) if asked else None

    def of_service(self, id_: str, text: str) -> Fact | None:
        """What of one service a question asks for, whatever else its words resemble."""
        if (service := self._services.get(self._joined.get(id_, id_))) is None:
            return None
        facts, asked = self._facts[service.id], self._facets.asked(text)
        like = {int(one.article.id): one.confidence for one in self._near[service.id].find(text, len(facts))} if facts else {}
        fitting = [at for at, fact in enumerate(facts) if fact.facet in asked] or [at for at in like if like[at] >= _LIKE]
        return facts[max(fitting, key=lambda at: like.get(at, 0.0))] if fitting else None

    def subject(self, question: str) -> ServiceArticle | None:
        """The service that a question surely names, with the words of what it asks or without them: «поменять права», «пошлина за права»."""
        return next((service for words in (question, self._content(question)) for service, sure in [self.named(words)]
                     if service and sure >= _SUBJECT), None)

    def named(self, text: str) -> tuple[ServiceArticle | None, float]:
        """The service that free words name («паспорт поменять»), and how sure that is, from 0 to 1: 0 where another one is as likely."""
        found = self._names.find(text, 2) if text else []
        if not found or found[0].confidence < _NAME:
            return None, 0.0
        ahead = found[0].confidence - (found[1].confidence if len(found) > 1 else 0.0)
        sure = ahead >= _CLOSE and (found[0].confidence >= _NAME_SURE or ahead >= 2 * _CLOSE)
        return self._services[found[0].article.id], found[0].confidence if sure else 0.0

    def chips(self, fact: Fact) -> tuple[str, ...]:
        """What can be asked next."""
        had = {each.facet for each in self._facts[fact.service.id]} - {fact.facet}
        return tuple(title for facet, title in TITLES.items() if facet in had)[:_CHIPS]

    def _of(self, service: ServiceArticle, text: str, asked: Iterable[Facet]) -> Fact | None:
        facts, wanted = self._facts[service.id], frozenset(asked)
        like = {int(one.article.id): one.confidence for one in self._near[service.id].find(text, len(facts))} if facts else {}
        worth = [like.get(at, 0.0) + _ASKED * (fact.facet in wanted) for at, fact in enumerate(facts)]
        best = max(range(len(facts)), key=worth.__getitem__, default=None)
        if best is None or (facts[best].facet not in wanted and like.get(best, 0.0) < _LIKE):
            return None
        return facts[best]

    def _elliptic(self, text: str) -> bool:
        """Whether nothing is said but a facet, pronouns, and for whom: «а если на сына пяти лет»."""
        words = self._russian.every(text)
        aged = {at for at, word in enumerate(words[1:]) if not _YEARS.isdisjoint(self._lemmas(word))}
        return all(at in aged or self._spare(word) for at, word in enumerate(words))

    def _kept(self, text: str, focus: Focus) -> frozenset[Facet]:
        """«А на ребёнка?» asks for the same facet of somebody else."""
        somebody = any(not _APPLICANTS.isdisjoint(self._lemmas(word)) for word in self._russian.every(text))
        return frozenset({focus.facet}) if focus.facet and somebody else frozenset()

    def _spare(self, word: str) -> bool:
        names = self._lemmas(word)
        return word.isdecimal() or self._facets.has(word) or not (_PRONOUNS.isdisjoint(names) and _APPLICANTS.isdisjoint(names))

    def _lemmas(self, word: str) -> set[str]:
        return {word, *(form[1:] for form in self._russian.forms(word) if form[0] != "s")}


def facts_of(service: ServiceArticle) -> Iterable[Fact]:
    """Those of the card; where it has none on a facet, what its fields say."""
    own = [Fact(service, each.facet, each.text, each.source) for each in service.facts]
    had = {each.facet for each in own}
    return [*own, *(Fact(service, Facet(aspect), part.text) for aspect, part in service.parts.items() if Facet(aspect) not in had)]


def _questions(service: ServiceArticle, fact: Fact) -> tuple[str, ...]:
    return next((each.questions for each in service.facts if each.text == fact.text), ())


def _is_short(text: str) -> bool:
    return len(text.split()) <= _SHORT


def _as_likely(found: list[Found], service: str) -> bool:
    return any(one.article.id == service and found[0].confidence - one.confidence < _CLOSE for one in found)
