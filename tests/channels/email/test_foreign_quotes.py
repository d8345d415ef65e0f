"""Quotes as mail programs of other languages introduce them; what is new is never folded."""

import pytest

from channels.email.quotes import fold

OWN = "Thanks, that helped."


@pytest.mark.parametrize("quote", [
    'On Mon, Feb 1, 2016 at 4:58 AM -0800, "Some One" <one@x.example> wrote:\n\nThe second letter.',
    "On Wed, Sep 25, 2013, at 03:57 PM, richard wrote:\n\nAn earlier letter.",
    "Some One <info@x.example> wrote:\n\nAn earlier letter.",
    "---- On Tue, 22 Dec 2015 14:17:36 +0530 Sam <info@x.example> wrote ----\n\nAn earlier letter.",
    "----John Smith wrote----\nAn earlier letter.",
    "-----Reply Message-----\nAn earlier letter.",
    "-----Ursprüngliche Nachricht-----\nVon: Team <team@x.example>\nGesendet: Don 11 Februar 2016 11:23\nAn: One <one@x.example>\nBetreff: x\n\nHallo!",
    "-----Mensaje original-----\nDe: Miguel\n\nHola",
    "Da: Team <team@x.example>\nInviato: martedì 3 gennaio 2017 10:35\nA: one@x.example\nOggetto: x\n\nCiao",
    "De : Team <team@x.example>\nEnvoyé le : jeudi 15 décembre 2016 09:35\nÀ : one@x.example\nObjet : x\n\nBonjour",
    "Max Muster <m@x.example> schrieb am Fr., 28.\nApr. 2017 um 11:53 Uhr:\n\n> Hallo!\n",
    'Am 21.04.2016 17:48 schrieb "Einz Zwei" <a.long.mailbox@discourse.x.example\n>:\n\n> Hallo\n',
    "2016-10-24 15:36 GMT+02:00 Foo bar <\ninfo@x.example>:\n\n> Hi",
    "Em 2 de fevereiro de 2015 10:58, Foro <\ninfo@x.example> escreveu:\n\n> Bom dia",
    "Le 2016-11-16 02:22, Erlend a écrit :\n> Bonjour", "Den 15. jun. 2016 kl. 20.42 skrev Jeff <j@x.example>:\n\nHei!",
    '30 серп. 2016 р. 20:45 "Arpit" <a@x.example> пише:\n\n> Привіт', "El jueves, 21 de noviembre de 2013, Jeff escribió:\n\n> Hola",
])
def test_a_quote_is_folded(quote: str) -> None:
    assert fold(f"{OWN}\n\n{quote}") == (OWN, quote.strip("\n"))


LIST = "_" * 47 + "\nriak-users mailing list\nriak-users@lists.x.example\nhttp://lists.x.example/listinfo/riak-users"


@pytest.mark.parametrize("rest", [
    f"\n\n\n{LIST}\n", f"\n\n-Abhishek Kona\n\n\n{LIST}", f"\n\n-Abhishek Kona\n\nOn 01/03/11 7:07 PM, Russell Brown wrote:\n> Hi,\n\n\n{LIST}",
    "\n\n-Анна Петрова\n", "\n\nOn Aug 22, 2011, at 7:37 PM, one<reply@x.example> wrote:\n\n\n\n\n> It works.",
])
def test_a_footer_of_a_list_a_name_and_a_distant_quote_are_folded(rest: str) -> None:
    assert fold(OWN + rest)[0] == OWN


@pytest.mark.parametrize("text", [
    "Документы:\n\n-Паспорт Гражданина", "Кого записать\n\n-Иванов Иван\n\n-Петров Пётр", "Нужна справка\n\n- Иванов Иван", "Да\n-Иванов Иван",
    "____________________\nSee our mailing list\nWhat is it?", "____________________________\nмоя рассылка новостей не работает",
])
def test_a_list_and_a_sentence_below_a_rule_are_not(text: str) -> None:
    # CH-03
    assert fold(text) == (text, "")


@pytest.mark.parametrize("text", [
    "Сосед <ivan@mail.ru> пишет:\nя воду не открою.\nЧто делать?", "On Monday I wrote:\nthe water is off. Nobody came.",
    "Von: wem auch immer\nIch schreibe.", "De: quién\nA: nadie\nno hay agua", "Data: 5 maggio\nA: casa\nDa: noi",
    "My friend wrote:\nthere is no water", "On the door they wrote:\nclosed",
])
def test_own_words_are_never_folded(text: str) -> None:
    # CH-03
    assert fold(text) == (text, "")
    assert fold(f"{OWN}\n\n{text}") == (f"{OWN}\n\n{text}", "")
