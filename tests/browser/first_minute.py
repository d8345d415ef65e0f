"""Somebody who has never seen the desk, with a login and a one-time password on a slip of paper: he does what the screen says."""

from collections.abc import Awaitable, Callable

from playwright.async_api import Page, expect

from tests.house import Citizen

OWN_PASSWORD = "лодка читает громко под мостом"
Look = Callable[[str], Awaitable[None]]
"""What the screen shows at a step, by its name."""
PACE_MS = 80
"""Between two letters of somebody who types neither fast nor slowly."""


async def first_minute(page: Page, login: str, one_time: str, citizen: Citizen, question: str, answer: str, look: Look) -> None:
    """From the page of the desk to a citizen who has read the answer, by what can be read there alone: names of fields and buttons."""
    async def types(field: str, words: str) -> None:
        await page.get_by_label(field, exact=True).press_sequentially(words, delay=PACE_MS)

    async def presses(button: str) -> None:
        await page.get_by_role("button", name=button).first.click()

    await expect(page.get_by_text("Войдите, чтобы отвечать на обращения.")).to_be_visible()
    await types("Логин", login)
    await types("Пароль", one_time)
    await look("1-sign-in")
    await presses("Войти")
    await types("Текущий пароль", one_time)
    await types("Новый пароль", OWN_PASSWORD)
    await types("Новый пароль ещё раз", OWN_PASSWORD)
    await look("2-own-password")
    await presses("Сменить пароль")
    await expect(page.get_by_text("Чтобы получать предложения, выйдите на линию.")).to_be_visible()
    await look("3-nothing-yet")
    await presses("Выйти на линию")
    await expect(page.get_by_role("button", name="Принять")).to_be_visible()
    await look("4-offer")
    await presses("Принять")
    await expect(page.get_by_text(question).first).to_be_visible()
    await page.get_by_role("textbox", name="Ответ", exact=True).press_sequentially(answer, delay=PACE_MS)
    await look("5-reply")
    await page.get_by_role("button", name="Отправить", exact=True).click()
    await citizen.line.hear("message", author="operator", text=answer)
    await look("6-answered")
