"""Texts without a charset, or with a wrong one: Latin letters stay Latin, Cyrillic ones Cyrillic."""

import pytest

from channels.email.charsets import decode
from channels.email.mime import read
from tests.channels.email.post import HEAD

WESTERN = [
    "Die diesjährige Prüfung fällt aus, weil die Räume für größere Gruppen nicht verfügbar sind.",
    "Nous avons déjà reçu votre lettre, mais la pièce jointe à été abîmée : où êtes-vous ?",
    "El niño mañana irá al médico, ¿podría usted decir a qué hora?", "Nuvolosità in aumento da lunedì, più caldo giovedì.",
    "Smørrebrød på åben brød, og så går vi hjem.", "Frösche", "HasenundFrösche.txt", "ÄäÖöÜü.txt",
]
RUSSIAN = [
    "Воды нет третий день, и никто не отвечает.", "Hello, меня зовут Иван, my number is 5.", "Почему ЖКХ (ООО Уют) молчит? Tel. 8-800.",
    "СНИЛС потерян. Regards, Ivan", "Прошу перезвонить, IP-телефония не работает: www.example.ru",
]


@pytest.mark.parametrize("label", ["", "us-ascii", "iso-8859-1", "unknown-8bit", "utf-8"])
@pytest.mark.parametrize("text", WESTERN)
def test_a_western_text_is_not_read_as_cyrillic(text: str, label: str) -> None:
    assert decode(text.encode("windows-1252"), label) == text


@pytest.mark.parametrize("label", ["", "us-ascii", "iso-8859-1", "unknown-8bit"])
@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "cp866"])
@pytest.mark.parametrize("text", RUSSIAN)
def test_a_russian_text_among_latin_words_stays_russian(text: str, charset: str, label: str) -> None:
    # CH-03
    assert decode(text.encode(charset), label) == text


def test_names_of_outlook_for_eastern_charsets_are_known() -> None:
    assert decode("스티해".encode("cp949"), "ks_c_5601-1987") == "스티해"
    assert decode("镕".encode("gb18030"), "gb2312") == "镕"


def test_a_charset_of_seven_bits_with_others_is_not_believed() -> None:
    assert read(HEAD + "Content-Type: text/plain; charset=iso-2022-jp\r\n\r\nВоды нет".encode()).text == "Воды нет"


@pytest.mark.parametrize(("label", "charset", "text"), [
    ("ISO-2022-JP", "euc-jp", "次のあて先へのメッセージはエラーのため送信できませんでした。"), ("iso-2022-jp", "cp932", "メールアドレスをご確認の上"),
    ("iso-2022-kr", "cp949", "다음 수신자에게 배달할 수 없습니다"), ("hz", "gb18030", "邮件无法送达以下收件人")])
def test_eight_bits_under_a_label_of_seven_are_read(label: str, charset: str, text: str) -> None:
    assert read(HEAD + f"Content-Type: text/plain; charset={label}\r\n\r\n".encode() + text.encode(charset)).text == text
