"""A small book as CSV text, and ways to change it: what the tests of the contract try things on."""

from __future__ import annotations

import csv
import re

import pandas as pd

from chipfolio.checking.check import check
from chipfolio.contract.problems import Problem
from chipfolio.errors import WorkbookError
from chipfolio.tables import Tables
from chipfolio.workbook.frames import frames_to_book

NUMBER = re.compile(r"-?\d+(\.\d+)?")

SMALL = {
    "Settings": """name,value
        first_period,2027Q1
        periods,4
        discount_rate,0.1""",
    "Vendors": """vendor,country
        Nvidia,US
        AMD,US
        Cloudco,FR""",
    "Platforms": """platform,efficiency_at_start
        CUDA,1
        ROCm,0.6""",
    "Chips": """chip,vendor,platform,power_kw,life_years,value_loss_per_year,cooling
        H,Nvidia,CUDA,1,4,0.3,air
        M,AMD,ROCm,1.2,4,0.35,liquid""",
    "Offers": """offer,chip,seller,acquisition,price,lot_size,lead_time,term_months
        H buy,H,Nvidia,buy,30000,8,1,
        M buy,M,AMD,buy,20000,8,1,
        H cloud,H,Cloudco,cloud,1500,1,0,12""",
    "Performance": """chip,workload,throughput
        H,serve,1
        M,serve,0.7
        H,train,1""",
    "Workloads": """workload,unit,unmet_penalty
        serve,Mtok,50000
        train,run,90000""",
    "Demand": """workload,2027Q1,2027Q2,2027Q3,2027Q4
        serve,0,100,150,200
        train,10,20,20,20""",
    "Sites": """site,country,power_mw,pue,energy_price
        Texas,US,1,1.1,60
        Norway,NO,0.5,1.1,40""",
}


def frame(text: str) -> pd.DataFrame:
    """CSV text as a frame: numbers as numbers, nothing as None."""
    rows = list(csv.reader(line.strip() for line in text.strip().splitlines()))
    return pd.DataFrame([[value(cell) for cell in row] for row in rows[1:]], columns=rows[0])


def value(text: str) -> object:
    """One CSV cell as a workbook would hold it."""
    if not text:
        return None
    return float(text) if NUMBER.fullmatch(text) else text


def frames(**sheets: str | None) -> dict[str, pd.DataFrame]:
    """The small book, sheets replaced or added (``Share_rules`` is ``Share rules``); None drops."""
    changed = {name.replace("_", " "): text for name, text in sheets.items()}
    return {name: frame(text) for name, text in {**SMALL, **changed}.items() if text is not None}


def read(**sheets: str | None) -> Tables:
    """Checked tables of the small book, changed."""
    return check(frames_to_book(frames(**sheets)))


def problems(**sheets: str | None) -> list[Problem]:
    """All that is said of the small book, changed."""
    try:
        return read(**sheets).warnings
    except WorkbookError as error:
        return error.problems


def said(**sheets: str | None) -> list[str]:
    """The same as sentences, each with its severity."""
    return [f"{problem.severity}: {problem}" for problem in problems(**sheets)]
