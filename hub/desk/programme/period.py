"""The days that figures of the programme may be asked for."""

from datetime import date

from hub.kernel.errors import RefusedError
from hub.kernel.ids import EPOCH

LONGEST = 366 * 3


def check_period(since: date, until: date, today: date) -> None:
    """Both days are included. Raises RefusedError."""
    if not EPOCH.date() <= since <= until <= today or (until - since).days >= LONGEST:
        raise RefusedError("bad_dates", f"Показатели есть с {EPOCH:%d.%m.%Y} по вчерашний день, не больше трёх лет сразу.")
