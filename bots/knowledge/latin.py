"""Russian typed in Latin letters: with the wrong keyboard layout, or transliterated."""

import re

_LATIN = re.compile("[A-Za-z]")

_LAYOUT = str.maketrans(
    """qwertyuiop[]asdfghjkl;'zxcvbnm,.`QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~""",
    "йцукенгшщзхъфывапролджэячсмитьбюёЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ",
)
_SOUNDS = {
    "shch": "щ", "sch": "щ", "yo": "е", "jo": "е", "zh": "ж", "kh": "х", "ts": "ц", "ch": "ч", "sh": "ш", "yu": "ю",
    "ju": "ю", "iu": "ю", "ya": "я", "ja": "я", "ia": "я", "a": "а", "b": "б", "v": "в", "w": "в", "g": "г", "d": "д",
    "e": "е", "z": "з", "i": "и", "j": "й", "k": "к", "l": "л", "m": "м", "n": "н", "o": "о", "p": "п", "r": "р",
    "s": "с", "t": "т", "u": "у", "f": "ф", "h": "х", "c": "ц", "x": "кс", "y": "ы", "q": "к", "'": "ь",
}  # fmt: skip
_JOINED = re.compile("|".join(sorted((sound for sound in _SOUNDS if len(sound) > 1), key=len, reverse=True)))
_SINGLE = str.maketrans({sound: letter for sound, letter in _SOUNDS.items() if len(sound) == 1})


def readings(text: str) -> tuple[str, ...]:
    """What a text with Latin letters may have been meant to be, in Cyrillic; nothing for a text without them."""
    if not _LATIN.search(text):
        return ()
    return text.translate(_LAYOUT), _JOINED.sub(lambda sound: _SOUNDS[sound[0]], text.casefold()).translate(_SINGLE)
