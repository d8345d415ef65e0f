"""Dialogues by which the robot is examined, and the judgement of its answers. None of them is ever trained on. Pure, but for reading."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from enum import StrEnum
from importlib.resources import files
from pathlib import Path

import msgspec
from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.validation_messages import explain_validation_error

SHIPPED = Path(str(files("bots.evaluation") / "dialogues"))
_EMERGENCY = re.compile(r"(?<!\d)112(?!\d)")
"""What an answer to danger always has; the number of a case may have the same digits."""


class Outcome(StrEnum):
    """What must come of a turn."""

    ANSWER = "answer"
    ASK = "ask"
    CHOICE = "choice"
    PERSON = "person"
    DANGER = "danger"
    REFUSAL = "refusal"
    """An honest «не знаю», or who is competent."""
    FORM = "form"
    DONE = "done"


class Expected(Struct, frozen=True, forbid_unknown_fields=True):
    """A citizen's words, and what must come of them."""

    says: str
    outcome: Outcome
    has: tuple[str, ...] = ()
    """Each must appear in the answer or its choices; alternatives are separated by |. Case, spaces and ё do not count."""
    lacks: tuple[str, ...] = ()
    longest: int = 0
    """Characters of the answer; 0 is any number."""


class EvaluationDialogue(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    turn: tuple[Expected, ...]
    about: str = ""
    """Id of the card or article, if there is one."""
    channel: str = "web"
    group: str = ""
    """The file's name."""


class Answered(Struct, frozen=True):
    """What came of a turn: the robot's messages, their choices, and whether a person has the conversation now."""

    texts: tuple[str, ...]
    choices: tuple[str, ...]
    person: bool
    told: bool = False
    """Something of the knowledge was told, with its source; asking back and «не знаю» have none."""


class DialoguesError(OknoError):
    """A file of dialogues cannot be read; the text names the file."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    dialogue: tuple[EvaluationDialogue, ...] = ()


def read_dialogues(place: Path) -> list[EvaluationDialogue]:
    """Of a file, or of all files of a folder. Raises DialoguesError."""
    return [msgspec.structs.replace(each, group=file.stem) for file in ([place] if place.is_file() else sorted(place.glob("*.toml")))
            for each in _read(file).dialogue]


def faults_of(expected: Expected, answered: Answered) -> list[str]:
    """What is wrong with an answer; empty if nothing is."""
    return list(_faults(expected, answered))


def _faults(expected: Expected, answered: Answered) -> Iterator[str]:
    text = _plain("\n".join(answered.texts))
    offered = text + _plain("\n".join(answered.choices))
    danger = answered.person and any(map(_EMERGENCY.search, answered.texts))
    if danger != (expected.outcome is Outcome.DANGER):
        yield "false alarm" if danger else "danger not recognised"
    elif answered.person != (expected.outcome in {Outcome.PERSON, Outcome.DANGER}):
        yield "handed over" if answered.person else "no person"
    if not answered.texts and not answered.person:
        yield "silence"
    if expected.outcome is Outcome.CHOICE and len(answered.choices) < 2:  # noqa: PLR2004 - one is no choice
        yield "no choice"
    yield from (f"lacks «{each}»" for each in expected.has if not _any_of(each, offered))
    yield from (f"has «{each}»" for each in expected.lacks if _any_of(each, text))
    if expected.longest and sum(map(len, answered.texts)) > expected.longest:
        yield f"longer than {expected.longest} characters"


def _any_of(alternatives: str, text: str) -> bool:
    return any(_plain(one) in text for one in alternatives.split("|"))


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", text.casefold().replace("ё", "е"))


def _read(file: Path) -> _File:
    try:
        return msgspec.convert(tomllib.loads(file.read_text("utf-8")), _File)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        message = f"{file}: {error}"
        raise DialoguesError(message) from error
    except msgspec.ValidationError as error:
        message = f"{file}: {explain_validation_error(error)}"
        raise DialoguesError(message) from error


class Judged(Struct, frozen=True):
    """A dialogue as it went, up to its first fault."""

    dialogue: EvaluationDialogue
    answers: tuple[Answered, ...]
    faults: tuple[str, ...]


class Score(Struct, frozen=True):
    """Of a group, or of all."""

    dialogues: int
    right: int
    wrong: int
    """Something else was told, or done, than was asked."""
    refused: int
    """Nothing was told: the robot asked back, or did not know."""
    handed_over: int
    """Given to a person who was not asked for."""
    turns_to_fact: float
    """The citizen's messages until something of the knowledge is told, in the mean of the right dialogues where it is."""

    @property
    def share(self) -> float:
        return self.right / self.dialogues if self.dialogues else 0.0


def score(judged: Sequence[Judged]) -> Score:
    failed = [each for each in judged if each.faults]
    handed_over = sum("handed over" in each.faults for each in failed)
    refused = sum("handed over" not in each.faults and _refuses(each) for each in failed)
    told = [[answer.told for answer in each.answers].index(True) + 1
            for each in judged if not each.faults and any(answer.told for answer in each.answers)]
    return Score(len(judged), len(judged) - len(failed), len(failed) - handed_over - refused, refused, handed_over,
                 sum(told) / len(told) if told else 0.0)


def _refuses(failed: Judged) -> bool:
    """Whether its last turn wanted an answer and got none."""
    return failed.dialogue.turn[len(failed.answers) - 1].outcome is Outcome.ANSWER and not failed.answers[-1].told
