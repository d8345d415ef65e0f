"""D14: pages become straight and clean."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from channels.fax import pages, tiff
from channels.fax.tiff import Scan
from tests.channels.fax.paper import askew, bordered, sent, sprinkled, written

pytestmark = pytest.mark.peers


def scan(page: Image.Image, down: int = 196) -> Scan:
    return tiff.read(sent(page, down=down)).pages[0]


def ink(page: Image.Image, down: int = 196) -> pages.Ink:
    return pages.with_square_pixels(scan(page, down))


@pytest.mark.parametrize("degrees", [-5, -2.3, -0.7, -0.2, 0, 0.3, 0.7, 1.5, 3, 5])
@pytest.mark.parametrize("down", [98, 196])
def test_the_angle_is_found_to_a_tenth_of_a_degree(degrees: float, down: int) -> None:
    assert pages.skew(ink(askew(written(), degrees), down)) == pytest.approx(degrees, abs=0.1)


@pytest.mark.parametrize("degrees", [-3, 1])
def test_noise_hides_no_angle(degrees: float) -> None:
    noisy = pages.without_specks(ink(sprinkled(askew(written(), degrees), 0.05)))
    assert pages.skew(noisy) == pytest.approx(degrees, abs=0.1)


def test_what_has_no_lines_stays_as_it_is() -> None:
    assert pages.skew(np.zeros((400, 400), np.bool_)) == 0
    face = Image.new("L", (1728, 2380), 255)
    ImageDraw.Draw(face).ellipse((300, 300, 1400, 1400), fill=0)
    assert pages.skew(ink(face)) == 0


def test_a_cleaned_page_lies_level() -> None:
    again = pages.cleaned(scan(askew(written(), 2.4))).point(lambda value: 255 * (value > 127)).convert("1")
    assert pages.skew(~np.asarray(again)) == pytest.approx(0, abs=0.1)


def test_pixels_become_square() -> None:
    circle = Image.new("L", (1728, 2380), 255)
    ImageDraw.Draw(circle).ellipse((400, 400, 1000, 1000), fill=0)
    for down in (98, 196):
        rows, columns = np.nonzero(ink(circle, down))
        assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=3)
        across, down_ = (size / 300 for size in pages.cleaned(scan(circle, down)).size)
        assert (across, down_) == (pytest.approx(1728 / 204, abs=0.01), pytest.approx(2380 / 204, abs=0.05))


def test_specks_go_and_full_stops_stay() -> None:
    page = np.zeros((100, 100), np.bool_)
    for size in (1, 2, 3):
        page[size * 20:size * 20 + size, 50:50 + size] = True
    assert pages.without_specks(page).sum() == 9


def test_noise_is_taken_out() -> None:
    clean, noisy = ink(written()), ink(sprinkled(written(), 0.02))
    assert (noisy & ~clean).sum() > 20_000
    left = pages.without_specks(noisy) & ~clean
    assert left.sum() < 2_500
    assert (clean & ~pages.without_specks(noisy)).sum() < clean.sum() * 0.02


def test_black_borders_go_and_letters_stay() -> None:
    clean = ink(written())
    left = pages.without_borders(ink(bordered(written())))
    assert (left & ~clean).sum() < 1_000
    assert (clean & ~left).sum() == 0


# A heading white on black is no border.
def test_a_black_beam_across_the_page_stays() -> None:
    page = written()
    ImageDraw.Draw(page).rectangle((100, 1500, 1600, 1700), fill=0)
    assert pages.without_borders(ink(page))[1600, 200:1500].all()


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (1728, 1), (1, 2287)])
@pytest.mark.parametrize("shade", [0, 255])
def test_pages_of_any_size_are_cleaned(size: tuple[int, int], shade: int) -> None:
    assert pages.cleaned(scan(Image.new("L", size, shade))).width >= 1
