"""Answers: what a board asks of a plan, got by solving the book again with something changed.

The engine of re-solves is ``engine``; a change of the book ``variant``; rows and aims that a
question adds ``asked``; each kind of question has a file of its own, named as the kind.
"""

from .ask import Answers, answer

__all__ = ["Answers", "answer"]
