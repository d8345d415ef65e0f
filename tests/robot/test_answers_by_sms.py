"""An answer by telephone is offered by SMS, and sent to who wants it: a mobile number that is shown and has not refused (CH-05, CH-08, CH-15)."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hub.conversations.journal import StoredEvent
from hub.conversations.message import BOT, Author, Message, Source
from hub.notifications.notice import Notice, NoticeState
from hub.robot.answer_feedback import CHOICES
from hub.robot.answers_by_sms import BY_SMS, NOT_SENT, SENT, fitted, with_offer
from okno.app import Hub
from tests.paper import Papers, near
from tests.rig import eventually

CENTRE = """centre = { code = "077", name = "Центр" }
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
[[channels]]
driver = "voice.paper"
"""
SMS = """[[channels]]
driver = "sms.paper"
"""
MOBILE = "+79160000001"
QUESTION = "Как получить загранпаспорт?"
AT = datetime(2026, 1, 1, tzinfo=UTC)


class Caller:
    """A caller with this number, or without."""

    def __init__(self, hub: Hub, papers: Papers, number: str) -> None:
        self.hub, self.papers, self._number = hub, papers, number

    async def says(self, text: str, *, by: str = "voice.paper") -> Message:
        """Gives what is said next."""
        conversation = await self.papers[by].writes(self._number, text)
        journal: list[StoredEvent] = []

        async def answered() -> bool:
            journal[:] = await self.hub.store.records(conversation)
            said = [each.entry for each in journal if isinstance(each.entry, Message) and not each.entry.internal]
            return text in {each.text for each in said} and said[-1].author is not Author.CITIZEN
        await eventually(answered)
        return next(each.entry for each in reversed(journal) if isinstance(each.entry, Message) and not each.entry.internal)

    async def notes(self) -> list[str]:
        conversation = await self.papers["voice.paper"].writes(self._number, "Спасибо")
        return [each.entry.text for each in await self.hub.store.records(conversation)
                if isinstance(each.entry, Message) and each.entry.internal and "СМС" in each.entry.text]


@pytest.fixture
async def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Hub, Papers]]:
    papers = Papers(monkeypatch, "sms.paper", "voice.paper")
    async with near(tmp_path, CENTRE + SMS) as (_, ours):
        yield ours, papers


async def test_who_wants_it_gets_it_once(hub: tuple[Hub, Papers]) -> None:
    # CH-05, CH-08, SE-05
    caller = Caller(*hub, MOBILE)
    answer = await caller.says(QUESTION)
    assert answer.source is not None
    assert BY_SMS in answer.choices
    assert await hub[0].store.all(Notice) == []  # asked first
    for press in (BY_SMS, f"{BY_SMS} "):
        assert (await caller.says(press)).text == SENT
    conversation, _ = await hub[1]["sms.paper"].hears(answer.source.title)
    notice, = await hub[0].store.all(Notice)
    assert (notice.address.value, notice.state, notice.conversation) == (MOBILE, NoticeState.SENT, conversation)
    assert notice.text.startswith(f"{answer.source.title}. {answer.text[:100]}")
    assert len(notice.text) <= 330
    assert [(each.by, each.about) for _, each in await hub[0].store.audit_entries() if each.what == "notice"] == [("", notice.key)]
    note, = await caller.notes()
    assert note.endswith(notice.text)


@pytest.mark.parametrize("number", ["+74951234567", "call:a1-1795970606.20", "+7916"])
async def test_it_is_not_offered_where_no_sms_arrives(hub: tuple[Hub, Papers], number: str) -> None:
    # CH-08: a landline, a withheld number, a wrong one
    caller = Caller(*hub, number)
    assert BY_SMS not in (await caller.says(QUESTION)).choices
    assert (await caller.says(BY_SMS)).text == NOT_SENT
    assert await hub[0].store.all(Notice) == []


async def test_who_has_refused_messages_is_offered_none(hub: tuple[Hub, Papers]) -> None:
    # CH-15
    caller = Caller(*hub, MOBILE)
    await caller.says("СТОП", by="sms.paper")
    assert BY_SMS not in (await caller.says(QUESTION)).choices


async def test_it_is_not_offered_without_sms_and_to_who_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, hub: tuple[Hub, Papers]) -> None:
    assert BY_SMS not in (await Caller(*hub, MOBILE).says(QUESTION, by="sms.paper")).choices
    (tmp_path / "other").mkdir()
    papers = Papers(monkeypatch, "voice.paper")
    async with near(tmp_path / "other", CENTRE) as (_, ours):
        assert BY_SMS not in (await Caller(ours, papers, MOBILE).says(QUESTION)).choices


async def test_before_an_answer_there_is_nothing_to_send(hub: tuple[Hub, Papers]) -> None:
    assert (await Caller(*hub, MOBILE).says(BY_SMS)).text == NOT_SENT


def test_it_stands_before_the_question_whether_it_helped() -> None:
    assert with_offer(("Мои права", *CHOICES)) == ("Мои права", BY_SMS, *CHOICES)
    assert with_offer(("Мои права",)) == ("Мои права", BY_SMS)


def test_a_long_answer_is_cut_at_a_word() -> None:
    told = StoredEvent(1, 1, Message(BOT, "слово, " * 60, AT, source=Source("one", "Заголовок", date(2026, 1, 1))))
    text = fitted(told, 100)
    assert text.startswith("Заголовок. слово, слово")
    assert text.endswith("слово …")
    assert len(text) <= 100
