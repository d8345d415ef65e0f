"""The inbox, and the actions on a conversation."""

from typing import Annotated

from aiohttp import web
from msgspec import Meta, Struct

from hub.access.authorization import Authorization
from hub.access.permissions import Permission
from hub.actions.attachments import OutboundAttachments
from hub.actions.conversation_actions import Actions
from hub.actions.copies import copies
from hub.actions.follow_service import FollowService
from hub.actions.mention_service import MentionService
from hub.actions.snooze_service import SnoozeService
from hub.conversations.attachments import FILE_LIMIT, Check, Hold, Upload, key_of, media_type
from hub.conversations.message import Author, Message
from hub.conversations.ports import Store
from hub.conversations.quarantine import Quarantine
from hub.conversations.sequencer import ERASED, ConversationSequencer
from hub.desk.conversations.forms import (
    AttachmentOut,
    CloseIn,
    ColleagueOut,
    EntryOut,
    HoldIn,
    InboxOut,
    Morning,
    MorningOut,
    NoteIn,
    ReasonIn,
    RecordingIn,
    ReplyIn,
    SnoozeIn,
    TimelineOut,
    TransferIn,
)
from hub.desk.conversations.inbox import Inbox, InboxQuery
from hub.desk.conversations.redaction import Veil
from hub.desk.conversations.talk_state import TalkState
from hub.desk.conversations.timeline_view import TimelineView
from hub.desk.conversations.timelines import Timelines
from hub.desk.http.endpoint import Call, endpoint
from hub.desk.http.forms import Before, FileId, Id
from hub.desk.http.parts import Channels, Clock
from hub.kernel.audit_entry import AuditEntry
from hub.kernel.errors import RefusedError
from hub.kernel.ports import Files
from hub.kernel.web.download import begun, download_headers

UNOPENED = {Check.WAITING: "Файл ещё проверяется.", Check.COMING: "Файл ещё в пути: его передаёт другой центр.",
            Check.MISSING: "Файл из другого центра не пришёл."}


class NameQuery(Struct, frozen=True):
    name: Annotated[str, Meta(max_length=500)] = ""


class FileQuery(Struct, frozen=True):
    """`save` is for storing a recorded talk elsewhere, not only listening."""

    conversation: Id
    save: bool = False


@endpoint("GET", "/api/inbox", Permission.SERVE, Permission.SEE_ALL)
async def inbox(inboxes: Inbox, authorization: Authorization, actions: Actions, veil: Veil, call: Call, query: InboxQuery) -> InboxOut:
    """Conversations of one view: held, snoozed, mentioning one, followed, waiting, at risk, at other centres, held by anybody, all, closed.

    Waiting, at risk, all, and closed ones come 50 a page: `after` is the `next` of the previous page.
    """
    if query.view in {"held", "recent"} and (refusal := authorization.why_not(call.who, Permission.SEE_ALL)):
        raise RefusedError(refusal.code, refusal.text)
    heads, following = await inboxes.view(call.who, query)
    everything = authorization.may(call.who, Permission.SEE_ALL)
    if heads and (query.view in {"held", "recent"} or (query.view in {"waiting", "risk", "away"} and everything)):
        await actions.readings.note(call.who.login, "listed", detail=query.view)
    return InboxOut(await veil.rows(call.who, heads), following)


@endpoint("GET", "/api/conversations/{conversation}", Permission.SERVE, Permission.SEE_ALL)
async def timeline(timelines: Timelines, call: Call, conversation: Id, query: Before) -> TimelineOut:
    """A conversation with its last entries, or those before one."""
    return await timelines.out(call, conversation, query.before)


@endpoint("POST", "/api/conversations/{conversation}/reason", Permission.SEE_ALL)
async def reason(actions: Actions, call: Call, conversation: Id, body: ReasonIn) -> None:
    """State the reason for reading a conversation outside of one's own work: it is the ground until an hour after the last read."""
    await actions.state(call.who, conversation, body.why.strip())


@endpoint("POST", "/api/conversations/{conversation}/accept", Permission.SERVE)
async def accept(actions: Actions, timelines: Timelines, call: Call, conversation: Id) -> TimelineOut:
    """Accept an offer."""
    await actions.accept(call.who, conversation)
    return await timelines.out(call, conversation)


@endpoint("POST", "/api/conversations/{conversation}/reject", Permission.SERVE)
async def reject(actions: Actions, call: Call, conversation: Id) -> None:
    """Reject an offer; it goes to another operator."""
    await actions.reject(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/take", Permission.SERVE)
async def take(actions: Actions, timelines: Timelines, call: Call, conversation: Id) -> TimelineOut:
    """Take a waiting conversation without an offer."""
    await actions.take(call.who, conversation)
    return await timelines.out(call, conversation)


@endpoint("POST", "/api/conversations/{conversation}/reply", Permission.SERVE)
async def reply(actions: Actions, channels: Channels, outbound_attachments: OutboundAttachments, timelines: Timelines, call: Call,
                conversation: Id, body: ReplyIn) -> EntryOut:
    """Write to the citizen, with copies to other mailboxes."""
    cc = copies(channels, (await actions.live(conversation)).head, body.cc)
    written = await outbound_attachments.reply(call.who, conversation, body.key, body.text, body.files, cc)
    return await timelines.own_words(call, conversation, written)


@endpoint("POST", "/api/conversations/{conversation}/files", Permission.SERVE, limit=FILE_LIMIT)
async def enclose(entries: TimelineView, outbound_attachments: OutboundAttachments, call: Call, conversation: Id, query: NameQuery,
                  content: bytes) -> AttachmentOut:
    """Upload a file for a reply or a note; the same content is stored once."""
    attachment = await outbound_attachments.upload(call.who, conversation, query.name, content)
    return entries.attachment(conversation, attachment)


@endpoint("POST", "/api/conversations/{conversation}/note", Permission.SERVE)
async def note(outbound_attachments: OutboundAttachments, mention_service: MentionService, timelines: Timelines, call: Call,
               conversation: Id, body: NoteIn) -> EntryOut:
    """Write a note for operators only; mentioned colleagues are notified."""
    files = await outbound_attachments.named(conversation, body.text, body.files, internal=True)
    written = await mention_service.note(call.who, conversation, body.key, body.text, body.mentions, files)
    return await timelines.own_words(call, conversation, written)


@endpoint("GET", "/api/conversations/{conversation}/colleagues", Permission.SERVE)
async def mentionable(mention_service: MentionService, call: Call, conversation: Id) -> list[ColleagueOut]:
    """Colleagues who may see the conversation and can be mentioned."""
    return [ColleagueOut(each.login, each.name) for each in await mention_service.colleagues(call.who, conversation)]


@endpoint("DELETE", "/api/conversations/{conversation}/mention", Permission.SERVE, Permission.SEE_ALL)
async def mention_read(mention_service: MentionService, call: Call, conversation: Id) -> None:
    """Mark one's mention as read."""
    await mention_service.read(call.who, conversation)


@endpoint("PUT", "/api/conversations/{conversation}/follow", Permission.SERVE, Permission.SEE_ALL)
async def follow(follow_service: FollowService, call: Call, conversation: Id) -> None:
    """Follow a visible conversation: its new words and its end are told; who follows it already has seen the news."""
    await follow_service.follow(call.who, conversation)


@endpoint("DELETE", "/api/conversations/{conversation}/follow", Permission.SERVE, Permission.SEE_ALL)
async def unfollow(follow_service: FollowService, call: Call, conversation: Id) -> None:
    """Follow it no longer."""
    await follow_service.unfollow(call.who, conversation)


@endpoint("GET", "/api/conversations/{conversation}/morning", Permission.SERVE)
async def morning(next_morning: Morning, clock: Clock, actions: Actions, call: Call, conversation: Id) -> MorningOut:
    """When work begins in its line on the next working day."""
    head = (await actions.seen(call.who, conversation)).head
    return MorningOut(next_morning(head.queue, clock()))


@endpoint("PUT", "/api/conversations/{conversation}/snooze", Permission.SERVE)
async def snooze(snooze_service: SnoozeService, call: Call, conversation: Id, body: SnoozeIn) -> None:
    """Snooze one's own conversation until a moment, or until the citizen writes; its clocks and its capacity share are unchanged."""
    await snooze_service.put_off(call.who, conversation, body.until, body.why.strip())


@endpoint("DELETE", "/api/conversations/{conversation}/snooze", Permission.SERVE)
async def snooze_ended(snooze_service: SnoozeService, call: Call, conversation: Id) -> None:
    """End a snooze early."""
    await snooze_service.bring_back(call.who, conversation)


@endpoint("POST", "/api/conversations/{conversation}/transfer", Permission.HAND_OVER)
async def transfer(actions: Actions, call: Call, conversation: Id, body: TransferIn) -> None:
    """Hand the conversation to a queue or to a colleague."""
    await actions.transfer(call.who, conversation, queue=body.queue, operator=body.operator, note=body.note)


@endpoint("POST", "/api/conversations/{conversation}/close", Permission.SERVE)
async def close(actions: Actions, call: Call, conversation: Id, body: CloseIn) -> None:
    """Close the conversation with a topic, when the mandatory script steps are passed."""
    await actions.close(call.who, conversation, body.topic, body.why.strip(), body.answers)


@endpoint("POST", "/api/conversations/{conversation}/reopen", Permission.SERVE)
async def reopen(actions: Actions, timelines: Timelines, call: Call, conversation: Id) -> TimelineOut:
    """Take up a closed conversation again: one's own, or with `steer` any of the centre."""
    await actions.reopen(call.who, conversation)
    return await timelines.out(call, conversation)


@endpoint("POST", "/api/conversations/{conversation}/recording", Permission.SERVE)
async def recording(clock: Clock, actions: Actions, talk: TalkState, sequencer: ConversationSequencer, call: Call, conversation: Id,
                    body: RecordingIn) -> None:
    """Mute or resume the recording."""
    live, _ = await actions.mine(call.who, conversation)
    if (recorder := talk.recorder(conversation)) is None:
        raise RefusedError("not_recorded", "Этот разговор сейчас не записывается.")
    await recorder.pause(conversation, paused=body.paused)
    what, text = ("recording_paused", "Запись приостановлена.") if body.paused else ("recording_resumed", "Запись продолжена.")
    said = Message(Author.OPERATOR, text, clock(), by=call.who.login, name=call.who.name, internal=True)
    await sequencer.committed_step(live, (said,), audit_entries=(actions.audit_entry(call.who, what, live),))


@endpoint("PUT", "/api/conversations/{conversation}/hold", Permission.STEER)
async def hold(clock: Clock, actions: Actions, sequencer: ConversationSequencer, store: Store, call: Call, conversation: Id,
               body: HoldIn) -> None:
    """Set a legal hold, which prevents any deletion, or lift it."""
    live = await actions.seen(call.who, conversation)
    if live.head.erased is not None:
        raise RefusedError("erased", ERASED)
    what, text = ("held_back", "Удаление по сроку остановлено") if body.held else ("hold_lifted", "Удаление по сроку снова действует")
    said = Message(Author.OPERATOR, f"{text}: {body.why}", clock(), by=call.who.login, name=call.who.name, internal=True)
    audit_entry = actions.audit_entry(call.who, what, live)
    if body.held:
        await store.put(Hold(str(conversation), clock(), call.who.login, body.why), audit_entry)
    else:
        await store.drop(Hold, str(conversation), audit_entry)
    await sequencer.committed_step(live, (said,))


@endpoint("GET", "/api/files/{file}", Permission.OPEN_FILES)
async def file(actions: Actions, store: Store, quarantine: Quarantine, files: Files, authorization: Authorization, clock: Clock,
               call: Call, file: FileId, query: FileQuery) -> web.Response:
    """An attachment of a visible conversation; files in quarantine are refused."""
    live = await actions.seen(call.who, query.conversation)
    ground = actions.ground(call.who, live.head)
    if (held := quarantine.quarantined(query.conversation, file)) is not None:
        words = UNOPENED.get(held.state, "Файл не прошёл проверку и не открывается.")
        raise RefusedError("quarantined", words)
    upload = await store.get(Upload, key_of(query.conversation, file))
    content = await files.pieces(file) if upload else None
    if upload is None or content is None:
        raise RefusedError("no_such_file", "Такого файла нет.")
    if upload.record:
        if query.save and not authorization.may(call.who, Permission.SEE_ALL):
            raise RefusedError("forbidden", "Сохранять записи разговоров может старший оператор.")
        what = "downloaded" if query.save else "listened"
        await store.note(AuditEntry(clock(), call.who.login, what, str(query.conversation), file, ground))
    else:
        await actions.read(call.who, query.conversation, "file", file)
    told = upload.attachment
    return web.Response(body=await begun(content), content_type=media_type(told.type), headers=download_headers(told.name, told.size))


ENDPOINTS = (inbox, timeline, reason, accept, reject, take, reply, enclose, note, mentionable, mention_read, follow, unfollow,
             morning, snooze, snooze_ended, transfer, close, reopen, recording, hold, file)
