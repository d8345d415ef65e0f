"""Texts of the page for a citizen's own data, in Russian and in English."""

from msgspec import Struct

from hub.privacy.subject_request import RequestKind, RequestState


class OwnDataPhrases(Struct, frozen=True):
    """Text only: own_data_html.py makes HTML of it."""

    title: str
    lead: str
    back: str
    consents: str
    no_consent: str
    given: str
    withdrawn: str
    read: str
    withdraw: str
    withdraw_hint: str
    ask: str
    elsewhere: str
    kinds: dict[RequestKind, tuple[str, str]]
    """Its name and its effect."""
    text: str
    text_hint: str
    send: dict[RequestKind, str]
    mine: str
    vouched: str
    vouched_hint: str
    word: str
    new_word: str
    change_word: str
    change_hint: str
    withdraw_word: str
    held: str
    power_given: str
    end_power: str
    until: str
    states: dict[RequestState, str]
    appeal: str


RU = OwnDataPhrases(
    title="Мои данные",
    lead="Здесь можно узнать, что о вас хранится, исправить это или попросить удалить (закон № 152‑ФЗ, статьи 9, 14, 20, 21).",
    back="Назад к обращению",
    consents="Согласие",
    no_consent="Согласия вы не давали.",
    given="Редакция {version}, дано {at}.",
    withdrawn="Отозвано {at}.",
    read="Текст, с которым вы согласились",
    withdraw="Отозвать согласие",
    withdraw_hint="Имя и контакты сотрутся сразу. Переписка останется здесь, пока мы не удалим её: не позднее чем через 10 рабочих дней, "
                  "если закон не обязывает хранить её дольше.",
    ask="Попросить",
    elsewhere="Федеральный центр не ведёт данных о гражданах. Обратитесь в контакт-центр вашего региона.",
    kinds={
        RequestKind.COPY: ("Копия моих данных", "Всё, что мы о вас храним, одним файлом. Ответим за 10 рабочих дней."),
        RequestKind.DISCLOSURES: ("Кто видел мои данные", "Когда, кто и на каком основании. Ответим за 10 рабочих дней."),
        RequestKind.CORRECTION: ("Исправить", "Напишите, что записано неверно и как правильно. Исправим за 7 рабочих дней."),
        RequestKind.DELETION: (
            "Удалить", "Напишите, что удалить. Если закон обязывает это хранить, мы ответим, какой. Срок — 7 рабочих дней."),
    },
    text="Что именно",
    text_hint="До 1000 знаков.",
    send={RequestKind.COPY: "Попросить копию", RequestKind.DISCLOSURES: "Попросить список", RequestKind.CORRECTION: "Попросить исправить",
          RequestKind.DELETION: "Попросить удалить"},
    mine="Ваши запросы",
    vouched="Кодовое слово и представители",
    vouched_hint="По ним мы сообщаем ход услуг. Номер, СНИЛС и само слово прочитать нельзя: мы их не храним.",
    word="Кодовое слово для вашего номера, записано {at}.",
    new_word="Новое слово или число: от 4 до 40 знаков",
    change_word="Сменить слово",
    change_hint="Сменить слово можно, войдя через Госуслуги, или лично, с документом.",
    withdraw_word="Отозвать слово",
    held="Вы спрашиваете за другого: {shown}, по {until}. Записано {at}.",
    power_given="За вас спрашивает представитель: {shown}, по {until}. Записано {at}.",
    end_power="Прекратить полномочия",
    until="ответим до {due}",
    states={RequestState.OPEN: "рассматривается", RequestState.READY: "готовится ответ", RequestState.PROPOSED: "рассматривается",
            RequestState.ERASING: "выполняется", RequestState.DONE: "выполнен", RequestState.REFUSED: "отказано"},
    appeal="На отказ и на молчание можно пожаловаться в Роскомнадзор или в суд.",
)

EN = OwnDataPhrases(
    title="My data",
    lead="Here you can learn what is kept of you, have it put right, or ask for its deletion (Federal Law 152‑FZ, articles 9, 14, 20, 21).",
    back="Back to the request",
    consents="Consent",
    no_consent="You have given no consent.",
    given="Edition {version}, given {at}.",
    withdrawn="Withdrawn {at}.",
    read="The text that you have agreed to",
    withdraw="Withdraw the consent",
    withdraw_hint="Name and contacts are erased at once. What was written stays here until we delete it: within 10 working days, unless a "
                  "law obliges us to keep it for longer.",
    ask="Ask for",
    elsewhere="The federal centre keeps no data of citizens. Turn to the contact centre of your region.",
    kinds={
        RequestKind.COPY: ("A copy of my data", "All that we keep of you in one file, within 10 working days."),
        RequestKind.DISCLOSURES: ("Who has seen my data", "When, who and on what ground, within 10 working days."),
        RequestKind.CORRECTION: ("A correction", "Write what is wrong, and what is right. We correct it within 7 working days."),
        RequestKind.DELETION: (
            "Deletion", "Write what to delete. If a law obliges us to keep it, we tell you which. Within 7 working days."),
    },
    text="What exactly",
    text_hint="Up to 1,000 characters.",
    send={RequestKind.COPY: "Ask for a copy", RequestKind.DISCLOSURES: "Ask for the list", RequestKind.CORRECTION: "Ask for a correction",
          RequestKind.DELETION: "Ask for deletion"},
    mine="Your demands",
    vouched="Code word and representatives",
    vouched_hint="By these we tell how services go. Neither number, СНИЛС nor the word can be read: we do not keep them.",
    word="A code word for your number, recorded {at}.",
    new_word="A new word or number of 4 to 40 characters",
    change_word="Change the word",
    change_hint="The word can be changed when you are signed in by Gosuslugi, or in person with a document.",
    withdraw_word="Withdraw the word",
    held="You ask for somebody else: {shown}, until {until}. Recorded {at}.",
    power_given="A representative asks for you: {shown}, until {until}. Recorded {at}.",
    end_power="End the power",
    until="answered by {due}",
    states={RequestState.OPEN: "being looked at", RequestState.READY: "the answer is being made", RequestState.PROPOSED: "being looked at",
            RequestState.ERASING: "being done", RequestState.DONE: "done", RequestState.REFUSED: "refused"},
    appeal="You may complain of a refusal or of silence to Roskomnadzor or to a court.",
)


def own_phrases(lang: str) -> OwnDataPhrases:
    return EN if lang.startswith("en") else RU
