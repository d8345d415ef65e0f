"""Samples the citizens invited to a personal survey, with a pause after an earlier survey (SV-02, SV-03).

The pause is stored as a digest of the address with its end: it does not reveal who was asked, about what, or how often (152-ФЗ ст. 5
ч. 5).
"""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import timedelta

from hub.access.authorization import Authorization
from hub.cases.lists import between
from hub.cases.retention import ended
from hub.conversations.conversation import Closed
from hub.conversations.identities import Pepper, address_of, plain
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import RefusedError
from hub.kernel.ids import first_id
from hub.notifications.notifier import NotificationSender
from hub.organisation.level import Level
from hub.organisation.queue import Lines
from hub.quality.surveys.survey import Invited, Sample, Survey, SurveyPause

LOOKBACK = timedelta(days=120)
"""Conversations opened longer than this before a period are not considered."""
PAGE = 500
PEPPER = "survey_pauses"


class SurveySampling:
    def __init__(self, sequencer: ConversationSequencer, store: Store, notification_sender: NotificationSender,
                 authorization: Authorization, lines: Lines,
                 pause: timedelta) -> None:
        """`pause` is the time between two surveys; zero is none."""
        self._sequencer, self._store, self._notification_sender, self._authorization = sequencer, store, notification_sender, authorization
        self._queues, self._pause, self._pepper = lines, pause, b""

    async def start(self) -> None:
        """Load pauses of earlier runs."""
        pepper = await self._store.get(Pepper, PEPPER)
        if pepper is None:
            await self._store.put(pepper := Pepper(PEPPER, secrets.token_bytes(32)))
        self._pepper = pepper.secret

    async def drawn(self, survey: Survey, sample: Sample) -> tuple[list[Invited], list[SurveyPause]]:
        """A random sample of all eligible citizens, each address once, with their new pauses.

        Not eligible are citizens who opted out of notices, cannot be written to, or were sampled recently.
        """
        now = self._sequencer.now()
        resting = {each.key for each in await self._store.all(SurveyPause) if each.until > now}
        fitting = [each for each in (await self._served(survey, sample)).values()
                   if self._can_be_told(each.address) and self._digest(each.address) not in resting]
        chosen = secrets.SystemRandom().sample(fitting, min(sample.size, len(fitting)))
        return chosen, [SurveyPause(self._digest(each.address), now + self._pause) for each in chosen if self._pause]

    def _digest(self, address: str) -> str:
        return hmac.digest(self._pepper, address.encode(), "sha256").hex()

    async def _served(self, survey: Survey, sample: Sample) -> dict[str, Invited]:
        """Addresses whose conversation or case was closed in the period; of several the last case counts."""
        lines = [each for each in self._queues if self._personal(each, survey.centre)]
        found: dict[str, Invited] = {}
        after, before = first_id(sample.since - LOOKBACK), first_id(sample.until)
        while not sample.services and (page := await self._store.over(before, after=after, limit=PAGE)):
            after = page[-1].id
            for head in page:
                holder, address = head.holder, plain(head.address)
                if (isinstance(holder, Closed) and sample.since <= holder.at < sample.until and head.queue in lines
                        and _fits(holder.topic, sample.topics)):
                    found[address] = self._invited(survey, head.id, address, topic=holder.topic)
        async for case in between(self._store, "home", lines, sample.since - LOOKBACK, sample.until):
            at = ended(case)
            if (case.erased is None and case.address and case.conversation and at and sample.since <= at < sample.until
                    and _fits(case.topic, sample.topics) and _fits(case.matter.service, sample.services)):
                found[case.address] = self._invited(survey, case.conversation, case.address, case=case.number, topic=case.topic,
                                                    service=case.matter.service)
        return {key: each for key, each in found.items() if _fits(key.partition(".")[0], sample.channels)}

    def _personal(self, queue: str, centre: str) -> bool:
        line = self._authorization.line(queue)
        return line.centre == centre and line.level is not Level.FEDERAL

    def _invited(self, survey: Survey, conversation: int, address: str, *, case: str = "", topic: str = "", service: str = "") -> Invited:
        token = secrets.token_urlsafe(18)
        return Invited(digest(token), survey.key, conversation, address, self._sequencer.now(), case, topic, service, token)

    def _can_be_told(self, address: str) -> bool:
        where = address_of(address)
        try:
            return not self._sequencer.traits.of(where).foreign and not self._notification_sender.preview(where)[1]
        except RefusedError:
            return False


def digest(token: str) -> str:
    """The stored digest of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def _fits(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted
