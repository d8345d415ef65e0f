"""Cleans a received page: square pixels, no black borders, no specks, straight. Pure: pictures in, pictures out."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from channels.fax.tiff import DPI, Scan

Ink = NDArray[np.bool_]
Counts = NDArray[np.uint8]
"""Of a neighbourhood, which has 16 at most."""
Stripes = NDArray[np.int32]

BORDER_DEPTH = 0.15
"""Black that reaches in from an edge is a border up to this share of the page: behind it are letters white on black."""
BORDER_INK = 8
"""Pixels: thinner black at an edge is a line somebody drew."""
CROWD = 6
"""A white pixel with more black neighbours than this is a hole."""
STEEPEST = 5.0
"""Degrees: further askew no feeder draws a sheet in."""
STRIPE = 16
"""Pixels that are summed up before they are shifted: at 5° their ends are 1.4 pixels apart."""
STEPS = (0.5, 0.1, 0.02)
"""Degrees of each search for the angle."""
CONVINCING = 1.1
"""How much sharper the lines must become to turn a page: pictures and empty pages stay as they are."""


def cleaned(scan: Scan) -> Image.Image:
    """The page in grey at DPI dots an inch, fit to be recognised."""
    ink = without_specks(without_borders(with_square_pixels(scan)))
    grey = Image.fromarray(~ink).convert("L")
    size = round(grey.width * DPI / scan.across), round(grey.height * DPI / scan.across)
    return grey.resize(size, Image.Resampling.BICUBIC).rotate(skew(ink), Image.Resampling.BICUBIC, fillcolor=255)


def with_square_pixels(scan: Scan) -> Ink:
    """As many lines an inch as there are dots in a line. Lines of standard resolution stand twice."""
    ink = ~np.asarray(scan.image)
    lines = round(len(ink) * scan.across / scan.down)
    return ink[np.arange(lines) * len(ink) // lines]


def without_borders(ink: Ink) -> Ink:
    """White where black reaches in from an edge, be it straight or a wedge."""
    solid = ink | (neighbours(ink) > CROWD)  # noise must not end a border
    rest = solid.copy()
    for turn in range(4):
        side = np.rot90(rest, turn)
        side &= ~_border(side)  # corners go with the second of their sides
    return ink & (rest | ~solid)


def _border(ink: Ink) -> Ink:
    """What is black from the top on, column by column."""
    depth = np.argmin(ink, axis=0)
    depth[ink.all(axis=0)] = len(ink)
    depth[(depth < BORDER_INK) | (depth > len(ink) * BORDER_DEPTH)] = 0
    border: Ink = np.arange(len(ink))[:, None] < depth
    return border


def without_specks(ink: Ink) -> Ink:
    """Without holes of one pixel, and without what fits into 2×2 and has nothing around: a full stop has 3×3."""
    filled = ink | (neighbours(ink) > CROWD)
    for size in (1, 2, 2):  # the small ones first: they stand around others
        inner = box(filled, 0, size)
        lonely = (inner > 0) & (box(filled, -1, size + 1) == inner)
        filled &= box(lonely, 1 - size, 1) == 0
    return filled


def neighbours(ink: Ink) -> Counts:
    """How many of the eight around a pixel are black."""
    return box(ink, -1, 2) - ink


def box(ink: Ink, start: int, stop: int) -> Counts:
    """The black pixels from `start` to before `stop` in both directions around each pixel."""
    padded = np.pad(ink, (-start, stop - 1)).astype(np.uint8)
    height, width = ink.shape
    rows = padded[:height].copy()
    for y in range(1, stop - start):
        rows += padded[y:y + height]
    counts = rows[:, :width].copy()
    for x in range(1, stop - start):
        counts += rows[:, x:x + width]
    return counts


def skew(ink: Ink) -> float:
    """By how many degrees to turn a page counter-clockwise that its lines lie level (projection profile); 0 where there are none."""
    stripes = np.add.reduceat(ink, np.arange(0, ink.shape[1], STRIPE), axis=1, dtype=np.int32).T
    angle, reach = 0.0, STEEPEST
    for step in STEPS:
        steps = round(reach / step)
        angle = max((angle + n * step for n in range(-steps, steps + 1)), key=lambda one: sharpness(stripes, one))
        reach = step
    return angle if sharpness(stripes, angle) > sharpness(stripes, 0) * CONVINCING else 0.0


def sharpness(stripes: Stripes, angle: float) -> float:
    """How much the lines of a page differ from each other if it is turned by an angle."""
    rise = np.tan(np.radians(-angle)) * STRIPE  # to the right of the middle it goes up
    height = stripes.shape[1]
    margin = int(abs(rise) * len(stripes)) + 1
    profile = np.zeros(height + 2 * margin)
    for number, stripe in enumerate(stripes):
        at = margin + round(rise * (number - len(stripes) / 2))
        profile[at:at + height] += stripe
    return float(np.square(profile[2:] - profile[:-2]).sum())  # by two, for in standard resolution lines stand twice
