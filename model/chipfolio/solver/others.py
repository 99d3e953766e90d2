"""Other engines behind the same door: SCIP, Gurobi, Xpress, CPLEX and COPT, each an optional extra.

An engine gets the arrays that HiGHS gets and says how it ended, what it has proven and its best
point. It runs in the solver's process; HiGHS polishes its point like its own, so what is published
leans on no engine's tolerances. Without a licence the commercial ones take small models only.
"""

from __future__ import annotations

import importlib
import sys
import threading
import time
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec

import numpy as np

from ..errors import PlanError
from .hunt import Found, Hunt, finite

PACKAGES = {
    "highs": "highspy",
    "scip": "pyscipopt",
    "gurobi": "gurobipy",
    "xpress": "xpress",
    "cplex": "cplex",
    "copt": "coptpy",
}
"""What to import by engine; each but the first is an extra of that name."""
SCIP_INFINITE = 1e20
ABSOLUTE_GAP = 1e-9


def require(name: str) -> str:
    """The engine's package and version; PlanError, naming the extra to install, where absent."""
    package = PACKAGES[name]
    if find_spec(package) is None:
        raise PlanError(f"the solver {name} is not installed: pip install 'chipfolio[{name}]'")
    return f"{package} {version(package)}"


def search(
    job: dict, data: dict, keep: Callable[[np.ndarray], None], say: Callable[..., None]
) -> tuple[dict[str, object], np.ndarray | None]:
    """Run the job's engine in the solver's process; a line on standard input stops it."""
    options = job["options"]
    hunt = Hunt(
        data,
        gap=options["mip_rel_gap"],
        seconds=options["time_limit"],
        threads=options["threads"],
        seed=options["random_seed"],
        tolerance=options["mip_feasibility_tolerance"],
        improved=keep,
        tell=lambda seconds, best, bound: say(seconds=seconds, objective=best, bound=bound),
    )

    def listen() -> None:
        sys.stdin.readline()
        hunt.stopping.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        found = run(job["solver"], hunt)
    except Exception as error:  # noqa: BLE001  an engine's own errors share no class
        return {"status": "error", "bound": None, "message": f"{job['solver']}: {error}"}, None
    return {"status": found.status, "bound": found.bound, "nodes": found.nodes}, found.point


def run(name: str, hunt: Hunt) -> Found:
    """One search by the engine named; errors are the engine's own."""
    engine = importlib.import_module(PACKAGES[name])
    hunt.began = time.monotonic()
    found = ENGINES[name](engine, hunt)
    if found.status in ("infeasible", "unbounded", "error"):
        return Found(found.status, None, None, found.nodes)
    found.bound = None if found.bound is None else finite(found.bound)
    return found


# ------------------------------------------------------------------------------------------ SCIP
SCIP_STATUS = {
    "optimal": "optimal",
    "gaplimit": "optimal",
    "infeasible": "infeasible",
    "inforunbd": "infeasible",
    "unbounded": "unbounded",
    "timelimit": "time_limit",
    "userinterrupt": "stopped",
    "memlimit": "died",
}


def scip(engine: object, hunt: Hunt) -> Found:
    """SCIP through PySCIPOpt; it runs on one thread."""
    from pyscipopt.scip import Expr, ExprCons, Term

    model = engine.Model()
    options = {
        "limits/gap": hunt.gap,
        "limits/time": hunt.seconds,
        "misc/catchctrlc": False,
        "numerics/feastol": hunt.tolerance,
        "randomization/randomseedshift": hunt.seed,
    }
    model.setParams({name: value for name, value in options.items() if value is not None})
    model.hideOutput()
    lower, upper = hunt.bounds(SCIP_INFINITE)
    columns = [
        model.addVar(vtype=kind, lb=low, ub=high, obj=cost)
        for kind, low, high, cost in zip(hunt.kinds(), lower, upper, hunt.data["cost"], strict=True)
    ]
    terms, rows = [Term(column) for column in columns], hunt.rows
    low = np.maximum(hunt.data["row_lower"], -SCIP_INFINITE)
    high = np.minimum(hunt.data["row_upper"], SCIP_INFINITE)
    for at in range(rows.shape[0]):
        part = slice(rows.indptr[at], rows.indptr[at + 1])
        pairs = zip(rows.indices[part], rows.data[part], strict=True)
        body = Expr({terms[column]: float(value) for column, value in pairs})
        model.addCons(ExprCons(body, float(low[at]), float(high[at])))
    model.addObjoffset(hunt.offset)

    def best() -> list[float]:
        solution = model.getBestSol()
        return [model.getSolVal(solution, column) for column in columns]

    kinds = engine.SCIP_EVENTTYPE
    better, watched = kinds.BESTSOLFOUND, (kinds.LPSOLVED, kinds.NODESOLVED)

    class Watch(engine.Eventhdlr):
        """Passes better plans and the bound on."""

        def eventinit(self) -> None:
            for kind in (better, *watched):
                self.model.catchEvent(kind, self)

        def eventexec(self, event: object) -> None:
            if event.getType() == better:
                hunt.found(best(), model.getPrimalbound(), model.getDualbound())
            else:
                hunt.event(model.getPrimalbound(), model.getDualbound())

    model.includeEventhdlr(Watch(), "watch", "passes better plans and the bound on")
    hunt.on_stop(model.interruptSolve)
    model.optimizeNogil()
    status = SCIP_STATUS.get(model.getStatus(), "error")
    point = np.array(best()) if model.getNSols() else None
    return Found(status, model.getDualbound(), point, model.getNTotalNodes())


# ---------------------------------------------------------------------------------------- Gurobi
def gurobi(engine: object, hunt: Hunt) -> Found:
    """Gurobi through gurobipy."""
    grb = engine.GRB
    options = {
        "MIPGap": hunt.gap,
        "TimeLimit": hunt.seconds,
        "Threads": hunt.threads,
        "Seed": hunt.seed,
        "FeasibilityTol": hunt.tolerance,
        "IntFeasTol": hunt.tolerance,
        "OutputFlag": 0,
    }
    with engine.Env(params={"OutputFlag": 0}) as env, engine.Model(env=env) as model:
        for name, value in options.items():
            if value is not None:
                model.setParam(name, value)
        lower, upper = hunt.bounds(grb.INFINITY)
        columns = model.addMVar(
            len(lower), lb=lower, ub=upper, obj=hunt.data["cost"], vtype=list(hunt.kinds())
        )
        model.ObjCon = hunt.offset
        rows, (senses, right, width) = hunt.rows, hunt.sides()
        signs = np.array([{"L": "<", "R": "<", "G": ">", "E": "="}[sense] for sense in senses])
        model.addMConstr(rows, columns, signs, right)
        ranged = np.flatnonzero(senses == "R")
        if len(ranged):
            model.addMConstr(rows[ranged], columns, ">", (right - width)[ranged])

        def watch(inner: object, where: int) -> None:
            call, inside = inner.cbGet, grb.Callback
            if where == inside.MIPSOL:
                point = inner.cbGetSolution(columns)
                hunt.found(point, call(inside.MIPSOL_OBJBST), call(inside.MIPSOL_OBJBND))
            elif where == inside.MIP:
                hunt.event(call(inside.MIP_OBJBST), call(inside.MIP_OBJBND))
            if hunt.stopping.is_set():
                inner.terminate()

        model.optimize(watch)
        status = {
            grb.OPTIMAL: "optimal",
            grb.INFEASIBLE: "infeasible",
            grb.INF_OR_UNBD: "infeasible",
            grb.UNBOUNDED: "unbounded",
            grb.TIME_LIMIT: "time_limit",
            grb.INTERRUPTED: "stopped",
            grb.MEM_LIMIT: "died",
        }.get(model.Status, "error")
        point = columns.X if model.SolCount else None
        whole = bool(model.IsMIP)
        bound = model.ObjBound if whole else (model.ObjVal if status == "optimal" else None)
        return Found(status, bound, point, int(model.NodeCount))


# ---------------------------------------------------------------------------------------- Xpress
def xpress(engine: object, hunt: Hunt) -> Found:
    """Xpress through its own package."""
    problem = engine.problem()
    options = {
        "outputlog": 0,
        "miprelstop": hunt.tight,
        "timelimit": hunt.seconds,
        "threads": hunt.threads,
        "randomseed": hunt.seed,
        "feastol": hunt.tolerance,
        "miptol": hunt.tolerance,
    }
    for name, value in options.items():
        if value is not None:
            problem.setControl(name, value)
    columns, (senses, right, width) = hunt.rows.tocsc(), hunt.sides()
    lower, upper = hunt.bounds(engine.infinity)
    whole = np.flatnonzero(hunt.data["integer"])
    problem.loadMIP(
        "chipfolio",
        rowtype=list(senses),
        rhs=right,
        rng=width,
        objcoef=hunt.data["cost"],
        start=columns.indptr,
        rowind=columns.indices,
        rowcoef=columns.data,
        lb=lower,
        ub=upper,
        coltype=["I"] * len(whole),
        entind=whole,
    )
    problem.chgObj([-1], [-hunt.offset])  # column -1 holds the constant, with its sign turned

    def better(inner: object, *_: object) -> None:
        at = inner.attributes
        hunt.found(inner.getCallbackSolution(), at.mipbestobjval, at.bestbound)

    def watch(inner: object, *_: object) -> None:
        hunt.event(inner.attributes.mipbestobjval, inner.attributes.bestbound)
        if hunt.stopping.is_set():
            problem.interrupt()

    problem.addIntsolCallback(better, None, 0)
    problem.addCheckTimeCallback(watch, None, 0)
    problem.optimize()
    at, ends = problem.attributes, engine.SolStatus
    status = {
        ends.OPTIMAL: "optimal",
        ends.INFEASIBLE: "infeasible",
        ends.UNBOUNDED: "unbounded",
    }.get(at.solstatus)
    if status is None:
        status = "stopped" if hunt.stopping.is_set() else "time_limit"
    seen = at.solstatus in (ends.OPTIMAL, ends.FEASIBLE)
    point = np.array(problem.getSolution()) if seen else None
    bound = at.bestbound if len(whole) else (at.objval if status == "optimal" else None)
    return Found(status, bound, point, int(at.nodes))


# ----------------------------------------------------------------------------------------- CPLEX
CPLEX_STATUS = {
    "optimal": "optimal",
    "MIP_optimal": "optimal",
    "optimal_tolerance": "optimal",
    "infeasible": "infeasible",
    "MIP_infeasible": "infeasible",
    "infeasible_or_unbounded": "infeasible",
    "MIP_infeasible_or_unbounded": "infeasible",
    "unbounded": "unbounded",
    "MIP_unbounded": "unbounded",
    "abort_time_limit": "time_limit",
    "MIP_time_limit_feasible": "time_limit",
    "MIP_time_limit_infeasible": "time_limit",
    "abort_user": "stopped",
    "MIP_abort_feasible": "stopped",
    "MIP_abort_infeasible": "stopped",
}


def cplex(engine: object, hunt: Hunt) -> Found:
    """CPLEX through its own package."""
    from cplex.callbacks import MIPInfoCallback

    model = engine.Cplex()
    for stream in ("log", "results", "warning", "error"):
        getattr(model, f"set_{stream}_stream")(None)
    options = {
        "mip.tolerances.mipgap": hunt.gap,
        "mip.tolerances.absmipgap": ABSOLUTE_GAP,
        "timelimit": hunt.seconds,
        "threads": hunt.threads,
        "randomseed": hunt.seed,
        "simplex.tolerances.feasibility": hunt.tolerance,
        "mip.tolerances.integrality": hunt.tolerance,
    }
    for name, value in options.items():
        place = model.parameters
        for step in name.split("."):
            place = getattr(place, step)
        if value is not None:
            place.set(value)
    lower, upper = hunt.bounds(engine.infinity)
    whole = bool(hunt.data["integer"].any())
    kinds = {"types": "".join(hunt.kinds())} if whole else {}
    model.variables.add(
        obj=hunt.data["cost"].tolist(), lb=lower.tolist(), ub=upper.tolist(), **kinds
    )
    rows, (senses, right, width) = hunt.rows, hunt.sides()
    parts = [slice(*rows.indptr[at : at + 2]) for at in range(rows.shape[0])]
    model.linear_constraints.add(
        lin_expr=[[rows.indices[part].tolist(), rows.data[part].tolist()] for part in parts],
        senses="".join(senses),
        rhs=right.tolist(),
        range_values=(-width).tolist(),  # from the right side downwards
    )
    model.objective.set_offset(hunt.offset)

    class Watch(MIPInfoCallback):
        """Passes better plans and the bound on."""

        best = np.inf

        def __call__(self) -> None:
            if not self.has_incumbent():
                hunt.event(np.inf, self.get_best_objective_value())
                return
            value, bound = self.get_incumbent_objective_value(), self.get_best_objective_value()
            if value < self.best:
                self.best = value
                hunt.found(self.get_incumbent_values(), value, bound)
            else:
                hunt.event(value, bound)

    if whole:
        model.register_callback(Watch)
    hunt.on_stop(model.use_aborter(engine.Aborter()).abort)
    model.solve()
    solution = model.solution
    ends = {getattr(solution.status, name): word for name, word in CPLEX_STATUS.items()}
    status = ends.get(solution.get_status(), "error")
    point = np.array(solution.get_values()) if solution.is_primal_feasible() else None
    proven = status in ("optimal", "time_limit", "stopped")
    bound = None
    if proven and (whole or status == "optimal"):
        bound = solution.MIP.get_best_objective() if whole else solution.get_objective_value()
    return Found(status, bound, point, solution.progress.get_num_nodes_processed())


# ------------------------------------------------------------------------------------------ COPT
def copt(engine: object, hunt: Hunt) -> Found:
    """COPT through coptpy."""
    names = engine.COPT
    quiet = engine.EnvrConfig()
    quiet.set("nobanner", "1")
    model = engine.Envr(quiet).createModel("chipfolio")
    model.setParam(names.Param.Logging, 0)
    options = {
        names.Param.RelGap: hunt.tight,
        names.Param.AbsGap: ABSOLUTE_GAP,
        names.Param.TimeLimit: hunt.seconds,
        names.Param.Threads: hunt.threads,
        names.Param.FeasTol: hunt.tolerance,
        names.Param.IntTol: hunt.tolerance,
    }
    for name, value in options.items():
        if value is not None:
            model.setParam(name, value)
    lower, upper = hunt.bounds(names.INFINITY)
    data = hunt.data
    low = np.maximum(data["row_lower"], -names.INFINITY)
    high = np.minimum(data["row_upper"], names.INFINITY)
    model.loadMatrix(data["cost"], hunt.rows.tocsc(), low, high, lower, upper, list(hunt.kinds()))
    model.setObjConst(hunt.offset)

    class Watch(engine.CallbackBase):
        """Passes better plans and the bound on."""

        def callback(self) -> None:
            best = self.getInfo(names.CbInfo.BestObj)
            bound = self.getInfo(names.CbInfo.BestBnd)
            if self.where() == names.CBCONTEXT_MIPSOL:
                hunt.found(self.getSolution(model.getVars()), best, bound)
            else:
                hunt.event(best, bound)
            if hunt.stopping.is_set():
                self.interrupt()

    whole = bool(data["integer"].any())
    watch = Watch()
    if whole:
        model.setCallback(watch, names.CBCONTEXT_MIPSOL | names.CBCONTEXT_MIPNODE)
    hunt.on_stop(model.interrupt)
    model.solve()
    status = {
        names.OPTIMAL: "optimal",
        names.INFEASIBLE: "infeasible",
        names.INF_OR_UNB: "infeasible",
        names.UNBOUNDED: "unbounded",
        names.TIMEOUT: "time_limit",
        names.INTERRUPTED: "stopped",
    }.get(model.status, "error")
    has_point = model.hasmipsol if whole else status == "optimal"
    point = np.array(model.getValues()) if has_point else None
    bound = model.bestbnd if whole else (model.objval if status == "optimal" else None)
    return Found(status, bound, point, int(model.nodecnt) if whole else 0)


ENGINES = {"scip": scip, "gurobi": gurobi, "xpress": xpress, "cplex": cplex, "copt": copt}
