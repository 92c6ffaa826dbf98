"""Measures what the tests find: makes small faults in the product, one at a time.

    python -m pytest -n 2 --cov --cov-context=test --cov-report= --junitxml=junit.xml
    python tests/proofs/faults.py junit.xml [--faults FILE] [--fast]

Of each fault run the tests that touch its line, by the contexts of .coverage, until one fails; then
the tests of the same part, for what is computed once and used by many; in all for BUDGET seconds by
what the tests took. FILE keeps the faults, so that two suites can be compared; it is written if it
is not there.
"""

import argparse
import ast
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from coverage import CoverageData

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("pipeline", "klipfast_server", "client/klipfast_client")
WITHOUT_CARD = ("gpu", "cuda", "nvenc", "nvdec")  # in a path: no test runs it without a card
GENERATED = "client/klipfast_client/models.py"
SLOWER = 3.0  # than measured, at most: a fault whose tests take longer hangs, and so is found
TURNED = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt}
TURNED |= {ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.In: ast.NotIn, ast.NotIn: ast.In}
OFF_BY_ONE = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A change of one expression that stands in one line."""

    kind: str
    path: str
    line: int
    column: int
    old: str
    new: str


def faults_of(path: Path) -> Iterator[Fault]:
    """Yield every fault that can be made in the functions of a module."""
    source = path.read_text()
    tree = ast.parse(source)
    functions = [n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    nodes = {id(node): node for function in functions for node in _inside(function)}
    for node in nodes.values():
        for kind, place, new in _changes(node):
            old = ast.get_source_segment(source, place)
            if old is None or place.lineno != place.end_lineno:
                continue
            yield Fault(
                kind=kind,
                path=str(path.relative_to(ROOT)),
                line=place.lineno,
                column=len(
                    source.splitlines()[place.lineno - 1].encode()[: place.col_offset].decode()
                ),
                old=old,
                new=new,
            )


def _inside(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    for statement in function.body:
        yield from ast.walk(statement)


def _changes(node: ast.AST) -> Iterator[tuple[str, ast.expr, str]]:
    """Yield (kind, expression, what takes its place)."""
    match node:
        case ast.Compare(ops=[one]):
            for kind, table in (("comparison", TURNED), ("bound", OFF_BY_ONE)):
                if other := table.get(type(one)):
                    new = ast.Compare(left=node.left, ops=[other()], comparators=node.comparators)
                    yield kind, node, f"({ast.unparse(new)})"
        case ast.Subscript(slice=ast.Slice(lower=ast.Constant(value=int(n)) as bound)):
            yield "bound", bound, str(n + 1)
        case ast.Expr(value=ast.Await(value=ast.Call() as call) as awaited):
            yield "await", awaited, ast.unparse(call)
        case ast.If(test=test, body=[ast.Raise() | ast.Return() | ast.Continue()], orelse=[]):
            yield "guard", test, "False"
        case ast.Call(args=[ast.Name() | ast.Attribute() as a, ast.Name() | ast.Attribute() as b]):
            if not node.keywords and ast.unparse(a) != ast.unparse(b):
                yield (
                    "arguments",
                    node,
                    f"{ast.unparse(node.func)}({ast.unparse(b)}, {ast.unparse(a)})",
                )
        case _:
            pass


def choose(count: int, seed: int, data: CoverageData) -> list[Fault]:
    """Choose faults of lines that tests touch, spread over the parts and kinds."""
    parts: dict[str, dict[str, list[Fault]]] = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            name = str(path.relative_to(ROOT))
            if name == GENERATED or any(word in name for word in WITHOUT_CARD):
                continue
            touched = data.contexts_by_lineno(str(path))
            for fault in faults_of(path):
                if any(touched.get(fault.line, [])):
                    kinds = parts.setdefault(_part(fault.path), {})
                    kinds.setdefault(fault.kind, []).append(fault)
    dice = random.Random(seed)
    order = sorted(parts)
    dice.shuffle(order)
    chosen: list[Fault] = []
    while len(chosen) < count:
        kinds = parts[order[len(chosen) % len(order)]]
        kind = dice.choice(sorted(kinds))
        fault = dice.choice(kinds[kind])
        if fault not in chosen:
            chosen.append(fault)
    return chosen


def _part(path: str) -> str:
    return "/".join(Path(path).parts[:2])


def tests_for(
    fault: Fault, data: CoverageData, durations: dict[str, float], budget_s: float
) -> list[str]:
    """Return the tests to run, quick ones of the fault's own part first."""
    contexts = data.contexts_by_lineno(str(ROOT / fault.path)).get(fault.line, [])
    touching = {context.partition("|")[0] for context in contexts} & durations.keys()
    own = f"tests/{'/'.join(Path(fault.path).parts[:2])}/"
    own = own.replace("tests/klipfast_server", "tests/server").replace(
        "client/klipfast_client", "client"
    )
    modules = {test.partition("::")[0] for test in touching}
    rest = {t for t in durations if t.startswith(own) or t.partition("::")[0] in modules} - touching

    def turn(test: str) -> tuple[bool, float]:
        return (not test.startswith(own), durations[test])

    chosen = list[str]()
    for test in [*sorted(touching, key=turn), *sorted(rest, key=turn)]:
        if chosen and (budget_s := budget_s - durations[test]) < 0:
            break
        chosen.append(test)
    return chosen


def is_found(
    fault: Fault, tests: list[str], copy: Path, options: list[str], timeout_s: float
) -> str:
    """Return the test that fails with the fault, "hangs", or "" if none does."""
    path = copy / fault.path
    lines = path.read_text().splitlines(keepends=True)
    whole = "".join(lines)
    line = lines[fault.line - 1]
    assert line[fault.column :].startswith(fault.old), (fault, line)
    lines[fault.line - 1] = line[: fault.column] + fault.new + line[fault.column + len(fault.old) :]
    path.write_text("".join(lines))
    try:
        return _first_failure(tests, copy, options, timeout_s)
    finally:
        path.write_text(whole)


def _first_failure(tests: list[str], copy: Path, options: list[str], timeout_s: float) -> str:
    names = copy / "tests.txt"
    names.write_text("\n".join(tests))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-rfE", "--no-header", "--tb=line"]
    command += ["-p", "no:cacheprovider", *options, f"@{names}"]
    environ = os.environ | {"PYTHONPATH": os.pathsep.join([str(copy), str(copy / "client")])}
    environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        command, cwd=copy, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        output, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        process.terminate()
        process.communicate()
        return "hangs"
    if process.returncode in (0, 5):  # 5: the options leave none of the tests
        return ""
    lines = output.splitlines()
    failed = [line for line in lines if line.startswith(("FAILED", "ERROR"))]
    return (failed or lines[-1:] or ["ends at once"])[0][:160]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("junit", type=Path, help="names and durations of the tests")
    parser.add_argument("--coverage", default=str(ROOT / ".coverage"))
    parser.add_argument("--faults", type=Path)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--budget", type=float, default=300.0, help="seconds of tests for a fault")
    parser.add_argument("--seed", type=int, default=54)
    parser.add_argument("--fast", action="store_true", help="leave slow tests out")
    given = parser.parse_args()
    data = CoverageData(given.coverage)
    data.read()
    if given.faults and given.faults.exists():
        faults = [Fault(**row) for row in json.loads(given.faults.read_text())]
    else:
        faults = choose(given.count, given.seed, data)
    if given.faults:
        given.faults.write_text(json.dumps([asdict(f) for f in faults], indent=1))
    durations = _durations(given.junit)
    found = 0
    with tempfile.TemporaryDirectory(prefix="kf-faults-", dir=ROOT.parent) as folder:
        copy = Path(folder) / "main"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(copy)], check=True)
        (copy / ".venv").symlink_to((ROOT / ".venv").resolve())
        if (ROOT.parent / "shared").exists():
            (Path(folder) / "shared").symlink_to(ROOT.parent / "shared")
        for number, fault in enumerate(faults, 1):
            tests = tests_for(fault, data, durations, given.budget)
            begun = time.monotonic()
            options = ["-m", "not slow"] if given.fast else []
            how = is_found(fault, tests, copy, options, 60.0 + SLOWER * given.budget)
            found += bool(how)
            place = f"{fault.path}:{fault.line}"
            print(
                f"{number}\t{'found' if how else 'MISSED'}\t{fault.kind}\t{place}\t{fault.old} → "
                f"{fault.new}\t{len(tests)} tests, {time.monotonic() - begun:.0f} s\t{how}",
                flush=True,
            )
    print(f"{found} of {len(faults)} faults found")


def _durations(junit: Path) -> dict[str, float]:
    """Return the seconds of each test, by its ID."""
    seconds = {}
    for case in ET.parse(junit).iter("testcase"):
        module = case.get("classname", "").replace(".", "/") + ".py"
        seconds[f"{module}::{case.get('name')}"] = float(case.get("time", 0))
    return seconds


if __name__ == "__main__":
    main()
