"""The active dialogue version, and the files of all versions."""

from collections.abc import Callable, Sequence
from datetime import datetime

from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import OknoError
from hub.kernel.ports import Files
from hub.kernel.signal import Signal
from hub.robot.dialogue_version import ROBOT, Draft, Packed, Spoken, Version
from hub.robot.training_results import TrainedModel


class VersionError(OknoError):
    """A version or its files are missing."""


class VersionRegistry:
    """The versions of a centre."""

    def __init__(self, store: Store, files: Files, now: Callable[[], datetime]) -> None:
        self._store, self._files, self._now = store, files, now
        self.current = ""
        """Id of the active version; "" is none: then only the knowledge base answers."""
        self.on_publish = Signal[[]]()

    async def start(self) -> None:
        spoken = await self._store.get(Spoken, ROBOT)
        self.current = spoken.version if spoken else ""

    async def packed(self, version: str) -> Packed:
        """The files of a version. Raises VersionError."""
        found = await self._store.get(Version, version)
        project, model = (await self._files.get(found.project), await self._files.get(found.model)) if found else (None, None)
        if project is None or model is None:
            message = f"version {version} of the dialogue is not there"
            raise VersionError(message)
        return Packed(project, model)

    async def versions(self) -> list[Version]:
        """All published ones, newest first."""
        return sorted(await self._store.all(Version), key=lambda version: -version.number)

    async def version(self, id_: str) -> Version | None:
        return await self._store.get(Version, id_)

    async def add(self, made: TrainedModel, project: bytes, by: str, note: str, done: Sequence[Draft] = (),
                  approved_by: str = "") -> Version:
        """Activate a new version, and delete its draft. The same content is the same version."""
        version = await self._store.get(Version, made.id)
        if version is None:
            files = await self._files.put(project), await self._files.put(made.model)
            version = Version(made.id, await self._next(), self._now(), by, *files, note, made.intents, made.stories, made.changes,
                              made.compared, approved_by, self.current)
        await self._speak(version, by, "dialogue_published", done)
        return version

    async def roll_back(self, id_: str, by: str) -> Version:
        """Activate an earlier version: open dialogues keep theirs. Raises VersionError."""
        await self.packed(id_)
        version = await self._store.get(Version, id_)
        assert version is not None  # noqa: S101 - its files were just read
        await self._speak(version, by, "dialogue_rolled_back")
        return version

    async def _speak(self, version: Version, by: str, audit_entry: str, done: Sequence[Draft] = ()) -> None:
        spoken = Spoken(ROBOT, version.id, self._now(), by)
        await self._store.exchange((version, spoken), done, AuditEntry(spoken.at, by, audit_entry, version.id, f"№ {version.number}"))
        self.current = version.id
        self.on_publish()

    async def _next(self) -> int:
        return 1 + max((each.number for each in await self._store.all(Version)), default=0)

    async def may_bring(self, id_: str) -> bool:
        """Whether the shipped dialogue should be active: until the centre publishes its own, the newest one is."""
        spoken = await self._store.get(Spoken, ROBOT)
        return spoken is None or not (spoken.by or spoken.version == id_)

    async def bring(self, id_: str, packed: Packed, intents: int, stories: int) -> None:
        """Activate the shipped dialogue."""
        version = await self._store.get(Version, id_)
        if version is None:
            project, model = await self._files.put(packed.project), await self._files.put(packed.model)
            version = Version(id_, await self._next(), self._now(), "", project, model, intents=intents, stories=stories)
        await self._speak(version, "", "dialogue_published")
