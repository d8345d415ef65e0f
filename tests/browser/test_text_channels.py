"""Text channels at the desk: what a reply costs, what became of it, quotes and letters, and a channel that goes down (CH-05)."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, FilePayload, expect

from hub.conversations.delivery_status import Delivery
from hub.kernel.health import Health
from tests.browser.stage import Desk, Stage, png
from tests.browser.test_accessibility import Inspector, in_both_sizes, look
from tests.house import Clerk, House, People, people
from tests.paper import Paper, Papers, near
from tests.whisper import SAID, VOICE, whole_model

pytestmark = pytest.mark.asyncio(loop_scope="session")

CENTRE = """centre = { code = "077", name = "Контакт-центр области" }
queues = [{ id = "general", title = "Общие" }]
topics = [{ id = "other", title = "Другое" }]
channels = [{ driver = "web.chat" }, { driver = "sms.paper" }, { driver = "email.paper" }, { driver = "messenger.paper" },
            { driver = "fax.paper" }]
speech = { model = "." }
"""
NUMBER, MAILBOX = "+79161234521", "ivan.petrov@mail.example.ru"
LETTER = """<!doctype html><html lang="ru"><head><style>p { color: red }</style><script>top.document.title = "украдено"</script></head>
<body onload="top.document.title = 'украдено'"><h2>Заявление</h2><p style="color: red">Прошу сообщить, когда будет готов <b>паспорт</b>.</p>
<p><a href="https://elsewhere.example/">Мой личный кабинет</a> <img src="https://elsewhere.example/pixel.png" alt="логотип"></p>
<blockquote>24 ноября вы писали: приходите за паспортом после десятого.</blockquote></body></html>"""
QUOTE = "24 ноября 2026, Контакт-центр писал:\n> Приходите за паспортом после десятого."


class Post:
    """A hub in this process, its papers, and whoever works there."""

    def __init__(self, house: House, papers: Papers, stage: Stage, crowd: People, admin: Clerk) -> None:
        self.house, self.papers, self.stage, self.crowd, self.admin = house, papers, stage, crowd, admin

    @property
    def sms(self) -> Paper:
        return self.papers["sms.paper"]

    @property
    def mail(self) -> Paper:
        return self.papers["email.paper"]

    async def desk(self, size: str) -> Desk:
        clerk = await self.crowd.clerk(self.admin, "supervisor")
        return await self.stage.signed_in(clerk.login, **look(size))

    async def asks(self, paper: Paper, value: str) -> str:
        """Somebody asks for a person there; his conversation."""
        conversation = await paper.writes(value, "Позовите оператора")
        await paper.hears("Номер обращения")
        return str(conversation)


@pytest_asyncio.fixture(loop_scope="session")
async def post(pages: None, browser: Browser, tmp_path: Path) -> AsyncIterator[Post]:
    with pytest.MonkeyPatch.context() as patch:
        papers = Papers(patch, "sms.paper", "email.paper", "messenger.paper", "fax.paper")
        whole_model(tmp_path)
        async with near(tmp_path, CENTRE) as (house, _), people(house) as crowd, Stage(browser, house) as stage:
            yield Post(house, papers, stage, crowd, await crowd.admin())


async def taken(desk: Desk, conversation: str) -> None:
    await desk.page.evaluate("(id) => { location.hash = `#/inbox/waiting/${id}`; }", conversation)
    await desk.at("take").click()
    # Before it is his there is a place to write, too: for notes.
    await expect(desk.at("reply-tab")).to_have_attribute("aria-selected", "true")
    await expect(desk.words).to_be_visible()


@in_both_sizes
async def test_what_a_reply_costs_and_what_became_of_it(post: Post, axe: str, size: str) -> None:
    # CH-05, GV-14
    desk = await post.desk(size)
    inspector = Inspector(axe, desk.page)
    sms = await post.asks(post.sms, NUMBER)
    await taken(desk, sms)
    await expect(desk.at("head-name")).to_contain_text("+7\N{NO-BREAK SPACE}916")
    text = "Ваш паспорт готов. Получить его можно в отделении МФЦ на улице Мира в любой рабочий день."
    await desk.words.fill(text)
    await expect(desk.at("cost")).to_have_text(f"2 СМС · осталось {67 * 2 - len(text)} знаков · UCS-2")
    await inspector.look("cost")
    await desk.at("note-tab").click()
    await expect(desk.at("cost")).to_have_count(0)
    await desk.at("reply-tab").click()
    await desk.at("send").click()
    first = await post.sms.hears("паспорт готов")
    await expect(desk.bubble("operator", "паспорт готов").get_by_test_id("sent")).to_be_visible()
    await expect(desk.at("cost")).to_have_count(0)
    await desk.send("Возьмите с собой старый паспорт.")
    second = await post.sms.hears("старый паспорт")
    await post.sms.tells(first, Delivery.DELIVERED)
    await expect(desk.bubble("operator", "паспорт готов").get_by_test_id("mark-delivered")).to_have_text("доставлено")
    await post.sms.tells(second, Delivery.WAITING, "номер занят, попыток: 1 из 6, следующая в 14:20")
    waiting = desk.bubble("operator", "старый паспорт").get_by_test_id("mark-waiting")
    await expect(waiting).to_have_text("ещё не доставлено: номер занят, попыток: 1 из 6, следующая в 14:20")
    await inspector.look("waiting")
    await post.sms.tells(second, Delivery.FAILED, "абонент недоступен, срок доставки вышел")
    failed = desk.bubble("operator", "старый паспорт").get_by_test_id("mark-failed")
    await expect(failed).to_have_text("не доставлено: абонент недоступен, срок доставки вышел")
    assert await failed.get_attribute("title")
    await post.sms.tells(first, Delivery.READ)
    await expect(desk.bubble("operator", "паспорт готов").get_by_test_id("mark-read")).to_be_visible()
    await inspector.look("marks")
    await desk.page.reload()
    await expect(desk.bubble("operator", "старый паспорт").get_by_test_id("mark-failed")).to_be_visible()
    await expect(desk.at("line-carried")).to_have_count(0)
    assert inspector.faults == []


async def test_which_files_a_channel_brings_is_said_before_one_is_chosen(post: Post, axe: str) -> None:
    # CH-05, MC-02
    desk = await post.desk("wide")
    inspector = Inspector(axe, desk.page)
    await taken(desk, await post.asks(post.sms, "+79161234525"))
    await expect(desk.at("enclose")).to_have_attribute("aria-disabled", "true")
    await expect(desk.at("enclose")).to_have_attribute("title", re.compile("Этот канал файлов не передаёт"))
    await desk.at("enclose").press("Enter")
    await expect(desk.page.get_by_text("Пришлите файл другим путём").first).to_be_visible()
    await inspector.look("no files here")
    await desk.at("note-tab").click()
    await expect(desk.at("enclose")).to_have_attribute("aria-disabled", "false")

    await taken(desk, await post.asks(post.papers["fax.paper"], "+74951234567"))
    await expect(desk.at("chooser")).to_have_attribute("accept", "application/pdf")
    await desk.at("chooser").set_input_files([FilePayload(name="фото.png", mimeType="image/png", buffer=png())])
    await expect(desk.at("enclosed-problem")).to_have_text("По факсу уходят только файлы PDF.")
    await inspector.look("a letter by fax")
    assert inspector.faults == []


async def test_a_reply_that_failed_after_the_end_brings_the_conversation_back(post: Post) -> None:
    # CH-05
    desk = await post.desk("wide")
    sms = await post.asks(post.sms, "+79161234522")
    await taken(desk, sms)
    await desk.send("Приходите завтра.")
    sent = await post.sms.hears("завтра")
    await post.admin.does("POST", f"/api/conversations/{sms}/close", {"topic": "other"})
    await post.sms.tells(sent, Delivery.FAILED, "номер не существует")
    await desk.page.evaluate("(id) => { location.hash = `#/inbox/recent/${id}`; }", sms)
    await expect(desk.at("line-handed_over").filter(has_text="ответ не дошёл, разговор вернулся в очередь")).to_be_visible()


@in_both_sizes
async def test_a_voice_message_is_heard_and_read(post: Post, axe: str, size: str) -> None:
    # CH-07, GV-14
    desk = await post.desk(size)
    inspector = Inspector(axe, desk.page)
    chat = await post.asks(post.papers["messenger.paper"], "100200300")
    await taken(desk, chat)
    await post.papers["messenger.paper"].writes("100200300", "", files=(("voice.ogg", "audio/ogg", VOICE.read_bytes()),))
    await expect(desk.at("heard")).to_contain_text(re.compile(SAID.replace(", ", "[,.!] "), re.IGNORECASE))  # its stops are the model's
    sound = desk.at("sound")
    await sound.evaluate("(sound) => new Promise((played, failed) => { sound.onplaying = played; sound.onerror = failed; sound.muted = true; sound.play(); })")
    await inspector.look("voice")
    assert inspector.faults == []


@in_both_sizes
async def test_quotes_are_folded_and_letters_are_shown_where_nothing_runs(post: Post, axe: str, size: str) -> None:
    # CH-05, SE-02, GV-14
    desk = await post.desk(size)
    inspector = Inspector(axe, desk.page)
    mail = await post.asks(post.mail, MAILBOX)
    await taken(desk, mail)
    files = (("Письмо.html", "text/html", LETTER.encode()), ("Письмо соседа.eml", "message/rfc822", b"From: Ivan\r\n\r\nlost"))
    await post.mail.writes(MAILBOX, "Когда будет готов паспорт?", folded=QUOTE, files=files, original=b"From: Ivan\r\n\r\nas it came")
    bubble = desk.bubble("citizen", "Когда будет готов")
    await expect(bubble).to_be_visible()
    await expect(bubble.get_by_test_id("folded")).not_to_be_visible()
    toggle = bubble.get_by_test_id("folded-toggle")
    await toggle.focus()
    await desk.page.keyboard.press("Enter")
    await expect(toggle).to_have_attribute("aria-expanded", "true")
    await expect(bubble.get_by_test_id("folded")).to_contain_text("после десятого")
    await inspector.look("quote")
    await expect(bubble.get_by_test_id("attachment")).to_have_count(2)
    await expect(bubble.get_by_test_id("letter")).to_have_count(1)
    async with desk.page.expect_download() as told:
        await bubble.get_by_test_id("original").click()
    assert Path(await (await told.value).path()).read_bytes() == b"From: Ivan\r\n\r\nas it came"
    await bubble.get_by_test_id("letter").click()
    page = desk.page.frame_locator("[data-test=letter-page]")
    await expect(page.get_by_text("Прошу сообщить")).to_be_visible()
    await expect(desk.at("letter-page")).to_have_attribute("sandbox", "")
    await inspector.look("letter")
    await page.get_by_text("Мой личный кабинет").click()
    await expect(page.get_by_text("Прошу сообщить")).to_be_visible()
    assert "украдено" not in await desk.page.title()
    await desk.at("letter-page").evaluate("(frame) => { document.activeElement.blur(); }")
    await desk.page.get_by_role("dialog").get_by_role("button").first.press("Escape")
    await expect(desk.at("letter-page")).to_have_count(0)
    assert inspector.faults == []


@in_both_sizes
async def test_a_channel_that_goes_down_is_seen_and_called_out(post: Post, axe: str, size: str) -> None:
    # CH-05, GV-14
    desk = await post.desk(size)
    inspector = Inspector(axe, desk.page)
    await post.asks(post.sms, NUMBER)
    await desk.page.evaluate("location.hash = '#/channels'")
    row = desk.page.locator("[data-test=channel][data-id='sms.paper']")
    await expect(row.get_by_test_id("channel-state")).to_have_text("Работает")
    await expect(row).to_contain_text("сейчас")
    await expect(desk.page.locator("[data-test=channel]")).to_have_count(5)
    post.sms.fault = "SMSC занят: 0x00000058"
    await post.sms.writes(NUMBER, "Алло?")
    await post.sms.writes("+79161234523", "Позовите оператора")
    await expect(row.get_by_test_id("channel-state")).to_have_text("С ошибками")
    await expect(row.get_by_test_id("channel-error")).to_have_text("SMSC занят: 0x00000058")
    await expect(row.get_by_test_id("channel-waiting")).not_to_have_text("—")
    post.mail.state = Health(up=False, words="IMAP: в доступе отказано")
    await expect(desk.at("notice").filter(has_text="Почта")).to_have_text("Канал «Почта» не работает: IMAP: в доступе отказано.")
    fallen = desk.page.locator("[data-test=channel][data-id='email.paper']")
    await expect(fallen.get_by_test_id("channel-state")).to_have_text("Не работает")
    if size == "wide":
        await expect(desk.at("count-channels")).to_have_text("1")
    await inspector.look("channels")
    post.mail.state, post.sms.fault = Health(up=True, words="imap.example.ru"), ""
    await expect(row.get_by_test_id("channel-state")).to_have_text("Работает")
    await expect(row.get_by_test_id("channel-waiting")).to_have_text("—")
    await expect(desk.at("notice").filter(has_text="снова работает")).to_be_visible()
    assert inspector.faults == []
