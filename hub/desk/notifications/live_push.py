"""What is pushed to the browsers of operators, and which desks are seen."""

from hub.actions.mention import Mention
from hub.actions.mention_service import MentionService
from hub.conversations.conversation import WithOperator
from hub.conversations.message import Author, Message
from hub.conversations.ports import Commit
from hub.conversations.sequencer import ConversationSequencer, LiveConversation
from hub.desk.live.open_desks import OpenDesk, OpenDesks
from hub.desk.live.room import LiveRoom
from hub.desk.notifications.frames import DeskShown
from hub.desk.sign_in.sessions import Sessions
from hub.dispatch.dispatcher import Dispatch, OfferNews
from hub.dispatch.offer import Offer
from hub.kernel.background_tasks import BackgroundTasks
from hub.notifications.push import PushKind, PushMessage
from hub.notifications.push_sender import PushSender


class LivePush(LiveRoom):
    hears = (DeskShown,)

    def __init__(self, desks: OpenDesks, push_sender: PushSender, dispatch: Dispatch, mention_service: MentionService,
                 sequencer: ConversationSequencer, sessions: Sessions) -> None:
        self._desks, self._push_sender, self._dispatch, self._mention_service = desks, push_sender, dispatch, mention_service
        self._sequencer, self._sessions = sequencer, sessions
        self._shown: set[OpenDesk] = set()
        self._tasks = BackgroundTasks()

    def subscribe(self) -> None:
        self._dispatch.on_offer.subscribe(self.offer)
        self._mention_service.on_mention.subscribe(self.mentioned)
        self._sequencer.on_commit.show.subscribe(self.committed)
        self._sessions.on_end.subscribe(self._push_sender.ended)

    async def hear(self, desk: OpenDesk, frame: DeskShown) -> None:
        if frame.yes:
            self._shown.add(desk)
            self._push_sender.seen(desk.who.login)
        else:
            self._shown.discard(desk)

    def leave(self, desk: OpenDesk, watched: int) -> None:
        del watched
        self._shown.discard(desk)

    def offer(self, news: OfferNews) -> None:
        if not news.how and isinstance(news.offer, Offer):
            self._tell(PushKind.OFFER, news.offer.operator, news.offer.conversation)

    def mentioned(self, mention: Mention) -> None:
        self._tell(PushKind.MENTION, mention.login, mention.conversation)

    def committed(self, live: LiveConversation, change: Commit) -> None:
        """Listener of the sequencer: a citizen's words in an operator's conversation."""
        holder = live.head.holder
        if isinstance(holder, WithOperator) and any(
                isinstance(each.entry, Message) and each.entry.author is Author.CITIZEN for each in change.records):
            self._tell(PushKind.MESSAGE, holder.operator, live.head.id)

    def _tell(self, kind: PushKind, login: str, conversation: int) -> None:
        """Cheap for those without a subscription."""
        if self._push_sender.listens(login) and self._shown.isdisjoint(self._desks.of(login)):
            self._tasks.spawn(self._send(kind, login, conversation))

    async def _send(self, kind: PushKind, login: str, conversation: int) -> None:
        number = (await self._sequencer.load(conversation)).head.number
        self._push_sender.tell(login, conversation, PushMessage(kind, str(conversation), number))

    async def close(self) -> None:
        await self._tasks.cancel()
