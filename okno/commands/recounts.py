"""Comparison of all rows of an encrypted store with its ledger, for `okno check` and `okno audit verify`."""

from pathlib import Path

from tqdm import tqdm

from okno.config import Config
from okno.stores import DATABASE, has_store, mongo_uri, vault_of
from storage.recount import Finding, LedgerDefect, Recount
from storage.rotation import recounted as file_recounted

IN_ENGLISH = {
    LedgerDefect.CLEAR: "lies in clear, where everything is sealed: somebody else has written it",
    LedgerDefect.OLDER: "has the form of before the database was closed: somebody else has put it back",
    LedgerDefect.ALTERED: "was altered, or brought from another row",
    LedgerDefect.STALE: "is not the newest: somebody else has put it back, or has written it",
    LedgerDefect.GONE: "is not there: somebody else has taken it away",
    LedgerDefect.UNEVEN: "some of these rows are older, gone, or too many: the ledger knows their sum alone",
    LedgerDefect.LEDGER: "the ledger is not to be believed",
}
WHAT_TO_DO = (
    "the hub believes none of these. Whoever has changed them can write the database: see who has its password or its disk, change that, "
    "and bring back a backup (okno restore FILE --replace)")


def recounted(config: Config) -> Recount | None:
    """None without encryption, or without a store. Raises UnavailableStoreError, SealedError."""
    if not (config.keys.driver and has_store(config)) or config.store.kind == "memory":
        return None
    with tqdm(unit="row", desc="rows", disable=None) as bar:
        def told(looked: int, total: int) -> None:
            bar.total = total
            bar.update(looked - bar.n)

        vault = vault_of(config)
        if config.store.kind == "sqlite":
            return file_recounted(Path(config.data) / DATABASE, vault, told)
        from storage.mongo.rotation import recounted as server_recounted  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

        return server_recounted(mongo_uri(config), config.store.name, vault, told)


def in_english(finding: Finding) -> str:
    if finding.flaw is LedgerDefect.LEDGER:
        return f"{finding.place}: {finding.name}"
    return f"{finding.name} ({finding.place}): {IN_ENGLISH[finding.flaw]}"
