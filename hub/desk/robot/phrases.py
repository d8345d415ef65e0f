"""Labelling of phrases that the robot did not understand: masked, assigned to an intent or dismissed (KB-02)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId
from hub.desk.robot.figures import PeriodQuery, period
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError
from hub.knowledge.editorial import Editorial
from hub.reporting.days import Days
from hub.robot.phrase import Assigned, Doubt, Guess, Meaning
from hub.robot.phrase_labels import Phrase, PhraseLabelling

PAGE = 50
PhraseKey = Annotated[str, Meta(min_length=1, max_length=400)]


class PhrasesQuery(PeriodQuery, frozen=True):
    """`skip` is the number of those shown before."""

    skip: Annotated[int, Meta(ge=0, le=1_000_000)] = 0


class PhraseOut(Struct, frozen=True):
    """`key` identifies it; `conversation` is that of its last occurrence, for those who may see all, else "".

    `answer` is what the robot answered, masked, where that did not help.
    """

    key: str
    text: str
    count: int
    at: datetime
    why: Doubt
    guesses: list[Guess]
    conversation: str
    answer: str


class PhrasesOut(Struct, frozen=True):
    """`total` is the number of unlabelled ones in the period."""

    first: date
    last: date
    today: date
    phrases: list[PhraseOut]
    total: int


class AssignIn(Struct, frozen=True):
    """`text` is the example: the phrase, or its corrected form."""

    phrase: PhraseKey
    intent: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class AnsweredPhraseIn(Struct, frozen=True):
    """`article` is the id of the article or service that answers it now."""

    phrase: PhraseKey
    article: CardId


class GapIn(Struct, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=1000)]


class PhraseIn(Struct, frozen=True):
    phrase: PhraseKey


class AssignedOut(Struct, frozen=True):
    """`intent` is "" for a dismissed phrase."""

    phrase: str
    at: datetime
    by: str
    by_name: str
    intent: str
    example: str
    article: str


@endpoint("GET", "/api/robot/phrases", Permission.EDIT_DIALOGUES)
async def phrases(authorization: Authorization, days: Days, phrase_labelling: PhraseLabelling, actions: Actions, call: Call,
                  query: PhrasesQuery) -> PhrasesOut:
    """Phrases not understood, uncertain, answered in vain, or followed by a request for an operator; newest first, 50 a page."""
    first, last = period(days, query)
    await actions.readings.note(call.who.login, "phrases", detail=f"{first}…{last}")
    found = await phrase_labelling.phrases(first, last)
    sees = authorization.may(call.who, Permission.SEE_ALL)
    shown = [_phrase_out(each, sees=sees) for each in found[query.skip:query.skip + PAGE]]
    return PhrasesOut(first, last, days.today, shown, len(found))


@endpoint("GET", "/api/robot/intents", Permission.EDIT_DIALOGUES)
async def robot_intents(phrase_labelling: PhraseLabelling, call: Call) -> list[Meaning]:
    """Possible labels: the intents of the draft, or of the active version without a draft."""
    del call
    return list(await phrase_labelling.meanings())


@endpoint("GET", "/api/robot/phrases/assigned", Permission.EDIT_DIALOGUES)
async def assigned(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call) -> list[AssignedOut]:
    """The last 50 labelled or dismissed phrases, newest first."""
    del call
    return [_assigned_out(dispatch, each) for each in (await phrase_labelling.assigned())[:PAGE]]


@endpoint("POST", "/api/robot/phrases/assign", Permission.EDIT_DIALOGUES)
async def assign(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call, body: AssignIn) -> AssignedOut:
    """Make a phrase an example in the draft, which is created if necessary."""
    return _assigned_out(dispatch, await phrase_labelling.assign(call.who.login, body.phrase, body.intent, body.text))


@endpoint("POST", "/api/robot/phrases/dismiss", Permission.EDIT_DIALOGUES)
async def dismiss(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call, body: PhraseIn) -> AssignedOut:
    """Dismiss a phrase without an example."""
    return _assigned_out(dispatch, await phrase_labelling.dismiss(call.who.login, body.phrase))


@endpoint("POST", "/api/robot/phrases/article", Permission.EDIT_DIALOGUES)
async def answer_phrase(editorial: Editorial, phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call,
                        body: AnsweredPhraseIn) -> AssignedOut:
    """Dismiss a phrase that an article or a service answers."""
    handbook = editorial.handbook()
    if body.article not in handbook.articles and body.article not in handbook.services:
        raise RefusedError("no_such_article", "Такой статьи нет.")
    return _assigned_out(dispatch, await phrase_labelling.answered(call.who.login, body.phrase, body.article))


@endpoint("POST", "/api/gaps", Permission.SERVE)
async def gap(phrase_labelling: PhraseLabelling, call: Call, body: GapIn) -> None:
    """Report a gap of the knowledge base to editors: masked, counted, listed with uncertain phrases."""
    await phrase_labelling.seek(call.who.login, body.text)


@endpoint("POST", "/api/robot/phrases/undo", Permission.EDIT_DIALOGUES)
async def undo(phrase_labelling: PhraseLabelling, call: Call, body: PhraseIn) -> None:
    """List a phrase again, and remove its example from the draft."""
    await phrase_labelling.undo(call.who.login, body.phrase)


def _phrase_out(phrase: Phrase, *, sees: bool) -> PhraseOut:
    return PhraseOut(phrase.key, phrase.text, phrase.count, phrase.at, phrase.why, list(phrase.guesses),
                     str(phrase.conversation) if sees and phrase.conversation else "", phrase.answer)


def _assigned_out(dispatch: Dispatch, assigned: Assigned) -> AssignedOut:
    return AssignedOut(assigned.phrase, assigned.at, assigned.by, dispatch.name(assigned.by), assigned.intent, assigned.example,
                       assigned.article)


ENDPOINTS = (phrases, robot_intents, assigned, assign, answer_phrase, gap, dismiss, undo)
