"""The inbox and what is done with a conversation."""

from collections.abc import Sequence
from typing import Annotated, Literal

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.operator import Operator
from hub.access.permissions import Permission
from hub.conversations.attachments import FILE_LIMIT, Check, Hold, Upload, key_of, media_type
from hub.conversations.conversation import FIRST, Conversation, WithRemoteCentre, due_position, waiting_position
from hub.conversations.journal import StoredEvent
from hub.conversations.message import Author, Message
from hub.conversations.ports import SearchHit
from hub.conversations.sequencer import ERASED
from hub.desk.conversations.forms import (
    AttachmentOut,
    CloseIn,
    ColleagueOut,
    EntryOut,
    HitOut,
    HitsOut,
    HoldIn,
    InboxOut,
    MorningOut,
    NoteIn,
    ReasonIn,
    RecordingIn,
    ReplyIn,
    SnoozeIn,
    TimelineOut,
    TransferIn,
)
from hub.desk.desk import Desk
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Before, FileId, Id
from hub.desk.http.paging import PAGE, Cursor, page, position
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.web.download import begun, download_headers


class InboxQuery(Struct, frozen=True):
    view: Literal["mine", "waiting", "snoozed", "mentions", "risk", "away", "held", "recent"] = "mine"
    after: Cursor = ""


class SearchQuery(Struct, frozen=True):
    text: Annotated[str, Meta(min_length=1, max_length=500)]
    before: Id = 0


UNOPENED = {Check.WAITING: "Файл ещё проверяется.", Check.COMING: "Файл ещё в пути: его передаёт другой центр.",
            Check.MISSING: "Файл из другого центра не пришёл."}


class NameQuery(Struct, frozen=True):
    name: Annotated[str, Meta(max_length=500)] = ""


class FileQuery(Struct, frozen=True):
    """`save` is for a recorded talk that is to be kept elsewhere, not only listened to."""

    conversation: Id
    save: bool = False


@endpoint("GET", "/api/inbox", Permission.SERVE, Permission.SEE_ALL)
async def inbox(desk: Desk, call: Call, query: InboxQuery) -> InboxOut:
    """Conversations of one view: what one holds, has put off or is spoken of in, what waits, is owed soon, is away, is held, all.

    Those that wait, are owed soon, and all come 50 at once: `after` is the `next` of the page before.
    """
    if query.view in {"held", "recent"} and (refusal := desk.authorization.why_not(call.who, Permission.SEE_ALL)):
        raise RefusedError(refusal.code, refusal.text)
    heads: Sequence[Conversation]
    after, following = position(query.after), ""
    match query.view:
        case "mine" | "snoozed":
            heads = [head for head in await desk.store.held(call.who.login)
                     if desk.actions.sees(call.who, head) and (desk.snooze_service.of(head.id) is not None) == (query.view == "snoozed")]
        case "mentions":
            heads = [head for _, head in desk.mention_service.of(call.who)]
        case "risk":
            at_risk = [head for head in await _at_risk(desk, call.who) if due_position(head) > after]
            heads, following = page(at_risk, due_position)
        case "waiting":
            queues = desk.lines(call.who)
            waiting = await desk.store.waiting(queues, PAGE + 1, after=after) if queues else []
            heads, following = page(waiting, waiting_position)
            if after == FIRST:
                first = [(await desk.sequencer.load(each)).head for queue in queues for each in desk.dispatch.in_danger(queue)]
                heads = list({head.id: head for head in (*first, *heads)}.values())
        case "away":
            heads = await _away(desk, call.who)
        case "held":
            heads = [head for head in await desk.store.held("") if desk.actions.sees(call.who, head)]
        case _:
            heads, following = page(await _recent(desk, call.who, after[1]), lambda head: (0.0, head.id))
    everything = desk.authorization.may(call.who, Permission.SEE_ALL)
    if heads and (query.view in {"held", "recent"} or (query.view in {"waiting", "risk", "away"} and everything)):
        await desk.actions.readings.note(call.who.login, "listed", detail=query.view)
    return InboxOut(await desk.rows(heads, call.who), following)


async def _at_risk(desk: Desk, who: Operator) -> list[Conversation]:
    """Whose promised answer is nearly due or late, the earliest deadline first."""
    heads = [(await desk.sequencer.load(each)).head for each in desk.promises.at_risk.conversations]
    return sorted((head for head in heads if head.promise and desk.actions.sees(who, head)), key=due_position)


async def _away(desk: Desk, who: Operator) -> list[Conversation]:
    """What centres on other deployments have, the longest first."""
    heads = [(await desk.sequencer.load(each)).head for each in desk.handover_sender.away]
    away = [(head.holder.since, head.id, head) for head in heads if isinstance(head.holder, WithRemoteCentre)
            and desk.actions.sees(who, head)]
    return [head for _, _, head in sorted(away)]


async def _recent(desk: Desk, who: Operator, before: int) -> list[Conversation]:
    """A page and one more of what he sees."""
    found: list[Conversation] = []
    while len(found) <= PAGE and (older := await desk.store.recent(before=before, limit=PAGE + 1)):
        found += [head for head in older if desk.actions.sees(who, head)]
        before = older[-1].id
    return found


async def own_words(desk: Desk, call: Call, conversation: int, record: StoredEvent) -> EntryOut:
    """What somebody has just written in a conversation, as he sees it."""
    return desk.shown(call.who, (await desk.actions.live(conversation)).head, record)


async def _timeline(desk: Desk, call: Call, conversation: int, before: int = 0) -> TimelineOut:
    head = await desk.actions.open(call.who, conversation)
    parts = [live.head for live in await desk.merging.parts(head)]
    for part in parts:
        await desk.actions.read(call.who, part.id, "open", f"в обращении {head.number}")
    records = await together(desk, (head, *parts), before, PAGE + 1)
    more = len(records) > PAGE
    row = (await desk.rows([head], call.who))[0]
    live = desk.sequencer.active(conversation)
    entries = [desk.shown(call.who, whose, record) for whose, record in records[-PAGE:]]
    return TimelineOut(row, entries, more, str(live.seen_by_citizen if live else 0))


async def together(desk: Desk, heads: Sequence[Conversation], before: int, limit: int) -> list[tuple[Conversation, StoredEvent]]:
    """The last records of several conversations as if they were one: ids grow with time."""
    records = [(head, record) for head in heads for record in await desk.store.records(head.id, before=before, limit=limit)]
    return sorted(records, key=lambda each: each[1].id)[-limit:]


@endpoint("GET", "/api/conversations/{conversation}", Permission.SERVE, Permission.SEE_ALL)
async def timeline(desk: Desk, call: Call, conversation: Id, query: Before) -> TimelineOut:
    """A conversation with its last entries, or those before one."""
    return await _timeline(desk, call, conversation, query.before)


@endpoint("POST", "/api/conversations/{conversation}/reason", Permission.SEE_ALL)
async def reason(desk: Desk, call: Call, conversation: Id, body: ReasonIn) -> None:
    """Say why one must read a conversation that is not one's own work: for an hour after the last look that is the ground."""
    await desk.actions.state(call.who, conversation, body.why.strip())


@endpoint("POST", "/api/conversations/{conversation}/accept", Permission.SERVE)
async def accept(desk: Desk, call: Call, conversation: Id) -> TimelineOut:
    """Accept an offer."""
    await desk.actions.accept(call.who, conversation)
    return await _timeline(desk, call, conversation)


@endpoint("POST", "/api/conversations/{conversation}/reject", Permission.SERVE)
async def reject(desk: Desk, call: Call, conversation: Id) -> None:
    """Reject an offer; it goes to somebody else."""
    await desk.actions.reject(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/take", Permission.SERVE)
async def take(desk: Desk, call: Call, conversation: Id) -> TimelineOut:
    """Take a waiting conversation without an offer."""
    await desk.actions.take(call.who, conversation)
    return await _timeline(desk, call, conversation)


@endpoint("POST", "/api/conversations/{conversation}/reply", Permission.SERVE)
async def reply(desk: Desk, call: Call, conversation: Id, body: ReplyIn) -> EntryOut:
    """Write to the citizen."""
    written = await desk.outbound_attachments.reply(call.who, conversation, body.key, body.text, body.files)
    return await own_words(desk, call, conversation, written)


@endpoint("POST", "/api/conversations/{conversation}/files", Permission.SERVE, limit=FILE_LIMIT)
async def enclose(desk: Desk, call: Call, conversation: Id, query: NameQuery, content: bytes) -> AttachmentOut:
    """Upload a file that a reply or a note then names; the same content twice is one file."""
    attachment = await desk.outbound_attachments.upload(call.who, conversation, query.name, content)
    return desk.entries.attachment(conversation, attachment)


@endpoint("POST", "/api/conversations/{conversation}/note", Permission.SERVE)
async def note(desk: Desk, call: Call, conversation: Id, body: NoteIn) -> EntryOut:
    """Write a note that only operators see; colleagues that it speaks of are told."""
    files = await desk.outbound_attachments.named(conversation, body.text, body.files, internal=True)
    written = await desk.mention_service.note(call.who, conversation, body.key, body.text, body.mentions, files)
    return await own_words(desk, call, conversation, written)


@endpoint("GET", "/api/conversations/{conversation}/colleagues", Permission.SERVE)
async def mentionable(desk: Desk, call: Call, conversation: Id) -> list[ColleagueOut]:
    """Colleagues who may see the conversation, so that a note in it can speak of them."""
    return [ColleagueOut(each.login, each.name) for each in await desk.mention_service.colleagues(call.who, conversation)]


@endpoint("DELETE", "/api/conversations/{conversation}/mention", Permission.SERVE, Permission.SEE_ALL)
async def mention_read(desk: Desk, call: Call, conversation: Id) -> None:
    """One has read the note that speaks of one."""
    await desk.mention_service.read(call.who, conversation)


@endpoint("GET", "/api/conversations/{conversation}/morning", Permission.SERVE)
async def morning(desk: Desk, call: Call, conversation: Id) -> MorningOut:
    """When work begins in its line on the next day that is worked."""
    head = (await desk.actions.seen(call.who, conversation)).head
    return MorningOut(desk.morning(head.queue, desk.now()))


@endpoint("PUT", "/api/conversations/{conversation}/snooze", Permission.SERVE)
async def snooze(desk: Desk, call: Call, conversation: Id, body: SnoozeIn) -> None:
    """Put one's own conversation off until a moment, or until the citizen writes; its clocks go on, and so does what it takes of one."""
    await desk.snooze_service.put_off(call.who, conversation, body.until, body.why.strip())


@endpoint("DELETE", "/api/conversations/{conversation}/snooze", Permission.SERVE)
async def snooze_ended(desk: Desk, call: Call, conversation: Id) -> None:
    """Have it back before its time."""
    await desk.snooze_service.bring_back(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/transfer", Permission.HAND_OVER)
async def transfer(desk: Desk, call: Call, conversation: Id, body: TransferIn) -> None:
    """Hand the conversation to a queue or to a colleague."""
    await desk.actions.transfer(call.who, conversation, queue=body.queue, operator=body.operator, note=body.note)


@endpoint("POST", "/api/conversations/{conversation}/close", Permission.SERVE)
async def close(desk: Desk, call: Call, conversation: Id, body: CloseIn) -> None:
    """Close the conversation under a topic, when the mandatory steps of its scripts are passed."""
    await desk.actions.close(call.who, conversation, body.topic, body.why.strip())


@endpoint("POST", "/api/conversations/{conversation}/recording", Permission.SERVE)
async def recording(desk: Desk, call: Call, conversation: Id, body: RecordingIn) -> None:
    """Leave out of the recording what is said now, or go on."""
    live, _ = await desk.actions.mine(call.who, conversation)
    if (recorder := desk.recorder(conversation)) is None:
        raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")
    await recorder.pause(conversation, paused=body.paused)
    what, text = ("recording_paused", "Запись приостановлена.") if body.paused else ("recording_resumed", "Запись продолжена.")
    said = Message(Author.OPERATOR, text, desk.now(), by=call.who.login, name=call.who.name, internal=True)
    await desk.sequencer.committed_step(live, (said,), audit_entries=(desk.actions.audit_entry(call.who, what, live),))


@endpoint("PUT", "/api/conversations/{conversation}/hold", Permission.STEER)
async def hold(desk: Desk, call: Call, conversation: Id, body: HoldIn) -> None:
    """Have nothing of a conversation deleted, whatever the terms say, or lift that."""
    live = await desk.actions.seen(call.who, conversation)
    if live.head.erased is not None:
        raise RefusedError("erased", ERASED)
    what, text = ("held_back", "Удаление по сроку остановлено") if body.held else ("hold_lifted", "Удаление по сроку снова действует")
    said = Message(Author.OPERATOR, f"{text}: {body.why}", desk.now(), by=call.who.login, name=call.who.name, internal=True)
    audit_entry = desk.actions.audit_entry(call.who, what, live)
    if body.held:
        await desk.store.put(Hold(str(conversation), desk.now(), call.who.login, body.why), audit_entry)
    else:
        await desk.store.drop(Hold, str(conversation), audit_entry)
    await desk.sequencer.committed_step(live, (said,))


@endpoint("GET", "/api/files/{file}", Permission.OPEN_FILES)
async def file(desk: Desk, call: Call, file: FileId, query: FileQuery) -> web.Response:
    """An attachment of a conversation one may see; one in quarantine is not opened."""
    live = await desk.actions.seen(call.who, query.conversation)
    ground = desk.actions.ground(call.who, live.head)
    if (held := desk.quarantine.quarantined(query.conversation, file)) is not None:
        words = UNOPENED.get(held.state, "Файл не прошёл проверку и не открывается.")
        raise RefusedError("quarantined", words)
    upload = await desk.store.get(Upload, key_of(query.conversation, file))
    content = await desk.files.pieces(file) if upload else None
    if upload is None or content is None:
        raise RefusedError("no_such_file", "Такого файла нет.")
    if upload.record:
        if query.save and not desk.authorization.may(call.who, Permission.SEE_ALL):
            raise RefusedError("forbidden", "Сохранять записи разговоров может старший оператор.")
        what = "downloaded" if query.save else "listened"
        await desk.store.note(AuditEntry(desk.now(), call.who.login, what, str(query.conversation), file, ground))
    else:
        await desk.actions.read(call.who, query.conversation, "file", file)
    told = upload.attachment
    return web.Response(body=await begun(content), content_type=media_type(told.type), headers=download_headers(told.name, told.size))


@endpoint("GET", "/api/search", Permission.SEARCH)
async def search(desk: Desk, call: Call, query: SearchQuery) -> HitsOut:
    """Messages of the archive that hold all words in any of their forms, newest first."""
    await desk.actions.readings.note(call.who.login, "search", detail=desk.actions.readings.masked(query.text))
    hits: list[SearchHit] = []
    before = query.before
    while len(hits) <= PAGE and (older := await desk.store.find(query.text, before=before, limit=PAGE + 1)):
        hits += [hit for hit in older if desk.authorization.may(call.who, Permission.SEARCH, hit.head)]
        before = older[-1].record.id
    rows = await desk.rows([hit.head for hit in hits[:PAGE]])
    return HitsOut([HitOut(desk.entries.out(hit.record), row) for hit, row in zip(hits, rows, strict=False)], more=len(hits) > PAGE)


ENDPOINTS = (inbox, timeline, reason, accept, reject, take, reply, enclose, note, mentionable, mention_read, morning, snooze,
             snooze_ended, transfer, close, recording, hold, file, search)
