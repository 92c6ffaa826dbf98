"""What the benchmarks of whole jobs give to both sides, and what they read of growth."""

import os
import time
from pathlib import Path

import av
import pytest

from bench import growth
from bench.support.recordings import SAMPLE
from bench.support.repeated import repeated
from bench.support.watching import disk_mib, private_mib, watched
from bench.whole_job.__main__ import decoded
from bench.whole_job.encoder_arguments import with_encoder

COMMAND = [
    *("ffmpeg", "-i", "a.mp4", "-c:v", "libx264", "-preset", "veryfast", "-crf", "20"),
    *("-r", "30", "-b:a", "160k", "out.mp4"),
]


def test_only_preset_crf_and_rate_of_a_command_change() -> None:
    changed = with_encoder(COMMAND, ("medium", 21, "25"))
    assert " ".join(changed) == (
        "ffmpeg -i a.mp4 -c:v libx264 -preset medium -crf 21 -r 25 -b:a 160k out.mp4"
    )


def test_a_command_without_a_setting_is_refused() -> None:
    with pytest.raises(ValueError, match=r"does not set -crf"):
        with_encoder([word for word in COMMAND if word not in ("-crf", "20")], ("medium", 21, "25"))


def test_a_request_says_what_to_render() -> None:
    line = (
        '{"file": "a", "out": "b", "clips": 2, "spans": [[1, 2.5]], "encoder": ["fast", 21, "25"]}'
    )
    request = decoded(line)
    assert (request.file, request.out, request.clips) == (Path("a"), Path("b"), 2)
    assert list(request.spans) == [(1.0, 2.5)]
    assert request.encoder == ("fast", 21, "25")
    assert not request.lossless


@pytest.mark.parametrize("length_s", [20.0, 200.0])  # shorter and longer than the sample
def test_a_repeated_talk_has_the_length_that_was_asked_for(length_s: float, tmp_path: Path) -> None:
    path = repeated(SAMPLE, length_s, tmp_path / "talk.mp4")
    with av.open(path) as container:
        assert container.duration is not None
        assert container.duration / av.time_base == pytest.approx(length_s, abs=0.5)
        times = [p.dts for p in container.demux(container.streams.video[0]) if p.dts is not None]
    assert times == sorted(set(times))


def rows(exponent: float) -> list[dict[str, object]]:
    return [
        {
            "number of clips": "as many at each length",
            "minutes": minutes,
            "s": 2.0 * minutes**exponent,
            "CPU s": 4.0 * minutes,
            "peak MiB": 1000 + minutes,
            "private MiB": 800,
            "stages": {"transcribe": 1.5 * minutes**exponent, "probe": 0.01 * minutes},
        }
        for minutes in (10, 20, 40, 80)
    ]


def test_growth_has_exponents_of_what_is_long_enough_to_time() -> None:
    law = growth.law(rows(1.3))
    assert law["time"] == pytest.approx(1.3)
    assert law["CPU"] == pytest.approx(1.0)
    assert law["by stage"] == {"transcribe": pytest.approx(1.3)}
    assert law["peak memory"] == pytest.approx(1080 / 1010)
    assert law["peak MiB"] == 1080


def test_the_peak_of_a_folder_stays_when_its_files_go(tmp_path: Path) -> None:

    with watched(os.getpid(), tmp_path) as peaks:
        (tmp_path / "big").write_bytes(b"x" * 3_000_000)
        until = time.monotonic() + 20
        while peaks.disk_mib < 2.5 and time.monotonic() < until:
            time.sleep(0.01)
        (tmp_path / "big").unlink()
    assert peaks.disk_mib == pytest.approx(3_000_000 / 2**20, rel=0.05)
    assert disk_mib(tmp_path) == 0
    assert peaks.private_mib > 10


def test_a_process_that_is_gone_has_no_memory() -> None:
    assert private_mib(2**22 + 1) == 0
