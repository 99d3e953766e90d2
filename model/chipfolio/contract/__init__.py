"""The contract: every sheet and table, declared once."""
