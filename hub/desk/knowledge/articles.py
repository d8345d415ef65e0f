"""Articles: suggestions for operators, editing for designers."""

import asyncio
from typing import Annotated

from msgspec import Meta, Struct

from hub.access.permissions import Permission
from hub.cases.outdated_notices import OutdatedInfoReports
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import CardId
from hub.desk.knowledge.forms import ArticleIn, ArticleOut
from hub.federation.handover_sender import HandoverSender
from hub.kernel.errors import RefusedError
from hub.knowledge.article import Article
from hub.knowledge.edition import CardKind, name_of
from hub.knowledge.editorial import Editorial
from hub.robot.ports import Bot

SUGGESTIONS = 5


class ArticleQuery(Struct, frozen=True):
    text: Annotated[str, Meta(max_length=8000)] = ""


def article_out(editorial: Editorial, flagging: OutdatedInfoReports, handover_sender: HandoverSender, article: Article) -> ArticleOut:
    handbook = editorial.handbook()
    sort = CardKind.SERVICE if article.id in handbook.services else CardKind.ARTICLE
    doubted = [flag.field for flag in flagging.open if flag.card == name_of(sort, article.card)]
    return ArticleOut(article.card, article.title, article.text, list(article.questions), article.topic, article.body,
                      article.valid_from, article.purpose, sort, doubted, article.own,
                      handover_sender.remote.title(article.centre) if article.centre else "",
                      article.card in handbook.told or article.id in handbook.services)


@endpoint("GET", "/api/articles", Permission.READ_KNOWLEDGE)
async def articles(editorial: Editorial, bot: Bot, flagging: OutdatedInfoReports, handover_sender: HandoverSender, call: Call,
                   query: ArticleQuery) -> list[ArticleOut]:
    """All articles, or those nearest to a text, best first; services are included."""
    del call
    known = editorial.handbook().articles
    found = await asyncio.wrap_future(bot.search(query.text, SUGGESTIONS)) if query.text.strip() else [known[id_] for id_ in sorted(known)]
    return [article_out(editorial, flagging, handover_sender, article) for article in found]


@endpoint("PUT", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def put_article(editorial: Editorial, flagging: OutdatedInfoReports, handover_sender: HandoverSender, call: Call, article: CardId,
                      body: ArticleIn) -> ArticleOut:
    """Write an article; the robot answers from it at once."""
    said = Article(article, body.title, body.text, tuple(body.questions), body.topic, body.body, body.valid_from,
                   own=body.own)
    return article_out(editorial, flagging, handover_sender, await editorial.say(call.who, said))


@endpoint("DELETE", "/api/articles/{article}", Permission.EDIT_KNOWLEDGE)
async def delete_article(editorial: Editorial, call: Call, article: CardId) -> None:
    """Withdraw an article; its editions stay."""
    if article not in editorial.handbook().articles:
        raise RefusedError("no_such_article", "Такой статьи нет.")
    await editorial.withdraw(call.who, CardKind.ARTICLE, article)


ENDPOINTS = (articles, put_article, delete_article)
