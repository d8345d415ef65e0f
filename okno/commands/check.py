"""`okno check`: verifies the installation before the start."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bots.russian import Russian
from hub.cases.topic_tree import TopicTree
from hub.conversations.attachments import Check, Quarantined
from hub.kernel.errors import OknoError, SealedError, UnavailableStoreError
from hub.knowledge.handbook import KnowledgeSnapshot
from okno.adapters.leaked_passwords import leaked
from okno.adapters.loader import scanner_of, tracing
from okno.appointments import receptions_of
from okno.cases import rules
from okno.commands.channel_checks import check_channels
from okno.commands.config import settled
from okno.commands.recounts import WHAT_TO_DO, in_english, recounted
from okno.commands.registry import load_registry, today
from okno.config import Config, deprecated_settings
from okno.content import content_of
from okno.extras import absent_conveniences
from okno.faults.config_error import ConfigError, ConfigFault, raise_faults
from okno.faults.driver_settings import faults_of_folders
from okno.faults.toml_lines import Key
from okno.robot import configured_project
from okno.scripts import first_scripts
from okno.serving.certificates import certificate_of, check_certificate
from okno.serving.traffic import measured, sentence
from okno.signers import signer
from okno.stores import DATABASE, SideStorage, beside, has_store, mongo_uri, now, open_words_and_store
from routing.line_hours import LineHours
from storage.memory import MemoryStore


async def check(config: Config, *, channels: bool = False) -> None:
    """Print the checks, with `channels` also of their far ends; raises ConfigError with all faults, each with its remedy."""
    found, lines = FaultCollector(faults_of_folders(config)), 0
    with found.of(("registry",)):
        config = await settled(config)
        lines = _check_organisation(config)
    for notice in (*deprecated_settings(config), *absent_conveniences()):
        print(f"! {notice}")
    _check_contents(config, found)
    with found.of(("keys",)), beside(config) as kept:
        with found.of(("keys",)):
            _check_files(config, kept)
        with found.of(("esia",)):
            await _check_esia(config)
        with found.of(("desk", "leaked_passwords")):
            _check_desk(config)
        with found.of(("listen",)):
            _check_listener(config)
        with found.of(("scanner",)):
            await _check_scanner(config, probe=channels)
        with found.of(("traces",)):
            await _check_traces(config, probe=channels)
        with found.of(("channels",)):
            await check_channels(config, kept.files, probe=channels)
    with found.of(("store",)):
        await _check_store(config, lines)
    raise_faults(found.faults)


class FaultCollector:
    """Faults of all checks: one does not hide the next."""

    def __init__(self, faults: Iterable[ConfigFault]) -> None:
        self.faults = list(faults)

    @contextmanager
    def of(self, key: Key = ()) -> Iterator[None]:
        """A check about `key`."""
        try:
            yield
        except ConfigError as error:
            self.faults += error.faults
        except OknoError as error:
            self.faults.append(ConfigFault(key, str(error)))


def _check_contents(config: Config, found: FaultCollector) -> None:
    """What the files say that fill a new centre."""
    topics = TopicTree(MemoryStore(Russian()), now, config.topics)
    with found.of(("law",)):
        rules(config)
    with found.of(("scripts",)):
        first_scripts(config, topics)
    with found.of(("catalogue",)):
        receptions_of(config.booking, KnowledgeSnapshot(content_of(config)))
    with found.of(("robot", "project")):
        configured_project(config.robot)


def _check_organisation(config: Config) -> int:
    """Hours and registry; returns the trunks of this hub's centres."""
    print(f"✓ configuration: centre {config.centre.code} «{config.centre.name}», {config.centre.level}, "
          f"{len(config.queues)} queues, {len(config.topics)} topics, channels: {', '.join(c.driver for c in config.channels)}")
    for queue, hours in LineHours(config.hours, config.centres()).in_words(now()).items():
        print(f"✓ hours: {queue}, {hours}")
    lines = 0
    if registry := load_registry(config):
        print(f"✓ registry: {config.registry}, {len(registry.centres)} centres, {len(registry.mfcs)} МФЦ")
        on = today(config)
        by_centre = {centre.id: centre.lines(on) for centre in registry.active(on)}
        lines = sum(by_centre.get(code, 0) for code in {config.centre.code, *(queue.centre for queue in config.queues)})
        told = ", ".join(f"{code} {count}" for code, count in by_centre.items())
        print(f"✓ trunks: calls at once on {on} by centre: {told or 'none works'}")
    return lines


async def _check_store(config: Config, lines: int) -> None:
    """Raises SealedError, StoreError. With `lines` it measures whether these are enough."""
    if config.store.kind == "memory":
        print("! store: memory, everything is forgotten at the end")
        return
    path = Path(config.data) / DATABASE
    fresh = not has_store(config)
    _check_rows(config)
    store = open_words_and_store(config)
    try:
        busy = await measured(store, now()) if lines else None
        held = Counter(each.state for each in await store.all(Quarantined) if each.state not in {Check.COMING, Check.MISSING})
    finally:
        await store.close()
    if fresh:
        print(f"✓ store: {path} made")
        return
    if held:
        print(f"! quarantine: {', '.join(f'{count} {state}' for state, count in sorted(held.items()))}"
              f"{'' if config.scanner.driver else ': nobody checks them, a supervisor may open them with a reason'}")
    if busy:
        print(sentence(*busy, lines))
    if config.store.kind == "mongodb":
        from storage.mongo.sharding import in_words, sharded  # noqa: PLC0415 - PyMongo takes 0.1 s and 15 MB, and few have MongoDB

        print(in_words(config.store.name, sharded(mongo_uri(config), config.store.name)))
        return
    _check_database(path)


def _check_rows(config: Config) -> None:
    """Raises SealedError for rows that differ from what the hub wrote."""
    seen = recounted(config)
    if seen is None:
        return
    if seen.open:
        print(f"! seal: {seen.unbound} of {seen.count} rows lie in clear or in the older form, and what somebody else writes is believed: "
              "run okno keys rotate, and once more when the hub has stopped")
        return
    if not seen.flaws:
        print(f"✓ seal: {seen.count} rows are as the hub has written them, generation {seen.generation}")
        return
    for finding in seen.findings:
        print(f"✗ {in_english(finding)}")
    told = ", ".join(f"{count} {flaw}" for flaw, count in Counter(each.flaw for each in seen.findings).items())
    message = f"{seen.flaws} rows are not as the hub has written them ({told}): {WHAT_TO_DO}"
    raise SealedError(message)


def _check_database(path: Path) -> None:
    """Raises UnavailableStoreError for a damaged file."""
    conversations = version = 0
    try:
        with closing(sqlite3.connect(path)) as db:
            problems = [row[0] for row in db.execute("PRAGMA quick_check(5)")]
            conversations, = db.execute("SELECT count(*) FROM conversations").fetchone()
            version, = db.execute("PRAGMA user_version").fetchone()
    except sqlite3.Error as error:
        problems = [str(error)]
    if problems != ["ok"]:
        message = f"{path} is damaged: {'; '.join(problems)}. Restore the last backup: okno restore FILE --replace"
        raise UnavailableStoreError(message)
    print(f"✓ store: {path}, schema {version}, {conversations} conversations, {path.stat().st_size / 1e6:.1f} MB, undamaged")


async def _check_esia(config: Config) -> None:
    """Raises ConfigError for bad settings, SigningError when signing fails."""
    if config.esia.address:
        signature = await signer(config.esia).sign(b"okno check")
        print(f"✓ esia: {config.esia.signer} signs, {len(signature)} bytes; whether ЕСИА takes it shows only there")


async def _check_scanner(config: Config, *, probe: bool) -> None:
    """Raises ConfigError for its settings, and UnavailableError where it is unreachable or wrongly configured."""
    scanner = scanner_of(config.scanner)
    if scanner is None:
        print("! scanner: none, files of citizens open as they come")
        return
    print(f"✓ scanner: {config.scanner.driver}, {await scanner.probe() if probe else 'settings are right'}")
    await scanner.close()


async def _check_traces(config: Config, *, probe: bool) -> None:
    """Raises ConfigError where the packages are missing, and UnavailableError where the collector accepts nothing."""
    if config.traces.endpoint:
        case_notifications = tracing()
        if probe:
            await case_notifications.probe(config.traces)
        print(f"✓ traces: {config.traces.sample_ratio:.0%} of conversations, "
              f"to {config.traces.endpoint}{', which takes them' if probe else ''}")


def _check_listener(config: Config) -> None:
    """Raises ConfigError for an unusable certificate."""
    if certificate := certificate_of(config.listen):
        check_certificate(certificate)
    elif not config.listen.secure:
        print("! https: none, whoever is on the way reads along: give listen.certificate, or put a proxy in front and say listen.secure")


def _check_files(config: Config, kept: SideStorage) -> None:
    """Raises SealedError where a key is missing, or is not the key of the files."""
    used = kept.files.check()
    if config.keys.driver:
        print(f"✓ keys: {config.keys.driver}, files are sealed by {', '.join(used) or 'none yet'}")
    else:
        print("! keys: none, files lie in clear")
    count, size = kept.place.shelf.totals()
    print(f"✓ files: {kept.place.shelf.where}, {count} of {size / 1e6:.1f} MB")


def _check_desk(config: Config) -> None:
    """Raises ConfigError for an unusable file of leaked passwords."""
    leaked(config.desk.leaked_passwords)
    if config.desk.leaked_passwords:
        print(f"✓ leaked passwords: {config.desk.leaked_passwords}")
