"""A draft is published by two people, compared with the version before, and undone at once; with the real workshop."""

from hub.robot.training_job import TrainingAim, WorkState
from hub.robot.training_results import ChangedPhrase, Heard, Phase, TopicScore
from tests.robot.drafts import DOMAIN, HELD_OUT, NLU, PROJECT, TESTS, WORSE, WRONG, zipped
from tests.robot.test_dialogue_draft import Atelier, atelier, refused, worked_at

__all__ = ["atelier"]
TESTED = PROJECT | {"held_out.yml": HELD_OUT}
GREETS = TESTS.replace("somebody asks for the hours", "somebody greets").replace("часы работы", "привет").replace("ask_hours", "greet").replace(
    "utter_hours", "utter_greet")
"""Another story instead of the only one."""
MADE_OF_A_TALK = """version: "3.1"
stories:
  - story: Разговор 001-1
    steps:
      - user: |
          часы работы
        intent: ask_hours
      - action: utter_fee
"""
"""As «Сделать тестом» writes it, with another answer expected than comes."""


@worked_at
async def test_a_draft_needs_somebody_who_has_not_changed_it(atelier: Atelier) -> None:
    # KB-02
    await atelier.speaks(PROJECT)
    atelier.bench.second_person = True
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT | {"domain.yml": DOMAIN.replace("девяти", "восьми")}))
    assert await refused(atelier.bench.publish("anna", draft.project, "")) == "second_person"
    # Who has changed a comma of it since is one of its authors, and so is who wrote the rest.
    draft = await atelier.drafts.put("olga", draft.project, "data/nlu.yml", f"{NLU}# запятая\n")
    assert draft.written_by == {"anna", "olga"}
    for author in ("anna", "olga"):
        assert await refused(atelier.drafts.approve(author, draft.project)) == "own_draft"
    await atelier.drafts.approve("boss", draft.project)
    # Another change resets it.
    draft = await atelier.drafts.put("anna", draft.project, "data/nlu.yml", NLU)
    assert await refused(atelier.bench.publish("anna", draft.project, "")) == "second_person"
    await atelier.drafts.approve("boss", draft.project)
    await atelier.bench.publish("anna", draft.project, "Открываемся раньше")
    assert await atelier.ended() is WorkState.DONE
    newest, former = await atelier.version_registry.versions()
    assert (newest.by, newest.approved_by, newest.former) == ("anna", "boss", former.id)
    assert {"draft_approved", "dialogue_published"} <= set(await atelier.audit_entries())
    # Undone at once, by one person.
    assert atelier.bench.job is not None
    assert (await atelier.bench.roll_back(atelier.bench.job.former, "anna")).id == atelier.version_registry.current == former.id


@worked_at
async def test_two_versions_are_compared_by_topic_and_phrase(atelier: Atelier) -> None:
    # KB-02
    first = await atelier.speaks(TESTED)
    draft = await atelier.drafts.bring("anna", "", zipped(TESTED | {"data/nlu.yml": WORSE}))
    await atelier.bench.compare("anna", first.id, "")
    assert await atelier.ended() is WorkState.DONE
    job = atelier.bench.job
    assert job is not None
    assert (job.aim, job.draft, job.versions) == (TrainingAim.COMPARE, draft.project, (first.id, ""))
    assert Phase.COMPARE in {each.phase for each in atelier.seen}
    found = job.compared
    assert (found.phrases, found.before, found.after, found.worse) == (3, 3, 0, True)
    assert found.topics == (TopicScore("ask_fee", Heard(2), Heard(0, 2)), TopicScore("ask_hours", Heard(1), Heard(0, 1)))
    assert ChangedPhrase("какая пошлина за услугу", "ask_fee", "ask_fee", "ask_hours") in found.worse_phrases
    assert (found.tests, found.tests_before, found.tests_after) == (1, 1, 0)
    assert found.failing == ("somebody asks for the hours",)
    assert found.better_phrases == ()
    # Nothing of it was published, and it says the same of two versions the other way round.
    assert atelier.version_registry.current == first.id
    assert await refused(atelier.bench.compare("anna", first.id, first.id)) == "unchanged"


@worked_at
async def test_one_that_understands_less_is_published_only_with_a_reason_which_stays_with_the_version(atelier: Atelier) -> None:
    # KB-02
    first = await atelier.speaks(TESTED)
    draft = await atelier.drafts.bring("anna", "", zipped(TESTED | {"data/nlu.yml": WORSE, "tests/test_stories.yml": GREETS}))
    draft = await atelier.drafts.approve("olga", draft.project)  # a test story is not there any more
    await atelier.bench.publish("anna", draft.project, "короче")
    assert await atelier.ended() is WorkState.WORSE
    job = atelier.bench.job
    assert job is not None
    found = job.compared
    assert (found.phrases, found.before, found.after, found.stories, found.passed, found.tests) == (3, 3, 0, 1, 0, 1)
    assert found.lost == ("какая пошлина за услугу", "надо ли платить за это", "до скольки вы работаете сегодня", "somebody asks for the hours")
    assert job.note == "короче"
    assert (await atelier.audit_entries())[0] == "dialogue_unfit"
    assert (atelier.version_registry.current, await atelier.drafts.draft()) == (first.id, draft)
    # Without any test story it is no better.
    draft = await atelier.drafts.put("anna", job.draft, "tests/test_stories.yml", None)
    await atelier.drafts.approve("boss", draft.project)
    assert await refused(atelier.bench.publish("anna", draft.project, "", anyway=True)) == "reason_needed"
    await atelier.bench.publish("anna", draft.project, "Намерения меняются местами нарочно", anyway=True)
    assert await atelier.ended() is WorkState.DONE
    newest = (await atelier.version_registry.versions())[0]
    assert atelier.version_registry.current == newest.id
    assert newest.note == ("Намерения меняются местами нарочно; хуже действующей: "
                           "понято фраз 0 из 3, было 3, прежних историй проходит 0 из 1")
    assert (newest.compared.before, newest.compared.after, len(newest.compared.worse_phrases), newest.compared.tests) == (3, 0, 3, 0)
    # Any two that were published are compared later, the other way round, too.
    await atelier.bench.compare("anna", newest.id, first.id)
    assert await atelier.ended() is WorkState.DONE
    assert atelier.bench.job is not None
    assert len(atelier.bench.job.compared.better_phrases) == 3


@worked_at
async def test_a_talk_that_became_a_test_forbids_publishing_what_fails_it(atelier: Atelier) -> None:
    # KB-02: no second person and no reason lets it through
    await atelier.speaks(PROJECT)
    draft = await atelier.drafts.bring("anna", "", zipped(PROJECT | {"tests/test_conversations.yml": MADE_OF_A_TALK}))
    await atelier.drafts.approve("boss", draft.project)
    await atelier.bench.publish("anna", draft.project, "Очень нужно", anyway=True)
    assert await atelier.ended() is WorkState.UNFIT
    assert atelier.bench.job is not None
    [failed] = atelier.bench.job.failing
    assert (failed.story, failed.file) == ("Разговор 001-1", "tests/test_conversations.yml")
    assert (failed.mistakes[0].expected, failed.mistakes[0].came) == ("utter_fee", "utter_hours")
    assert len(await atelier.version_registry.versions()) == 1
    assert TESTS != WRONG
