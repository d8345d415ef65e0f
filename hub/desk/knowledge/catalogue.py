"""Import and export of the catalogue, by files and portals: preview, import, undo (KB-03, KB-04)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.desk.http.endpoint import BODY_LIMIT, Call, endpoint
from hub.desk.http.parts import Clock
from hub.desk.knowledge.forms import ChangeOut
from hub.dispatch.dispatcher import Dispatch
from hub.kernel.errors import RefusedError, UnavailableError
from hub.kernel.web.download import download_headers
from hub.knowledge.catalogue.diff import Difference
from hub.knowledge.catalogue.formats import FILE_LIMIT, READERS, TYPES
from hub.knowledge.catalogue.import_log import Import
from hub.knowledge.catalogue.importer import Accepted, Looked, Source
from hub.knowledge.catalogue.portal_importer import Catalogues, PortalImport
from hub.knowledge.catalogue.toml_format import CatalogueError
from hub.knowledge.edition import CARD_KINDS, CardKind
from hub.knowledge.editorial import Editorial
from hub.knowledge.handbook import title_of

IMPORTS = 20
"""Imports listed."""
DETAILED = 1_000
"""Records shown by field."""
LONGEST = 500
"""Characters of a value shown."""
CARRIED_LIMIT = FILE_LIMIT * 4 // 3 + BODY_LIMIT
"""Bytes of a body with a file in base64."""
Seen = Annotated[dict[str, Annotated[int, Meta(ge=0)]], Meta(min_length=1)]


class BroughtIn(Struct, frozen=True):
    """A file in base64; with `whole` it is complete. `source` is the origin of records that do not name one."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    content: bytes
    source: Annotated[str, Meta(max_length=300)] = ""
    whole: bool = False


class TakeIn(BroughtIn, frozen=True, kw_only=True):
    """The same file again; `seen` are the selected records by name, with the versions that were seen: 0 for a new one."""

    seen: Seen


class PullIn(Struct, frozen=True):
    """With `again` also an unchanged register."""

    again: bool = False


class PullTakeIn(Struct, frozen=True):
    """`checksum` is that of the previewed register."""

    checksum: Annotated[str, Meta(max_length=64)]
    seen: Seen


class DifferenceOut(Struct, frozen=True):
    """A new (version 0) or changed record; `lacking` are fields missing for publication."""

    name: str
    sort: CardKind
    id: str
    title: str
    version: int
    changes: list[ChangeOut]
    lacking: list[str]


class GoneOut(Struct, frozen=True):
    """A record missing in the complete source; it stays until it is withdrawn."""

    sort: CardKind
    id: str
    title: str


class LookedOut(Struct, frozen=True):
    checksum: str
    differences: list[DifferenceOut]
    same: int
    gone: list[GoneOut]


class NotTakenOut(Struct, frozen=True):
    name: str
    why: str


class TakenOut(Struct, frozen=True):
    done: int
    refused: list[NotTakenOut]


class PortalOut(Struct, frozen=True):
    """`pulled` is the last complete import of its register."""

    id: str
    title: str
    pulled: datetime | None


class ImportOut(Struct, frozen=True):
    id: str
    at: datetime
    by: str
    """A name; "" for the command."""
    file: str
    source: str
    checksum: str
    cards: int
    undone: datetime | None


class CatalogueOut(Struct, frozen=True):
    """`reads` are supported file extensions."""

    reads: list[str]
    portals: list[PortalOut]
    imports: list[ImportOut]


class CatalogueFileQuery(Struct, frozen=True):
    form: Literal["csv", "xlsx", "jsonld"] = "csv"


@endpoint("GET", "/api/catalogue", Permission.EDIT_KNOWLEDGE)
async def catalogue(catalogues: Catalogues, dispatch: Dispatch, call: Call) -> CatalogueOut:
    """Sources of the catalogue, and recent imports."""
    del call
    portals = [PortalOut(key, each.title, last.at if last else None)
               for key, each in catalogues.portals.items() for last in (await each.last(),)]
    return CatalogueOut(list(READERS), portals, [_import_out(dispatch, each) for each in await catalogues.importing.imports(IMPORTS)])


@endpoint("GET", "/api/catalogue/file", Permission.EDIT_KNOWLEDGE)
async def catalogue_file(editorial: Editorial, catalogues: Catalogues, call: Call, query: CatalogueFileQuery) -> web.Response:
    """The records valid today: as tables, or as linked data by CPSV-AP 3.2."""
    del call
    async with _told():
        body = catalogues.importing.export(f".{query.form}")
    name = f"catalogue-{editorial.today}.{query.form}"
    return web.Response(body=body, headers=download_headers(name, len(body)) | {"Content-Type": TYPES[f".{query.form}"]})


@endpoint("POST", "/api/catalogue/look", Permission.EDIT_KNOWLEDGE, limit=CARRIED_LIMIT)
async def look_into_file(catalogues: Catalogues, call: Call, body: BroughtIn) -> LookedOut:
    """Preview of a file's changes by field."""
    del call
    async with _told():
        return _looked_out(await catalogues.importing.look(_source(body)))


@endpoint("POST", "/api/catalogue/take", Permission.EDIT_KNOWLEDGE, limit=CARRIED_LIMIT)
async def take_file(clock: Clock, catalogues: Catalogues, call: Call, body: TakeIn) -> TakenOut:
    """Import the selected records as drafts; those changed since the preview are refused one by one."""
    async with _told():
        return _taken_out(await catalogues.importing.accept(call.who, _source(body), body.seen, clock()))


@endpoint("POST", "/api/catalogue/portals/{portal}/look", Permission.EDIT_KNOWLEDGE)
async def look_into_portal(catalogues: Catalogues, call: Call, portal: str, body: PullIn) -> LookedOut | None:
    """Preview of a portal's register; null where it is unchanged since the last pull. 503 without an answer."""
    del call
    portal_import = _portal(catalogues, portal)
    async with _told(portal_import.title):
        looked = await portal_import.look(again=body.again)
    return _looked_out(looked) if looked else None


@endpoint("POST", "/api/catalogue/portals/{portal}/take", Permission.EDIT_KNOWLEDGE)
async def take_from_portal(catalogues: Catalogues, call: Call, portal: str, body: PullTakeIn) -> TakenOut:
    """Import the selected records as drafts; 409 where the register has changed."""
    portal_import = _portal(catalogues, portal)
    async with _told(portal_import.title):
        return _taken_out(await portal_import.accept(call.who, body.checksum, body.seen))


@endpoint("POST", "/api/catalogue/imports/{imported}/undo", Permission.EDIT_KNOWLEDGE)
async def undo_import(clock: Clock, catalogues: Catalogues, call: Call, imported: str) -> TakenOut:
    """Undo an import. Published and changed drafts stay, and are listed."""
    undone = await catalogues.importing.undo(call.who, imported, clock())
    return TakenOut(len(undone.done), [NotTakenOut(name, why) for name, why in undone.refused.items()])


@asynccontextmanager
async def _told(portal: str = "") -> AsyncIterator[None]:
    """Errors of a file or a portal as a refusal."""
    try:
        yield
    except CatalogueError as error:
        raise RefusedError("bad_file", f"Файл не принят: {error}") from error
    except UnavailableError as error:
        raise RefusedError("system_away", f"«{portal}» сейчас не отвечает. Попробуйте позже.") from error


def _portal(catalogues: Catalogues, key: str) -> PortalImport:
    if key not in catalogues.portals:
        raise RefusedError("no_such_portal", "Такого портала нет.")
    return catalogues.portals[key]


def _source(body: BroughtIn) -> Source:
    return Source(body.name, body.content, body.source.strip(), body.whole)


def _looked_out(looked: Looked) -> LookedOut:
    differences = [_difference_out(each, looked.versions.get(each.name, 0), detailed=place < DETAILED)
                   for place, each in enumerate(looked.diff.differences)]
    gone = [GoneOut(CARD_KINDS[type(card)], card.id, title_of(card)) for card in looked.diff.missing]
    return LookedOut(looked.checksum, differences, looked.diff.same, gone)


def _difference_out(each: Difference, version: int, *, detailed: bool) -> DifferenceOut:
    changes = [ChangeOut(change.field, _cut(change.before), _cut(change.after)) for change in each.changes] if detailed else []
    return DifferenceOut(each.name, CARD_KINDS[type(each.after)], each.after.id, title_of(each.after), version, changes, list(each.lacking))


def _cut(words: str) -> str:
    return f"{words[:LONGEST]}…" if len(words) > LONGEST else words


def _taken_out(accepted: Accepted) -> TakenOut:
    return TakenOut(len(accepted.written), [NotTakenOut(name, why) for name, why in accepted.refused.items()])


def _import_out(dispatch: Dispatch, each: Import) -> ImportOut:
    return ImportOut(each.id, each.at, dispatch.name(each.by) if each.by else "", each.file, each.source, each.checksum,
                     len(each.taken), each.undone)


ENDPOINTS = (
    catalogue, catalogue_file, look_into_file, take_file, look_into_portal, take_from_portal, undo_import)
