"""Participants of the demonstration, from people.toml."""

from pathlib import Path

import msgspec
from msgspec import Struct

from okno.config import DEMO, read_toml
from okno.faults.config_error import ConfigError


class Turn(Struct, frozen=True, forbid_unknown_fields=True):
    """A message of a citizen to an operator, and the operator's answer."""

    says: str
    reply: str


class Story(Struct, frozen=True, forbid_unknown_fields=True):
    """One citizen's visit: messages to the robot, then to an operator, and after the close."""

    robot: tuple[str, ...]
    person: tuple[Turn, ...] = ()
    again: tuple[str, ...] = ()
    name: str = ""
    organisation: bool = False


class Employee(Struct, frozen=True, forbid_unknown_fields=True):
    login: str
    name: str


class People(Struct, frozen=True, forbid_unknown_fields=True):
    """Phrases are chosen at random; {name} in a greeting is the operator's first name."""

    call: str
    thanks: tuple[str, ...]
    impatient: tuple[str, ...]
    greetings: tuple[str, ...]
    answers: tuple[str, ...]
    checks: tuple[str, ...]
    farewells: tuple[str, ...]
    notes: tuple[str, ...]
    handovers: tuple[str, ...]
    operator: tuple[Employee, ...]
    story: tuple[Story, ...]

    def replies(self) -> dict[str, str]:
        """Operators' answers by citizens' messages."""
        return {turn.says: turn.reply for story in self.story for turn in story.person}

    def employees(self, count: int) -> list[Employee]:
        """The first `count` employees; a second round has a number in its logins."""
        rounds = [divmod(n, len(self.operator)) for n in range(count)]
        return [Employee(f"{(one := self.operator[n]).login}{turn + 1 if turn else ''}", one.name) for turn, n in rounds]


def people(file: Path | None = None) -> People:
    """The people of a file, or the shipped ones; raises ConfigError."""
    source = file or DEMO / "people.toml"
    try:
        return msgspec.convert(read_toml(source), People)
    except msgspec.ValidationError as error:
        message = f"{source}: {error}"
        raise ConfigError(message) from error
