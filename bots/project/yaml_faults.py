"""A syntax error of YAML in words, at the line that causes it. Pure.

libyaml names the place where it gives up: a quote that is left open, or a line with one space too few, may be many lines above.
"""

import re

import yaml

_MOST_LINES = 400
"""How far above libyaml's place the cause is looked for."""
_TAB = "отступ сделан табуляцией: нужны пробелы"
_QUOTE = re.compile(r"[:-] ++([\"'])")
_EITHER = "отступ не тот, или кавычка не закрыта"
_WORDS: tuple[tuple[str, str], ...] = (
    ("found unexpected end of stream", "кавычка или скобка не закрыта"),
    ("did not find expected ',' or", "скобка не закрыта, или между значениями нет запятой"),
    ("mapping values are not allowed", "лишнее двоеточие: текст с «: » возьмите в кавычки"),
    ("found undefined alias", "текст начинается со «*»: возьмите его в кавычки"),
    ("found unknown escape character", "неизвестный знак после «\\» в двойных кавычках"),
    ("did not find expected '-' indicator", "в списке строка без «-», или отступ не тот"),
    ("could not find expected ':'", "нет двоеточия после ключа, или отступ не тот"),
    ("did not find expected key", _EITHER),
    ("did not find expected node content", "значения нет, или лишний знак"),
    ("block sequence entries are not allowed", "«-» не на своём месте: отступ не тот"),
    ("did not find expected <document start>", "лишний текст после конца документа"),
    ("while scanning an anchor", "текст начинается с «&»: возьмите его в кавычки"),
    ("control characters are not allowed", "знак, которого в YAML не бывает"),
)


def explain(error: yaml.YAMLError, text: str, loader: type) -> tuple[int, str]:
    """The line that causes the error, counted from 1 (0 if unknown), and what is wrong there."""
    said = str(error)
    words = next((russian for english, russian in _WORDS if english in said), "запись не по правилам YAML")
    if not isinstance(error, yaml.MarkedYAMLError) or (mark := error.problem_mark or error.context_mark) is None:
        return 0, words
    lines = text.splitlines()
    line = _cause(lines, min(mark.line, len(lines) - 1), loader)
    if "cannot start any token" in said:
        words = _TAB if lines[line].lstrip(" ").startswith("\t") else "текст с этого знака начинать нельзя: возьмите его в кавычки"
    elif words == _EITHER:
        words = "кавычка не закрыта" if _leaves_open(lines[line]) else "отступ не тот, что у соседних строк"
    return line + 1, words


def _leaves_open(line: str) -> bool:
    """Whether a value begins with a quote that nothing closes before the end, or a comment."""
    if (begun := _QUOTE.search(line)) is None:
        return False
    after = line[begun.end():].split(begun[1])[1:]
    return not after or (after[-1].strip() != "" and not any(each.lstrip().startswith("#") for each in after))


def _cause(lines: list[str], given_up: int, loader: type) -> int:
    """The first line without which all above is YAML."""
    for last in range(given_up, max(0, given_up - _MOST_LINES), -1):
        if _reads("\n".join(lines[:last]), loader):
            return last
    return 0 if given_up < _MOST_LINES else given_up


def _reads(text: str, loader: type) -> bool:
    try:
        yaml.compose(text, Loader=loader)
    except yaml.YAMLError:
        return False
    return True
