"""Measures how well the picks match those of editors, on held-out episodes.

Tiles of half a minute compete within their episode. A tile is right if it covers half of a zone, or
if a zone covers half of the tile. Figures are means over episodes with 95 % intervals by resampling
episodes. Needs the local data.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

import pipeline
from bench.support import picks
from bench.support.recordings import MEDIA
from bench.support.report import Rows, keep, show
from pipeline.analysis import laughter, lexical_features, salience, topic_boundaries
from pipeline.analysis.salience import Heads, Spans
from pipeline.core.arrays import F64
from pipeline.core.control import Control
from pipeline.core.data import Options
from pipeline.highlights import scoring, selection, sentence_features
from pipeline.highlights.sentence_features import Features, TextModels
from training import chapters, corpus, laughs, ranking
from training.corpus import Episode

DATA = Path(__file__).parents[2] / "shared" / "data" / "highlights"
RESAMPLES = 2000
PICKS = 10  # per talk
ENCODERS = ("english", "multilingual")
MOVES = 20  # random shifts that measure chance

Scorer = Callable[[Episode], F64]  # (sentences,): the score of each
TileScorer = Callable[[Episode, Spans], F64]  # (tiles,)


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a scorer, by episode."""

    auc: F64
    precision: F64
    hit: F64

    def row(self, name: str) -> dict[str, object]:
        """Return the table row."""
        return {
            "scorer": name,
            "AUC": round(float(self.auc.mean()), 3),
            "AUC 95 %": interval(self.auc),
            "AP": round(float(self.precision.mean()), 3),
            "AP 95 %": interval(self.precision),
            "hit@10": round(float(self.hit.mean()), 3),
            "episodes": len(self.auc),
        }


def interval(values: F64) -> str:
    """Return the 95 % interval of the mean, by resampling."""
    draws = np.random.default_rng(0).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.quantile(values[draws].mean(1), (0.025, 0.975))
    return f"{low:.3f} to {high:.3f}"


def by_sentences(scorer: Scorer) -> TileScorer:
    """Score a tile by the mean of its sentences, weighted by words."""
    return lambda episode, tiles: ranking.tile_scores(episode, scorer(episode), tiles)


def measure(episodes: Sequence[Episode], scorer: TileScorer) -> Measured:
    """Compute the figures of each episode that has a positive and a negative tile."""
    found = []
    for episode in episodes:
        tiles = episode.tiles()
        labels = (episode.share(tiles) >= ranking.HALF).astype(np.float64)
        if 0 < labels.sum() < len(labels):
            scores = scorer(episode, tiles)
            found.append(
                (
                    ranking.auc(scores, labels),
                    ranking.average_precision(scores, labels),
                    ranking.hit(scores, labels),
                )
            )
    return Measured(*np.array(found).T)


def train_heads(
    episodes: Sequence[Episode],
    group: Callable[[Episode], object],
    columns: Sequence[int] | None = None,
) -> Mapping[object, Heads]:
    """Train heads for each group on all other groups, optionally on these columns only."""
    found: dict[object, Heads] = {}
    for left_out in sorted({group(e) for e in episodes}, key=str):
        others = [e for e in episodes if group(e) != left_out]
        found[left_out] = ranking.train_both(others, columns)
    return found


def predict_tiles(heads: Mapping[object, Heads], group: Callable[[Episode], object]) -> TileScorer:
    """Score each episode with the heads that were trained without its group."""

    def scorer(episode: Episode) -> F64:
        both = [own_score(episode, heads[group(episode)], name) for name in ENCODERS]
        mean: F64 = np.mean(both, 0)
        return mean

    return by_sentences(scorer)


def one_encoder(
    heads: Mapping[object, Heads], group: Callable[[Episode], object], name: str
) -> TileScorer:
    """Score each episode with one of the two heads, smoothed as `rank` does."""

    def scorer(episode: Episode) -> F64:
        own = own_score(episode, heads[group(episode)], name)
        return salience.smooth(episode.sentences, own)

    return by_sentences(scorer)


def own_score(episode: Episode, heads: Heads, name: str) -> F64:
    """Return the score of each sentence by the head of one encoder, from stored features."""
    e = episode if name == "english" else episode.multilingual
    return salience.score_sentences(e.sentences, e.vectors, getattr(heads, name), seen=e.seen)


def rank_tiles(heads: Mapping[object, Heads], group: Callable[[Episode], object]) -> TileScorer:
    """Score tiles by the output of `python -m pipeline rank`, with equal weight per sentence."""

    def scorer(episode: Episode, tiles: Spans) -> F64:
        ranked = sentence_features.by_sentence(features(episode, heads[group(episode)]))
        return salience.means(ranked[:, None], tiles, np.ones(len(ranked)))[:, 0]

    return scorer


def score_clips(heads: Mapping[object, Heads], *, liked: bool = True) -> TileScorer:
    """Score tiles as candidates are scored, with or without what editors like."""

    def scorer(episode: Episode, tiles: Spans) -> F64:
        known = features(episode, heads[fold(episode)])
        odds = scoring.log_odds(known, *tiles.T)
        return odds + scoring.liking(known, *tiles.T) if liked else odds

    return scorer


def features(episode: Episode, heads: Heads | None = None) -> Features:
    """Compute the features of the sentences, without audio."""
    models = TextModels(episode.embed, episode.find_moments, episode.embed)
    return sentence_features.features(episode.sentences, models, None, "en", heads=heads)


def fold(episode: Episode) -> object:
    """Return the fold of the episode in the data."""
    return episode.fold


def show_of(episode: Episode) -> object:
    """Return the show of the episode, to hold out whole shows."""
    return episode.show


def baselines() -> Mapping[str, Scorer]:
    """Return the baselines, which need no training."""
    random = np.random.default_rng(0)

    def hand(e: Episode) -> F64:
        """Sum eight features of the wording, each relative to the talk, with equal weights."""
        known = features(e)
        names = ("number", "addresses_you", "story", "contrast", "strong", "teaches", "finished")
        columns = [np.array([float(getattr(c, n)) for c in known.cues]) for n in names]
        columns.append(-np.array([float(c.hedge) for c in known.cues]))
        total: F64 = np.sum([(c - c.mean()) / max(1e-9, c.std()) for c in columns], 0)
        return total

    def tiling(e: Episode) -> F64:
        """Score where a new subject begins (TextTiling on embeddings)."""
        distance: F64 = topic_boundaries.evidence(e.sentences, e.vectors)[:, 0]
        return distance

    return {
        "random": lambda e: random.random(len(e.sentences)),
        "words": lambda e: salience.lengths(e.sentences),
        "earlier first": lambda e: -np.arange(len(e.sentences), dtype=np.float64),
        "eight features, equal weights": hand,
        "TextTiling": tiling,
    }


def column_groups(directions: int) -> Mapping[str, Sequence[int]]:
    """Return the columns that remain when a group of features is left out."""
    ends = np.cumsum(
        [len(lexical_features.NAMES), len(salience.MEANING), len(salience.SPEAKING), directions]
    )
    names = ("wording", "place in the talk's meaning", "who speaks", "embedding")
    every = range(int(ends[-1]))
    return {
        name: [i for i in every if not end - size <= i < end]
        for name, end, size in zip(names, ends, np.diff(ends, prepend=0), strict=True)
    }


def measure_picks(episodes: Sequence[Episode], heads: Mapping[object, Heads]) -> Rows:
    """Measure in how many episodes one of ten picks covers half of a zone, for ours and by chance.

    Chance: the same picks, all shifted by the same number of sentences, modulo the talk.
    """
    options = Options(clip_count=PICKS)
    ours, chance = [], []
    random = np.random.default_rng(0)
    for episode in episodes:
        known = features(episode, heads[fold(episode)])
        spans = scoring.candidates(
            episode.sentences, known, options.min_duration_s, options.max_duration_s
        )
        found = selection.select(spans, known, PICKS)
        picks = np.stack((spans.first[found], spans.last[found]), 1)
        count = len(episode.sentences)
        ours.append(_shown(episode, picks))
        for move in random.integers(0, count, MOVES):
            first = (picks[:, 0] + move) % count
            moved = np.stack((first, np.minimum(first + picks[:, 1] - picks[:, 0], count - 1)), 1)
            chance.append(_shown(episode, moved))
    return [
        {
            "picks": name,
            "has the editor's": round(float(np.mean(hits)), 3),
            "95 %": interval(np.array(hits, np.float64)),
            "episodes": len(episodes),
        }
        for name, hits in (("ours", ours), ("the same, moved at random", chance))
    ]


def _shown(episode: Episode, picks: Spans) -> bool:
    """Return whether a pick contains half of a zone."""
    seconds = np.array([max(0.2, s.end_s - s.start_s) for s in episode.sentences])
    until = np.concatenate(([0.0], np.cumsum(seconds)))
    for first, last in episode.zones:
        begin, end = np.maximum(picks[:, 0], first), np.minimum(picks[:, 1], last) + 1
        common = np.where(begin < end, until[end] - until[np.minimum(begin, end)], 0.0)
        if np.any(common >= ranking.HALF * (until[last + 1] - until[first])):
            return True
    return False


def measure_chapters(episodes: Sequence[Episode]) -> Rows:
    """Measure borders against chapter starts, their number unknown; heads have not seen the show.

    A border is right within chapters.NEAR sentences of a start; each start counts once.
    """
    talks = [e for e in episodes if len(e.chapters[e.chapters > 0]) >= chapters.MIN_CHAPTERS]
    ways: dict[str, list[tuple[float, float, float]]] = {}
    for left_out in sorted({e.show for e in talks}):
        own = [chapters.of_episode(e) for e in talks if e.show != left_out]
        head = chapters.train(own)
        for episode in (e for e in talks if e.show == left_out):
            seen = topic_boundaries.evidence(episode.sentences, episode.vectors)
            borders = peaks(topic_boundaries.relative(seen @ head))
            tiling = peaks(topic_boundaries.relative(seen[:, 0]))
            even = np.linspace(0, len(episode.sentences), len(borders) + 2)[1:-1].astype(np.intp)
            starts = episode.chapters[episode.chapters > 0]
            for name, placed in (
                ("ours", borders),
                ("TextTiling", tiling),
                ("as many, even", even),
            ):
                ways.setdefault(name, []).append(f1(placed, starts))
    tables = {name: np.array(found, np.float64) for name, found in ways.items()}
    return [
        {
            "borders": name,
            "precision": round(float(table[:, 0].mean()), 3),
            "recall": round(float(table[:, 1].mean()), 3),
            "F1": round(float(table[:, 2].mean()), 3),
            "F1 95 %": interval(table[:, 2]),
            "talks": len(table),
        }
        for name, table in tables.items()
    ]


def peaks(strength: F64) -> npt.NDArray[np.intp]:
    """Return the borders that `rank` would report; the pauses of these talks are not real."""
    border = sentence_features.SUBJECT_WEIGHT * strength
    return np.array(sentence_features.find_peaks(border), np.intp)


def f1(found: npt.NDArray[np.intp], starts: npt.NDArray[np.intp]) -> tuple[float, float, float]:
    """Return precision, recall and F1 of borders."""
    if not len(found):
        return 0.0, 0.0, 0.0
    near = np.abs(found[:, None] - starts) <= chapters.NEAR
    hits, wanted = near.any(1).sum(), near.any(0).sum()
    right = float(min(hits, wanted))
    return right / len(found), right / len(starts), 2 * right / (len(found) + len(starts))


def measure_laughter() -> Rows:
    """Measure the laughter head within the talks of the held-out fold."""
    talks = corpus.read(DATA / laughs.FILE, every=laughs.EVERY)
    held_out = [t for t in talks if t.fold == laughs.HELD_OUT_FOLD and t.laughs.any()]
    odds = [laughter.laugh_chances(t.sentences, t.embed(())).astype(np.float64) for t in held_out]
    found = np.array([ranking.auc(o, t.laughs) for o, t in zip(odds, held_out, strict=True)])
    return [{"talks": len(found), "AUC": round(float(found.mean()), 3), "95 %": interval(found)}]


def main() -> int:
    """Print and save all tables."""
    if not DATA.exists():
        print(f"eval-highlights: {DATA} is not on this machine, so nothing was measured.")
        return 0
    episodes = corpus.read(DATA / "open_highlights.jsonl.gz", moments=True)
    rows = [
        measure(episodes, by_sentences(scorer)).row(name) for name, scorer in baselines().items()
    ]
    heads = train_heads(episodes, fold)
    rows.append(measure(episodes, predict_tiles(heads, fold)).row("ours: telling"))
    rows.append(measure(episodes, rank_tiles(heads, fold)).row("telling, as `rank` answers"))
    for name, columns in column_groups(ranking.DIRECTIONS).items():
        less = train_heads(episodes, fold, columns)
        rows.append(measure(episodes, predict_tiles(less, fold)).row(f"telling without {name}"))
    for name in ENCODERS:
        rows.append(measure(episodes, one_encoder(heads, fold, name)).row(f"the {name} head alone"))
    rows.append(measure(episodes, score_clips(heads)).row("ours: a clip's score"))
    rows.append(measure(episodes, score_clips(heads, liked=False)).row("a whole moment alone"))
    show("Editors' teasers, five-fold", rows)
    others = train_heads(episodes, show_of)
    ways = {
        "telling": predict_tiles(others, show_of),
        "as `rank` answers": rank_tiles(others, show_of),
        "the english head alone": one_encoder(others, show_of, "english"),
    }
    shows = [
        measure([e for e in episodes if e.show == name], way).row(f"{name} unseen, {how}")
        for name in dict.fromkeys(e.show for e in episodes)
        for how, way in ways.items()
    ]
    for how, way in ways.items():
        shows.append(measure(episodes, way).row(f"every show unseen, {how}"))
    show("Other shows' teasers", shows)
    clips = measure_picks(episodes, heads)
    show("Ten picks of each talk, five-fold", clips)
    borders = measure_chapters(episodes)
    show("Chapters of shows unseen, their number unknown", borders)
    laughing_rows = measure_laughter()
    show("Laughter", laughing_rows)
    models = pipeline.load_models()
    script = picks.written()
    chosen = selection.choose(script, None, models.text_models, Options(), Control())
    _, heard = picks.of_file(MEDIA / picks.PODCAST, models)
    moments = [*picks.planted("script", chosen), *picks.planted("as heard", heard)]
    show("Planted moments of the scripted podcast", moments)
    ends = picks.borders(models)
    show("Clips of real recordings", ends)
    hour = picks.hour(DATA / "open_highlights.jsonl.gz")
    show("Ranking an hour's transcript", hour)
    keep(
        "highlights",
        teasers=rows,
        shows=shows,
        picks=clips,
        chapters=borders,
        laughter=laughing_rows,
        moments=moments,
        borders=ends,
        hour=hour,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
