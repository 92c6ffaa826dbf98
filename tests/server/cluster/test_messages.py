"""What the server and the machines tell each other arrives as it was."""

from pathlib import Path

from fake_engine import FakeEngine

from klipfast_server.cluster import messages
from klipfast_server.cluster.messages import Heard
from klipfast_server.store.queue.job_queue import ClipKeys, StoredClip
from pipeline.core.control import Control
from pipeline.core.data import Options, Talk


def talk(tmp_path: Path) -> Talk:
    source = tmp_path / "source"
    source.write_text("seconds 30")
    engine = FakeEngine()
    probed = engine.probe(source, max_duration_s=None)
    return engine.listen(probed, options=Options(), work_dir=tmp_path, control=Control())


def test_a_talk_arrives_whole(tmp_path: Path) -> None:
    heard = talk(tmp_path), 1.5
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
    made = StoredClip(clip=clip, keys=keys, size_bytes=7, worked_s=2.0)
    assert made.clip.shots
    assert messages.decode(messages.encode(made), StoredClip) == made
