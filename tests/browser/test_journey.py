"""One conversation from the first question to its being opened again, in two browsers."""

import re
from datetime import UTC, datetime

import pytest
from playwright.async_api import FilePayload, Locator, expect

from tests.browser.screens import pictured
from tests.browser.stage import CitizenPage, Desk, Stage, newcomer, png, waiting
from tests.house import PASSWORD, Clerk, House, People

pytestmark = pytest.mark.asyncio(loop_scope="session")

QUESTION = "Как получить загранпаспорт?"
NUMBER = re.compile(r"^№ (001-\d{6}-\d{5}-\d)$")


async def shown(picture: Locator) -> None:
    """The bytes have come and are a picture."""
    await expect(picture).to_be_visible()
    await picture.evaluate("(image) => image.decode()")


async def begin(stage: Stage, question: str = QUESTION) -> CitizenPage:
    citizen = await (await stage.citizen()).greeted()
    await citizen.tell(question)
    await expect(citizen.log.locator(".source")).to_be_visible()
    return citizen


async def test_whoever_watches_is_awake(stage: Stage) -> None:  # SE-01
    """What no test may leave behind is seen: a request to elsewhere, a broken policy, an error on the console."""
    citizen = await (await stage.citizen()).greeted()
    script = "() => { const script = document.createElement('script'); script.text = 'void 0'; document.body.append(script); }"
    async with citizen.page.expect_console_message(lambda said: "policy violated" in said.text):
        await citizen.page.evaluate(script)
    elsewhere = await stage.window()
    async with elsewhere.expect_console_message(lambda said: "ERR_" in said.text):
        await elsewhere.set_content("<img src='http://localhost:1/'>", wait_until="commit")
    seen, stage.wrong[:] = "\n".join(stage.wrong), []
    assert "policy violated script-src" in seen
    assert "left the machine: http://localhost:1/" in seen
    assert "ERR_" in seen  # as any error on the console


async def test_one_time_password_must_be_changed(stage: Stage, admin: Clerk, hub: House) -> None:  # SE-01
    password = await newcomer(admin, "novice")
    desk = await stage.desk()
    stage.pardon(re.compile(r"status of 401 .*/api/session$"))
    await desk.at("login").fill("novice")
    await desk.at("password").fill("not the password")
    await desk.at("sign-in").click()
    await expect(desk.at("problem")).to_be_visible()
    await expect(desk.at("password")).to_have_value("")
    await desk.sign_in("novice", password)
    await expect(desk.at("rail")).to_have_count(0)
    await desk.page.goto(f"{hub.base}/desk/#/inbox/mine")
    await expect(desk.at("old-password")).to_be_visible()
    await expect(desk.at("rail")).to_have_count(0)
    await desk.change_password(password, PASSWORD)
    await desk.page.reload()
    await expect(desk.at("rail")).to_be_visible()  # the cookie stays


async def test_source_and_rights(stage: Stage) -> None:  # CH-04 AL-03 AL-06
    citizen = await begin(stage)
    answer = citizen.messages.last
    await expect(answer).to_contain_text("Подайте заявление на загранпаспорт")
    await expect(answer.locator(".source")).to_contain_text(re.compile(r"Источник: .*114-ФЗ.*действует на \d\d\.\d\d\.\d{4}"))
    await citizen.log.get_by_role("button", name="Мои права").last.click()  # the second step
    await expect(citizen.messages.last).to_contain_text("210-ФЗ")
    await expect(citizen.messages.last.locator(".source")).to_be_visible()


async def test_rights_in_one_step(stage: Stage) -> None:  # AL-06
    citizen = await (await stage.citizen()).greeted()
    await citizen.tell("Какие у меня права?")
    await expect(citizen.messages.last).to_contain_text("210-ФЗ")


@pytest.mark.smoke
async def test_from_question_to_reopening(stage: Stage, desk: Desk, admin: Clerk, crowd: People) -> None:  # CH-04 CH-09 CH-12 SE-01
    citizen = await begin(stage)
    await in_line(citizen)
    await offered_and_accepted(citizen, desk)
    await both_type_and_read(citizen, desk)
    await picture_is_sent(citizen, desk)
    await note_stays_inside(citizen, desk)
    colleague = await stage.signed_in((await crowd.clerk(admin, queues=("documents",))).login)
    await transferred_and_back(citizen, desk, colleague)
    await closed_and_opened_again(citizen, desk)


async def in_line(citizen: CitizenPage) -> None:
    await citizen.tell("позовите оператора")
    await expect(citizen.state).to_have_text("Вы 1-й в очереди")
    await expect(citizen.number).to_have_text(NUMBER)
    await expect(citizen.messages.filter(has_text="Номер обращения")).to_be_visible()
    await expect(citizen.messages.last).to_contain_text("Сейчас на линии нет операторов")
    await expect(citizen.page.get_by_role("button", name="Ответьте мне позже")).to_be_visible()
    await expect(citizen.page.get_by_test_id("person")).to_be_hidden()


async def offered_and_accepted(citizen: CitizenPage, desk: Desk) -> None:
    await desk.become("ready")
    await expect(desk.offer).to_be_visible()
    await expect(desk.offer).to_contain_text("Общие вопросы")
    await desk.accept()
    await expect(desk.offer).to_have_count(0)
    await expect(desk.bubble("citizen", QUESTION)).to_have_count(1)
    await expect(desk.bubble("bot", "114-ФЗ")).to_have_count(1)
    await expect(desk.bubble("citizen", "позовите оператора")).to_have_count(1)
    await expect(desk.at("line-handed_over").last).to_contain_text(f"Разговор ведёт {desk.name}")
    await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    number = (await citizen.number.inner_text()).removeprefix("№ ")
    await expect(desk.at("number")).to_have_text(number)


async def both_type_and_read(citizen: CitizenPage, desk: Desk) -> None:
    await citizen.field.press_sequentially("Мне ну")
    await expect(desk.at("citizen-typing")).to_be_visible()
    await desk.words.press_sequentially("Здравствуйте")
    await expect(citizen.typing).to_contain_text(f"{desk.name} печатает")
    await citizen.tell("Мне нужен паспорт на десять лет")
    await expect(desk.bubble("citizen", "Мне нужен паспорт на десять лет")).to_have_count(1)
    await expect(desk.at("citizen-typing")).to_have_count(0)
    await expect(citizen.said("Мне нужен паспорт").locator(".mark")).to_have_attribute("data-state", "read")
    await desk.send("Здравствуйте! Запишу вас на съёмку.")
    await expect(citizen.messages.last).to_contain_text("Запишу вас на съёмку")
    await expect(citizen.messages.last.locator(".who")).to_have_text(desk.name)
    await expect(citizen.typing).to_be_hidden()
    await expect(desk.bubble("operator", "Запишу вас").get_by_test_id("seen")).to_have_count(1)
    await expect(desk.words).to_have_value("")


async def picture_is_sent(citizen: CitizenPage, desk: Desk) -> None:
    async with citizen.page.expect_file_chooser() as chooser:
        await citizen.page.get_by_test_id("attach").click()
    await (await chooser.value).set_files(FilePayload(name="Фото на паспорт.png", mimeType="image/png", buffer=png()))
    await expect(citizen.page.locator("okno-chat .tray")).to_contain_text("Прикреплён")
    await citizen.tell("Вот моё фото")
    await shown(citizen.messages.last.get_by_role("img", name="Фото на паспорт.png"))
    await shown(desk.bubble("citizen", "Вот моё фото").get_by_role("img", name="Фото на паспорт.png"))


async def note_stays_inside(citizen: CitizenPage, desk: Desk) -> None:
    await desk.at("note-tab").click()
    await desk.send("Проверить льготу по пошлине")
    await expect(desk.bubble("note", "Проверить льготу")).to_have_count(1)
    await desk.at("reply-tab").click()
    await desk.send("Фото подходит.")
    await expect(citizen.messages.last).to_contain_text("Фото подходит")  # what was written after the note has come
    await expect(citizen.said("льготу")).to_have_count(0)


async def transferred_and_back(citizen: CitizenPage, desk: Desk, colleague: Desk) -> None:
    await colleague.become("ready")
    await transfer(desk, "queue:documents", "Нужен специалист по паспортам")
    await expect(citizen.state).to_have_text(re.compile("в очереди|Ждём оператора"))
    await expect(colleague.offer).to_contain_text("Документы и регистрация")
    await colleague.accept()
    await expect(citizen.state).to_have_text(f"Отвечает оператор {colleague.name}")
    await expect(colleague.bubble("citizen", QUESTION)).to_have_count(1)
    await expect(colleague.bubble("operator", "Фото подходит")).to_have_count(1)
    await expect(colleague.bubble("note", "Нужен специалист по паспортам")).to_have_count(1)
    await transfer(colleague, f"operator:{desk.login}", "Запись открыта")
    await desk.accept()
    await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    await expect(desk.bubble("note", "Запись открыта")).to_have_count(1)
    await expect(citizen.said(re.compile("специалист|Запись открыта"))).to_have_count(0)


async def transfer(desk: Desk, to: str, note: str) -> None:
    await desk.at("transfer").click()
    await desk.choose("transfer-to", to)
    await desk.at("transfer-note").fill(note)
    await desk.at("confirm-transfer").click()
    await expect(desk.at("conversation-row")).to_have_count(0)


async def closed_and_opened_again(citizen: CitizenPage, desk: Desk) -> None:
    await desk.at("close").click()
    await desk.choose("topic", "documents")
    await desk.at("confirm-close").click()
    await expect(citizen.state).to_have_text("Обращение закрыто")
    await expect(citizen.page.locator("okno-chat .closed")).to_be_visible()
    await expect(desk.at("conversation-row")).to_have_count(0)
    number = await citizen.number.inner_text()
    await citizen.tell("А сколько ждать паспорт?")
    await expect(citizen.state).to_have_text("Отвечает робот")
    await expect(citizen.number).to_have_text(number)
    await desk.at("view-recent").click()
    await desk.row(number.removeprefix("№ ")).click()
    await expect(desk.at("line-handed_over").filter(has_text="Завершено, тема «Документы»")).to_have_count(1)
    await expect(desk.bubble("citizen", "А сколько ждать паспорт?")).to_have_count(1)


async def test_four_at_once_and_no_fifth(stage: Stage, desk: Desk) -> None:  # CH-10
    citizens = [await (await stage.citizen()).greeted() for _ in range(5)]
    for citizen in citizens:
        await citizen.tell("позовите оператора")
        await expect(citizen.state).to_have_text(re.compile("в очереди|Ждём оператора"))
    await desk.become("ready")
    for held in range(1, 5):
        await desk.accept()
        await expect(desk.at("conversation-row")).to_have_count(held)
    await expect(citizens[4].state).to_have_text("Вы 1-й в очереди")
    await expect(desk.offer).to_have_count(0)
    for citizen in citizens[:4]:
        await expect(citizen.state).to_have_text(f"Отвечает оператор {desk.name}")
    await desk.at("close").click()
    await desk.choose("topic", "other")
    await desk.at("confirm-close").click()
    await desk.accept()  # whoever was the fifth
    await expect(citizens[4].state).to_have_text(f"Отвечает оператор {desk.name}")


async def test_another_operator_sees_only_his_own(stage: Stage, desk: Desk, crowd: People, admin: Clerk) -> None:  # SE-01
    citizen = await begin(stage)
    number = (await citizen.number.inner_text()).removeprefix("№ ")
    await desk.at("view-recent").click()
    conversation = await desk.row(number).get_attribute("data-id")
    stranger = await stage.signed_in((await crowd.clerk(admin)).login)
    await expect(stranger.at("view-waiting")).to_be_visible()
    for screen in ("recent", "articles", "operators", "audit"):
        await expect(stranger.at(f"view-{screen}")).to_have_count(0)
    stage.pardon(re.compile(r"status of 403 .*/api/conversations/"))
    await stranger.page.goto(f"{stage.house.base}/desk/#/inbox/mine/{conversation}")
    await expect(stranger.page.get_by_text("Разговор вам недоступен")).to_be_visible()
    await expect(stranger.page.get_by_text(QUESTION)).to_have_count(0)
    await desk.at("view-audit").click()
    refused = desk.at("deed").filter(has_text="Отказано в просмотре").filter(has=desk.page.locator(f"td[title='{stranger.login}']"))
    await expect(refused).not_to_have_count(0)
    await desk.at("audit-by").select_option(stranger.login)
    await desk.at("audit-what").select_option(label="Отказано в просмотре")
    await expect(desk.at("deed").filter(has_not=desk.page.locator(f"td[title='{stranger.login}']"))).to_have_count(0)
    await expect(refused).not_to_have_count(0)


async def test_operator_is_added_at_the_desk(stage: Stage, desk: Desk) -> None:  # SE-01
    await desk.at("view-operators").click()
    await desk.at("add-operator").click()
    await desk.at("operator-name").fill("Новая Сотрудница")
    await desk.at("operator-login").fill("fresh")
    await desk.at("save-operator").click()
    password = await desk.at("one-time-password").input_value()
    await desk.at("one-time-done").click()
    await expect(desk.at("operator").filter(has_text="Новая Сотрудница")).to_have_count(1)
    fresh = await stage.desk()
    await fresh.sign_in("fresh", password)
    await fresh.change_password(password, PASSWORD)
    await expect(fresh.at("me")).to_have_text("Новая Сотрудница")


async def operator(stage: Stage, crowd: People, admin: Clerk) -> Desk:
    return await stage.signed_in((await crowd.clerk(admin)).login)


PRESS_A = """([text, tag]) => {
  const at = document.activeElement
  if (!document.querySelector('[data-test=offer]')?.textContent.includes(text) || at?.tagName !== tag) return ''
  const key = new KeyboardEvent('keydown', { key: 'a', code: 'KeyA', bubbles: true, cancelable: true })
  return at.dispatchEvent(key) ? 'a letter' : 'taken'
}"""
"""«A», where the element that has the focus is of this kind, when the offer shows this text."""


async def test_one_at_a_time_and_no_key_ends_in_the_answer(stage: Stage, crowd: People, admin: Clerk) -> None:
    # CH-08
    questions = "Как получить СНИЛС?", "Как получить ИНН?", "Как получить паспорт?"
    await waiting(crowd, *questions)
    desk = await operator(stage, crowd, admin)
    # Its clock stands: a second after the offer came the key is a letter of the answer, however slow the machine is.
    await desk.page.clock.set_fixed_time(datetime.now(UTC))
    await desk.become("ready")
    for held, question in enumerate(questions, 1):
        pressed = await desk.page.wait_for_function(PRESS_A, arg=[question, "BUTTON" if held == 1 else "TEXTAREA"], polling="raf")
        assert await pressed.json_value() == "taken"
        await expect(desk.at("conversation-row")).to_have_count(held)
    await expect(desk.words).to_be_focused()
    await expect(desk.words).to_have_value("")
    await expect(desk.offer).to_have_count(0)


async def test_an_offer_stands_below_the_list_while_its_operator_types(stage: Stage, crowd: People, admin: Clerk) -> None:
    # CH-08
    desk = await operator(stage, crowd, admin)
    await desk.become("ready")
    await waiting(crowd, "Как получить СНИЛС?")
    await desk.accept()
    await waiting(crowd, "Как получить ИНН?")
    await expect(desk.offer).to_be_visible()
    await expect(desk.offer.locator("kbd").first).to_have_text("Alt")
    await desk.words.press_sequentially("Здравствуйте, сейчас посмотрю")
    await expect(desk.at("stands")).to_have_text("Пока вы печатаете, время стоит")
    await desk.offer.locator("summary").click()
    await expect(desk.offer).to_contain_text("гражданин ждал")
    list_, offer = [await desk.page.locator(each).bounding_box() for each in ("[data-test=inbox] .list", "[data-test=offer]")]
    assert list_ and offer
    assert list_["y"] + list_["height"] <= offer["y"]
    await pictured(desk, "offer")
    await desk.words.press("Alt+a")
    await expect(desk.at("conversation-row")).to_have_count(2)
    await expect(desk.offer).to_have_count(0)


@pytest.mark.smoke
async def test_a_personal_transfer_comes_first_and_is_told_who_has_no_room(stage: Stage, crowd: People, admin: Clerk) -> None:
    # CH-09
    anna, boris = await operator(stage, crowd, admin), await operator(stage, crowd, admin)
    await waiting(crowd, "Как получить СНИЛС?")
    await boris.become("ready")
    await boris.accept()
    await boris.at("transfer").click()
    row = boris.page.locator(f"[data-test=transfer-to][data-id='operator:{anna.login}']")
    await expect(row.get_by_test_id("load")).to_have_text("0 разговоров")
    await row.click()
    await boris.at("transfer-note").fill("Вы вели его в октябре")
    await boris.at("confirm-transfer").click()
    await expect(anna.at("notice")).to_contain_text(f"{boris.name} передаёт лично вам: Вы вели его в октябре")
    await anna.become("ready")
    await expect(anna.at("offer-title")).to_have_text(f"{boris.name} передаёт лично вам")
    await expect(anna.at("offer-note")).to_contain_text("Вы вели его в октябре")
    await pictured(anna, "offer-personal")


async def test_sent_and_closed_in_one_act_and_the_next_opens(stage: Stage, crowd: People, admin: Clerk) -> None:
    # CH-09, SL-05
    await waiting(crowd, "Как получить СНИЛС?", "Как получить ИНН?")
    desk = await operator(stage, crowd, admin)
    await desk.become("ready")
    for held in (1, 2):
        await desk.accept()
        await expect(desk.at("conversation-row")).to_have_count(held)
    await desk.at("close").click()
    await expect(desk.at("unanswered")).to_be_visible()
    await desk.page.keyboard.press("Escape")
    await desk.words.fill("СНИЛС оформит любой МФЦ.")
    await desk.words.press("Control+Shift+Enter")
    if await desk.at("confirm-close").is_visible():  # the robot has found no topic
        await desk.choose("topic", "other")
        await desk.at("confirm-close").click()
    await expect(desk.at("conversation-row")).to_have_count(1)
    await expect(desk.timeline).to_be_visible()
    await desk.at("promise").click()
    await desk.at("promise-why").fill("надо уточнить")
    await desk.at("promise-number").fill("8 916 123-45-67")
    await desk.at("confirm-promise").click()
    await desk.at("view-promised").click()
    await expect(desk.at("due-number").first).to_contain_text("+7 916 123‑45‑67")
