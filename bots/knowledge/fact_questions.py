"""The questions of one message, answered in order: «сколько стоит загран и где фотографироваться, долго ждать».

Clauses that ask for something are questions, the others are their story: these tell what it is about. A message with one question is
read as a whole; of several each is read alone, with the subject of the one before.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cache

from msgspec import Struct

from bots.knowledge.clauses import LONGEST, clauses, is_joined, pieces
from bots.knowledge.facts import SURE, Choice, Facts, Focus
from bots.knowledge.subjects import Fact, Rows, Scores
from hub.knowledge.article import Article
from hub.knowledge.public_services import Facet

_LONGEST = 300
"""Characters of a message that are read as a whole: the question with what stands before it."""
_SAID = 150
"""Characters at the end of speech without a pause, where its question is."""
_SWITCH = 0.15
"""Probability from which on a further question is about something else."""
_APART = 0.15
"""What a part of a clause is nearer by, of one, to its own subject than to that of the part before."""
_MOST, _STORIES = 6, 3
"""Questions of a message that are answered, and clauses of its story that are read."""


class Questions(Struct, frozen=True):
    """A message, taken apart."""

    clauses: tuple[str, ...]
    asked: tuple[bool, ...]
    """Which of the clauses are questions."""
    whole: str

    @property
    def count(self) -> int:
        return sum(self.asked)

    def each(self) -> list[str]:
        """The questions."""
        return [clause for clause, asks in zip(self.clauses, self.asked, strict=True) if asks]

    def without(self, answered: Sequence[str]) -> "Questions":
        """The same where some are answered already."""
        left = [(clause, asks) for clause, asks in zip(self.clauses, self.asked, strict=True) if clause not in answered]
        return Questions(tuple(clause for clause, _ in left), tuple(asks for _, asks in left), " ".join(clause for clause, _ in left))


class Told(Struct, frozen=True):
    """What is told on a message, and what the talk is about then."""

    facts: tuple[Fact, ...] = ()
    article: Article | None = None
    choice: Choice | None = None
    focus: Focus = Focus()
    unanswered: tuple[str, ...] = ()
    """Questions beside those that are answered."""


class FactQuestions:
    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def read(self, text: str) -> Questions:
        text = text[-LONGEST:]
        parts: list[tuple[str, int]] = []
        cut: list[int] = []
        for clause, marked in clauses(text):
            first, *others = self._apart(clause) if len(text) <= _LONGEST else [clause]
            cut += [len(parts) + n for n, piece in enumerate(others, 1) if is_joined(piece)]
            parts += [(piece, marked) for piece in (first, *others)]
        found = [clause for clause, _ in parts]
        if len(found) < 2:  # noqa: PLR2004 - one is the whole
            return Questions((_end(text, _SAID),), (True,), _end(text))
        asked = [bool(marked) and not self._facts.says_nothing(clause) for clause, marked in parts]
        asks = cache(self._facts.asks)
        for at in self._stories(parts, asks):
            asked[at] = False
        if not any(asked) or len(text) <= _LONGEST:  # a story has words of questions, too
            asked = [marked or asks(clause) for clause, marked in zip(found, asked, strict=True)]
        for at in reversed(cut):  # both are asked about: «охотничий билет и лицензия на ружьё почём»
            asked[at - 1] = asked[at] = asked[at - 1] or asked[at]
        while sum(asked) > _MOST:
            asked[asked.index(True)] = False  # a long letter asks at its end
        return Questions(tuple(found), tuple(asked), _whole(found, asked))

    def _stories(self, parts: Sequence[tuple[str, int]], asks: Callable[[str], bool]) -> Iterator[int]:
        """The clauses of a sentence that only lead to its question: «купил машину | сколько дней поставить на учёт?»."""
        questions: set[int] = set()
        before_joined = False
        for at, (clause, marked) in reversed([*enumerate(parts)]):
            joined = is_joined(clause)
            if marked and asks(clause) and self._facts.content(clause):
                questions.add(marked)
            elif marked in questions and not before_joined and not joined:
                yield at
            before_joined = joined

    def _apart(self, clause: str) -> list[str]:
        """A clause, cut where it comes to another service: «самозанятым стать | и ип открыть»."""
        if len(every := pieces(clause)) < 2:  # noqa: PLR2004 - one is the whole
            return [clause]
        found: list[str] = []
        begun: tuple[int, Scores] | None = None
        for piece in every:
            about = self._facts.named_by_words(piece)
            if begun and about and _differ(begun, about) and (is_joined(piece) or self._facts.asks(found[-1])):
                found.append(piece)
                begun = about
            else:
                found[-1:] = [f"{found[-1]} {piece}"] if found else [piece]
                begun = begun or about
        return found if len(found) > 1 else [clause]

    def texts(self, questions: Questions) -> list[str]:
        """Texts whose rows an answer needs."""
        asked = questions.each()
        story = [clause for clause, asks in zip(questions.clauses, questions.asked, strict=True) if not asks]
        return _brief([questions.whole, *asked, *(story[-_STORIES:] if len(asked) > 1 else ())])

    def continued(self, questions: Questions, focus: Focus, rows: Rows) -> list[str]:
        """Further texts: questions that may go on about the talk, with its subject."""
        return _brief([self._facts.continued(each, focus) for each in questions.each() if self._facts.may_go_on(each, rows, focus)])

    def answer(self, questions: Questions, focus: Focus, rows: Rows, least: float = SURE) -> Told | None:
        """`least` is the probability from which on a subject is believed."""
        if questions.count < 2:  # noqa: PLR2004 - one question with its story
            asked = next(iter(questions.each()), questions.whole)
            found = self._facts.answer(asked, focus, rows, questions.whole, least)
            return None if found is None else _told([found], focus, ())
        return self._several(questions, focus, rows, least)

    def _shared(self, further: Sequence[str]) -> Facet | None:
        """What is asked of a part that asks nothing itself: the question of the next one that is joined to it."""
        for clause in further:
            if not is_joined(clause):
                return None
            if facet := self._facts.facet(clause):
                return facet
        return None

    def _several(self, questions: Questions, focus: Focus, rows: Rows, least: float) -> Told | None:
        begun = focus
        if about := self._facts.named(questions.whole, rows):
            focus = Focus(about)
        told: list[tuple[Fact, ...] | Choice | Article] = []
        unanswered: list[str] = []
        for at, (clause, asks) in enumerate(zip(questions.clauses, questions.asked, strict=True)):
            if asks and not (is_joined(clause) or self._facts.asks(clause)) and (facet := self._shared(questions.clauses[at + 1:])):
                focus = Focus("", facet)
            if not asks:
                if clause in rows and (about := self._facts.named(clause, rows)):
                    focus = Focus(about)
            elif (found := self._facts.answer(clause, focus, rows, least=least, switch=_SWITCH)) is None:
                unanswered.append(clause)
            else:
                told.append(found)
                focus = _focus(found, focus)
        return _told(told, begun, tuple(unanswered)) if told else None


def _differ(one: tuple[int, Scores], other: tuple[int, Scores]) -> bool:
    """Whether two parts of a clause are about different subjects: neither is near to that of the other."""
    (first, near), (second, nearer) = one, other
    return first != second and near[first] - near[second] >= _APART and nearer[second] - nearer[first] >= _APART


def _brief(texts: Sequence[str]) -> list[str]:
    return [text for text in dict.fromkeys(texts) if 0 < len(text) <= _LONGEST]


def _end(text: str, longest: int = _LONGEST) -> str:
    """The end of a text that is too long to be read as a whole, from a word on."""
    return text if len(text) <= longest else (text[-longest:].partition(" ")[2] or text[-longest:])


def _whole(found: Sequence[str], asked: Sequence[bool]) -> str:
    """The last question and as much before it as may be read, or the beginning where nothing is asked."""
    if not any(asked):
        return _end(" ".join(found))
    last = max(at for at, asks in enumerate(asked) if asks)
    chosen = [_end(found[last])]
    for clause in reversed(found[:last]):
        if sum(map(len, chosen)) + len(clause) > _LONGEST:
            break
        chosen.insert(0, clause)
    return " ".join(chosen)


def _focus(found: tuple[Fact, ...] | Choice | Article, focus: Focus) -> Focus:
    match found:
        case Choice(facet=facet):
            return Focus("", facet)
        case Article(id=id_):
            return Focus(id_)
        case (first, *_):
            return Focus(first.service.id, first.facet)
        case _:
            return focus


def _told(found: Sequence[tuple[Fact, ...] | Choice | Article], focus: Focus, unanswered: tuple[str, ...]) -> Told:
    """Facts are told together; an article or a choice where there are none."""
    facts = tuple(dict.fromkeys(fact for each in found if isinstance(each, tuple) for fact in each))
    for each in found:
        focus = _focus(each, focus)
    if facts:
        last = facts[-1] if len(found) > 1 else facts[0]
        return Told(facts, focus=Focus(last.service.id, last.facet), unanswered=unanswered)
    match found[0]:
        case Choice() as choice:
            return Told(choice=choice, focus=focus)
        case Article() as article:
            return Told(article=article, focus=focus)
        case _:
            return Told(focus=focus)
