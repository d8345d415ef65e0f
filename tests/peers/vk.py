"""A double of VK (dev.vk.com): methods of a community, Bots Long Poll with its failures, and the Callback API."""

import asyncio
import json
from collections.abc import Mapping
from itertools import count
from time import time
from typing import Any

import aiohttp
from aiohttp import web

from tests.peers.double import Double

TOKEN = "vk1.a.key-of-the-community"
GROUP = 77
IVAN, MARIA = 42, 43
NAMES = {IVAN: ("Иван", "Петров"), MARIA: ("Мария", "Сидорова")}
CAPTCHA = 14
RETRY_S = 0.02
"""The real one waits longer with each time."""

Raw = dict[str, Any]
_events = count(1)


def message(number: int, text: str, *, sender: int = IVAN, peer: int = 0, **rest: Any) -> Raw:
    return {"id": 1000 + number, "conversation_message_id": number, "date": int(time()), "from_id": sender, "peer_id": peer or sender, "text": text,
            "out": 0, "version": 10_000 + number, "random_id": 0, "attachments": [], "fwd_messages": [], "important": False, "is_hidden": False} | rest


def event(kind: str, inner: Raw) -> Raw:
    return {"type": kind, "event_id": f"{next(_events):040x}", "v": "5.199", "group_id": GROUP, "object": inner}


def new(number: int, text: str, *, lang: int = 0, **rest: Any) -> Raw:
    client = {"button_actions": ["text"], "keyboard": True, "inline_keyboard": True, "carousel": False, "lang_id": lang}
    return event("message_new", {"message": message(number, text, **rest), "client_info": client})


def edited(number: int, text: str, at: int, **rest: Any) -> Raw:
    return event("message_edit", message(number, text, update_time=at, **rest))


def key_of(happened: Raw) -> str:
    """What a test calls an event by: the number of its message."""
    inner = happened["object"]
    return str((inner.get("message") or inner).get("conversation_message_id", happened["type"]))


class VkDouble(Double):
    def __init__(self) -> None:
        super().__init__()
        self.hook = self.hook_path = self.secret = ""
        """Where calls go, once somebody has set them up; without a path events are polled."""
        self.ts = 0
        """How many events were acknowledged."""
        self.events: list[Raw] = []
        self.acknowledged: list[str] = []
        self.refusals: list[tuple[str, int]] = []
        self.confirmed = ""
        self.key = "key-1"
        self.polling = 0
        """How many wait to be answered."""
        self.failures: list[Raw] = []
        """What the next polls are answered with."""
        self.messages: list[Raw] = []
        self.errors: list[int] = []
        """Codes that the next messages.send are answered with."""
        self.activities: list[tuple[str, str]] = []
        self.history: dict[int, list[Raw]] = {}
        self.files: dict[str, bytes] = {}
        self.sent_files: dict[str, tuple[str, bytes]] = {}
        """Name and content of uploaded files by what messages.send calls them."""
        self.asked_with: list[tuple[str, frozenset[str]]] = []
        """Methods and the names of their parameters."""
        self.file_rights = self.bots = True
        """Whether the key may upload, and whether bots are switched on in the community."""
        self.answers: list[tuple[str, str]] = []
        self._uploads: dict[str, tuple[str, bytes]] = {}
        self._met = False
        self._by_random: dict[int, int] = {}
        self._pusher: asyncio.Task[None] | None = None

    def routes(self) -> list[web.AbstractRouteDef]:
        return [web.post("/method/{name}", self._method), web.get("/poll", self._poll), web.get("/files/{name}", self._file),
                web.post("/upload/{field}", self._upload)]

    async def happens(self, *events: Raw) -> None:
        await self._tell(lambda: self.events.extend(events))
        for each in events:
            said = each["object"].get("message", {})
            if "peer_id" in said:
                self.history.setdefault(said["peer_id"], []).append(said)
        if self.hook_path and self._pusher is None:
            self._pusher = asyncio.create_task(self._push())

    async def says(self, key: str, text: str) -> None:
        await self.happens(new(int(key), text))

    @property
    def spoken(self) -> list[str]:
        """What has reached the citizens, in its order."""
        return [said["message"] for said in self.messages]

    async def stop(self) -> None:
        if self._pusher is not None:
            self._pusher.cancel()
            await asyncio.gather(self._pusher, return_exceptions=True)
        await super().stop()

    async def _acknowledge(self, ts: int) -> None:
        fresh = self.events[self.ts:ts]
        self.ts = max(self.ts, ts)
        await self._tell(lambda: self.acknowledged.extend(map(key_of, fresh)))

    async def _poll(self, request: web.Request) -> web.Response:
        await self._tell(lambda: setattr(self, "polling", self.polling + 1))
        try:
            return await self._wait_and_answer(request.query)
        finally:
            await self._tell(lambda: setattr(self, "polling", self.polling - 1))

    async def _wait_and_answer(self, asked: Mapping[str, str]) -> web.Response:
        if self.failures:
            return _json(self.failures.pop(0))
        if asked["key"] != self.key:
            return _json({"failed": 2})
        await self._acknowledge(int(asked["ts"]))
        try:
            async with asyncio.timeout(float(asked["wait"])), self.news:
                await self.news.wait_for(lambda: self._away or self.failures or len(self.events) > self.ts)
        except TimeoutError:
            pass
        if self.failures:
            return _json(self.failures.pop(0))
        batch = self.events[self.ts:]
        return _json({"ts": str(self.ts + len(batch)), "updates": batch})

    async def _method(self, request: web.Request) -> web.Response:  # noqa: PLR0911 - one method after another
        name, form = request.match_info["name"], dict(await request.post())
        if request.query.get("access_token") != TOKEN:
            return _error(5, "User authorization failed: invalid access_token (4).")
        self.asked_with.append((name, frozenset(form)))
        if name.startswith(("photos.", "docs.")):
            return await self._media(name, {key: str(value) for key, value in form.items()})
        match name:
            case "groups.getById":
                return _json({"response": {"groups": [{"id": GROUP, "name": "Окно", "screen_name": "okno"}], "profiles": []}})
            case "groups.getLongPollServer":
                # The newest, whatever was acknowledged; whoever asks for the first time has missed nothing.
                ts, self._met = len(self.events) if self._met else 0, True
                return _json({"response": {"key": self.key, "server": f"{self.base}/poll", "ts": str(ts)}})
            case "users.get":
                first, last = NAMES[int(str(form["user_ids"]))]
                return _json({"response": [{"id": int(str(form["user_ids"])), "first_name": first, "last_name": last}]})
            case "messages.send":
                return await self._send(form)
            case "messages.sendMessageEventAnswer":
                shown = json.loads(str(form["event_data"]))
                if shown["type"] != "show_snackbar" or not 0 < len(shown["text"]) <= 90:
                    return _error(100, "One of the parameters specified was missing or invalid: event_data")
                await self._tell(lambda: self.answers.append((str(form["event_id"]), shown["text"])))
                return _json({"response": 1})
            case "messages.setActivity" | "messages.markAsRead":
                await self._tell(lambda: self.activities.append((name, str(form["peer_id"]))))
                return _json({"response": 1})
            case "messages.getConversations":
                latest = [{"conversation": {}, "last_message": said[-1]} for said in self.history.values()]
                return _json({"response": {"count": len(latest), "items": latest}})
            case "messages.getHistory":
                items = self.history[int(str(form["peer_id"]))][::-1]
                return _json({"response": {"count": len(items), "items": items}})
            case _:
                return _error(3, "Unknown method passed")

    async def _send(self, form: dict[str, Any]) -> web.Response:
        if self.errors:
            return _error(self.errors.pop(0), "refused")
        random_id, keyboard = int(form["random_id"]), json.loads(form.get("keyboard", "null"))
        # What is not known is left out in silence.
        files = [each for each in form.get("attachment", "").split(",") if each in self.sent_files]
        text = form.get("message", "")
        if refused := self._refusal(text, files, keyboard):
            return refused
        if random_id in self._by_random:
            return _json({"response": self._by_random[random_id]})
        number = self._by_random[random_id] = 5000 + len(self.messages)
        said = {"id": number, "peer_id": int(form["peer_id"]), "message": text, "keyboard": keyboard, "files": files}
        await self._tell(lambda: self.messages.append(said))
        return _json({"response": number})

    def _refusal(self, text: str, files: list[str], keyboard: Raw | None) -> web.Response | None:
        if not (text or files):
            return _error(100, "One of the parameters specified was missing or invalid: message is empty or invalid")
        if len(text) > 4096:
            return _error(914, "Message is too long")
        if len(files) > 10:
            return _error(100, "One of the parameters specified was missing or invalid: too many attachments")
        if keyboard and not self.bots:
            return _error(912, "This is a chat bot feature, change this status in settings")
        return _error(911, "Keyboard format is invalid") if keyboard and not fits(keyboard) else None

    async def _media(self, name: str, form: dict[str, str]) -> web.Response:  # noqa: PLR0911 - one method after another
        """Methods of files: the address, and the saving of what was uploaded there."""
        if not self.file_rights:
            return _error(15, "Access denied: no access to call this method. It cannot be called with current scopes.")
        match name:
            case "photos.getMessagesUploadServer" | "docs.getMessagesUploadServer" if "peer_id" not in form:
                return _error(100, "One of the parameters specified was missing or invalid: peer_id is required for community messages")
            case "photos.getMessagesUploadServer":
                return _json({"response": {"album_id": -64, "user_id": 0, "group_id": GROUP, "upload_url": f"{self.base}/upload/photo"}})
            case "docs.getMessagesUploadServer":
                return _json({"response": {"upload_url": f"{self.base}/upload/file"}})
            case "photos.saveMessagesPhoto" if form["hash"] in self._uploads:
                self.sent_files[f"photo-{GROUP}_{form['server']}_key"] = self._uploads[form["hash"]]
                return _json({"response": [{"id": int(form["server"]), "owner_id": -GROUP, "album_id": -64, "date": int(time()), "has_tags": False,
                                            "access_key": "key", "sizes": []}]})
            case "photos.saveMessagesPhoto":
                return _error(121, "Invalid hash")
            case "docs.save" if form["file"] in self._uploads:
                number = len(self.sent_files) + 1
                self.sent_files[f"doc{IVAN}_{number}"] = (form["title"], self._uploads[form["file"]][1])
                doc = {"id": number, "owner_id": IVAN, "title": form["title"], "size": 1, "ext": "pdf", "date": int(time()), "type": 1, "url": "https://vk.test/doc"}
                return _json({"response": {"type": "doc", "doc": doc}})
            case "docs.save":
                return _error(105, "Couldn't save file")
            case _:
                return _error(3, "Unknown method passed")

    async def _upload(self, request: web.Request) -> web.Response:
        field = request.match_info["field"]
        file = (await request.post()).get(field)
        if not isinstance(file, web.FileField):
            return _json({"error": "no_file", "error_descr": f"no file in the field {field}"})
        content, number = file.file.read(), len(self._uploads) + 1
        if field == "photo" and not content.startswith(b"\x89PNG"):
            return _json({"error": "ERR_UPLOAD_BAD_IMAGE_SIZE: photo is broken", "bwact": "do_add", "server": number, "_sig": "0"})
        if field == "file" and file.filename.endswith((".exe", ".mp3")):
            return _json({"error": "unknown error", "error_descr": "file type is not allowed"})
        token = f"{number}|0|{file.filename}"
        self._uploads[token] = (file.filename, content)
        told = {"server": number, "photo": json.dumps([{"markers_restarted": True}]), "hash": token} if field == "photo" else {"file": token}
        return web.Response(body=json.dumps(told).encode(), content_type="text/html")  # as VK's upload servers say of theirs

    async def _file(self, request: web.Request) -> web.Response:
        content = self.files.get(request.match_info["name"])
        return web.Response(status=404) if content is None else web.Response(body=content, content_type="application/octet-stream")

    async def _push(self) -> None:
        """One after another, each until "ok" is heard."""
        async with aiohttp.ClientSession() as http:
            while True:
                await self._wait(lambda: not self._away and len(self.events) > self.ts)
                happened = self.events[self.ts]
                status, text = await self._call(http, happened)
                if status == 200 and text == "ok":
                    await self._acknowledge(self.ts + 1)
                else:
                    refusal = (key_of(happened), status)
                    await self._tell(lambda refusal=refusal: self.refusals.append(refusal))
                    await asyncio.sleep(RETRY_S)

    async def confirm(self, http: aiohttp.ClientSession) -> None:
        body = {"type": "confirmation", "group_id": GROUP, "secret": self.secret}
        async with http.post(self.hook + self.hook_path, json=body) as answer:
            self.confirmed = await answer.text()

    async def _call(self, http: aiohttp.ClientSession, happened: Raw) -> tuple[int, str]:
        """The answer, or 0 when the line is lost before it comes."""
        async def call() -> tuple[int, str]:
            async with http.post(self.hook + self.hook_path, data=json.dumps(happened | {"secret": self.secret})) as answer:
                return answer.status, await answer.text()
        outbound_calls, leaving = asyncio.ensure_future(call()), asyncio.ensure_future(self._wait(lambda: self._away))
        try:
            await asyncio.wait((outbound_calls, leaving), return_when=asyncio.FIRST_COMPLETED)
            return outbound_calls.result() if outbound_calls.done() and not outbound_calls.exception() else (0, "")
        finally:
            outbound_calls.cancel()
            leaving.cancel()
            await asyncio.gather(outbound_calls, leaving, return_exceptions=True)

    async def _wait(self, seen: Any) -> None:
        async with self.news:
            await self.news.wait_for(seen)


def fits(keyboard: Raw) -> bool:
    """Whether an inline keyboard is of the form that VK takes (dev.vk.com/api/bots/development/keyboard)."""
    actions = [button["action"] for row in keyboard["buttons"] for button in row]
    return (keyboard["inline"] and len(actions) <= 10 and len(keyboard["buttons"]) <= 6 and all(0 < len(row) <= 5 for row in keyboard["buttons"])
            and all(_acts(each) for each in actions))


def _acts(action: Raw) -> bool:
    labelled, payload = 0 < len(action.get("label", "")) <= 40, len(action.get("payload") or "{}") <= 255
    match action["type"]:
        case "text" | "callback":
            return labelled and payload
        case "open_link":
            return labelled and str(action["link"]).startswith(("https://", "http://")) and str(action["link"]).isascii()
        case "location":
            return "label" not in action and payload
        case _:
            return False


def _error(code: int, text: str) -> web.Response:
    picture = {"captcha_sid": "1", "captcha_img": "https://vk.test/captcha"} if code == CAPTCHA else {}
    return _json({"error": {"error_code": code, "error_msg": text, "request_params": [{"key": "v", "value": "5.199"}]} | picture})


def _json(body: object) -> web.Response:
    return web.Response(body=json.dumps(body).encode(), content_type="application/json")
