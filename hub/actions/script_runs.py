"""Script runs of operators in a conversation: start, steps, going back; mandatory steps block closing (KB-01).

Whoever may steer a conversation may run scripts in it. A change names the number of moves that its author has seen, and a repeated
one is ignored. Refusals: another's or a closed conversation, unknown script or run, invalid step.
"""

from collections.abc import Sequence

from hub.access.operator import Operator
from hub.actions.conversation_actions import Actions
from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import ConflictError, RefusedError
from hub.kernel.signal import Signal
from hub.knowledge.scripts.library import ScriptLibrary
from hub.knowledge.scripts.script import Script
from hub.knowledge.scripts.script_run import Move, ScriptMove, ScriptRun, frees, missing_mandatory_steps, moved, past

EVERY = 1_000_000
OTHER = RefusedError("other_step", "По сценарию уже сделан другой шаг: посмотрите ещё раз.")


class ScriptRunner:
    def __init__(self, sequencer: ConversationSequencer, store: Store, actions: Actions, scripting: ScriptLibrary) -> None:
        self._sequencer, self._store, self._actions, self.scripting = sequencer, store, actions, scripting
        self.on_change, self.on_gone = Signal[[ScriptRun]](), Signal[[ScriptRun]]()

    async def of(self, conversation: int) -> list[ScriptRun]:
        """The runs of a conversation, the oldest first."""
        return await self._store.marked(ScriptRun, "conversation", str(conversation), limit=EVERY)

    async def begin(self, who: Operator, conversation: int, key: str, script: str) -> ScriptRun:
        """Start a valid script; idempotent by `key`."""
        live, holder = await self._actions.mine(who, conversation)
        edition = next((each for each in self.scripting.in_force() if each.key == script), None)
        if edition is None:
            raise RefusedError("no_such_script", "Такого сценария нет.")
        walk = ScriptRun(f"{conversation}/{key}", conversation, script, edition.version, edition.script.steps[0].key, self._sequencer.now(),
                    who.login, holder.queue)
        try:
            await self._store.exchange((), (), self._actions.audit_entry(who, "script_begun", live, edition.id), new=(walk,))
        except ConflictError:
            return await self._found(conversation, key)
        self.on_change(walk)
        return walk

    async def move(self, who: Operator, conversation: int, key: str, seen: int, move: Move, answer: int = 0) -> ScriptRun:
        """Pass the current step, go back, or open a card; `seen` is the number of moves before."""
        await self._actions.mine(who, conversation)
        before = await self._found(conversation, key)
        if _is(before.moves[seen:], who, move, answer):
            return before
        if seen != len(before.moves):
            raise OTHER
        after = moved(before, self.script(before), move, answer, who.login, self._sequencer.now())
        try:
            await self._store.exchange((after,), (), seen=(before,))
        except ConflictError:
            raise OTHER from None
        self.on_change(after)
        return after

    async def drop(self, who: Operator, conversation: int, key: str) -> None:
        """Remove a run started by mistake: only before its first step."""
        await self._actions.mine(who, conversation)
        walk = await self._found(conversation, key)
        if any(move.move is Move.ON for move in walk.moves):
            raise RefusedError("bad_step", "Сценарий уже начат: дойдите до конца.")
        audit_entry = AuditEntry(self._sequencer.now(), who.login, "script_dropped", str(conversation), walk.script)
        try:
            await self._store.exchange((), (walk,), audit_entry, seen=(walk,))
        except ConflictError:
            raise OTHER from None
        self.on_gone(walk)

    async def unset(self, conversation: int) -> list[str]:
        """Texts of mandatory steps ahead; none after a step that waives them. Runs before the last closing are ignored."""
        served = (await self._actions.live(conversation)).head.served
        walks = [(walk, self.script(walk)) for walk in await self.of(conversation) if not past(walk, served)]
        if any(frees(walk, script) for walk, script in walks):
            return []
        return [f"{script.title}: {step.text}" for walk, script in walks for step in missing_mandatory_steps(walk, script)]

    def script(self, walk: ScriptRun) -> Script:
        """In the version of the run."""
        return self.scripting.edition(walk.script, walk.version).script

    async def _found(self, conversation: int, key: str) -> ScriptRun:
        walk = await self._store.get(ScriptRun, f"{conversation}/{key}")
        if walk is None:
            raise RefusedError("no_such_walk", "Этот сценарий в разговоре не начат.")
        return walk


def _is(later: Sequence[ScriptMove], who: Operator, move: Move, answer: int) -> bool:
    """Whether the moves since are this very move, repeated."""
    return len(later) == 1 and (later[0].by, later[0].move, later[0].answer) == (who.login, move, answer)
