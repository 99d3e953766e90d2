"""The model: one room per business concept, joined by whole.py."""
