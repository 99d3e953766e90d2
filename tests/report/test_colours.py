"""Chips of one vendor are told apart: shades of its colour, none near to another."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from chipfolio.report.colours import Colours
from chipfolio.workbook.planbook.looks import PALETTE

STEP = 7.0
"""How far two neighbouring shades lie apart at least, in the CIE's lightness from 0 to 100."""


def lightness(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 116 * luminance ** (1 / 3) - 16


def lean(colour: str, base: str) -> set[float]:
    """How far each part of a colour lies on the way to white, or to black below 0."""
    pairs = [(int(c[at : at + 2], 16), int(b[at : at + 2], 16)) for c, b in [(colour, base)] for at in (1, 3, 5)]  # fmt: skip
    light = lightness(colour) > lightness(base)
    ends = [(c, b, 255 - b if light else b) for c, b in pairs]
    return {round((c - b) / room, 1) for c, b, room in ends if room > 20}


def colours_of(**chips: int) -> tuple[dict[str, str], Colours]:
    """Colours of so many chips by vendor."""
    rows = [{"chip": f"{v}{n}", "vendor": v} for v, many in chips.items() for n in range(many)]
    book = SimpleNamespace(names=lambda _: list(chips), rows=lambda _: rows)
    colours = Colours(book)
    return colours.chips([row["chip"] for row in rows]), colours


@pytest.mark.parametrize("many", [2, 3, 4, 5])
@pytest.mark.parametrize("at", range(len(PALETTE)))
def test_shades_of_one_vendor_go_from_light_to_dark_and_are_told_apart(at, many):
    chips = {f"V{n}": many if n == at else 1 for n in range(len(PALETTE))}
    found, colours = colours_of(**chips)
    mine = [found[f"V{at}{n}"] for n in range(many)]
    steps = [lightness(mine[n]) - lightness(mine[n + 1]) for n in range(many - 1)]
    assert min(steps) >= STEP, (mine, steps)
    for colour in mine:  # mixed with white or black alone: the vendor's colour all the same
        leans = lean(colour, colours.vendors[f"V{at}"])
        assert max(leans) - min(leans) <= 0.1 + 1e-9, colour


def test_a_vendors_only_chip_has_the_vendors_own_colour():
    found, colours = colours_of(Nord=1, Sud=3)
    assert found["Nord0"] == colours.vendors["Nord"]
    assert len(set(found.values())) == 4
    assert colours.of("vendor", ["Nord", "Elsewhere"])["Elsewhere"] not in found.values()


def test_a_chip_that_is_not_shown_takes_no_shade():
    rows = [{"chip": name, "vendor": "V"} for name in ("A", "B", "C")]
    book = SimpleNamespace(names=lambda _: ["V"], rows=lambda _: rows)
    two = Colours(book).chips(["A", "C"])
    assert list(two) == ["A", "C"]
    assert lightness(two["A"]) - lightness(two["C"]) > lightness(
        Colours(book).chips(["A", "B", "C"])["A"]
    ) - lightness(Colours(book).chips(["A", "B", "C"])["B"])
