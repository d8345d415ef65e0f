"""Texts of the verification pages, in Russian and in English."""

from msgspec import Struct


class Words(Struct, frozen=True):
    offer: str
    """The button."""
    hint: str
    proven: str
    title: str
    case: str
    told: tuple[str, ...]
    go: str
    go_named: str
    back: str
    in_chat: str
    leave: str
    outcomes: dict[str, tuple[str, str]]
    """Code to title and text."""


RU = Words(
    offer="Подтвердить через Госуслуги",
    hint="Нужно, только если вы спрашиваете о своих делах: без этого оператор не может о них рассказать.",
    proven="Личность подтверждена через Госуслуги до {until}.",
    title="Подтверждение личности",
    case="Обращение {number}. Если вы его не начинали, закройте эту страницу: кто-то хочет воспользоваться вашей учётной записью.",
    told=("Сейчас откроются Госуслуги. Пароль вы введёте там, контакт-центр его не увидит.",
          ("Контакт-центр узнает, что ваша учётная запись подтверждена, и запомнит её в виде, из которого номер не восстановить. "
           "СНИЛС, паспорт и контакты он не запрашивает."),
          "Подтверждение действует час. Когда обращение закроют, для новых вопросов его нужно повторить."),
    go="Перейти на Госуслуги",
    go_named="Перейти и передать моё имя",
    back="Вернуться к обращению",
    in_chat="Вернитесь на страницу с чатом. Эту можно закрыть.",
    leave="Выйти из Госуслуг — если вы не за своим компьютером",
    outcomes={
        "done": ("Личность подтверждена", "Оператор видит это в вашем обращении."),
        "denied": ("Не подтверждено", "Вы отказались на странице Госуслуг. Обращение продолжается и без этого."),
        "unconfirmed": ("Учётная запись не подтверждена", (
            "Госуслуги не удостоверились, кто вы. Подтвердите учётную запись в МФЦ, через банк или электронной подписью и повторите.")),
        "failed": ("Не подтверждено", "Госуслуги не подтвердили, кто вы. Начните ещё раз из обращения."),
        "strangers": ("Не подтверждено", "В этом обращении уже подтвердил себя другой человек. Начните своё обращение."),
        "over": ("Не подтверждено", "Подтверждение начато не здесь или слишком давно. Начните ещё раз из обращения."),
        "locked": ("Слишком много попыток", (
            "Подтвердить личность трижды не получилось. Повторите через полчаса или придите с паспортом в МФЦ или в ведомство.")),
        "too_fast": ("Слишком часто", "Подождите минуту и начните ещё раз из обращения."),
        "away": ("Госуслуги не отвечают", "Повторите позже. Обращение продолжается и без этого."),
        "misconfigured": ("Сейчас подтвердить нельзя", "Мы уже знаем об этом. Обращение продолжается и без этого."),
    },
)
EN = Words(
    offer="Confirm with Gosuslugi",
    hint="Needed only for questions about your own cases: without it the operator may not speak about them.",
    proven="Your identity is confirmed by Gosuslugi until {until}.",
    title="Confirm who you are",
    case="Case {number}. If you did not start it, close this page: somebody wants to use your account.",
    told=("Gosuslugi opens next. You enter your password there; the contact centre does not see it.",
          ("The contact centre learns that your account is confirmed, and remembers it in a form that its number cannot be read from. "
           "It asks for no SNILS, passport or contacts."),
          "This counts for an hour. Once the case is closed, new questions need it again."),
    go="Go to Gosuslugi",
    go_named="Go, and pass on my name",
    back="Back to the case",
    in_chat="Go back to the page with the chat. This one can be closed.",
    leave="Sign out of Gosuslugi, if this is not your computer",
    outcomes={
        "done": ("Your identity is confirmed", "The operator sees this in your case."),
        "denied": ("Not confirmed", "You refused on the page of Gosuslugi. Your case goes on without it."),
        "unconfirmed": ("The account is not confirmed", (
            "Gosuslugi has not made sure who you are. Confirm it at an MFC, by a bank or an electronic signature, and try again.")),
        "failed": ("Not confirmed", "Gosuslugi did not confirm who you are. Begin again from your case."),
        "strangers": ("Not confirmed", "Somebody else has confirmed himself in this case. Start one of your own."),
        "over": ("Not confirmed", "This was not begun here, or too long ago. Begin again from your case."),
        "locked": ("Too many tries", (
            "Confirming has failed three times. Try again in half an hour, or come in person, with your passport, to an MFC.")),
        "too_fast": ("Too often", "Wait a minute and begin again from your case."),
        "away": ("Gosuslugi does not answer", "Try again later. Your case goes on without it."),
        "misconfigured": ("This does not work now", "We know about it. Your case goes on without it."),
    },
)


def words(lang: str) -> Words:
    return EN if lang == "en" else RU
