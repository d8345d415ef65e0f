"""Links the addresses of a citizen by a one-time code: request, check, unlink (CH-16).

Refusals are those of actions/conversation_actions.py, and: unknown address, codes sent too often, wrong or expired code, addresses
already linked or not linked.
"""

import asyncio
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from hub.access.federal_separation import FederalDataPolicy
from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.actions.conversation_actions import Actions
from hub.citizens.verification import VerificationService
from hub.conversations.address import Address, masked
from hub.conversations.conversation import Conversation
from hub.conversations.delivery_status import Delivery
from hub.conversations.identities import (
    LASTS,
    TRIES,
    Code,
    How,
    Identity,
    Membership,
    Proof,
    address_of,
    are_different_people,
    digits_in,
    held,
    link,
    memberships,
    plain,
    reached,
    same_number,
    sealed,
    sent_lately,
    spelled,
    unlink,
    wait_s,
)
from hub.conversations.journal import Carried
from hub.conversations.message import Author, Message
from hub.conversations.ports import CarryingChannel, Commit, Store
from hub.conversations.sequencer import ConversationSequencer, LiveConversation, Reach
from hub.conversations.verification_level import LASTS as SURE
from hub.conversations.verification_level import Proven
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.background_tasks import BackgroundTasks
from hub.kernel.errors import OknoError, RefusedError
from hub.kernel.signal import Signal

FEDERAL = "На федеральном уровне история заявителя не ведётся."
CODE = (
    "Код подтверждения: {digits}. Назовите его оператору, с которым говорите сейчас, или напишите ему. "
    "Код действует 10 минут. Если вы ни с кем не говорите, никому его не сообщайте."
)
STRANGERS = "Эти адреса подтверждены разными учётными записями Госуслуг: это разные люди."
PAGE = 50


class Known(Struct, frozen=True):
    """Known addresses of a conversation's citizen, and the pending code.

    `undelivered` is why the last code did not arrive, in words; "" otherwise.
    """

    here: str
    identity: Identity | None
    awaited: Code | None
    undelivered: str = ""


class AddressLinking:
    def __init__(self, sequencer: ConversationSequencer, actions: Actions, store: Store, federal_policy: FederalDataPolicy,
                 verification_service: VerificationService,
                 carriers: Mapping[str, CarryingChannel], reach: Reach) -> None:
        self._sequencer, self._actions, self._store, self._federal_policy = sequencer, actions, store, federal_policy
        self._verification_service = verification_service
        self._carriers, self._reach = carriers, reach
        self._pepper = secrets.token_bytes(32)
        """In memory only: codes cannot be derived from the store, and a restart invalidates pending codes."""
        self._changing = asyncio.Lock()
        self.unchanged = self._changing
        """While it is locked, links do not change."""
        self._asked: dict[int, Code] = {}
        """Conversations and their requested codes; expired ones are dropped at the next request."""
        self._sent: dict[int, tuple[int, str]] = {}
        """Messages with a code: the conversation that requested it, and the digest."""
        self._undelivered: dict[int, str] = {}
        self._shown: dict[int, tuple[str, datetime]] = {}
        """Conversations whose citizen returned a code, its address, and the time. In memory: after a restart a new code is needed."""
        self._tasks = BackgroundTasks()
        self.on_change = Signal[[frozenset[str]]]()
        """Called with addresses whose links or pending codes have changed."""

    async def start(self) -> None:
        """Codes of the last run are invalid; their times of sending are kept for an hour."""
        now = self._sequencer.now()
        for code in await self._store.all(Code):
            if sent_lately(code, now):
                await self._store.put(code.spent())
            else:
                await self._store.drop(Code, code.address)

    async def close(self) -> None:
        await self._tasks.cancel()

    def channels(self) -> list[str]:
        """Channels that can send a code."""
        return sorted(self._carriers)

    async def known(self, who: Operator, conversation: int) -> Known:
        return await self._known((await self._read(who, conversation, "identity")).head)

    async def history(self, who: Operator, conversation: int, before: int, limit: int) -> list[Conversation]:
        """The person's other conversations, newest first."""
        head = (await self._read(who, conversation, "history")).head
        addresses = [address_of(each) for each in await self._addresses(plain(head.address))]
        found: list[Conversation] = []
        while len(found) < limit and (page := await self._store.with_addresses(addresses, before=before, limit=limit + 1)):
            found += [each for each in page if each.id != conversation and self._may_look(who, each)]
            before = page[-1].id
        return found[:limit]

    async def past(self, who: Operator, conversation: int, other: int) -> Conversation:
        """Open another conversation of the same person; audited."""
        head = self._personal(await self._actions.seen(who, conversation)).head
        ground = self._actions.ground(who, head)
        earlier = (await self._actions.live(other)).head
        if plain(earlier.address) not in await self._addresses(plain(head.address)):
            raise RefusedError("no_such_conversation", "Это разговор другого заявителя.")
        if not self._may_look(who, earlier):
            raise RefusedError("forbidden", "Это разговор другого центра.")
        await self._actions.readings.note(who.login, "past", str(other), f"история обращения {head.number}", ground=ground)
        return earlier

    async def person(self, head: Conversation) -> frozenset[str]:
        """All proved addresses of a conversation's citizen in the form of `plain`; at least the current one."""
        return frozenset(await self._addresses(plain(head.address)))

    def _may_look(self, who: Operator, head: Conversation) -> bool:
        """Conversations with another centre are shown by that centre only."""
        return self._actions.authorization.may(who, Permission.SEE_PERSON, head)

    def proven(self, head: Conversation) -> str:
        """The address whose owner is proved to be there now, in the form of `plain`; "" where only a number or a mailbox indicates it."""
        if self._sequencer.traits.of(head.address).keyed:
            return plain(head.address)
        address, at = self._shown.get(head.id, ("", self._sequencer.now()))
        return address if self._sequencer.now() - at <= SURE else ""

    async def held(self, start: str) -> tuple[str, ...]:
        """All addresses proved to have the same owner."""
        identity = await self._identity(start)
        return held(start, identity.proofs if identity else (), self._sequencer.traits)

    async def ask(self, who: Operator, conversation: int, channel: str, typed: str, *, again: bool = False) -> Known:
        """Send a code to another address of the citizen; it replaces an earlier one.

        With `again` it goes to an address that is linked already, to prove the owner's presence.
        """
        live = await self._mine(who, conversation)
        address = await self._address(channel, typed)
        here, there = plain(live.head.address), plain(address)
        await self._verification_service.unlocked(live.head)
        async with self._changing:
            his = await self._addresses(here)
            if again and not (there in his or same_number(there, here, self._sequencer.traits)):
                raise RefusedError("not_joined", "Этот адрес не связан с разговором.")
            if there in his and not again:
                raise RefusedError("already_joined", "Этот адрес уже подтверждён.")
            now, before = self._sequencer.now(), await self._store.get(Code, there)
            if pause_s := wait_s(before, now):
                raise RefusedError("too_fast", f"На этот адрес уже отправлено три кода за час: подождите {pause_s // 60 + 1} мин.", pause_s)
            digits = f"{secrets.randbelow(1_000_000):06}"
            code = Code(there, conversation, who.login, sealed(self._pepper, there, conversation, digits), now + LASTS, TRIES,
                        (*sent_lately(before, now), now))
            await self._store.put(code, self._actions.audit_entry(who, "ask_code", live, masked(there)))
            self._asked = {number: each for number, each in self._asked.items() if now < each.until and each.address != there}
            self._asked[conversation] = code
            self._sent = {record: each for record, each in self._sent.items() if each[0] in self._asked}
            self._undelivered = {each: why for each, why in self._undelivered.items() if each in self._asked and each != conversation}
        self._sent[await self._send(address, digits, now)] = conversation, code.digest
        self.on_change(frozenset({here}))
        return await self._known(live.head)

    async def confirm(self, who: Operator, conversation: int, digits: str) -> Known:
        """Check the returned code: the right one links, five wrong ones invalidate it."""
        live = await self._mine(who, conversation)
        await self._check(live.head, digits, who.login, How.TYPED)
        return await self._known(live.head)

    async def split(self, who: Operator, conversation: int, address: str, why: str) -> Known:
        """Remove the proof that linked an address with that of the conversation."""
        live = await self._mine(who, conversation)
        here = plain(live.head.address)
        async with self._changing:
            identity = await self._identity(here)
            if identity is None or address == here or address not in identity.addresses:
                raise RefusedError("not_joined", "Этот адрес не связан с разговором.")
            halves = unlink(identity, here, address, str(self._sequencer.new_id()))
            kept = memberships(halves)
            await self._apart(reached(here, [proof for half in halves for proof in half.proofs]), identity)
            alone = set(identity.addresses) - {each.address for each in kept}
            gone = () if identity.key in {each.key for each in halves} else (identity,)
            await self._store.exchange(
                (*halves, *kept), (*gone, *(Membership(each, identity.key) for each in alone)),
                self._actions.audit_entry(who, "split", live, f"{masked(address)}: {self._actions.readings.masked(why)}"))
        self.on_change(frozenset(identity.addresses))
        return await self._known(live.head)

    async def _apart(self, his: frozenset[str], identity: Identity) -> None:
        """RefusedError if conversations of two people would stay merged."""
        before, addresses = 0, [address_of(each) for each in identity.addresses]
        while page := await self._store.with_addresses(addresses, before=before, limit=PAGE):
            before = page[-1].id
            for head in page:
                kept = await self._store.conversation(head.merged.into) if head.merged else None
                if kept is not None and (plain(head.address) in his) != (plain(kept.address) in his):
                    raise RefusedError("merged_there", f"Сначала разъедините разговоры {kept.number} и {head.number}.")

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: six digits from the citizen are the code; carriers report undelivered ones."""
        if not self._asked:
            return
        for record in change.records:
            match record.entry:
                case Message(author=Author.CITIZEN, text=text) if live.head.id in self._asked and (digits := digits_in(text)):
                    self._tasks.spawn(self._written(live.head, digits))
                case Carried(record=message, state=Delivery.FAILED, why=why) if message in self._sent:
                    self._tasks.spawn(self._lost(*self._sent.pop(message), why))
                case _:
                    pass

    async def _lost(self, conversation: int, digest: str, why: str) -> None:
        """The code was not delivered: another one may be requested, or another way used."""
        live = await self._sequencer.load(conversation)
        async with self._changing:
            asked = self._asked.get(conversation)
            if asked is None or asked.digest != digest:
                return
            self._asked[conversation] = asked.spent()
            self._undelivered[conversation] = why or "канал не смог доставить сообщение"
            await self._store.put(asked.spent())
        self.on_change(frozenset({plain(live.head.address)}))

    async def _written(self, head: Conversation, digits: str) -> None:
        try:
            await self._check(head, digits, "", How.WRITTEN)
        except OknoError:
            return  # a wrong code is counted and audited, and the desk shows the remaining attempts

    async def _check(self, head: Conversation, digits: str, by: str, how: How) -> None:
        here = plain(head.address)
        async with self._changing:
            now, asked = self._sequencer.now(), self._asked.get(head.id)
            code = await self._store.get(Code, asked.address) if asked else None
            if code is None or not code.alive(head.id, now):
                raise RefusedError("no_code", "Код больше не действует: отправьте новый.")
            right = hmac.compare_digest(code.digest, sealed(self._pepper, code.address, head.id, digits))
            if right:
                changed = await self._join(head, Proof(here, code.address, now, by or code.by, how), code.spent())
                self._asked.pop(head.id)
                self._shown = {number: each for number, each in self._shown.items() if now - each[1] <= SURE}
                self._shown[head.id] = code.address, now
            else:
                changed = await self._miss(head, code, by, now)
        if right:
            await self._verification_service.reached(head.id, Proven.NUMBER, how, by or code.by)
        else:
            await self._verification_service.failed(head, by, "wrong code")
        self.on_change(changed)
        if not right:
            left = code.left - 1
            raise RefusedError("wrong_code", f"Код не подошёл. Осталось попыток: {left}." if left else
                               "Код не подошёл, и попыток больше нет: отправьте новый.")

    async def _miss(self, head: Conversation, code: Code, by: str, now: datetime) -> frozenset[str]:
        missed = code.missed()
        await self._store.put(missed, AuditEntry(now, by, "wrong_code", str(head.id), masked(code.address)))
        if missed.left:
            self._asked[head.id] = missed
        else:
            self._asked.pop(head.id)
        return frozenset({plain(head.address)})

    async def attested(self, head: Conversation, account: Address) -> None:
        """The citizen signed in to an account: it is linked with the address. Raises RefusedError."""
        async with self._changing:
            changed = await self._join(head, Proof(plain(head.address), plain(account), self._sequencer.now(), "", How.ACCOUNT))
        self.on_change(changed)

    async def _join(self, head: Conversation, proof: Proof, *spent: Code) -> frozenset[str]:
        """The identity of both addresses, the membership, and the used code, in one commit."""
        one, other = await self._identity(proof.heard_at), await self._identity(proof.sent_to)
        if are_different_people(one, other, proof):
            audit_entry = AuditEntry(proof.at, proof.by, "not_joined", str(head.id), _ends(proof))
            await self._store.exchange(spent, (), audit_entry)
            self._asked.pop(head.id, None)
            raise RefusedError("strangers", STRANGERS)
        if proof.heard_at == proof.sent_to or (one is not None and one == other):
            # Linked already by the same person, a repeated sign-in, or another conversation.
            audit_entry = AuditEntry(proof.at, proof.by, "proven", str(head.id), f"{masked(proof.sent_to)} ({proof.how})")
            await self._store.exchange(spent, (), audit_entry)
            return frozenset(one.addresses if one else proof.ends)
        identity = link(one, other, proof, str(self._sequencer.new_id()))
        await self._store.exchange(
            (identity, *memberships([identity]), *spent), (other,) if other and other.key != identity.key else (),
            AuditEntry(proof.at, proof.by, "join", str(head.id), f"{_ends(proof)} ({proof.how})"))
        return frozenset(identity.addresses)

    async def _send(self, address: Address, digits: str, now: datetime) -> int:
        """The record of the message."""
        live = await self._reach(address)
        said = Message(Author.SYSTEM, CODE.format(digits=digits), now, veiled=True)
        return (await self._sequencer.committed_step(live, (said,)))[0].id

    async def _address(self, channel: str, typed: str) -> Address:
        if channel not in self._carriers:
            raise RefusedError("no_such_address", "По этому каналу код не отправить.")
        traits = self._sequencer.traits.named(channel)
        address = Address(channel, spelled(traits.address, typed))
        if not address.value:
            raise RefusedError("no_such_address", "Такого адреса в этом канале не бывает.")
        if not traits.typed and not await self._store.with_addresses([address], limit=1):
            raise RefusedError("no_such_address", "С этого адреса к нам ещё не писали: первым написать туда нельзя.")
        return address

    async def _known(self, head: Conversation) -> Known:
        here, asked = plain(head.address), self._asked.get(head.id)
        awaited = asked if asked and asked.alive(head.id, self._sequencer.now()) else None
        return Known(here, await self._identity(here), awaited, self._undelivered.get(head.id, ""))

    async def _identity(self, address: str) -> Identity | None:
        member = await self._store.get(Membership, address)
        return await self._store.get(Identity, member.identity) if member else None

    async def _addresses(self, here: str) -> tuple[str, ...]:
        identity = await self._identity(here)
        return identity.addresses if identity else (here,)

    async def _read(self, who: Operator, conversation: int, what: str) -> LiveConversation:
        self._personal(await self._actions.seen(who, conversation))
        return await self._actions.read(who, conversation, what)

    async def _mine(self, who: Operator, conversation: int) -> LiveConversation:
        return self._personal((await self._actions.mine(who, conversation))[0])

    def personal(self, head: Conversation) -> bool:
        """Whether the holder may see the citizen's addresses and history."""
        return self._federal_policy.keeps_history(head)

    def _personal(self, live: LiveConversation) -> LiveConversation:
        if not self.personal(live.head):
            raise RefusedError("federal", FEDERAL)
        return live


def _ends(proof: Proof) -> str:
    """For the audit, which is not encrypted: the identity has the addresses."""
    return f"{masked(proof.heard_at)} + {masked(proof.sent_to)}"
