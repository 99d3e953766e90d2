"""Seeded books of any size, drawn from the sample lab and as contested: demand near supply.

Offers, chips, workloads and sites of the sample are copied until there are enough of each, every
copy with its own prices, speeds and powers; what all copies together can supply, and what is
asked of them, stays in the sample's proportion. A plan of more or fewer periods stretches the
sample's dates. No demand must be met at any price, so that every draw has a plan.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path

import numpy as np
import pandas as pd

from chipfolio.workbook.folder import frames_from

INPUTS = Path(__file__).parents[2] / "inputs"
SAMPLE = INPUTS / "frontier_lab"
SHIPPED = {"quickstart": INPUTS / "quickstart.xlsx", "sample": INPUTS / "frontier_lab.xlsx"}
SPREAD = 0.12
"""A copy's price, speed and power differ from the sample's by at most this share."""
FEATURES = {
    "discounts": ("Discounts",),
    "contracts": ("Contracts",),
    "deals": ("Deals", "Deal milestones"),
    "shares": ("Share rules",),
    "counts": ("Supplier counts",),
    "budgets": ("Budgets",),
    "own rules": ("Custom rules",),
    "software": ("Software",),
    "building": ("Site projects",),
}
"""Sheets that come and go together."""
Rows = list[dict[str, object]]


@dataclass(frozen=True)
class Size:
    """How large a book is, and what share of the features it has."""

    offers: int
    periods: int
    workloads: int
    sites: int
    programmes: int = 2
    worlds: int = 1
    features: float = 1.0

    def with_worlds(self, worlds: int) -> Size:
        """The same with so many worlds."""
        return replace(self, worlds=worlds)


SIZES = {
    "tiny": Size(4, 8, 2, 1, 0, features=0.5),
    "small": Size(8, 12, 3, 2, 1),
    "standard": Size(12, 20, 4, 3, 2),
    "large": Size(24, 28, 8, 6, 3),
    "largest": Size(40, 40, 12, 10, 3),
}


def book(size: Size, seed: int = 1) -> dict[str, pd.DataFrame]:
    """Frames by sheet of one instance; equal size, seed and sample give equal frames."""
    made = Draw(size, seed).sheets()
    return {name: pd.DataFrame(rows) for name, rows in made.items() if rows}


def named(name: str, copy: int) -> str:
    """Name of a copy; the first keeps the sample's."""
    return name if copy == 0 else f"{name} {copy + 1}"


class Draw:
    """One instance in the making."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size, self.random = size, np.random.default_rng(seed)
        frames = frames_from(SAMPLE)
        self.sample: dict[str, Rows] = {
            name: frame.drop(columns=["note", "source"], errors="ignore").to_dict("records")
            for name, frame in frames.items()
        }
        settings = {row["name"]: row["value"] for row in self.sample["Settings"]}
        self.first_year = int(str(settings["first_period"])[:4])
        self.sample_periods = int(settings["periods"])
        self.quarters = [self.label(at) for at in range(size.periods)]
        self.offers = self.cast()
        self.share = self.worth(self.offers) / self.worth([(row, 0) for row in self.rows("Offers")])
        """Of all that the sample can supply, what the offers cast can; all else is cut to it."""
        self.copies = {
            row["offer"]: sum(other is row for other, _ in self.offers)
            for row in self.rows("Offers")
        }
        longer = max(size.periods - self.sample_periods, 0) / size.periods
        self.pace = self.sample_periods / size.periods * (1.0 + longer)
        """Supply of a period, as a share of the sample's: more periods have less each."""

    def rows(self, sheet: str) -> Rows:
        """Rows of a sheet of the sample."""
        return self.sample.get(sheet, [])

    def near(self, value: float) -> float:
        """A value a little off, in four figures."""
        off = value * self.random.uniform(1.0 - SPREAD, 1.0 + SPREAD)
        return float(f"{off:.4g}")

    # ---------------------------------------------------------------------------------- calendar
    def label(self, at: int) -> str:
        """Label of a period."""
        return f"{self.first_year + at // 4}Q{at % 4 + 1}"

    def when(self, label: object) -> object:
        """A date of the sample in the stretched plan; dates before it stay."""
        if label is None:
            return None
        at = (int(str(label)[:4]) - self.first_year) * 4 + int(str(label)[-1]) - 1
        return label if at < 0 else self.label(at * self.size.periods // self.sample_periods)

    def path(self, row: dict[str, object], factor: float) -> dict[str, float]:
        """A path over the sample's periods, stretched, times a factor."""
        known = [row[self.label(at)] for at in range(self.sample_periods)]
        places = np.arange(self.size.periods) * self.sample_periods / self.size.periods
        return {
            quarter: float(round(value * factor, 1))
            for quarter, value in zip(
                self.quarters, np.interp(places, np.arange(len(known)), known), strict=True
            )
        }

    # -------------------------------------------------------------------------------------- cast
    def cast(self) -> list[tuple[dict, int]]:
        """The offers, each a row of the sample and the number of its copy: a mix at any size."""
        own = [row for row in self.rows("Offers") if row["programme"]][: self.size.programmes]
        groups: dict[tuple, Rows] = {}
        for row in self.rows("Offers"):
            if not row["programme"]:
                groups.setdefault((row["acquisition"], row["seller"]), []).append(row)
        mixed = [row for turn in zip_longest(*groups.values()) for row in turn if row]
        wanted = self.size.offers - len(own)
        pool = [(mixed[n % len(mixed)], n // len(mixed)) for n in range(wanted)]
        return pool + [(row, 0) for row in own]

    def worth(self, offers: list[tuple[dict, int]]) -> float:
        """Work that offers of the sample can bring, roughly: each once, whatever its copies."""
        speed: dict[str, list[float]] = {}
        for row in self.rows("Performance"):
            speed.setdefault(row["chip"], []).append(row["throughput"])
        paths = {row["item"]: row for row in self.rows("Timeline") if row["column"] == "max_order"}
        total = 0.0
        for row in {offer["offer"]: offer for offer, _ in offers}.values():
            count = self.sample_periods
            units = (row["max_order"] or 0.0) * count
            if row["offer"] in paths:
                units = sum(paths[row["offer"]][self.label(at)] for at in range(count))
            if row["programme"]:
                ramp = [
                    r for r in self.rows("Programme ramp") if r["programme"] == row["programme"]
                ]
                units = sum(r["max_units"] for r in ramp) * 2
            units = min(units, row["max_in_service"] or units)
            total += units * float(np.mean(speed[row["chip"]]))
        return total

    # ------------------------------------------------------------------------------------ sheets
    def sheets(self) -> dict[str, Rows]:
        """All sheets of the instance."""
        chips = self.chips()
        works, sites = self.workloads(), self.sites()
        made = {
            "Settings": self.settings(),
            "Vendors": self.rows("Vendors"),
            "Platforms": self.rows("Platforms"),
            "Chips": chips,
            "Offers": [self.offer(*cast) for cast in self.offers],
            "Performance": self.performance(chips),
            **works,
            **sites,
            **self.programmes(),
            "Timeline": self.timeline(),
            "Fleet": self.fleet(chips),
            "Committed orders": self.committed(),
            **self.terms(),
            **self.rules(),
        }
        made = self.featured(made)
        made = {name: [clean(row) for row in rows] for name, rows in made.items()}
        return {**known(made), **self.worlds()}

    def featured(self, made: dict[str, Rows]) -> dict[str, Rows]:
        """The sheets without those of features that are off."""
        names = list(self.random.permutation(list(FEATURES)))
        off = names[round(self.size.features * len(names)) :]
        gone = {sheet for name in off for sheet in FEATURES[name]}
        return {name: rows for name, rows in made.items() if name not in gone}

    def settings(self) -> Rows:
        """The sample's settings over the periods asked for."""
        changed = {"periods": self.size.periods, "plan_name": "A drawn instance"}
        return [
            {**row, "value": changed.get(row["name"], row["value"])}
            for row in self.rows("Settings")
        ]

    def chips(self) -> Rows:
        """A chip for each copy of an offer's chip, and those of today's fleet."""
        wanted = {(row["chip"], copy) for row, copy in self.offers}
        wanted |= {(row["chip"], 0) for row in self.rows("Fleet")}
        return [
            {**row, "chip": named(row["chip"], copy), "power_kw": self.near(row["power_kw"])}
            for copy in range(max(copy for _, copy in wanted) + 1)
            for row in self.rows("Chips")
            if (row["chip"], copy) in wanted
        ]

    def offer(self, row: dict, copy: int) -> dict:
        """A copy of an offer, with its share of the supply in lots of its share."""
        part = 1.0 / self.copies[row["offer"]]
        most, serve = row["max_order"], row["max_in_service"]
        lot = round(row["lot_size"] * part)
        most = None if most is None else round(most * part * self.pace)
        return {
            **row,
            "offer": named(row["offer"], copy),
            "chip": named(row["chip"], copy),
            "price": self.near(row["price"]),
            "first_order": self.when(row["first_order"]),
            "last_order": self.when(row["last_order"]),
            "lot_size": lot,
            "max_order": most // lot * lot if lot and most is not None else most,
            "max_in_service": None if serve is None else round(serve * part),
        }

    def timeline(self) -> Rows:
        """Supply by period of each copy."""
        paths = {row["item"]: row for row in self.rows("Timeline") if row["column"] == "max_order"}
        return [
            {
                "sheet": "Offers",
                "item": named(row["offer"], copy),
                "column": "max_order",
                **self.path(paths[row["offer"]], self.pace / self.copies[row["offer"]]),
            }
            for row, copy in self.offers
            if row["offer"] in paths
        ]

    def times(self, sheet: str, wanted: int) -> list[tuple[dict, int, float]]:
        """Rows of a sheet until there are enough: row, number of its copy, share of the total."""
        rows = self.rows(sheet)
        found = [(rows[n % len(rows)], n // len(rows)) for n in range(wanted)]
        return [(row, copy, 1.0 / sum(r is row for r, _ in found)) for row, copy in found]

    def workloads(self) -> dict[str, Rows]:
        """Workloads and their demand, which adds up to what the sample's does."""
        paths = {row["workload"]: row for row in self.rows("Demand")}
        cast = self.times("Workloads", self.size.workloads)
        sums = {name: sum(self.path(row, 1.0).values()) for name, row in paths.items()}
        part = sum(sums.values()) / sum(sums[row["workload"]] * share for row, _, share in cast)
        self.works = [(row["workload"], copy) for row, copy, _ in cast]
        works, demand = [], []
        for row, copy, share in cast:
            name, scale = named(row["workload"], copy), share * part * self.share
            block = row.get("min_block")
            works.append(
                {
                    **row,
                    "workload": name,
                    "unmet_penalty": self.near(row["unmet_penalty"]),
                    "max_unmet_pct": None,
                    "min_block": None if block is None else round(block * scale),
                }
            )
            path = self.path(paths[row["workload"]], self.near(scale))
            demand.append({"workload": name, **path})
        return {"Workloads": works, "Demand": demand}

    def performance(self, chips: Rows) -> Rows:
        """Speed of each copy of a chip at each copy of a workload."""
        copies = {}
        for row in self.rows("Chips"):
            copies[row["chip"]] = [named(row["chip"], copy) for copy in range(len(self.offers))]
        there = {row["chip"] for row in chips}
        return [
            {
                "chip": chip,
                "workload": named(work, copy),
                "throughput": self.near(row["throughput"]),
            }
            for row in self.rows("Performance")
            for chip in copies[row["chip"]]
            if chip in there
            for work, copy in self.works
            if work == row["workload"]
        ]

    def sites(self) -> dict[str, Rows]:
        """Sites and their projects, which add up to the power of the sample's."""
        cast = self.times("Sites", self.size.sites)
        whole = sum(row["power_mw"] for row in self.rows("Sites"))
        part = whole / sum(row["power_mw"] * share for row, _, share in cast) * self.share
        sites = [
            {
                **row,
                "site": named(row["site"], copy),
                "power_mw": round(row["power_mw"] * share * part, 1),
                "energy_price": self.near(row["energy_price"]),
            }
            for row, copy, share in cast
        ]
        projects = [
            {
                **row,
                "project": named(row["project"], copy),
                "site": named(row["site"], copy),
                "step_mw": round(row["step_mw"] * share * part, 2),
                "cost_per_step": self.near(row["cost_per_step"] * share * part),
                "first_start": self.when(row["first_start"]),
                "last_start": self.when(row["last_start"]),
            }
            for site, copy, share in cast
            for row in self.rows("Site projects")
            if row["site"] == site["site"]
        ]
        return {"Sites": sites, "Site projects": projects}

    def programmes(self) -> dict[str, Rows]:
        """Own silicon of the offers cast."""
        own = {row["programme"] for row, _ in self.offers if row["programme"]}

        def of(sheet: str) -> Rows:
            return [row for row in self.rows(sheet) if row["programme"] in own]

        stages = [
            {
                **row,
                "first_start": self.when(row["first_start"]),
                "last_start": self.when(row["last_start"]),
            }
            for row in of("Programme stages")
        ]
        ramp = [
            {**row, "max_units": round(row["max_units"] * self.pace)}
            for row in of("Programme ramp")
        ]
        return {
            "Programmes": of("Programmes"),
            "Programme stages": stages,
            "Programme ramp": ramp,
            "Software": self.rows("Software"),
        }

    def fleet(self, chips: Rows) -> Rows:
        """Today's units, and until when they stay."""
        there = {row["chip"] for row in chips}
        found: dict[tuple, dict] = {}
        for row in self.rows("Fleet"):
            changed = {**row, "until": self.when(row["until"])}
            key = tuple(value for name, value in changed.items() if name != "units")
            before = found.get(key, {}).get("units", 0)
            found[key] = {**changed, "units": before + round(row["units"] * self.share)}
        return [row for row in found.values() if row["chip"] in there]

    def committed(self) -> Rows:
        """Orders under way of the offers cast."""
        return [
            {**row, "units": round(row["units"] * self.share)}
            for row in self.rows("Committed orders")
        ]

    def terms(self) -> dict[str, Rows]:
        """Discounts, contracts and deals, their thresholds cut to what is supplied."""
        part = self.share * self.pace
        contracts = []
        for row in self.rows("Contracts"):
            dates = {n: self.when(row[n]) for n in ("from", "to", "first_signing", "last_signing")}
            least = row["minimum"]
            cut = {} if least is None else {"minimum": round(least * part)}
            if least is not None and row["penalty"] is None:
                cut["shortfall_pct"] = 1.0
            contracts.append({**row, **dates, **cut})
        return {
            "Discounts": [
                {**row, "threshold": round(row["threshold"] * part)}
                for row in self.rows("Discounts")
            ],
            "Contracts": contracts,
            "Deals": self.rows("Deals"),
            "Deal milestones": [
                {
                    **row,
                    "threshold": round(row["threshold"] * self.share),
                    "value": round(row["value"] * self.share),
                    "deadline": self.when(row["deadline"]),
                }
                for row in self.rows("Deal milestones")
            ],
        }

    def rules(self) -> dict[str, Rows]:
        """Shares, counts, budgets and rules of the team's own."""
        made: dict[str, Rows] = {}
        for sheet in ("Share rules", "Supplier counts", "Budgets"):
            made[sheet] = [
                {**row, "from": self.when(row["from"]), "to": self.when(row["to"])}
                for row in self.rows(sheet)
            ]
        for row in made["Budgets"]:
            row["limit"] = round(row["limit"] * self.share * self.pace)
        stages = {f"{r['programme']} / {r['stage']}" for r in self.programmes()["Programme stages"]}
        own = {row["programme"] for row, _ in self.offers if row["programme"]}
        custom = self.rows("Custom rules")
        broken = {row["rule"] for row in custom if row["member"] not in {*stages, *own}}
        made["Custom rules"] = [row for row in custom if row["rule"] not in broken]
        return made

    def worlds(self) -> dict[str, Rows]:
        """Futures that part from the first one: demand, prices, supply and deliveries differ."""
        count = self.size.worlds
        if count == 1:
            return {}
        scenarios = [
            {
                "scenario": f"X{n}",
                "probability": 1.0 / count,
                "branches_from": None if n == 0 else "X0",
                "branch_period": None if n == 0 else self.quarters[2 + n % 4],
            }
            for n in range(count)
        ]
        names = [named(row["offer"], copy) for row, copy in self.offers]
        changes = []
        for n in range(1, count):
            dearer = str(self.random.choice(names))
            late = str(self.random.choice(names))
            for sheet, item, column, operation, value in (
                ("Demand", "all", None, "multiply", self.random.uniform(0.75, 1.25)),
                ("Offers", "all", "max_order", "multiply", self.random.uniform(0.8, 1.1)),
                ("Offers", dearer, "price", "multiply", self.random.uniform(0.85, 1.25)),
                ("Offers", late, "lead_time", "add", int(self.random.integers(0, 3))),
            ):
                changes.append(
                    {
                        "scenario": f"X{n}",
                        "sheet": sheet,
                        "item": item,
                        "column": column,
                        "operation": operation,
                        "value": round(value, 3),
                    }
                )
        return {"Scenarios": scenarios, "Scenario changes": changes}


def clean(row: dict[str, object]) -> dict[str, object]:
    """A row without numbers that are not numbers."""
    return {
        name: None if isinstance(value, float) and np.isnan(value) else value
        for name, value in row.items()
    }


def known(made: dict[str, Rows]) -> dict[str, Rows]:
    """The sheets without rows that speak of what was not cast."""
    key = {"Offers": "offer", "Chips": "chip", "Contracts": "contract", "Workloads": "workload"}

    def names(sheet: str) -> set[object]:
        return {row[key[sheet]] for row in made.get(sheet, [])}

    offers = names("Offers")
    made = {
        **made,
        "Committed orders": [r for r in made["Committed orders"] if r["offer"] in offers],
    }
    for sheet in ("Contracts", "Discounts"):
        if sheet in made:
            made[sheet] = [row for row in made[sheet] if row.get("offer") in (None, *offers)]
    sellers = {row["seller"] for row in made["Offers"]}
    for sheet in ("Contracts", "Discounts"):
        if sheet in made:
            made[sheet] = [row for row in made[sheet] if row["seller"] in sellers]
    there = {row.get("project") or row.get("programme") for sheet in ("Software", "Programmes")
             for row in made.get(sheet, [])}  # fmt: skip
    made["Contracts"] = [
        {**row, "requires": row["requires"] if row.get("requires") in there else None}
        for row in made.get("Contracts", [])
    ]
    if "Share rules" in made:
        made["Share rules"] = [
            row
            for row in made["Share rules"]
            if row.get("applies_if") in (None, *names("Contracts"))
            and row.get("workload") in (None, *names("Workloads"))
            and (row["dimension"] != "chip" or row["member"] in names("Chips"))
        ]
    return made
