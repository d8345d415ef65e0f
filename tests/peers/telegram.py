"""The Bot API's server and the phones behind it. Telegram has none outside its cloud: this one speaks the same bytes over HTTP,
keeps updates until an offset confirms them or a webhook answers 2xx, and fails in the ways that the network and Telegram do.

Sources: https://core.telegram.org/bots/api and tdlib/telegram-bot-api, whose refusals are quoted word for word.
"""

import asyncio
import json
from collections import Counter, defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import Enum, auto
from typing import Any

import aiohttp
from aiohttp import web

from tests.channels.line import PATIENCE_S

TOKEN = "4242:secret-of-the-bot"
BOT = {"id": 4242, "is_bot": True, "first_name": "Окно", "username": "okno_bot"}
Json = dict[str, Any]


class Fault(Enum):
    """What becomes of one request."""

    DROPPED = auto()
    """The line is cut before anything was done."""
    LOST = auto()
    """It is done, and the line is cut before the answer."""
    TORN = auto()
    """It is done, and the line is cut in the middle of the answer."""
    BAD_GATEWAY = auto()
    """A proxy answers in HTML; nothing was done."""
    EMPTY = auto()
    """500 with a body that is not the Bot API's; nothing was done."""
    SLOW = auto()
    """It is done, and the answer comes too late."""


class RefusalError(Exception):
    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class BotApi:
    """One bot's server. `news` is notified of everything that happens."""

    def __init__(self) -> None:
        self.base = ""
        self.hub = ""
        """Where the host of the webhook's address is found."""
        self.calls: list[tuple[str, Json]] = []
        self.sent: list[Json] = []
        """What the citizens' phones show."""
        self.answered: list[Json] = []
        self.webhook: Json = {}
        self.faults: defaultdict[str, deque[Fault | RefusalError | None]] = defaultdict(deque)
        self.offline = False
        self.blocked: set[int] = set()
        self.chats: set[int] = set()
        self.files: dict[str, bytes] = {}
        self.sizes: dict[str, int] = {}
        """Files that say that they are so big."""
        self.updates: deque[Json] = deque()
        self.handed: Counter[int] = Counter()
        self.confirmed: list[int] = []
        """Numbers of updates that will not be given again."""
        self.refusals: Counter[int] = Counter()
        """How often the webhook did not take an update."""
        self.queries: set[str] = set()
        self.next_update = 7001
        self.news = asyncio.Condition()
        self.opened = asyncio.Event()
        """Lets slow answers go."""
        self._poll: asyncio.Future[None] | None = None
        self._delivering: dict[int, asyncio.Task[None]] = {}
        self._queues: defaultdict[int, deque[Json]] = defaultdict(deque)
        self._message = 500_000
        self._http: aiohttp.ClientSession

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S), self.news:
            await self.news.wait_for(condition)

    async def changed(self) -> None:
        async with self.news:
            self.news.notify_all()

    async def push(self, update: Json) -> int:
        """Something happens on the citizens' side."""
        number, self.next_update = self.next_update, self.next_update + 1
        await self.push_raw({"update_id": number} | update)
        return number

    async def push_raw(self, update: Any) -> None:
        if self.webhook.get("url"):
            self._queue(update)
        else:
            self.updates.append(update)
        await self.changed()

    async def cut_polls(self) -> None:
        if self._poll and not self._poll.done():
            self._poll.set_exception(ConnectionAbortedError())
        await self.changed()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"].lower()
        if request.match_info["token"] != TOKEN:
            return _refused(RefusalError(401, "Unauthorized"))
        form = {key: value if isinstance(value, str) else (value.filename, value.file.read()) for key, value in (await request.post()).items()}
        self.calls.append((method, form))
        fault = self.faults[method].popleft() if self.faults[method] else None
        try:
            if self.offline or fault is Fault.DROPPED:
                return _cut(request)
            return await self._do(request, method, form, fault)
        except RefusalError as refusal:
            return _refused(refusal)
        except ConnectionAbortedError:
            return _cut(request)
        finally:
            await self.changed()

    async def _do(self, request: web.Request, method: str, form: Json, fault: Fault | RefusalError | None) -> web.StreamResponse:
        if isinstance(fault, RefusalError):
            raise fault
        if fault in {Fault.BAD_GATEWAY, Fault.EMPTY}:
            html = fault is Fault.BAD_GATEWAY
            return web.Response(status=502 if html else 500, text="<html>Bad Gateway</html>" if html else '{"ok":false}', content_type="text/html")
        body = json.dumps({"ok": True, "result": await self._act(method, form)}).encode()
        if fault is Fault.SLOW:
            await self.opened.wait()
        if fault is Fault.LOST:
            return _cut(request)
        return await _torn(request, body) if fault is Fault.TORN else web.Response(body=body, content_type="application/json")

    async def download(self, request: web.Request) -> web.StreamResponse:
        fault = self.faults["download"].popleft() if self.faults["download"] else None
        content = self.files.get(request.match_info["path"].rpartition("/")[2])
        if self.offline or fault is Fault.DROPPED:
            return _cut(request)
        if fault is Fault.BAD_GATEWAY:
            return web.Response(status=502)
        if content is None or request.match_info["token"] != TOKEN:
            return _refused(RefusalError(404, "Not Found"))
        return await _torn(request, content) if fault is Fault.TORN else web.Response(body=content)

    async def _act(self, method: str, form: Json) -> Any:
        if method == "getupdates":
            return await self._get_updates(int(form.get("offset", 0)), int(form.get("timeout", 0)), int(form.get("limit", 100)))
        known: dict[str, Callable[[Json], Any]] = {
            "getme": lambda _: BOT, "setwebhook": self._set_webhook, "deletewebhook": self._delete_webhook, "getwebhookinfo": self._webhook_info,
            "sendmessage": self._send, "senddocument": self._send, "answercallbackquery": self._answer_query, "getfile": self._get_file,
            "sendchataction": lambda _: True, "leavechat": lambda _: True}
        if method not in known:
            raise RefusalError(404, "Not Found")
        return known[method](form)

    def _delete_webhook(self, _: Json) -> bool:
        self.webhook = {}
        self._stop_delivering()
        return True

    def _webhook_info(self, _: Json) -> Json:
        return {"url": "", "has_custom_certificate": False, "pending_update_count": len(self.updates)} | self.webhook

    async def _get_updates(self, offset: int, timeout_s: int, limit: int) -> list[Json]:
        if self.webhook.get("url"):
            raise RefusalError(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first")
        if self._poll and not self._poll.done():
            self._poll.set_exception(RefusalError(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"))
        while offset > 0 and self.updates and self.updates[0].get("update_id", 0) < offset:
            self._confirm(self.updates.popleft())
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout_s), self.news:
                self.news.notify_all()
                while not self.updates and not poll.done():
                    await self.news.wait()
        except TimeoutError:
            pass  # nothing came
        finally:
            self._poll = None if self._poll is poll else self._poll
        if poll.done():
            poll.result()
        given = list(self.updates)[:limit]
        self.handed.update(update["update_id"] for update in given if isinstance(update, dict) and isinstance(update.get("update_id"), int))
        return given

    def _confirm(self, update: Json) -> None:
        if isinstance(update.get("update_id"), int):
            self.confirmed.append(update["update_id"])

    def _set_webhook(self, form: Json) -> bool:
        if not form["url"].startswith("https://"):
            raise RefusalError(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        self._stop_delivering()
        self.webhook = {"url": form["url"], "secret": form.get("secret_token", ""), "allowed_updates": json.loads(form["allowed_updates"])}
        waiting, self.updates = list(self.updates), deque()
        for update in waiting:
            self._queue(update)
        return True

    def _send(self, form: Json) -> Json:
        chat = int(form["chat_id"])
        if chat in self.blocked:
            raise RefusalError(403, "Forbidden: bot was blocked by the user")
        if chat not in self.chats:
            raise RefusalError(400, "Bad Request: chat not found")
        text = form.get("text", "")
        if not text.strip() and "document" not in form:
            raise RefusalError(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) > 2 * 4096:
            raise RefusalError(400, "Bad Request: message is too long")
        markup = json.loads(form.get("reply_markup", "{}"))
        for button in (button for row in markup.get("inline_keyboard", ()) for button in row):
            if not 0 < len(button["callback_data"].encode()) <= 64:
                raise RefusalError(400, "Bad Request: BUTTON_DATA_INVALID")
        self._message += 1
        shown = {"message_id": self._message, "date": 1_790_000_000, "chat": {"id": chat, "type": "private"}, "from": BOT, "text": text}
        if form.get("document", "").__class__ is str and "document" in form:
            shown["file"] = form[form["document"].removeprefix("attach://")]
        if markup:
            shown["reply_markup"] = markup
        self.sent.append(shown)
        return {key: value for key, value in shown.items() if key != "file"}

    def _answer_query(self, form: Json) -> bool:
        if form["callback_query_id"] not in self.queries:
            raise RefusalError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        self.answered.append(form)
        return True

    def _get_file(self, form: Json) -> Json:
        file = form["file_id"]
        if self.sizes.get(file, 0) > 20 << 20:
            raise RefusalError(400, "Bad Request: file is too big")
        if file not in self.files:
            raise RefusalError(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
        return {"file_id": file, "file_unique_id": f"u{file}", "file_size": len(self.files[file]), "file_path": f"documents/{file}"}

    # The webhook: updates of one chat follow each other, those of different chats do not wait

    def _queue(self, update: Json) -> None:
        chat = _chat(update)
        self._queues[chat].append(update)
        if chat not in self._delivering or self._delivering[chat].done():
            self._delivering[chat] = asyncio.create_task(self._deliver(self._queues[chat]))

    async def _deliver(self, queue: deque[Json]) -> None:
        pause_s = 0.005
        while queue:
            status = await self._call(json.dumps(queue[0]).encode())
            if 200 <= status < 300:
                self._confirm(queue.popleft())
                pause_s = 0.005
            else:
                self.refusals[queue[0]["update_id"]] += 1
                self.webhook |= {"last_error_message": f"Wrong response from the webhook: {status}", "last_error_date": 1_790_000_000}
            await self.changed()
            if queue and not 200 <= status < 300:
                await asyncio.sleep(pause_s)  # as Telegram does, for far longer
                pause_s = min(pause_s * 2, 0.2)

    async def _call(self, body: bytes, secret: str | None = None) -> int:
        address = self.hub + "/" + self.webhook["url"].split("/", 3)[3]
        headers = {"Content-Type": "application/json", "X-Telegram-Bot-Api-Secret-Token": self.webhook["secret"] if secret is None else secret}
        fault = self.faults["webhook"].popleft() if self.faults["webhook"] else None
        try:
            async with self._http.post(address, data=body, headers=headers) as answer:
                # The answer is lost on its way: Telegram knows of none.
                return 0 if fault is Fault.LOST else answer.status
        except aiohttp.ClientError:
            return 0

    async def call(self, body: bytes, secret: str | None = None) -> int:
        """Call the webhook with any bytes: the status of the answer."""
        return await self._call(body, secret)

    def _stop_delivering(self) -> None:
        for task in self._delivering.values():
            task.cancel()
        self._delivering.clear()
        self.updates.extend(update for queue in self._queues.values() for update in queue)
        self._queues.clear()

    async def polls(self) -> int:
        """Somebody else asks for the bot's updates: the status of what he gets."""
        async with self._http.post(f"{self.base}/bot{TOKEN}/getUpdates", data={"timeout": "20"}) as answer:
            return answer.status

    async def ping(self) -> None:
        """A round trip of our own: whatever was in the line before it has been read."""
        async with self._http.post(f"{self.base}/bot{TOKEN}/getMe") as answer:
            await answer.read()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["BotApi"]:
        application = web.Application(client_max_size=60 << 20)
        application.router.add_post("/bot{token}/{method}", self.handle)
        application.router.add_get("/file/bot{token}/{path:.+}", self.download)
        runner = web.AppRunner(application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        self.base = "http://{}:{}".format(*runner.addresses[0][:2])
        async with aiohttp.ClientSession() as self._http:
            try:
                yield self
            finally:
                await self.cut_polls()
                self.opened.set()
                self._stop_delivering()
                await runner.cleanup()


class Phone:
    """One citizen's Telegram."""

    def __init__(self, api: BotApi, user: int = 70_001, first: str = "Иван", last: str = "Петров") -> None:
        self.api, self.user = api, user
        self.me = {"id": user, "is_bot": False, "first_name": first, "last_name": last, "language_code": "ru"}
        self.chat = {"id": user, "type": "private", "first_name": first}
        self._messages = 1000
        api.chats.add(user)

    def message(self, number: int | None = None, **content: Any) -> Json:
        self._messages += 1
        return {"message_id": number or self._messages, "from": self.me, "chat": self.chat, "date": 1_790_000_000} | content

    async def writes(self, text: str, number: int | None = None) -> int:
        """Send a text; a number given again is the same message again. Gives the update's number."""
        return await self.sends(number=number, text=text)

    async def sends(self, **content: Any) -> int:
        return await self.api.push({"message": self.message(**content)})

    async def presses(self, label: str) -> str:
        """Press the newest button of this label: the query's id."""
        for shown in reversed(self.shown):
            for button in (button for row in shown.get("reply_markup", {}).get("inline_keyboard", ()) for button in row):
                if button["text"] == label:
                    return await self.presses_data(button["callback_data"], shown)
        raise AssertionError(label)

    async def presses_data(self, data: str, shown: Json) -> str:
        query = f"q{len(self.api.queries)}"
        self.api.queries.add(query)
        message = {key: value for key, value in shown.items() if key != "file"}
        await self.api.push({"callback_query": {"id": query, "from": self.me, "message": message, "chat_instance": "1", "data": data}})
        return query

    @property
    def shown(self) -> list[Json]:
        return [message for message in self.api.sent if message["chat"]["id"] == self.user]

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.shown]

    async def sees(self, text: str) -> Json:
        """Wait until a message with a text is shown."""
        await self.api.until(lambda: any(text in each for each in self.texts))
        return next(message for message in reversed(self.shown) if text in message["text"])


def _chat(update: Any) -> int:
    """Whose queue an update waits in; 0 for one that says nothing of it."""
    for what in update.values() if isinstance(update, dict) else ():
        for holder in (what, what.get("message")) if isinstance(what, dict) else ():
            chat = holder.get("chat") if isinstance(holder, dict) else None
            if isinstance(chat, dict) and isinstance(chat.get("id"), int):
                return int(chat["id"])
    return 0


def _cut(request: web.Request) -> web.Response:
    if request.transport:
        request.transport.abort()
    return web.Response()


def _refused(refusal: RefusalError) -> web.Response:
    body: Json = {"ok": False, "error_code": refusal.status, "description": refusal.description}
    if refusal.parameters:
        body["parameters"] = refusal.parameters
    return web.json_response(body, status=refusal.status)


async def _torn(request: web.Request, body: bytes) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[:len(body) // 2])
    if request.transport:
        request.transport.close()
    return response
