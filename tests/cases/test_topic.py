"""The tree of topics in versions, and reports that add up by the old and by the new one."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from msgspec.structs import replace

from hub.cases.case import Case, Classification, Subject
from hub.cases.figures import By, Sorting, columns, report
from hub.cases.state import Act
from hub.cases.topic import UNFILED, Tree, check, counted_as
from hub.cases.topic_tree import TopicTree
from hub.cases.transitions import apply
from hub.conversations.ports import Store
from hub.kernel.errors import RefusedError
from hub.organisation.queue import Topic
from hub.organisation.territory import Place
from tests.rig import ANNA, Clock
from tests.storage.contract_marks import case

AT = datetime(2026, 1, 1, tzinfo=UTC)
FIRST = Tree(1, AT, "", (Topic("docs", "Документы"), Topic("passport", "Паспорт", parent="docs"), Topic("tax", "Налоги"), Topic("old", "Прочее")))
SECOND = Tree(2, AT, "anna", (Topic("docs", "Документы"), Topic("id", "Удостоверения", parent="docs", was=("passport",)), Topic("tax", "Налоги"),
                              Topic("land", "Земля", parent="tax")))
TREES = {1: FIRST, 2: SECOND}


def filed(*filings: tuple[str, int]) -> tuple[Classification, ...]:
    return tuple(Classification(AT, "anna", topic, version) for topic, version in filings)


@pytest.mark.parametrize(("filings", "version", "topic"), [
    ([("passport", 1)], 1, "passport"), ([("passport", 1)], 2, "id"), ([("tax", 1)], 2, "tax"), ([("old", 1)], 2, UNFILED),
    ([("tax", 1), ("land", 2)], 1, "tax"), ([("tax", 1), ("land", 2)], 2, "land"), ([("land", 2)], 1, UNFILED), ([("tax", 2)], 1, "tax"),
])
def test_what_is_filed_under_one_version_is_counted_by_the_other(filings: list[tuple[str, int]], version: int, topic: str) -> None:
    # RQ-02
    assert counted_as(filed(*filings), version, TREES) == topic


@pytest.mark.parametrize("wrong", [
    (), (Topic("a", "A"), Topic("a", "B")), (Topic("a", "A", parent="none"),), (Topic("a", "A", parent="a"),),
    (Topic("a", "A", parent="b"), Topic("b", "B", parent="a")), (Topic("a", "A", was=("none",)),),
    (Topic("a", "A", was=("tax",)), Topic("b", "B", was=("tax",))),
])
def test_what_is_no_tree(wrong: tuple[Topic, ...]) -> None:
    with pytest.raises(RefusedError):
        check(wrong, FIRST.ids())


async def test_versions_are_kept_and_the_newest_holds(store: Store, clock: Clock) -> None:
    # RQ-02
    topics = TopicTree(store, clock, FIRST.topics)
    await topics.start()
    assert "passport" in topics
    await topics.edit(ANNA, 1, SECOND.topics)
    assert ("passport" in topics, "id" in topics, topics["id"].parent) == (False, True, "docs")
    with pytest.raises(RefusedError, match="уже изменили"):
        await topics.edit(ANNA, 1, SECOND.topics)
    again = TopicTree(store, clock, (Topic("other", "Из файла"),))
    await again.start()
    assert (again.current.version, sorted(again.trees), "other" in again) == (2, [1, 2], False)
    late = TopicTree(store, clock, FIRST.topics)  # another process that has not heard of it
    with pytest.raises(RefusedError):
        await late.edit(ANNA, 1, SECOND.topics)


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("by", list(By))
def test_the_rows_add_up_to_the_whole(by: By, version: int) -> None:
    # RQ-05
    random, now = Random(7), AT + timedelta(days=400)
    cases = [some_case(random, number) for number in range(300)]
    sorting = Sorting(by, TREES, version, UTC)
    rows, total = report(cases, now, sorting)
    assert total.registered == len(cases)
    for field in ("registered", "open", "answered", "passed", "withdrawn", "late", "extended"):
        assert sum(getattr(row, field) for row in rows) == getattr(total, field)
        assert getattr(total, field) > 0, field
    for row in rows:  # what a figure leads to is as much as it says
        for field in ("registered", "late"):
            assert sum(sorting.key(each) == row.key and field in columns(each, now) for each in cases) == getattr(row, field)
    for row in (*rows, total):
        assert row.open + row.answered + row.passed + row.withdrawn == row.registered


def some_case(random: Random, number: int) -> Case:
    topic, version = random.choice([("passport", 1), ("tax", 1), ("old", 1), ("land", 2), ("id", 2)])
    made = replace(case(str(number), due_s=random.choice([50, 10_000])), filings=filed((topic, version)),
                   matter=Subject(authority=random.choice(["", "ФНС"]), place=Place(random.choice(["77", "50", ""]))),
                   channel=random.choice(["sms", "web"]))
    for act in random.choice([(), (Act.TAKE, Act.EXTEND), (Act.ANSWER,), (Act.ANSWER, Act.CLOSE), (Act.FORWARD,), (Act.WITHDRAW,), (Act.MERGE,)]):
        made = apply(made, made.registered + timedelta(seconds=60), "anna", act)
    return made
