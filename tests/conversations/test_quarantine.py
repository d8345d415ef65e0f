"""Files of strangers are opened to nobody until a real ClamAV has found them clean, whatever happens to it, to us or to the file."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from channels.intake import taken
from hub.conversations.address import Address, Citizen
from hub.conversations.attachments import Check, Quarantined, Upload, key_of
from hub.conversations.delivery_status import Delivery
from hub.conversations.journal import ErasureCause
from hub.conversations.message import Attachment, Author, Message
from hub.conversations.ports import Commit, Incoming, Store
from hub.conversations.quarantine import GAVE_UP
from hub.conversations.sequencer import LiveConversation
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError, UnavailableError
from hub.privacy.eraser import Eraser
from storage.erasure_register import ErasureFile
from storage.scanners.clamd import TOO_LARGE, Clamd, Settings, connect
from tests.conversations.test_delivery import fates, message
from tests.peers.clamd import EICAR, LOCKED, Daemon, infected_zip
from tests.rig import ANNA, BOSS, Carrier, Clock, Drawer, Rig, Screen, eventually

pytestmark = pytest.mark.peers

CLEAN = b"a clean file"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    daemon = Daemon(tmp_path_factory.mktemp("clamd"))
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def daemon(running: Daemon) -> Iterator[Daemon]:
    """One that answers when the test begins, and again for the next."""
    yield running
    if not running.socket.exists():
        running.start()


@pytest.fixture
def drawer() -> Drawer:
    return Drawer()


def scanner(daemon: Daemon, **settings: object) -> Clamd:
    return connect({"socket": str(daemon.socket)} | settings)


@pytest.fixture
async def rig(store: Store, clock: Clock, drawer: Drawer, daemon: Daemon) -> AsyncIterator[Rig]:
    rig = await Rig(store, clock, files=drawer, scanner=scanner(daemon)).start()
    yield rig
    await rig.stop()


async def sent(rig: Rig, content: bytes, name: str = "справка.pdf", *, key: str = "k1", channel: str = Screen.name) -> tuple[int, str]:
    """A citizen sends a file: his conversation, and the file."""
    attachment = Attachment(await rig.files.put(content), name, "application/pdf", len(content))
    stored = await taken(rig.message_intake, Incoming(Address(channel, "citizen"), key, "вот", (attachment,), citizen=Citizen("Иван")))
    return stored.conversation, attachment.file


async def becomes(rig: Rig, conversation: int, file: str, state: Check) -> Quarantined | None:
    async def so() -> bool:
        held = rig.quarantine.quarantined(conversation, file)
        return (held.state if held else Check.CLEAN) is state
    await eventually(so)
    return await rig.store.get(Quarantined, key_of(conversation, file))


async def journal(rig: Rig, conversation: int) -> list[str]:
    """What only operators see."""
    records = await rig.store.records(conversation, limit=1000)
    return [r.entry.text for r in records if isinstance(r.entry, Message) and r.entry.internal]


async def audit_entries(rig: Rig) -> list[AuditEntry]:
    return [audit_entry for _, audit_entry in await rig.store.audit_entries() if audit_entry.what.startswith("file_")]


async def test_a_clean_file_is_opened_and_leaves_no_trace(rig: Rig) -> None:
    # SE-01
    told: list[Check] = []
    rig.quarantine.on_change.subscribe(lambda held: told.append(held.state))
    conversation, file = await sent(rig, CLEAN)
    assert await rig.said(conversation, Author.CITIZEN) == ["вот"]  # the message has not waited
    assert await becomes(rig, conversation, file, Check.CLEAN) is None
    assert (told, await journal(rig, conversation), await audit_entries(rig)) == ([Check.CLEAN], [], [])


async def test_the_moment_before_a_file_is_kept(rig: Rig) -> None:
    """Whoever is shown the message is never shown an open file that turns out to be infected."""
    shown: list[bool] = []
    attachment = Attachment(await rig.files.put(EICAR), "a.pdf", "application/pdf", len(EICAR))

    def look(live: LiveConversation, change: Commit) -> None:
        if any(isinstance(record.entry, Message) and record.entry.attachments for record in change.records):
            shown.append(rig.quarantine.quarantined(live.head.id, attachment.file) is not None)
    rig.sequencer.on_commit.react.subscribe(look)
    await rig.say("вот", "k1", attachments=(attachment,))
    await rig.told()
    assert shown == [True]


@pytest.mark.smoke
@pytest.mark.parametrize("content", [EICAR, infected_zip()], ids=["file", "docx"])
async def test_an_infected_file_is_never_opened(rig: Rig, content: bytes) -> None:
    # SE-01
    conversation, file = await sent(rig, content)
    held = await becomes(rig, conversation, file, Check.INFECTED)
    assert held is not None
    assert held.found == "Eicar-Test.UNOFFICIAL"
    assert await journal(rig, conversation) == ["Файл «справка.pdf» заражён и не открывается: Eicar-Test.UNOFFICIAL"]
    assert [(d.what, d.by, d.about, d.detail) for d in await audit_entries(rig)] == [
        ("file_infected", "", str(conversation), f"{file}: Eicar-Test.UNOFFICIAL")]
    with pytest.raises(RefusedError, match="не удалось проверить"):
        await rig.outbound_attachments.release(BOSS, conversation, file, "очень надо")
    # The same content in another conversation is found there, too.
    assert (await becomes(rig, *await sent(rig, content, key="k2", channel=Carrier.name), Check.INFECTED)) is not None


async def test_what_cannot_be_looked_into_is_opened_by_a_supervisor_with_a_reason(rig: Rig) -> None:
    # SE-01
    conversation, file = await sent(rig, LOCKED, "архив.zip")
    held = await becomes(rig, conversation, file, Check.UNCHECKED)
    assert held is not None
    assert held.found == "Heuristics.Encrypted.Zip"
    with pytest.raises(RefusedError):
        await rig.outbound_attachments.release(ANNA, conversation, file, "хочу")  # it is not his to see
    assert await becomes(rig, conversation, file, Check.UNCHECKED) is not None
    await rig.outbound_attachments.release(BOSS, conversation, file, "звонил, подтвердил, пароль назвал")
    assert await becomes(rig, conversation, file, Check.CLEAN) is None
    assert (await journal(rig, conversation))[-1] == "Файл «архив.zip» открыт без проверки: звонил, подтвердил, пароль назвал"
    assert (await audit_entries(rig))[0].what == "file_released"
    with pytest.raises(RefusedError):
        await rig.outbound_attachments.release(BOSS, conversation, file, "ещё раз")
    # Its carrier brings it again, or the citizen sends it again: what was released stays so.
    attachment = (await rig.store.get(Upload, key_of(conversation, file))).attachment
    await rig.message_intake.keep(conversation, attachment)
    await taken(rig.message_intake, Incoming(Address(Screen.name, "citizen"), "k2", "ещё раз", (attachment,)))
    await becomes(rig, conversation, file, Check.CLEAN)


async def test_what_is_too_large_is_not_sent_to_the_scanner(store: Store, clock: Clock, daemon: Daemon) -> None:
    rig = await Rig(store, clock, scanner=scanner(daemon, limit=1000)).start()
    held = await becomes(rig, *await sent(rig, b"a" * 1001), Check.UNCHECKED)
    assert held is not None
    assert held.found == TOO_LARGE
    await becomes(rig, *await sent(rig, b"a" * 1000, key="k2"), Check.CLEAN)
    await rig.stop()


async def test_a_scanner_that_is_down_delays_and_forgets_nothing(store: Store, clock: Clock, drawer: Drawer, daemon: Daemon) -> None:
    # SE-01: neither while it is away, nor over a restart of the hub
    daemon.stop()
    first = await Rig(store, clock, files=drawer, scanner=scanner(daemon)).start()
    files = [await sent(first, CLEAN + bytes([n]), key=f"k{n}") for n in range(10)] + [await sent(first, EICAR, key="bad")]
    assert len(await first.said(files[0][0], Author.CITIZEN)) == 11
    assert first.quarantine.counts() == {Check.WAITING: 11}

    async def told() -> bool:
        health = first.quarantine.health()
        return not health.up and "clamd не отвечает" in health.words
    await eventually(told)
    await first.stop()
    again = await Rig(store, clock, await store.newest(), files=drawer, scanner=scanner(daemon)).start()
    files.append(await sent(again, CLEAN, key="late"))
    assert again.quarantine.counts() == {Check.WAITING: 12}
    daemon.start()
    for conversation, file in files:
        await becomes(again, conversation, file, Check.INFECTED if (conversation, file) == files[10] else Check.CLEAN)

    async def well() -> bool:
        return again.quarantine.health().up
    await eventually(well)
    assert len(await journal(again, files[0][0])) == 1
    await again.stop()


async def test_what_was_cut_off_is_told_once(rig: Rig, drawer: Drawer, daemon: Daemon) -> None:
    """The hub ends after it has told the journal, and before it has noted that."""
    conversation, file = await sent(rig, EICAR)
    held = await becomes(rig, conversation, file, Check.INFECTED)
    assert held is not None
    await rig.stop()
    await rig.store.put(Quarantined(held.key, held.at))
    again = await Rig(rig.store, rig.clock, await rig.store.newest(), files=drawer, scanner=scanner(daemon)).start()
    await becomes(again, conversation, file, Check.INFECTED)
    assert (len(await journal(again, conversation)), len(await audit_entries(again))) == (1, 1)
    await again.stop()


async def test_without_a_scanner_files_open_as_they_come(store: Store, clock: Clock, drawer: Drawer, daemon: Daemon) -> None:
    before = await Rig(store, clock, files=drawer, scanner=scanner(daemon)).start()
    daemon.stop()
    old = await sent(before, CLEAN)
    await before.stop()
    rig = await Rig(store, clock, await store.newest(), files=drawer).start()
    assert rig.quarantine.quarantined(*await sent(rig, EICAR, key="k2")) is None
    # What waited for one that is there no more needs somebody's word.
    await becomes(rig, *old, Check.WAITING)
    await rig.outbound_attachments.release(BOSS, *old, "проверка отключена")
    await becomes(rig, *old, Check.CLEAN)
    await rig.stop()


async def test_an_operators_file_is_looked_at_before_it_goes_out(rig: Rig, daemon: Daemon) -> None:
    # SE-01
    conversation = await rig.waiting(channel=Carrier.name)
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    daemon.stop()
    for content, name in ((CLEAN, "ответ.pdf"), (EICAR, "вложение.pdf")):
        attachment = Attachment(await rig.files.put(content), name, "application/pdf", len(content))
        await rig.quarantine.keep(conversation, attachment)
        said = Message(Author.OPERATOR, name, rig.clock(), key=name, by=ANNA.login, name=ANNA.name, attachments=(attachment,))
        await rig.sequencer.committed_step(await rig.sequencer.load(conversation), (said,))

    await rig.actions.say(ANNA, conversation, "later", "Это всё?", internal=False)

    async def overtaken() -> bool:
        return "Это всё?" in [r.entry.text for r in rig.carrier.carried if isinstance(r.entry, Message)]
    await eventually(overtaken)
    assert "ответ.pdf" not in [r.entry.text for r in rig.carrier.carried]
    daemon.start()
    await rig.settled()
    carried = [r.entry.text for r in rig.carrier.carried]
    assert ("ответ.pdf" in carried, "вложение.pdf" in carried) == (True, False)
    assert (await message(rig, conversation, "вложение.pdf"), Delivery.FAILED,
            "Файл «вложение.pdf» не прошёл проверку: Eicar-Test.UNOFFICIAL") in await fates(rig, conversation)


async def test_a_file_that_goes_to_nobody_takes_nothing_with_it(rig: Rig, daemon: Daemon) -> None:
    # SE-01
    conversation = await rig.waiting(channel=Carrier.name)
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    await rig.settled()
    attachment = Attachment(await rig.files.put(EICAR), "вложение.pdf", "application/pdf", len(EICAR))
    await rig.quarantine.keep(conversation, attachment)
    await becomes(rig, conversation, attachment.file, Check.INFECTED)
    said = [Message(Author.OPERATOR, text, rig.clock(), key=text, by=ANNA.login, name=ANNA.name, attachments=files)
            for text, files in (("До", ()), ("вложение.pdf", (attachment,)), ("После", ()))]
    await rig.sequencer.committed_step(await rig.sequencer.load(conversation), said)
    await rig.settled()
    assert [r.entry.text for r in rig.carrier.carried if isinstance(r.entry, Message) and r.entry.author is Author.OPERATOR] == ["До", "После"]
    assert [state for _, state, _ in await fates(rig, conversation)].count(Delivery.FAILED) == 1


async def test_the_words_of_a_letter_go_at_once_and_its_file_by_itself_when_it_is_clean(rig: Rig, daemon: Daemon) -> None:
    # CH-02, SE-01
    rig.carriers["email.test"], rig.counters["email.test"] = rig.carrier, rig.counters[Carrier.name]
    conversation = await rig.waiting(channel="email.test")
    rig.ready(ANNA)
    await rig.actions.accept(ANNA, conversation)
    daemon.stop()
    clean = await rig.outbound_attachments.upload(ANNA, conversation, "ответ.txt", "Ответ".encode())
    bad = await rig.outbound_attachments.upload(ANNA, conversation, "плохой.txt", EICAR)
    assert clean == await rig.outbound_attachments.upload(ANNA, conversation, "ещё раз.txt", "Ответ".encode())
    for key, file in (("k1", clean), ("k2", bad)):
        said = [await rig.outbound_attachments.reply(ANNA, conversation, key, f"Смотрите {file.name}", [file.file]) for _ in range(2)]
        assert said[0] == said[1]

    def carried() -> list[tuple[str, list[str]]]:
        messages = [each.entry for each in rig.carrier.carried if isinstance(each.entry, Message) and each.entry.author is Author.OPERATOR]
        return [(each.text, [file.name for file in each.attachments]) for each in messages]
    words = [("Смотрите ответ.txt", []), ("Смотрите плохой.txt", [])]

    async def gone() -> bool:
        return carried() == words
    await eventually(gone)
    daemon.start()
    await becomes(rig, conversation, bad.file, Check.INFECTED)

    async def followed() -> bool:
        return carried() == [*words, ("", ["ответ.txt"])]
    await eventually(followed)
    await rig.settled()
    assert [(state, why) for _, state, why in await fates(rig, conversation)] == [
        (Delivery.FAILED, "Файл «плохой.txt» не прошёл проверку: Eicar-Test.UNOFFICIAL")]
    with pytest.raises(RefusedError, match="не прошёл проверку"):
        await rig.outbound_attachments.reply(ANNA, conversation, "k3", "Ещё раз", [bad.file])


@asynccontextmanager
async def hanging_up(daemon: Daemon, path: Path) -> AsyncIterator[list[int]]:
    """The way to clamd is cut whenever a file says so, as one that ends the daemon would; gives how often it was."""
    cut: list[int] = []

    async def between(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner, outer = await asyncio.open_unix_connection(str(daemon.socket))
        back = asyncio.ensure_future(_copied(inner, writer))
        while piece := await reader.read(1 << 16):
            if b"CRASH" in piece:
                cut.append(len(piece))
                break
            outer.write(piece)
        else:
            await back
        for each in (outer, writer):
            each.close()
        back.cancel()

    server = await asyncio.start_unix_server(between, path)
    try:
        yield cut
    finally:
        server.close()


async def _copied(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while piece := await reader.read(1 << 16):
        writer.write(piece)
    writer.close()


async def test_a_file_that_ends_the_scanner_is_given_up_and_holds_nobody_up(store: Store, clock: Clock, daemon: Daemon, tmp_path: Path) -> None:
    async with hanging_up(daemon, tmp_path / "way") as cut:
        rig = await Rig(store, clock, scanner=Clamd(Settings(socket=str(tmp_path / "way")))).start()
        bad = await sent(rig, b"CRASH")
        good = [await sent(rig, CLEAN + bytes([n]), key=f"k{n}") for n in range(10)]
        held = await becomes(rig, *bad, Check.UNCHECKED)
        for each in good:
            await becomes(rig, *each, Check.CLEAN)
        assert held is not None
        assert (held.found, len(cut)) == (GAVE_UP, 3)
        await rig.stop()


@pytest.mark.parametrize(("alerts", "words"), [("", "AlertEncrypted"), ("AlertEncrypted yes\n", "AlertExceedsMax")])
async def test_a_scanner_that_would_let_pass_what_it_cannot_see_is_not_used(tmp_path: Path, alerts: str, words: str) -> None:
    careless = Daemon(tmp_path / "clamd", alerts)
    careless.start()
    with pytest.raises(UnavailableError, match=words):
        await scanner(careless).probe()
    careless.stop()


async def test_a_scanner_without_signatures_is_not_used(tmp_path: Path) -> None:
    blind = Daemon(tmp_path / "clamd")
    (tmp_path / "clamd" / "signatures" / "tests.ndb").write_text("Nothing:0:*:deadbeefdeadbeef\n", encoding="ascii")
    blind.start()
    with pytest.raises(UnavailableError, match="EICAR"):
        await scanner(blind).probe()
    blind.stop()


async def test_signatures_read_anew_under_load(rig: Rig, daemon: Daemon) -> None:
    """clamd is told to read its signatures while files are on the way: none is lost."""
    files = [await sent(rig, CLEAN * 50_000 + bytes([n]), key=f"k{n}") for n in range(12)]
    reader, writer = await asyncio.open_unix_connection(str(daemon.socket))
    writer.write(b"zRELOAD\0")
    await reader.read()
    writer.close()
    for each in files:
        await becomes(rig, *each, Check.CLEAN)


async def test_nothing_of_it_is_left_when_its_conversation_is_erased(rig: Rig, drawer: Drawer, tmp_path: Path) -> None:
    # SE-03
    conversation, file = await sent(rig, EICAR, "паспорт Иванова.pdf")
    await becomes(rig, conversation, file, Check.INFECTED)
    await rig.waiting()
    rig.ready(ANNA)
    await rig.actions.take(ANNA, conversation)
    await rig.actions.close(ANNA, conversation, "other")
    await rig.settled()
    assert await Eraser(rig.sequencer, rig.store, drawer, ErasureFile(tmp_path / "erasures")).erase([conversation], ErasureCause.DEMAND, "boss") == 1
    assert (rig.quarantine.all(), await rig.store.all(Quarantined)) == ([], [])
    assert "Иванова" not in str(await rig.store.audit_entries()) + str(await rig.store.records(conversation, limit=1000))
