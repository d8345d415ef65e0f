"""Answers subject requests: with a copy, the list of reads, or a refusal (152-ФЗ ст. 14, 20).

Corrections are in corrections.py, deletions in deletions.py. Refusals are those of actions/conversation_actions.py and
subject_request.py, and: identity not proved, no result ready.
"""

import logging
from collections.abc import AsyncGenerator, Callable
from datetime import datetime

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.cases.case import Case
from hub.citizens.address_linking import AddressLinking
from hub.conversations.attachments import Upload, key_of
from hub.conversations.conversation import Conversation
from hub.conversations.message import Attachment
from hub.conversations.ports import Store
from hub.conversations.sequencer import LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError
from hub.kernel.ports import Files
from hub.privacy.data_export import DataExport
from hub.privacy.disclosures import Look
from hub.privacy.subject_request import NAMES, Refusing, RequestKind, RequestState, SubjectRequest, done, of_kind, ready, refuse, still
from hub.privacy.subject_requests import SubjectRequests

log = logging.getLogger(__name__)

ZIP = "application/zip"
FILES = {RequestKind.COPY: "Ваши данные.zip", RequestKind.DISCLOSURES: "Кто видел ваши данные.zip"}
HANDED = "Ваш запрос «{kind}» выполнен. Файл приложен к этому сообщению."
IN_HANDS = "Ваш запрос «{kind}» выполнен: документ передан вам."


class SubjectRequestAnswers:
    def __init__(self, actions: Actions, store: Store, files: Files, linking: AddressLinking, demands: SubjectRequests,
                 gathering: DataExport,
                 now: Callable[[], datetime]) -> None:
        self._actions, self._store, self._files, self._linking = actions, store, files, linking
        self._demands, self._gathering, self._now = demands, gathering, now
        self._progress: dict[str, float] = {}
        self._failed: set[str] = set()
        self._tasks = BackgroundTasks()

    async def close(self) -> None:
        await self._tasks.cancel()

    def progress(self, key: str) -> float | None:
        """Progress of a copy, from 0 to 1; None without one."""
        return self._progress.get(key)

    def failed(self, key: str) -> bool:
        """Whether the last copy failed."""
        return key in self._failed

    async def take(self, who: Operator, conversation: int, kind: RequestKind, text: str) -> SubjectRequest:
        """Register an oral request. An equal open one is returned."""
        return await self._demands.taken((await self._actions.seen(who, conversation)).head, kind, text, who.login)

    async def refuse(self, who: Operator, conversation: int, key: str, refusing: Refusing, words: str) -> SubjectRequest:
        """Refuse on a legal ground; the citizen is told, with the body for complaints."""
        async with self._demands.changing:
            live, demand = await self.mine(who, conversation, key)
            after = refuse(demand, refusing, words, who.login, self._now())
            await self._demands.put(after, self.audit_entry(who, "demand_refused", after, f"{demand.kind}: {refusing}"))
            if demand.file is not None:
                await self._files.drop(demand.file.file)
        await self._demands.say(live.head.id, after.words)
        return after

    async def prepare(self, who: Operator, conversation: int, key: str) -> SubjectRequest:
        """Start making the copy, or the list, in the background. A repeated call makes a new one."""
        live, demand = await self.mine(who, conversation, key)
        of_kind(demand, RequestKind.COPY, RequestKind.DISCLOSURES)
        still(demand, RequestState.OPEN, RequestState.READY)
        start = self.proven(live.head)
        if key not in self._progress:
            self._progress[key] = 0.0
            self._failed.discard(key)
            await self._store.note(self.audit_entry(who, "copy_prepared", demand, demand.kind))
            self._tasks.spawn(self._make(who, demand, start))
        return demand

    async def _make(self, who: Operator, demand: SubjectRequest, start: str) -> None:
        def made(part: float) -> None:
            self._progress[demand.key] = part

        try:
            content = await self._content(who, demand.kind, start, made)
            file = Attachment(await self._files.put(content), FILES[demand.kind], ZIP, len(content))
            async with self._demands.changing:
                before = self._demands.find(demand.key)
                await self._demands.put(ready(before, file, start))
                if before.file is not None and before.file.file != file.file:
                    await self._files.drop(before.file.file)
        except (OknoError, OSError) as error:
            log.warning("export of a data subject's data failed", extra={"demand": demand.key, "why": str(error)})
            self._failed.add(demand.key)
        finally:
            del self._progress[demand.key]
            self._demands.on_change(demand.conversation)

    async def _content(self, who: Operator, kind: RequestKind, start: str, made: Callable[[float], None]) -> bytes:
        addresses, now = await self._linking.held(start), self._now()
        heads = await self._gathering.heads(who, addresses)
        cases = await self._gathering.cases(who, addresses)
        if kind is RequestKind.DISCLOSURES:
            return await self._gathering.told(heads, cases, now)
        his = [each for head in heads for each in self._demands.of(head.id)]
        return await self._gathering.packed(heads, addresses, cases, his, now, made)

    async def hand_over(self, who: Operator, conversation: int, key: str, *, here: bool) -> SubjectRequest:
        """Put it into the conversation, where the citizen can get it; or record that it was handed over otherwise, and delete it."""
        async with self._demands.changing:
            live, demand = await self.mine(who, conversation, key)
            still(demand, RequestState.READY)
            file, number = _lies(demand), live.head.id
            if here and not self.delivers(live.head):
                raise RefusedError("no_way", "По этому каналу файл не передать: сохраните его и передайте иначе.")
            words = (HANDED if here else IN_HANDS).format(kind=NAMES[demand.kind])
            if here:
                await self._store.put(Upload(key_of(number, file.file), file))
            await self._demands.say(number, words, (file,) if here else (),
                                    self.audit_entry(who, "copy_handed_over", demand, "here" if here else "hands"))
            after = await self._demands.put(replace(done(demand, words, who.login, self._now()), file=None))
            if not here:
                await self._files.drop(file.file)
        return after

    async def download(self, who: Operator, conversation: int, key: str) -> tuple[Attachment, AsyncGenerator[bytes, None]]:
        """The result, for handing it to the citizen."""
        _, demand = await self.mine(who, conversation, key)
        file = _lies(demand)
        content = await self._files.pieces(file.file)
        if content is None:
            raise RefusedError("no_such_file", "Такого файла нет.")
        await self._store.note(self.audit_entry(who, "copy_downloaded", demand, demand.kind))
        return file, content

    async def looks(self, who: Operator, conversation: int) -> list[Look]:
        """Who has read the person's data, as the citizen would see it."""
        live = await self._actions.read(who, conversation, "disclosures")
        addresses = await self._linking.held(self.proven(live.head))
        return await self._gathering.looks(await self._gathering.heads(who, addresses), await self._gathering.cases(who, addresses))

    async def heads(self, who: Operator, start: str) -> list[Conversation]:
        """The conversations of one person that the operator may answer for."""
        return await self._gathering.heads(who, await self._linking.held(start))

    async def cases(self, who: Operator, start: str) -> list[Case]:
        """The registered cases of one person that the operator may answer for."""
        return await self._gathering.cases(who, await self._linking.held(start))

    def proven(self, head: Conversation) -> str:
        """The proved address of the current citizen; RefusedError without one."""
        if not (start := self._linking.proven(head)):
            raise RefusedError("not_proven", "Сначала подтвердите, что это он: отправьте код на его адрес.")
        return start

    async def mine(self, who: Operator, conversation: int, key: str) -> tuple[LiveConversation, SubjectRequest]:
        """A request of a visible conversation."""
        live, demand = await self._actions.seen(who, conversation), self._demands.find(key)
        if demand.conversation != conversation:
            raise RefusedError("no_such_demand", "Такого запроса нет.")
        return live, demand

    def delivers(self, head: Conversation) -> bool:
        """Whether only the citizen can get a file from it."""
        return self._actions.traits.of(head.address).own_key

    def audit_entry(self, who: Operator, what: str, demand: SubjectRequest, detail: str = "") -> AuditEntry:
        """The audit entry of an action on a request, which is its ground."""
        return AuditEntry(self._now(), who.login, what, str(demand.conversation), detail, "demand")


def _lies(demand: SubjectRequest) -> Attachment:
    if demand.file is None:
        raise RefusedError("not_ready", "Документ ещё не готов.")
    return demand.file
