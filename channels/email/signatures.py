"""Finds the beginning of a signature in a text."""

import re
from collections.abc import Sequence

LINES, LOOSE_LINES, LINE, WORDS, FEW, CLOSING_LIMIT = 20, 10, 120, 14, 4, 90
"""Lines below a delimiter, with its space and without; characters and words of a line, words of a sentence, characters of a closing."""
LONGEST = 1000
"""Maximum characters of a generated footer line."""
DELIMITER = re.compile(r"-- ?$")  # RFC 3676 §4.3; Mail.ru and others lose the space
DEVICE = re.compile(
    r"^\s*+[-—\[(]?\s*+(?:простите за краткость,? )?"
    r"(?:(?:отправлено|послано|написано|создано|sent)\s+(?:с|со|из|в|от|через|при помощи|from|via|with|by|using)\b.{0,40}"
    r"\b(?:iphone|ipad|android|ios|samsung|galaxy|huawei|honor|xiaomi|redmi|mi|poco|realme|nokia|яндекс\w*|yandex\w*|mail(?:\.ru)?|почт[аы]|outlook"
    r"|bluemail|mymail|gmail|windows|телефона?|смартфона?|мобильн\w+|планшета?|устройства|device|phone|mobile|blackberry|spark|proton\w*"
    r"|rambler|рамблер\w*|k-9|мтс|мегафон\w*|билайн\w*)\b.{0,40}"
    r"|(?:sent from my|gesendet von (?:meinem|outlook)|von meinem|envoyé (?:depuis|de) mon"
    r"|enviado (?:desde|do) (?:mi|meu)|inviato da|sendt fra min)\b.{0,60}"
    r"|(?:get|скачать|получить|установить)\s+outlook\s+(?:for|для)\s+\w+.{0,40})[.\])]?\s*$", re.IGNORECASE)
CHECKED = re.compile(
    r"^\s*(?:p\s+)?(?:прежде чем (?:рас)?печатать|please consider the environment|без вирусов\b|virus-free\b"
    r"|(?:это|данное) (?:сообщение|письмо) проверено на вирусы|this email has been checked for viruses"
    r"|(?:данное|настоящее|это) (?:электронное )?(?:сообщение|письмо)\b.{0,200}\bконфиденциальн"
    r"|this (?:e-?mail|message)\b.{0,200}\bconfidential)", re.IGNORECASE)
"""Footers of servers, lawyers and environmentalists."""
SIGNED = re.compile(r"^[-–—][A-ZА-ЯЁ][\w.'’-]{0,40}(?:[ \t]{1,4}[A-ZА-ЯЁ][\w.'’-]{0,40}){1,3}[ \t]{0,9}$")
"""A name behind a dash, as in «-Анна Петрова»; a list has a space there, or more than one line."""
RULE = re.compile(r"^_{20,}\s*$")
LIST_NAME = re.compile(r"^\s*(?:\S{1,80} mailing list|(?:список рассылки|рассылка) \S{1,80})\s*$", re.IGNORECASE)
"""The first line of a mailing list's footer; each other one is an address (Mailman)."""
CLOSING = re.compile(
    r"^\s*(?:[-—]\s*)?(?:с\s+(?:глубоким\s+|большим\s+|искренним\s+)?(?:уважением|почтением|наилучшими(?:\s+пожеланиями)?|пожеланиями|благодарностью)"
    r"(?:\s+(?:и|к)\s+\w+){0,2}|с\s+ув|искренне\s+ваш[аи]?|всего\s+(?:доброго|наилучшего|хорошего)|(?:best|kind|warm)\s+regards|best\s+wishes|regards|(?:yours\s+)?sincerely"
    r"(?:\s+yours)?|br)\b\s*[,.!;:—-]*\s*(?P<rest>.*)$", re.IGNORECASE)
TALK = re.compile(
    r"[?]|!\s*$|\b(?:прошу|просим|просьба|жд[уеё]м?|хочу|хотим|мне|меня|нам|нас|вас|вам|вы|я|мы|не|нет|когда|почему|если|чтобы|что|как|это|можно"
    r"|нужно|надо|спасибо|помогите|сообщите|ответьте|перезвоните|пожалуйста|please|you|i|we|not|p\.?\s?s|п\.?\s?с|зы)\b", re.IGNORECASE)
"""Words that no signature contains."""
SENTENCE = re.compile(r"(?<![^\W\d])[^\W\d]{3,}+\.\s*$")
SPEAKS = re.compile(r"[^\W_]")


def begins(lines: Sequence[str], start: int, end: int) -> int:
    """The first line of a signature between `start` and `end`; `end` where there is none."""
    stop = _delimited(lines, start, _list_footer(lines, start, end))
    first = stop
    rows = 0
    for at in range(stop - 1, start - 1, -1):
        if not lines[at].strip():
            continue
        rows += 1
        if _closes(lines[at]) or _signed(lines, start, at, stop):
            first = at
        elif rows > LOOSE_LINES or not _contact(lines[at]):
            break
    return first


def _list_footer(lines: Sequence[str], start: int, end: int) -> int:
    """The rule above a mailing list's footer; `end` where there is none."""
    at = next((at for at in range(end - 1, start - 1, -1) if RULE.match(lines[at])), end)
    name, *addresses = [line for line in lines[at + 1:end] if line.strip()] or [""]
    return at if LIST_NAME.match(name) and all(len(line.split()) == 1 for line in addresses) else end


def _signed(lines: Sequence[str], start: int, at: int, stop: int) -> bool:
    """Whether a line is a name alone behind a dash, below an empty line, and no item of a list."""
    if at - start < 2 or lines[at - 1].strip() or not SIGNED.match(lines[at]):  # noqa: PLR2004 - a text and an empty line
        return False
    above = next((line for line in reversed(lines[start:at]) if line.strip()), ":")
    return not above.rstrip().endswith(":") and sum(line.startswith(("-", "–", "—")) for line in lines[start:stop]) == 1


def _delimited(lines: Sequence[str], start: int, end: int) -> int:
    """The uppermost delimiter with few enough lines below it."""
    if not any(map(DELIMITER.match, lines[start:end])):
        return end
    first, below, talks = end, 0, False
    for at in range(end - 1, start - 1, -1):
        line = lines[at]
        strict = line == "-- "
        if DELIMITER.match(line) and (strict or (below <= LOOSE_LINES and not talks)):
            first = at
        below += bool(line.strip())
        talks = talks or (TALK.search(line) is not None and not _closes(line))
        if below > LINES:
            break
    return first


def _closes(line: str) -> bool:
    """Whether the line belongs to a signature, whatever precedes it."""
    if _printed(line):
        return True
    closing = CLOSING.match(line) if len(line) <= CLOSING_LIMIT else None
    if closing is None:
        return False
    rest = closing["rest"]
    return not rest or ((rest[0].isupper() or rest[0] in '«"(') and _contact(rest))


def _printed(line: str) -> bool:
    """Whether a program generated it. Thousands of spaces before or within it would take these patterns minutes."""
    told = line.strip()
    return len(told) <= LONGEST and (DEVICE.match(told) or CHECKED.match(told)) is not None


def _contact(line: str) -> bool:
    """Whether a line may name a person, an office, or a contact."""
    if _printed(line) or not SPEAKS.search(line):
        return True
    words = line.split()
    return len(line.strip()) <= LINE and len(words) <= WORDS and not TALK.search(line) and not (len(words) >= FEW and SENTENCE.search(line))
