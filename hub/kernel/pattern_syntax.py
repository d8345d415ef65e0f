r"""Translates patterns of Python's `re` into RE2, whose own `\w`, `\d`, `\s` and `\b` know ASCII only. Pure.

A word boundary becomes a mark in the text, and the pattern allows marks before every other character. A character that must, or must
not, stand beside a match is matched too, and a group holds the match itself. Constructs without linear time are refused with a
suggestion.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

EDGE, BEGIN = "\0", "\1"
"""Mark of a word boundary, and mark of the beginning of a text."""

NESTED = "повторение внутри повторения: ограничьте одно из них числом, например {1,20} вместо +"
BACK = "ссылка на группу не понимается: перечислите варианты через |"
LOOKS = (r"заглядывать вперёд и назад можно только на один знак и с краю: (?<!\d) или (?<=№) в начале, (?!\d) или (?=-) в конце варианта;"
         r" границу слова пишите как \b")
GREEDY = "знак + после повторения не понимается: уберите его"
FLAGS = "из флагов понимается только (?i) в начале"
GROUP = "такая группа (? не понимается: пишите (…) или (?:…)"
NOTHING = r"повторять здесь нечего: перед * + ? { должен стоять знак, набор или группа"
BRACKET = r"скобка [ не закрыта; сам знак пишите как \["
PARENTHESIS = r"скобки ( ) не сходятся; сами знаки пишите как \( и \)"
INSIDE = r"\B не понимается: напишите, какой знак стоит рядом, например \w"

_TOKEN = re.compile(
    r"(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])"
    r"|(?P<escape>\\(?:x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|[0-9]{1,3}|.?))"
    r"|(?P<flags>\(\?[aiLmsux]+\))|(?P<look>\(\?<?[=!])|(?P<group>\((?!\?)|\(\?:|\(\?P<\w+>)|(?P<odd>\(\?)"
    r"|(?P<repeat>(?:[*+?]|\{(?:\d+(?:,\d*)?|,\d+)\})[?+]?)"
    r"|(?P<end>[)])|(?P<unclosed>\[.*)|(?P<or>[|])|(?P<edge>[\^$])|(?P<sign>.)", re.DOTALL)
_HEAD = re.compile(r"\(\?[iu]+\)")
_OPENS = frozenset({"look", "group", "odd"})
_ONE = frozenset({"set", "escape", "sign"})
_NEAR = (range(2, 0x700), range(0x2000, 0x2C00), range(0x2E00, 0x3040), range(0xFE00, 0x10000))
"""Ranges whose characters are tested one by one."""
_FAR = ((0x700, 0x2000, "ܐ"), (0x2C00, 0x2E00, "ⴰ"), (0x3040, 0xD800, "あ"), (0xE000, 0xF900, "\ue000"), (0xF900, 0xFE00, "豈"),
        (0x10000, 0x1F000, "𐎠"), (0x1F000, 0x20000, "\U0001f600"), (0x20000, 0x110000, "𠀀"))
"""Scripts whose characters are treated alike: letters, private use, pictographs."""
_FAR_SIGN = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})|([^\0-\u06ff])")
_ANY = r"[\x01-\x{10FFFF}]"


class PatternError(ValueError):
    """The pattern cannot be used; the text says why, and what to write instead."""


class Translated(Struct, frozen=True):
    """`text` is for RE2. Where `looks` is set, the match is the only group that takes part.

    Where `back` is set, BEGIN must stand before the text.
    """

    text: str
    ignore_case: bool
    edges: int
    r"""Number of marks at each word boundary: one for each `\b`."""
    looks: bool
    back: bool


def translated(expression: str, *, ignore_case: bool) -> Translated:
    """Raises PatternError."""
    head = _HEAD.match(expression)
    ignore_case = ignore_case or (head is not None and "i" in head[0])
    tokens = list(_TOKEN.finditer(expression, head.end() if head else 0))
    branches = _branches(tokens)
    edges = sum(token[0] == r"\b" for token in tokens)
    looks = {token["look"] for token in tokens} - {None}
    writer = _Writer(r"\x00*" if edges else "", ignore_case=ignore_case, looks=bool(looks), back=not looks.isdisjoint({"(?<=", "(?<!"}))
    return Translated("|".join(map(writer.branch, branches)), ignore_case, edges, writer.looks, writer.back)


def _branches(tokens: Sequence[re.Match[str]]) -> list[list[re.Match[str]]]:
    """The alternatives between `|` outside of groups."""
    branches, depth = [list[re.Match[str]]()], 0
    for token in tokens:
        if token.lastgroup == "or" and not depth:
            branches.append([])
            continue
        depth += (token.lastgroup in _OPENS) - (token.lastgroup == "end")
        if depth < 0:
            break
        branches[-1].append(token)
    if depth:
        raise PatternError(PARENTHESIS)
    return branches


class _Writer:
    def __init__(self, gap: str, *, ignore_case: bool, looks: bool, back: bool) -> None:
        """`gap` is put before every character: it allows marks."""
        self._gap, self._ignore_case, self.looks, self.back = gap, ignore_case, looks, back

    def branch(self, tokens: list[re.Match[str]]) -> str:
        before, after = _ANY if self.back else "", ""
        if _looks_at_one(tokens[:3], "(?<"):
            before, tokens = self._before(*tokens[:2]), tokens[3:]
        if _looks_at_one(tokens[-3:], "(?"):
            after, tokens = self._after(*tokens[-3:-1]), tokens[:-3]
        inner = "".join(self._pieces(tokens)) + self._gap
        return f"{before}({inner}){after}" if self.looks else inner

    def _before(self, look: re.Match[str], sign: re.Match[str]) -> str:
        inverse = look[0].endswith("!")
        return self._set(sign[0], BEGIN if inverse else "", inverse=inverse)

    def _after(self, look: re.Match[str], sign: re.Match[str]) -> str:
        if look[0].endswith("="):
            return self._gap + self._set(sign[0])
        return f"{self._gap}(?:{self._set(sign[0], inverse=True)}|$)"

    def _pieces(self, tokens: Sequence[re.Match[str]]) -> Iterator[str]:
        open_, last = [False], None
        """For the whole pattern and each open group: whether it contains an unbounded repetition; then the same for the operand of a
        repetition.
        """
        for token in tokens:
            match token.lastgroup:
                case "group":
                    open_.append(False)
                    last = None
                    yield "(?:"
                case "end":
                    last = open_.pop()
                    open_[-1] |= last
                    yield ")"
                case "or":
                    last = None
                    yield "|"
                case "repeat":
                    yield _repeat(token[0], last)
                    open_[-1] |= _endless(token[0])
                    last = None
                case "edge":
                    last = None
                    yield self._edge(token[0])
                case _:
                    last = None if token[0] == r"\b" else False
                    yield self._sign(token)

    def _edge(self, sign: str) -> str:
        if sign == "^" and self.back:
            raise PatternError(LOOKS)
        return f"{self._gap}$" if sign == "$" else "^"

    def _sign(self, token: re.Match[str]) -> str:
        match token.lastgroup, token[0]:
            case "escape", r"\b":
                return r"\x00"
            case "escape", r"\A" | r"\Z" as text:
                return self._edge("^" if text == r"\A" else "$")
            case "sign", text if text != ".":
                return self._roomy(f"\\x{{{ord(text):x}}}")
            case _, text:
                if (why := _refused(token)) is not None:
                    raise PatternError(why)
                return self._roomy(self._set(text))

    def _roomy(self, sign: str) -> str:
        return f"(?:{self._gap}{sign})" if self._gap else sign

    def _set(self, source: str, more: str = "", *, inverse: bool = False) -> str:
        """Contains both cases already: RE2 would add the opposite case of each, as «ᲃ» is one of «с»."""
        return f"(?-i:[{more}{_signs(source, ignore_case=self._ignore_case, inverse=inverse)}])"


def _refused(token: re.Match[str]) -> str | None:
    """Why a construct that is a character elsewhere is refused."""
    match token.lastgroup, token[0]:
        case "escape", r"\B":
            return INSIDE
        case "escape", text if text[1:2].isdecimal() and text != r"\0":
            return BACK
        case "odd", _:
            return BACK if token.string.startswith("(?P=", token.start()) else GROUP
        case "unclosed", _:
            return BRACKET
        case kind, _:
            return {"look": LOOKS, "flags": FLAGS}.get(kind or "")


def _looks_at_one(tokens: Sequence[re.Match[str]], kind: str) -> bool:
    """Whether the operand is one character of a look-around."""
    kinds = [token.lastgroup for token in tokens]
    return len(kinds) == 3 and kinds[0] == "look" and tokens[0][0][:-1] == kind and kinds[1] in _ONE and kinds[2] == "end"  # noqa: PLR2004


def _endless(repeat: str) -> bool:
    return repeat[0] in "*+" or ",}" in repeat


def _repeat(repeat: str, last: bool | None) -> str:  # noqa: FBT001 - what is repeated: nothing, what ends, or what does not
    if last is None:
        raise PatternError(NOTHING)
    if len(repeat) > 1 and repeat[-1] == "+":
        raise PatternError(GREEDY)
    if last and _endless(repeat):
        raise PatternError(NESTED)
    return repeat.replace("{,", "{0,")


@lru_cache(1000)
def _signs(source: str, *, ignore_case: bool, inverse: bool) -> str:
    """All characters of a set, an escape or «.», as the inside of RE2's brackets: Python's `re` is asked once for each."""
    try:
        one = re.compile(source, re.IGNORECASE if ignore_case else re.NOFLAG)
    except re.error as error:
        message = f"«{source}» не понимается: {error.msg}"
        raise PatternError(message) from error
    found, open_ = list[list[int]](), False
    for start, stop, sign in _cells(source):
        if (one.fullmatch(sign) is not None) is inverse:
            open_ = False
        elif open_ and found[-1][1] == start:
            found[-1][1] = stop
        else:
            found.append([start, stop])
            open_ = True
    if not found:
        message = f"«{source}» не подходит ни к одному знаку"
        raise PatternError(message)
    return "".join(f"\\x{{{start:x}}}-\\x{{{stop - 1:x}}}" for start, stop in found)


def _cells(source: str) -> Iterator[tuple[int, int, str]]:
    """All characters in order: ranges, each with the one character that is tested for it."""
    written = {chr(int(found[1] or found[2], 16)) if not found[3] else found[3] for found in _FAR_SIGN.finditer(source)}
    apart = sorted({ord(each) for sign in written for each in (sign.lower(), sign.upper(), sign) if len(each) == 1})
    for area in sorted((*((near.start, near.stop, "") for near in _NEAR), *_FAR)):
        start, stop, one = area
        if not one:
            yield from ((number, number + 1, chr(number)) for number in range(start, stop))
            continue
        for number in (each for each in apart if start <= each < stop):
            if start < number:
                yield start, number, one
            yield number, number + 1, chr(number)
            start = number + 1
        if start < stop:
            yield start, stop, one
