"""When a caller begins to speak and when they have finished. Pure.

One frame of 32 ms after the other: the probability of speech (voice_activity.py) and the level. The noise floor follows the frames
without speech, so that a steady noise that resembles speech begins no turn.
"""

from collections import deque
from enum import Enum, auto
from math import inf

FRAME_S = 0.032
PAUSE_S, COMPLETE_S, UNFINISHED_S = 0.25, 0.4, 1.2
"""Silence that is a pause, and that ends a turn whose words are a whole sentence, or any."""
SPEECH, STILL_SPEECH = 0.5, 0.35
"""Probabilities from which a turn begins, and goes on."""
WINDOW, VOICED = 4, 3
"""A turn begins where so many of the last frames are speech: 96 ms. A cough or a click is shorter, or no speech."""
LONGEST_S = 30.0
"""A turn ends here at the latest."""
ABOVE_DB = 6.0
"""Speech is so much louder than the noise."""
ECHO_DB, NO_ECHO_DB = -24.0, -40.0
"""What comes back of the robot's own voice is at most so much quieter than it (ITU-T G.131 asks for more), and on a line without echo."""
LEARNT, MARGIN_DB, PLAYED_DB = 30, 6.0, -40.0
"""Frames of a call with a played sound, from this level on, that show how loud the echo is: a second; and how much louder it may become."""
SILENT_DB, LOUD_DB = -65.0, -30.0
"""Bounds of the noise floor: a loud noise must not hide a voice."""
RISE = 0.03
"""The share of a louder frame in the noise floor."""


class Turn(Enum):
    BEGAN = auto()
    PAUSED = auto()
    ENDED = auto()


class Turns:
    """The turns of one caller."""

    def __init__(self) -> None:
        self._recent: deque[bool] = deque(maxlen=WINDOW)
        self._floor_db = SILENT_DB
        self._echo_db, self._loudest_db, self._learnt = ECHO_DB, NO_ECHO_DB - MARGIN_DB, 0
        self._frames = self._silent = 0
        """Of the current turn, and since its last speech."""
        self.speaking = self._complete = False

    @property
    def pausing(self) -> bool:
        """Whether a pause was told, and nothing was said since."""
        return self._silent * FRAME_S >= PAUSE_S

    def complete(self) -> None:
        """What was said until the current pause is a whole sentence."""
        self._complete = True

    def take(self, probability: float, level_db: float, played_db: float = -inf) -> Turn | None:
        """What this frame has changed. `played_db` is the level of what is played meanwhile."""
        above = level_db >= self._floor_db + ABOVE_DB
        if self.speaking:
            return self._speaks(voiced=above and probability >= STILL_SPEECH)
        voiced = above and probability >= SPEECH and level_db >= played_db + self._echo_db
        if probability < STILL_SPEECH:
            self._adapt(level_db)
        if played_db >= PLAYED_DB and self._learnt < LEARNT:
            self._learn(level_db - played_db)
        self._recent.append(voiced)
        if sum(self._recent) < VOICED:
            return None
        self.speaking, self._complete, self._frames, self._silent = True, False, 0, 0
        self._recent.clear()
        return Turn.BEGAN

    def _speaks(self, *, voiced: bool) -> Turn | None:
        before = self.pausing
        self._frames += 1
        self._silent = 0 if voiced else self._silent + 1
        if voiced:
            self._complete = False
        limit_s = COMPLETE_S if self._complete else UNFINISHED_S
        if self._silent * FRAME_S >= limit_s or self._frames * FRAME_S >= LONGEST_S:
            self.speaking = False
            return Turn.ENDED
        return Turn.PAUSED if self.pausing and not before else None

    def _learn(self, ratio_db: float) -> None:
        """A quiet line lets a quiet voice interrupt. Who speaks in the first second is taken for an echo, as before."""
        self._learnt, self._loudest_db = self._learnt + 1, max(self._loudest_db, ratio_db)
        if self._learnt == LEARNT:
            self._echo_db = min(ECHO_DB, self._loudest_db + MARGIN_DB)

    def _adapt(self, level_db: float) -> None:
        level = min(max(level_db, SILENT_DB), LOUD_DB)
        self._floor_db += (level - self._floor_db) * (RISE if level > self._floor_db else 1.0)
