"""What was newly said in whole letters, as mail programs write them: each .eml has its text, and what is folded away, in a .txt beside it.

Those in `acceptance` were written down before the rules for quotes were, and the blind ones among them before the rules had seen
them: 7 of the first 8 passed at once, and 7 of the 8 blind ones.
"""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.email.mime import read
from channels.email.quotes import fold

HERE = Path(__file__).parent
LETTERS = sorted([*HERE.glob("letters/*.eml"), *HERE.glob("acceptance/*.eml")])
PIECES = st.sampled_from([
    "", "> да", ">> раз", ">", "Здравствуйте!", "С уважением,", "Иван Петров", "тел. +7 912 555-00-11", "-- ", "--", "Отправлено с iPhone",
    '25.11.2026, 12:01, "Окно" <ask@okno.example>:', "Окно пишет:", "On Wed, Nov 25, 2026 at 12:01 PM Okno <a@b.c>", "wrote:",
    "-----Исходное сообщение-----", "От: Окно <ask@okno.example>", "Отправлено: 25 ноября 2026 г. 12:01", "Кому: Иван", "Тема: Вопрос", "---",
    "-------- Пересылаемое сообщение --------", "Когда откроется отдел?", "Ответы ниже.", "________________", " ", "Почему?", "\u00a0",
])
TEXTS = st.one_of(st.lists(PIECES, max_size=25).map("\n".join), st.text(max_size=200))


ATTRIBUTIONS = [
    '25.11.2026, 12:01, "Окно" <ask@okno.example>:', "Среда, 25 ноября 2026, 12:01 +03:00 от Окно <ask@okno.example>:",
    'среда, 25 ноября 2026г., 12:01 +03:00 от "Окно" ask@okno.example:', "ср, 25 нояб. 2026 г. в 12:01, Окно <ask@okno.example>:",
    "ср, 25 нояб. 2026 г., 12:01 Окно <ask@okno.example>:", "чт, 5 мая 2026 г., 09:12 Окно <ask@okno.example>:",
    "25 ноября 2026 г., 12:01 пользователь Окно <ask@okno.example> написал:", "On Wed, Nov 25, 2026 at 12:01 PM Okno <ask@okno.example> wrote:",
    "On 25 Nov 2026, at 12:01, Okno <ask@okno.example> wrote:", "On 11/25/2026 12:01 PM, Okno wrote:", "25.11.2026 12:01, Окно пишет:",
    "25.11.2026 12:01, Окно пишет: ", "25 нояб. 2026 г., в 12:01, Окно <ask@okno.example> написал(а):",
    "В среду, 25 ноября 2026 г., 12:01:10 GMT+3, Окно <ask@okno.example> написал(-а):", "Вы писали 25 ноября 2026 г., 12:01:24:",
    "You wrote on Wednesday, November 25, 2026, 12:01:24 PM:", "Окно писал(а) 2026-11-25 12:01:", "Окно писал 25.11.2026 12:01:",
    "В Ср, 25/11/2026 в 12:01 +0300, Окно пишет:", "В письме от среда, 25 ноября 2026 г. 12:01:24 MSK пользователь Окно написал:",
    "25.11.26 12:01, Окно написал(а):", "25-11-2026 12:01, ask@okno.example:", "2026-11-25 12:01 GMT+03:00 Окно <ask@okno.example>:",
    "Окно <ask@okno.example> 25 ноября 2026 г. 12:01:00 написал:", "От кого: Окно <ask@okno.example>, 25.11.2026 12:01:", "Окно пишет:",
    "ask@okno.example писал(а):", "Окно (ask@okno.example) написал(а) 25 ноября:",
]
SIGNATURES = [
    "Отправлено с iPad", "Отправлено с моего iPhone", "Отправлено с телефона Samsung", "Отправлено со смартфона Samsung Galaxy.",
    "Отправлено из Outlook для iOS", "Отправлено с устройства Huawei", "Отправлено из Почты Mail.ru", "Отправлено из мобильной Почты Mail.ru",
    "Отправлено из myMail для iOS", "Отправлено из приложения Яндекс Почта", "Отправлено с мобильного устройства", "Sent from my Galaxy",
    "Sent from Yahoo Mail on Android", "Get Outlook for iOS", "Sent from Mail.ru app for Android", "Отправлено с помощью BlueMail",
    "Отправлено с Android-устройства с помощью приложения K-9 Mail", "Отправлено через Rambler", "Sent with Proton Mail secure email.",
    "С уважением, Иван", "С ув., Иван", "с уважением\nИван", "Всего доброго!\nАнна", "С наилучшими пожеланиями,\nАнна Котова", "Best regards,\nIvan",
    "--\nИван", "-- \nИван\n+7", "С уважением,\n\nИван\n\nООО Ромашка", "Искренне Ваш,\nИван", "С глубоким уважением и благодарностью,\nИван",
    "Отправлено из мобильного приложения Яндекс Почты", "Отправлено с Honor", "Отправлено из Почты для Windows",
]


def flat(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


@pytest.mark.parametrize("path", LETTERS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_what_was_newly_said(path: Path) -> None:
    # CH-03
    text, _, folded = path.with_suffix(".txt").read_text(encoding="utf8").partition("\n=== folded ===\n")
    letter = read(path.read_bytes())
    assert letter.text == text.rstrip("\n")
    assert flat(letter.folded) == flat(folded)
    assert not letter.automatic
    assert letter.report is None


def test_there_are_letters_of_every_kind() -> None:
    assert len(LETTERS) >= 55
    assert len([path for path in LETTERS if path.parent.name == "acceptance"]) == 16


@settings(max_examples=400)
@given(text=TEXTS, forwarded=st.booleans())
def test_no_word_is_lost(text: str, forwarded: bool) -> None:
    # CH-03: text and folded together are the letter
    said, folded = fold(text, forwarded=forwarded)
    assert Counter(said.split()) + Counter(folded.split()) == Counter(text.split())


@settings(max_examples=400)
@given(text=TEXTS)
def test_never_is_everything_folded(text: str) -> None:
    # CH-03: only what stands beside something said
    said, folded = fold(text)
    assert not folded or any(sign.isalnum() for sign in said)


@settings(max_examples=200)
@given(own=st.lists(st.sampled_from(["Садовая, 8.", "Почему нет ответа?", "Я приду в пятницу."]), min_size=1, max_size=4), quoted=st.lists(PIECES, max_size=6))
def test_what_stands_between_and_below_quotes_stays(own: list[str], quoted: list[str]) -> None:
    # CH-03: bottom posting and answers between
    lines = [line for answer in own for line in (*(f"> {text}" for text in quoted), answer)]
    said, _ = fold("\n".join(lines))
    assert [line for line in said.split("\n") if line in own] == own


def test_a_quoted_address_is_not_an_attribution() -> None:
    # CH-03: in doubt nothing is folded
    text = "Мой адрес для ответа ivan@mail.ru:\nпишите туда.\n25.11.2026 я был у вас."
    assert fold(text) == (text, "")


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_attributions(attribution: str) -> None:
    # CH-03
    assert fold(f"Мой ответ.\n\n{attribution}\n> цитата\n> ещё")[0] == "Мой ответ."


@pytest.mark.parametrize("line", ["Приходите 25.11.2026:", "Список документов:", "Адрес: a@b.ru:", "Иванов говорит:", "Мне ответили 25 ноября:"])
def test_a_line_that_ends_with_a_colon_is_no_attribution_by_that(line: str) -> None:
    # CH-03
    assert fold(f"Мой ответ.\n\n{line}\n> цитата")[0] == f"Мой ответ.\n\n{line}"


@pytest.mark.parametrize("signature", SIGNATURES)
def test_signatures(signature: str) -> None:
    # CH-03
    assert fold(f"Мой ответ.\n\n{signature}") == ("Мой ответ.", signature)


@pytest.mark.parametrize("line", [
    "С уважением отнеситесь, прошу", "Отправлено из Москвы 12 ноября, получено 20-го", "Отправлено письмо в прокуратуру", "Спасибо!", "Жду ответа.\nИван",
    "С кем мне связаться?", "Всего доброго вам желаю", "--\nПочему вы не отвечаете?",
])
def test_what_only_looks_like_a_signature(line: str) -> None:
    # CH-03: in doubt nothing is folded
    assert fold(f"Мой вопрос.\n\n{line}") == (f"Мой вопрос.\n\n{line}", "")


def test_a_quote_in_a_letter_that_answers_none_is_shown() -> None:
    # CH-03: he cites the law
    text = "Согласно статье 10:\n> Ответ даётся в письменной форме.\n> В течение 30 дней."
    assert fold(text, answers=False) == (text, "")
    signed = "Спасибо.\n\nОкно <ask@okno.example> пишет:\n> Готово."
    assert fold(signed, answers=False)[0] == "Спасибо."
    mailru = "Спасибо.\n\n>Среда, 25 ноября 2026, 12:01 +03:00 от Окно <ask@okno.example>:\n>\n>Готово."
    assert fold(mailru, answers=False)[0] == "Спасибо."


def test_a_letter_pasted_into_one_that_answers_none_is_shown() -> None:
    # CH-03: what he was written by others is what he writes of
    text = "Мне пришло вот что.\n\nОт: УК Уют <uk@uyut.example>\nОтправлено: 24 ноября 2026 г. 9:00\nКому: Иван\nТема: Долг\n\nПлатите."
    assert read(f"Subject: Долг\r\n\r\n{text}".encode()).text == text
    assert read(f"Subject: Re: Долг\r\n\r\n{text}".encode()).text == "Мне пришло вот что."


def test_an_indent_after_a_colon_is_no_quote() -> None:
    raw = "Content-Type: text/html; charset=utf-8\r\nIn-Reply-To: <1@x>\r\n\r\n<p>Прошу ответить:</p><blockquote>1. Когда?</blockquote>"
    assert read(raw.encode()).text == "Прошу ответить:\n\n1. Когда?"


def test_a_wrapped_attribution_is_folded_whole() -> None:
    text = "Согласна.\n\nOn Wednesday, 25 November 2026 at 12:01:45 GMT+3, Centre for\nthe service of citizens and organisations\n<ask@okno.example> wrote:\n\n> Согласны?"
    said, folded = fold(text)
    assert said == "Согласна."
    assert folded.startswith("On Wednesday")
