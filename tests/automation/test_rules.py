"""Rules act after what they answer to, in their order, and say so in the conversation; what they do starts no rule."""

from collections.abc import AsyncIterator

import pytest

from hub.access.operator import Operator, Role
from hub.actions.canned_reply import filled
from hub.automation.rule import Rule, RuleEvent, RuleIf, RuleThen, packed, unpacked
from hub.conversations.conversation import Closed, InQueue, Lead
from hub.conversations.message import Author
from hub.kernel.errors import RefusedError, UnavailableStoreError
from tests.actions.test_promise_watch import taken
from tests.automation.desk import ADMIN, Automation, automation_of, rule
from tests.rig import ANNA, BOSS, Clock, Rig, eventually

COMPLAINT = rule(RuleEvent.MESSAGE, RuleThen(tag="жалоба", queue="passports", lead_min=10, note="Проверьте срок"), title="Жалобы",
                 words=("пожаловаться на сотрудника", "жалоба"))


@pytest.fixture
async def automation(rig: Rig) -> AsyncIterator[Automation]:
    made = await automation_of(rig)
    yield made
    await made.runner.close()
    await made.trials.close()


async def acted(automation: Automation, conversation: int, times: int) -> list[tuple[str, str]]:
    """Once rules have acted so often there."""
    async def enough() -> bool:
        return len(await automation.acts(conversation)) >= times
    await eventually(enough)
    await automation.rig.settled()
    return await automation.acts(conversation)


async def test_a_complaint_gets_a_tag_a_line_and_a_priority_and_the_talk_says_so(rig: Rig, automation: Automation) -> None:
    # KB-01, RT-01
    await automation.set(COMPLAINT)
    conversation = await rig.waiting()
    assert await automation.acts(conversation) == []
    await rig.stored("Я хочу написать ЖАЛОБУ!", "k2")
    acts = await acted(automation, conversation, 1)
    assert acts == [("Жалобы", "метка «жалоба»; приоритет: как будто ждёт на 10 мин дольше; заметка; линия «Паспорта»")]
    head = await rig.holds(conversation)
    assert (head.tags, head.lead) == (("жалоба",), Lead(600, "Жалобы"))
    assert isinstance(head.holder, InQueue)
    assert head.holder.queue == "passports"
    assert "Проверьте срок" in await rig.said(conversation, Author.SYSTEM)
    found = rig.dispatch.priority(head)
    assert found is not None
    assert (found.title, found.wait_s) == ("Жалобы", 600)


async def test_no_commit_is_listened_to_where_no_rule_is_on(rig: Rig, automation: Automation) -> None:
    react = rig.sequencer.on_commit.react
    with pytest.raises(ValueError, match="not in list"):
        react.unsubscribe(automation.runner.committed)
    await automation.set(rule(RuleEvent.BEGAN, RuleThen(tag="a"), on=False))
    with pytest.raises(ValueError, match="not in list"):
        react.unsubscribe(automation.runner.committed)


async def test_what_a_rule_does_starts_no_rule_and_later_rules_see_it(rig: Rig, automation: Automation) -> None:
    first = rule(RuleEvent.MESSAGE, RuleThen(tag="a", reply="hello"), title="Первое", channels=("web",))
    second = rule(RuleEvent.MESSAGE, RuleThen(note="видно"), title="Второе", tags=("a",))
    echo = rule(RuleEvent.TAGGED, RuleThen(tag="b"), title="Эхо", tags=("a",))
    await automation.set(first, second, echo)
    conversation = await rig.waiting()
    acts = await acted(automation, conversation, 2)
    assert acts == [("Первое", "метка «a»; ответ «Приняли»"), ("Второе", "заметка")]
    head = await rig.holds(conversation)
    assert f"Здравствуйте, Иван! Номер {head.number}, Центр." in await rig.said(conversation, Author.SYSTEM)
    rig.clock.forward(60)
    await rig.stored("ещё раз", "k3")
    acts = await acted(automation, conversation, 4)
    assert acts[2] == ("Первое", "метка «a»; ответ не отправлен: это правило недавно уже отвечало")


async def test_a_tag_of_a_person_starts_rules_and_may_be_taken_off(rig: Rig, automation: Automation) -> None:
    await automation.set(rule(RuleEvent.TAGGED, RuleThen(topic="other", seniors=True), title="Срочное", tags=("срочно",)))
    await rig.store.put(Operator("lead", "Лидия", Role.SENIOR, ("general",)))
    conversation = await taken(rig)
    await automation.tags.put(ANNA, conversation, "  срочно ", off=False)
    assert await acted(automation, conversation, 1) == [("Срочное", "тема «Другое»; сообщили: Борис, Лидия")]
    assert [each.conversation for each, _ in automation.mentions.of(BOSS)] == [conversation]
    await automation.tags.put(ANNA, conversation, "срочно", off=False)  # twice is once
    assert ((await rig.holds(conversation)).tags, (await rig.holds(conversation)).topic) == (("срочно",), "other")
    await automation.tags.put(ANNA, conversation, "срочно", off=True)
    assert (await rig.holds(conversation)).tags == ()
    assert len(await automation.acts(conversation)) == 1
    with pytest.raises(RefusedError, match="от 1 до 40"):
        await automation.tags.put(ANNA, conversation, " ", off=False)


async def test_a_silence_is_told_once_also_over_a_restart(rig: Rig, automation: Automation, clock: Clock) -> None:
    # SL-03
    slow = rule(RuleEvent.UNANSWERED, RuleThen(note="ждёт"), title="Долго", minutes=5)
    later = rule(RuleEvent.UNANSWERED, RuleThen(note="очень ждёт"), title="Очень долго", minutes=10)
    await automation.set(slow, later)
    conversation = await rig.waiting()
    clock.forward(299)
    automation.runner.look()
    assert await automation.acts(conversation) == []
    clock.forward(1)
    automation.runner.look()
    assert await acted(automation, conversation, 1) == [("Долго", "заметка")]
    await automation.runner.close()
    again = await automation_of(rig)  # finds the silence in the entries, and that it was told

    async def looked() -> bool:
        again.runner.look()
        return len(await again.acts(conversation)) == 2
    clock.forward(300)
    await eventually(looked)
    assert [title for title, _ in await again.acts(conversation)] == ["Долго", "Очень долго"]
    rig.ready(ANNA)
    await rig.actions.take(ANNA, conversation)
    await rig.actions.say(ANNA, conversation, "answer", "Здравствуйте", internal=False)
    clock.forward(3600)
    again.runner.look()
    await rig.settled()
    assert len(await again.acts(conversation)) == 2
    await again.runner.close()


async def test_an_end_is_answered_and_a_talk_that_is_held_stays(rig: Rig, automation: Automation) -> None:
    conversation = await taken(rig)
    await automation.set(rule(RuleEvent.ENDED, RuleThen(tag="итог"), title="Конец", topics=("other",)),
                         rule(RuleEvent.MESSAGE, RuleThen(queue="passports"), title="Забрать"))
    await rig.stored("вы тут?", "k9")
    assert (await acted(automation, conversation, 1))[-1] == ("Забрать", "линия прежняя: разговор уже не ждёт")
    await rig.actions.close(ANNA, conversation, "other")
    assert (await acted(automation, conversation, 2))[-1] == ("Конец", "метка «итог»")
    head = await rig.holds(conversation)
    assert isinstance(head.holder, Closed)
    await rig.stored("снова я", "k10")
    await rig.settled()
    assert (await rig.holds(conversation)).tags == ()  # another talk


async def test_a_rule_that_fails_stops_neither_the_message_nor_the_next_rule(rig: Rig, automation: Automation,
                                                                            monkeypatch: pytest.MonkeyPatch) -> None:
    await automation.set(rule(RuleEvent.MESSAGE, RuleThen(seniors=True), title="Сломано"), rule(RuleEvent.MESSAGE, RuleThen(tag="x"), title="Цело"))

    async def away(*_: object) -> None:
        raise UnavailableStoreError("нет диска")
    monkeypatch.setattr(automation.mentions, "alert", away)
    conversation = await rig.waiting()
    assert await acted(automation, conversation, 1) == [("Цело", "метка «x»")]
    assert automation.runner.failures["id-Сломано"].why == "нет диска"


async def test_versions_are_written_in_turn_audited_and_brought_back(rig: Rig, automation: Automation) -> None:
    # SE-01
    versions = automation.versions
    await automation.set(COMPLAINT)
    assert await versions.write(ADMIN, 0, (COMPLAINT,)) is versions.current  # a repeated request
    with pytest.raises(RefusedError, match="другой администратор"):
        await versions.write(ADMIN, 0, ())
    with pytest.raises(RefusedError, match="Ничего не меняется"):
        await versions.write(ADMIN, 1, (COMPLAINT,))
    await versions.write(ADMIN, 1, ())
    await versions.revert(ADMIN, 2, 1)
    assert (versions.current.version, versions.current.rules) == (3, (COMPLAINT,))
    audit = [each for _, each in await rig.store.audit_entries() if each.what == "rules"]
    assert [each.detail for each in audit] == ["Новое правило «Жалобы».", "Правило «Жалобы» удаляется.", "Новое правило «Жалобы»."]


@pytest.mark.parametrize(("wrong", "why"), [
    (rule(RuleEvent.MESSAGE, RuleThen()), "что сделать"),
    (rule(RuleEvent.UNANSWERED, RuleThen(tag="a")), "сколько минут"),
    (rule(RuleEvent.BEGAN, RuleThen(tag="a"), words=("да",)), "слова сверяют"),
    (rule(RuleEvent.ENDED, RuleThen(queue="general")), "не стоит в очереди"),
    (rule(RuleEvent.MESSAGE, RuleThen(queue="nowhere")), "нет линии «nowhere»"),
    (rule(RuleEvent.MESSAGE, RuleThen(reply="none")), "заготовки"),
    (rule(RuleEvent.MESSAGE, RuleThen(people=("nobody",))), "нет сотрудника"),
])
async def test_a_rule_that_could_not_act_is_refused_in_words(automation: Automation, wrong: Rule, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        await automation.set(wrong)


async def test_a_dry_run_lists_what_each_rule_would_have_done_and_changes_nothing(rig: Rig, automation: Automation, clock: Clock) -> None:
    conversation = await rig.waiting()
    await rig.stored("где жалобы принимают?", "k2")
    clock.forward(600)
    other = await rig.waiting(who="other")
    rules = (COMPLAINT, rule(RuleEvent.MESSAGE, RuleThen(note="н"), title="По метке", tags=("жалоба",)),
             rule(RuleEvent.UNANSWERED, RuleThen(note="долго"), title="Долго", minutes=5), rule(RuleEvent.BEGAN, RuleThen(tag="новый"), title="Начало"))
    clock.forward(1)
    heard: list[str] = []
    automation.trials.on_change.subscribe(heard.append)
    trial = await automation.trials.begin(ADMIN, rules)

    async def finished() -> bool:
        return trial.finished
    await eventually(finished)
    assert (trial.total, trial.done, trial.problem, heard[-1]) == (2, 2, "", "admin")
    found = {each.rule: {hit.conversation for hit in each.hits} for each in trial.rules}
    assert found == {"id-Жалобы": {str(conversation)}, "id-По метке": {str(conversation)}, "id-Долго": {str(conversation)},
                     "id-Начало": {str(conversation), str(other)}}
    assert (await automation.acts(conversation), automation.versions.current.version) == ([], 0)


def test_a_file_names_no_people_and_a_rule_comes_back_as_it_was() -> None:
    one = Rule("a", "А", RuleEvent.MESSAGE, RuleThen(people=("anna",)), RuleIf())
    assert packed(one).acts == RuleThen(seniors=True)
    assert unpacked(packed(one), one) == one
    assert unpacked(packed(one), None).acts.people == ()


def test_a_reply_without_a_name_greets_without_the_comma() -> None:
    assert filled("Здравствуйте, {имя}! {центр} {что}", {"имя": "", "центр": "ЦТО"}) == "Здравствуйте! ЦТО {что}"
