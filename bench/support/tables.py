"""Holds the measurements of recognition and builds tables of them."""

import statistics
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.support.engines import Answer, Kind
from bench.support.measures import by_letters, error_rate, onset_errors
from bench.support.recordings import Recording
from bench.support.report import Rows
from bench.support.spread import paired
from pipeline.media.probing import probe


@dataclass
class Results:
    """All measurements."""

    recordings: Sequence[Recording]
    answers: dict[tuple[str, Path], list[Answer]] = field(default_factory=lambda: defaultdict(list))
    beside: dict[str, list[tuple[Answer, float]]] = field(default_factory=lambda: defaultdict(list))
    encode_alone: float = 0.0  # frames per second
    settings: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)  # engine → reason

    def heard(self, kind: Kind, recording: Recording) -> list[Answer]:
        """Return the successful answers of an engine."""
        return [a for a in self.answers[kind.name, recording.path] if not a.error]

    def seconds(self, kind: Kind, recording: Recording) -> float | None:
        """Return the median time, or None without answers."""
        found = [a.seconds for a in self.heard(kind, recording)]
        return statistics.median(found) if found else None

    def ratio(self, kind: Kind, ours: Kind, recording: Recording) -> dict[str, float]:
        """Return the engine's time over ours as columns with their spread, or none without one.

        With equal numbers of rounds the ratio is taken round by round, which evens out changes in
        the machine's other load.
        """
        theirs = [answer.seconds for answer in self.heard(kind, recording)]
        own = [answer.seconds for answer in self.heard(ours, recording)]
        if not theirs or not own:
            return {}
        if len(theirs) != len(own):
            return {"s / ours": statistics.median(theirs) / statistics.median(own)}
        return paired(theirs, own).fields("s / ours")


def speed_rows(results: Results, kinds: Sequence[Kind], timed: Sequence[Recording]) -> Rows:
    """Build rows of time, memory and word errors for long recordings; the first kind is ours."""
    rows: list[dict[str, object]] = []
    for recording in timed:
        for kind in kinds:
            seconds = results.seconds(kind, recording)
            row: dict[str, object] = {"file": recording.path.name, "engine": kind.name}
            if seconds is not None:
                heard = results.heard(kind, recording)
                row |= {
                    "settings": results.settings[kind.name],
                    "runs": len(heard),
                    "s": seconds,
                    "× real time": recording_seconds(recording) / seconds,
                    "processor s": statistics.median(a.processor_s for a in heard),
                    "others' cores": statistics.median(a.others_cores for a in heard),
                    **results.ratio(kind, kinds[0], recording),
                    "peak MiB": _peak(results, kind, recording, timed),
                    "WER": str(error_rate([(recording.text, heard[0].text)], recording.language)),
                }
            elif why := why_not(results, kind, recording):
                row["settings"] = f"not measured: {why}"
            else:
                continue
            rows.append(row)
    return rows


def _peak(
    results: Results, kind: Kind, recording: Recording, timed: Sequence[Recording]
) -> int | str:
    """Return the peak memory with the talk that an engine heard first; later peaks include it."""
    heard = [talk for talk in timed if results.heard(kind, talk)]
    if heard[0] is not recording:
        return ""
    return round(results.heard(kind, recording)[-1].peak_mib)


def why_not(results: Results, kind: Kind, recording: Recording) -> str:
    """Return why an engine has no time for a recording; "" if it was not asked."""
    answers = results.answers[kind.name, recording.path]
    return results.failed.get(kind.name) or (answers[0].error if answers else "")


def accuracy_rows(results: Results, kinds: Sequence[Kind]) -> Rows:
    """Build rows of pooled errors by set: WER, or CER for languages without spaces."""
    sets = dict.fromkeys(r.set for r in results.recordings)
    rows = []
    for kind in kinds:
        row: dict[str, object] = {"engine": kind.name}
        right = asked = 0
        for name in sets:
            members = [r for r in results.recordings if r.set == name]
            answers = [(r, a[0]) for r in members if (a := results.answers[kind.name, r.path])]
            language = members[0].language
            key = f"{name} {'CER' if by_letters(language) else 'WER'}"
            if answers and all(a.error for _, a in answers):
                row[key] = "failed"
            elif answers:
                row[key] = str(error_rate([(r.text, a.text) for r, a in answers], language))
                right += sum(a.language == r.language for r, a in answers)
                asked += len(answers)
        if asked:
            row["languages right"] = f"{right}/{asked}"
        rows.append(row)
    return rows


def onset_rows(results: Results, kinds: Sequence[Kind]) -> Rows:
    """Build rows of onset errors for recordings with true times."""
    rows: list[dict[str, object]] = []
    for recording in results.recordings:
        if not recording.onsets:
            continue
        for kind in kinds:
            for answer in results.heard(kind, recording)[:1]:
                found = onset_errors(recording.onsets, [(w, s) for w, s, _ in answer.words])
                rows.append(
                    {
                        "file": recording.path.name,
                        "engine": kind.name,
                        "matched": f"{found.matched}/{found.total}",
                        "median |error| ms": round(found.median_ms),
                        "95 % |error| ms": round(found.p95_ms),
                        "median error ms": round(found.bias_ms),
                    }
                )
    return rows


def beside_rows(results: Results, kinds: Sequence[Kind], recording: Recording) -> Rows:
    """Build rows of speed alone and beside an encode, with the encoder's speed."""
    rows: list[dict[str, object]] = []
    for kind in kinds:
        pairs = [(a, rate) for a, rate in results.beside[kind.name] if not a.error]
        alone_s = results.seconds(kind, recording)
        if not pairs or alone_s is None:
            continue
        beside_s = statistics.median(a.seconds for a, _ in pairs)
        rate = statistics.median(rate for _, rate in pairs)
        length_s = recording_seconds(recording)
        rows.append(
            {
                "engine": kind.name,
                "runs": len(pairs),
                "alone s": alone_s,
                "beside s": beside_s,
                "alone × real time": length_s / alone_s,
                "beside × real time": length_s / beside_s,
                "encoder alone frames/s": results.encode_alone,
                "encoder beside frames/s": rate,
            }
        )
    return rows


def recording_seconds(recording: Recording) -> float:
    """Return the length of a recording."""
    return probe(recording.path).duration_s


def runs(results: Results) -> Iterator[dict[str, object]]:
    """Yield every single run."""
    for (name, path), answers in results.answers.items():
        for answer in answers:
            yield {
                "engine": name,
                "file": path.name,
                "s": answer.seconds,
                "processor s": answer.processor_s,
                "others' cores": answer.others_cores,
                "peak MiB": answer.peak_mib,
                "words": len(answer.words),
                "error": answer.error,
            }
    for name, pairs in results.beside.items():
        for answer, rate in pairs:
            yield {
                "engine": name,
                "beside an encode": True,
                "s": answer.seconds,
                "processor s": answer.processor_s,
                "encoder frames/s": rate,
                "error": answer.error,
            }
