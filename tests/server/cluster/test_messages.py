"""What the server and the machines tell each other arrives as it was."""

from dataclasses import replace
from pathlib import Path

from fake_engine import FakeEngine

from klipfast_server.cluster import messages
from klipfast_server.cluster.messages import Heard, Made
from klipfast_server.store.job_queue import ClipKeys
from pipeline.core.control import Control
from pipeline.core.data import Options, Talk
from pipeline.framing import known_shots


def talk(tmp_path: Path) -> Talk:
    source = tmp_path / "source"
    source.write_text("seconds 30")
    return FakeEngine().listen(source, options=Options(), work_dir=tmp_path, control=Control())


def test_a_talk_arrives_whole(tmp_path: Path) -> None:
    heard = Heard(talk=talk(tmp_path), worked_s=1.5)
    assert messages.decode(messages.encode(heard), Heard) == heard


def test_a_clip_arrives_whole(tmp_path: Path) -> None:
    there = talk(tmp_path)
    clip = FakeEngine().make_clip(
        there,
        there.highlights[0],
        options=Options(clean_video=True),
        stem=tmp_path / "clip",
        control=Control(),
    )
    keys = ClipKeys(video="a.mp4", pictures=("a.jpg",), clean="a.clean.mp4")
    body = messages.encode_made(clip, keys=keys, size_bytes=7, worked_s=2.0)
    made: Made = messages.decode(body, Made)
    assert replace(made.clip, shots=known_shots.decode(made.shots)) == clip
    assert (made.keys, made.size_bytes, made.worked_s) == (keys, 7, 2.0)
