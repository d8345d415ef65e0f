"""Texts of survey pages, in Russian and in English."""

from msgspec import Struct


class SurveyWords(Struct, frozen=True):
    lead_personal: str
    lead_anonymous: str
    lead_interview: str
    consent: str
    agree: str
    refuse: str
    refuse_hint: str
    send: str
    correct: str
    mandatory: str
    several: str
    scale: str
    """From the lowest grade to the highest: `top`."""
    text_hint: str
    thanks: str
    kept: str
    nobodys: str
    refused: str
    again: str
    withdraw: str
    withdraw_hint: str
    withdrawn: str
    unanswered: str
    faults: dict[str, str]


RU = SurveyWords(
    lead_personal="Ответы связаны с вашим обращением: их видят только руководители центра, который вас обслужил. "
                  "Сначала прочитайте согласие.",
    lead_anonymous="Опрос без имён: мы не храним, кто ответил, откуда и когда. Считаются только выбранные ответы.",
    lead_interview="Опрос по телефону без имён: спросите согласие отвечать, прочитайте вопросы, отметьте ответы. "
                   "Ни имени, ни номера не записывайте. После отправки откроется чистый лист.",
    consent="Согласие",
    agree="Согласен и хочу ответить",
    refuse="Не хочу отвечать",
    refuse_hint="Отказ ни на что не влияет.",
    send="Отправить ответы",
    correct="Исправить ответы",
    mandatory="нужен ответ",
    several="Можно выбрать несколько.",
    scale="1 — совсем плохо, {top} — отлично.",
    text_hint="До 1000 знаков. Не пишите имён, номеров и адресов.",
    thanks="Спасибо за ответы",
    kept="Пока опрос идёт, ответы можно исправить по той же ссылке.",
    nobodys="Ваши ответы посчитаны. Кто их дал, узнать уже нельзя, поэтому изменить их тоже нельзя.",
    refused="Мы записали, что вы не хотите отвечать. Больше об этом опросе не напомним.",
    again="Всё-таки ответить",
    withdraw="Отозвать согласие",
    withdraw_hint="Связь ответов с вами и написанные вами слова удалим сразу. Выбранные варианты останутся только в общем счёте.",
    withdrawn="Согласие отозвано, связь с вами удалена.",
    unanswered="Ответьте, пожалуйста, на этот вопрос.",
    faults={
        "no_such_survey": "Такого опроса нет, или ваше согласие отозвано.",
        "not_begun": "Опрос ещё не начался.",
        "survey_over": "Опрос закончен. Спасибо, что открыли его.",
        "quota_reached": "Нужное число ответов уже собрано. Спасибо, что открыли опрос.",
        "no_consent": "Сначала прочитайте согласие.",
        "other_version": "Текст согласия только что изменился: прочитайте его ещё раз.",
        "unfit": "Не на все вопросы есть ответ.",
        "too_fast": "Слишком часто. Подождите минуту и попробуйте снова.",
        "forbidden_origin": "Откройте эту страницу сами: форму прислал другой сайт.",
        "bad_form": "Форма не прочиталась. Попробуйте ещё раз.",
        "conflict": "Ответы только что изменены на другой странице: откройте опрос ещё раз.",
        "not_stored": "Сейчас ответы не сохранить. Попробуйте через минуту."})
EN = SurveyWords(
    lead_personal="The answers are linked to your request: only the leaders of the centre that has served you see them. "
                  "Please read the consent first.",
    lead_anonymous="A survey without names: we keep neither who has answered, nor from where, nor when. Only the choices are counted.",
    lead_interview="A telephone survey without names: ask whether the caller agrees to answer, read the questions out, mark the answers. "
                   "Write down no name and no number. An empty sheet follows.",
    consent="Consent",
    agree="I consent and want to answer",
    refuse="I do not want to answer",
    refuse_hint="A refusal has no consequences.",
    send="Send the answers",
    correct="Correct the answers",
    mandatory="an answer is needed",
    several="More than one may be chosen.",
    scale="1 is very bad, {top} is excellent.",
    text_hint="Up to 1000 characters. Please write no names, numbers or addresses.",
    thanks="Thank you for your answers",
    kept="While the survey goes on, the same link lets you correct them.",
    nobodys="Your answers are counted. Nobody can tell any more who has given them, so they cannot be changed either.",
    refused="We have noted that you do not want to answer, and will not remind you of this survey.",
    again="Answer after all",
    withdraw="Withdraw the consent",
    withdraw_hint="Whose the answers are, and the words that you have written, are erased at once. What you have chosen stays in the "
                  "totals alone.",
    withdrawn="The consent is withdrawn, and the link to you is erased.",
    unanswered="Please answer this question.",
    faults={
        "no_such_survey": "There is no such survey, or your consent was withdrawn.",
        "not_begun": "The survey has not begun yet.",
        "survey_over": "The survey is over. Thank you for coming.",
        "quota_reached": "There are as many answers as are needed. Thank you for coming.",
        "no_consent": "Please read the consent first.",
        "other_version": "The text of the consent has just changed: please read it again.",
        "unfit": "Some questions have no answer.",
        "too_fast": "Too often. Wait a minute and try again.",
        "forbidden_origin": "Open this page yourself: another site has sent the form.",
        "bad_form": "The form could not be read. Try again.",
        "conflict": "The answers were changed on another page just now: open the survey again.",
        "not_stored": "The answers cannot be stored now. Try again in a minute."})


def survey_words(lang: str) -> SurveyWords:
    return EN if lang == "en" else RU
