"""Runs every proof in turn and keeps how each ended: `make prove`.

    python -m tools.prove                        all proofs of tools/proofs.toml
    python -m tools.prove lint test-platforms    these; the results of the others stay

A proof is a target of the Makefile. It runs in a process group of its own, which ends with it or at
its limit, and writes to build/proofs/NAME.log. After each, all results are in
bench/results/proofs.json and on the page docs/proofs.md. Ctrl-C ends the proof that runs.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.support.markdown import table
from bench.support.processor import processor

TABLE = Path("tools/proofs.toml")
RESULTS, PAGE, LOGS = (
    Path("bench/results/proofs.json"),
    Path("docs/proofs.md"),
    Path("build/proofs"),
)
OUTPUTS = (":!bench/results", f":!{PAGE}")  # what proofs write is no change of what they prove
# These make a proof smaller, or belong to the make that runs this.
DROPPED = {"FAST", "JOBS", "KILLS", "ORDERS", "PARTS", "MAKEFLAGS", "MFLAGS", "MAKELEVEL"}
GRACE_S = 20.0  # between SIGTERM and SIGKILL
MAX_LINES, MAX_CHARS = 6, 240  # what a result keeps of the log
PASSED, FAILED, OVER, CANNOT = "passed", "failed", "over its limit", "cannot run here"

# pytest's closing line, and its lines about tests that were skipped or failed
CLOSING = re.compile(r"^(?:=+ )?((?:\d+ \w+(?:, )?)+) in \d[\d.]*s\b", re.MULTILINE)
EACH = re.compile(r"(\d+) (passed|failed|skipped|error)")
SKIPPED = re.compile(r"^SKIPPED \[(\d+)\] (?:\S+: )?(.+)$", re.MULTILINE)
WRONG = re.compile(r"^(?:(?:FAILED|ERROR) |(?:lost|stuck|leaked|error): ).*$", re.MULTILINE)
# the last line of a proof's table: cases, passed, lost, stuck, leaked
TALLY = re.compile(r"^all {2,}([\d,]+) +([\d,]+) +\d", re.MULTILINE)
CASES = re.compile(r"^(\d+) cases, exit status 0$", re.MULTILINE)  # make test-contract
COMPLAINTS = re.compile(r"^\S.*: (\d+) complaints$", re.MULTILINE)  # make test-openapi
LEFT_OUT = re.compile(r"^(?:[\w-]+: )?left out\b.*$", re.MULTILINE)

INTRODUCTION = """# Proofs

`make prove` runs all of these, each with a time limit, and writes this page; `make prove ONLY=lint`
runs one. `bench/results` has the reasons for what was skipped or failed.
"""
Result = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """A target of the Makefile; tools/proofs.toml explains the fields."""

    name: str
    proves: str
    limit_s: float
    needs: Sequence[str] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    cannot: str = ""


def main() -> int:
    """Run the proofs that are named, or all; return 1 if one failed."""
    listed = tomllib.loads(TABLE.read_text(encoding="utf-8"))
    proofs = [Proof(name=name, **facts) for name, facts in listed["proofs"].items()]
    known = [proof.name for proof in proofs]
    if unknown := set(sys.argv[1:]) - set(known):
        sys.exit(f"error: no proof {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    chosen = [proof for proof in proofs if proof.name in (sys.argv[1:] or known)]
    results = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        for number, proof in enumerate(chosen, 1):
            limit = f"{proof.limit_s / 60:,.0f} minutes at most"
            print(f"[{number}/{len(chosen)}] make {proof.name}: {limit}", flush=True)
            results[proof.name] = found = prove(proof, listed.get("needs", {}))
            print(f"    {in_words(found)}; {found['seconds']} s", flush=True)
            keep(proofs, results)
    except KeyboardInterrupt:
        print(f"stopped; the results of others are in {RESULTS}")
        return 130
    return int(any(results[proof.name]["ended"] in (FAILED, OVER) for proof in chosen))


def prove(proof: Proof, needs: Mapping[str, str]) -> Result:
    """Run a proof, unless this machine lacks what it needs; return what came of it."""
    where = circumstances()
    if lacking := [need for need in proof.needs if not has(need, needs)]:
        return {"ended": CANNOT, "why": [f"needs {', '.join(lacking)}"], "seconds": 0.0, **where}
    LOGS.mkdir(parents=True, exist_ok=True)
    path = LOGS / f"{proof.name}.log"
    began = time.monotonic()
    ended = run(proof, path)
    seconds = round(time.monotonic() - began, 1)
    log = path.read_text(encoding="utf-8", errors="replace")
    counts, skipped = count(log), reasons(log)
    why = [] if ended == PASSED else last_lines(log)
    if ended == FAILED and proof.cannot and proof.cannot in log:
        ended = CANNOT
    elif ended == PASSED and counts["skipped"] and not counts["passed"]:
        ended, why = CANNOT, list(skipped)
    told = {"passed": counts["passed"], "failed": counts["failed"], "skipped": skipped}
    return {"ended": ended, **told, "seconds": seconds, "why": why, **where}


def circumstances() -> Result:
    """Return what a result is true of: the commit and the machine, now."""
    machine = processor()
    changed = output("git", "status", "--porcelain", "-uno", "--", ".", *OUTPUTS)
    return {
        "commit": output("git", "rev-parse", "--short", "HEAD") + " with changes" * bool(changed),
        "date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "processor": machine["cpu"],
        "cores": machine["cores"],
        "card": output("nvidia-smi", "--query-gpu=name", "--format=csv,noheader"),
    }


def output(*command: str) -> str:
    """Return what a command prints; nothing, if there is no such command or it fails."""
    with suppress(FileNotFoundError):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""
    return ""


def has(need: str, commands: Mapping[str, str]) -> bool:
    """Ask the machine for a program, or by the command that the table has for the need."""
    command = commands.get(need, f"command -v {need}")
    return not subprocess.run(["sh", "-c", command], capture_output=True, check=False).returncode


def run(proof: Proof, log: Path) -> str:
    """Run a proof to its end or to its limit; return how it ended."""
    given = {name: value for name, value in os.environ.items() if name not in DROPPED}
    with log.open("wb") as file:
        process = subprocess.Popen(
            ["make", "--no-print-directory", proof.name],
            env={**proof.environ, **given},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            return FAILED if process.wait(proof.limit_s) else PASSED
        except subprocess.TimeoutExpired:
            return OVER
        finally:
            end(process)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End what is left of the process's group, at last by SIGKILL, and of its session (Linux)."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_S
        while time.monotonic() < deadline:
            process.poll()  # else it would stay as a zombie
            os.killpg(process.pid, 0)
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for path in Path("/proc").glob("[0-9]*"):  # a server below a supervisor is a group of its own
        with suppress(ProcessLookupError):
            if os.getsid(int(path.name)) == process.pid:
                os.kill(int(path.name), signal.SIGKILL)


def count(log: str) -> Counter[str]:
    """Count what passed, failed and was skipped in all runs that a log has the end of."""
    found = Counter[str]()
    for closing in CLOSING.findall(log):
        for number, kind in EACH.findall(closing):
            found["failed" if kind == "error" else kind] += int(number)
    for cases, passed in TALLY.findall(log):
        found["passed"] += _number(passed)
        found["failed"] += _number(cases) - _number(passed)
    found["passed"] += sum(map(int, CASES.findall(log)))
    for complaints in COMPLAINTS.findall(log):
        found["passed" if complaints == "0" else "failed"] += 1
    return found


def _number(text: str) -> int:
    return int(text.replace(",", ""))


def reasons(log: str) -> Counter[str]:
    """Count what was skipped or left out, by reason."""
    found = Counter(line[:MAX_CHARS] for line in LEFT_OUT.findall(log))
    for number, reason in SKIPPED.findall(log):
        found[reason[:MAX_CHARS]] += int(number)
    return found


def last_lines(log: str) -> list[str]:
    """Return the last lines that name what is wrong, or else the last ones."""
    lines = [line for line in log.splitlines() if line.strip() and not line.startswith("make: ")]
    wrong = list(dict.fromkeys(WRONG.findall(log)))  # some are said twice
    return [line[:MAX_CHARS] for line in (wrong or lines)[-MAX_LINES:]]


def keep(proofs: Iterable[Proof], results: Mapping[str, Result]) -> None:
    """Write the results of the proofs that there are, and the page."""
    kept = {proof.name: results[proof.name] for proof in proofs if proof.name in results}
    for path in (RESULTS, PAGE):
        path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(kept, indent=1, ensure_ascii=False)
    RESULTS.write_text(text + "\n", encoding="utf-8")
    PAGE.write_text(page(proofs, results), encoding="utf-8")


def page(proofs: Iterable[Proof], results: Mapping[str, Result]) -> str:
    """Draw a table of the proofs for each day, commit and machine that they ran on."""
    groups: dict[str, list[dict[str, object]]] = {}
    left: list[dict[str, object]] = []
    for proof in proofs:
        row: dict[str, object] = {"make": f"`{proof.name}`", "what it proves": proof.proves}
        rows = left
        if found := results.get(proof.name):
            machine = f"{found['processor']}, {found['cores']} cores"
            facts = (found["date"][:10], found["commit"], machine, found["card"])
            rows = groups.setdefault(", ".join(filter(None, facts)), [])
            mark = "**" * (found["ended"] in (FAILED, OVER))
            row["result"] = f"{mark}{in_words(found)}{mark}"
        rows.append(row)
    groups |= {"Not run yet": left} if left else {}
    parts = [f"## {title}\n\n{table(rows)}" for title, rows in groups.items()]
    return "\n".join([INTRODUCTION, *parts])


def in_words(found: Result) -> str:
    """Say in a few words how a proof ended."""
    if found["ended"] == CANNOT:
        return f"{CANNOT}: {found['why'][0] if found['why'] else 'nothing was run'}"
    counts = {kind: found[kind] for kind in (FAILED, PASSED)}
    counts["skipped"] = sum(found["skipped"].values())
    told = ", ".join(f"{number:,} {kind}" for kind, number in counts.items() if number)
    if found["ended"] == PASSED:
        return told or PASSED
    return f"{found['ended']}: {told}" if told else str(found["ended"])


if __name__ == "__main__":
    sys.exit(main())
