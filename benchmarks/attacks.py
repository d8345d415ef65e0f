"""Families of attacks by strangers: texts, letters and files that are costly for whoever reads them. Each is made of a source of chance."""

import io
import random
import struct
import zipfile
from functools import cache
from itertools import islice, product

import pymorphy3  # type: ignore[import-untyped]

LONGEST = 8_000
"""Signs of a message in the chat."""
SEEDS = (
    "снилс 112-233-445 95 ", "8 916 123 45 67 ", "1 ", "1(", "(1", "+7(", "4510 123456 ", "4276 5500 1234 5678 ", "а@", "@",
    "a.b@c.d, ", "> ", ">>>> ", "- ", "—", "…", "\n", "\r\n\t", " ", "\u00a0", "\u200b", "и\u0301\u0308", "👩‍👩‍👧", "\u202e",
    "ы", "aа", "ъ" * 40, "не ", "где, ", "где где ", "ул. Ленина, д. 5, ", "г. Клин ", "в Клину и в Туле ", "01.02.2026 ",
    "31.11.", "с 9 до ", "в понедельник или ", "завтра послезавтра ", "через сто двадцать три дня ", "тысяча ", "№ ", "210-ФЗ ",
    "http://a.b/", "http://", "www.", "https://user@", "<", "<b>", "</", "&#", "&lt;", "]]>", "%0d%0a", "\\", "\\u0430", "'\"",
    "${", "{{", "#", "/", "/start", "0", "00", "·", "код 123456 ", "статус 001-", "оператор ", "позовите ", "!!!", "??",
    "1,000.", "1.1.1.1.", "::", ":-)", "ё" * 3, "Ё ", "ABC", "é", "你好", "مرحبا ", "AAAA====", "=?utf-8?b?",
)
TAILS = ("", "!", "\x7f", "x", " я", "@", ")", "\n.", "0", "?")


def repeated(chance: random.Random, most: int) -> str:
    """One or two pieces again and again, with an end that fits to nothing."""
    pieces = "".join(chance.sample(SEEDS, chance.choice((1, 1, 1, 2, 2, 3))))
    length = chance.choice((most // 40, most // 10, most // 2, most))
    return (pieces * (length // len(pieces) + 1))[:length - 1] + chance.choice(TAILS)


def mixed(chance: random.Random, most: int) -> str:
    return "".join(chance.choices(SEEDS, k=most // 4))[:most]


def numbers(chance: random.Random, most: int) -> str:
    """What looks like numbers of people, a line each, no two alike."""
    forms = ("{:03d}-{:03d}-{:03d} {:02d}", "8 ({:03d}) {:03d}-{:02d}-{:02d}", "{:02d} {:02d} {:06d}", "{:04d} {:04d} {:04d} {:04d}")
    one = chance.choice(forms)
    lines = "\n".join("снилс " + one.format(*(chance.randrange(100) for _ in range(4))) for _ in range(most // 20))
    return lines[:most]


def senseless(chance: random.Random, most: int) -> str:
    """Signs without a word among them: their meaning takes longest to compute."""
    return "".join(chance.choices("abcdefghijklmnopqrstuvwxyzабвгдежзийклмнопрст/.?=&%<>_-01234 ", k=most))


def text(chance: random.Random, most: int = LONGEST) -> str:
    return chance.choice((repeated, repeated, repeated, mixed, numbers, senseless))(chance, most).replace("\x00", "")


@cache
def words() -> tuple[str, ...]:
    """Some tens of thousands of the dictionary's, from all over it. It takes some seconds."""
    known = pymorphy3.MorphAnalyzer(lang="ru").dictionary
    beginnings = map("".join, product("абвгдежзиклмнопрстуфхцчшэюя", "абвгдеиклмнопрсту", "аеиор"))
    return tuple(word for beginning in beginnings for word, *_ in islice(known.iter_known_words(beginning), 0, 100, 4))


def unmet(chance: random.Random, most: int) -> str:
    """Words that hardly two letters share, so that nobody has looked them up before."""
    return "\n".join(chance.choices(words(), k=most // 12))[:most]


def nested(depth: int) -> bytes:
    head = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(depth))
    return b"MIME-Version: 1.0\r\n" + head + b"Content-Type: text/plain\r\n\r\n.\r\n"


def letter(chance: random.Random, number: int) -> bytes:
    """A letter that is costly to read: its lines, its quotes, its parts or its head."""
    most = chance.choice((2_000, 30_000, 100_000, 240_000))
    head = (f"From: <stranger{number}@home.example>\r\nTo: ask@centre.example\r\n"
            f"Message-ID: <h{number}.{chance.getrandbits(64)}@home.example>\r\n")
    match chance.randrange(8):
        case 0:
            body = f"<p>{text(chance, most // 2)}:</p>" + "<blockquote>" * chance.choice((6, 100, 2_000)) + text(chance, most // 4)
            kind = "text/html; charset=utf-8"
        case 1:
            body, kind = "".join(f"> {text(chance, 900)}\r\n" for _ in range(most // 1000 + 1)), "text/plain; charset=utf-8"
        case 2:
            body, kind = "> " + chance.choice("aа@ ") * most + " wrote:\r\n", "text/plain; charset=utf-8"
        case 3:
            return (head.encode() + nested(chance.choice((20, 200, 1_000))))[:most]
        case 4:
            lines = f"Received: from {'a.' * 200} by b\r\nReferences: {'<a@b> ' * 100}\r\n"
            head += lines * (most // 3_000 + 1)
            body, kind = text(chance, 500), "text/plain; charset=utf-8"
        case 5:
            head += "Subject: " + "=?utf-8?b?0J8=?= " * 500 + "\r\n"
            body, kind = "".join(chance.choices("=?&<>@:;,. \r\n", k=most)), "text/plain; charset=koi8-r"
        case 6:
            body, kind = unmet(chance, most // 2), "text/plain; charset=utf-8"
        case _:
            body, kind = "<div>" * (most // 12) + "<table><tr><td>" * (most // 60) + text(chance, most // 4), "text/html; charset=utf-8"
    head += f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: 8bit\r\n"
    return f"{head}\r\n{body}\r\n".encode(errors="replace")


def many_entries(count: int) -> bytes:
    """A ZIP of nothing but its list: each entry is 46 bytes and a name (APPNOTE.TXT 4.3.12)."""
    entry = b"PK\x01\x02" + bytes(24) + struct.pack("<H", 1) + bytes(16) + b"a"
    shown = count & 0xFFFF
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, shown, shown, len(entry) * count, 30, 0)
    return b"PK\x03\x04" + bytes(26) + entry * count + end


def zipped(chance: random.Random) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        kinds = ("audio/x\r\nSet-Cookie: a=b", "application/epub+zip", "text/html", "video/" + "a" * 10_000)
        archive.writestr("mimetype", chance.choice(kinds))
        archive.writestr("word/document.xml", bytes(chance.choice((1_000, 4 << 20))))
    return content.getvalue()


def upload(chance: random.Random) -> bytes:
    match chance.randrange(6):
        case 0:
            return many_entries(chance.choice((3_000, 50_000, 215_000)))
        case 1 | 2:
            return zipped(chance)
        case 3:
            heads = (b"\x89PNG\r\n\x1a\n", b"%PDF-1.7\n", b"\xff\xd8\xff\xe0", b"ID3\x04", b"OggS", b"RIFF", b"II*\0")
            return chance.choice(heads) + chance.randbytes(200_000)
        case 4:
            return b"<svg xmlns='http://www.w3.org/2000/svg'>" + b"<g>" * 50_000
        case _:
            return text(chance, 100_000).encode()
