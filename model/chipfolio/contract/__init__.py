"""The contract: every sheet and table, declared once; the checks that follow from it."""
