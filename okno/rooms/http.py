"""The HTTP server: the desk, citizens' pages, APIs, metrics."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

from aiohttp import web
from msgspec.structs import replace

from channels.tls import Certificate
from channels.web.chat import NAME as CHAT
from channels.web.handbook.pages import FOUND, HandbookPages
from channels.web.proof_pages import ProofPages
from hub.conversations.ports import Channel
from hub.desk.setup import Desk
from hub.knowledge.article import Article
from hub.telephony.ports import SoftphoneChannel
from okno.commands.access import outside
from okno.rooms.desk import Rooms, single_sign_on
from okno.rooms.intake import open311_of_rooms
from okno.serving import metrics
from okno.serving.channel_routes import Mounted
from okno.serving.heartbeat import Heartbeat
from okno.serving.http_server import redirecting, serve, web_application
from okno.serving.leadership import Leadership
from okno.serving.metrics import Metrics


async def serve_all(rooms: Rooms, desk: Desk, leading: Leadership | None, heart: Heartbeat,
                    certificates: Sequence[Certificate]) -> str:
    """Start the server; returns its address. Raises ConfigError, OSError."""
    config, stack, doors = rooms.base.config, rooms.base.stack, rooms.base.doors
    told = metrics_of(rooms, certificates, leading, heart)
    application = web_application(await routes_of(rooms, desk), told, rooms.base.store, config.listen,
                                  exchanges=wss(doors.channels), inside=leading.inside if leading else None)
    application.router.register_resource(rooms.channels.routes)
    if leading is not None:
        place = replace(config.listen, host=leading.host, port=leading.port)
        return await leading.outlasting.enter_async_context(serve(application, place, leading.key))
    certificate = doors.certificate
    address = await stack.enter_async_context(serve(application, config.listen, certificate.context if certificate else None))
    await stack.enter_async_context(redirecting(config.listen, config.desk.origin))
    return address


async def routes_of(rooms: Rooms, desk: Desk) -> list[web.AbstractRouteDef]:
    base, esia = rooms.base, rooms.citizens.esia
    sso = await single_sign_on(rooms, desk)
    open311 = open311_of_rooms(base, rooms.organisation, rooms.acting, rooms.conversations, rooms.case_work, desk.services.who)
    return [*desk.routes(), *rooms.case_work.pages.routes(), *rooms.judging.survey_pages.routes(),
            *rooms.training.certificate_pages.routes(), *rooms.robot.trial_pages.routes(), *handbook_of(rooms).routes(),
            *(rooms.programme.open_data_pages.routes() if rooms.programme.open_data_pages else ()),
            *(open311.routes() if open311 else ()), *(sso.routes() if sso else ()),
            *outside([*(ProofPages(esia, limited=base.config.limited).routes() if esia else ()),
                      *(route for each in rooms.channels.configured() if isinstance(each, Mounted) for route in each.routes())])]


def handbook_of(rooms: Rooms) -> HandbookPages:
    base, knowledge, topics = rooms.base, rooms.knowledge, rooms.knowledge.topic_tree

    async def search(text: str) -> Sequence[Article]:
        return await asyncio.wrap_future(knowledge.bot.search(text, FOUND))

    return HandbookPages(
        knowledge.editorial.handbook, lambda: knowledge.editorial.held, search, base.now,
        topic=lambda topic: topics[topic].title if topic in topics else "", place=rooms.organisation.centres.places.title,
        centre=base.config.centre.name, origin=base.config.desk.origin, chat=CHAT in base.doors.channels, limited=base.config.limited)


def metrics_of(rooms: Rooms, certificates: Sequence[Certificate], leading: Leadership | None, heart: Heartbeat) -> Metrics:
    dispatching, base = rooms.dispatching, rooms.base
    counts = {"okno_undeliverable_messages": dispatching.deliveries.unsendable, "okno_centre_transfers": dispatching.overflow.passed,
              "okno_centre_transfers_refused": dispatching.handover_receiver.refused,
              "okno_centre_transfers_returned": dispatching.handover_sender.returned}
    return Metrics(
        partial(metrics.of_store, base.store, leading.lease.term if leading else 0), partial(metrics.of_conversations, base.sequencer),
        partial(metrics.of_stalls, heart.stalls, rooms.conversations.redeliveries),
        partial(metrics.of_emergency, rooms.acting.sessions.emergency), partial(metrics.of_promises, rooms.acting.days_work.promises),
        partial(metrics.of_cases, rooms.case_work.cases.clocks), partial(metrics.of_counts, counts),
        partial(metrics.of_channels, base.doors.channels), partial(metrics.of_trunks, base.doors.channels),
        partial(metrics.of_speech, rooms.telephony.speech_to_text.queue),
        partial(metrics.of_lines, rooms.organisation.lines, dispatching.overflow.predicted_s, dispatching.wallboard.line, base.now),
        partial(metrics.of_robot, rooms.robot.talker.understood), partial(metrics.of_set_aside, rooms.intake.sifting),
        partial(metrics.of_files, rooms.conversations.quarantine), partial(metrics.of_certificates, certificates),
        partial(metrics.of_health, rooms.monitoring.channel_monitor), partial(metrics.of_programme, rooms.programme.sheet_book.overdue))


def wss(channels: Mapping[str, Channel]) -> list[str]:
    """WebSocket addresses where the desk's telephones register."""
    return [address for each in channels.values() if isinstance(each, SoftphoneChannel) for address in each.exchanges]
