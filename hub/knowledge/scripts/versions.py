"""Versions of scripts: written by one person, published by another, immutable afterwards (KB-01). Pure.

write ──► draft ──(approve)──► published ──(a newer one is published)──► replaced
▲  └── write another                └──(withdraw)──► withdrawn: it cannot be started any more
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from msgspec.structs import replace

from hub.kernel.approval import Approval, approval_of
from hub.kernel.document import Document
from hub.kernel.errors import RefusedError
from hub.knowledge.article import sent
from hub.knowledge.scripts.script import Script
from hub.organisation.level import Level

OWN = RefusedError("own_script", "Свой сценарий публикует другой сотрудник.")


class ScriptVersion(Document, frozen=True, omit_defaults=True, tag="script"):
    """One version of a script; `written_by` is a login, or "" for shipped ones. `id` is the script's key and the version."""

    id: str
    version: int
    script: Script
    written_by: str
    written: datetime
    approval: Approval | None = None
    withdrawn: datetime | None = None
    centre: str = ""
    """Code of the superior centre that sent it; "" for own scripts."""
    level: Level | None = None
    """Level of that centre."""

    @property
    def key(self) -> str:
        return sent(self.centre, self.script.key) if self.centre else self.script.key


def id_of(key: str, version: int) -> str:
    return f"{key}/{version}"


def received_id(centre: str, key: str, version: int) -> str:
    """The id here of a version of another centre."""
    return id_of(sent(centre, key), version)


def write(newest: ScriptVersion | None, script: Script, by: str, now: datetime) -> ScriptVersion:
    """A new version, not approved."""
    version = newest.version + 1 if newest else 1
    return ScriptVersion(id_of(script.key, version), version, script, by, now)


def approve(edition: ScriptVersion, by: str, now: datetime) -> ScriptVersion:
    """Raises RefusedError for its author."""
    return replace(edition, approval=approval_of(edition, by, now, OWN))


def withdraw(edition: ScriptVersion, now: datetime) -> ScriptVersion:
    return edition if edition.withdrawn else replace(edition, withdrawn=now)


def changed_by(received: ScriptVersion, known: ScriptVersion | None) -> bool:
    """Whether a version of another centre says more than the `known` one; a withdrawn one is never in force again."""
    if known is None or known.approval is None or received.approval is None or received.approval.at > known.approval.at:
        return True
    return received.approval == known.approval and received.withdrawn is not None and known.withdrawn is None


def newest(editions: Iterable[ScriptVersion]) -> Mapping[str, ScriptVersion]:
    """The last version of each script, by key, draft or not."""
    return {each.key: each for each in sorted(editions, key=lambda each: each.version)}


def published(editions: Iterable[ScriptVersion]) -> Mapping[str, ScriptVersion]:
    """The last published version of each script, by key; it may be withdrawn."""
    return newest(each for each in editions if each.approval)
