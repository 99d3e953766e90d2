"""The checks: from cells as a reader found them to checked tables, every fault in one pass."""
