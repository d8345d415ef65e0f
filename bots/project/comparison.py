"""Whether a version of a project is worse than the one before: phrases that were kept aside, and test stories that it has no more."""

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from bots.dialogue.parsed import Understanding
from bots.dialogue.policies import Policies
from bots.project.examples import Example
from bots.project.project import Project
from bots.project.story_tests import play
from hub.robot.training_results import Comparison

HELD_OUT = "held_out.yml"
"""The file of a project with phrases that are no examples."""
_SHOWN = 20


def compared(before: tuple[Project, Policies, Understanding], after: tuple[Project, Policies, Understanding],
             phrases: Sequence[Example]) -> Comparison:
    """Both versions on the same phrases, and on the test stories that the later one does not have."""
    was, now = _understood(phrases, before[2]), _understood(phrases, after[2])
    names = {story.name for story in after[0].tests}
    dropped = tuple(story for story in before[0].tests if story.name not in names)
    passed = _passing(dropped, *before)
    still = passed & _passing(dropped, *after)
    lost = [*(each.text for each, (then, here) in zip(phrases, zip(was, now, strict=True), strict=True) if then and not here),
            *sorted(passed - still)]
    worse = sum(now) < sum(was) or len(still) < len(passed)
    return Comparison(len(phrases), sum(was), sum(now), len(passed), len(still), tuple(lost[:_SHOWN]), worse)


def _understood(phrases: Iterable[Example], understanding: Understanding) -> list[bool]:
    return [each.intent == (parsed.selected or parsed.intent) for each in phrases for parsed in [understanding.parse(each.text)]]


def _passing(stories: Sequence[object], project: Project, policies: Policies, understanding: Understanding) -> frozenset[str]:
    """Names of the stories that a version passes."""
    return frozenset(one.name for one in play(replace(project, tests=stories), policies, understanding) if one.passed)
