"""A simulated citizen: opens the chat like the widget does, and follows a story."""

from random import Random
from uuid import uuid4

import msgspec
from aiohttp import ClientSession

from channels.web.frames import ErrorFrame, MessageFrame, Say, Seen, StateFrame, ToCitizen, Typing
from hub.conversations.address import Person
from hub.conversations.message import Author
from hub.kernel.errors import OknoError
from okno.demo.line import Line, Pace, line
from okno.demo.people import People, Story

ROBOT_S, ASKS_AGAIN_S, LINE_S, ANSWER_S, CLOSE_S = 10.0, 40.0, 240.0, 150.0, 90.0
"""Maximum waits: for the robot, before the question how long it takes, in line, for an operator's answer, for the end."""

_decode = msgspec.json.Decoder(ToCitizen).decode


class Visitor:
    """`holder` and `heard` are the content of the citizen's screen: the holder of the conversation, and the last answer."""

    def __init__(self, http: ClientSession, hub: str, people: People, story: Story, chance: Random, pace: Pace) -> None:
        self._http, self._hub, self._people, self._story, self._chance, self._pace = http, hub, people, story, chance, pace
        self._holder = "bot"
        self._heard: MessageFrame | None = None
        self._line: Line

    async def visit(self) -> None:
        """Raises OknoError or aiohttp.ClientError when the hub fails."""
        about = {"name": self._story.name, "person": Person.ORGANISATION if self._story.organisation else Person.INDIVIDUAL}
        async with self._http.post(f"{self._hub}/chat/sessions", json=about) as response:
            response.raise_for_status()
            token = (await response.json())["token"]
        async with line(self._http, f"{self._hub}/chat/socket?token={token}", {}, self._hear, self._pace) as self._line:
            await self._talk()

    def _hear(self, data: str) -> None:
        match _decode(data):
            case MessageFrame(author=Author.BOT | Author.OPERATOR) as message:
                self._heard = message
            case StateFrame(holder=holder):
                self._holder = holder
            case ErrorFrame(code=code, text=text):
                why = f"{code}: {text}"
                raise OknoError(why)
            case _:
                pass

    async def _talk(self) -> None:
        await self._line.until(self._answered, ROBOT_S)
        await self._ask(self._story.robot)
        if self._story.person and self._holder == "bot":
            await self._ask((self._people.call,))
        if self._holder != "bot":
            await self._with_person()
        if self._holder == "closed" and self._story.again:
            await self._line.pause(10)
            await self._ask(self._story.again)
        await self._read()

    async def _ask(self, texts: tuple[str, ...]) -> None:
        """Ask the robot one question after another, until it hands over."""
        for text in texts:
            await self._say(text)
            if not await self._line.until(self._answered, ROBOT_S):
                raise OknoError("the robot did not answer")
            await self._line.pause(1)
            if self._holder not in {"bot", "closed"}:
                return

    async def _with_person(self) -> None:
        if not await self._line.until(self._reached, ASKS_AGAIN_S):
            await self._say(self._chance.choice(self._people.impatient))
            if not await self._line.until(self._reached, LINE_S):
                return
        for turn in self._story.person:
            if not await self._person_answered():
                return
            await self._say(turn.says)
        if await self._person_answered():
            await self._say(self._chance.choice(self._people.thanks))
            await self._line.until(lambda: self._holder == "closed", CLOSE_S)

    async def _person_answered(self) -> bool:
        """False when the visit is over: the conversation is closed, or no answer came in time."""
        def answered() -> bool:
            return self._holder == "closed" or (self._heard is not None and self._heard.author is Author.OPERATOR)

        return await self._line.until(answered, ANSWER_S) and self._holder != "closed"

    def _answered(self) -> bool:
        return self._heard is not None

    def _reached(self) -> bool:
        return self._holder in {"operator", "closed"}

    async def _read(self) -> None:
        if self._heard is not None:
            await self._line.read(self._heard.text)
            await self._line.send(Seen(self._heard.id))

    async def _say(self, text: str) -> None:
        await self._read()
        await self._line.type(text, Typing())
        self._heard = None
        await self._line.send(Say(uuid4().hex, text))
