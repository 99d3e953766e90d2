"""Past quarters decided again: what came true, what each way of deciding costs on it, and why."""

from .regret import Backtest, backtest

__all__ = ["Backtest", "backtest"]
