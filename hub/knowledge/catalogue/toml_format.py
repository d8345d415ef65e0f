"""Services, bodies, offices and articles as one file: TOML with `[[service]]`, `[[authority]]`, `[[office]]` and `[[article]]`. Pure."""

import tomllib
from collections.abc import Iterable
from typing import TypeVar

import msgspec
from msgspec import Struct

from hub.kernel.errors import OknoError
from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.article import Article
from hub.knowledge.authorities import Authority, Office
from hub.knowledge.public_services import PublicService

R = TypeVar("R", Authority, Office, PublicService, "_Entry")


class CatalogueError(OknoError):
    """The file cannot be used; the text names the record and the field."""


class Catalogue(Struct, frozen=True):
    authorities: tuple[Authority, ...] = ()
    offices: tuple[Office, ...] = ()
    services: tuple[PublicService, ...] = ()
    articles: tuple[Article, ...] = ()


class _Entry(Article, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="article"):
    """An article in a file, where a misspelt key must not pass for an absent one."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    authority: tuple[dict[str, object], ...] = ()
    office: tuple[dict[str, object], ...] = ()
    service: tuple[dict[str, object], ...] = ()
    article: tuple[dict[str, object], ...] = ()


def read_catalogue(text: str) -> Catalogue:
    """In the order of the file; raises CatalogueError for malformed records and duplicate ids. References may be to other files."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        message = f"это не файл из записей [[service]], [[authority]], [[office]] и [[article]]: {explain_validation_error(error)}"
        raise CatalogueError(message) from error
    return Catalogue(_each("authority", file.authority, Authority), _each("office", file.office, Office),
                     _each("service", file.service, PublicService), tuple(map(_article, _each("article", file.article, _Entry))))


def joined(catalogues: Iterable[Catalogue]) -> Catalogue:
    """Records of several files; raises CatalogueError for an id in two files."""
    parts = tuple(catalogues)
    whole = Catalogue(*(tuple(each for part in parts for each in getattr(part, field)) for field in Catalogue.__struct_fields__))
    _once("authority", whole.authorities)
    _once("office", whole.offices)
    _once("service", whole.services)
    _once("article", whole.articles)
    return whole


def _each(name: str, entries: Iterable[dict[str, object]], kind: type[R]) -> tuple[R, ...]:
    read = tuple(_record(name, place, entry, kind) for place, entry in enumerate(entries, 1))
    _once(name, read)
    return read


def _record(name: str, place: int, entry: dict[str, object], kind: type[R]) -> R:
    try:
        return msgspec.convert(entry, kind)
    except msgspec.ValidationError as error:
        message = f"{name} {place} ({entry.get('id', 'без id')}): {explain_validation_error(error)}"
        raise CatalogueError(message) from error


def _article(entry: _Entry) -> Article:
    return Article(**{field: getattr(entry, field) for field in Article.__struct_fields__})


def _once(name: str, records: Iterable[Authority | Office | PublicService | Article]) -> None:
    ids = [each.id for each in records]
    if len(set(ids)) != len(ids):
        twice = next(each for each in ids if ids.count(each) > 1)
        message = f"{name}: id «{twice}» стоит дважды"
        raise CatalogueError(message)
