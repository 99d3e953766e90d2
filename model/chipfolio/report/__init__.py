"""The HTML report of a plan: one file, no network, no scripts, for mail, phone and print."""

from .page import write_report

__all__ = ["write_report"]
