"""A preview of how a span is framed: drawn over the source, and never in its place."""

from pathlib import Path

import av
import numpy as np
import pytest
from films import speech_like, textured, write_film

from pipeline.cli import commands as command_line
from pipeline.cli import framing_preview
from pipeline.core.control import Control
from pipeline.core.data import Box, Options, Span
from pipeline.core.errors import Canceled
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_film(tmp_path / "f.mp4", [textured(1)] * 50, sound=speech_like(2.0))


def preview(film: Path, out: Path) -> int:
    span = ["--start", "0", "--end", "1"]
    return command_line.main(
        ["reframe", str(film), *span, "--preview", str(out), "--active-speaker", "", "--json"]
    )


def test_a_preview_draws_faces_speakers_and_crop(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "preview.mp4"
    assert preview(film, out) == 0
    with av.open(str(out)) as container:
        frames = list(container.decode(video=0))
    shown = probe(film, min_duration_s=0.0).video
    assert shown is not None
    assert len(frames) == pytest.approx(float(shown.fps), abs=1)
    assert frames[0].width / frames[0].height == pytest.approx(shown.width / shown.height, rel=0.02)


def test_an_outline_is_where_the_box_is_and_never_outside() -> None:
    picture = np.zeros((40, 60, 3), np.uint8)
    framing_preview.outline(picture, Box(x=20, y=10, w=40, h=20), 0.5, (255, 255, 255), 2)
    assert picture[5:7, 10:30].all()
    assert picture[13:15, 10:30].all()
    assert not picture[7:13, 12:28].any()
    framing_preview.outline(picture, Box(x=-50, y=-50, w=500, h=500), 1.0, (9, 9, 9), 2)
    assert (picture[0] == 9).all()
    assert (picture[-1] == 9).all()


def test_a_preview_is_never_written_over_its_source(
    film: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = film.read_bytes()
    assert preview(film, film) == 1
    assert "the source itself" in capsys.readouterr().err
    assert film.read_bytes() == before


def test_a_preview_that_is_stopped_leaves_no_file(film: Path, tmp_path: Path) -> None:
    found, span, control = probe(film, min_duration_s=0.0), Span(start_s=0.0, end_s=1.0), Control()
    path = plan(found, span, (), Options())
    control.cancel.set()
    with pytest.raises(Canceled):
        framing_preview.write(
            tmp_path / "out.mp4", found, span, shots=(), path=path, control=control
        )
    assert not (tmp_path / "out.mp4").exists()
