"""Texts and buttons in the form of messengers: nothing is lost by cutting, and a pressed label leads back to its choice."""

from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from channels.messenger.message_format import OutgoingMessage, cut, joined, labels, links, pressed, rows, units
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Attachment, Author, Message, Source, whole

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
TEXTS = st.text(st.sampled_from("абв \n.!🙂"), max_size=300)


def said(*messages: Message) -> OutgoingMessage:
    return joined([StoredEvent(n, 1, message) for n, message in enumerate(messages)])


@given(TEXTS, st.integers(2, 40))
def test_pieces_fit_and_together_are_the_text(text: str, limit: int) -> None:
    # CH-05
    pieces = cut(text, limit)
    assert all(0 < units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_a_text_is_cut_between_paragraphs_then_lines_then_sentences_then_words() -> None:
    # CH-05
    assert cut("Первый абзац.\n\nВторой абзац. И ещё.", 25) == ["Первый абзац.", "Второй абзац. И ещё."]
    assert cut("Строка одна\nстрока две", 15) == ["Строка одна", "строка две"]
    assert cut("Одно. Два слова.", 12) == ["Одно. Два", "слова."]
    assert cut("Первое дело. Второе", 16) == ["Первое дело.", "Второе"]
    assert cut("а" * 7, 3) == ["ааа", "ааа", "а"]
    assert cut("слово слово", 5) == ["слово", "слово"]
    assert cut("  ", 5) == []


def test_a_sign_of_two_units_is_never_parted() -> None:
    # CH-05
    assert units("🙂") == 2
    assert cut("🙂" * 3, 3) == ["🙂", "🙂", "🙂"]
    assert labels(["🙂" * 5], 4) == ["🙂…"]


def test_what_is_said_at_once_is_one_text_with_its_source_and_the_last_choices() -> None:
    # CH-05, AL-06
    file = Attachment("0" * 64, "Справка.pdf", "application/pdf", 5)
    source = Source("mfc", "Где МФЦ", date(2026, 11, 1), "59-ФЗ")
    assert said(Message(Author.BOT, "Здравствуйте!", NOW, choices=("Права",)),
                Message(Author.BOT, "Ответ", NOW, choices=("Оператор",), source=source),
                Message(Author.OPERATOR, "", NOW, attachments=(file,))) == OutgoingMessage(
        "Здравствуйте!\n\nОтвет\nИсточник: 59-ФЗ, верно на 01.11.2026.", ("Оператор",), (file,))


@given(st.lists(st.text(st.sampled_from("абв 🙂"), min_size=1, max_size=60).filter(str.strip), unique=True, max_size=12), st.integers(8, 40))
def test_a_pressed_label_leads_back_to_its_choice(choices: list[str], limit: int) -> None:
    # CH-05
    made = labels(choices, limit)
    assert len(set(made)) == len(made)
    assert all(units(label) <= limit for label in made)
    assert [pressed(label, choices, limit) for label in made] == choices
    assert [button.index for row in rows(choices, limit) for button in row] == list(range(len(choices)))


def test_short_buttons_share_a_row() -> None:
    # CH-05
    shown = [[button.label for button in row] for row in rows(("Да", "Нет", "Как получить загранпаспорт", "Позвать оператора"), 40)]
    assert shown == [["Да", "Нет", "Как получить загранпаспорт"], ["Позвать оператора"]]
    assert len(rows(("а", "б", "в"), 40, width=1)) == 3
    assert sum(map(len, rows([str(n) for n in range(200)], 40))) == 100
    assert pressed("нет такой", ("Да",), 40) == "нет такой"


def test_halves_of_signs_are_replaced() -> None:
    # CH-05
    assert whole("а\ud83d б 🙂\udc00") == "а\ufffd б 🙂\ufffd"


def test_pages_that_a_text_names_have_buttons() -> None:
    # CH-05
    text = "Запись (https://gosuslugi.ru/a?b=1), «https://GOSUSLUGI.ru/c». https://gosuslugi.ru/a?b=1 https://mos.ru; https://fourth.ru"
    assert [(each.label, each.url) for each in links(text, 64)] == [
        ("Открыть gosuslugi.ru", "https://gosuslugi.ru/a?b=1"), ("Открыть gosuslugi.ru (2)", "https://GOSUSLUGI.ru/c"), ("Открыть mos.ru", "https://mos.ru")]


def test_an_address_that_a_messenger_might_refuse_has_none() -> None:
    # CH-05
    refused = "http://a.ru https://a https://пример.рф https://a.ru/путь https://[::1]/ https://u:p@a.ru https://a.ru/" + "x" * 2000
    assert links(refused, 40) == []
