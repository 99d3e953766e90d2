"""Two plans side by side: the bridge from the cost of one to that of the other, in steps."""

from .sides import Side, side_of
from .telling import Comparison, compare

__all__ = ["Comparison", "Side", "compare", "side_of"]
