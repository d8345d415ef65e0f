"""The draft of the next dialogue version: one for each centre, changed only on the state that the editor has seen."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.kernel.signal import Signal
from hub.robot.dialogue_version import ROBOT, Draft, Trial, Version
from hub.robot.ports import DialogueWorkshop
from hub.robot.version_registry import VersionRegistry

NO_DRAFT = RefusedError("no_draft", "Черновика нет: начните новый.")
LONGEST_PATH = 200


class Drafts:
    """A draft is identified by the SHA-256 of its packed project: an editor names the one seen ("" for none).

    Raises RefusedError: "other_draft" after a concurrent change, "no_draft", "no_such_path", "bad_path", "bad_project".
    """

    def __init__(self, store: Store, files: Files, version_registry: VersionRegistry, workshop: DialogueWorkshop,
                 now: Callable[[], datetime]) -> None:
        self._store, self._files, self._version_registry, self._workshop, self._now = store, files, version_registry, workshop, now
        self._changing = asyncio.Lock()
        self.on_change = Signal[[]]()

    async def draft(self) -> Draft | None:
        return await self._store.get(Draft, ROBOT)

    async def project(self, draft: Draft) -> bytes:
        """Its packed project."""
        content = await self._files.get(draft.project)
        if content is None:
            raise NO_DRAFT
        return content

    async def texts(self, draft: Draft) -> Mapping[str, str]:
        """Its files by path."""
        return await asyncio.to_thread(self._workshop.unpack, await self.project(draft))

    async def begin(self, by: str, seen: str, version: str) -> Draft:
        """Start a draft from a published version. Raises VersionError."""
        packed = await self._version_registry.packed(version)
        async with self._changing:
            return await self._change(by, seen, packed.project, version, "draft_begun", version, new=True)

    async def bring(self, by: str, seen: str, content: bytes) -> Draft:
        """Start a draft from an uploaded zip."""
        texts = await asyncio.to_thread(self._workshop.unpack, content)
        if not texts:
            raise RefusedError("bad_project", "В архиве нет файлов проекта: ожидаются .yml и .py.")
        project = await asyncio.to_thread(self._workshop.pack, texts)
        async with self._changing:
            return await self._change(by, seen, project, self._version_registry.current, "draft_uploaded", f"{len(texts)}", new=True)

    async def put(self, by: str, seen: str, path: str, text: str | None) -> Draft:
        """Replace a file; None removes it."""
        async with self._changing:
            draft = await self._seen(seen)
            if draft is None:
                raise NO_DRAFT
            texts = dict(await self.texts(draft))
            if text is None and texts.pop(path, None) is None:
                raise RefusedError("no_such_path", f"Файла «{path}» в черновике нет.")
            if text is not None:
                texts[path] = text
            project = await asyncio.to_thread(self._workshop.pack, texts)
            if path not in await asyncio.to_thread(self._workshop.unpack, project) and text is not None:
                raise RefusedError("bad_path", f"Так файл называться не может: «{path[:LONGEST_PATH]}».")
            return await self._change(by, seen, project, draft.base, "draft_file", path)

    async def approve(self, by: str, seen: str) -> Draft:
        """A second person approves the current state. Raises RefusedError "own_draft" for those who have changed it."""
        async with self._changing:
            draft = await self._seen(seen)
            if draft is None:
                raise NO_DRAFT
            if by in draft.written_by:
                raise RefusedError("own_draft", "Свой черновик одобряет другой сотрудник.")
            approved = replace(draft, approved_by=by)
            await self._store.put(approved, AuditEntry(self._now(), by, "draft_approved", draft.project[:16]))
        self.on_change()
        return approved

    async def discard(self, by: str, seen: str) -> None:
        """Delete the draft."""
        async with self._changing:
            draft = await self._seen(seen)
            if draft is None:
                raise NO_DRAFT
            await self._store.exchange((), (draft,), AuditEntry(self._now(), by, "draft_discarded", draft.base))
            await self.forget(draft.project)
        self.on_change()

    async def done(self, draft: Draft, publish: Callable[[Sequence[Draft]], Awaitable[Version]]) -> Version:
        """Publish the result of a draft, which is deleted, unless it was changed meanwhile."""
        async with self._changing:
            here = await self.draft()
            version = await publish([draft] if here is not None and here.project == draft.project else [])
        self.on_change()
        return version

    async def forget(self, file: str) -> None:
        """Delete a file that no version and no draft uses any more."""
        draft = await self.draft()
        kept = {each.project for each in await self._store.all(Version)} | ({draft.project} if draft else set())
        tried = {each.project for each in await self._store.all(Trial)}
        if file and file not in kept | tried:
            await self._files.drop(file)

    async def _seen(self, seen: str) -> Draft | None:
        draft = await self.draft()
        if (draft.project if draft else "") != seen:
            raise RefusedError("other_draft", "Черновик тем временем изменили: обновите страницу и повторите.")
        return draft

    async def _change(self, by: str, seen: str, project: bytes, base: str, audit_entry: str, about: str, *, new: bool = False) -> Draft:
        """A `new` one has nothing of the one before."""
        before = await self._seen(seen)
        authors = (by,) if new or before is None else tuple(dict.fromkeys((*before.authors, before.by, by)))
        draft = Draft(ROBOT, await self._files.put(project), self._now(), by, base, authors=authors)
        await self._store.put(draft, AuditEntry(draft.at, by, audit_entry, about))
        if seen != draft.project:
            await self.forget(seen)
        self.on_change()
        return draft
