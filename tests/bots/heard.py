"""Understanding for tests: knows by heart what a project's examples say, and nothing else."""

from collections.abc import Mapping
from pathlib import Path

from bots.dialogue.actions import Actions
from bots.dialogue.dialogue import Dialogue, Turn
from bots.dialogue.parsed import FALLBACK, Parsed, Ranked, Understanding
from bots.project.examples import Example
from bots.project.project import Project, read_project

PROJECTS = Path(__file__).parent / "projects"


class ByHeart:
    """Implements bots.dialogue.parsed.Understanding."""

    def __init__(self, project: Project) -> None:
        self._known: Mapping[str, Example] = {one.text.casefold(): one for one in project.examples.said}

    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        if (one := self._known.get(words.casefold())) is None:
            return Parsed(words, FALLBACK, 0.3, (Ranked(FALLBACK, 0.3), Ranked("greet", 0.2)))
        base, _, question = one.intent.partition("/")
        return Parsed(words, base, 1.0, (Ranked(base, 1.0),), one.entities, one.intent if question else "")


class Talk:
    """A conversation with a project: what was said last, and what came of it."""

    def __init__(self, project: Project, actions: Actions | None = None, channel: str = "",
                 understanding: Understanding | None = None) -> None:
        self.dialogue = Dialogue(project, understanding or ByHeart(project), actions=actions)
        self.tracker = self.dialogue.begin()
        self.channel, self.now = channel, 1_000_000.0
        self.turn: Turn | None = None

    async def say(self, words: str, after_s: float = 5.0) -> list[str]:
        """The texts that are said in answer."""
        self.now += after_s
        self.turn = await self.dialogue.turn(self.tracker, words, self.now, self.channel, "citizen")
        self.tracker = self.turn.tracker
        return [said.text for said in self.turn.said]

    def slot(self, name: str) -> object:
        return self.tracker.now.slots[name]


def write(folder: Path, **files: str) -> Project:
    """A project of a few files: domain, rules, stories, nlu, tests, config."""
    places = {"domain": "domain.yml", "config": "config.yml", "tests": "tests/test_stories.yml"}
    for name, text in files.items():
        path = folder / places.get(name, f"data/{name}.yml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return read_project(folder)
