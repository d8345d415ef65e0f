"""Samples the citizens invited to a personal survey, with a pause after an earlier survey (SV-02, SV-03, SV-04).

Each way of contact has its share of the sample. A caller is invited by SMS; one without a mobile number is asked by an operator.

The pause is stored as a digest of the address with its end: it does not reveal who was asked, about what, or how often (152-ФЗ ст. 5
ч. 5).
"""

import hashlib
import hmac
import secrets
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta

from hub.access.authorization import Authorization
from hub.cases.lists import between
from hub.cases.retention import ended
from hub.conversations.address import Address
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

        Not eligible are citizens who opted out of notices, cannot be asked, or were sampled recently.
        """
        now = self._sequencer.now()
        resting = {each.key for each in await self._store.all(SurveyPause) if each.until > now}
        served = (await self._served(survey, sample)).values()
        fitting: defaultdict[str, list[Invited]] = defaultdict(list)
        for family, each in served:
            if self._can_be_asked(each) and self._digest(each.address) not in resting:
                fitting[family].append(each)
        shares = Counter(family for family, _ in served if family in fitting)
        chosen = chosen_of(fitting, shares, sample.size)
        return chosen, [SurveyPause(self._digest(each.address), now + self._pause) for each in chosen if self._pause]

    def _digest(self, address: str) -> str:
        return hmac.digest(self._pepper, address.encode(), "sha256").hex()

    async def _served(self, survey: Survey, sample: Sample) -> dict[str, tuple[str, Invited]]:
        """Addresses to ask at, with the channel's family; their conversation or case was closed in the period, the last case counts."""
        lines = [each for each in self._queues if self._personal(each, survey.centre)]
        found: dict[str, tuple[str, Invited]] = {}

        def add(conversation: int, address: Address, *, case: str = "", topic: str = "", service: str = "") -> None:
            if _fits(address.family, sample.channels):
                invited = self._invited(survey, conversation, address, case=case, topic=topic, service=service)
                found[invited.address] = address.family, invited

        after, before = first_id(sample.since - LOOKBACK), first_id(sample.until)
        while not sample.services and (page := await self._store.over(before, after=after, limit=PAGE)):
            after = page[-1].id
            for head in page:
                holder = head.holder
                if (isinstance(holder, Closed) and sample.since <= holder.at < sample.until and head.queue in lines
                        and _fits(holder.topic, sample.topics)):
                    add(head.id, head.address, topic=holder.topic)
        async for case in between(self._store, "home", lines, sample.since - LOOKBACK, sample.until):
            at = ended(case)
            if (case.erased is None and case.address and case.conversation and at and sample.since <= at < sample.until
                    and _fits(case.topic, sample.topics) and _fits(case.matter.service, sample.services)):
                add(case.conversation, address_of(case.address), case=case.number, topic=case.topic, service=case.matter.service)
        return found

    def _personal(self, queue: str, centre: str) -> bool:
        line = self._authorization.line(queue)
        return line.centre == centre and line.level is not Level.FEDERAL

    def _invited(self, survey: Survey, conversation: int, address: Address, *, case: str, topic: str, service: str) -> Invited:
        spoken = self._sequencer.traits.of(address).spoken
        sms = self._sequencer.by_sms(address.value) if spoken else None
        token = secrets.token_urlsafe(18)
        return Invited(digest(token), survey.key, conversation, plain(sms or address), self._sequencer.now(), case, topic, service, token,
                       aloud=spoken and sms is None)

    def _can_be_asked(self, invited: Invited) -> bool:
        where = address_of(invited.address)
        if invited.aloud:
            return self._sequencer.traits.number_of(where) != ""
        try:
            return not self._sequencer.traits.of(where).foreign and not self._notification_sender.preview(where)[1]
        except RefusedError:
            return False


def chosen_of(fitting: Mapping[str, Sequence[Invited]], shares: Mapping[str, int], size: int) -> list[Invited]:
    """A random sample in which each group has its share, by largest remainders; those of a group that is too small go to the others."""
    random, whole = secrets.SystemRandom(), sum(shares.values())
    size = min(size, sum(map(len, fitting.values())))
    exact = {family: size * share / whole for family, share in shares.items()}
    wanted = {family: int(number) for family, number in exact.items()}
    for family in sorted(exact, key=lambda each: wanted[each] - exact[each])[:size - sum(wanted.values())]:
        wanted[family] += 1
    chosen, rest = list[Invited](), list[Invited]()
    for family, people in fitting.items():
        mixed = random.sample(people, len(people))
        chosen += mixed[:wanted[family]]
        rest += mixed[wanted[family]:]
    return chosen + random.sample(rest, size - len(chosen))


def digest(token: str) -> str:
    """The stored digest of a link's secret."""
    return hashlib.sha256(token.encode()).hexdigest()


def _fits(value: str, wanted: Sequence[str]) -> bool:
    return not wanted or value in wanted
