"""A double of MAX (dev.max.ru/docs-api): updates behind a marker or pushed to a webhook, messages, callbacks, subscriptions, files."""

import asyncio
import json
from itertools import count
from time import time
from typing import Any

import aiohttp
from aiohttp import web
from maxapi.types.attachments import AttachmentButton

from tests.peers.double import Double

TOKEN = "token-of-the-bot"
BOT = {"user_id": 700, "first_name": "Окно", "last_name": None, "username": "okno_bot", "is_bot": True, "last_activity_time": 1}
IVAN = {"user_id": 42, "first_name": "Иван", "last_name": "Петров", "is_bot": False, "last_activity_time": 1}
MARIA = {"user_id": 43, "first_name": "Мария", "last_name": "", "is_bot": False, "last_activity_time": 1}
CHAT = 9000
PNG = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082")
RETRY_S = 0.02
"""The real one waits a minute, then longer."""

Raw = dict[str, Any]
_times = count(1_790_000_000_000)


def message(mid: str, text: str | None, *, sender: Raw = IVAN, chat: int = CHAT, kind: str = "dialog", attachments: list[Raw] | None = None,
            link: Raw | None = None) -> Raw:
    body = {"mid": mid, "seq": next(_times), "text": text, "attachments": attachments or []}
    said: Raw = {"sender": sender, "recipient": {"chat_id": chat, "chat_type": kind, "user_id": BOT["user_id"]}, "timestamp": next(_times),
                 "body": body}
    return said | ({"link": link} if link else {})


def created(mid: str, text: str | None, **rest: Any) -> Raw:
    return {"update_type": "message_created", "timestamp": next(_times), "message": message(mid, text, **rest), "user_locale": "ru"}


def edited(mid: str, text: str, **rest: Any) -> Raw:
    return {"update_type": "message_edited", "timestamp": next(_times), "message": message(mid, text, **rest)}


def pressed(callback: str, payload: str, *, under: Raw | None = None, user: Raw = IVAN) -> Raw:
    return {"update_type": "message_callback", "timestamp": next(_times), "user_locale": "ru", "message": under or message("old", "?", sender=BOT),
            "callback": {"timestamp": next(_times), "callback_id": callback, "payload": payload, "user": user}}


def happened(kind: str, *, chat: int = CHAT, user: Raw = IVAN, **rest: Any) -> Raw:
    return {"update_type": kind, "timestamp": next(_times), "chat_id": chat, "user": user, **rest}


def contact(number: str, owner: Raw = IVAN) -> Raw:
    vcf = f"BEGIN:VCARD\r\nVERSION:3.0\r\nTEL;TYPE=cell:{number}\r\nFN:{owner['first_name']}\r\nEND:VCARD\r\n"
    return {"type": "contact", "payload": {"vcf_info": vcf, "hash": "0" * 64, "max_info": owner}}


class MaxDouble(Double):
    def __init__(self, hook: str = "") -> None:
        """`hook` is where the public address of a webhook leads to, once it is known."""
        super().__init__()
        self.hook = hook
        self.updates: list[Raw] = []
        self.marker = 0
        """How many updates were acknowledged."""
        self.acknowledged: list[str] = []
        self.refusals: list[tuple[str, int]] = []
        self.messages: list[Raw] = []
        self.keyboards: list[Raw] = []
        self.answers: list[tuple[str, str]] = []
        self.actions: list[tuple[int, str]] = []
        self.left: list[int] = []
        self.denied: dict[int, tuple[int, str]] = {}
        """Dialogues that refuse: status and code."""
        self.files: dict[str, bytes] = {"photo.png": PNG}
        self.tokens_at_files: list[str] = []
        self.commands: list[Raw] = []
        self.busy = 0
        """How often a message with a file is refused because it is not processed yet."""
        self.got: dict[str, tuple[str, str, bytes]] = {}
        """Type, name and content of uploaded files by token."""
        self._addresses: dict[str, tuple[str, str]] = {}
        self.subscriptions: dict[str, Raw] = {}
        self._mids = (f"mid.{n:08x}" for n in count(1))
        self._pusher: asyncio.Task[None] | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        return [
            web.get("/me", self._me), web.get("/updates", self._updates),
            web.post("/messages", self._post), web.get("/messages", self._last), web.post("/answers", self._answer),
            web.post("/chats/{chat}/actions", self._act), web.delete("/chats/{chat}/members/me", self._leave),
            web.get("/subscriptions", self._subscribed), web.post("/subscriptions", self._subscribe),
            web.delete("/subscriptions", self._unsubscribe), web.get("/files/{name}", self._file),
            web.post("/uploads", self._address), web.post("/upload/{number}", self._upload), web.patch("/me/commands", self._publish),
        ]

    async def happens(self, *updates: Raw) -> None:
        await self._tell(lambda: self.updates.extend(updates))

    async def says(self, key: str, text: str) -> None:
        await self.happens(created(key, text))

    @property
    def spoken(self) -> list[str]:
        """What has reached the citizens, in its order."""
        return [said["body"]["text"] for said in self.messages]

    def file(self, kind: str, name: str = "photo.png", **rest: Any) -> Raw:
        return {"type": kind, "payload": {"url": f"{self.base}/files/{name}", "token": "t", "photo_id": 1}, **rest}

    async def stop(self) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        await super().stop()

    async def _acknowledge(self, marker: int) -> None:
        fresh = self.updates[self.marker:marker]
        self.marker = max(self.marker, marker)
        await self._tell(lambda: self.acknowledged.extend(map(key_of, fresh)))

    async def _updates(self, request: web.Request) -> web.Response:
        self._known(request)
        if self.subscriptions:
            return _json({"updates": [], "marker": None})
        if "marker" in request.query:
            await self._acknowledge(int(request.query["marker"]))
        try:
            async with asyncio.timeout(float(request.query["timeout"])), self.news:
                await self.news.wait_for(lambda: self._away or len(self.updates) > self.marker)
        except TimeoutError:
            pass
        batch = self.updates[self.marker:self.marker + int(request.query["limit"])]
        return _json({"updates": batch, "marker": self.marker + len(batch)})

    async def _me(self, request: web.Request) -> web.Response:
        self._known(request)
        return _json(BOT)

    async def _post(self, request: web.Request) -> web.Response:
        self._known(request)
        chat, body = int(request.query["chat_id"]), await request.json()
        if chat in self.denied:
            status, code = self.denied[chat]
            return _json({"code": code, "message": code}, status)
        attachments = body["attachments"] or []
        if not len(body["text"] or "") < 4000 or not (body["text"] or attachments):
            return _json({"code": "proto.payload", "message": "text: size must be between 0 and 4000"}, 400)
        if wrong := self._wrong(attachments):
            return _json({"code": "proto.payload", "message": wrong}, 400)
        if self.busy and any(each["type"] != "inline_keyboard" for each in attachments):
            self.busy -= 1
            return _json({"code": "attachment.not.ready", "message": "Key: errors.process.attachment.file.not.processed"}, 400)
        said = message(next(self._mids), body["text"], sender=BOT, chat=chat) | {"timestamp": _now_ms()}
        said["body"]["attachments"] = [self._shown(each) for each in attachments]
        await self._tell(lambda: self.messages.append(said))
        return _json({"message": said})

    def _wrong(self, attachments: list[Raw]) -> str:
        """Why MAX refuses a set of attachments, "" where it takes it."""
        kinds = [each["type"] for each in attachments if each["type"] != "inline_keyboard"]
        if "file" in kinds and len(kinds) > 1:
            return "Must be only one file attachment in message"
        for each in attachments:
            if each["type"] == "inline_keyboard":
                AttachmentButton.model_validate(each)
                if not keyboard_fits(each["payload"]["buttons"]):
                    return "attachments.buttons"
            elif self.got.get(each["payload"]["token"], ("",))[0] != each["type"]:
                return f"Missing `token` in {each['type']} attachment"
        return ""

    def _shown(self, attachment: Raw) -> Raw:
        """An attachment as GET /messages gives it."""
        if attachment["type"] == "inline_keyboard":
            return attachment
        kind, name, content = self.got[attachment["payload"]["token"]]
        payload = attachment["payload"] | {"url": f"{self.base}/files/{name}"} | ({"photo_id": 1} if kind == "image" else {})
        return {"type": kind, "payload": payload} | ({"filename": name, "size": len(content)} if kind == "file" else {})

    async def _address(self, request: web.Request) -> web.Response:
        self._known(request)
        kind, number = request.query["type"], str(len(self._addresses))
        if kind not in {"image", "video", "audio", "file"}:
            return _json({"code": "proto.payload", "message": "type"}, 400)
        token = f"token-{number}" if kind in {"video", "audio"} else ""
        self._addresses[number] = (kind, token)
        return _json({"url": f"{self.base}/upload/{number}"} | ({"token": token} if token else {}))

    async def _upload(self, request: web.Request) -> web.Response:
        if token := request.headers.get("Authorization"):
            self.tokens_at_files.append(token)
        kind, token = self._addresses[request.match_info["number"]]
        file = (await request.post())["data"]
        assert isinstance(file, web.FileField)
        if file.filename.endswith(".exe"):
            return _json({"error_code": 4, "error_data": "BAD_REQUEST"}, 400)
        uploaded = token or f"token-{len(self.got)}-uploaded"
        self.got[uploaded] = (kind, file.filename, file.file.read())
        if token:
            return web.Response(text="<retval>1</retval>")
        return _json({"photos": {"1": {"token": uploaded}}} if kind == "image" else {"fileId": 1, "token": uploaded})

    async def _publish(self, request: web.Request) -> web.Response:
        self._known(request)
        commands = (await request.json())["commands"]
        await self._tell(lambda: setattr(self, "commands", commands))
        return _json({"commands": commands})

    async def _last(self, request: web.Request) -> web.Response:
        self._known(request)
        chat = int(request.query["chat_id"])
        ours = [said for said in self.messages if said["recipient"]["chat_id"] == chat]
        return _json({"messages": ours[::-1][:int(request.query["count"])]})

    async def _answer(self, request: web.Request) -> web.Response:
        self._known(request)
        answer = (request.query["callback_id"], (await request.json())["notification"])
        await self._tell(lambda: self.answers.append(answer))
        return _json({"success": True})

    async def _act(self, request: web.Request) -> web.Response:
        self._known(request)
        action = (int(request.match_info["chat"]), (await request.json())["action"])
        await self._tell(lambda: self.actions.append(action))
        return _json({"success": True})

    async def _leave(self, request: web.Request) -> web.Response:
        self._known(request)
        await self._tell(lambda: self.left.append(int(request.match_info["chat"])))
        return _json({"success": True})

    async def _subscribed(self, request: web.Request) -> web.Response:
        self._known(request)
        return _json({"subscriptions": [{"url": url, "time": 1, "update_types": None} for url in self.subscriptions]})

    async def _subscribe(self, request: web.Request) -> web.Response:
        self._known(request)
        asked = await request.json()
        if not asked["url"].startswith("https://"):
            return _json({"code": "proto.payload", "message": "url: https only"}, 400)
        await self._tell(lambda: self.subscriptions.update({asked["url"]: asked}))
        if self._pusher is None:
            self._pusher = asyncio.create_task(self._push(asked))
        return _json({"success": True})

    async def _unsubscribe(self, request: web.Request) -> web.Response:
        self._known(request)
        await self._tell(lambda: self.subscriptions.pop(request.query["url"], None))
        return _json({"success": True})

    async def _file(self, request: web.Request) -> web.Response:
        if token := request.headers.get("Authorization"):
            self.tokens_at_files.append(token)
        content = self.files.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content, content_type="application/octet-stream")

    async def _push(self, subscription: Raw) -> None:
        """One after another, each until it is taken."""
        async with aiohttp.ClientSession() as http:
            while True:
                await self._wait(lambda: not self._away and len(self.updates) > self.marker)
                address = self.hook + "/" + subscription["url"].split("/", 3)[3]
                status = await self._call(http, address, subscription["secret"], self.updates[self.marker])
                if status == 200:
                    await self._acknowledge(self.marker + 1)
                else:
                    refusal = (key_of(self.updates[self.marker]), status)
                    await self._tell(lambda refusal=refusal: self.refusals.append(refusal))
                    await asyncio.sleep(RETRY_S)

    async def _call(self, http: aiohttp.ClientSession, address: str, secret: str, update: Raw) -> int:
        """The status of the answer, 0 when the line is lost before it comes."""
        async def call() -> int:
            headers = {"X-Max-Bot-Api-Secret": secret, "Content-Type": "application/json"}
            async with http.post(address, data=json.dumps(update), headers=headers) as answer:
                return answer.status
        outbound_calls, leaving = asyncio.ensure_future(call()), asyncio.ensure_future(self._wait(lambda: self._away))
        try:
            await asyncio.wait((outbound_calls, leaving), return_when=asyncio.FIRST_COMPLETED)
            return outbound_calls.result() if outbound_calls.done() and not outbound_calls.exception() else 0
        finally:
            outbound_calls.cancel()
            leaving.cancel()
            await asyncio.gather(outbound_calls, leaving, return_exceptions=True)

    async def _wait(self, seen: Any) -> None:
        async with self.news:
            await self.news.wait_for(seen)

    def _known(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != TOKEN:
            raise web.HTTPUnauthorized(text='{"code":"verify.token","message":"Invalid access_token"}', content_type="application/json")


def keyboard_fits(buttons: list[list[Raw]]) -> bool:
    """The limits of an inline keyboard (dev.max.ru/docs-api): 30 rows of 7 buttons, or of 3 that lead elsewhere."""
    apart = {"link", "open_app", "request_geo_location", "request_contact"}
    return len(buttons) <= 30 and all(0 < len(row) <= (3 if apart & {each["type"] for each in row} else 7) for row in buttons)


def key_of(update: Raw) -> str:
    """What the hub will know an update by."""
    if update.get("callback"):
        return str(update["callback"]["callback_id"])
    return str((update.get("message") or {}).get("body", {}).get("mid", update.get("update_type")))


def _now_ms() -> int:
    return int(time() * 1000)


def _json(body: object, status: int = 200) -> web.Response:
    return web.Response(status=status, body=json.dumps(body).encode(), content_type="application/json")
