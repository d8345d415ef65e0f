"""The registry of centres at the desk: centres, МФЦ, contracts; a draft, its approval, versions, the file (LV-07, LV-08, GV-05)."""

from datetime import date, datetime
from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.conversations.ports import Store
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.parts import Clock
from hub.kernel.approval import Approval
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import download_headers
from hub.organisation.centre import Centre, Mfc, MfcAttachment, RegistryError
from hub.organisation.registry_file import read_records, written_records
from hub.organisation.registry_records import RegistryRecords, differences
from hub.organisation.registry_versions import Change, RegistryVersion, RegistryVersions

NO_REGISTRY = RefusedError("no_registry", "Реестра центров у этого узла нет: назовите его файл в настройке узла, registry.")
Seen = Annotated[str, Meta(pattern=r"^[0-9]+\.[0-9]+$")]
EDITORS = (Permission.EDIT_REGISTRY, Permission.APPROVE)


class RegistryEditor:
    """The versions of a hub that has a registry."""

    def __init__(self, versions: RegistryVersions | None, authorization: Authorization) -> None:
        self._versions, self._authorization = versions, authorization

    @property
    def versions(self) -> RegistryVersions:
        """Raises RefusedError where the hub has no registry."""
        if self._versions is None:
            raise NO_REGISTRY
        return self._versions

    def own(self, call: Call) -> frozenset[str]:
        """Codes of the caller's centres."""
        return self._authorization.centres(call.who)

    async def edit(self, call: Call, seen: str, change: Change) -> "RegistryOut":
        await self.versions.edit(call.who.login, self.own(call), seen, change)
        return self.out(call)

    def out(self, call: Call) -> "RegistryOut":
        of = self.versions
        head, current, draft = of.newest, of.current, of.draft
        told = RegistryDraftOut(draft.version, draft.authors, draft.written, differences(current.records, draft.records),
                                call.who.login in draft.authors) if draft else None
        return RegistryOut(head.seen, of.today, current.version, told, head.records.centres, head.records.mfcs, head.records.attachments,
                           sorted(self._authorization.below(call.who)), of.differs)


class RegistryDraftOut(Struct, frozen=True):
    """`changes` are those from the version in force; `own` ones wait for somebody else's approval."""

    version: int
    authors: tuple[str, ...]
    written: datetime
    changes: list[str]
    own: bool


class RegistryOut(Struct, frozen=True):
    """The draft, or else the version in force; `seen` goes with each change. `below` are the codes that the caller may change.

    `file` are the differences of the configured file from the version in force.
    """

    seen: str
    today: date
    version: int
    draft: RegistryDraftOut | None
    centres: tuple[Centre, ...]
    mfcs: tuple[Mfc, ...]
    attachments: tuple[MfcAttachment, ...]
    below: list[str]
    file: list[str]


class RegistryVersionOut(Struct, frozen=True):
    """`changes` are those from the version before; version 0 is the configured file."""

    version: int
    authors: tuple[str, ...]
    written: datetime
    approval: Approval | None
    changes: list[str]


class CentreRecordIn(Struct, frozen=True):
    """The centre as it is from `valid_from` of the record on."""

    seen: Seen
    record: Centre


class MfcRecordIn(Struct, frozen=True):
    seen: Seen
    record: Mfc


class AttachmentIn(Struct, frozen=True):
    """`since` is the first day with the connection, or without it."""

    seen: Seen
    mfc: str
    since: date
    attached: bool


class RegistrySeenIn(Struct, frozen=True):
    seen: Seen


class RegistryRestoreIn(Struct, frozen=True):
    seen: Seen
    version: int


class RegistryCompareQuery(Struct, frozen=True):
    before: int
    after: int


class RegistryVersionQuery(Struct, frozen=True):
    version: int


class RegistryFileIn(Struct, frozen=True):
    """Without `apply` it is a preview."""

    seen: Seen
    text: Annotated[str, Meta(max_length=1_000_000)]
    apply: bool = False


class RegistryFileOut(Struct, frozen=True):
    changes: list[str]
    fault: str
    applied: bool


@endpoint("GET", "/api/registry", *EDITORS)
async def registry(editor: RegistryEditor, call: Call) -> RegistryOut:
    """Centres, МФЦ and attachments: the draft where there is one, else the version in force."""
    return editor.out(call)


@endpoint("PUT", "/api/registry/centres/{centre}", Permission.EDIT_REGISTRY)
async def put_centre(editor: RegistryEditor, call: Call, centre: str, body: CentreRecordIn) -> RegistryOut:
    """A centre from a day on; the record before it ends the day before."""
    if body.record.id != centre:
        raise RefusedError("bad_registry", "Код центра в адресе другой.")
    return await editor.edit(call, body.seen, lambda records: records.with_centre(body.record))


@endpoint("PUT", "/api/registry/mfcs/{mfc}", Permission.EDIT_REGISTRY)
async def put_mfc(editor: RegistryEditor, call: Call, mfc: str, body: MfcRecordIn) -> RegistryOut:
    """An МФЦ from a day on."""
    if body.record.id != mfc:
        raise RefusedError("bad_registry", "Код МФЦ в адресе другой.")
    return await editor.edit(call, body.seen, lambda records: records.with_mfc(body.record))


@endpoint("POST", "/api/registry/attachments", Permission.EDIT_REGISTRY)
async def attach_mfc(editor: RegistryEditor, call: Call, body: AttachmentIn) -> RegistryOut:
    """Connect an МФЦ to the federal centre from a day on, or end the connection (GV-05)."""
    return await editor.edit(call, body.seen, lambda records: (
        records.attached(body.mfc, body.since) if body.attached else records.detached(body.mfc, body.since)))


@endpoint("POST", "/api/registry/approve", Permission.APPROVE)
async def approve_registry(editor: RegistryEditor, call: Call, body: RegistrySeenIn) -> RegistryOut:
    """Put the draft into force, by somebody who has written none of it."""
    await editor.versions.approve(call.who.login, editor.own(call), body.seen)
    return editor.out(call)


@endpoint("POST", "/api/registry/discard", Permission.EDIT_REGISTRY)
async def discard_registry(editor: RegistryEditor, call: Call, body: RegistrySeenIn) -> RegistryOut:
    """Drop the draft."""
    await editor.versions.discard(call.who.login, editor.own(call), body.seen)
    return editor.out(call)


@endpoint("POST", "/api/registry/restore", Permission.EDIT_REGISTRY)
async def restore_registry(editor: RegistryEditor, call: Call, body: RegistryRestoreIn) -> RegistryOut:
    """A draft with the records of an earlier version."""
    await editor.versions.restore(call.who.login, editor.own(call), body.seen, body.version)
    return editor.out(call)


@endpoint("GET", "/api/registry/versions", *EDITORS)
async def list_registry_versions(editor: RegistryEditor, call: Call) -> list[RegistryVersionOut]:
    """The newest first, each with its changes."""
    del call
    known = sorted(editor.versions.versions.values(), key=lambda each: each.version)
    before: list[RegistryVersion | None] = [None, *known]
    return [RegistryVersionOut(each.version, each.authors, each.written, each.approval,
                               differences(was.records, each.records) if was else [])
            for was, each in reversed(list(zip(before, known, strict=False)))]


@endpoint("GET", "/api/registry/compare", *EDITORS)
async def compare_registry(editor: RegistryEditor, call: Call, query: RegistryCompareQuery) -> list[str]:
    """What differs between two versions."""
    del call
    return differences(_records(editor, query.before), _records(editor, query.after))


@endpoint("GET", "/api/registry/file", *EDITORS)
async def registry_file(store: Store, clock: Clock, editor: RegistryEditor, call: Call, query: RegistryVersionQuery) -> web.Response:
    """A version as the file that `registry` of the configuration names."""
    content = written_records(_records(editor, query.version)).encode()
    await store.note(AuditEntry(clock(), call.who.login, "registry_exported", str(query.version)))
    headers = download_headers(f"registry-{query.version}.toml", len(content))
    return web.Response(body=content, content_type="application/toml", headers=headers)


@endpoint("POST", "/api/registry/file", Permission.EDIT_REGISTRY)
async def take_registry(editor: RegistryEditor, call: Call, body: RegistryFileIn) -> RegistryFileOut:
    """Preview of such a file; with `apply` it becomes the draft."""
    try:
        wanted = read_records(body.text)
    except RegistryError as error:
        return RegistryFileOut([], error.russian, applied=False)
    changes = differences(editor.versions.newest.records, wanted)
    fault = editor.versions.fault(wanted)
    if body.apply and not fault:
        await editor.edit(call, body.seen, lambda _: wanted)
    return RegistryFileOut(changes, fault, applied=body.apply and not fault)


def _records(editor: RegistryEditor, version: int) -> RegistryRecords:
    found = editor.versions.versions.get(version)
    if found is None:
        raise RefusedError("no_such_version", "Такой редакции реестра нет.")
    return found.records


ENDPOINTS = (registry, put_centre, put_mfc, attach_mfc, approve_registry, discard_registry, restore_registry,
             list_registry_versions, compare_registry, registry_file, take_registry)
