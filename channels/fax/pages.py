"""Cleans a received page: square pixels, no black borders, no specks, straight. Pure: pictures in, pictures out."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from channels.fax.tiff import DPI, Scan

Ink = NDArray[np.bool_]
Counts = NDArray[np.uint8]
"""Counts in a neighbourhood, 16 at most."""
Stripes = NDArray[np.int32]

BORDER_DEPTH = 0.15
"""Maximum depth of a black border, as a share of the page: deeper black is white lettering on black."""
BORDER_INK = 8
"""Pixels: thinner black at an edge is a drawn line."""
CROWD = 6
"""A white pixel with more black neighbours than this is a hole."""
STEEPEST = 5.0
"""Degrees: the maximum skew of a feeder."""
STRIPE = 16
"""Width in pixels of stripes that are summed before the shift: at 5° their ends are 1.4 pixels apart."""
STEPS = (0.5, 0.1, 0.02)
"""Step in degrees of each search for the angle."""
CONVINCING = 1.1
"""Minimum gain in sharpness to rotate a page: pictures and empty pages stay unchanged."""


def cleaned(scan: Scan) -> Image.Image:
    """The page in grey at DPI dots an inch, ready for recognition."""
    ink = without_specks(without_borders(with_square_pixels(scan)))
    grey = Image.fromarray(~ink).convert("L")
    size = round(grey.width * DPI / scan.across), round(grey.height * DPI / scan.across)
    return grey.resize(size, Image.Resampling.BICUBIC).rotate(skew(ink), Image.Resampling.BICUBIC, fillcolor=255)


def with_square_pixels(scan: Scan) -> Ink:
    """Equal resolution in both directions. Lines of standard resolution are doubled."""
    ink = ~np.asarray(scan.image)
    lines = round(len(ink) * scan.across / scan.down)
    return ink[np.arange(lines) * len(ink) // lines]


def without_borders(ink: Ink) -> Ink:
    """Removes black borders, straight or wedge-shaped."""
    solid = ink | (neighbours(ink) > CROWD)  # noise must not end a border
    rest = solid.copy()
    for turn in range(4):
        side = np.rot90(rest, turn)
        side &= ~_border(side)  # corners belong to the second of their sides
    return ink & (rest | ~solid)


def _border(ink: Ink) -> Ink:
    """Black from the top edge on, column by column."""
    depth = np.argmin(ink, axis=0)
    depth[ink.all(axis=0)] = len(ink)
    depth[(depth < BORDER_INK) | (depth > len(ink) * BORDER_DEPTH)] = 0
    border: Ink = np.arange(len(ink))[:, None] < depth
    return border


def without_specks(ink: Ink) -> Ink:
    """Removes holes of one pixel, and isolated specks within 2×2: a full stop has 3×3."""
    filled = ink | (neighbours(ink) > CROWD)
    for size in (1, 2, 2):  # small ones first: they surround others
        inner = box(filled, 0, size)
        lonely = (inner > 0) & (box(filled, -1, size + 1) == inner)
        filled &= box(lonely, 1 - size, 1) == 0
    return filled


def neighbours(ink: Ink) -> Counts:
    """The number of black neighbours of each pixel."""
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
    """Degrees to rotate a page counter-clockwise for level lines (projection profile); 0 without lines."""
    stripes = np.add.reduceat(ink, np.arange(0, ink.shape[1], STRIPE), axis=1, dtype=np.int32).T
    angle, reach = 0.0, STEEPEST
    for step in STEPS:
        steps = round(reach / step)
        angle = max((angle + n * step for n in range(-steps, steps + 1)), key=lambda one: sharpness(stripes, one))
        reach = step
    return angle if sharpness(stripes, angle) > sharpness(stripes, 0) * CONVINCING else 0.0


def sharpness(stripes: Stripes, angle: float) -> float:
    """Contrast between the lines of a page rotated by an angle."""
    rise = np.tan(np.radians(-angle)) * STRIPE  # to the right of the middle it goes up
    height = stripes.shape[1]
    margin = int(abs(rise) * len(stripes)) + 1
    profile = np.zeros(height + 2 * margin)
    for number, stripe in enumerate(stripes):
        at = margin + round(rise * (number - len(stripes) / 2))
        profile[at:at + height] += stripe
    return float(np.square(profile[2:] - profile[:-2]).sum())  # by two, for in standard resolution lines stand twice
