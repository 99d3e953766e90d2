"""The exception tree, drawn, with exit codes.

```
PlanError                 1   says what to do next, in the user's words
├── WorkbookError         2   .problems: every fault, each with sheet, cell, value, need
├── LimitsError               .conflicts: limits of the book that are in the way
│   ├── InfeasibleError   3   they cannot hold together
│   └── NoPlanInTimeError 5   nothing found before the limit; the nearest plan breaks them
├── LockedError           6   a file is locked or cannot be written
├── SolverDiedError       1   the solver died before it found a plan
├── AuditError            9   the plan does not add up: nothing is published
└── StoppedError        130   stopped by hand before there was a plan
```
"""

from __future__ import annotations

from collections.abc import Sequence

from .contract.problems import Problem


class PlanError(Exception):
    """What went wrong and what to do next; ``exit_code`` is the command's."""

    exit_code = 1


class WorkbookError(PlanError):
    """The workbook cannot be used as it is; ``problems`` lists every fault and warning.

    ``unread`` lists the cells that nobody reads, where the workbook could be opened. ``name`` is
    its file's, where there are several.
    """

    exit_code = 2

    def __init__(
        self, problems: Sequence[Problem], unread: Sequence[object] = (), name: str = ""
    ) -> None:
        self.problems = list(problems)
        self.unread = list(unread)
        faults = [problem for problem in self.problems if problem.severity == "fault"]
        warnings = [problem for problem in self.problems if problem.severity != "fault"]
        super().__init__(
            f"{len(faults)} fault{'s' if len(faults) != 1 else ''} in {name or 'the workbook'}:\n"
            + "\n".join(
                [f"  {problem}" for problem in faults]
                + [f"  warning: {problem}" for problem in warnings]
            )
        )


class LimitsError(PlanError):
    """No plan, for the limits of the book; ``conflicts`` names those in the way.

    ``contradictions`` are these as they were found, none sharing a limit with another; ``tables``
    holds what is told of them by whoever can repair a book.
    """

    def __init__(self, message: str, conflicts: Sequence[dict[str, object]] = ()) -> None:
        self.conflicts = list(conflicts)
        self.contradictions: Sequence[Sequence[object]] = ()
        self.tables: dict[str, list[dict[str, object]]] = {}
        super().__init__(message)


class InfeasibleError(LimitsError):
    """No plan keeps all rules; ``conflicts`` names those that cannot hold together."""

    exit_code = 3


class NoPlanInTimeError(LimitsError):
    """The time limit came before any plan; ``conflicts`` names what the nearest one breaks."""

    exit_code = 5


class LockedError(PlanError):
    """A file is locked by someone else or cannot be written."""

    exit_code = 6


class SolverDiedError(PlanError):
    """The solver's process ended without an answer and without a plan to keep."""


class AuditError(PlanError):
    """The plan failed its independent check; nothing is published."""

    exit_code = 9

    def __init__(self, message: str, failures: Sequence[str] = ()) -> None:
        self.failures = list(failures)
        super().__init__(message)


class StoppedError(PlanError):
    """Stopped by hand before there was a plan."""

    exit_code = 130
