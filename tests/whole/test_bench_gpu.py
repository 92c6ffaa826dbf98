"""The checks for a card, with the processor on both sides: their logic, not the card's."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from project_paths import SAMPLE
from real_models import models

from bench import gpu_check
from bench.gpu import pictures, recognition
from bench.gpu.random_whisper import LARGE_V3_TURBO, Shape, build, recognize
from bench.gpu.row import Missing, Row, passed, rows_of
from bench.gpu.versions import versions

CPU = torch.device("cpu")
TINY = Shape(
    name="tiny", tokens=51_866, mel_bins=128, width=64, heads=4, encoder_layers=2, decoder_layers=2
)


def test_an_error_costs_the_rest_of_its_own_check_only() -> None:
    def check() -> Iterator[Row]:
        yield Row(check="first", agrees=True)
        raise ValueError("the driver\nfell over")

    first, second = rows_of("second", check)
    assert first == Row(check="first", agrees=True)
    assert second.check == "second"
    assert second.reason.startswith("ValueError: the driver")
    assert not passed([first, second])


def test_what_is_missing_is_no_failure() -> None:
    def check() -> Iterator[Row]:
        yield from ()
        raise Missing("no encoder")

    rows = rows_of("encoder", check)
    assert [row.reason for row in rows] == ["no encoder"]
    assert passed(rows)
    assert not passed([*rows, Row(check="words", agrees=False)])


def test_the_networks_agree_with_themselves_and_a_difference_is_told() -> None:
    sound = recognition.sound_of(SAMPLE)
    both = recognition.Both(models(), models())
    rows = list(recognition.networks(both, sound))
    assert [row.agrees for row in rows] == [True, True]
    quieter = type(sound)(samples=sound.samples // 3)
    heard = list(recognition.speed(models(), quieter, 10.0))
    assert len(heard) == 1
    assert isinstance(heard[0].card, float)
    assert heard[0].card > 0


def test_random_weights_make_a_network_that_decodes_every_window() -> None:
    scores = recognize(build(TINY, CPU, torch.float32), windows=3, tokens=5)
    assert scores.shape == (3, TINY.tokens)
    assert torch.isfinite(scores).all()
    again = recognize(build(TINY, CPU, torch.float32), windows=3, tokens=5)
    assert torch.equal(scores, again)


def test_shapes_are_timed_in_each_batch() -> None:
    rows = list(recognition.shapes(TINY, CPU, (1, 2), tokens=3))
    assert [row.check.split(",")[1] for row in rows] == [
        " 1 windows of 3 tokens",
        " 2 windows of 3 tokens",
    ]
    assert all(isinstance(row.card, float) and row.card > 0 for row in rows)


def test_pictures_composed_by_both_sides_agree(tmp_path: Path) -> None:
    rows = [*pictures.compare(SAMPLE, CPU), *pictures.decoder(tmp_path, CPU, pictures=30)]
    decoded, composed, *decoders = rows
    assert decoded.card == pictures.COMPARED_FRAMES
    assert composed.agrees
    assert [row.check for row in decoders] == [
        "decoder, 720p, pictures/s",
        "decoder, 1080p, pictures/s",
    ]
    assert all(isinstance(row.cpu, float) and isinstance(row.card, float) for row in decoders)


def test_likeness_is_zero_for_films_of_different_length(tmp_path: Path) -> None:
    one, other = (pictures.film(tmp_path / f"{count}.mp4", (320, 180), count) for count in (10, 11))
    assert pictures.likeness(one, other) == 0.0
    assert pictures.likeness(one, one) > 60


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a card")
def test_without_a_card_it_says_so_and_is_no_failure(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu_check.main() == 0
    assert "no CUDA device" in capsys.readouterr().out
    rows = rows_of("NVENC", lambda: pictures.nvenc(Path("unused")))
    assert "no encoder" in rows[0].reason
    assert passed(rows)


def test_a_card_that_cannot_be_used_leaves_a_reason_in_every_row(tmp_path: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    every = gpu_check.checks(torch.device("cuda"), tmp_path)
    for name in ("networks", LARGE_V3_TURBO.name, "compositor"):
        rows = rows_of(name, every[name])
        assert rows[-1].reason, name
        assert not isinstance(rows[-1].card, float), name


def test_versions_name_what_figures_depend_on() -> None:
    known = versions(CPU)
    assert {"torch", "av", "transformers", "driver", "CUDA of torch"} <= set(known)
