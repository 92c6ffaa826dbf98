"""Measures how clips look: seams, the speaker's face, text over faces, captions, safe areas.

The films are composites of known layout (`bench.support.composite_scenes`, made at the first run
in a folder given as the argument or a temporary one) and the local recordings. Each is one clip,
planned by the real stages and looked at every 80 ms without being encoded.

Figures are shares: "seams" and "bars" of all moments; "speaker inside" (all of the face) and "wrong
person" of those in which somebody is known to speak; "over faces" and "over text" of all moments,
with a title; "safe ink" of the text's pixels; "captioned" of the seconds of speech; "cuts carried"
of the source's hard cuts. Where nothing is known of a film, cells stay empty.
"""

import argparse
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import composites

import pipeline
from bench.support.film_truth import SCENES
from bench.support.looks import measure, pool
from bench.support.planned_clips import plan_clip
from bench.support.recordings import MEDIA, PODCAST
from bench.support.report import report, show
from pipeline.core.errors import PipelineError
from pipeline.models.model_config import ModelConfig

HEARING = MEDIA.parent / "hearing"
DUOS = (MEDIA / "composites/duo_a.mp4", MEDIA / "composites/duo_b.mp4", HEARING / "duo_d.mp4")
GOALS = {
    "seams": "0",
    "bars": "0",
    "speaker inside": "≥ 0.98",
    "wrong person": "≤ 0.02",
    "over faces": "≤ 0.005",  # by title and captions
    "over text": "0",
    "safe ink": "1",
    "captioned": "≥ 0.98",
    "cuts carried": "0",
}


def films(folder: Path, only: Collection[str]) -> Iterator[Path]:
    """Yield the composites, made if absent, and the recordings that are there; or `only` some."""
    for name, scene in SCENES.items():
        if not only or name in only:
            yield composites.write(scene, folder)
    for film in (*DUOS, PODCAST, *sorted((MEDIA / "talk").glob("*.mp4"))):
        if film.exists() and (not only or film.stem in only):
            yield film


def main() -> int:
    """Measure, print and save; a few films are not saved."""
    parser = argparse.ArgumentParser(prog="bench.look", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", nargs="?", type=Path, help="where the composites are or come")
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
            try:
                looks.append(measure(film, plan_clip(film, models)))
            except PipelineError as error:
                print(f"{film.stem}: no clip: {error}", flush=True)
                continue
            print(looks[-1].row(), flush=True)
    rows: list[dict[str, object]] = [look.row() for look in [*looks, pool("all", looks)]]
    rows.append({"film": "goal", **GOALS})
    title = "How clips look: shares of moments"
    if wanted.only:
        show(title, rows)
    else:
        report("look", title, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
