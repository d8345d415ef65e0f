"""Labelling of phrases that the robot did not understand: masked, assigned to an intent or dismissed (KB-02)."""

from datetime import date, datetime
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId, Id
from hub.desk.robot.figures import PeriodQuery, period
from hub.dispatch.dispatcher import Dispatch
from hub.reporting.days import Days
from hub.robot.phrase import Assigned, Doubt, Guess, Meaning
from hub.robot.phrase_answers import PhraseAnswers
from hub.robot.phrase_labels import Phrase, PhraseLabelling
from hub.robot.ports import StoryTurn
from hub.robot.talk_test import TalkTests

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


class StoryTurnOut(Struct, frozen=True):
    """A citizen's message, masked: the intent that the robot understood, and the actions that followed."""

    text: str
    intent: str
    actions: list[str]


class RobotTalkOut(Struct, frozen=True):
    number: str
    turns: list[StoryTurnOut]


class StoryTurnIn(Struct, frozen=True):
    """What is expected; "" for a message that is left out."""

    text: Annotated[str, Meta(max_length=1000)]
    intent: Annotated[str, Meta(max_length=200)]
    actions: Annotated[list[Annotated[str, Meta(min_length=1, max_length=200)]], Meta(max_length=20)]


class TalkTestIn(Struct, frozen=True):
    """`turns` are those of the talk, in its order."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    turns: Annotated[list[StoryTurnIn], Meta(min_length=1, max_length=30)]


class TalkTestOut(Struct, frozen=True):
    """The file of the draft."""

    path: str


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
    shown = [phrase_out(each, sees=sees) for each in found[query.skip:query.skip + PAGE]]
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
    return [assigned_out(dispatch, each) for each in (await phrase_labelling.assigned())[:PAGE]]


@endpoint("POST", "/api/robot/phrases/assign", Permission.EDIT_DIALOGUES)
async def assign(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call, body: AssignIn) -> AssignedOut:
    """Make a phrase an example in the draft, which is created if necessary."""
    return assigned_out(dispatch, await phrase_labelling.assign(call.who.login, body.phrase, body.intent, body.text))


@endpoint("POST", "/api/robot/phrases/dismiss", Permission.EDIT_DIALOGUES)
async def dismiss(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call, body: PhraseIn) -> AssignedOut:
    """Dismiss a phrase without an example."""
    [made] = await phrase_labelling.dismiss_all(call.who.login, [body.phrase])
    return assigned_out(dispatch, made)


@endpoint("POST", "/api/robot/phrases/article", Permission.EDIT_DIALOGUES)
async def answer_phrase(phrase_answers: PhraseAnswers, dispatch: Dispatch, call: Call, body: AnsweredPhraseIn) -> AssignedOut:
    """Dismiss a phrase that an article or a service answers."""
    [made] = await phrase_answers.answered(call.who, {body.phrase: ""}, body.article, teach=False)
    return assigned_out(dispatch, made)


@endpoint("GET", "/api/robot/talks/{conversation}", Permission.EDIT_DIALOGUES)
async def robot_talk(talk_tests: TalkTests, actions: Actions, call: Call, conversation: Id) -> RobotTalkOut:
    """The last talk with the robot as a test story could tell it: masked phrases, as in the list of phrases."""
    head = (await actions.live(conversation)).head
    await actions.readings.note(call.who.login, "phrases", str(conversation))
    return RobotTalkOut(head.number, [StoryTurnOut(turn.text, turn.intent, list(turn.actions)) for turn in await talk_tests.turns(head.id)])


@endpoint("POST", "/api/robot/talks/{conversation}/test", Permission.EDIT_DIALOGUES)
async def make_talk_test(talk_tests: TalkTests, actions: Actions, call: Call, conversation: Id, body: TalkTestIn) -> TalkTestOut:
    """Write the talk into the draft as a test story, which every next version must pass."""
    head = (await actions.live(conversation)).head
    await actions.readings.note(call.who.login, "phrases", str(conversation))
    turns = [StoryTurn(turn.text, turn.intent, tuple(turn.actions)) for turn in body.turns]
    return TalkTestOut(await talk_tests.make(call.who.login, head.id, body.name, turns))


@endpoint("POST", "/api/gaps", Permission.SERVE)
async def gap(phrase_labelling: PhraseLabelling, call: Call, body: GapIn) -> None:
    """Report a gap of the knowledge base to editors: masked, counted, listed with uncertain phrases."""
    await phrase_labelling.seek(call.who.login, body.text)


@endpoint("POST", "/api/robot/phrases/undo", Permission.EDIT_DIALOGUES)
async def undo(phrase_answers: PhraseAnswers, call: Call, body: PhraseIn) -> None:
    """List a phrase again, and remove its example from the draft."""
    await phrase_answers.undone(call.who, [body.phrase])


def phrase_out(phrase: Phrase, *, sees: bool) -> PhraseOut:
    return PhraseOut(phrase.key, phrase.text, phrase.count, phrase.at, phrase.why, list(phrase.guesses),
                     str(phrase.conversation) if sees and phrase.conversation else "", phrase.answer)


def assigned_out(dispatch: Dispatch, assigned: Assigned) -> AssignedOut:
    return AssignedOut(assigned.phrase, assigned.at, assigned.by, dispatch.name(assigned.by), assigned.intent, assigned.example,
                       assigned.article)


ENDPOINTS = (phrases, robot_intents, assigned, assign, answer_phrase, robot_talk, make_talk_test, gap, dismiss, undo)
