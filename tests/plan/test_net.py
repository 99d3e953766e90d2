"""The net cost and its parts in one sentence: they add up as shown, and none shows nothing."""

from __future__ import annotations

import pytest

from chipfolio.plan.net import net_of

WORTH = "that what was bought is still worth at the end"


def said(**lines):
    rows = [{"scenario": "", "line": name, "discounted": value} for name, value in lines.items()]
    return net_of(rows, {"": 1.0}, "USD")


def test_the_parts_add_up_as_shown_and_what_shows_nothing_is_not_named():
    # 61.583 - 44.546 = 17.037; at one digit 61.6 - 44.5 is 17.1, and 283 USD are no 0.1 million
    text = said(chip_purchases=61_583_127.0, terminal_value=-44_546_211.0, unmet_penalty=282.7)
    assert text == f"17.037 million USD net: 61.583 paid (discounted), less 44.546 {WORTH}"
    text = said(chip_purchases=61_600_000.0, terminal_value=-44_500_000.0)
    assert text == f"17.1 million USD net: 61.6 paid (discounted), less 44.5 {WORTH}"


def test_digits_are_added_until_no_part_is_shown_otherwise_than_it_is_rounded():
    # 2.4450 + 0.2292 + 0.0114 = 2.6856; at three digits 2.445 + 0.229 + 0.011 is 2.685, not 2.686
    text = said(chip_purchases=2_445_000.0, unmet_penalty=229_200.0, rule_penalties=11_400.0)
    assert text == (
        "2.6856 million USD net: 2.4450 paid (discounted), plus 0.2292 counted for work not served, "
        "plus 0.0114 counted for rules broken at their price"
    )


def test_where_no_digits_add_up_the_largest_part_takes_the_difference():
    text = said(chip_purchases=1.3348, unmet_penalty=1.3348, deferral_cost=1.3348)
    # 4.0044: 1 + 1 + 1 is 3, not 4; 1.3 three times is 3.9, not 4.0; 1.33 is 3.99, not 4.00
    assert text == (
        "4.00 USD net: 1.34 paid (discounted), plus 1.33 counted for work not served, plus 1.33 "
        "counted for work served late"
    )


@pytest.mark.parametrize(
    ("lines", "total"),
    [
        ({"chip_purchases": 100.0, "terminal_value": -100.0}, "0 USD net: 100 paid"),
        ({"chip_purchases": 5.0e6, "terminal_value": -4.98e6}, "0.02 million USD net: 5.00 paid"),
        ({"chip_purchases": -3.0e6}, "-3.0 million USD net: -3.0 paid"),
        ({"chip_purchases": 10.4, "unmet_penalty": 10.4}, "20.8 USD net: 10.4 paid"),
    ],
)
def test_a_total_is_shown_as_nothing_only_where_it_is(lines, total):
    assert said(**lines).startswith(total)
