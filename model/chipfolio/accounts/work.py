"""Unit cost and utilisation: what the units do, and what the work costs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from ..contract.statement import COSTS, IDLE, PLACED, UNALLOCATED
from .journal import Journal, Place
from .records import SOME, Records
from .statements import NOTHING, is_some, lines_shown

Shares = dict[tuple[Place, int], list[tuple[str, float]]]


def busy(records: Records) -> dict[tuple[Place, int], dict[str, list[float]]]:
    """Units used and kept ready at a place in a period, by workload."""
    found: dict[tuple[Place, int], dict[str, list[float]]] = defaultdict(dict)
    for shown in records.rows("Usage"):
        place = (str(shown["chip"]), str(shown["site"] or ""))
        at = records.at(shown["period"]) or 0
        units = found[place, at].setdefault(str(shown["workload"]), [0.0, 0.0])
        units[0] += float(shown["units"])  # type: ignore[arg-type]
        units[1] += float(shown["ready"])  # type: ignore[arg-type]
    return found


def shares(records: Records) -> Shares:
    """To whom the cost of a place belongs in a period: workloads, and what is left is idle."""
    work = busy(records)
    found: Shares = {}
    for place, path in records.usable.items():
        for at, usable in path.items():
            if usable > SOME:
                parts = [(w, sum(units) / usable) for w, units in work[place, at].items()]
                left = 1.0 - sum(share for _, share in parts)
                found[place, at] = [*parts, (IDLE, left)]
    return found


def places_of(records: Records) -> dict[tuple[str, int], list[tuple[Place, float]]]:
    """Where a chip's units stand in a period, as shares of them."""
    found: dict[tuple[str, int], list[tuple[Place, float]]] = defaultdict(list)
    whole: dict[tuple[str, int], float] = defaultdict(float)
    for place, path in records.by_place.items():
        for at, units in path.items():
            if units > SOME:
                found[place[0], at].append((place, units))
                whole[place[0], at] += units
    return {
        key: [(place, units / whole[key]) for place, units in parts] for key, parts in found.items()
    }


def unit_cost(records: Records, journal: Journal) -> Iterator[dict[str, object]]:
    """Cost of each workload by line and fiscal year, what idles, and what belongs to no chip."""
    calendar, to_whom, where = records.calendar, shares(records), places_of(records)

    def bearers(line: str, place: Place, at: int) -> list[tuple[str, float]]:
        """Whose a cost is, by shares."""
        if line == "running":
            return [(place[1], 1.0)]
        if line not in PLACED or not place[0]:
            return [(UNALLOCATED, 1.0)]
        if line not in ("depreciation_setup", "order_fees"):
            return to_whom.get((place, at), [(UNALLOCATED, 1.0)])
        return [
            (whom, part * share)
            for one, part in where.get((place[0], at), ())
            for whom, share in to_whom.get((one, at), [(UNALLOCATED, 1.0)])
        ] or [(UNALLOCATED, 1.0)]

    found: dict[tuple[str, str, str], float] = defaultdict(float)
    for (line, place), path in journal.costs.items():
        for at, amount in path.items():
            for whom, share in bearers(line, place, at):
                found[calendar.fiscal_year(at), whom, line] += amount * share
    served: dict[tuple[str, str], float] = defaultdict(float)
    for shown in records.rows("Usage"):
        year = calendar.fiscal_year(records.at(shown["period"]) or 0)
        served[year, str(shown["workload"])] += float(shown["served"])  # type: ignore[arg-type]
    workloads = records.world.by_name("Workloads")
    had = {(whom, line) for (_, whom, line), amount in found.items() if is_some(amount)}
    always = lines_shown(records, journal, set())
    had |= {(UNALLOCATED, line) for line in always if line not in PLACED}
    had |= {
        (whom, line)
        for (line, place), periods in journal.possible.items()
        for at in periods
        for whom, share in bearers(line, place, at)
        if is_some(share)
    }
    for year in dict.fromkeys(map(calendar.fiscal_year, range(records.count))):
        for whom in (*map(str, workloads), IDLE, UNALLOCATED):
            work = served[year, whom] if whom in workloads else None
            tokens = workloads[whom]["million_tokens"] if whom in workloads else None
            for line in COSTS:
                if (whom, line) not in had:
                    continue
                amount = found[year, whom, line]
                yield {
                    "workload": whom,
                    "fiscal_year": year,
                    "served": work,
                    "line": line,
                    "amount": amount,
                    "per_unit": amount / work if work else None,
                    "per_million_tokens": amount / work / tokens if work and tokens else None,
                }


def utilisation(records: Records) -> Iterator[dict[str, object]]:
    """Units in service, used, kept ready, idle and out, by chip, site and period."""
    work = busy(records)
    for place, path in records.by_place.items():
        for at in sorted(path):
            units = path[at]
            if units <= NOTHING:
                continue
            used, ready = (sum(two[kind] for two in work[place, at].values()) for kind in (0, 1))
            usable = records.usable[place][at]
            yield {
                "chip": place[0],
                "site": place[1],
                "period": records.calendar.label(at),
                "in_service": units,
                "used": used,
                "ready": ready,
                "idle": usable - used - ready,
                "out": units - usable,
            }
