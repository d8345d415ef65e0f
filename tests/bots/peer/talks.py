"""The conversations that are held with a real Rasa and with the hub, and the house's own actions for both."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from bots.dialogue.centre_actions import CentreActions
from bots.knowledge.faq import FaqBot
from bots.knowledge.knowledge_file import read_articles
from bots.russian import Russian
from okno.config import load
from okno.robot import centre_actions_of
from tests.traits import TRAITS

HERE = Path(__file__).parent


def conversations(name: str) -> list[list[str]]:
    """Of a project: what the citizen says, one thing after another."""
    paragraphs = (HERE / f"{name}.txt").read_text(encoding="utf8").split("\n\n")
    return [[line for line in paragraph.splitlines() if not line.startswith("#")] for paragraph in paragraphs]


def house_actions(russian: Russian) -> CentreActions:
    knowledge = FaqBot(russian, "", TRAITS)
    knowledge.learn(read_articles((files("okno.demo") / "articles.toml").read_text(encoding="utf8")))
    zone = ZoneInfo(load(None, {}).centre.timezone)
    return centre_actions_of(russian, knowledge, tuple, lambda: datetime.now(UTC).astimezone(zone).date())
