"""What forms ask of the knowledge base; the meaning of a question, some 8 ms, is read outside the event loop."""

import asyncio
from collections.abc import Mapping

from bots.knowledge.facts import Focus
from bots.knowledge.faq import FaqBot
from bots.knowledge.subjects import Rows
from hub.knowledge.article import Article


class RobotKnowledge:
    """Implements bots.dialogue.form_actions.FormKnowledge."""

    def __init__(self, bot: FaqBot) -> None:
        self._bot = bot
        self.service, self.subject, self.alludes = bot.service, bot.subject, bot.alludes
        self.fact, self.fact_of, self.recall = bot.fact, bot.fact_of, bot.recall

    @property
    def articles(self) -> Mapping[str, Article]:
        return self._bot.articles

    async def rows(self, text: str, focus: Focus) -> Rows:
        return await asyncio.to_thread(self._bot.services.read, text, focus)
