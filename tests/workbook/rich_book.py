"""A small book that uses every part of the contract, as text; and the plain one beside it."""

from __future__ import annotations

import pandas as pd

PERIODS = ("2027Q1", "2027Q2", "2027Q3", "2027Q4", "2028Q1", "2028Q2")


def frame(*rows: str) -> pd.DataFrame:
    """A sheet from lines of cells: numbers where they read as such, blanks as nothing."""
    cells = [[cell(part.strip()) for part in row.split("|")] for row in rows]
    return pd.DataFrame(cells[1:], columns=[str(name) for name in cells[0]], dtype=object)


def cell(text: str) -> object:
    """A number, a text, or nothing."""
    if text == "":
        return None
    try:
        return float(text)
    except ValueError:
        return text


def plain_book() -> dict[str, pd.DataFrame]:
    """One world, two vendors, nothing optional; names that would like to be formulas."""
    return {
        "Settings": frame(
            "name | value",
            'plan_name | =HYPERLINK("http://x","y")',
            "first_period | 2027Q1",
            "periods | 6",
            "discount_rate | 0.1",
            "target_gap | 0.000001",
        ),
        "Vendors": frame("vendor | country", "=1+1 | US", "@Boreal | FI"),
        "Chips": frame(
            "chip | vendor | power_kw | life_years | value_loss_per_year | resale_pct",
            "=cmd\\|' /C calc'!A0 | =1+1 | 1.0 | 1 | 0.3 |".replace("\\|", "!"),
            ">5*? | @Boreal | 1.2 | 4 | 0.35 | 0.6",
        ),
        "Offers": frame(
            "offer | chip | seller | acquisition | price | lot_size | lead_time | term_months"
            " | price_change_per_year | pay_on_order_pct",
            "+first | =cmd!' /C calc'!A0 | =1+1 | buy | 30000 | 8 | 1 | | -0.08 | 0.2",
            "<>second | >5*? | @Boreal | buy | 20000 | 8 | 1 | | | ",
            "-cloud | =cmd!' /C calc'!A0 | =1+1 | cloud | 1800 | 4 | 0 | 6 | | ",
        ),
        "Performance": frame(
            "chip | workload | throughput | running_cost",
            "=cmd!' /C calc'!A0 | {=serve} | 1.0 | 3",
            ">5*? | {=serve} | 0.7 | 4",
        ),
        "Workloads": frame("workload | unit | unmet_penalty", "{=serve} | million tokens | 30000"),
        "Demand": frame(
            "workload | " + " | ".join(PERIODS), "{=serve} | 0 | 100 | 150 | 200 | 120 | 260"
        ),
        "Sites": frame("site | power_mw | pue | energy_price", "Texas | 1.0 | 1.1 | 60"),
    }


def rich_book() -> dict[str, pd.DataFrame]:
    """Three scenarios and every kind of term, rule and project."""
    return {
        "Settings": frame(
            "name | value",
            "plan_name | Rich",
            "currency | EUR",
            "first_period | 2027Q1",
            "periods | 6",
            "fiscal_year_start_month | 7",
            "discount_rate | 0.1",
            "cash_timing | end",
            "idle_power_pct | 0.4",
            "tail_probability | 0.3",
            "tail_weight | 0.25",
            "target_gap | 0.000001",
            "change_cost_pct | 0.05",
            "time_limit_minutes | 2",
        ),
        "Vendors": frame(
            "vendor | country | max_spend_per_fiscal_year",
            "Aster | US | 90000000",
            "Boreal | FI |",
            "Own | US |",
        ),
        "Platforms": frame("platform | efficiency_at_start", "A | 1", "B | 0.6"),
        "Chips": frame(
            "chip | vendor | platform | power_kw | life_years | value_loss_per_year | resale_pct"
            " | upkeep_per_unit_year | availability",
            "A1 | Aster | A | 1.0 | 4 | 0.3 | 0.8 | 500 | 0.95",
            "B1 | Boreal | B | 1.2 | 1 | 0.35 | | 300 | 1",
            "C1 | Own | B | 0.9 | 4 | 0.25 | | 200 | 1",
        ),
        "Offers": frame(
            "offer | chip | seller | acquisition | price | lot_size | lead_time | term_months"
            " | price_change_per_year | pay_on_order_pct | order_fee | setup_cost | programme",
            "A buy | A1 | Aster | buy | 30000 | 8 | 1 | | -0.08 | 0.2 | 20000 | 50000 |",
            "B buy | B1 | Boreal | buy | 20000 | 8 | 1 | | | | | 90000 |",
            "B lease | B1 | Boreal | lease | 900 | 4 | 0 | 9 | | | | |",
            "A cloud | A1 | Aster | cloud | 1500 | 4 | 0 | 6 | | | 1000 | |",
            "C buy | C1 | Own | buy | 9000 | 1 | 1 | | | 0.5 | | 100000 | Own chip",
        ),
        "Performance": frame(
            "chip | workload | throughput | running_cost",
            "A1 | serve | 1.0 | 5",
            "B1 | serve | 0.9 | 4",
            "C1 | serve | 1.1 | 3",
            "A1 | train | 2.0 | 0",
            "B1 | train | 1.5 | 0",
        ),
        "Workloads": frame(
            "workload | unit | unmet_penalty | max_unmet_pct | reserve_pct | defer_periods"
            " | defer_cost",
            "serve | million tokens | 30000 | 0.5 | 0.05 | |",
            "train | runs | 40000 | 1 | | 2 | 90",
        ),
        "Demand": frame(
            "workload | " + " | ".join(PERIODS),
            "serve | 40 | 100 | 150 | 200 | 220 | 260",
            "train | 10 | 10 | 60 | 20 | 20 | 20",
        ),
        "Sites": frame(
            "site | country | power_mw | pue | energy_price | hosting_cost",
            "Texas | US | 0.25 | 1.1 | 60 | 40",
            "Oulu | FI | 0.1 | 1.05 | 40 | 60",
        ),
        "Site projects": frame(
            "project | site | step_mw | max_steps | cost_per_step | lead_time | residual_pct",
            "Hall | Texas | 0.1 | 3 | 200000 | 1 | 0.7",
        ),
        "Fleet": frame(
            "chip | site | units | in_service_since | unit_cost | acquisition | until"
            " | price_per_month",
            "A1 | Texas | 40 | 2025Q3 | 28000 | buy | |",
            "B1 | Oulu | 10 | 2026Q1 | | lease | 2027Q3 | 800",
        ),
        "Committed orders": frame(
            "offer | order_period | units | site | unit_price | paid_pct",
            "A buy | 2026Q4 | 16 | Texas | 29000 |",
            "B buy | 2027Q1 | 8 | | |",
        ),
        "Programmes": frame(
            "programme | must_run | cancellation_cost | residual_pct",
            "Own chip | yes | 100000 | 0.2",
        ),
        "Programme stages": frame(
            "programme | stage | name | duration | cost | first_start",
            "Own chip | 1 | Design | 1 | 120000 | 2027Q1",
            "Own chip | 2 | Qualify | 1 | 60000 |",
        ),
        "Programme ramp": frame(
            "programme | periods_since_ready | max_units", "Own chip | 0 | 20", "Own chip | 1 | 60"
        ),
        "Software": frame(
            "project | platform | cost | duration | efficiency | mature_efficiency | mature_after"
            " | residual_pct",
            "Port B | B | 90000 | 1 | 0.8 | 1 | 2 | 0.1",
        ),
        "Discounts": frame(
            "discount | seller | offer | basis | window | kind | threshold | discount_pct",
            "Aster volume | Aster | A buy | units | fiscal_year | all_units | 16 | 0.04",
            "Aster volume | Aster | A buy | units | fiscal_year | all_units | 64 | 0.07",
            "Boreal spend | Boreal | B buy | spend | plan | incremental | 300000 | 0.05",
            "Boreal spend | Boreal | B buy | spend | plan | incremental | 900000 | 0.1",
            "Own curve | Own | C buy | units | plan | cumulative | 20 | 0.06",
        ),
        "Contracts": frame(
            "contract | seller | offer | signing | basis | window | minimum | shortfall_pct"
            " | price_cut_pct | signing_fee | requires | penalty",
            "Aster take | Aster | A cloud | signed | spend | fiscal_year | 60000 | 0.5 | | | |",
            "Boreal cut | Boreal | B lease | optional | spend | plan | 100000 | 0.3 | 0.1 | 5000"
            " | Port B |",
            "Boreal floor | Boreal | B buy | signed | spend | plan | 10000 | | | | | 0.2",
        ),
        "Deals": frame("deal | vendor | signing", "Boreal warrant | Boreal | signed"),
        "Deal milestones": frame(
            "deal | milestone | measure | threshold | value | kind | haircut_pct",
            "Boreal warrant | first | cumulative_units | 24 | 60000 | cash | 0.1",
            "Boreal warrant | second | installed_mw | 0.05 | 50000 | equity | 0.3",
            "Boreal warrant | third | cumulative_spend | 9000000 | 50000 | equity | 0.3",
        ),
        "Share rules": frame(
            "rule | dimension | member | basis | window | max_pct | min_pct | penalty | workload",
            "Cap Aster | vendor | Aster | served | period | 0.9 | | 100000 |",
            "Some Boreal | vendor | Boreal | order_spend | plan | | 0.2 | |",
            "Spread | site | Texas | units_in_service | period | 0.97 | | 500 |",
        ),
        "Supplier counts": frame(
            "rule | dimension | min_count | active_if_pct | window | penalty",
            "Two | vendor | 2 | 0.05 | plan | 900000",
        ),
        "Budgets": frame(
            "budget | lines | window | limit | penalty",
            "Capital | capex | fiscal_year | 2500000 | 0.1",
            "Power bill | energy, hosting | plan | 9000000 |",
        ),
        "Custom rules": frame(
            "rule | quantity | dimension | member | coefficient | sense | limit | penalty",
            "Own volume | order_units | programme | Own chip | 1 | >= | 30 | 2000",
        ),
        "Scenarios": frame(
            "scenario | probability | branches_from | branch_period",
            "base | 0.5 | |",
            "boom | 0.3 | base | 2027Q3",
            "late | 0.2 | base | 2027Q3",
        ),
        "Scenario changes": frame(
            "scenario | sheet | item | column | operation | value",
            "boom | Demand | all | | multiply | 1.3",
            "boom | Offers | A buy | price | multiply | 1.1",
            "boom | Sites | all | energy_price | multiply | 1.5",
            "late | Offers | B buy | lead_time | add | 1",
            "late | Programme stages | Own chip / 2 | duration | add | 1",
        ),
        "Previous plan": frame(
            "offer | order_period | units", "A buy | 2027Q1 | 16", "B buy | 2027Q2 | 24"
        ),
    }
