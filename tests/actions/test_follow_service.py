"""Who follows a conversation hears of new words and of its end without holding it, while they may see it."""

from hub.access.operator import Operator, Role
from hub.actions.follow import Follow, News
from hub.actions.follow_service import FollowService
from hub.conversations.ports import Store
from tests.actions.test_promise_watch import refusal, taken
from tests.rig import ANNA, OLGA, Rig

LEAD = Operator("lead", "Лидия", Role.SENIOR, ("general",))


async def following_of(rig: Rig) -> tuple[FollowService, list[tuple[int, str, News]]]:
    await rig.store.put(LEAD)
    made, heard = FollowService(rig.sequencer, rig.store, rig.actions), list[tuple[int, str, News]]()
    rig.sequencer.on_commit.project.subscribe(made.committed)
    made.on_news.subscribe(lambda each, news: heard.append((each.conversation, each.login, news)))
    await made.start()
    return made, heard


async def test_who_follows_hears_of_words_once_until_they_look_and_of_the_end(rig: Rig) -> None:  # CH-08, SE-01
    conversation = await taken(rig)
    follow_service, heard = await following_of(rig)
    await follow_service.follow(LEAD, conversation)
    await rig.actions.say(LEAD, conversation, "note", "Сама слежу", internal=True)
    await rig.told()
    assert (heard, follow_service.news("lead", conversation)) == ([], News.NONE)
    await rig.say("Есть новости?", "one")
    await rig.say("Ау", "two")
    await rig.told()
    assert heard == [(conversation, "lead", News.WORDS)]
    await follow_service.follow(LEAD, conversation)  # has looked
    assert follow_service.news("lead", conversation) is News.NONE
    await rig.actions.say(ANNA, conversation, "k", "Скоро", internal=False)
    await rig.actions.close(ANNA, conversation, "other")
    await rig.told()
    assert heard[1:] == [(conversation, "lead", News.WORDS), (conversation, "lead", News.ENDED)]
    assert [(head.id, news) for head, news in follow_service.of(LEAD)] == [(conversation, News.ENDED)]
    await follow_service.unfollow(LEAD, conversation)
    await follow_service.unfollow(LEAD, conversation)
    await rig.say("Ещё вопрос", "three")
    await rig.told()
    assert (len(heard), follow_service.of(LEAD), follow_service.news("lead", conversation)) == (3, [], None)


async def test_what_came_while_the_hub_was_down_is_news(store: Store, rig: Rig) -> None:  # ST-02
    conversation = await taken(rig)
    follow_service, _ = await following_of(rig)
    await follow_service.follow(LEAD, conversation)
    again = FollowService(rig.sequencer, rig.store, rig.actions)
    await again.start()
    assert again.news("lead", conversation) is News.NONE
    await rig.say("Есть новости?", "one")
    await again.start()
    assert again.news("lead", conversation) is News.WORDS
    assert [each.login for each in await store.all(Follow)] == ["lead"]


async def test_who_may_not_see_it_neither_follows_nor_hears(rig: Rig) -> None:  # SE-01
    conversation = await rig.waiting()
    follow_service, _ = await following_of(rig)
    await follow_service.follow(OLGA, conversation)  # in her line
    await rig.actions.take(ANNA, conversation)
    await rig.told()
    assert follow_service.of(OLGA) == []
    assert await refusal(follow_service.follow(OLGA, conversation)) == "forbidden"
