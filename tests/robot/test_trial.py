"""«Стенд»: chosen people talk to the trained draft; nothing of it is a conversation, and the link ends."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bots.russian import Russian
from hub.conversations.ports import Store
from hub.robot.dialogue_version import Trial
from hub.robot.training_job import WorkState
from hub.robot.training_results import TrainedModel
from hub.robot.trial import MOST, QUIET, Trials
from tests.rig import Clock
from tests.robot.drafts import DOMAIN, PROJECT, zipped
from tests.robot.test_dialogue_draft import Atelier, refused, worked_at

DAY = timedelta(days=1)


class Stand(Atelier):
    def __init__(self, store: Store, folder: Path, russian: Russian, clock: Clock, learnt: TrainedModel) -> None:
        super().__init__(store, folder, russian, clock, learnt)
        self.clock = clock
        self.trials = Trials(store, self.files, self.drafts, self.workshop, clock)

    async def taught(self, files: dict[str, str]) -> str:
        """The id of a draft that is trained, after a version that says it in other words."""
        await self.speaks(files | {"domain.yml": DOMAIN.replace("до шести", "до восьми")})
        here = await self.drafts.draft()
        draft = await self.drafts.bring("anna", here.project if here else "", zipped(files))
        await self.bench.teach("anna", draft.project)
        assert await self.ended() is WorkState.DONE
        return draft.project


@pytest.fixture
async def stand(store: Store, tmp_path: Path, russian: Russian, clock: Clock, learnt: TrainedModel) -> AsyncIterator[Stand]:
    made = Stand(store, tmp_path / "files", russian, clock, learnt)
    await made.version_registry.start()
    yield made
    await made.bench.close()


@worked_at
async def test_chosen_people_talk_to_the_draft_and_nothing_of_it_is_counted(stand: Stand) -> None:
    # KB-02
    trial, secret = await stand.trials.begin("anna", await stand.taught(PROJECT), stand.clock() + DAY, "Соцзащита")
    assert secret not in str(await stand.store.all(Trial)) + str(await stand.store.audit_entries())
    opened = await stand.trials.open(secret)
    assert opened == trial
    await stand.trials.say(opened, "visitor-1", "привет")
    await stand.trials.say(opened, "visitor-1", "Часы")  # as the button says
    await stand.trials.say(opened, "visitor-2", "сколько это стоит")
    said = stand.trials.said(opened, "visitor-1")
    assert [(each.text, each.mine) for each in said[:3]] == [("привет", True), ("Здравствуйте, я робот.", False), ("Часы", True)]
    assert said[1].choices == ("Часы",)
    assert [each.text for each in said[3:]] == ["Открыто с девяти до шести."]
    assert [each.text for each in stand.trials.said(opened, "visitor-2")] == ["сколько это стоит", "Это бесплатно."]
    # No conversation, no record, no figure.
    assert await stand.store.thoughts(0, 1 << 62) == []
    assert await stand.store.moves(0, 1 << 62) == []
    # Begun again, and forgotten after an hour.
    stand.trials.forget(opened, "visitor-2")
    assert stand.trials.said(opened, "visitor-2") == []
    stand.clock.forward((QUIET + timedelta(seconds=1)).total_seconds())
    assert stand.trials.said(opened, "visitor-1") == []


@worked_at
async def test_a_link_stays_at_its_draft_and_ends(stand: Stand) -> None:
    # KB-02
    seen = await stand.taught(PROJECT)
    trial, secret = await stand.trials.begin("anna", seen, stand.clock() + DAY, "")
    # The draft goes on, and its files are kept for the link.
    draft = await stand.drafts.put("anna", seen, "data/nlu.yml", "# пусто\n")
    await stand.trials.say(trial, "v", "часы работы")
    assert stand.trials.said(trial, "v")[-1].text == "Открыто с девяти до шести."
    assert await refused(stand.trials.begin("anna", draft.project, stand.clock() + DAY, "")) == "not_taught"
    assert await refused(stand.trials.begin("anna", seen, stand.clock() + DAY, "")) == "other_draft"
    assert await refused(stand.trials.open("x" * 32)) == "no_such_trial"
    stand.clock.forward(DAY.total_seconds() + 1)
    assert await refused(stand.trials.open(secret)) == "no_such_trial"
    assert await stand.trials.all() == []
    spoken, = await stand.version_registry.versions()
    assert await stand.stored() == {draft.project, spoken.project, spoken.model}


@worked_at
async def test_a_link_is_closed_at_once_and_there_are_not_too_many(stand: Stand) -> None:
    # KB-02
    seen = await stand.taught(PROJECT)
    assert await refused(stand.trials.begin("anna", seen, stand.clock() + 31 * DAY, "")) == "bad_term"
    assert await refused(stand.trials.begin("anna", seen, stand.clock(), "")) == "bad_term"
    made = [await stand.trials.begin("anna", seen, stand.clock() + DAY, "") for _ in range(MOST)]
    assert await refused(stand.trials.begin("anna", seen, stand.clock() + DAY, "")) == "too_many"
    await stand.trials.end("anna", made[0][0].secret)
    assert await refused(stand.trials.open(made[0][1])) == "no_such_trial"
    assert await refused(stand.trials.end("anna", made[0][0].secret)) == "no_such_trial"
    await stand.trials.say(made[1][0], "v", "часы работы")  # the others have the same files
    assert {"trial_begun", "trial_ended"} <= set(await stand.audit_entries())


async def test_without_a_draft_there_is_no_link(stand: Stand) -> None:
    assert await refused(stand.trials.begin("anna", "", stand.clock() + DAY, "")) == "no_draft"
