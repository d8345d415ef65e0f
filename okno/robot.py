"""Builds the robot: knowledge, shipped dialogue, and actions of dialogues."""

import asyncio
import ctypes
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from importlib.resources import files as package_files
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from bots.dialogue.actions import Actions, Answer, NoActions
from bots.dialogue.centre_actions import CentreActions
from bots.dialogue.dialogue import Dialogue
from bots.dialogue.listener import Listener
from bots.dialogue.python_actions import PythonActions, PythonActionsError
from bots.dialogue.rasa import ActionServer, RasaServer
from bots.grammar.extraction import Grammar
from bots.knowledge.faq import FaqBot
from bots.knowledge.offices import Offices
from bots.project.archive import ProjectArchiveError, folder_of, pack_folder, unpack
from bots.project.project import Project, ProjectError, read_project
from bots.project.validation import load
from bots.russian import Russian
from bots.understanding import vectors
from bots.understanding.model_codec import ModelFormatError, content_id
from bots.understanding.model_codec import load as unpack_model
from channels.secret import secret
from hub.organisation.centre import Mfc
from hub.robot.dialogue_version import Packed
from hub.robot.ports import ApplicationStates, AppointmentTimes
from hub.robot.version_registry import VersionError, VersionRegistry
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.adapters.form_knowledge import RobotKnowledge
from okno.adapters.remote_rasa import RemoteRasa
from okno.config import RobotSettings
from okno.faults.config_error import ConfigError

MODEL = Path("models") / "okno.model"
"""A project's trained model, beside those of Rasa."""

_OFFERED = 3
"""Articles offered after a question that was not understood."""
_REST_S = 30.0


class ActionChain:
    """Implements bots.dialogue.actions.Actions: built-in actions, then code named in the configuration, then an action server."""

    def __init__(self, centre_actions: CentreActions, code: PythonActions | None, server: Actions) -> None:
        self._centre_actions, self._code, self._server = centre_actions, code, server

    async def run(self, name: str, call: Mapping[str, Any]) -> Answer:
        if self._centre_actions.knows(name):
            return await self._centre_actions.run(name, call)
        if self._code is not None and name in self._code.names:
            return await self._code.run(name, call)
        return await self._server.run(name, call)


def built_in(name: str) -> Path:
    """The folder of a shipped project."""
    return Path(str(package_files("bots") / "projects" / name))


def configured_project(settings: RobotSettings) -> tuple[Path, Packed] | None:
    """The configured project with its model, None without one. Raises ConfigError."""
    if not settings.project:
        return None
    folder = built_in(settings.project) if "/" not in settings.project else Path(settings.project)
    try:
        return folder, Packed(pack_folder(folder), (folder / MODEL).read_bytes())
    except (OSError, UnicodeDecodeError, ProjectError) as error:
        raise _untaught(folder, error) from error


async def bring_along(settings: RobotSettings, version_registry: VersionRegistry) -> None:
    """Activate the configured project where the centre has not published its own. Raises ConfigError."""
    if (found := configured_project(settings)) is None:
        return
    folder, packed = found
    if await version_registry.may_bring(id_ := version_id(packed)):
        try:
            project = read_project(folder)
        except ProjectError as error:
            raise _untaught(folder, error) from error
        await version_registry.bring(id_, packed, len(project.domain.intents), len(project.tests))


def _untaught(folder: Path, error: Exception) -> ConfigError:
    return ConfigError(f"robot.project: {folder}: {error}. Teach it with: okno bot train {folder}")


def version_id(packed: Packed) -> str:
    """A version's id follows from its project and its model."""
    return content_id(packed.project, packed.model)


def centre_actions_of(russian: Russian, knowledge: FaqBot, mfcs: Callable[[], Iterable[Mfc]], today: Callable[[], date],
                      times: AppointmentTimes | None = None, offices: Offices | None = None,
                      states: ApplicationStates | None = None) -> CentreActions:
    """Built-in actions. `mfcs` are those of today at the citizens' place."""
    return CentreActions(lambda: knowledge.articles, lambda said: asyncio.wrap_future(knowledge.suggested(said, _OFFERED)), mfcs,
                         Grammar(russian), today, knowledge.traits, times, offices, states, RobotKnowledge(knowledge))


@asynccontextmanager
async def talking(settings: RobotSettings, russian: Russian, knowledge: FaqBot, version_registry: VersionRegistry,
                  centre_actions: CentreActions) -> AsyncIterator[LocalDialogueEngine]:
    """The dialogue engine, within its context."""
    async with aiohttp.ClientSession() as session:
        server = ActionServer(session, settings.action_server) if settings.action_server else NoActions()
        actions = ActionChain(centre_actions, own_code(settings), server)

        async def ready(version: str) -> Dialogue:
            return await asyncio.to_thread(made_ready, await version_registry.packed(version), russian, actions,
                                           centre_actions.listener)

        talker = LocalDialogueEngine(knowledge, lambda: version_registry.current, ready, rasa_server(settings, session, knowledge),
                                     patience_s=settings.patience_s)
        talker.warm()
        resting = asyncio.create_task(rest(russian))
        try:
            yield talker
        finally:
            resting.cancel()
            await talker.close()


async def rest(russian: Russian) -> None:
    """Release unused memory at intervals: an idle hub is a fifth smaller."""
    libc = ctypes.CDLL(None)
    while True:
        await asyncio.sleep(_REST_S)
        await asyncio.to_thread(vectors.rest)
        russian.rest()
        if hasattr(libc, "malloc_trim"):  # glibc
            libc.malloc_trim(0)


def own_code(settings: RobotSettings) -> PythonActions | None:
    """Raises ConfigError."""
    if not settings.own_code:
        return None
    try:
        return PythonActions(Path(settings.own_code))
    except PythonActionsError as error:
        message = f"robot.own_code: {error}"
        raise ConfigError(message) from error


def rasa_server(settings: RobotSettings, session: aiohttp.ClientSession, knowledge: FaqBot) -> RemoteRasa | None:
    """Raises ConfigError."""
    if not settings.rasa:
        return None
    try:
        token = secret(settings.rasa_token_file) if settings.rasa_token_file else ""
    except msgspec.ValidationError as error:
        message = f"robot.rasa_token_file: {error}"
        raise ConfigError(message) from error
    return RemoteRasa(RasaServer(session, settings.rasa, token, settings.rasa_timeout_s), knowledge)


def made_ready(packed: Packed, russian: Russian, actions: Actions, listener: Listener | None = None) -> Dialogue:
    """A version's dialogue. Raises VersionError."""
    try:
        with folder_of(unpack(packed.project)) as folder:
            project: Project = read_project(folder)
        return Dialogue(project, unpack_model(packed.model, russian), load(project), actions, listener=listener)
    except (ProjectArchiveError, ModelFormatError, ProjectError) as error:
        raise VersionError(str(error)) from error
