"""What a letter is made of: texts, files, pictures, letters in letters."""

import pytest

from channels.email.mime import File, read
from tests.channels.email.post import HEAD, PNG, coded, multipart, part

TEXT, HTML = "Фото во вложении.", "<p>Фото <b>во вложении</b>.<img src='cid:pic@x' alt='фото'></p>"


def test_nested_parts_with_a_picture_and_a_file() -> None:
    # CH-03
    related = multipart("related", part(HTML.encode(), "text/html; charset=utf-8"), coded(PNG, "image/png; name=p.png", "Content-ID: <pic@x>\r\n"), boundary="r")
    letter = read(HEAD + multipart("mixed", multipart("alternative", part(TEXT.encode()), related, boundary="a"), coded(b"%PDF-1", "application/pdf; name=a.pdf")))
    assert letter.text == TEXT
    assert letter.files == (File("p.png", PNG, "image/png"), File("a.pdf", b"%PDF-1", "application/pdf"))
    assert 'src="data:image/png;base64,iVBORw0KGgo' in letter.html
    assert (letter.sender, letter.name, letter.subject) == ("ivan@mail.ru", "Иван", "Вода")


def test_text_around_files() -> None:
    # CH-03: as Apple Mail writes; nothing said is lost
    letter = read(HEAD + multipart("mixed", part("До.".encode()), coded(b"%PDF-1", "application/pdf", "Content-Disposition: inline; filename=a.pdf\r\n"), part("После.".encode())))
    assert letter.text == "До.\n\nПосле."
    assert [file.name for file in letter.files] == ["a.pdf"]


def test_html_and_plain_pieces_side_by_side() -> None:
    letter = read(HEAD + multipart("mixed", part("<p>Раз</p>".encode(), "text/html; charset=utf-8"), part("Два".encode())))
    assert letter.text == "Раз\n\nДва"
    assert letter.html == "<p>Раз</p>\n<pre>Два</pre>"


def test_a_boundary_stands_at_the_beginning_of_a_line() -> None:
    # CH-03: RFC 2046 5.1.1
    said = "Смотрите --b и --bc\r\n--bc\r\nконец"
    assert read(HEAD + multipart("mixed", part(said.encode()))).text == said.replace("\r\n", "\n")


def test_an_empty_plain_form_gives_way_to_html() -> None:
    letter = read(HEAD + multipart("alternative", part(b" \r\n"), part("<p>Текст</p>".encode(), "text/html; charset=utf-8")))
    assert letter.text == "Текст"


def test_an_attached_letter_is_kept_byte_for_byte() -> None:
    # CH-03
    inner = b"From: x@y.ru\r\nSubject: =?utf-8?B?0JTQvtC70LM=?=\r\nX-Odd :  kept \r\nContent-Type: multipart/mixed; boundary=q\r\n\r\n--q\r\n\r\na\r\n--q--\r\nepilogue"
    letter = read(HEAD + multipart("mixed", part(b"hi"), part(inner, "message/rfc822")))
    assert letter.files == (File("Долг.eml", inner, "message/rfc822"),)
    assert letter.text == "hi"


@pytest.mark.parametrize(("kind", "more", "name"), [
    ("application/ms-tnef", "", "winmail.dat"),
    ("text/calendar; charset=utf-8; method=REQUEST", "", "файл-1.ics"),
    ("text/plain; charset=utf-8", "Content-Disposition: attachment\r\n", "файл-1.txt"),
    ('text/html; charset=utf-8; name="=?koi8-r?B?wcvU?=.html"', "", "акт.html"),
    ("image/jpeg", "Content-Disposition: inline; filename*=utf-8''%D1%84.jpg\r\n", "ф.jpg"),
    ("application/octet-stream", "Content-Disposition: attachment; filename=../../etc/passwd\r\n", "../../etc/passwd"),
    ("x", "Content-Disposition: attachment\r\n", "файл-1.txt"),
])
def test_files_and_their_names(kind: str, more: str, name: str) -> None:
    # CH-03: what is no text of the letter is a file, whole
    letter = read(HEAD + multipart("mixed", part(b"hi"), coded(b"\0\1\r\n\2", kind, more)))
    assert [(file.name, file.content) for file in letter.files] == [(name, b"\0\1\r\n\2")]
    assert letter.text == "hi"


def test_a_letter_that_is_a_file() -> None:
    letter = read(HEAD + coded(b"%PDF-1", "application/pdf; name=scan.pdf"))
    assert (letter.text, letter.files) == ("", (File("scan.pdf", b"%PDF-1", "application/pdf"),))


def test_a_letter_whose_text_has_a_name_is_its_text() -> None:
    # CH-03: some programs name the body
    letter = read(HEAD + part("Вода.".encode(), 'text/plain; charset=utf-8; name="message.txt"'))
    assert (letter.text, letter.files) == ("Вода.", ())


def test_an_invitation_is_a_file_beside_its_text() -> None:
    letter = read(HEAD + multipart("alternative", part("Приём".encode()), part(b"<p>x</p>", "text/html"), part(b"BEGIN:VCALENDAR", "text/calendar")))
    assert letter.text == "Приём"
    assert [file.type for file in letter.files] == ["text/calendar"]


def test_signed_and_digested_letters() -> None:
    signed = read(HEAD + multipart("signed", part(b"hi"), coded(b"0", "application/pkcs7-signature; name=smime.p7s")))
    assert (signed.text, [file.name for file in signed.files]) == ("hi", ["smime.p7s"])
    digest = read(HEAD + multipart("digest", b"\r\nSubject: one\r\n\r\nx", b"\r\nSubject: two\r\n\r\ny"))
    assert [file.name for file in digest.files] == ["one.eml", "two.eml"]  # RFC 2046 5.1.5


def test_what_is_beyond_the_limits_is_one_letter_that_can_be_opened() -> None:
    # CH-03, SE-01: nothing is lost where the work is bounded
    letter = read(HEAD + multipart("mixed", *(coded(b"%d" % number, "image/png") for number in range(1000))))
    assert len(letter.files) < 310
    rest = read(letter.files[-1].content)
    opened = [file.content for file in letter.files[:-1]]
    while rest.files[-1].name.endswith(".eml"):
        opened += [file.content for file in rest.files[:-1]]
        rest = read(rest.files[-1].content)
    assert [*opened, *(file.content for file in rest.files)] == [b"%d" % number for number in range(1000)]


def test_what_is_too_deep_is_a_letter_that_can_be_opened() -> None:
    inner = part("Здесь.".encode())
    for depth in range(15):
        inner = multipart("mixed", inner, boundary=f"b{depth}")
    letter = read(HEAD + inner)
    assert not letter.text
    assert read(letter.files[0].content).text == "Здесь."


def test_a_long_text_stays_whole_as_a_file() -> None:
    # CH-03: nothing is lost where the text is cut
    said = "Вода. " * 40_000
    letter = read(HEAD + part(said.encode()))
    assert len(letter.text) <= 100_000
    assert letter.files == (File("письмо.txt", said.encode(), "text/plain"),)


@pytest.mark.parametrize("evil", [
    "<script>alert(1)</script>", "<style>@import 'http://evil'</style>", "<img src='http://evil/p.gif'>", "<form action='http://evil'><input></form>",
    "<p style='background:url(http://evil)'>x</p>", "<a href='javascript:alert(1)'>x</a>", "<iframe src='http://evil'></iframe>", "<link href='http://evil'>",
    "<svg onload=alert(1)><image href='http://evil'/></svg>", "<img src=x onerror=alert(1)>", "<meta http-equiv=refresh content='0;url=http://evil'>",
    "<img src='data:image/svg+xml;base64,PHN2Zz4='>", "<base href='http://evil'>", "<object data='http://evil'></object>", "<table background='http://evil'>",
    "<p style='border-left: 1px solid url(http://evil)'>x</p>", "<img srcset='http://evil 1x'>", "<video poster='http://evil'></video>", "<math><mtext></mtext></math>",
    "<<script>script>alert(1)<</script>/script>", "<a title='><img src=http://evil>'>x</a>",
])
def test_nothing_in_shown_html_runs_or_calls_out(evil: str) -> None:
    # CH-03, SE-01
    letter = read(HEAD + part(f"<p>Да</p>{evil}".encode(), "text/html; charset=utf-8"))
    for danger in ("<script", "javascript:", "onerror", "onload", 'src="http', "style=", "<form", "<svg", "<iframe", "<link", "<meta", "<base", "svg+xml", "srcset"):
        assert danger not in letter.html.replace("&lt;", "")
    assert letter.html.startswith("<p>Да</p>")
    assert letter.text.startswith("Да")


def test_a_link_keeps_where_it_leads() -> None:
    letter = read(HEAD + part(b'<a href="https://gosuslugi.ru/x?a=1&amp;b=2">here</a>', "text/html"))
    assert letter.text == "here (https://gosuslugi.ru/x?a=1&b=2)"
    assert letter.html == '<a href="https://gosuslugi.ru/x?a=1&amp;b=2">here</a>'


def test_html_that_is_too_large_is_read_roughly_and_kept_whole() -> None:
    # CH-03, SE-01
    html = "<style>p{}</style><!-- no --><p>Вода" + "<b>&amp;" * 31_000
    letter = read(HEAD + part(html.encode(), "text/html; charset=utf-8"))
    assert letter.text.startswith("Вода &")
    assert "p{}" not in letter.text
    assert (letter.html, letter.files) == ("", (File("письмо.html", html.encode(), "text/html"),))


def test_large_pictures_are_files_only() -> None:
    big = PNG + b"\0" * 100_000
    related = multipart("related", part(HTML.encode(), "text/html; charset=utf-8"), coded(big, "image/png", "Content-ID: <pic@x>\r\n"))
    letter = read(HEAD + related)
    assert "src" not in letter.html
    assert letter.files[0].content == big
