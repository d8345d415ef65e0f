"""Sociological surveys: versioned questionnaires, sampled citizens, answers (SV-01…SV-03). Pure.

planned ──(start)──► going ──(its end, or a supervisor ends it)──► over
personal:  invited ──► agreed ──► answered ◄─┐      anonymous: only counts of answers are stored
              │           │          └─ changed until it is over
              ├──► refused · late (quota reached) · barred (opted out of notices)
              ╰── withdrawn, erased, retention over: only its part of the tally stays
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.kernel.indexes import IndexEntry

LEAST = 5
"""k: the least number of people in a shown group of an anonymous survey, unless it sets more."""
MOST_FIELDS = 36
"""Most fields that a page of ours can send at once, including its own."""
TEXT_LIMIT = 1000
SCALES = (5, 10)

Line = Annotated[str, Meta(max_length=300)]
Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


class SurveyKind(StrEnum):
    PERSONAL = "personal"
    """Of served citizens, linked to them with their consent; never at the federal level (D13)."""
    ANONYMOUS = "anonymous"
    """Of everybody who opens its page; nothing stored identifies a person."""


class SurveyState(StrEnum):
    PLANNED = "planned"
    GOING = "going"
    OVER = "over"


class QuestionKind(StrEnum):
    ONE = "one"
    SEVERAL = "several"
    SCALE = "scale"
    TEXT = "text"


class Bilingual(Struct, frozen=True, forbid_unknown_fields=True):
    """Russian is shown where there is no English."""

    ru: Line
    en: Line = ""

    def shown(self, language: str) -> str:
        return self.en if language == "en" and self.en else self.ru


class SurveyQuestion(Struct, frozen=True, forbid_unknown_fields=True):
    """`options` to choose from; a scale goes from 1 to `top`."""

    kind: QuestionKind
    text: Bilingual
    options: Annotated[tuple[Bilingual, ...], Meta(max_length=15)] = ()
    top: int = 0
    mandatory: bool = False

    @property
    def places(self) -> int:
        """Length of its tally: one number for each option or grade; for a text the number of answers."""
        return self.top or len(self.options) or 1

    def words(self, language: str = "ru") -> list[str]:
        """Labels of the tally's numbers."""
        return [str(grade) for grade in range(1, self.top + 1)] if self.top else [each.shown(language) for each in self.options]

    def said(self, chosen: Iterable[int]) -> list[str]:
        """The chosen answers, in Russian."""
        words = self.words()
        return [words[each] for each in chosen]

    @property
    def fields(self) -> int:
        """Number of form fields of its answer."""
        return len(self.options) if self.kind is QuestionKind.SEVERAL else 1


class Questionnaire(Document, frozen=True, omit_defaults=True, tag="questionnaire"):
    """One immutable version. `sources` are the origins of its questions; `written_by` is a login, "" is Okno."""

    id: str
    key: str
    version: int
    title: Bilingual
    lead: Bilingual
    questions: tuple[SurveyQuestion, ...]
    written_by: str
    written: datetime
    sources: tuple[str, ...] = ()
    centre: str = ""
    """Its owner; "" is common to the hub: shipped ones, and those from before decision 0098."""


class SurveyAnswer(Struct, frozen=True):
    """`question` counts from 0; `chosen` are indexes of options, or of grades (0 is grade 1)."""

    question: int
    chosen: tuple[int, ...] = ()
    text: str = ""


class Sample(Struct, frozen=True):
    """Population: citizens whose conversation or case was closed in a period; empty criteria take all.

    `channels` are families, «sms»; `services` are those of cases. At most `size` people are invited.
    """

    since: datetime
    until: datetime
    size: int
    topics: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


class Survey(Document, frozen=True, omit_defaults=True, tag="survey"):
    """A survey with one version of a questionnaire, open from `since` to `until`.

    `quota` is the number of wanted answers, 0 is unlimited. `sample` is None for an anonymous one.
    """

    key: str
    kind: SurveyKind
    questionnaire: str
    version: int
    centre: str
    since: datetime
    until: datetime
    written_by: str
    written: datetime
    quota: int = 0
    least: int = LEAST
    sample: Sample | None = None
    started: datetime | None = None
    started_by: str = ""
    ended: datetime | None = None
    ended_by: str = ""

    def state(self, now: datetime) -> SurveyState:
        if self.ended is not None or now >= self.until:
            return SurveyState.OVER
        return SurveyState.GOING if self.started is not None else SurveyState.PLANNED

    def takes(self, now: datetime) -> bool:
        """Whether it is open at a moment."""
        return self.state(now) is SurveyState.GOING and now >= self.since

    @property
    def over(self) -> datetime:
        """Its end, past or future."""
        return min(self.ended, self.until) if self.ended else self.until


class InvitationState(StrEnum):
    INVITED = "invited"
    BARRED = "barred"
    """Opted out of notices: not invited."""
    REFUSED = "refused"
    AGREED = "agreed"
    ANSWERED = "answered"
    LATE = "late"
    """Came after the quota was reached."""


class Invited(Document, frozen=True, omit_defaults=True, tag="survey_invitation"):
    """A sampled citizen, with the answers. The key is the digest of the link's secret.

    `address` is `plain`; `conversation` and `case` are those of the service; `token` is stored until the notice is.
    """

    key: str
    survey: str
    conversation: int
    address: str
    at: datetime
    case: str = ""
    topic: str = ""
    service: str = ""
    token: str = ""
    state: InvitationState = InvitationState.INVITED
    consent: int = 0
    """Version of the given consent."""
    agreed: datetime | None = None
    answers: tuple[SurveyAnswer, ...] = ()
    answered: datetime | None = None
    aloud: bool = False
    """An operator asks by telephone, on the invitation's page: no link can be sent. `token` is stored until the answer."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("survey", self.survey, self.at)
        yield IndexEntry("conversation", str(self.conversation), self.at)
        yield IndexEntry("person", self.address, self.at)
        if self.token and not self.aloud:
            yield IndexEntry("unsent", at=self.at)
        if self.state is InvitationState.ANSWERED:
            yield IndexEntry("answered", self.survey)


class SurveyPause(Document, frozen=True, tag="survey_pause"):
    """A pause before the next survey, until `until`. The key is a digest of the address with a secret of the hub."""

    key: str
    until: datetime


class Tally(Document, frozen=True, omit_defaults=True, tag="survey_tally"):
    """Anonymous totals: `states` of invitations, and for each question the counts of its answers."""

    survey: str
    answered: int = 0
    withdrawn: int = 0
    states: Mapping[InvitationState, int] = {}
    counts: tuple[tuple[int, ...], ...] = ()


class FreeText(Document, frozen=True, omit_defaults=True, tag="survey_text"):
    """A free text of an anonymous survey, without personal data. Keys are random and give the order."""

    key: str
    survey: str
    question: int
    text: str

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("survey", self.survey)


def id_of(key: str, version: int) -> str:
    return f"{key}/{version}"


def check(questions: Sequence[SurveyQuestion]) -> None:
    """Raises RefusedError for invalid questions."""
    if not questions:
        raise RefusedError("bad_questionnaire", "В анкете нет вопросов.")
    for number, each in enumerate(questions, 1):
        if why := _flaw(each):
            raise RefusedError("bad_questionnaire", f"Вопрос {number}: {why}")
    if sum(each.fields for each in questions) > MOST_FIELDS:
        raise RefusedError("bad_questionnaire", "Анкета слишком длинная: уберите вопросы или варианты.")


def _flaw(question: SurveyQuestion) -> str:
    if not question.text.ru.strip():
        return "нет текста."
    if question.kind in {QuestionKind.ONE, QuestionKind.SEVERAL}:
        if len(question.options) < 2 or not all(each.ru.strip() for each in question.options) or question.top:  # noqa: PLR2004 - a choice
            return "нужны хотя бы два варианта, и каждый с текстом."
        return ""
    if question.options or (question.top not in SCALES if question.kind is QuestionKind.SCALE else question.top):
        return "у шкалы 5 или 10 делений, у свободного ответа вариантов нет."
    return ""


def unfit(questions: Sequence[SurveyQuestion], answers: Sequence[SurveyAnswer]) -> list[int]:
    """Questions with a missing or invalid answer."""
    given = {each.question: each for each in answers}
    return [number for number, question in enumerate(questions) if not _fits(question, given.get(number))]


def _fits(question: SurveyQuestion, answer: SurveyAnswer | None) -> bool:
    if answer is None or not (answer.chosen or answer.text):
        return not question.mandatory
    if question.kind is QuestionKind.TEXT:
        return not answer.chosen and len(answer.text) <= TEXT_LIMIT
    many = len(set(answer.chosen)) == len(answer.chosen) if question.kind is QuestionKind.SEVERAL else len(answer.chosen) == 1
    return many and not answer.text and all(0 <= each < question.places for each in answer.chosen)


def added(tally: Tally, questions: Sequence[SurveyQuestion], answers: Iterable[SurveyAnswer]) -> Tally:
    """The tally with one more answer."""
    counts = [list(row) for row in tally.counts or empty(questions)]
    for answer in answers:
        for place in answer.chosen or (0,):
            counts[answer.question][place] += 1
    return replace(tally, answered=tally.answered + 1, counts=tuple(map(tuple, counts)))


def empty(questions: Sequence[SurveyQuestion]) -> tuple[tuple[int, ...], ...]:
    return tuple((0,) * each.places for each in questions)


def folded(tally: Tally, questions: Sequence[SurveyQuestion], invited: Invited) -> Tally:
    """The tally with an invitation's data, without the person."""
    states = dict(tally.states)
    states[invited.state] = states.get(invited.state, 0) + 1
    tally = replace(tally, states=states)
    return added(tally, questions, invited.answers) if invited.state is InvitationState.ANSWERED else tally
