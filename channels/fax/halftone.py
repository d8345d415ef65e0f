"""Converts grey pictures to black and white: letters stay sharp, photographs become dots."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

DARKEST, LIGHTEST = 40, 235
"""Values between are grey."""
SMOOTH = 90
"""Grey that differs less from its surroundings belongs to a photograph; at the edge of a letter it differs more."""
HALF = 140
"""Slightly more than half: thin strokes stay intact."""
REACH = 2
"""Pixels, the width of a letter's grey edge."""
BLOCK = 32
"""Pixels: 4 mm."""
SHARE = 0.2
"""Share of smooth grey that makes a block part of a photograph."""


def black_and_white(page: Image.Image) -> Image.Image:
    """Photographs dithered (Floyd and Steinberg), the rest by threshold."""
    sharp = page.point(lambda value: 255 * (value > HALF)).convert("1")
    photographs = pictured(page)
    if not photographs.any():
        return sharp
    return Image.composite(page.convert("1"), sharp, Image.fromarray(photographs).convert("1"))


def pictured(page: Image.Image) -> NDArray[np.bool_]:
    """Mask of photographs, in whole blocks."""
    grey = np.asarray(page)
    change = around(grey, np.maximum) - around(grey, np.minimum)
    smooth = (grey > DARKEST) & (grey < LIGHTEST) & (change < SMOOTH)
    height, width = (-(-side // BLOCK) * BLOCK for side in smooth.shape)
    padded = np.zeros((height, width), np.bool_)
    padded[:smooth.shape[0], :smooth.shape[1]] = smooth
    blocks = padded.reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(1, 3)) > SHARE
    whole: NDArray[np.bool_] = np.repeat(np.repeat(blocks, BLOCK, axis=0), BLOCK, axis=1)[:smooth.shape[0], :smooth.shape[1]]
    return whole


def around(grey: NDArray[np.uint8], extreme: np.ufunc) -> NDArray[np.uint8]:
    """The lightest or the darkest of the 5×5 around each pixel."""
    height, width = grey.shape
    padded = np.pad(grey, REACH, mode="edge")
    rows = extreme.reduce([padded[y:y + height] for y in range(2 * REACH + 1)])
    whole: NDArray[np.uint8] = extreme.reduce([rows[:, x:x + width] for x in range(2 * REACH + 1)])
    return whole
