"""The only place that knows a solver."""
