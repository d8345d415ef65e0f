"""When a centre is overloaded, and when it is so no more (D9). Pure."""

from msgspec import Struct


class OverloadThresholds(Struct, frozen=True, forbid_unknown_fields=True):
    """D9, for one centre. Raises ValueError where a lower threshold is not lower."""

    wait_on_s: float = 20.0
    wait_off_s: float = 10.0
    occupancy_on: float = 0.90
    occupancy_off: float = 0.80
    lasting_s: float = 60.0
    """How long the occupancy must be above its threshold, and both below theirs before the overload ends."""

    def __post_init__(self) -> None:
        if not (0 <= self.wait_off_s < self.wait_on_s and 0 <= self.occupancy_off < self.occupancy_on <= 1 and self.lasting_s >= 0):
            message = "an overload must end lower than it begins"
            raise ValueError(message)
