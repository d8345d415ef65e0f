"""Services used by the desk for quality control."""

from typing import NamedTuple

from hub.quality.calibration_service import CalibrationService
from hub.quality.coaching_notes import CoachingNotes
from hub.quality.csat_service import CsatService
from hub.quality.reviews_service import QualityReviews
from hub.quality.sampling import Sampling


class Quality(NamedTuple):
    """Services for quality control."""

    book: QualityReviews
    sampling: Sampling
    csat_service: CsatService
    coaching_notes: CoachingNotes
    calibrating: CalibrationService
