"""Cut lists: what an editor reads from them are the frames of the clips, at every rate."""

import dataclasses
from fractions import Fraction
from pathlib import Path
from xml.etree import ElementTree

import opentimelineio as otio
import pytest
from caller import Caller
from fake_talk import AUDIO, VIDEO
from opentimelineio.schema import Timeline

from klipfast_server.store.database import Database
from pipeline.core.data import Breakdown, Highlight, Source, Span
from pipeline.export import timelines
from pipeline.export.cut_list import (
    CutList,
    Edit,
    TimelineFormat,
    cut_list,
    one_line,
    timecode_rate,
)

NTSC_30, NTSC_60, FILM = Fraction(30000, 1001), Fraction(60000, 1001), Fraction(24000, 1001)
RATES = [
    FILM,
    *map(Fraction, (24, 25)),
    NTSC_30,
    *map(Fraction, (30, 48, 50)),
    NTSC_60,
    Fraction(60),
]
WHOLE_RATES = [rate for rate in RATES if rate.denominator == 1]
FORMATS: tuple[TimelineFormat, ...] = ("otio", "fcpxml", "fcp7xml", "edl")
Frames = list[tuple[int, int]]


def source(fps: Fraction | None = NTSC_30, duration_s: float = 7200.0) -> Source:
    """Two hours; without `fps` of sound alone."""
    return Source(
        path=Path("/srv/secret/work/job_1/source"),
        container="mov",
        duration_s=duration_s,
        origin_s=0.0,
        video=None if fps is None else dataclasses.replace(VIDEO, fps=fps),
        audio=AUDIO,
    )


def cut(start_s: float, end_s: float, *kept: tuple[float, float], title: str = "A title") -> Edit:
    """A clip of those seconds; of `kept` alone where any are given."""
    highlight = Highlight(
        start_s=start_s,
        end_s=end_s,
        first_sentence=0,
        last_sentence=0,
        score=0.5,
        virality_score=87,
        breakdown=Breakdown(hook=0.1, flow=0.2, value=0.3, energy=0.4),
        reason="It begins with a question.",
        title=title,
    )
    return Edit(highlight=highlight, kept=tuple(Span(start_s=a, end_s=b) for a, b in kept))


CUTS = [
    cut(3599.99, 3660.0),
    cut(60.0, 95.3, (60.0, 61.7), (62.04, 80.0), (80.0, 95.3)),
    cut(7190.0, 7201.0),  # ends after the source does
]


def frames(cuts: CutList) -> Frames:
    """(first, number) of the source's frames, piece by piece."""
    return [(piece.start, piece.length) for piece in cuts.pieces]


def read_otio(text: str) -> Timeline:
    """As any program that speaks OpenTimelineIO does."""
    read = otio.adapters.read_from_string(text, "otio_json")
    assert isinstance(read, Timeline)
    return read


def read_edl(text: str, rate: Fraction) -> Timeline:
    """As OpenTimelineIO's own adapter does; an EDL does not say its rate."""
    read = otio.adapters.read_from_string(text, "cmx_3600", rate=float(round(rate)))
    assert isinstance(read, Timeline)
    return read


def ranges(read: Timeline, kind: str) -> list[Frames]:
    """What each track of that kind shows of the source; it has no gaps."""
    found = []
    for track in read.tracks:
        if track.kind == kind:
            assert all(isinstance(item, otio.schema.Clip) for item in track)
            spans = [item.source_range for item in track]
            found.append([(int(s.start_time.value), int(s.duration.value)) for s in spans])
    return found


def numbers(element: ElementTree.Element, *names: str) -> tuple[int, ...]:
    """The whole numbers of an element's children."""
    return tuple(int(element.findtext(name, "")) for name in names)


def read_fcp7(text: str) -> list[dict[str, list[Frames]]]:
    """What the tracks of each sequence show of the source, by media; they have no gaps.

    Items are linked with those of the same piece, and share one file.
    """
    found = []
    root = ElementTree.fromstring(text)
    assert len({file.attrib["id"] for file in root.iter("file")}) <= 1
    for sequence in root.iter("sequence"):
        tracks: dict[str, list[Frames]] = {}
        for media in ("video", "audio"):
            for track in sequence.findall(f"media/{media}/track"):
                spans = [numbers(item, "start", "end", "in", "out") for item in track]
                assert [a for a, *_ in spans] == [0, *(b for _, b, *_ in spans)][:-1]
                assert all(b - a == last - first for a, b, first, last in spans)
                tracks.setdefault(media, []).append([(a, b - a) for _, _, a, b in spans])
        assert numbers(sequence, "duration") == (sum(n for _, n in tracks["audio"][0]),)
        items = {item.attrib["id"] for item in sequence.iter("clipitem")}
        assert {link.text for link in sequence.iter("linkclipref")} == items
        found.append(tracks)
    return found


def seconds(text: str) -> Fraction:
    """Of an FCPXML time, exactly."""
    return Fraction(text.removesuffix("s"))


@pytest.mark.parametrize("rate", RATES, ids=lambda rate: f"{float(rate):.2f}")
def test_every_format_names_the_same_frames(rate: Fraction) -> None:
    cuts = cut_list(source(rate), CUTS, media="a talk.mp4")
    expected = frames(cuts)
    assert len(expected) == 5
    assert cuts.rate == rate

    read = read_otio(timelines.write(cuts, "otio"))
    assert ranges(read, "Video") == [expected]
    assert ranges(read, "Audio") == [expected]
    first = read.tracks[0][0]
    assert first.source_range.start_time.rate == float(rate)
    assert first.available_range().start_time.value == 0
    assert first.available_range().duration.value == cuts.length == round(7200 * rate)

    assert ranges(edl := read_edl(timelines.write(cuts, "edl"), rate), "Video") == [expected]
    assert ranges(edl, "Audio") == [expected, expected]

    root = ElementTree.fromstring(timelines.write(cuts, "fcpxml"))
    assert seconds(root.find("resources/format").attrib["frameDuration"]) == 1 / rate  # type: ignore[union-attr]
    clips = list(root.iter("asset-clip"))
    assert [seconds(clip.attrib["start"]) * rate for clip in clips] == [a for a, _ in expected]
    assert [seconds(clip.attrib["duration"]) * rate for clip in clips] == [n for _, n in expected]
    ends = [seconds(c.attrib["offset"]) + seconds(c.attrib["duration"]) for c in clips]
    assert [seconds(clip.attrib["offset"]) for clip in clips] == [0, *ends[:-1]]
    assert seconds(next(root.iter("sequence")).attrib["duration"]) == ends[-1]

    premiere = timelines.write(cuts, "fcp7xml")
    pictures = [tracks["video"] for tracks in read_fcp7(premiere)]
    assert pictures == [[expected[:1]], [expected[1:4]], [expected[4:]]]  # a sequence per clip
    root = ElementTree.fromstring(premiere)
    for found in root.iter("rate"):  # frames a second, and a flag
        slower = Fraction(1000, 1001) if found.findtext("ntsc") == "TRUE" else 1
        assert int(found.findtext("timebase", "")) * slower == rate
    assert {found.text for found in root.iter("displayformat")} == {"NDF"}
    [name], [url] = root.findall(".//file/name"), list(root.iter("pathurl"))
    assert (name.text, url.text) == ("a talk.mp4", "file://localhost/a%20talk.mp4")


def test_premiere_gets_a_track_for_each_channel_of_the_sound() -> None:
    for channels in (1, 2, 6, 64):
        heard = dataclasses.replace(source(), audio=dataclasses.replace(AUDIO, channels=channels))
        text = timelines.write(cut_list(heard, CUTS, media="talk.mp4"), "fcp7xml")
        for tracks in read_fcp7(text):
            assert tracks["audio"] == tracks["video"] * min(channels, 8)


@pytest.mark.parametrize("rate", WHOLE_RATES, ids=str)
def test_the_adapter_for_final_cut_reads_whole_rates_as_they_are(rate: Fraction) -> None:
    # It counts 29.97 as 29, so it cannot be asked about those.
    cuts = cut_list(source(rate), CUTS[1:], media="talk.mp4")
    document = timelines.write(cuts, "fcpxml").replace("<library>", "").replace("</library>", "")
    collection = otio.adapters.read_from_string(document, "fcpx_xml")
    [read] = collection
    assert ranges(read, "Video") == [frames(cuts)]
    clip = read.tracks[0][0]
    assert (clip.name, clip.media_reference.target_url) == ("A title", "file:///talk.mp4")
    assert [marker.name for marker in clip.markers] == ["A title"]


def test_an_edl_says_that_its_timecode_drops_no_numbers() -> None:
    cuts = cut_list(source(), [cut(3600.0, 3601.0, title="Großes!")], media="Mein Vortrag.mp4")
    assert timelines.write(cuts, "edl").splitlines() == [
        "TITLE: Mein Vortrag.mp4",
        "FCM: NON-DROP FRAME",
        "",
        # 107,892 frames have gone by after an hour of 29.97
        "001  AX       AA/V  C        00:59:56:12 00:59:57:12 00:00:00:00 00:00:01:00",
        "* FROM CLIP NAME:  Mein Vortrag.mp4",
        "* OTIO REFERENCE FROM: Mein Vortrag.mp4",
        "* LOC: 00:59:56:12 GREEN   GROSSES!",
        "* TITLE: Großes!",
        "* SCORE: 87/100",
        "* REASON: It begins with a question.",
    ]


def test_each_clip_has_one_marker_where_it_begins() -> None:
    cuts = cut_list(source(), CUTS, media="talk.mp4")
    read = read_otio(timelines.write(cuts, "otio"))
    marked = [item for item in read.tracks[0] if item.markers]
    assert len(marked) == len(CUTS)
    for item in marked:
        [marker] = item.markers
        assert marker.marked_range.start_time == item.source_range.start_time
        assert dict(marker.metadata["klipfast"]) == {
            "score": 87,
            "reason": "It begins with a question.",
        }
    root = ElementTree.fromstring(timelines.write(cuts, "fcpxml"))
    assert [marker.attrib["value"] for marker in root.iter("marker")] == ["A title"] * len(CUTS)
    root = ElementTree.fromstring(timelines.write(cuts, "fcp7xml"))
    sequences = list(root.iter("sequence"))
    assert [s.findtext("marker/name") for s in sequences] == ["A title"] * len(CUTS)
    comment = sequences[0].findtext("marker/comment")
    assert comment == "87/100. It begins with a question."


def test_a_source_without_picture_is_cut_as_sound_at_thirty_frames() -> None:
    cuts = cut_list(source(None), [cut(10.0, 20.5)], media="talk.mp3")
    assert frames(cuts) == [(300, 315)]
    read = read_otio(timelines.write(cuts, "otio"))
    assert (ranges(read, "Video"), ranges(read, "Audio")) == ([], [frames(cuts)])
    edl = read_edl(timelines.write(cuts, "edl"), Fraction(30))
    assert (ranges(edl, "Video"), ranges(edl, "Audio")) == ([], [frames(cuts)] * 2)
    [tracks] = read_fcp7(timelines.write(cuts, "fcp7xml"))
    assert "video" not in tracks
    assert tracks["audio"][0] == frames(cuts)
    asset = next(ElementTree.fromstring(timelines.write(cuts, "fcpxml")).iter("asset"))
    assert "hasVideo" not in asset.attrib
    assert asset.attrib["audioRate"] == "48000"


OTHER_RATES = [
    (Fraction(15), Fraction(30)),
    (Fraction(25, 2), Fraction(25)),
    (Fraction(1, 10), Fraction(24)),
    (Fraction(20), Fraction(60)),
    (Fraction(100), Fraction(50)),
    (Fraction(120000, 1001), NTSC_60),
    (Fraction(240), Fraction(60)),
    (Fraction(2997, 100), NTSC_30),
    (Fraction(23976, 1000), FILM),
    (Fraction(59999, 1000), Fraction(60)),
    (Fraction(273, 10), Fraction(25)),  # a phone whose rate varies
    (Fraction(90000), Fraction(60)),
    (Fraction(0), Fraction(30)),
]


def test_other_rates_are_counted_at_one_that_editors_know() -> None:
    for fps, counted in OTHER_RATES:
        assert timecode_rate(fps) == counted, fps


HOSTILE = "\n001  AX V C 00:00\r\n\x00\x0b\x1c\x85\u2028\ud800\ufffe<&\"'>]]>\u202e☃ 標題 عنوان 🎉"


@pytest.mark.parametrize("form", FORMATS)
def test_hostile_names_stay_names(form: TimelineFormat) -> None:
    cuts = [
        cut(10, 20, title=HOSTILE),
        cut(30, 40, title=""),
        cut(50, 60, title="FROM CLIP NAME: x" * 1000),
    ]
    listed = cut_list(source(), cuts, media=f"../../etc/{HOSTILE}")
    text = timelines.write(listed, form)
    text.encode()  # no half of a surrogate pair
    if form == "fcpxml":
        root = ElementTree.fromstring(text)
        assert len(list(root.iter("asset-clip"))) == 3
        assert next(root.iter("asset-clip")).attrib["name"] == one_line(HOSTILE)
    elif form == "fcp7xml":
        assert len(read_fcp7(text)) == 3
        names = [s.findtext("name") for s in ElementTree.fromstring(text).iter("sequence")]
        assert names[0] == one_line(HOSTILE)
    else:
        read = read_otio(text) if form == "otio" else read_edl(text, NTSC_30)
        assert ranges(read, "Video") == [frames(listed)]
    assert "etc/" not in text
    assert "/srv" not in text


def test_a_line_keeps_every_script_and_nothing_that_controls() -> None:
    assert one_line(HOSTILE) == "001 AX V C 00:00 <&\"'>]]>\u202e☃ 標題 عنوان 🎉"
    assert one_line("x" * 2000) == "x" * 500


def test_spans_shorter_than_a_frame_fall_away_but_no_clip_does() -> None:
    cuts = [cut(10, 20, (10.0, 10.001), (12.0, 13.0)), cut(30.0, 30.001), cut(7200.5, 7201)]
    listed = cut_list(source(Fraction(25)), cuts, media="talk.mp4")
    assert frames(listed) == [(300, 25), (750, 1), (179_999, 1)]
    assert [piece.first for piece in listed.pieces] == [True, True, True]


@pytest.mark.parametrize("form", FORMATS)
def test_a_job_without_clips_is_an_empty_list(form: TimelineFormat) -> None:
    text = timelines.write(cut_list(source(), [], media="talk.mp4"), form)
    assert "talk.mp4" in text


async def test_a_job_is_told_as_a_cut_list(ada: Caller, db: Database) -> None:
    job_id = (await ada.done(30))["job_id"]
    # as a clip without its pauses is kept
    await db.pool.execute(
        "UPDATE clips SET kept = $1 WHERE ordinal = 1",
        '[{"start_s": 10, "end_s": 12}, {"start_s": 14, "end_s": 19.5}]',
    )
    kind, name, text = await ada.file(f"/api/v1/jobs/{job_id}/timeline")
    assert (kind, name) == ("application/x-otio", 'attachment; filename="video.otio"')
    # 29.97: 9.5 s are 285 frames
    expected = [(0, 285), (300, 60), (420, 164), (599, 285)]
    assert ranges(read_otio(text), "Video") == [expected]
    kind, name, text = await ada.file(f"/api/v1/jobs/{job_id}/timeline?format=edl")
    assert (kind, name[-10:]) == ("text/plain; charset=utf-8", 'video.edl"')
    assert ranges(read_edl(text, NTSC_30), "Video") == [expected]
    kind, name, text = await ada.file(f"/api/v1/jobs/{job_id}/timeline?format=fcpxml")
    assert (kind, name[-14:]) == ("application/xml; charset=utf-8", '"video.fcpxml"')
    assert len(list(ElementTree.fromstring(text).iter("asset-clip"))) == 4
    kind, name, text = await ada.file(f"/api/v1/jobs/{job_id}/timeline?format=fcp7xml")
    assert (kind, name[-11:]) == ("application/xml; charset=utf-8", '"video.xml"')
    pictures = [tracks["video"] for tracks in read_fcp7(text)]
    assert pictures == [[expected[:1]], [expected[1:3]], [expected[3:]]]


async def test_a_cut_list_names_the_file_as_it_was_sent(ada: Caller, db: Database) -> None:
    path = "/api/v1/uploads?filename=Vortrag 発表.mp4"
    upload = await ada.send("POST", path, 201, data=b"seconds 10")
    job_id = (await ada.post("/api/v1/process", {"video_url": upload["video_url"]}, 202))["job_id"]
    await ada.until(job_id)
    path = f"/api/v1/jobs/{job_id}/timeline?format=edl"
    _, name, text = await ada.file(path)
    assert "FROM CLIP NAME:  Vortrag 発表.mp4\n" in text
    assert name.endswith("''Vortrag%20%E7%99%BA%E8%A1%A8.edl")
    await db.pool.execute("DELETE FROM uploads")  # the name outlives the upload
    assert "FROM CLIP NAME:  Vortrag 発表.mp4\n" in (await ada.file(path))[2]
