"""The command line: thin, one module for each group of verbs. Heavy imports wait for their verb."""

from __future__ import annotations

import signal
import sys

import click

from .asked import ask
from .asking import alternatives, answer, explain, frontier
from .backtesting import backtest
from .base import cli
from .books import check, template
from .comparing import compare
from .history import history
from .quarters import diff, migrate, roll
from .solving import solve, verify
from .watching import desk, watch

__all__ = [
    "ask",
    "desk",
    "alternatives",
    "answer",
    "backtest",
    "check",
    "cli",
    "compare",
    "diff",
    "explain",
    "frontier",
    "history",
    "main",
    "migrate",
    "roll",
    "solve",
    "template",
    "verify",
    "watch",
]


def main() -> None:
    """Run a verb; every foreseen failure is a sentence and an exit code, never a traceback."""
    from ..errors import PlanError

    received: list[int] = []

    def terminate(number: int, _frame: object) -> None:
        received.append(number)
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, terminate)
    try:
        cli(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        sys.exit(stopped_by(received))
    except PlanError as error:
        click.echo(str(error), err=True)
        sys.exit(error.exit_code if error.exit_code != 130 else stopped_by(received))
    except SystemExit as ending:
        sys.exit(stopped_by(received) if ending.code == 130 else ending.code)


def stopped_by(received: list[int]) -> int:
    """130 after Ctrl-C, 143 after a request to terminate."""
    return 128 + (received[0] if received else signal.SIGINT)
