"""Patterns written by others: `regex:` of a dialogue designer, application numbers of a department in the configuration. Pure.

RE2 matches in time linear to the text, whatever the pattern: https://github.com/google/re2/wiki/WhyRE2.
"""

import re
from collections.abc import Iterator

import re2

from hub.kernel.pattern_syntax import BEGIN, EDGE, PatternError, translated

READ = 1_000
"""Characters of a text that are searched."""
MATCHES = 200
"""Most matches in a text."""
SIZE = 10_000
"""Most instructions of a compiled pattern; in the worst case RE2 takes as many steps a character."""
LARGE = "выражение слишком большое: уменьшите числа в {…} или составьте таблицу lookup"
NUMBERS = "числа в {…} стоят от меньшего к большему и не больше 1000"
MEMORY = 2 << 20
"""Bytes of a pattern; RE2 drops its cache rather than use more."""
_UNFIT = re.compile("[\0\1\ud800-\udfff]")
"""Characters used as marks, and code points that are not characters of Unicode."""
_EDGES = re.compile(r"\b")


class Pattern:
    """Immutable and thread-safe."""

    def __init__(self, expression: str, *, ignore_case: bool) -> None:
        """Raises PatternError."""
        self._translated = translated(expression, ignore_case=ignore_case)
        options = re2.Options()
        options.max_mem = MEMORY
        options.log_errors, options.case_sensitive = False, not self._translated.ignore_case
        try:
            self._compiled = re2.compile(self._translated.text, options)
        except re2.error as error:
            raise PatternError(_why(error)) from error
        if self._compiled.programsize > SIZE:
            raise PatternError(LARGE)
        self._groups = range(self._translated.looks, self._compiled.groups + 1)

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """The matches from left to right, without overlaps; empty matches are left out."""
        marked, at = self._marked(text), 0
        for _ in range(MATCHES):
            if at > len(marked) or (found := self._compiled.search(marked, at)) is None:
                return
            start, end = next(span for span in map(found.span, self._groups) if span[0] >= 0)
            first, last = (place - marked.count(EDGE, 0, place) - self._translated.back for place in (start, end))
            if first < last:
                yield first, last
            at = self._next(marked, found.start(), end, empty=first >= last)

    def fits(self, text: str) -> bool:
        """Whether it matches the whole text."""
        marked = self._marked(text)
        if len(text) > READ or (found := self._compiled.fullmatch(marked)) is None:
            return False
        return (int(self._translated.back), len(marked)) in map(found.span, self._groups)

    def _marked(self, text: str) -> str:
        text = _UNFIT.sub("\ufffd", text[:READ])
        marked = _EDGES.sub(EDGE * self._translated.edges, text) if self._translated.edges else text
        return BEGIN + marked if self._translated.back else marked

    def _next(self, marked: str, begun: int, end: int, *, empty: bool) -> int:
        """Where to continue: the character required before the next match may be the last one of this match."""
        if not self._translated.back:
            return end + empty
        if empty:
            return begun + 1
        while marked[end - 1] == EDGE:
            end -= 1
        return end - 1


def _why(error: re2.error) -> str:
    said = error.args[0].decode("utf8", "replace") if isinstance(error.args[0], bytes) else str(error)
    return LARGE if "too large" in said else NUMBERS if "repetition size" in said else said
