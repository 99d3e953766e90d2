"""From a solved model to a checked plan."""
