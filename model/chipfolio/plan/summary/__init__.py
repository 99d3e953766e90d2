"""The page a board reads first, made of the plan's tables."""

from ..words import listed
from .lines import NEXT_PERIODS, SHORT
from .page import summarise

__all__ = ["NEXT_PERIODS", "SHORT", "listed", "summarise"]
