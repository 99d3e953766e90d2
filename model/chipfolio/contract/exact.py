"""When two amounts are the same (contract §3.7): to the cent below a billion, else to 1e-9 of it.

Tiers, price breaks, milestones and minimums begin at a threshold, and a hair under it is under it.
What is a hair, and what is the rounding of a computer, is said here once.
"""

from __future__ import annotations

HALF_A_CENT = 0.005
LARGE = 1e9
"""Money from which cents are less than what a computer keeps of a long sum."""
SHARE = 1e-9
"""Share of a large amount of money, or of any number of units, that is rounding."""
RESIDUE = 1e-13
"""Share of the larger of two numbers that rounding may leave where they cancel out."""
LAST_DIGITS = 1e-12
"""Share of an amount that a sum of floats may be off."""


def rounding(amount: float, money: bool) -> float:
    """What an amount may differ from this one by and still be the same, in its own unit."""
    if money and abs(amount) < LARGE:
        return HALF_A_CENT
    return SHARE * max(1.0, abs(amount))


def reaches(amount: float, threshold: float, money: bool) -> bool:
    """Whether an amount comes to a threshold."""
    return amount >= threshold - rounding(threshold, money)


def missed(amount: float, of: float) -> float:
    """What a limit ``of`` is missed by: the amount, or 0 where that is a float's last digits."""
    return amount if amount > LAST_DIGITS * max(1.0, abs(of)) else 0.0


def summed(one: float, other: float) -> float:
    """The sum of two numbers, or 0 where it is only what rounding leaves of them.

    A coefficient of 1e-17 beside others near 1 means nothing; but whoever scales a program by its
    smallest coefficient brings that one near 1, and all the others far from it.
    """
    total = one + other
    return total if abs(total) > RESIDUE * max(abs(one), abs(other)) else 0.0
