"""What the terminal says of risk and of draws: the figures of their tables, intervals as such."""

from __future__ import annotations

from chipfolio.cli.telling import between, draw_lines, risk_lines


def row(measure, value, low=None, high=None, scenario="", text=""):
    return {"measure": measure, "scenario": scenario, "value": value, "low": low, "high": high,
            "text": text}  # fmt: skip


def test_what_risk_comes_to_is_said():
    rows = [
        row("expected cost", 10_000_000.0),
        row("worst case", 12_500_000.0, scenario="Boom"),
        row("perfect information", 300_000.0, 0.0, 400_000.0),
        row("stochastic solution", None, text="plan for the mean: not known"),
        row("insurance premium", 50_000.0, 40_000.0, 60_000.0),
        row("insurance buys", 70_000.0, 70_000.0, 70_000.0),
    ]
    assert list(risk_lines({"Risk": rows}, "EUR")) == [
        "risk: the dearest scenario is Boom, 12.5 million EUR, 2.5 million more than the mean "
        "(see Risk)",
        "risk: knowing from the start which scenario comes would be worth less than 400,000 EUR",
        "risk: plan for the mean: not known",
        "risk: hedging against the tail costs, in the mean, 40,000 to 60,000 EUR",
        "risk: and makes the tail cheaper by 70,000 EUR",
    ]
    assert list(risk_lines({}, "EUR")) == []


def test_an_end_that_is_not_known_is_not_told():
    assert between(None, 5.0) == "at most 5"
    assert between(5.0, None) == "at least 5"
    assert between(0.0, 0.0) == "0"


def test_what_draws_come_to_is_said():
    rows = [
        {"measure": "total", "samples": 200, "p5": 1.0e6, "p50": 1.5e6, "p95": 2.0e6},
        {"measure": "cash", "samples": 200, "p5": 1.0, "p50": 1.5, "p95": 2.0},
    ]
    assert list(draw_lines({"Monte Carlo": rows}, "EUR")) == [
        "draws: of 200, half cost more than 1.5 million EUR, nine in ten between 1.0 million and "
        "2.0 million EUR"
    ]
