"""A caller's sound while the robot talks to them: by the media process, as long as there is one (channels/voice/media/)."""

import asyncio

from channels.voice.agi import HungUpError, Session
from channels.voice.media.link import MediaLink, MediaLinks
from channels.voice.media.stream import Listener, MediaLostError, Stream

RELEASE_S = 3.0
"""The media process lets go of a call at once."""


class CallAudio:
    def __init__(self, media: MediaLinks | None, session: Session, listener: Listener) -> None:
        self._media, self._session, self._listener = media, session, listener
        self._open: tuple[MediaLink, Stream, asyncio.Task[None]] | None = None

    @property
    def usable(self) -> bool:
        return self._media is not None

    async def stream(self) -> Stream:
        """Asterisk runs AudioSocket for the caller until the stream is closed. Raises MediaLostError."""
        if self._open is None:
            link = self._media.free() if self._media is not None else None
            if link is None:
                raise MediaLostError("no media process")
            stream = link.stream(self._listener)
            self._open = link, stream, asyncio.create_task(self._carry(stream))
        _, stream, _ = self._open
        await stream.connected()
        return stream

    def keyed(self) -> None:
        if self._open is not None:
            self._open[1].keyed()

    async def give_up(self) -> None:
        """The rest of this call is recorded and played by Asterisk."""
        self._media = None
        await self.close()

    async def close(self) -> None:
        """The caller is Asterisk's again. The session is free for its next command."""
        if self._open is not None:
            _, _, carried = self._open
            self.release()
            await asyncio.wait((carried,), timeout=RELEASE_S)

    def release(self) -> None:
        if self._open is not None:
            link, stream, _ = self._open
            self._open = None
            stream.release()
            link.end(stream)

    async def _carry(self, stream: Stream) -> None:
        try:
            await self._session.exec("AudioSocket", stream.call, stream.address)
        except HungUpError:
            pass  # the next command notices it, too
        finally:
            stream.lose()
