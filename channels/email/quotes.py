"""Separates the new text of a letter from quotes and signatures, as Russian and English mail programs write them.

Lines are only classified, never changed, so no word is lost. A doubtful line counts as new text.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from channels.email import signatures

NEAR, ABOVE_MARKS, WRAPPED, WRAPS, ATTRIBUTION_LIMIT, FIELDS_NEAR, SHORT = 2, 5, 3, 66, 400, 8, 400
"""Rows from an attribution to its quote, without and with marks; its maximum lines, its characters if wrapped, and at most; lines of a
header block; characters of a short text."""
MONTH = (r"(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек|січ|лют|бер|кві|тра|чер|лип|сер|вер|жов|лис|гру"
         r"|jan|feb|mar|apr|ma[yij]|jun|jul|aug|sep|o[ck]t|nov|de[cz]|fév|avr|août|ene|abr|ago|dic|fev|set|out)")
DATE = re.compile(
    rf"\b\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\b\d{{4}}-\d\d-\d\d"
    rf"|\b\d{{1,2}}(?:-го|\.| de)?[ \u00a0-]{MONTH}|\b{MONTH}\w*\.?,? \d{{1,2}}\b",
    re.IGNORECASE)
ABROAD = r"schrieb|a écrit|escribió|escreveu|ha scritto|skrev|schreef|napisał\(?a?\)?|kirjoitti"
"""«Wrote» in languages of other mail programs."""
WROTE = re.compile(rf"\b(?:пишет|пишете|пише|(?:на)?писал(?:\(а\)|[аи])?|wrote|writes|{ABROAD})(?!\w)", re.IGNORECASE)
WROTE_LAST = re.compile(rf"^.{{1,100}}\b(?:пишет|пише|(?:на)?писал(?:\(а\)|[аи])?|wrote|{ABROAD}) ?:$", re.IGNORECASE)
WROTE_AT = re.compile(rf"^(?:on|am|le|el|em|den|il|op) .{{1,200}}\b(?:wrote|{ABROAD}) ?:$"
                      rf"|^[^<>]{{1,60}}<[^<>\s]{{1,100}}> (?:wrote|{ABROAD}) ?:$", re.IGNORECASE)
"""Whole attributions of mail programs, which nobody writes by hand."""
ADDRESS = re.compile(r"[^\s@<>()]@[^\s@<>()]")
"""Matches if there is an address, whatever its length."""
ORIGINAL = re.compile(
    r"^\s*+[-_*=]{2,}+\s*+(?:(?:original|reply) (?:message|appointment|email)|ursprüngliche nachricht|mensaje original|message d['’]origine"
    r"|message original|messaggio originale|mensagem original|oorspronkelijk bericht|ursprungligt meddelande|(?:on )?.{1,200}\bwrote"
    r"|(?:исходное|оригинальное|первоначальное) (?:сообщение|письмо))\s*[-_*=]{2,}\s*+:?\s*$", re.IGNORECASE)
FORWARDED = re.compile(
    r"^\s*(?:[-_*=]{2,}\s*(?:forwarded (?:message|by .{1,60})"
    r"|(?:пересылаемое|пересланное|перенаправленное|переадресованное) (?:сообщение|письмо))\s*[-_*=]{2,}"
    r"|begin forwarded message:|начало (?:переадресованного|пересылаемого|перенаправленного|пересланного) сообщения:)\s*$", re.IGNORECASE)
FIELD = re.compile(
    r"^\s*\*{0,2}(?:(?P<by>от|от кого|отправитель|from|von|de|da|från|fra|van|від)"
    r"|(?P<date>дата|date|sent|отправлено|отправленные|послано|когда|время"
    r"|datum|gesendet|enviado|envoyé(?: le)?|inviato|data|skickat|sendt|verzonden)"
    r"|(?P<to>кому|to|получатель|an|para|à|a|till|til|aan)|(?P<subject>тема|subject|betreff|asunto|objet|sujet|oggetto|assunto|ämne|emne|onderwerp)"
    r"|(?P<cc>копия|cc|важность|importance|reply-to|обратный адрес|вложения|attachments))\s*+\*{0,2}\s*+:\s*+\*{0,2}(?P<value>.*)$",
    re.IGNORECASE)
RULE = re.compile(r"^\s*[-_—=*]{3,}\s*$")
ELSEWHERE = re.compile(r"\b(?:ниже|в тексте|по тексту|красным|синим|выделил[аи]?|below|inline|in-line)\b", re.IGNORECASE)
"""Phrases of authors who answer within the quotes."""
SPEAKS = re.compile(r"[^\W_]")

Span = tuple[int, int]


def fold(text: str, *, forwarded: bool = False, answers: bool = True) -> tuple[str, str]:
    """The new text, and the rest. A forwarded text (`forwarded`) counts as new.

    In a letter that is no answer, quotes are part of the text, unless they are marked and attributed.
    """
    lines = text.split("\n")
    away = _away(lines, forwarded=forwarded, answers=answers)
    said = [line for line, is_away in zip(lines, away, strict=True) if not is_away]
    if not any(away):
        return text.strip("\n").rstrip(), ""
    return _joined(said), _joined([line for line, is_away in zip(lines, away, strict=True) if is_away])


def _joined(lines: Sequence[str]) -> str:
    return re.sub(r"\n(?:[ \t]*\n){2,}", "\n\n", "\n".join(lines)).strip("\n").rstrip()


def _away(lines: Sequence[str], *, forwarded: bool, answers: bool) -> list[bool]:
    """Marks the lines to fold."""
    passed_on = next((at for at, line in enumerate(lines) if FORWARDED.match(line)), len(lines))
    end = _original(lines, passed_on) if answers and not forwarded else passed_on
    found = _quotes(lines, end)
    quotes = [span for _, span in found] if answers or any(quote > span[0] or _says_whose(lines, span) for quote, span in found) else []
    own = _between(quotes, end)
    marks = [False] * len(lines)
    for segment in own:
        _mark(marks, (signatures.begins(lines, *segment), segment[1]))
    spoken = [segment for segment in own if any(SPEAKS.search(lines[at]) for at in range(*segment) if not marks[at])]
    if not spoken:
        return [False] * len(lines)
    for quote in _folded_quotes(lines, quotes, spoken):
        _mark(marks, quote)
    if end < passed_on:
        _mark(marks, (end, len(lines)))
    return marks


def _mark(marks: list[bool], span: Span) -> None:
    marks[span[0]:span[1]] = [True] * (span[1] - span[0])


def _between(quotes: Sequence[Span], end: int) -> list[Span]:
    """The spans outside quotes."""
    starts = [0, *(quote[1] for quote in quotes)]
    ends = [*(quote[0] for quote in quotes), end]
    return [(start, stop) for start, stop in zip(starts, ends, strict=True) if start < stop]


def _folded_quotes(lines: Sequence[str], quotes: Sequence[Span], spoken: Sequence[Span]) -> list[Span]:
    """Quotes below all new text are folded. Of those above or between, only one of a whole letter is: others are being answered."""
    first, last = spoken[0][0], spoken[-1][0]
    below = [quote for quote in quotes if quote[0] >= last]
    above = [quote for quote in quotes if quote[0] < last]
    whole = len(above) == 1 and (above[0][0] < first or not _marked(lines[above[0][0]]))
    return [*above, *below] if whole else below


def _marked(line: str) -> bool:
    return line.startswith((">", " >")) and line.strip() != ">:"  # the end of a wrapped attribution


def _says_whose(lines: Sequence[str], span: Span) -> bool:
    """Whether a quote begins with its attribution, as in Mail.ru."""
    return attributes(next((said for line in lines[span[0]:span[1]] if (said := line.strip("> "))), ""))


def _quotes(lines: Sequence[str], end: int) -> list[tuple[int, Span]]:
    """Runs of marked lines up to `end`: the start of each, and its span with the attribution."""
    found: list[tuple[int, Span]] = []
    at = 0
    while at < end:
        if not _marked(lines[at]):
            at += 1
            continue
        stop = _run(lines, at, end)
        begin = _introduction(lines, at, found[-1][1][1] if found else 0)
        found.append((at, (begin, stop)))
        at = stop
    return found


def _run(lines: Sequence[str], at: int, end: int) -> int:
    """The end of the marked lines; empty ones between them are included."""
    stop = at
    while at < end and (_marked(lines[at]) or not lines[at].strip()):
        at += 1
        stop = at if _marked(lines[at - 1]) else stop
    return stop


def _introduction(lines: Sequence[str], quote: int, floor: int) -> int:
    """The start of a quote's attribution, or of the quote itself without one."""
    last = quote - 1
    while last >= floor and quote - last <= ABOVE_MARKS and not lines[last].strip():
        last -= 1
    begin = _attribution(lines, last, floor, attributes)
    return quote if begin is None else begin


def _attribution(lines: Sequence[str], last: int, floor: int, says: Callable[[str], bool]) -> int | None:
    """The first line of an attribution that ends with line `last`, with header lines and a rule above it."""
    if last < floor or not lines[last].rstrip().endswith(":"):
        return None
    wholes = list(_wholes(lines, last, floor))
    first = next((first for first, text in wholes if len(text) <= ATTRIBUTION_LIMIT and DATE.search(text) and says(text)), None)
    if first is None:
        first = next((first for first, text in wholes if says(text)), None)
    while first is not None and first > floor and (FIELD.match(lines[first - 1]) or RULE.match(lines[first - 1])):
        first -= 1
    return first


def _wholes(lines: Sequence[str], last: int, floor: int) -> Iterator[tuple[int, str]]:
    """A line joined with the lines above it that may have been wrapped, one more each time."""
    text = ""
    for first in range(last, max(floor, last - WRAPPED + 1) - 1, -1):
        if not lines[first].strip() or _marked(lines[first]):
            return
        text = f"{lines[first].strip()} {text}".rstrip()
        if first == last or WRAPS < len(text) <= ATTRIBUTION_LIMIT or lines[first].rstrip().endswith("<"):
            yield first, text


def attributes(text: str) -> bool:
    """Whether it attributes the quote below it."""
    if len(text) > ATTRIBUTION_LIMIT:  # before any pattern: an untrusted line may have a million characters
        return False
    when, who, wrote = DATE.search(text), ADDRESS.search(text), WROTE.search(text)
    return bool((when and (who or wrote)) or (who and wrote) or WROTE_LAST.match(text))


def _attributes_surely(text: str) -> bool:
    """Whether the attribution proves a quote even without marks."""
    if len(text) > ATTRIBUTION_LIMIT:
        return False
    dated = DATE.search(text)
    if dated and ADDRESS.search(text) and (text.endswith((">:", "):")) or WROTE_LAST.match(text)):
        return True
    wrote = WROTE_AT.match(text)
    return wrote is not None and (dated is not None or "@" in text)


def _original(lines: Sequence[str], end: int) -> int:
    """The start of a whole quoted letter without marks, below new text; `end` where there is none."""
    for at in range(end):
        begin = _unmarked(lines, at, end)
        if begin is not None and begin > 0 and SPEAKS.search("\n".join(lines[:begin])):
            above = "\n".join(lines[:begin])
            return end if len(above) <= SHORT and ELSEWHERE.search(above) else begin
    return end


def _unmarked(lines: Sequence[str], at: int, end: int) -> int | None:
    line = lines[at]
    if ORIGINAL.match(line) or (FIELD.match(line) and _heads(lines, at, end)):
        above = at
        while above > 0 and (RULE.match(lines[above - 1]) or not lines[above - 1].strip()):
            above -= 1
        ruled = [row for row in range(above, at) if RULE.match(lines[row])]
        return ruled[0] if ruled else at
    if line.rstrip().endswith(":"):
        quoted = next((row for row in lines[at + 1:at + 2 + NEAR] if row.strip()), "")
        return None if _marked(quoted) or not quoted else _attribution(lines, at, 0, _attributes_surely)
    return None


def _heads(lines: Sequence[str], at: int, end: int) -> bool:
    """Whether a block of header lines begins here: sender, date, and recipient or subject."""
    first = FIELD.match(lines[at])
    if first is None or first["by"] is None:
        return False
    seen: set[str] = set()
    for line in lines[at:min(end, at + FIELDS_NEAR)]:
        field = FIELD.match(line)
        if field and field.lastgroup and (field["date"] is None or re.search(r"\d", field["value"])):
            seen |= {name for name, value in field.groupdict().items() if value is not None and name != "value"}
    return {"by", "date"} <= seen and bool(seen & {"to", "subject"})
