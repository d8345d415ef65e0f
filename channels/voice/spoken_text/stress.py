"""Stress marks (U+0301 behind the vowel) for words that RHVoice stresses otherwise. Pure.

What it stresses is seen without listening: a word and the same word with the mark of its stress give the same sound, byte by byte.
"""

import re

MARK = "\u0301"
STRESSED = (
    "госуслу́га", "госуслу́ги", "госуслу́г", "госуслу́гам", "госуслу́гах", "госуслу́гами", "госуслу́гу", "госуслу́ге", "госуслу́гой",
    "све́дения", "све́дений", "све́дениям", "све́дениях", "све́дениями", "све́дение",
    "ко́декс", "ко́декса", "ко́дексу", "ко́дексом", "ко́дексе", "ко́дексы", "ко́дексов",
    "пода́ть", "самозапре́т", "самозапре́та", "самозапре́те", "загра́н", "загра́на", "ипра́", "фио́",
    "спроси́те", "попроси́те", "приложи́те", "проси́те", "смотри́те", "помо́чь", "звоно́к", "апости́ль", "маткапита́лом", "маткапита́ла",
    "при́став", "при́става", "при́ставу", "при́ставы", "при́ставов", "при́ставам", "при́ставом", "при́ставами",
)
_FAMILY = re.compile(r"(?<![ыи]е )(?<!\w)([Сс]емьи)(?![\w\u0301])")
"""«доход семьи́», but «бедные се́мьи»."""


_PLACES = {word.replace(MARK, ""): word.index(MARK) for word in STRESSED}
_WORD = re.compile(rf"(?<!\w)(?:{'|'.join(sorted(_PLACES, key=len, reverse=True))})(?![\w{MARK}])", re.IGNORECASE)


def stresses(text: str) -> str:
    text = _FAMILY.sub(rf"\1{MARK}", text)
    return _WORD.sub(lambda found: _marked(found[0], _PLACES[found[0].lower()]), text)


def _marked(word: str, at: int) -> str:
    return f"{word[:at]}{MARK}{word[at:]}"
