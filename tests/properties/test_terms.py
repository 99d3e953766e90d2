"""What must be true of terms and policies in every book, tried on small ones drawn at random."""

from __future__ import annotations

import math

import pandas as pd
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from chipfolio.errors import InfeasibleError
from tests.rooms.by_hand import TWO_OFFERS, Book, book, cost

few = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.explicit, Phase.generate),
)
small = st.integers(1, 9)
BASES = st.sampled_from(["units", "spend"])


def or_never(sheets: Book) -> float:
    """The least cost of a book; infinite where it has no plan."""
    try:
        return cost(sheets)
    except InfeasibleError:
        return math.inf


def no_more_than(one: float, other: float) -> bool:
    """Whether a cost is at most another, rounding apart."""
    return one <= other + 1e-6 * max(1.0, abs(other)) if math.isfinite(other) else True


def scheme(name: str, basis: str, window: str, kind: str, tiers: list[tuple[float, float]]) -> str:
    """The rows of one discount of Nord's offer O."""
    window = "plan" if kind == "cumulative" else window
    each = 1 if basis == "units" else 100
    return "\n".join(
        f"{name}, Nord, O, {basis}, {window}, {kind}, {threshold * each}, {share}"
        for threshold, share in tiers
    )


@st.composite
def schemes(draw: st.DrawFn, name: str = "Drawn") -> str:
    """A discount with one or two tiers."""
    first, more = draw(small), draw(small)
    tiers = [(first, 0.05), (first + more, 0.15)][: draw(st.integers(1, 2))]
    kind = draw(st.sampled_from(["all_units", "incremental", "cumulative"]))
    window = draw(st.sampled_from(["period", "fiscal_year", "plan"]))
    return scheme(name, draw(BASES), window, kind, tiers)


@st.composite
def books(draw: st.DrawFn) -> dict[str, str]:
    """Two years, two offers, one workload that may stay unmet, and a discount to begin with."""
    early, later = draw(small), draw(small)
    lots = draw(st.sampled_from([0, 1, 3]))
    return {
        **TWO_OFFERS,
        "Offers": f"""
            offer, chip, seller, acquisition, price, max_order, lot_size
            O, C, Nord, buy, 100, {draw(st.integers(6, 12))}, {lots}
            P, K, Sud, buy, {100 + draw(small)}, {draw(st.integers(4, 12))}, 1
        """,
        "Workloads": "workload, unmet_penalty \n W, 300",
        "Demand": f"workload, 2027, 2028 \n W, {early}, {early + later}",
        "Discounts": HEAD + draw(schemes("Base")),
    }


HEAD = "discount, seller, offer, basis, window, kind, threshold, discount_pct\n"
MILESTONES = "deal, milestone, measure, threshold, value, kind\n"


def two_years(sheets: dict[str, str]) -> Book:
    """The book of two years, money at 10 %."""
    return book(2, {"discount_rate": "10%"}, **sheets)


@few
@given(books(), schemes())
def test_a_discount_more_never_raises_the_cost(sheets, more):
    richer = {**sheets, "Discounts": f"{sheets['Discounts']}\n{more}"}
    assert no_more_than(cost(two_years(richer)), cost(two_years(sheets)))


@few
@given(books(), small, small, BASES, st.booleans())
def test_an_optional_contract_more_never_raises_the_cost(sheets, fee, least, basis, hard):
    each = 1 if basis == "units" else 100
    contracts = f"""
        contract, seller, offer, signing, signing_fee, basis, minimum, shortfall_pct, price_cut_pct,
        Drawn, Nord, O, optional, {fee}, {basis}, {least * each}, {"" if hard else "60%"}, 8%,
    """.replace(",\n", "\n")
    assert no_more_than(
        cost(two_years({**sheets, "Contracts": contracts})), cost(two_years(sheets))
    )


@few
@given(books(), small, small)
def test_extra_supply_more_never_raises_the_cost(sheets, fee, units):
    contracts = f"""
        contract, seller, signing, signing_fee, basis, extra_supply
        Drawn, Nord, optional, {fee}, spend, {units}
    """
    assert no_more_than(
        cost(two_years({**sheets, "Contracts": contracts})), cost(two_years(sheets))
    )


@few
@given(
    books(),
    small,
    small,
    st.sampled_from(["cumulative_units", "cumulative_spend"]),
    st.sampled_from(["cash", "equity"]),
)
def test_an_optional_deal_more_never_raises_the_cost(sheets, threshold, value, measure, kind):
    level = threshold * (1 if measure == "cumulative_units" else 100)
    deal = {
        "Deals": "deal, vendor, signing \n Drawn, Nord, optional",
        "Deal_milestones": f"{MILESTONES}Drawn, One, {measure}, {level}, {value * 20}, {kind}",
    }
    assert no_more_than(cost(two_years({**sheets, **deal})), cost(two_years(sheets)))


RULES = {
    "budget": lambda tight: {
        "Budgets": f"budget, lines, limit \n Purse, capex, {900 - 100 * tight}"
    },
    "suppliers": lambda tight: {
        "Supplier_counts": f"rule, dimension, min_count \n Count, vendor, {min(tight, 2)}"
    },
    "suppliers by share": lambda tight: {
        "Supplier_counts": f"""
            rule, dimension, min_count, active_if_pct, window
            Count, vendor, 2, {5 * tight}%, plan
        """
    },
    "few suppliers": lambda tight: {
        "Supplier_counts": f"rule, dimension, max_count \n Count, vendor, {max(2 - tight, 0)}"
    },
    "custom": lambda tight: {
        "Custom_rules": f"""
            rule, quantity, dimension, member, coefficient, sense, limit
            Least, order_units, offer, P, 1, >=, {tight}
        """
    },
    "contract": lambda tight: {
        "Contracts": f"""
            contract, seller, offer, signing, basis, window, minimum
            Least, Sud, P, signed, units, fiscal_year, {tight}
        """
    },
}


@few
@given(books(), st.sampled_from(sorted(RULES)), st.integers(0, 3), st.integers(0, 3))
def test_tightening_a_rule_never_lowers_the_cost(sheets, rule, one, other):
    loose, tight = sorted((one, other))
    # a share of nothing is not a cell of the sheet
    loose, tight = (loose + 1, tight + 1) if rule == "suppliers by share" else (loose, tight)
    before = or_never(two_years({**sheets, **RULES[rule](loose)}))
    after = or_never(two_years({**sheets, **RULES[rule](tight)}))
    assert no_more_than(before, after)


SOFT = {"Budgets": 5e3, "Supplier_counts": 1e6, "Custom_rules": 1e6, "Contracts": 1e6}


@few
@given(books(), st.sampled_from(sorted(RULES)), st.integers(1, 3))
def test_a_soft_rule_at_a_huge_price_is_the_hard_rule(sheets, rule, tight):
    hard = RULES[rule](tight)
    (sheet, text), *_ = hard.items()
    lines = [line.strip() for line in text.strip().splitlines()]
    soft = {sheet: f"{lines[0]}, penalty\n" + f"{lines[1]}, {SOFT[sheet]}"}
    before = or_never(two_years({**sheets, **hard}))
    after = cost(two_years({**sheets, **soft}))
    if math.isfinite(before):
        assert abs(before - after) <= 1e-6 * before
    else:
        assert after > 5e3


@few
@given(books(), st.sampled_from(["all_units", "incremental", "cumulative"]), BASES, small)
def test_a_scheme_of_nothing_changes_nothing(sheets, kind, basis, threshold):
    idle = scheme("Idle", basis, "fiscal_year", kind, [(threshold, 0.0), (threshold + 3, 0.0)])
    more = {**sheets, "Discounts": f"{sheets['Discounts']}\n{idle}"}
    assert abs(cost(two_years(more)) - cost(two_years(sheets))) <= 1e-6


EVERYTHING = {
    "Contracts": """
        contract, seller, offer, signing, signing_fee, basis, minimum, shortfall_pct, price_cut_pct
        Frame, Nord, O, optional, 20, units, 8, 50%, 6%
        Other, Nord, , signed, , spend, 500, 30%, 2%
    """,
    "Deals": "deal, vendor, signing \n Alliance, Nord, optional \n Entry, Sud, signed",
    "Deal_milestones": MILESTONES
    + """Alliance, One, cumulative_units, 6, 40, cash
        Alliance, Two, cumulative_units, 12, 60, equity
        Entry, One, cumulative_spend, 300, 50, cash
    """,
    "Supplier_counts": """
        rule, dimension, min_count, max_count, active_if_pct, window
        Count, vendor, 1, , , plan
        Share, vendor, , 1, 70%, plan
    """,
    "Custom_rules": """
        rule, quantity, dimension, member, coefficient, sense, limit, penalty
        Mix, order_units, offer, O, 1, <=, 4, 3
        Mix, order_units, offer, P, -1, , ,
    """,
}


@few
@given(books(), schemes(), st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(sheets, more, random):
    full = two_years({**sheets, **EVERYTHING, "Discounts": f"{sheets['Discounts']}\n{more}"})
    mixed: dict[str, pd.DataFrame] = {}
    for name, table in full.items():
        places = list(range(len(table)))
        random.shuffle(places)
        mixed[name] = table.iloc[places].reset_index(drop=True)
    one, other = cost(full), cost(mixed)
    assert abs(one - other) <= 1e-6 * max(1.0, abs(one))
