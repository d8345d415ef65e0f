"""Results of a survey: counts, shares, means, refusals; for an anonymous one no group of fewer than k people (SV-01, SV-03). Pure."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from hub.quality.surveys.survey import InvitationState, QuestionKind, SurveyQuestion, Tally


class QuestionSum(Struct, frozen=True):
    """`counts` are those of its options or grades, None where one is hidden, with complementary ones. The mean is that of a scale."""

    answered: int | None
    counts: list[int | None]
    mean: float | None
    texts: list[str]


class SurveySum(Struct, frozen=True):
    """`answered` None: fewer than k. Rates are of all invited (AAPOR RR1, REF1), None where nobody was."""

    answered: int | None
    invited: int
    barred: int
    refused: int
    late: int
    silent: int
    withdrawn: int
    response_rate: float | None
    refusal_rate: float | None
    questions: list[QuestionSum]


def summed(tally: Tally, questions: Sequence[SurveyQuestion], texts: Sequence[Iterable[str]], least: int = 1) -> SurveySum:
    """`texts` are those of each question; with `least` 1 nothing is hidden."""
    of, told = tally.states, sum(count for state, count in tally.states.items() if state is not InvitationState.BARRED)
    refused, few = of.get(InvitationState.REFUSED, 0), tally.answered < least
    return SurveySum(
        None if few else tally.answered, sum(of.values()), of.get(InvitationState.BARRED, 0), refused, of.get(InvitationState.LATE, 0),
        of.get(InvitationState.INVITED, 0) + of.get(InvitationState.AGREED, 0), tally.withdrawn,
        of.get(InvitationState.ANSWERED, 0) / told if told else None, refused / told if told else None,
        [_question(question, counts, said, tally.answered, least)
         for question, counts, said in zip(questions, tally.counts, texts, strict=True)] if not few else [])


def _question(question: SurveyQuestion, counts: Sequence[int], texts: Iterable[str], people: int, least: int) -> QuestionSum:
    match question.kind:
        case QuestionKind.TEXT:
            shown = counts[0] >= least or not counts[0]
            return QuestionSum(counts[0] if shown else None, [], None, list(texts) if shown else [])
        case QuestionKind.SEVERAL:
            # The number of people who chose nothing is unknown, so each option's base is all who answered.
            told = [each if _large(each, least) and _large(people - each, least) else None for each in counts]
            return QuestionSum(people, told, None, [])
        case _:
            shares, given = apart(counts, least), sum(counts)
            whole = question.kind is QuestionKind.SCALE and given and None not in shares
            mean = sum(count * grade for grade, count in enumerate(counts, 1)) / given if whole else None
            return QuestionSum(None if None in shares and given < least else given, shares, mean, [])


def apart(counts: Sequence[int], least: int) -> list[int | None]:
    """Exclusive counts: small ones are hidden, and so many others that they cannot be derived by subtraction or from the sum.

    A mean beside hidden counts would reveal two of them, so there is none then.
    """
    hidden = {place for place, count in enumerate(counts) if not _large(count, least)}
    while hidden and (len(hidden) == 1 or sum(counts[place] for place in hidden) < least):
        rest = [place for place, count in enumerate(counts) if count and place not in hidden]
        if not rest:
            break
        hidden.add(min(rest, key=lambda place: counts[place]))
    return [None if place in hidden else count for place, count in enumerate(counts)]


def _large(count: int, least: int) -> bool:
    """An empty group needs no protection."""
    return count == 0 or count >= least
