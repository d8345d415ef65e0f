"""Citizens' responses to a survey: consent, answers, refusal, changes, withdrawal; or anonymous answers (SV-01, SV-02).

Refusals: unknown or expired invitation, the survey is closed, quota reached, no consent, invalid answers.
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from hub.citizens.consent import SURVEY, ConsentText, Given
from hub.citizens.consent_service import ConsentService
from hub.conversations.identities import address_of
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.quality.surveys.retention import detach
from hub.quality.surveys.sampling import digest
from hub.quality.surveys.service import NO_SURVEY, SurveyService
from hub.quality.surveys.survey import (
    FreeText,
    InvitationState,
    Invited,
    Questionnaire,
    Survey,
    SurveyAnswer,
    SurveyKind,
    Tally,
    added,
    unfit,
)

SHEETS = 10_000
"""Recently submitted forms, in memory: a second push of the button counts once."""
OPEN = frozenset({InvitationState.INVITED, InvitationState.AGREED, InvitationState.REFUSED, InvitationState.LATE})


class ResponseForm(Struct, frozen=True):
    """The form shown to a citizen; `invited` is None in an anonymous survey."""

    survey: Survey
    questionnaire: Questionnaire
    invited: Invited | None = None


class SurveyResponses:
    def __init__(self, sequencer: ConversationSequencer, store: Store, survey_service: SurveyService, consent_service: ConsentService,
                 masked: Callable[[str], str]) -> None:
        """`masked` removes personal data from a text; "" where nothing else remains."""
        self._sequencer, self._store, self._survey_service = sequencer, store, survey_service
        self._consent_service, self._masked = consent_service, masked
        self._sent: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._changing = asyncio.Lock()

    def consent(self, version: int = 0) -> ConsentText | None:
        """The current consent text, or an older one."""
        return self._consent_service.text(SURVEY, version)

    async def invitation(self, token: str) -> ResponseForm:
        """After the quota is reached the citizen is told so, and counted once as late."""
        invited = await self._store.get(Invited, digest(token))
        if invited is None:
            raise NO_SURVEY
        survey = self._survey_service.known(invited.survey)
        self._check_taken(survey)
        if invited.state in OPEN - {InvitationState.REFUSED} and await self._is_full(survey):
            if invited.state is not InvitationState.LATE:
                await self._put(invited, replace(invited, token="", state=InvitationState.LATE))
            raise RefusedError("quota_reached", "")
        return ResponseForm(survey, self._survey_service.questions_of(survey), invited)

    async def agreed(self, token: str) -> bool:
        """Whether there is a consent to withdraw, also after the end of the survey."""
        invited = await self._store.get(Invited, digest(token))
        return invited is not None and invited.agreed is not None

    async def agree(self, token: str, version: int, language: str) -> None:
        """Consent to the text that was read; from then on the answers are linked to the citizen."""
        async with self._changing:
            invited = self._theirs(await self.invitation(token))
            text, now = self.consent(version), self._sequencer.now()
            if text is None or text != self.consent():
                raise RefusedError("other_version", "")
            if invited.state is InvitationState.ANSWERED:
                return
            given = Given(_sheet(invited), SURVEY, version, language, now, address_of(invited.address).channel)
            # After a withdrawal the invitation is gone: each consent is given once.
            await self._consent_service.give(invited.conversation, given, (await self._consent_service.of(invited.conversation)).contact)
            token = invited.token if invited.aloud else ""  # the operator comes back to the page
            await self._put(invited, replace(invited, token=token, state=InvitationState.AGREED, consent=version, agreed=now))

    async def refuse(self, token: str) -> None:
        """The citizen declines, and may still change their mind."""
        async with self._changing:
            invited = self._theirs(await self.invitation(token))
            if invited.state is not InvitationState.ANSWERED:
                await self._put(invited, replace(invited, token="", state=InvitationState.REFUSED),
                                AuditEntry(self._sequencer.now(), "", "survey_refused", invited.survey))

    async def answer(self, token: str, answers: Sequence[SurveyAnswer]) -> None:
        """Answers, replacing former ones."""
        async with self._changing:
            sheet = await self.invitation(token)
            invited, now = self._theirs(sheet), self._sequencer.now()
            if invited.state not in {InvitationState.AGREED, InvitationState.ANSWERED}:
                raise RefusedError("no_consent", "")
            _check(sheet, answers)
            await self._put(invited, replace(invited, token="", state=InvitationState.ANSWERED, answers=_given(answers), answered=now),
                            AuditEntry(now, "", "survey_answered", invited.survey))

    async def withdraw(self, token: str) -> None:
        """Withdraw the consent, also after the end of the survey: the answers stay counted, anonymously. Idempotent."""
        async with self._changing:
            invited = await self._store.get(Invited, digest(token))
            if invited is None:
                return
            await self._consent_service.take_back(invited.conversation, _sheet(invited))
            await detach(self._store, invited, AuditEntry(self._sequencer.now(), "", "survey_withdrawn", str(invited.conversation)),
                         withdrawn=True)

    async def public(self, key: str) -> ResponseForm:
        """An anonymous survey."""
        survey = self._survey_service.known(key)
        if survey.kind is not SurveyKind.ANONYMOUS:
            raise NO_SURVEY
        self._check_taken(survey)
        if await self._is_full(survey):
            raise RefusedError("quota_reached", "")
        return ResponseForm(survey, self._survey_service.questions_of(survey))

    async def count(self, key: str, sheet: str, answers: Sequence[SurveyAnswer]) -> None:
        """Add it to the tally without storing it. `sheet` is the page's random id: a repeated one counts once."""
        async with self._changing:
            asked = await self.public(key)
            if (key, sheet) in self._sent:
                return
            _check(asked, answers)
            before = await self._store.get(Tally, key)
            if before is None:
                raise NO_SURVEY
            said = [(each, self._masked(each.text)) for each in answers if each.text]
            empty = {each.question for each, text in said if not text}  # only personal data
            kept = [each for each in _given(answers) if each.question not in empty]
            texts = [FreeText(secrets.token_hex(16), key, each.question, text) for each, text in said if text]
            after = added(before, asked.questionnaire.questions, kept)
            await self._store.exchange((after, *texts), (), seen=(before,))
            if after.answered % asked.survey.least == 0:
                self._survey_service.on_count()
            self._sent[key, sheet] = None
            if len(self._sent) > SHEETS:
                self._sent.popitem(last=False)

    def _check_taken(self, survey: Survey) -> None:
        if not survey.takes(now := self._sequencer.now()):
            raise RefusedError("not_begun" if now < survey.since and survey.ended is None else "survey_over", "")

    async def _is_full(self, survey: Survey) -> bool:
        if not survey.quota:
            return False
        tally = await self._store.get(Tally, survey.key)
        return (tally.answered if tally else 0) + await self._store.count(Invited, "answered", survey.key) >= survey.quota

    async def _put(self, before: Invited, after: Invited, audit_entry: AuditEntry | None = None) -> None:
        await self._store.exchange((after,), (), audit_entry, seen=(before,))

    def _theirs(self, sheet: ResponseForm) -> Invited:
        assert sheet.invited is not None  # noqa: S101 - of an invitation there is one
        return sheet.invited


def _sheet(invited: Invited) -> str:
    """The key of a consent given on the form."""
    return f"{SURVEY}/{invited.key}"


def _check(sheet: ResponseForm, answers: Sequence[SurveyAnswer]) -> None:
    if unfit(sheet.questionnaire.questions, answers):
        raise RefusedError("unfit", "")


def _given(answers: Sequence[SurveyAnswer]) -> tuple[SurveyAnswer, ...]:
    """Without empty answers."""
    return tuple(each for each in answers if each.chosen or each.text)
