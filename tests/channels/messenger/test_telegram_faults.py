"""What breaks between Telegram and the hub, and what becomes of the messages (CH-05, CH-06): docs/reliability.md shows the table."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

import pytest

from bots.russian import Russian
from channels.messenger.telegram import NAME, Telegram
from channels.messenger.telegram_updates import UpdateOffset, place, written
from hub.conversations.delivery_status import Bookmark, Delivery
from hub.conversations.journal import Carried
from hub.conversations.ports import Store
from hub.conversations.sequencer import to_be_sent
from hub.intake.ports import Intake
from hub.kernel.errors import UnavailableError
from hub.kernel.ports import Files
from tests.channels.messenger.telegram_room import Line, connected, line
from tests.channels.room import ValvedSqlite, room_with
from tests.peers.telegram import BOT, BotApi, Fault, RefusalError

MARK = f"{NAME}/{BOT['id']}"
TEXTS = [f"Сообщение {n}" for n in range(12)]
Opens = Callable[..., AbstractAsyncContextManager[Line]]


@pytest.fixture
def opens(api: BotApi, tmp_path: Path, russian: Russian, request: pytest.FixtureRequest) -> Opens:
    """A hub over the same disk, as often as it is started; with the parameter True it has a webhook."""
    webhook: bool = getattr(request, "param", False)

    @asynccontextmanager
    async def opened(**more: float) -> AsyncIterator[Line]:
        def connect(intake: Intake, store: Store, files: Files) -> Telegram:
            return connected(tmp_path, api.base, intake, store, files, webhook=webhook, **more)

        api.calls.clear()
        async with room_with(connect, ValvedSqlite, tmp_path, russian) as room, line(room, api) as far_end:
            yield far_end
    return opened


polling_and_webhook = pytest.mark.parametrize("opens", [False, True], ids=["polling", "webhook"], indirect=True)


async def all_said(line: Line, texts: list[str]) -> None:
    """Every message of the phone is in the transcript once, in its order."""
    await line.api.until(lambda: len(line.api.confirmed) >= len(texts))
    assert await line.said() == texts


@polling_and_webhook
async def test_every_message_comes_twice(opens: Opens) -> None:
    # CH-06
    async with opens() as line:
        for n, text in enumerate(TEXTS):
            for _ in range(2):
                await line.phone.writes(text, number=n + 1)
        await line.api.until(lambda: len(line.api.confirmed) == 2 * len(TEXTS))
        assert await line.said() == TEXTS


@polling_and_webhook
async def test_the_hub_is_killed_between_the_commit_and_the_acknowledgement(opens: Opens, api: BotApi) -> None:
    # CH-06
    async with opens() as line:
        await line.phone.writes("до")
        await line.api.until(lambda: len(api.confirmed) == 1)
        line.room.store.hushed = True
        await line.phone.writes("на диске, но никто не знает", number=50)
        await line.room.store.reached.wait()
        assert len(api.confirmed) == 1
    async with opens() as again:
        await again.phone.writes("после", number=51)
        await all_said(again, ["до", "на диске, но никто не знает", "после"])


@polling_and_webhook
async def test_updates_come_out_of_order(opens: Opens, api: BotApi) -> None:
    # CH-06: numbers are in disorder, and the message of the later number must not acknowledge the one before it
    async with opens() as line:
        for n in (3, 1, 2):
            await api.push_raw({"update_id": 9000 + n, "message": line.phone.message(n, text=f"текст {n}")})
        await line.api.until(lambda: len(api.confirmed) == 3)
        assert await line.said() == ["текст 3", "текст 1", "текст 2"]


@pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.LOST, Fault.TORN, Fault.BAD_GATEWAY, Fault.EMPTY,
                                   RefusalError(429, "Too Many Requests: retry after 1", retry_after=1)], ids=str)
async def test_updates_are_asked_for_and_the_answer_fails(opens: Opens, api: BotApi, fault: Fault | RefusalError) -> None:
    # CH-06
    texts = TEXTS[:2] if isinstance(fault, RefusalError) else TEXTS
    async with opens() as line:
        for n, text in enumerate(texts, 1):
            api.faults["getupdates"].append(fault)
            await line.phone.writes(text)
            await api.until(lambda n=n: not api.faults["getupdates"] and len(api.confirmed) >= n)
        assert await line.said() == texts
        assert line.counters.failed_at is None  # it connects again by itself


async def test_an_answer_with_updates_comes_too_late(opens: Opens, api: BotApi) -> None:
    # CH-06: nobody knows whether the offset in the request was heard
    async with opens(poll_s=0, timeout_s=0.2) as line:
        await line.phone.writes("раз")
        await api.until(lambda: api.confirmed)
        api.faults["getupdates"].append(Fault.SLOW)
        await line.phone.writes("два")
        await line.phone.writes("три")
        await all_said(line, ["раз", "два", "три"])


@pytest.mark.parametrize("opens", [True], ids=["webhook"], indirect=True)
async def test_the_answer_of_the_webhook_is_lost(opens: Opens, api: BotApi) -> None:
    # CH-06
    async with opens() as line:
        for text in TEXTS:
            api.faults["webhook"].append(Fault.LOST)
            await line.phone.writes(text)
        await all_said(line, TEXTS)
        assert sum(api.refusals.values()) == len(TEXTS)


async def test_another_process_polls_the_same_bot(opens: Opens, api: BotApi) -> None:
    # CH-06
    async with opens() as line:
        await line.phone.writes("раз")
        await api.until(lambda: len(api.confirmed) == 1)
        other = asyncio.create_task(api.polls())
        await api.until(lambda: "кто-то ещё" in line.channel.health().words)
        assert not line.channel.health().up
        assert await other == 409  # ours has come back
        await api.until(lambda: line.channel.health().up)
        await line.phone.writes("два")
        await all_said(line, ["раз", "два"])


@polling_and_webhook
async def test_telegram_is_away(opens: Opens, api: BotApi) -> None:
    # CH-06
    async with opens() as line:
        await line.to_anna()
        await line.leave()
        await line.room.anna_writes(line.conversation, "тем временем")
        await line.come_back()
        await line.hears("тем временем")
        assert line.heard().count("тем временем") == 1


async def test_a_restart_does_not_depend_on_what_telegram_remembers(opens: Opens, api: BotApi) -> None:
    # CH-06
    async with opens() as line:
        number = await line.phone.writes("раз")
        await api.until(lambda: number in api.confirmed)
        known = await line.room.store.get(Bookmark, MARK)
        assert known is not None
        assert (place(known.value) or UpdateOffset(0, datetime.now(UTC))).offset == number + 1
    async with opens():
        assert next(form["offset"] for method, form in api.calls if method == "getupdates") == str(number + 1)


async def test_after_a_week_of_silence_telegram_numbers_anew(opens: Opens, api: BotApi) -> None:
    # CH-06: an offset of the old numbers would confirm whatever the new ones bring, unseen
    async with opens() as line:
        await line.room.store.put(Bookmark(MARK, written(UpdateOffset(9_000_000, datetime.now(UTC) - timedelta(days=8)))))
    api.next_update = 17
    async with opens() as line:
        assert all("offset" not in form for method, form in api.calls if method == "getupdates")
        await line.phone.writes("снова здравствуйте")
        await all_said(line, ["снова здравствуйте"])


async def test_a_webhook_that_somebody_left_is_taken_away(opens: Opens, api: BotApi) -> None:
    # CH-05
    api.webhook = {"url": "https://elsewhere.example/hook", "secret": ""}
    async with opens() as line:
        await line.phone.writes("раз")
        await all_said(line, ["раз"])


OUT = {Fault.DROPPED: 1, Fault.TORN: 1, Fault.BAD_GATEWAY: 1, Fault.EMPTY: 1, Fault.LOST: 2, Fault.SLOW: 2}
"""How often the citizen sees the message: the Bot API has no idempotency key, so an answer that was lost is a message said twice."""


@pytest.mark.parametrize(("fault", "times"), OUT.items(), ids=lambda value: str(value))
async def test_a_reply_is_sent_and_the_answer_fails(opens: Opens, api: BotApi, fault: Fault, times: int) -> None:
    # CH-05, CH-06
    async with opens(timeout_s=0.3) as line:
        await line.to_anna()
        api.faults["sendmessage"].append(fault)
        await line.room.anna_writes(line.conversation, "ответ")
        await line.room.anna_writes(line.conversation, "ещё")
        await line.hears("ещё")
        assert [text for text in line.heard() if text in {"ответ", "ещё"}] == ["ответ"] * times + ["ещё"]


async def test_retry_after_is_honoured_and_the_order_is_kept(opens: Opens, api: BotApi) -> None:
    # CH-05
    async with opens() as line:
        await line.to_anna()
        api.faults["sendmessage"].append(RefusalError(429, "Too Many Requests: retry after 1", retry_after=1))
        began = monotonic()
        await line.room.anna_writes(line.conversation, "первый")
        await line.room.anna_writes(line.conversation, "второй")
        await line.hears("второй")
        assert monotonic() - began >= 1
        assert [text for text in line.heard() if text in {"первый", "второй"}] == ["первый", "второй"]


async def test_who_must_wait_for_long_tries_again_later(opens: Opens, api: BotApi) -> None:
    # CH-05: and asks Telegram nothing meanwhile
    async with opens() as line:
        await line.to_anna()
        head = (await line.room.sequencer.load(line.conversation)).head
        records = [record for record in await line.room.store.records(line.conversation) if to_be_sent(record.entry)][-1:]
        api.calls.clear()
        api.faults["sendmessage"].append(RefusalError(429, "Too Many Requests: retry after 600", retry_after=600))
        for _ in range(2):
            with pytest.raises(UnavailableError, match="просит подождать 600 с"):
                await line.channel.send(head, records)
        assert [method for method, _ in api.calls].count("sendmessage") == 1


async def test_a_long_text_that_failed_half_way_goes_on_there(opens: Opens, api: BotApi) -> None:
    # CH-05
    paragraphs = [f"{n} " + "слово " * 500 for n in range(3)]
    async with opens() as line:
        await line.to_anna()
        before = len(api.sent)
        api.faults["sendmessage"] += [None, Fault.DROPPED]  # the first part goes through
        await line.room.anna_writes(line.conversation, "\n\n".join(paragraphs))
        await api.until(lambda: len(api.sent) == before + 3)
        assert [text.split()[0] for text in line.heard()[before:]] == ["0", "1", "2"]


@pytest.mark.parametrize(("refusal", "why"), [(RefusalError(403, "Forbidden: bot was blocked by the user"), "заблокировал"),
                                              (RefusalError(400, "Bad Request: chat not found"), "Такого чата нет")])
async def test_what_can_never_arrive_is_shown_to_the_operator(opens: Opens, api: BotApi, refusal: RefusalError, why: str) -> None:
    # CH-05
    async with opens() as line:
        await line.to_anna()
        api.faults["sendmessage"].append(refusal)
        await line.room.anna_writes(line.conversation, "ответ")
        await line.room.anna_writes(line.conversation, "после")
        await line.hears("после")
        records = await line.room.store.records(line.conversation)
        failed = [record.entry for record in records if isinstance(record.entry, Carried)]
        assert [(entry.state, why in entry.why) for entry in failed] == [(Delivery.FAILED, True)]
        assert "ответ" not in line.heard()


@polling_and_webhook
async def test_an_update_that_cannot_be_read_blocks_nobody(opens: Opens, api: BotApi) -> None:
    # CH-06
    async with opens() as line:
        await line.phone.writes("раз")
        await api.push({"message": {"message_id": "many", "chat": 7}})
        await api.push({"something_new": {"of": "next year"}})
        await api.push({"message": line.phone.message(77, text="\udc00")})
        await line.phone.writes("два")
        await api.until(lambda: len(api.confirmed) == 5)
        assert await line.said() == ["раз", "\ufffd", "два"]


@pytest.mark.parametrize("faults", [1, 4, 5])
@polling_and_webhook
async def test_a_file_does_not_come(opens: Opens, api: BotApi, faults: int) -> None:
    # CH-05: its message waits for it four times, and goes on without it then
    api.files["f1"] = b"%PDF-1.4 document"
    async with opens() as line:
        api.faults["download"] += [Fault.TORN] * faults
        await line.phone.sends(caption="Вот справка", document={"file_id": "f1", "file_unique_id": "u", "file_name": "Справка.pdf", "file_size": 17})
        await line.phone.writes("и вопрос")
        await api.until(lambda: len(api.confirmed) == 2)
        first, second = await line.said()
        assert second == "и вопрос"
        assert first == "Вот справка" + ("\nФайл «Справка.pdf» не получен: Telegram его не отдаёт. Попросите прислать его ещё раз." if faults == 5 else "")


def test_places_are_written_and_read() -> None:
    # CH-06
    at = UpdateOffset(7, datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert place(written(at)) == at
    assert place("no place") is None
