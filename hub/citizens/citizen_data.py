"""What the holder of a talk writes down of its citizen: the name and the language, each with its ground."""

from msgspec.structs import replace

from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.address import Citizen
from hub.conversations.journal import Corrected
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import RefusedError


class CitizenData:
    def __init__(self, sequencer: ConversationSequencer, actions: Actions, federal_policy: FederalDataPolicy) -> None:
        self._sequencer, self._actions, self._federal_policy = sequencer, actions, federal_policy

    async def write(self, who: Operator, conversation: int, name: str, language: str, why: str) -> None:
        """Change what differs, in one step with its audit entry. Raises RefusedError where it is not held, or no name is kept."""
        live, _ = await self._actions.mine(who, conversation)
        head = live.head
        if name and not self._federal_policy.shows_name(head):
            raise RefusedError("federal", "Федеральный центр не хранит имён.")
        after = replace(head.citizen, name=name, language=language)
        changed = [field for field in Citizen.__struct_fields__ if getattr(after, field) != getattr(head.citizen, field)]
        if not changed:
            return
        now = self._sequencer.now()
        audit_entry = self._actions.audit_entry(who, "citizen_written", live, f"{', '.join(changed)}: {self._actions.readings.masked(why)}")
        await self._sequencer.committed_step(live, tuple(Corrected(now, field, who.login) for field in changed),
                                             head=replace(head, citizen=after), audit_entries=(audit_entry,))
