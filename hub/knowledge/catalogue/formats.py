"""File formats of the catalogue by extension: CSV, XLSX, JSON-LD, and TOML (read only). Pure."""

from collections.abc import Callable, Mapping
from pathlib import PurePath

from hub.kernel.validation_messages import explain_validation_error
from hub.knowledge.catalogue.columns import RECORDS_LIMIT, Brought, records, too_many, whole
from hub.knowledge.catalogue.csv_format import read_csv, write_csv
from hub.knowledge.catalogue.json_ld import read_jsonld, write_jsonld
from hub.knowledge.catalogue.toml_format import Catalogue, CatalogueError, read_catalogue
from hub.knowledge.catalogue.xlsx_format import read_xlsx, write_xlsx

FILE_LIMIT = 8 << 20
"""Bytes: some thousands of services as linked data, the longest format."""


def _read_toml(content: bytes) -> list[Brought]:
    try:
        return [whole(record) for record in records(read_catalogue(content.decode()))]
    except UnicodeDecodeError as error:
        raise CatalogueError(explain_validation_error(error)) from error


READERS: Mapping[str, Callable[[bytes], list[Brought]]] = {
    ".csv": read_csv, ".xlsx": read_xlsx, ".jsonld": read_jsonld, ".json": read_jsonld, ".toml": _read_toml}
WRITERS: Mapping[str, Callable[[Catalogue], bytes]] = {".csv": write_csv, ".xlsx": write_xlsx, ".jsonld": write_jsonld}
TYPES = {".csv": "text/csv; charset=utf-8", ".jsonld": "application/ld+json",
         ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


def read_file(name: str, content: bytes) -> list[Brought]:
    """The records of a file, each once. Raises CatalogueError: too long, unknown format, damaged, or inadmissible."""
    read = READERS.get(PurePath(name).suffix.casefold())
    if read is None:
        message = f"{name}: читаются только {', '.join(READERS)}"
        raise CatalogueError(message)
    if len(content) > FILE_LIMIT:
        message = f"длиннее {FILE_LIMIT >> 20} МБ: загрузите по частям"
        raise CatalogueError(message)
    brought = read(content)
    if len(brought) > RECORDS_LIMIT:
        raise too_many()
    seen = set[tuple[str, object]]()
    for each in brought:
        if (key := (each.kind, each.entry.get("id"))) in seen:
            message = f"{each.kind}: id «{key[1]}» стоит дважды"
            raise CatalogueError(message)
        seen.add(key)
    return brought


def write_file(suffix: str, catalogue: Catalogue) -> bytes:
    """Raises CatalogueError for a suffix outside of WRITERS, or for values that the format cannot hold."""
    if suffix not in WRITERS:
        message = f"записываются только {', '.join(WRITERS)}"
        raise CatalogueError(message)
    return WRITERS[suffix](catalogue)
