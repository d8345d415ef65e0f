"""The two servers that mail is given to, each in a process of its own.

`bare PORT` is aiosmtpd with a handler that keeps nothing. `hub FOLDER` is the e-mail driver with the hub's reception and a store on
the disk; its settings are FOLDER/settings.json. Nobody answers there: what a robot's answer costs is measured with the chat.
"""

import asyncio
import gc
import logging
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Never, cast

import msgspec
import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from bots.knowledge.faq import FaqBot
from bots.russian import Russian
from channels.email.mail import connect
from channels.intake import pump
from hub.citizens.verification import NoVerification
from hub.conversations.opener import Opener
from hub.conversations.ports import CarryingChannel
from hub.conversations.sequencer import ConversationSequencer
from hub.intake.acceptance import MessageAcceptance
from hub.intake.blocklist import Blocklist
from hub.intake.calls import CallEvents
from hub.intake.flood_control import FloodLimits
from hub.intake.intake_filter import IntakeFilter
from hub.intake.message_intake import MessageIntake
from hub.intake.message_secrets import MessageSecrets
from hub.intake.pipeline import IntakePipeline
from hub.intake.presence import CitizenPresence
from hub.intake.redeliveries import Redeliveries
from hub.kernel.ids import RecordIds, TicketNumbers
from hub.notifications.announcer import AnnouncementService
from hub.notifications.notice import Words
from hub.notifications.opt_outs import OptOuts
from hub.privacy.ports import DataSubject
from hub.robot.voice import RobotVoice
from hub.telephony.recogniser_queue import RecogniserQueue
from hub.telephony.speech_to_text import SpeechToText
from okno.__main__ import COLLECTOR
from okno.adapters.dialogue_engine import LocalDialogueEngine
from okno.commands.channel_checks import NullIntake
from okno.drivers import channel_traits
from storage.files import FileStore
from storage.sqlite import SqliteStore


class Nothing:
    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # aiosmtpd finds it by its name
        del server, session, envelope
        return "250 OK"


async def bare(port: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Nothing(), enable_SMTPUTF8=True, hostname="bare.example", loop=loop), "127.0.0.1", port)
    print("ready", flush=True)
    await server.serve_forever()


async def hub(folder: Path) -> None:
    russian = Russian()
    store, files = SqliteStore(folder / "okno.db", russian), FileStore(folder / "files")
    carriers: dict[str, CarryingChannel] = {}
    sequencer = ConversationSequencer(store, RecordIds(), lambda: datetime.now(UTC), carriers, channel_traits())
    intake = _reception(sequencer, store, files, FaqBot(russian, "Центр", channel_traits()))
    settings = msgspec.json.decode((folder / "settings.json").read_bytes(), type=dict[str, object])
    channel = connect(settings, intake, store, files, limited=False)
    carriers[channel.name] = channel
    gc.freeze()  # as `okno run` does
    gc.set_threshold(*COLLECTOR)
    print("ready", flush=True)
    try:
        await pump(channel, intake)
    finally:
        await channel.close()
        await store.close()


def _reception(sequencer: ConversationSequencer, store: SqliteStore, files: FileStore, bot: FaqBot) -> MessageIntake:
    def nobody(*_: object) -> Never:
        raise NotImplementedError("nobody is here but the mail")

    opt_outs = OptOuts(store, sequencer.carried, Words.of(("СТОП",), ("СТАРТ",)), stop="СТОП", start="СТАРТ")
    opener, bare = Opener(sequencer, TicketNumbers("000"), lambda citizen: citizen), NullIntake()
    engine = LocalDialogueEngine(bot)
    voice = RobotVoice(bot, engine, AnnouncementService(store, sequencer.now, "Робот", ()), name="Робот", queue="general",
                       by_sms=lambda _: False)
    intake_filter = IntakeFilter(Blocklist(store, sequencer.now, channel_traits()), FloodLimits(), queue="general", limited=False)
    speech_to_text = SpeechToText(files, None, RecogniserQueue(1, 1))
    pipeline = IntakePipeline(
        sequencer, voice, opt_outs=opt_outs, intake_filter=intake_filter, secrets=MessageSecrets((), engine), speech_to_text=speech_to_text)
    return MessageIntake(
        MessageAcceptance(sequencer, opener, pipeline, voice, redeliveries=Redeliveries(store, sequencer.now), files=files, guard=bare),
        CitizenPresence(sequencer, store, opener, voice, promise=nobody, keeps=timedelta(minutes=5), standing=nobody),
        CallEvents(sequencer, opener, queue="general", recorded=nobody, phoned=nobody, talks=bare, remote=bare),
        intake_filter=intake_filter, guard=bare, proofs=NoVerification(), subject=cast("DataSubject", None), delivered=nobody,
        speech_to_text=speech_to_text)


if __name__ == "__main__":
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    uvloop.run(bare(int(sys.argv[2])) if sys.argv[1] == "bare" else hub(Path(sys.argv[2])))
