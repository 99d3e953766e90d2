"""Runs: each has a folder of its own, made whole or not at all; one plan stands published.

```
DIR/my_lab-plan.xlsx               the plan that stands published, swapped in one step
DIR/runs/000012-my_lab/            one run: the input as read, plan, report, JSON, solver log
DIR/runs/000012-my_lab/manifest.json
```

The folders are the truth. An index of them (SQLite, in the user's cache) only makes them quick to
search; it mends itself, and losing it loses nothing.
"""
