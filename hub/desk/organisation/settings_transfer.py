"""Export and import of a centre's settings as one file: no secrets, no personal data, imported as a whole or not at all.

Parts in the file are applied; missing parts are unchanged. Announcements are imported as drafts for approval; scripts are only
named, since they have files of their own.
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.canned_reply import CannedReply, CannedWords, checked
from hub.automation.rule import NONE_YET, Rule, RuleNames, RuleSet, packed, unpacked
from hub.automation.rule import check as check_rules
from hub.automation.rule import differences as rule_differences
from hub.automation.rule import newest as newest_rules
from hub.cases.topic import Tree, check, given_here, newest
from hub.conversations.ports import Store
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.document import Document
from hub.kernel.errors import ConflictError, RefusedError
from hub.knowledge.scripts.versions import ScriptVersion, published
from hub.notifications.announcement import Announcement, Wording, withdraw, write
from hub.organisation.queue import Topic
from hub.organisation.settings import Settings, SettingsFault, SettingsVersion, differences
from hub.organisation.settings_form import SettingsForm, form_of, read
from hub.organisation.settings_versions import OUTDATED, SettingsVersions


class PackedAnnouncement(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    wording: Wording


class PackedReply(Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    words: CannedWords


class NamedScript(Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    title: str
    version: int


class SettingsPackage(Struct, frozen=True, forbid_unknown_fields=True):
    """The file. `centre` is the code of its origin; null is an unchanged part."""

    okno: Literal["settings/1"]
    centre: str
    settings: SettingsForm
    topics: tuple[Topic, ...] | None = None
    announcements: tuple[PackedAnnouncement, ...] | None = None
    canned: tuple[PackedReply, ...] | None = None
    scripts: tuple[NamedScript, ...] = ()
    rules: tuple[Rule, ...] | None = None
    """Automation rules in their order, without logins."""


class TransferPlan(NamedTuple):
    """The changes in Russian, the errors, and the documents of an import."""

    changes: list[str]
    faults: list[SettingsFault]
    put: list[Document]
    seen: list[Document]
    """As they were."""
    new: list[Document]
    dropped: list[Document]


class SettingsTransfer:
    def __init__(self, store: Store, now: Callable[[], datetime], settings_versions: SettingsVersions, centre: str,
                 reload: Callable[[], Awaitable[None]]) -> None:
        """`reload` makes all services reload imported documents."""
        self._store, self._now, self._settings_versions, self._centre, self._reload = store, now, settings_versions, centre, reload

    async def pack(self) -> SettingsPackage:
        """The settings in force; deterministic."""
        tree = newest(await self._store.all(Tree))
        scripts = published(await self._store.all(ScriptVersion)).values()
        return SettingsPackage(
            "settings/1", self._centre, form_of(self._settings_versions.current.settings),
            tuple(replace(each, was=()) for each in tree.topics) if tree else None,
            tuple(PackedAnnouncement(each.id, each.wording) for each in await self._announcements()),
            tuple(PackedReply(each.id, each.words) for each in await self._canned()),
            tuple(sorted((NamedScript(each.key, each.script.title, each.version) for each in scripts if not each.withdrawn),
                         key=lambda each: each.key)),
            tuple(map(packed, rules.rules)) if (rules := newest_rules(await self._store.all(RuleSet))) else None)

    async def plan(self, who: Operator, package: SettingsPackage) -> TransferPlan:
        """Preview."""
        settings, found = read(package.settings)
        if settings is None:
            return TransferPlan([], found, [], [], [], [])
        now, current = self._now(), self._settings_versions.current
        plan = TransferPlan(differences(current.settings, settings), await self._settings_versions.faults(settings), [], [], [], [])
        if self._settings_versions.planned:
            plan.faults.append(SettingsFault("settings", "Изменение уже намечено: дождитесь его или отмените."))
        if settings != current.settings:
            plan.new.append(SettingsVersion(self._settings_versions.newest.version + 1, now, who.login, now, settings,
                                            f"Из файла центра {package.centre}"))
        lines = {each.id for each in settings.queues}
        await self._plan_topics(plan, who, package.topics, now)
        await self._plan_announcements(plan, who, package.announcements, lines, now)
        await self._plan_canned(plan, who, package.canned, lines, now)
        await self._plan_rules(plan, who, package, settings, now)
        here = published(await self._store.all(ScriptVersion))
        plan.changes.extend(f"Сценария «{each.title}» ({each.key}) здесь нет: перенесите его отдельно." for each in package.scripts
                            if each.key not in here)
        return plan

    async def take(self, who: Operator, package: SettingsPackage, version: int) -> TransferPlan:
        """All or nothing; `version` is the newest of the settings that was seen. Raises RefusedError."""
        if version != self._settings_versions.newest.version:
            raise RefusedError("outdated", OUTDATED)
        plan = await self.plan(who, package)
        if plan.faults:
            raise RefusedError("bad_settings", plan.faults[0].text)
        if not (plan.put or plan.new or plan.dropped):
            raise RefusedError("nothing_new", "Ничего не меняется.")
        audit_entry = AuditEntry(self._now(), who.login, "settings_imported", package.centre, " ".join(plan.changes)[:2000])
        try:
            await self._store.exchange(plan.put, plan.dropped, audit_entry, seen=plan.seen, new=plan.new)
        except ConflictError:
            raise RefusedError("outdated", OUTDATED) from None
        for each in plan.new:
            if isinstance(each, SettingsVersion):
                self._settings_versions.adopt(each)
        await self._reload()
        return plan

    async def _plan_topics(self, plan: TransferPlan, who: Operator, topics: Sequence[Topic] | None, now: datetime) -> None:
        tree = newest(await self._store.all(Tree))
        before = tuple(replace(each, was=()) for each in tree.topics) if tree else ()
        if topics is None or topics == before:
            return
        try:
            topics = given_here(topics, before)
            check(topics, frozenset(each.id for each in before))
        except RefusedError as error:
            plan.faults.append(SettingsFault("topics", error.text))
            return
        plan.new.append(Tree((tree.version if tree else 0) + 1, now, who.login, tuple(topics)))
        plan.changes.append(f"Темы: было {len(before)}, станет {len(topics)}, новое дерево.")

    async def _plan_announcements(self, plan: TransferPlan, who: Operator, packed: Sequence[PackedAnnouncement] | None, lines: set[str],
                                  now: datetime) -> None:
        if packed is None:
            return
        known = {each.id: each for each in await self._store.all(Announcement) if not each.centre}
        wanted = {each.id: each.wording for each in packed}
        for key, wording in wanted.items():
            before = known.get(key)
            if unknown := sorted(set(wording.queues) - lines):
                plan.faults.append(SettingsFault(f"announcements.{key}", f"Объявление «{key}»: линии «{unknown[0]}» нет."))
            elif before is None or before.withdrawn or before.wording != wording:
                try:
                    _replace(plan, before, write(before, key, wording, who.login, now))
                except RefusedError as error:
                    plan.faults.append(SettingsFault(f"announcements.{key}", f"Объявление «{key}»: {error.text}"))
                plan.changes.append(f"Объявление «{wording.text[:60]}» станет черновиком.")
        for before in known.values():
            if before.id not in wanted and not before.withdrawn:
                _replace(plan, before, withdraw(before, now))
                plan.changes.append(f"Объявление «{before.wording.text[:60]}» снимается.")

    async def _plan_canned(self, plan: TransferPlan, who: Operator, packed: Sequence[PackedReply] | None, lines: set[str],
                           now: datetime) -> None:
        if packed is None:
            return
        known, wanted = {each.id: each for each in await self._store.all(CannedReply)}, {each.id: each.words for each in packed}
        for key, words in wanted.items():
            before = known.get(key)
            try:
                tidy = checked(words)
            except RefusedError as error:
                plan.faults.append(SettingsFault(f"canned.{key}", f"Заготовка «{words.title}»: {error.text}"))
                continue
            if not tidy.queues or set(tidy.queues) - lines or (before and before.owner):
                plan.faults.append(SettingsFault(f"canned.{key}", f"Заготовка «{tidy.title}» должна быть для имеющихся линий."))
            elif before is None or before.words != tidy:
                _replace(plan, before, CannedReply(key, before.version + 1 if before else 1, tidy, who.login, now))
                plan.changes.append(f"Заготовка «{tidy.title}»: {'новые слова' if before else 'новая'}.")
        for before in known.values():
            if before.id not in wanted and not before.owner:
                plan.dropped.append(before)
                plan.seen.append(before)
                plan.changes.append(f"Заготовка «{before.words.title}» удаляется.")

    async def _plan_rules(self, plan: TransferPlan, who: Operator, package: SettingsPackage, settings: Settings, now: datetime) -> None:
        """With the lines, topics and canned replies of the same file."""
        if package.rules is None:
            return
        current = newest_rules(await self._store.all(RuleSet)) or NONE_YET
        known = {each.id: each for each in current.rules}
        rules = tuple(unpacked(each, known.get(each.id)) for each in package.rules)
        tree = newest(await self._store.all(Tree))
        topics = package.topics if package.topics is not None else tree.topics if tree else ()
        replies = package.canned if package.canned is not None else [each for each in await self._store.all(CannedReply) if not each.owner]
        # A channel that is not set up here never fits, and the file names nobody.
        names = RuleNames({each.id: each.title for each in settings.queues if not each.successor}, {each.id: each.title for each in topics},
                          {each.id: each.words.title for each in replies},
                          {login: login for each in rules for login in each.acts.people},
                          {channel: channel for each in rules for channel in each.given.channels})
        try:
            check_rules(rules, names)
        except RefusedError as error:
            plan.faults.append(SettingsFault("rules", error.text))
            return
        if rules != current.rules:
            plan.new.append(RuleSet(current.version + 1, now, who.login, rules, f"Из файла центра {package.centre}"))
            plan.changes.extend(rule_differences(current.rules, rules))

    async def _announcements(self) -> list[Announcement]:
        return sorted((each for each in await self._store.all(Announcement) if not (each.withdrawn or each.centre)),
                      key=lambda each: each.id)

    async def _canned(self) -> list[CannedReply]:
        return sorted((each for each in await self._store.all(CannedReply) if not each.owner), key=lambda each: each.id)


def _replace(plan: TransferPlan, before: Document | None, after: Document) -> None:
    if before is None:
        plan.new.append(after)
    else:
        plan.seen.append(before)
        plan.put.append(after)


def written(package: SettingsPackage) -> bytes:
    """The file, indented for people."""
    return msgspec.json.format(msgspec.json.encode(package)) + b"\n"


def understood(content: bytes) -> SettingsPackage:
    """Raises RefusedError for an invalid file."""
    try:
        return msgspec.json.decode(content, type=SettingsPackage)
    except msgspec.DecodeError as error:
        raise RefusedError("bad_settings", f"Это не файл настроек Окна: {error}") from None
