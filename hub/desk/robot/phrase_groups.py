"""Groups of phrases that the robot did not understand: one deed for all phrases of one meaning (KB-02)."""

import asyncio
from datetime import date
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId
from hub.desk.robot.figures import period
from hub.desk.robot.phrases import AssignedOut, PhraseKey, PhraseOut, PhrasesQuery, assigned_out, phrase_out
from hub.dispatch.dispatcher import Dispatch
from hub.knowledge.editorial import Editorial
from hub.reporting.days import Days
from hub.robot.phrase_answers import PhraseAnswers
from hub.robot.phrase_groups import PhraseGroup, PhraseGroupService
from hub.robot.phrase_labels import PhraseLabelling
from hub.robot.ports import Bot

PAGE = 20
MOST = 500
"""Phrases of a group that are shown, and of one deed: the rest forms a group again."""
SUGGESTED, INTENTS = 3, 2
LEAST = 0.02
"""Probability of an intent that is worth a guess."""


class GuessKind(StrEnum):
    INTENT = "intent"
    ARTICLE = "article"
    SERVICE = "service"


class GroupGuess(Struct, frozen=True):
    """What the phrases may mean: an intent with its mean probability, or a card found by the title, which has none (0)."""

    kind: GuessKind
    id: str
    title: str
    confidence: float = 0.0


class PhraseGroupOut(Struct, frozen=True):
    """`title` is the most central phrase, the first of `phrases`; `count` is how often they were said, `before` in the period before."""

    key: str
    title: str
    count: int
    before: int
    guesses: list[GroupGuess]
    phrases: list[PhraseOut]
    more: int
    """Phrases that are not listed here."""


class PhraseGroupsOut(Struct, frozen=True):
    """`groups` is null while `done` of `total` new phrases are being understood: the live socket says when they are there."""

    first: date
    last: date
    today: date
    groups: list[PhraseGroupOut] | None
    total: int
    phrases: int
    done: int


class GroupPhraseIn(Struct, frozen=True):
    phrase: PhraseKey
    text: Annotated[str, Meta(min_length=1, max_length=1000)]


GroupPhrases = Annotated[list[GroupPhraseIn], Meta(min_length=1, max_length=MOST)]


class AssignGroupIn(Struct, frozen=True):
    phrases: GroupPhrases
    intent: Annotated[str, Meta(min_length=1, max_length=200)]


class AnswerGroupIn(Struct, frozen=True):
    """With `teach` the phrases become questions of an article of this centre, by those who may edit it."""

    phrases: GroupPhrases
    article: CardId
    teach: bool = False


class PhraseKeysIn(Struct, frozen=True):
    phrases: Annotated[list[PhraseKey], Meta(min_length=1, max_length=MOST)]


@endpoint("GET", "/api/robot/phrases/groups", Permission.EDIT_DIALOGUES)
async def phrase_groups(authorization: Authorization, days: Days, phrase_group_service: PhraseGroupService, editorial: Editorial, bot: Bot,
                        actions: Actions, call: Call, query: PhrasesQuery) -> PhraseGroupsOut:
    """Phrases that mean the same, the most frequent first, 20 groups a page, each with three guesses."""
    first, last = period(days, query)
    await actions.readings.note(call.who.login, "phrases", detail=f"{first}…{last}")
    found = await phrase_group_service.groups(first, last)
    if found.groups is None:
        return PhraseGroupsOut(first, last, days.today, None, found.total, 0, found.done)
    sees = authorization.may(call.who, Permission.SEE_ALL)
    shown = found.groups[query.skip:query.skip + PAGE]
    cards = await asyncio.gather(*(asyncio.wrap_future(bot.search(each.phrases[0].text, SUGGESTED)) for each in shown))
    services = editorial.handbook().services
    groups = [_group_out(group, [GroupGuess(GuessKind.SERVICE if card.id in services else GuessKind.ARTICLE, card.card, card.title)
                                 for card in near], sees=sees) for group, near in zip(shown, cards, strict=True)]
    return PhraseGroupsOut(first, last, days.today, groups, len(found.groups), sum(len(each.phrases) for each in found.groups), 0)


@endpoint("POST", "/api/robot/phrases/groups/assign", Permission.EDIT_DIALOGUES)
async def assign_group(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call, body: AssignGroupIn) -> list[AssignedOut]:
    """Make all phrases examples of an intent, in one change of the draft. A phrase without other words than personal data stays listed."""
    made = await phrase_labelling.assign_all(call.who.login, _texts(body.phrases), body.intent)
    return [assigned_out(dispatch, each) for each in made]


@endpoint("POST", "/api/robot/phrases/groups/article", Permission.EDIT_DIALOGUES)
async def answer_group(authorization: Authorization, phrase_answers: PhraseAnswers, dispatch: Dispatch, call: Call,
                       body: AnswerGroupIn) -> list[AssignedOut]:
    """Dismiss phrases that an article or a service answers; `example` is the question that an article has learnt."""
    teach = body.teach and authorization.may(call.who, Permission.EDIT_KNOWLEDGE)
    made = await phrase_answers.answered(call.who, _texts(body.phrases), body.article, teach=teach)
    return [assigned_out(dispatch, each) for each in made]


@endpoint("POST", "/api/robot/phrases/groups/dismiss", Permission.EDIT_DIALOGUES)
async def dismiss_group(phrase_labelling: PhraseLabelling, dispatch: Dispatch, call: Call, body: PhraseKeysIn) -> list[AssignedOut]:
    """Dismiss phrases that are not ours: they are not listed again."""
    return [assigned_out(dispatch, each) for each in await phrase_labelling.dismiss_all(call.who.login, body.phrases)]


@endpoint("POST", "/api/robot/phrases/groups/undo", Permission.EDIT_DIALOGUES)
async def undo_group(phrase_answers: PhraseAnswers, call: Call, body: PhraseKeysIn) -> None:
    """List phrases again; the draft and the articles forget them."""
    await phrase_answers.undone(call.who, body.phrases)


def _texts(phrases: list[GroupPhraseIn]) -> dict[str, str]:
    return {each.phrase: each.text for each in phrases}


def _group_out(group: PhraseGroup, cards: list[GroupGuess], *, sees: bool) -> PhraseGroupOut:
    likely = [each for each in group.guesses if each.confidence >= LEAST]
    intents = [GroupGuess(GuessKind.INTENT, each.intent, each.intent, each.confidence) for each in likely]
    guesses = [*intents[:max(INTENTS, SUGGESTED - len(cards))], *cards][:SUGGESTED]
    return PhraseGroupOut(group.key, group.phrases[0].text, group.count, group.before, guesses,
                          [phrase_out(each, sees=sees) for each in group.phrases[:MOST]], max(0, len(group.phrases) - MOST))


ENDPOINTS = (phrase_groups, assign_group, answer_group, dismiss_group, undo_group)
