"""Tags of a conversation, which operators set and take off; rules set them, too (hub/automation/)."""

from msgspec.structs import replace

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions, Planned
from hub.conversations.conversation import SetAside
from hub.conversations.journal import Tagged
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.errors import RefusedError

MOST, LONGEST = 20, 40
"""Tags of a conversation; characters of one."""


class ConversationTags:
    def __init__(self, sequencer: ConversationSequencer, actions: Actions) -> None:
        self._sequencer, self._actions = sequencer, actions

    async def put(self, who: Operator, conversation: int, name: str, *, off: bool) -> None:
        """Set a tag, or take it off. Idempotent. Raises RefusedError."""
        name = " ".join(name.split())
        live = await self._actions.seen(who, conversation)
        head = live.head
        if not name or len(name) > LONGEST:
            raise RefusedError("bad_tag", f"Метка — от 1 до {LONGEST} знаков.")
        if (name in head.tags) != off:
            return
        if isinstance(head.holder, SetAside):
            raise RefusedError("not_held", "Разговор отложен фильтром: сначала разберите его.")
        if not off and len(head.tags) >= MOST:
            raise RefusedError("too_many", f"Меток у разговора не больше {MOST}: снимите ненужные.")
        tags = tuple(each for each in head.tags if each != name) if off else (*head.tags, name)
        entry = Tagged(self._sequencer.now(), name, who.login, off)
        await self._actions.do(live, Planned((entry,), self._actions.audit_entry(who, "untag" if off else "tag", live),
                                             replace(head, tags=tags)))
