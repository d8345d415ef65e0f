"""Builds reviews and customer satisfaction, with the shipped card and word list."""

import tomllib
from collections.abc import Callable
from datetime import timedelta
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from hub.conversations.ports import Store
from hub.conversations.sequencer import ConversationSequencer
from hub.desk.quality.parts import Quality
from hub.notifications.opt_outs import OptOuts
from hub.quality.calibration_service import CalibrationService
from hub.quality.coaching_notes import CoachingNotes
from hub.quality.csat_service import CsatService
from hub.quality.offensive_words import OffensiveWords
from hub.quality.reviews_service import CardForm, QualityReviews
from hub.quality.sampling import Sampling
from hub.quality.scorecard import check
from okno.config import Config
from okno.lines import Centres


class ShippedCard(CardForm, frozen=True, kw_only=True, forbid_unknown_fields=True):
    key: str


def shipped_cards() -> list[tuple[str, CardForm]]:
    """The scorecards that come with the package."""
    read = msgspec.convert(_told("scorecards")["scorecard"], list[ShippedCard])
    for each in read:
        check(each.items)
    return [(each.key, CardForm(each.title, each.items, each.sources)) for each in read]


def lexicon() -> OffensiveWords:
    """Words that an operator should not say to a citizen."""
    return OffensiveWords(msgspec.convert(_told("remarks")["phrases"], list[str]))


def quality_of(config: Config, sequencer: ConversationSequencer, store: Store, opt_outs: OptOuts, centres: Centres, zone: ZoneInfo,
               masked: Callable[[str], str]) -> Quality:
    """Not started yet. `masked` removes personal data from texts."""
    settings, authorization = config.quality, centres.authorization
    book = QualityReviews(sequencer, store, authorization, appeal_days=settings.appeal_days, zone=zone, shipped=shipped_cards())
    sampling = Sampling(sequencer, store, authorization, config.queues, book, lexicon(), zone)
    csat_service = CsatService(sequencer, store, opt_outs, centre=lambda queue: authorization.line(queue).centre,
                               federal=centres.federal_policy.is_federal,
                      masked=masked, channels=settings.csat_channels, pause=timedelta(hours=settings.pause_hours),
                      least=settings.min_answers)
    return Quality(book, sampling, csat_service, CoachingNotes(sequencer, store, book, authorization, masked),
                   CalibrationService(sequencer, store, authorization, book))


def _told(name: str) -> dict[str, Any]:
    return tomllib.loads((files("okno") / "demo" / f"{name}.toml").read_text(encoding="utf8"))
