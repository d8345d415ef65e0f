"""Two versions of a project side by side: phrases that were kept aside, and test stories.

The later one is worse where it understands fewer of the phrases, or does not pass stories that it dropped and the earlier one passes.
"""

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from bots.dialogue.parsed import FALLBACK, Understanding
from bots.dialogue.policies import Policies
from bots.project.examples import Example
from bots.project.project import Project
from bots.project.story_tests import play
from hub.robot.training_results import ChangedPhrase, Comparison, Heard, TopicScore, Verdict

HELD_OUT = "held_out.yml"
"""The file of a project with phrases that are no examples."""
_SHOWN = 20
_LISTED = 200
"""Most phrases of each list."""
_OFTEN = 10
"""Phrases between two reports of progress."""
Ready = tuple[Project, Policies, Understanding]


class _Said(Struct, frozen=True):
    """What a version understood; "" where it is unsure."""

    intent: str
    verdict: Verdict


def compared(before: Ready, after: Ready, phrases: Sequence[Example], tell: Callable[[int, int], None] = lambda _done, _total: None, *,
             passed_all: bool = False) -> Comparison:
    """Both versions on the same phrases, on the dropped test stories, and on those of the later one. `tell` hears how many of how many.

    `passed_all`: the later one is known to pass its own.
    """
    pairs = list[tuple[_Said, _Said]]()
    for done, one in enumerate(phrases, 1):
        pairs.append((_heard(one, before[2]), _heard(one, after[2])))
        if done % _OFTEN == 0 or done == len(phrases):
            tell(done, len(phrases))
    names = {story.name for story in after[0].tests}
    dropped = tuple(story for story in before[0].tests if story.name not in names)
    passed = _passing(dropped, *before)
    still = passed & _passing(dropped, *after)
    worse_phrases = _changed(phrases, pairs, Verdict.RIGHT)
    was, now = (sum(pair[side].verdict is Verdict.RIGHT for pair in pairs) for side in (0, 1))
    passes = frozenset(names) if passed_all else _passing(after[0].tests, *after)
    return Comparison(
        len(phrases), was, now, len(passed), len(still), tuple([*(each.text for each in worse_phrases), *sorted(passed - still)][:_SHOWN]),
        now < was or len(still) < len(passed), _topics(phrases, pairs), _changed(phrases, pairs, Verdict.WRONG, Verdict.UNSURE)[:_LISTED],
        worse_phrases[:_LISTED], len(names), len(_passing(after[0].tests, *before)), len(passes), tuple(sorted(names - passes)[:_SHOWN]))


def _heard(phrase: Example, understanding: Understanding) -> _Said:
    parsed = understanding.parse(phrase.text)
    intent = parsed.selected or parsed.intent
    if intent == phrase.intent:
        return _Said(intent, Verdict.RIGHT)
    return _Said("", Verdict.UNSURE) if intent == FALLBACK else _Said(intent, Verdict.WRONG)


def _changed(phrases: Iterable[Example], pairs: Iterable[tuple[_Said, _Said]], *was: Verdict) -> tuple[ChangedPhrase, ...]:
    """Phrases that were understood so before, and are right now where they were not, or not right any more."""
    return tuple(ChangedPhrase(each.text, each.intent, then.intent, here.intent) for each, (then, here) in zip(phrases, pairs, strict=True)
                 if then.verdict in was and (here.verdict is Verdict.RIGHT) is not (then.verdict is Verdict.RIGHT))


def _topics(phrases: Sequence[Example], pairs: Sequence[tuple[_Said, _Said]]) -> tuple[TopicScore, ...]:
    found: dict[str, list[tuple[_Said, _Said]]] = {}
    for each, pair in zip(phrases, pairs, strict=True):
        found.setdefault(each.intent, []).append(pair)
    scores = [TopicScore(intent, _counted(each[0] for each in said), _counted(each[1] for each in said)) for intent, said in found.items()]
    return tuple(sorted(scores, key=lambda each: (each.after.right - each.before.right, each.intent)))


def _counted(said: Iterable[_Said]) -> Heard:
    verdicts = [each.verdict for each in said]
    return Heard(*(verdicts.count(each) for each in (Verdict.RIGHT, Verdict.WRONG, Verdict.UNSURE)))


def _passing(stories: Sequence[object], project: Project, policies: Policies, understanding: Understanding) -> frozenset[str]:
    """Names of the stories that a version passes."""
    return frozenset(one.name for one in play(replace(project, tests=stories), policies, understanding) if one.passed)
