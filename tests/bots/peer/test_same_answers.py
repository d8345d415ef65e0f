"""The same conversations with a real Rasa and with the hub, both over Rasa's REST channel: texts, buttons and slots are equal.

`make rasa` runs this. It installs Rasa, which takes minutes and Python 3.10, so the other tests leave it out.
"""

import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from importlib.resources import files
from itertools import count
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.actions import Actions
from bots.dialogue.answer import remembered
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.parsed import Parsed
from bots.dialogue.python_actions import PythonActions
from bots.project.project import read_project
from bots.russian import Russian
from hub.conversations.address import Address
from hub.conversations.conversation import WithBot
from hub.conversations.journal import Thought
from hub.conversations.ports import Store
from okno.app import running
from okno.config import ChannelSettings, Listen, RobotSettings, load
from okno.robot import MODEL
from tests.bots.heard import PROJECTS
from tests.bots.peer.talks import conversations, house_actions
from tests.peers.rasa import CONFIG, Rasa, acting, copied, serving, starter, trained

pytestmark = pytest.mark.rasa

CENTRE = Path(str(files("bots"))) / "projects" / "centre"
NUMBERED = re.compile(r"\nНомер обращения: \S+$")
_senders = count(1)


class Turn(Struct, frozen=True):
    text: str
    buttons: tuple[str, ...]


class Nobody:
    def parse(self, words: str, *, hasty: bool = False) -> Parsed:
        raise AssertionError(words)


class Both:
    """One project on both engines."""

    def __init__(self, rasa: Rasa, http: aiohttp.ClientSession, hub: str, store: Store, dialogue: Dialogue) -> None:
        self.rasa, self._http, self._hub, self._store, self._dialogue = rasa, http, hub, store, dialogue

    async def hub(self, sender: str, words: str) -> list[dict[str, Any]]:
        async with self._http.post(f"{self._hub}/webhooks/rest/webhook", json={"sender": sender, "message": words}) as answer:
            lines: list[dict[str, Any]] = await answer.json()
            return lines

    async def slots(self, sender: str) -> dict[str, Any] | None:
        """Of the hub's side; None where a person has taken over."""
        head = await self._store.at_address(Address("web.rasa", sender))
        assert head
        if not isinstance(head.holder, WithBot):
            return None
        records = await self._store.records(head.id, limit=1000)
        return dict(remembered(self._dialogue, [r.entry for r in records if isinstance(r.entry, Thought)]).now.slots)


def of_rasa(lines: list[dict[str, Any]]) -> Turn:
    """A text is parted there at its empty lines, and a picture is a message of its own."""
    texts: list[str] = []
    for line in lines:
        if "text" in line:
            texts.append(line["text"])
        elif "image" in line:
            texts[-1] += "\n" + line["image"]
    return Turn("\n\n".join(texts), tuple(button["title"] for line in lines for button in line.get("buttons", ())))


def of_hub(lines: list[dict[str, Any]], *, offers: bool) -> Turn:
    """What the hub adds to every project is left out: its own messages, the number, and what can be chosen where nothing is offered."""
    lines = [line for line in lines if line.get("custom", {}).get("author") != "system"]
    text = "\n\n".join(NUMBERED.sub("", line["text"]) for line in lines)
    return Turn(text, tuple(button["title"] for line in (lines if offers else lines[:-1]) for button in line.get("buttons", ())))


@asynccontextmanager
async def both(project: Path, folder: Path, actions: Actions | None) -> AsyncIterator[Both]:
    """`folder` is for whatever is made; the project's own code runs on one action server for both, the house's in the hub as well."""
    if not (project / MODEL).exists():
        subprocess.run([str(Path(sys.executable).with_name("okno")), "bot", "train", str(project)], check=True, stdout=subprocess.DEVNULL)
    (folder / "rasa").mkdir()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(acting(actions)) if actions else ""
        rasa = await stack.enter_async_context(serving(trained(project), folder / "rasa", server))
        config = replace(load(None, {"OKNO_LIMITS": "off"}), listen=Listen(port=0), data=str(folder / "data"),
                         channels=(ChannelSettings("web.rasa"),), robot=RobotSettings(project=str(project), action_server=server))
        hub = await stack.enter_async_context(running(config))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield Both(rasa, http, hub.address, hub.store, Dialogue(read_project(project), Nobody()))


async def differences(both: Both, talks: list[list[str]]) -> list[str]:
    found: list[str] = []
    for talk in talks:
        sender = f"citizen-{next(_senders)}"
        for number, words in enumerate(talk):
            there, here = await both.rasa.say(sender, words), await both.hub(sender, words)
            there_said, spoken = of_rasa(there), [line for line in there if "text" in line]
            here_said = of_hub(here[1:] if number == 0 else here, offers=bool(spoken and spoken[-1].get("buttons")))
            slots = await both.slots(sender)
            expected = {name: value for name, value in (await both.rasa.slots(sender)).items() if name != "session_started_metadata"}
            if not there and slots is None:
                break  # Rasa is silent, and the hub calls a person
            if there_said != here_said:
                found.append(f"{talk[:number + 1]}\n  Rasa: {there_said}\n  hub:  {here_said}")
                break
            if slots is None:
                if number < len(talk) - 1:
                    found.append(f"{talk[:number + 1]}\n  a person has taken over before the end")
                break
            if changed := {name: (expected.get(name), slots.get(name)) for name in expected | slots if expected.get(name) != slots.get(name)}:
                found.append(f"{talk[:number + 1]}\n  slots (Rasa, hub): {changed}")
                break
    return found


PROJECTS_HERE: Mapping[str, Callable[[Path], Path]] = {
    "centre": lambda target: copied(CENTRE, target),
    "starter": lambda target: copied(starter(), target, CONFIG),
    "reception": lambda target: copied(PROJECTS / "reception", target, CONFIG),
}


@pytest.mark.parametrize("name", PROJECTS_HERE)
async def test_the_same_is_said_and_filled(name: str, tmp_path: Path, russian: Russian) -> None:
    # KB-02
    project = PROJECTS_HERE[name](tmp_path / name)
    actions: Actions | None = house_actions(russian) if name == "centre" else PythonActions(project) if name == "reception" else None
    async with both(project, tmp_path, actions) as engines:
        found = await differences(engines, conversations(name))
    assert not found, "\n".join(found)
