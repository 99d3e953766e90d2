"""An example of every verb, as its help shows it."""

from __future__ import annotations

import click

EXAMPLES = {
    "template": "chipfolio template my_lab.xlsx --blank",
    "check": "chipfolio check my_lab.xlsx",
    "solve": "chipfolio solve my_lab.xlsx --html --gap 0.005",
    "verify": "chipfolio verify reports/my_lab-plan.xlsx",
    "answer": "chipfolio answer my_lab.xlsx --minutes 20",
    "ask": "chipfolio ask my_lab.xlsx --json -",
    "explain": 'chipfolio explain my_lab.xlsx --why "MI455X purchase 2027Q4 14400"',
    "alternatives": "chipfolio alternatives my_lab.xlsx --within 1%",
    "frontier": 'chipfolio frontier my_lab.xlsx --rule "Two sources" --from 0.5 --to 0.9 --steps 5',
    "roll": "chipfolio roll my_lab.xlsx reports/my_lab-plan.xlsx --to 2027Q2",
    "diff": "chipfolio diff my_lab.xlsx my_lab-2.xlsx",
    "compare": "chipfolio compare reports/my_lab-plan.xlsx reports/my_lab-2027Q2-plan.xlsx",
    "history": "chipfolio history my_lab.xlsx",
    "watch": "chipfolio watch plans --out reports",
    "desk": "chipfolio desk plans",
    "backtest": "chipfolio backtest q1.xlsx q2.xlsx q3.xlsx",
    "migrate": "chipfolio migrate old_lab.xlsx --out my_lab.xlsx",
}
"""What somebody would type, by verb."""


class Verb(click.Command):
    """A verb whose help ends with an example."""

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        """The example, then what else is said."""
        example = EXAMPLES.get(self.name or "")
        if example:
            with formatter.section("Example"):
                formatter.write_text(example)
        super().format_epilog(context, formatter)
