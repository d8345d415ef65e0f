"""Patterns that others write: RE2 finds what Python's re finds, in linear time, and the rest is refused with what to write instead."""

import re
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.kernel.pattern_syntax import BACK, BRACKET, FLAGS, GREEDY, GROUP, INSIDE, LOOKS, NESTED, NOTHING, PARENTHESIS, PatternError
from hub.kernel.patterns import LARGE, MATCHES, NUMBERS, READ, Pattern

SAME = (
    r"\bпаспорт\w*", r"\d{3}-\d{3}-\d{3}[\s-]\d{2}", r"(?:\+7|8|7)[\s(-]*\d{3}[\s)-]*\d{3}[\s-]*\d{2}[\s-]*\d{2}", r"\b\d{2}-\d{8}\b",
    r"(?<![\d+-])\d{7}(?![\d-])", r"\b(?:\bпас\b|пасп?)\b", r"[^\W\d_]+", r"[^а-я]+", r"\W+", r"\D{2}", r"\S+@\S+", r"[\w.-]+@[\w.-]*\w", r"а.б",
    r"а{,2}б", r"а{2,}", r"^п\w", r"\w+$", r"\Aп|я\Z", r"(?<!\w)я|ты\b|(?<=№)\d+", r"(?<!а)б(?!в)", r"(а|б)+?в", r"ё|Ы", r"[A-Яё]+", r"\.|-|\[|\\", r"\bж*\b",
    r"№\s?\d+", r"п(?=а)|а(?!с)", r"(?<!п)\b\w{2}", r"\x41\u0430", r"[]а]+", r"[а\]]+", r"a|b|", r"\d*", r"(?i)пАс", r"с|[^с]а", r"(?P<name>пас)+", r"日|é", r"а{б", r"}")
ALPHABET = "аапПасспортёЁыбСс12 7-+№()[].\\@_ABab я\t٣é—日😀\0\1{}"


@pytest.mark.parametrize("expression", SAME)
@given(text=st.text(st.sampled_from(ALPHABET), max_size=16))
@settings(max_examples=150, deadline=None)
def test_it_finds_what_pythons_own_would(expression: str, text: str) -> None:
    # F3: of Cyrillic, too, be the letters small or large
    text, pattern = text.replace("7", "1234567"), Pattern(expression, ignore_case=True)
    known = text.translate({0: "\ufffd", 1: "\ufffd"})
    assert list(pattern.spans(text)) == [found.span() for found in re.finditer(expression, known, re.IGNORECASE) if found[0]]
    assert pattern.fits(text) == (re.fullmatch(expression, known, re.IGNORECASE) is not None)


def test_capitals_make_a_difference_where_they_must() -> None:
    assert Pattern(r"М-\d+", ignore_case=False).fits("М-12")
    assert not Pattern(r"М-\d+", ignore_case=False).fits("м-12")
    assert Pattern(r"(?i)М-\d+", ignore_case=False).fits("м-12")
    assert not Pattern(r"[А-Я]+", ignore_case=False).fits("Аб")


def test_what_is_no_unicode_is_read_as_well() -> None:
    assert list(Pattern(r"\bпаспорт", ignore_case=True).spans("\ud800 паспорт\udfff")) == [(2, 9)]


@pytest.mark.parametrize(("expression", "why"), [
    (r"^(?:ы+)+\.$", NESTED), ("(ы*)*", NESTED), (r"(?:-\d+)*", NESTED), (r"((?:а+б){2,})+", NESTED), ("(?:а{3,}б?){2,}", NESTED), ("(?:а|(?:б+))+?", NESTED),
    (r"(а)\1", BACK), ("(?P<x>а)(?P=x)", BACK), ("(?=аб)в", LOOKS), ("(?!а)б", LOOKS), ("(?<!аб)в", LOOKS), ("(?:(?<!а)б)", LOOKS), ("^(?<!а)б", LOOKS), ("а(?!б|в)", LOOKS),
    ("а++", GREEDY), ("а{2}+", GREEDY), ("(?>а)", GROUP), ("(?#что)а", GROUP), ("(?(1)а)", GROUP), ("(?s)а", FLAGS), ("а(?i)", FLAGS), (r"\Bа", INSIDE),
    ("((", PARENTHESIS), ("а)", PARENTHESIS), ("а)(б", PARENTHESIS), ("(а|б", PARENTHESIS), ("[а", BRACKET), ("*а", NOTHING), ("а**", NOTHING), (r"\b+", NOTHING), ("(|*)", NOTHING),
    ("[я-а]", "bad character range"), (r"\q", "bad escape"), ("\\", "bad escape"), (r"[^\w\W]", "ни к одному знаку"),
    ("а{1001}", NUMBERS), ("а{2,1}", NUMBERS), (r"\w{1,40}\w{1,40}", LARGE), (r"(?:\w{1,99}\s){1,9}", LARGE)])
def test_what_has_no_linear_time_is_refused_in_words(expression: str, why: str) -> None:
    # F3
    with pytest.raises(PatternError) as raised:
        Pattern(expression, ignore_case=True)
    assert why in str(raised.value)


@pytest.mark.filterwarnings("ignore:Possible nested set")
@given(st.text(st.sampled_from(r"ая1 \()[]{}|*+?^$.,-:<>=!#Pbwdsi" + "\0"), max_size=30))
@settings(max_examples=600, deadline=None)
def test_any_expression_is_understood_or_refused(expression: str) -> None:
    try:
        pattern = Pattern(expression, ignore_case=True)
    except PatternError:
        return
    assert all(start < end for start, end in pattern.spans("ая1 (а) [b]"))


@pytest.mark.parametrize("expression", [
    r"\w+\w+\w+\w+\w+!", r"(?:а|аа|ааа){1,300}!", r"(?:(?:а|аа){1,9}){1,30}!", r".*.*.*.*!", r"(?<!б)\w*\w*(?!а)", r"\b\w*\b\w*\b!", r"(?:а?){300}а{300}", r"(?:а{0,9}б{0,9}){0,60}!"])
def test_no_text_makes_a_pattern_of_others_slow(expression: str) -> None:
    # F3
    pattern = Pattern(expression, ignore_case=True)
    for text in ("а" * 100_000, "аб" * 50_000, "а " * 50_000, "а!" * 50_000):
        begun = process_time()
        assert len(list(pattern.spans(text))) <= MATCHES
        assert pattern.fits(text[:READ]) or not pattern.fits(text)
        assert process_time() - begun < 0.5
