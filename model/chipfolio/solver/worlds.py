"""A bound of a tree of futures from its worlds, each searched by itself.

Worlds share the columns of their common past. Every world is given its own copies of these, and
what is won by letting copies differ is priced (Lagrangian relaxation of what ties the worlds:
Carøe and Schultz 1999). The prices are those of the linear relaxation of the whole: a shared
column's reduced cost and a shared row's dual are split by the worlds' weights, and a row that ties
worlds, as a measure of risk does, is replaced by its dual. So the worlds' relaxations add up to
that of the whole, and what cuts and branches gain in each adds up too: in small programs, where a
search of the whole is long at its root.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .lookout import QUIET, ROUND, Lookout
from .program import (
    STATUS,
    Program,
    finite,
    load,
    matrix_of,
    program,
    relaxation,
    rows_and_columns,
    rows_within,
)
from .shape import Shape

WORTHWHILE = 20_000
"""Columns of a tree from which its worlds are searched before the whole is."""
ROUNDS = (50, 200)
"""Polls of the solver after which a world is left, round by round."""
CLOSED = 0.1
"""Share of the gap asked for that worlds may leave open together."""
LEAST_WEIGHT = 1e-6
NO_PRICE = 1e-6
"""Reduced cost that is none where nothing bounds the column."""


@dataclass
class World:
    """A world by itself: its columns, its program at the prices of what it shares, its bound so
    far, and whether its search has ended.
    """

    columns: np.ndarray
    program: Program
    bound: float
    is_done: bool = False


def bound_by_worlds(
    data: Program, shape: Shape, lookout: Lookout, tell: Callable[[int], None]
) -> None:
    """Raise the lookout's floor, world by world, until a plan is proven or the rounds are over.

    Before the first world and after each, the nodes so far are told. No floor where the relaxation
    has no optimum.
    """
    priced = worlds_of(data, shape, lookout.seconds_left)
    if priced is None:
        return
    constant, worlds = priced
    nodes = 0
    lookout.floor = constant + sum(world.bound for world in worlds)
    tell(nodes)
    for polls in ROUNDS:
        for world in worlds:
            if not world.is_done:
                rest = constant + sum(other.bound for other in worlds if other is not world)
                nodes += search_world(world, rest, polls, len(data["cost"]), lookout)
                lookout.floor = rest + world.bound
                tell(nodes)
            if lookout.is_over():
                return
        if lookout.steps == 0:
            lookout.wait_for_first()


def search_world(world: World, rest: float, polls: int, size: int, lookout: Lookout) -> int:
    """Raise a world's bound; the nodes it took.

    It is left after so many polls, or once its bound with the rest's proves a plan. ``size`` is the
    number of the whole's columns.
    """
    total = abs(rest + world.bound)
    options = {
        **QUIET,
        "threads": 1,
        "random_seed": 1,
        "time_limit": lookout.seconds_left(),
        "mip_rel_gap": 0.0,
        "mip_abs_gap": CLOSED * lookout.gap * total * len(world.columns) / size,
        "mip_feasibility_tolerance": 1e-8,
        "primal_feasibility_tolerance": 1e-8,
        "mip_heuristic_run_feasibility_jump": False,
        "mip_heuristic_run_root_reduced_cost": False,
        "output_flag": False,
    }
    solver = load(program(world.program), options)
    if lookout.point is not None:
        start = lookout.point[world.columns]
        solver.setSolution(len(start), np.arange(len(start), dtype=np.int32), start)
    left, share = polls, len(world.columns) / size

    def polled(event: object) -> None:
        nonlocal left
        left -= 1
        lookout.keep_time(share)
        if left < 0 or lookout.is_over(rest + event.data_out.mip_dual_bound):
            event.interrupt()

    solver.cbMipInterrupt += polled
    solver.cbMipUserSolution += lambda _: lookout.keep_time(ROUND * share)
    solver.solve()
    info = solver.getInfo()
    world.is_done = STATUS.get(solver.getModelStatus()) in ("optimal", "infeasible")
    if STATUS.get(solver.getModelStatus()) != "infeasible":
        world.bound = max(world.bound, info.mip_dual_bound)
    return int(info.mip_node_count)


def worlds_of(
    data: Program, shape: Shape, seconds_left: Callable[[], float]
) -> tuple[float, list[World]] | None:
    """What is no world's cost, and the worlds, bounded as the relaxation knows it.

    None where the relaxation has no optimum in the time left, or no bound that adds up.
    """
    for crossover in ("off", "on"):  # prices amid all that are best win more than a corner's
        relaxed = relaxation(data, seconds_left(), solver="ipx", run_crossover=crossover)
        if STATUS.get(relaxed.getModelStatus()) == "optimal":
            break
    else:
        return None
    matrix, dual = matrix_of(data), np.array(relaxed.getSolution().row_dual)
    dual[np.isinf(np.where(dual > 0, data["row_lower"], data["row_upper"]))] = 0.0  # a rounding
    price = data["cost"] - matrix.T @ dual
    rows = [rows_within(matrix, columns) for columns in shape.members]
    row_worlds = np.bincount(np.concatenate(rows), minlength=len(dual))
    column_worlds = np.bincount(np.concatenate(shape.members), minlength=len(price))
    cost = data["cost"] - matrix.T @ np.where(row_worlds, 0.0, dual)
    weights = weights_of(cost, shape, column_worlds)
    row_weight, column_weight = np.zeros(len(dual)), np.zeros(len(price))
    for weight, mine, columns in zip(weights, rows, shape.members, strict=True):
        row_weight[mine] += weight
        column_weight[columns] += weight
    row_worth = least(dual, data["row_lower"], data["row_upper"])
    column_worth = least(price, data["lower"], data["upper"])
    constant = row_worth[row_worlds == 0].sum() + column_worth[column_worlds == 0].sum()
    worlds = []
    for weight, mine, columns in zip(weights, rows, shape.members, strict=True):
        of_rows, of_columns = weight / row_weight[mine], weight / column_weight[columns]
        shared = np.zeros(len(dual))
        shared[mine] = dual[mine] * of_rows
        alone = rows_and_columns(data, matrix, mine, columns)
        alone["cost"] = price[columns] * of_columns + (matrix.T @ shared)[columns]
        alone["offset"] = np.zeros(1)
        bound = float(row_worth[mine] @ of_rows + column_worth[columns] @ of_columns)
        if not np.isfinite(bound):  # by a rounding of prices; then its rows bound it
            relaxed = relaxation(alone, seconds_left())
            if STATUS.get(relaxed.getModelStatus()) != "optimal":
                return None
            bound = relaxed.getInfo().objective_function_value
        worlds.append(World(columns, alone, bound))
    constant = float(constant + data["offset"][0])
    return (constant, worlds) if finite(constant) is not None else None


def least(price: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> np.ndarray:
    """The least that each comes to at its price, between its bounds."""
    at = np.where(price > 0, lower, upper)
    nothing = (price == 0) | (np.isinf(at) & (np.abs(price) <= NO_PRICE))
    return np.where(nothing, 0.0, price * np.where(nothing, 0.0, at))


def weights_of(cost: np.ndarray, shape: Shape, column_worlds: np.ndarray) -> np.ndarray:
    """How much a world's costs weigh in the whole's, by its own columns: its chance, or with a
    measure of risk more or less than that.
    """
    weights = []
    for columns, costs in zip(shape.members, shape.costs, strict=True):
        own = np.where(column_worlds[columns] == 1, costs, 0.0)
        size = own @ own
        weights.append(max(own @ cost[columns] / size if size else 0.0, LEAST_WEIGHT))
    return np.array(weights)
