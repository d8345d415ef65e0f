"""JetStream functions of the link: batches stored with one fsync, and ordered reading of a stream (0083)."""

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from hashlib import blake2b
from secrets import token_hex

from msgspec import Struct
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, Header, StatusCode, StreamConfig
from nats.js.errors import APIError, BadRequestError, NotFoundError

from hub.federation.envelope import Envelope

log = logging.getLogger(__name__)

OUT, IN, SEEN, ASIDE = "OUT", "IN", "SEEN", "ASIDE"
BATCH = 500
"""Messages of one fsync. JetStream accepts 1000 at most."""
LARGEST = 256 << 10
ANSWER_S = 2.5
QUIET_S = 5.0
AGAIN_S = 0.3
FORGOTTEN_S = 300.0
"""Seconds after which a server drops an inactive reader: one that died, or that waits for its store and then starts again."""
KNOWN_S = 120.0
"""Deduplication window of a server."""
KEPT_S = 30 * 86400.0
IN_BATCH_ALREADY = 10201
"""JetStream's error code for an atomic batch with a message that is stored already."""


class Letter(Struct, frozen=True):
    """`id` is the deduplication id."""

    subject: str
    id: str
    content: bytes = b""


async def prepare(client: Client, own: str) -> None:
    """Create the streams of a centre. Raises nats.errors.Error."""
    jetstream = client.jetstream(timeout=ANSWER_S)
    for config in (
        StreamConfig(OUT, subjects=["out.*"], duplicate_window=KNOWN_S, allow_atomic=True),
        StreamConfig(IN, subjects=[f"line.{own}.*.parcel"], duplicate_window=KNOWN_S, allow_atomic=True),
        StreamConfig(SEEN, subjects=["seen.*.*"], max_msgs_per_subject=1, max_age=KEPT_S, allow_atomic=True, allow_direct=True),
        StreamConfig(ASIDE, subjects=["aside.*"], max_age=KEPT_S),
    ):
        try:
            await jetstream.add_stream(config)
        except BadRequestError:  # it exists, created by an older Okno
            await jetstream.update_stream(config)


async def put(client: Client, letters: Sequence[Letter]) -> None:
    """Store in one stream, in order, each once. Raises nats.errors.Error: some may be stored all the same."""
    if len(letters) == 1:
        await client.jetstream(timeout=ANSWER_S).publish(letters[0].subject, letters[0].content, headers={Header.MSG_ID: letters[0].id})
        return
    try:
        await _put_together(client, letters)
    except APIError as error:
        if error.err_code != IN_BATCH_ALREADY:
            raise
        half = len(letters) // 2
        await put(client, letters[:half])
        await put(client, letters[half:])


async def _put_together(client: Client, letters: Sequence[Letter]) -> None:
    """An atomic batch (NATS ADR-50): all of them or none."""
    batch = token_hex(16)

    def headers(number: int) -> dict[str, str]:
        return {Header.MSG_ID: letters[number - 1].id, "Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}

    for number, letter in enumerate(letters[:-1], 1):
        await client.publish(letter.subject, letter.content, headers=headers(number))
    last = headers(len(letters)) | {"Nats-Batch-Commit": "1"}
    answer = await client.request(letters[-1].subject, letters[-1].content, ANSWER_S, headers=last)
    if error := json.loads(answer.data).get("error"):
        raise APIError(error.get("code"), error.get("description"), error.get("err_code"))


class Backlog:
    """Messages of a stream under a subject, from the first on, until they are removed.

    Removal is a purge up to a message: single acknowledgements would cost the server a fsync each. Each `reader` has its own name: a
    hub that lost the lead may still read for a moment, and must not remove messages of the new leader.
    """

    def __init__(self, client: Client, stream: str, subject: str, reader: str) -> None:
        self._client, self._stream, self._subject, self._reader = client, stream, subject, reader

    async def batches(self) -> AsyncGenerator[list[Msg], None]:
        """Batches of existing and new messages. Starts from the first remaining one after a lost connection."""
        while not self._client.is_closed:
            try:
                connection = self._connection()
                await self._begin()
                async with aclosing(_read(self._client, f"$JS.API.CONSUMER.MSG.NEXT.{self._stream}.{self._reader}")) as batches:
                    async for batch in batches:
                        if connection != self._connection():
                            break
                        if batch:
                            yield batch
            except NatsError as error:
                log.info("JetStream: stream %s not readable, retried: %s", self._stream, error)
                await asyncio.sleep(AGAIN_S)

    async def take_out(self, done: Msg) -> None:
        """Remove up to a processed one. If this fails the messages come again. Raises nats.errors.Error."""
        await self._client.jetstream(timeout=ANSWER_S).purge_stream(
            self._stream, seq=done.metadata.sequence.stream + 1, subject=self._subject)

    def _connection(self) -> int:
        return self._client.stats["reconnects"]

    async def _begin(self) -> None:
        jetstream = self._client.jetstream(timeout=ANSWER_S)
        with suppress(NotFoundError):
            await jetstream.delete_consumer(self._stream, self._reader)
        await jetstream.add_consumer(self._stream, ConsumerConfig(
            name=self._reader, filter_subject=self._subject, ack_policy=AckPolicy.NONE, inactive_threshold=FORGOTTEN_S, mem_storage=True))


class _Pull:
    """What a pull consumer has sent (NATS ADR-13). nats-py's `fetch` would take a task and a timer for each message."""

    def __init__(self) -> None:
        self.batch: list[Msg] = []
        self.left = 0
        """How many messages the current request still brings."""
        self.error: NatsError | None = None
        self.news = asyncio.Event()

    async def heard(self, message: Msg) -> None:
        headers = message.headers or {}
        if not message.data and (status := headers.get(Header.STATUS)):
            self.left = 0
            if status != StatusCode.REQUEST_TIMEOUT:
                self.error = APIError(code=int(status), description=headers.get(Header.DESCRIPTION))
        else:
            self.batch.append(message)
            self.left -= 1
        self.news.set()

    def taken(self) -> list[Msg]:
        """Those so far, a batch at most. Raises nats.errors.Error."""
        if self.error:
            raise self.error
        batch, self.batch = self.batch[:BATCH], self.batch[BATCH:]
        if not self.batch:
            self.news.clear()
        return batch


async def _read(client: Client, request: str) -> AsyncGenerator[list[Msg], None]:
    """The next batch is requested while one is processed; an empty one means that nothing came for a while."""
    pull, inbox = _Pull(), client.new_inbox()
    subscription = await client.subscribe(inbox, cb=pull.heard, pending_bytes_limit=2 * BATCH * LARGEST)
    asked = json.dumps({"batch": BATCH, "expires": int(QUIET_S * 1e9)}).encode()
    try:
        while True:
            if pull.left <= 0:
                pull.left = BATCH
                await client.publish(request, asked, reply=inbox)
            try:
                async with asyncio.timeout(QUIET_S + AGAIN_S):
                    await pull.news.wait()
            except TimeoutError:  # the request was lost with a connection
                pull.left = 0
            yield pull.taken()
    finally:
        with suppress(NatsError):
            await subscription.unsubscribe()


def known_by(parcel: Envelope) -> str:
    """The deduplication id: ids may contain characters not allowed in subjects and headers, and two centres may use the same ones."""
    return blake2b(f"{parcel.source} {parcel.to} {parcel.id}".encode(), digest_size=16).hexdigest()


def mark(parcel: Envelope) -> str:
    """The subject that marks it as stored."""
    return f"seen.{parcel.source}.{known_by(parcel)}"


async def marked(client: Client, marks: Sequence[str]) -> set[str]:
    """Existing ones of these marks. Raises nats.errors.Error."""
    found: set[str] = set()
    if not marks:
        return found
    inbox = client.new_inbox()
    answers = await client.subscribe(inbox)
    try:
        await client.publish(f"$JS.API.DIRECT.GET.{SEEN}", json.dumps({"multi_last": marks}).encode(), reply=inbox)
        while True:
            answer = await answers.next_msg(ANSWER_S)
            headers = answer.header or {}
            if headers.get("Status"):  # NATS ADR-31: 204 ends the answers, 404 is none
                return found
            found.add(headers["Nats-Subject"])
    finally:
        await answers.unsubscribe()


async def put_aside(client: Client, source: str, content: bytes, why: str) -> None:
    """Store an invalid envelope for inspection. Raises nats.errors.Error."""
    jetstream = client.jetstream(timeout=ANSWER_S)
    await jetstream.publish(f"aside.{source}", content, stream=ASIDE, headers={"Okno-Why": " ".join(why.split())})
