"""Reviews of talks: sampling, scoring, the operator's response (MC-05). Pure.

drawn ──(a reviewer takes it)──► taken ──(scores it)──► scored ──(the operator agrees, or the time is over)──► settled
                                                          └──(they appeal)──► appealed ──(another reviewer decides)──┘
Only a settled score counts in statistics; every scoring is kept.
"""

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from hub.kernel.document import Document
from hub.kernel.indexes import IndexEntry
from hub.quality.scorecard import ItemScore

Login = Annotated[str, Meta(max_length=64)]


class DrawCause(StrEnum):
    RANDOM = "random"
    COMPLAINT = "complaint"
    """A complaint was registered in it."""
    LONG = "long"
    GRADE = "grade"
    """Its citizen was dissatisfied."""
    REMARKS = "remarks"
    """The operator used offensive words, which are only a hint (OC-04)."""


class Per(StrEnum):
    """Group from which that many talks are sampled."""

    OPERATOR = "operator"
    LINE = "line"
    CHANNEL = "channel"


class ReviewState(StrEnum):
    DRAWN = "drawn"
    TAKEN = "taken"
    SCORED = "scored"
    APPEALED = "appealed"
    SETTLED = "settled"


class Fitting(Struct, frozen=True):
    """A talk that may be sampled."""

    key: str
    conversation: int
    number: str
    operator: str
    queue: str
    channel: str
    closed: datetime

    def group(self, per: Per) -> str:
        return {Per.OPERATOR: self.operator, Per.LINE: self.queue, Per.CHANNEL: self.channel}[per]


class Criteria(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Criteria of a sample, and the number for each group; "" takes all. `long_min` are the minutes from which a talk is long."""

    number: Annotated[int, Meta(ge=1, le=100)]
    per: Per = Per.OPERATOR
    cause: DrawCause = DrawCause.RANDOM
    queue: Login = ""
    channel: Login = ""
    operator: Login = ""
    long_min: Annotated[int, Meta(ge=1, le=600)] = 10

    def takes(self, talk: Fitting) -> bool:
        """Whether operator, line and channel match; the cause is checked elsewhere."""
        wanted = (self.operator, talk.operator), (self.queue, talk.queue), (self.channel, talk.channel)
        return all(name in {"", given} for name, given in wanted)


class ReviewPlan(Document, frozen=True, omit_defaults=True, tag="review_plan"):
    """A weekly sampling plan. `card` is the key of a scorecard, in its newest version."""

    key: str
    version: int
    centre: str
    card: str
    criteria: Criteria
    written_by: str
    written: datetime
    due: datetime
    """End of the current week, when the sample is drawn."""

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("due", at=self.due)


class ReviewSample(Document, frozen=True, omit_defaults=True, tag="draw"):
    """One sample: the same `seed` gives the same talks, for verification.

    `key` is the plan and its week, or one given by the requester.
    """

    key: str
    centre: str
    seed: str
    criteria: Criteria
    since: datetime
    until: datetime
    at: datetime
    by: str
    fitting: int
    drawn: int
    plan: str = ""


class Scoring(Struct, frozen=True, omit_defaults=True):
    at: datetime
    by: str
    scores: tuple[ItemScore, ...]
    words: str = ""
    """The reviewer's text about the whole."""


class ScoreAppeal(Struct, frozen=True, omit_defaults=True):
    """`judge` is the arbiter. `upheld`: the score stays; otherwise another scoring follows the first."""

    at: datetime
    words: str
    judge: str = ""
    decided: datetime | None = None
    upheld: bool = False
    answer: str = ""


class Review(Document, frozen=True, omit_defaults=True, tag="review"):
    """One talk of one operator. `card` is the id of its card's version; `until` ends the time for an appeal."""

    key: str
    conversation: int
    number: str
    operator: str
    queue: str
    channel: str
    centre: str
    closed: datetime
    card: str
    cause: DrawCause
    drawn: datetime
    draw: str
    reviewer: str = ""
    scorings: tuple[Scoring, ...] = ()
    until: datetime | None = None
    objection: ScoreAppeal | None = None
    settled: datetime | None = None

    @property
    def state(self) -> ReviewState:
        if self.settled:
            return ReviewState.SETTLED
        if self.objection:
            return ReviewState.APPEALED
        if self.scorings:
            return ReviewState.SCORED
        return ReviewState.TAKEN if self.reviewer else ReviewState.DRAWN

    def marks(self) -> Iterator[IndexEntry]:
        """Index entries: the centre's open and settled ones, an operator's scored ones, those of a conversation.

        Due is one that its operator may still appeal: then it is settled.
        """
        yield IndexEntry("settled", self.centre, self.settled) if self.settled else IndexEntry("open", self.centre, self.drawn)
        if self.scorings:
            yield IndexEntry("operator", self.operator, self.closed)
        if self.conversation:
            yield IndexEntry("conversation", str(self.conversation))
        if self.state is ReviewState.SCORED and self.until:
            yield IndexEntry("due", at=self.until)


class CoachingNote(Document, frozen=True, omit_defaults=True, tag="coaching_note"):
    """From a reviewer, `by`, to an operator, about the place of `record` and `at_ms`; 0 is the whole talk."""

    key: str
    review: str
    conversation: int
    operator: str
    by: str
    at: datetime
    text: str
    record: int = 0
    at_ms: int = 0
    read: datetime | None = None

    def marks(self) -> Iterator[IndexEntry]:
        yield IndexEntry("review", self.review, self.at)
        yield IndexEntry("conversation", str(self.conversation))


def key_of(conversation: int, closed: datetime) -> str:
    """A citizen who returns is served again, which is another talk."""
    return f"{conversation}-{int(closed.timestamp())}"


def drawn_of(seed: str, fitting: Iterable[Fitting], per: Per, number: int) -> list[Fitting]:
    """That many of each group, in an order given by the seed: other talks do not change it.

    HMAC-SHA-256 of a talk's key under a random seed orders all talks uniformly, so that the sample can be reproduced with the seed,
    also when some talks have gone since.
    """
    ordered = sorted(fitting, key=lambda each: hmac.digest(seed.encode(), each.key.encode(), hashlib.sha256))
    taken: dict[str, int] = {}
    found: list[Fitting] = []
    for each in ordered:
        group = each.group(per)
        if taken.get(group, 0) < number:
            taken[group] = taken.get(group, 0) + 1
            found.append(each)
    return found


def left_of(review: Review) -> Review:
    """What remains when its conversation is erased: verdicts, and no texts that could be the citizen's."""
    return replace(review, conversation=0, number="", objection=review.objection and replace(review.objection, words="", answer=""),
                   scorings=silent(review.scorings))


def silent(scorings: Iterable[Scoring]) -> tuple[Scoring, ...]:
    """Verdicts only."""
    return tuple(replace(each, words="", scores=tuple(ItemScore(score.item, score.verdict) for score in each.scores)) for each in scorings)

