"""Conversation scripts for operators: what to say, ask, check and do, and the next step of each answer (KB-01). Pure.

first step ──(answer)──► step ──► … ──► END
rights · appeal · phrases: open beside any step, one key away (AL-06, AL-07)
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

END = "end"
"""Target of the last step."""
MOST_STEPS, MOST_ANSWERS = 100, 9
"""One answer a digit key."""

Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
SentKey = Annotated[str, Meta(pattern=r"^([0-9]{3}\.)?[a-z0-9][a-z0-9-]{0,39}$")]
"""With the code of the superior centre that it comes from."""
Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
Points = Annotated[tuple[Words, ...], Meta(max_length=20)]


class StepKind(StrEnum):
    SAY = "say"
    """To be said in these words."""
    ASK = "ask"
    CHECK = "check"
    """The operator checks something; the citizen does not hear it."""
    DO = "do"


class ScriptAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """A way on from a step; its digit is its position."""

    text: Title
    next: Key


class ScriptStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Continues by its answers, or without any to `next`."""

    key: Key
    kind: StepKind
    text: Words
    """What is said, asked, checked or done."""
    hint: Annotated[str, Meta(max_length=2000)] = ""
    """For the operator only."""
    mandatory: bool = False
    """A conversation cannot be closed while it lies ahead."""
    frees: bool = False
    """After this step mandatory steps of other scripts are waived: the citizen was handed to 112."""
    next: Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")] = ""
    answers: Annotated[tuple[ScriptAnswer, ...], Meta(max_length=MOST_ANSWERS)] = ()

    def ways(self) -> tuple[str, ...]:
        """Its targets: one for each answer, or one."""
        return tuple(answer.next for answer in self.answers) or ((self.next,) if self.next else ())


class Phrases(Struct, frozen=True, forbid_unknown_fields=True):
    """Phrases for difficult moments of a talk."""

    conflict: Points = ()
    hesitation: Points = ()
    silence: Points = ()
    tears: Points = ()


class Script(Struct, frozen=True, forbid_unknown_fields=True):
    """A script; its first step is the start. Its flaws: checks.py."""

    key: Key
    title: Title
    steps: Annotated[tuple[ScriptStep, ...], Meta(min_length=1, max_length=MOST_STEPS)]
    topics: Annotated[tuple[Key, ...], Meta(max_length=50)] = ()
    """Topic ids; it is proposed in conversations about them."""
    urgent: bool = False
    """Proposed at once in every conversation (112)."""
    rights: Points = ()
    """The card of the citizen's rights (AL-06)."""
    appeal: Points = ()
    """Where and how to complain about officials, told before and regardless of a complaint received here (AL-07)."""
    phrases: Phrases = Phrases()

    def step(self, key: str) -> ScriptStep:
        """Raises KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)
