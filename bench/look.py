"""Measures how clips look: seams, the speaker's face, text over faces, pace, captions, safe areas.

The films are composites of known layout (`bench.support.composite_scenes`, made at the first run
in a folder given as the argument or a temporary one) and the local recordings. Each is one clip,
planned by the real stages and looked at every 80 ms without being encoded. `--sheets DIR` draws a
contact sheet of each film instead of measuring. Needs the local recordings.

Figures are shares: "seams" and "bars" of all moments; "speaker inside" (all of the face), "face
cut", "wrong person" and "silent shown" of those in which somebody is known to speak; "over faces"
(with a title; "untitled" without) and "over text" of all moments; "safe ink" of the text's pixels;
"captioned" of the seconds of speech. Where nothing is known of a film, cells stay empty.
"""

import argparse
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import composites

import pipeline
from bench.support.composite_scenes import SCENES
from bench.support.contact_sheets import draw_sheet
from bench.support.looks import Look, Row, measure, pool
from bench.support.planned_clips import PlannedClip, plan_clip
from bench.support.recordings import MEDIA
from bench.support.report import keep, show
from pipeline.core.errors import PipelineError
from pipeline.models.registry import ModelConfig, Models

HEARING = MEDIA.parent / "hearing"
DUOS = (MEDIA / "composites/duo_a.mp4", MEDIA / "composites/duo_b.mp4", HEARING / "duo_d.mp4")
PODCAST = MEDIA / "long/podcast_a.mp4"
APART = ("silent_third", "poster")  # a listener and a photograph: told apart in the summary, too
GOALS = {
    "seams": "0",
    "bars": "0",
    "speaker inside": "≥ 0.98",
    "wrong person": "≤ 0.02",
    "over faces": "≤ 0.005",  # by title and captions
    "untitled": "≤ 0.005",  # the same without a title
    "over text": "0",
    "safe ink": "1",
    "captioned": "≥ 0.98",
}


def films(folder: Path, only: Collection[str]) -> Iterator[Path]:
    """Yield the composites, made if absent, and the recordings that are there; or `only` some."""
    for name, scene in SCENES.items():
        if not only or name in only:
            yield composites.write(scene(), folder)
    for film in (*DUOS, PODCAST, *sorted((MEDIA / "talk").glob("*.mp4"))):
        if film.exists() and (not only or film.stem in only):
            yield film


def _plan(film: Path, models: Models) -> PlannedClip | None:
    """Plan a film's clip; say so where the product makes none."""
    try:
        return plan_clip(film, models)
    except PipelineError as error:
        print(f"{film.stem}: no clip: {error}", flush=True)
        return None


def main() -> int:
    """Measure, print and save; or draw the contact sheets."""
    parser = argparse.ArgumentParser(prog="bench.look", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="where the composites are or come")
    parser.add_argument("--sheets", type=Path, metavar="DIR", help="draw PNGs there instead")
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="FILM", help="names without the suffix"
    )
    wanted = parser.parse_args()
    if not MEDIA.is_dir():
        print(f"eval-look: {MEDIA} is not on this machine, so nothing was measured.")
        return 0
    models = pipeline.load_models(ModelConfig())
    looks = []
    with TemporaryDirectory() as temporary:
        for film in films(wanted.folder or Path(temporary), wanted.only):
            clip = _plan(film, models)
            if clip is None:
                continue
            if wanted.sheets:
                print(draw_sheet(clip, wanted.sheets / f"{film.stem}.png"), flush=True)
                continue
            looks.append(measure(film, clip))
            print(looks[-1].row(), flush=True)
    if not wanted.sheets:
        _report(looks, save=not wanted.only)
    return 0


def _narrow(row: Row) -> Row:
    """Leave out what a table has no room for."""
    return {
        key: value for key, value in row.items() if key not in {"seconds", "layouts", "captions"}
    }


def _report(looks: Sequence[Look], *, save: bool) -> None:
    """Print a row a film, and all together beside the goals."""
    rows = [look.row() for look in looks]
    show("How clips look: shares of moments", [_narrow(row) for row in rows])
    common = [look for look in looks if look.film not in APART]
    apart = [look for look in looks if look.film in APART]
    summary = [pool("the others", common)] if common else []
    summary += [pool(look.film, [look]) for look in apart]
    summary.append({"film": "goal", **GOALS})
    show("Summary", [_narrow(row) for row in summary])
    if save:
        keep("look", films=rows, summary=summary)


if __name__ == "__main__":
    sys.exit(main())
