"""Sites, mail addresses and other words in Latin letters, in Russian ones. Pure."""

import re

_SITE = re.compile(
    r"(?<![\w@.-])(?:https?://)?(?:www\.)?((?:[a-zA-Z0-9а-яё-]+\.)+(?:ru|рф|com|org|net|su|gov|info|online|example|app|me))(?![\w-])"
    r"((?:/[\w.%-]*)*)(?:\?[\w=&%.-]*)?", re.IGNORECASE)
_MAIL = re.compile(r"(?<![\w@.+-])([a-zA-Z0-9_+-]+(?:\.[a-zA-Z0-9_+-]+)*)@((?:[a-zA-Z0-9-]+\.)+[a-zA-Zа-я]{2,10})(?![\w-])")
_WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
_WORDS = {
    "ru": "ру", "com": "ком", "org": "орг", "net": "нет", "su": "су", "gov": "гов", "info": "инфо", "mail": "мэйл", "yandex": "яндекс",
    "gosuslugi": "госуслуги", "mos": "мос", "mvd": "эм-вэ-дэ", "nalog": "налог", "sfr": "эс-эф-эр", "fns": "эф-эн-эс",
    "rosreestr": "росреестр",
    "fssp": "эф-эс-эс-пэ", "egrul": "егрюл", "mfc": "эм-эф-цэ", "notariat": "нотариат", "trudvsem": "труд всем", "sudrf": "суд эр-эф",
    "gibdd": "ги-бэ-дэ-дэ",
    "kremlin": "кремлин", "government": "гавернмент", "connectgas": "коннект газ", "rustest": "рустест", "checkege": "чек егэ", "do": "до",
    "sms": "эс-эм-эс", "pdf": "пэ-дэ-эф", "wi": "вай", "fi": "фай", "qr": "кью-ар", "id": "ай-ди", "email": "имэйл", "e": "и",
    "online": "онлайн",
    "max": "макс", "telegram": "телеграм", "whatsapp": "вотсап", "viber": "вайбер", "vk": "вэ-ка", "iphone": "айфон", "android": "андроид",
    "google": "гугл", "play": "плэй", "app": "эп", "store": "стор", "rustore": "рустор", "word": "ворд", "excel": "эксель", "iso": "исо",
    "jpg": "джэй-пэг", "jpeg": "джэй-пэг", "png": "пэ-эн-гэ", "zip": "зип", "sim": "сим", "okno": "окно", "www": "вэ-вэ-вэ", "http": "",
    "https": "", "vpn": "вэ-пэ-эн", "pin": "пин", "cvv": "си-ви-ви", "it": "ай-ти", "hr": "эйч-ар", "vip": "вип", "covid": "ковид",
    "ok": "окей", "me": "ми", "city": "сити", "example": "экзампл", "help": "хэлп",
}
_LETTERS = dict(zip("abcdefghijklmnopqrstuvwxyz", (
    "а", "бэ", "цэ", "дэ", "е", "эф", "жэ", "аш", "и", "йот", "ка", "эль", "эм", "эн", "о", "пэ", "ку", "эр", "эс", "тэ", "у", "вэ",
    "дубль-вэ", "икс", "игрек", "зэт"), strict=True))
_SOUNDS = {
    "shch": "щ", "sch": "щ", "sh": "ш", "ch": "ч", "zh": "ж", "kh": "х", "ts": "ц", "ya": "я", "yu": "ю", "yo": "ё", "ye": "е", "ph": "ф",
    "th": "т", "ck": "к", "ee": "и", "oo": "у", "qu": "кв", "iy": "ий", "a": "а", "b": "б", "c": "к", "d": "д", "e": "е", "f": "ф",
    "g": "г", "h": "х", "i": "и", "j": "дж", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "q": "к", "r": "р", "s": "с",
    "t": "т", "u": "у", "v": "в", "w": "в", "x": "кс", "y": "и", "z": "з", "'": "", "’": ""}
_SOUND = re.compile("|".join(sorted(_SOUNDS, key=len, reverse=True)))
_PART = re.compile(r"[a-zA-Z]+|\d+|[а-яёА-ЯЁ]+|[._@/%+-]")
_MARKS = {".": "точка", "@": "собака", "-": "дефис", "_": "подчёркивание", "/": "слэш", "+": "плюс"}
_LETTERS_AT_MOST = 4
"""Longer words in capitals are words."""


def sites(text: str) -> str:
    """«госуслуги точка ру»; the path behind a site's name is said, too."""
    text = _MAIL.sub(lambda found: _parts(found[0]), text)
    return _SITE.sub(lambda found: _parts(found[1] + found[2].rstrip("/.")), text)


def latin(text: str) -> str:
    """Words and letters."""
    return _WORD.sub(lambda found: _word(found[0]), text)


def _parts(address: str) -> str:
    said = (_MARKS.get(part) or (_word(part) if part.isascii() and part.isalpha() else part) for part in _PART.findall(address))
    return " ".join(filter(None, said))


def _word(word: str) -> str:
    lower = word.lower()
    if lower in _WORDS:
        return _WORDS[lower]
    if len(word) == 1 or (word.isupper() and len(word) <= _LETTERS_AT_MOST):
        return "-".join(_LETTERS[letter] for letter in lower if letter in _LETTERS)
    return _SOUND.sub(lambda found: _SOUNDS[found[0]], lower)
