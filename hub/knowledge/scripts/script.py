"""Scenarios that operators are led by: what to say, ask, check and do, and where each answer leads (KB-01). Pure.

first step ──(answer)──► step ──► … ──► END
rights · appeal · phrases: open beside any step, one key away (AL-06, AL-07)
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

END = "end"
"""Where the last step leads."""
MOST_STEPS, MOST_ANSWERS = 100, 9
"""As many answers as there are digits to give them by."""

Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]
Title = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"\S")]
Words = Annotated[str, Meta(min_length=1, max_length=2000, pattern=r"\S")]
Points = Annotated[tuple[Words, ...], Meta(max_length=20)]


class StepKind(StrEnum):
    SAY = "say"
    """To be said in these words."""
    ASK = "ask"
    CHECK = "check"
    """The operator looks for himself; the citizen hears nothing of it."""
    DO = "do"


class ScriptAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """One way on from a step; its digit is its place."""

    text: Title
    next: Key


class ScriptStep(Struct, frozen=True, forbid_unknown_fields=True):
    """Leads on by its answers, or without any to `next`."""

    key: Key
    kind: StepKind
    text: Words
    """What is said or asked, looked for or done."""
    hint: Annotated[str, Meta(max_length=2000)] = ""
    """For the operator alone."""
    mandatory: bool = False
    """Nobody closes a conversation while it lies ahead."""
    frees: bool = False
    """Whoever has passed it is asked for nothing that is mandatory in other scripts: the citizen has been handed to 112."""
    next: Annotated[str, Meta(pattern=r"^([a-z0-9][a-z0-9-]{0,39})?$")] = ""
    answers: Annotated[tuple[ScriptAnswer, ...], Meta(max_length=MOST_ANSWERS)] = ()

    def ways(self) -> tuple[str, ...]:
        """Where it leads: as many as it has answers, or one."""
        return tuple(answer.next for answer in self.answers) or ((self.next,) if self.next else ())


class Phrases(Struct, frozen=True, forbid_unknown_fields=True):
    """What helps on when the talk does not go by the book."""

    conflict: Points = ()
    hesitation: Points = ()
    silence: Points = ()
    tears: Points = ()


class Script(Struct, frozen=True, forbid_unknown_fields=True):
    """One scenario; the first of its steps begins. What is wrong with it: checks.py."""

    key: Key
    title: Title
    steps: Annotated[tuple[ScriptStep, ...], Meta(min_length=1, max_length=MOST_STEPS)]
    topics: Annotated[tuple[Key, ...], Meta(max_length=50)] = ()
    """Of the tree; it is proposed in conversations about them."""
    urgent: bool = False
    """Offered at once in every conversation (112)."""
    rights: Points = ()
    """The card of the citizen's rights (AL-06)."""
    appeal: Points = ()
    """Where and how one complains of officials, told before and whether or not a complaint is taken here (AL-07)."""
    phrases: Phrases = Phrases()

    def step(self, key: str) -> ScriptStep:
        """Raises KeyError."""
        for step in self.steps:
            if step.key == key:
                return step
        raise KeyError(key)
