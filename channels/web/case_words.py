"""Texts of the page for tracking a case, in Russian and in English."""

from msgspec import Struct

from hub.cases.case import CaseKind
from hub.cases.state import CaseState


class CaseWords(Struct, frozen=True):
    title: str
    lead: str
    number: str
    code: str
    look: str
    reception: str
    kind: str
    kinds: dict[CaseKind, str]
    state: str
    states: dict[CaseState, str]
    registered: str
    due: str
    where: str
    there: str
    """Its number at the other centre, and its state."""
    passed: str
    then: str
    next: dict[CaseState, str]
    another: str
    faults: dict[str, str]


RU = CaseWords(
    title="Как идёт обращение",
    lead="Введите номер обращения и код, которые вам сообщили при регистрации.",
    number="Номер обращения",
    code="Код",
    look="Показать",
    reception="Если код потерян, новый выдаст сотрудник центра: понадобится подтвердить личность.",
    kind="Вид",
    kinds={CaseKind.INQUIRY: "вопрос", CaseKind.REQUEST: "заявление", CaseKind.COMPLAINT: "жалоба",
           CaseKind.OUTDATED: "сообщение об устаревших сведениях"},
    state="Состояние",
    states={
        CaseState.REGISTERED: "зарегистрировано", CaseState.IN_WORK: "в работе", CaseState.WITH_SPECIALIST: "у специалиста МФЦ",
        CaseState.SENT: "направлено в орган власти", CaseState.ENTRUSTED: "направлено в другой центр",
        CaseState.SUSPENDED: "приостановлено", CaseState.ANSWERED: "дан ответ", CaseState.CLOSED: "завершено",
        CaseState.FORWARDED: "переслано по принадлежности", CaseState.WITHDRAWN: "отозвано вами",
        CaseState.MERGED: "рассматривается вместе с другим вашим обращением"},
    registered="Зарегистрировано",
    due="Ответ до",
    where="Где сейчас",
    there="Там",
    passed="передано",
    then="Что дальше",
    next={
        CaseState.REGISTERED: "скоро его возьмёт в работу сотрудник", CaseState.IN_WORK: "сотрудник готовит ответ",
        CaseState.WITH_SPECIALIST: "ответ готовит специалист МФЦ", CaseState.SENT: "ответ готовит орган власти",
        CaseState.ENTRUSTED: "ответ готовит другой центр, а сообщит его этот",
        CaseState.SUSPENDED: "о возобновлении вам сообщат", CaseState.ANSWERED: "если ответ неполный, напишите или позвоните нам"},
    another="Посмотреть другое обращение",
    faults={
        "no_such_case": "Обращения с таким номером и кодом нет. Проверьте цифры.",
        "code_lost": "Точки стоят вместо кода: в переписке мы его не храним. Введите восемь цифр, которые вам сообщили.",
        "case_locked": "Код трижды не подошёл. Попробуйте через сутки или узнайте о ходе обращения на личном приёме.",
        "too_fast": "Слишком часто. Подождите минуту и попробуйте снова.",
        "forbidden_origin": "Откройте эту страницу сами: форму прислал другой сайт.",
        "bad_form": "Форма не прочиталась. Попробуйте ещё раз.",
        "not_stored": "Сейчас посмотреть нельзя. Попробуйте через минуту."})
EN = CaseWords(
    title="Follow your case",
    lead="Enter the number of your case and the code that you were told when it was registered.",
    number="Number of the case",
    code="Code",
    look="Show",
    reception="If you have lost the code, the centre's staff gives you a new one once you have shown who you are.",
    kind="Kind",
    kinds={CaseKind.INQUIRY: "inquiry", CaseKind.REQUEST: "request", CaseKind.COMPLAINT: "complaint",
           CaseKind.OUTDATED: "notice of outdated information"},
    state="State",
    states={
        CaseState.REGISTERED: "registered", CaseState.IN_WORK: "in work", CaseState.WITH_SPECIALIST: "with a specialist of an MFC",
        CaseState.SENT: "sent to an authority", CaseState.ENTRUSTED: "sent to another centre",
        CaseState.SUSPENDED: "suspended", CaseState.ANSWERED: "answered", CaseState.CLOSED: "closed",
        CaseState.FORWARDED: "forwarded to who must answer", CaseState.WITHDRAWN: "withdrawn by you",
        CaseState.MERGED: "worked on together with another case of yours"},
    registered="Registered",
    due="Answer by",
    where="Where it is",
    there="There",
    passed="passed on",
    then="What comes next",
    next={
        CaseState.REGISTERED: "somebody will take it up soon", CaseState.IN_WORK: "the answer is being prepared",
        CaseState.WITH_SPECIALIST: "a specialist prepares the answer", CaseState.SENT: "the authority prepares the answer",
        CaseState.ENTRUSTED: "the other centre prepares the answer, and this one tells you",
        CaseState.SUSPENDED: "you will be told when it goes on", CaseState.ANSWERED: "if the answer is incomplete, write or call us"},
    another="Look at another case",
    faults={
        "no_such_case": "There is no case with this number and code. Please check the digits.",
        "code_lost": "The dots stand in place of the code, which is not kept in the chat. Type the eight digits that you were told.",
        "case_locked": "The code was wrong three times. Try again in a day, or ask at a reception.",
        "too_fast": "Too often. Wait a minute and try again.",
        "forbidden_origin": "Open this page yourself: another site has sent the form.",
        "bad_form": "The form could not be read. Try again.",
        "not_stored": "It cannot be shown now. Try again in a minute."})


def case_words(lang: str) -> CaseWords:
    return EN if lang == "en" else RU
