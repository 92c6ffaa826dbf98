"""What the API answers and takes: written by `make client-models` from docs/openapi.json.

Answers are Structs. Fields that are not known here are passed over, and an enumeration is read as
any text, with the values known here beside it: a newer server breaks no program. UNSET is a field
that an answer leaves out. Requests are TypedDicts of what may be left out.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal, TypedDict

from msgspec import UNSET, Meta, Struct, UnsetType

Moment = Annotated[datetime, Meta(tz=True)]
ErrorCode = Literal[
    "bad_request",
    "unauthorized",
    "forbidden",
    "not_found",
    "conflict",
    "unprocessable",
    "rate_limited",
    "server_error",
]
Reason = Literal[
    "unusable",
    "corrupt",
    "not_a_video",
    "encrypted",
    "unsupported_codec",
    "no_audio",
    "no_speech",
    "too_short",
    "too_long",
    "range_outside",
    "transcript_mismatch",
    "unreachable",
    "source_gone",
    "source_changed",
    "nothing_to_write",
]
Status = Literal["queued", "processing", "completed", "failed", "canceled"]
EndStatus = Literal["canceled", "completed", "deleted", "failed", "processing", "queued"]
Stage = Literal[
    "fetch",
    "probe",
    "audio",
    "speech",
    "transcribe",
    "voices",
    "highlights",
    "look",
    "render",
    "write",
]
MomentKind = Literal[
    "story", "claim", "howto", "confession", "joke", "data", "answer", "list", "argument", "advice"
]
CaptionSource = Literal["drawn", "source", "none"]
TitleHidden = Literal["card", "said", "no_room"]
CutReason = Literal["filler", "repetition"]
TitleKind = Literal["claim", "question", "number"]
Priority = Literal["low", "normal", "high"]
Mode = Literal["clips", "whole"]
Quality = Literal["fast", "balanced", "best"]
AspectRatio = Literal["9:16", "1:1", "4:5", "16:9"]
LayoutChoice = Literal["auto", "crop", "split", "fit"]
Motion = Literal["none", "subtle", "punchy"]
SafeArea = Literal["standard", "tiktok", "reels", "shorts"]
Tightening = Literal["natural", "fast"]
RenderTightening = Literal["keep", "natural", "fast"]
Profanity = Literal["keep", "mask"]
TextKind = Literal[
    "twitter_thread",
    "linkedin_post",
    "blog_post",
    "youtube_description",
    "show_notes",
    "newsletter",
    "bluesky_thread",
    "threads_thread",
    "mastodon_thread",
    "quote_cards",
]
TextLength = Literal["short", "normal", "long"]
WarningCode = Literal[
    "clips_lost",
    "doubtful",
    "fewer_clips",
    "source_not_kept",
    "texts",
    "uncompared",
    "unheard",
    "unintelligible",
]
Fate = Literal["chosen", "overlaps", "promotion", "repeats", "weaker"]
EpisodeState = Literal["job", "refused", "waiting"]
Verdict = Literal["kept", "rejected"]
TextFormat = Literal["markdown", "html", "plain"]
Layout = Literal["crop", "fit", "split", "grid", "screen", "stack"]
CaptionPosition = Literal["bottom", "middle", "top"]
Entrance = Literal["none", "pop", "rise", "fade", "type"]
WordMotion = Literal["color", "sweep", "box", "marker", "pop"]
Corner = Literal["top_left", "top_right", "bottom_left", "bottom_right"]
Event = Literal[
    "job.started",
    "job.completed",
    "job.failed",
    "job.canceled",
    "clip.ready",
    "clip.failed",
    "ping",
]
DeliveryStatus = Literal["pending", "delivered", "failed"]
Scope = Literal["read", "write"]
HealthStatus = Literal["ok", "unavailable"]
ModelStatus = Literal["pending", "ready", "failed"]
BrandFileKind = Literal["font", "logo", "intro", "outro"]
JobOrder = Literal["newest", "oldest"]
ClipOrder = Literal["best", "newest", "oldest"]
TranscriptFormat = Literal["json", "srt", "txt", "vtt"]
TimelineFormat = Literal["otio", "fcpxml", "fcp7xml", "edl"]
ChapterFormat = Literal["json", "podcast", "vtt", "youtube"]
TextForm = Literal["html", "markdown", "plain", "published"]
CaptionFormat = Literal["ass", "srt", "vtt"]
CardShape = Literal["1:1", "4:5"]
ERROR_CODES: dict[int, ErrorCode] = {
    400: "bad_request",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    412: "bad_request",
    415: "bad_request",
    416: "bad_request",
    422: "unprocessable",
    429: "rate_limited",
    500: "server_error",
    503: "server_error",
    507: "server_error",
}


class Accepted(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/process and of a retry."""

    job_id: str
    """ID of the job."""
    status: Annotated[str, Status]
    """queued"""
    created_at: Moment
    """Submission time."""
    estimated_seconds: int
    """Estimated seconds until completion, including the queue."""


class ErrorBody(Struct, frozen=True, kw_only=True):
    """An error. `field` names the invalid parameter; other fields appear where they apply."""

    error: Annotated[str, ErrorCode]
    """Error code."""
    message: str
    """What is wrong, and what would be right."""
    request_id: str
    """ID of the request in the server's log."""
    field: str | UnsetType = UNSET
    """The invalid parameter or header."""
    job_id: str | UnsetType = UNSET
    """The conflicting job."""
    reason: Annotated[str, Reason] | UnsetType = UNSET
    """Why the video cannot be used (only with 422)."""
    reset_at: Moment | UnsetType = UNSET
    """When the plan's minutes renew."""
    storage_used_mb: int | UnsetType = UNSET
    """Storage used, in MB (only with storage errors)."""
    storage_limit_mb: int | UnsetType = UNSET
    """The plan's storage, in MB; 10^9: no limit."""


class BatchItem(Struct, frozen=True, kw_only=True):
    """Result for one video of a batch."""

    job: Accepted | None
    """The job; null if it was refused."""
    error: ErrorBody | None
    """Why it was refused, as in a single call."""


class SubmittedBatch(Struct, frozen=True, kw_only=True):
    """202 of POST /api/v1/batches."""

    batch_id: str
    """ID of the batch, a filter of GET /api/v1/jobs."""
    items: list[BatchItem]
    """One for each video, in order."""


class CaptionStyle(Struct, frozen=True, kw_only=True):
    """A caption style."""

    name: str
    """Value for caption_style."""
    preview_url: str
    """URL of a PNG preview; needs no API key."""
    motion_url: str
    """URL of a moving preview, a transparent WebP; needs no API key."""


class CaptionStyles(Struct, frozen=True, kw_only=True):
    """GET /api/v1/caption-styles."""

    styles: list[CaptionStyle]
    """All caption styles."""
    default: str
    """Style of a request that names none."""


class Uploaded(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/uploads."""

    upload_id: str
    """ID of the upload."""
    video_url: str
    """Value for video_url in POST /api/v1/process."""
    file_name: str
    """Name of the uploaded file."""
    size_bytes: int
    """Size of the file in bytes."""
    sha256: str
    """SHA-256 of the file, hexadecimal."""
    duration_seconds: float
    """Length of the source in seconds."""
    width: int | None
    """Display pixels; null for audio only."""
    height: int | None
    """Display pixels; null for audio only."""
    fps: float | None
    """Frames per second; null for audio only."""
    expires_at: Moment
    """When the upload expires and is deleted."""
    given_up_sources: list[str]
    """Jobs whose kept source was deleted to make room for this file, because the plan's storage
    was full.
    """


class UploadToken(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/upload-tokens."""

    token: str
    """Send it as a Bearer token; it only uploads files, also by tus."""
    expires_at: Moment
    """When it stops working."""


class Score(Struct, frozen=True, kw_only=True):
    """What the parts of a clip add to its score; together, a hundredth of `virality_score`."""

    hook: float
    """Points for beginning where a story or a thought begins."""
    flow: float
    """Points for ending with its payoff."""
    value: float
    """Points for what is said in between."""
    energy: float
    """Points for a lively delivery."""


class TitleVariant(Struct, frozen=True, kw_only=True):
    """Another title of a clip, from its own words."""

    kind: Annotated[str, TitleKind]
    """claim: a statement. question. number: it has a figure."""
    title: str
    """At most 60 characters."""


class JobClip(Struct, frozen=True, kw_only=True):
    """A clip inside a job."""

    clip_id: str
    """ID of the clip."""
    title: str
    """Title of the clip, taken from its own words."""
    virality_score: int
    """0–100: how likely an editor would post it; from 80 on, four in five. Not a forecast of
    views.
    """
    duration_seconds: int
    """Length of the clip in whole seconds."""
    download_url: str
    """Signed URL of the MP4; needs no API key."""
    duration: float
    """Length of the clip in seconds."""
    start_seconds: float
    """Start of the clip in the source, in seconds."""
    end_seconds: float
    """End of the clip in the source, in seconds."""
    score: Score
    """What the parts of the clip add to its score; together virality_score / 100."""
    reason: str
    """One-sentence explanation of the score."""
    transcript: str
    """Transcript of the clip."""
    description: str
    """Description taken from the transcript; may be empty."""
    hashtags: list[str]
    """Hashtags of the clip's field and of names in it; often empty."""
    title_variants: list[TitleVariant]
    """The best title of each kind that the clip's words have; `title` is one."""
    kind: Annotated[str, MomentKind] | None
    """What kind of moment it most likely is; null for clips made earlier."""
    confidence: float | None
    """Estimated probability that an editor would post the clip as it is; null for clips made
    before it was recorded.
    """
    captions: Annotated[str, CaptionSource]
    """drawn: captions are drawn. source: the source has captions burned in, so no others are
    drawn. none: no captions.
    """
    lead_in_seconds: float
    """Seconds of a brand's intro and title card before the talk begins."""
    thumbnail_url: str
    """Signed URL of a JPEG with the title; needs no API key."""
    thumbnail_urls: list[str]
    """Signed URLs of up to three thumbnails that differ, the best first, which is
    `thumbnail_url`; clips made earlier have one.
    """
    captions_url: str
    """URL of the captions as SRT; unlike the others it needs the API key."""
    clean_url: str | None
    """Signed URL of the clip without captions and title; null unless requested."""
    feedback: Annotated[str, Verdict] | None
    """What you said of it by POST …/feedback; null: nothing."""


class TextOutputs(Struct, frozen=True, kw_only=True):
    """Texts by kind.

    The first three are always there, and empty until they are written or if they were not
    requested; a further kind is there if it was requested.
    """

    twitter_thread: str = ""
    """Numbered posts separated by blank lines."""
    linkedin_post: str = ""
    """Plain text."""
    blog_post: str = ""
    """Markdown."""
    youtube_description: str | UnsetType = UNSET
    """Plain text with chapters, at most 5,000 bytes."""
    show_notes: str | UnsetType = UNSET
    """Markdown."""
    newsletter: str | UnsetType = UNSET
    """Markdown: the title is the subject line."""
    bluesky_thread: str | UnsetType = UNSET
    """Posts separated by blank lines."""
    threads_thread: str | UnsetType = UNSET
    """Posts separated by blank lines."""
    mastodon_thread: str | UnsetType = UNSET
    """Posts separated by blank lines."""
    quote_cards: str | UnsetType = UNSET
    """Quotations with name and time, separated by blank lines."""


class UsedRange(Struct, frozen=True, kw_only=True):
    """The part of the source that is used, in seconds."""

    start: float
    """Start, in seconds."""
    end: float
    """End, in seconds."""


class WrittenWith(Struct, frozen=True, kw_only=True):
    """The options that a text is written with."""

    length: Annotated[str, TextLength]
    """short, normal or long."""
    hook: int
    """Which moment it tells, 1 to 3."""
    tone: str
    """Tone for a language model."""
    link: str
    """URL that times link to."""


class JobOptions(Struct, frozen=True, kw_only=True):
    """The options of a job with their defaults, named as in POST /api/v1/process."""

    mode: Annotated[str, Mode]
    """clips, or whole: one clip of all of it."""
    quality: Annotated[str, Quality]
    """fast, balanced or best."""
    caption_style: str
    """Name of the caption style."""
    language: str | None
    """Language asked for; null: it is detected."""
    clip_count: int | None
    """Number of clips asked for; null: the server decides."""
    min_duration: float
    """Minimum clip length in seconds."""
    max_duration: float
    """Maximum clip length in seconds."""
    aspect_ratio: Annotated[str, AspectRatio]
    """Aspect ratio of the clips."""
    layout: Annotated[str, LayoutChoice]
    """How people are framed."""
    motion: Annotated[str, Motion]
    """Movement of the camera."""
    safe_area: Annotated[str, SafeArea]
    """The app whose buttons are kept clear."""
    brand_id: str | None
    """The brand of the clips; null: none."""
    keywords: list[str]
    """Keywords that are preferred."""
    prompt: str
    """What to look for; may be empty."""
    kinds: list[Annotated[str, MomentKind]]
    """Kinds of moments that are preferred."""
    range: UsedRange | None
    """The part of the source that is used; null: all of it."""
    hook_title: bool
    """Whether the title is shown first."""
    emphasis: bool
    """Whether keywords are highlighted."""
    emoji: bool
    """Whether emoji are shown."""
    remove_silences: Annotated[str, Tightening] | None
    """natural or fast; null: pauses stay."""
    remove_fillers: bool
    """Whether filler words are cut."""
    profanity: Annotated[str, Profanity]
    """keep or mask."""
    own_transcript: bool
    """Whether the caller's own transcript is used."""
    vocabulary: list[str]
    """Names and terms to spell correctly."""
    clean_video: bool
    """Whether clips without captions are made, too."""
    text_outputs: list[Annotated[str, TextKind]]
    """Texts to write."""
    text_options: WrittenWith
    """How they are written."""


class Stretch(Struct, frozen=True, kw_only=True):
    """A part of the source."""

    start_seconds: float
    """Start, in seconds of the source."""
    end_seconds: float
    """End, in seconds of the source."""


class Coverage(Struct, frozen=True, kw_only=True):
    """How much of the speech has words."""

    speech_seconds: float
    """Seconds of speech."""
    transcribed_seconds: float
    """Seconds of speech with words."""
    unintelligible: list[Stretch]
    """Speech, or singing, in which no words were understood."""
    doubtful_seconds: float = 0.0
    """Seconds of sentences that may be misheard; titles and texts skip them."""


class SourceInfo(Struct, frozen=True, kw_only=True):
    """Properties of the source; width, height and fps are null for audio only."""

    duration_seconds: float
    """Length of the source in seconds."""
    width: int | None
    """Display pixels; null for audio only."""
    height: int | None
    """Display pixels; null for audio only."""
    fps: float | None
    """Frames per second; null for audio only."""


class JobError(Struct, frozen=True, kw_only=True):
    """Why a job failed; the codes are those of the error envelope."""

    code: Annotated[str, ErrorCode]
    """Error code, as in error responses."""
    message: str
    """What was wrong, and what would be right."""
    reason: Annotated[str, Reason] | None = None
    """Why the video cannot be used; null if the video is not the cause."""


class JobWarning(Struct, frozen=True, kw_only=True):
    """Something missing from a job's results."""

    code: Annotated[str, WarningCode]
    """unheard: a part of the source has no readable sound. unintelligible: speech of which no
    words were understood. doubtful: most sentences may be misheard; titles and texts skip
    them. fewer_clips: the talk has fewer than requested. clips_lost: some could not be
    rendered. source_not_kept: there was no room for the source. texts: a requested text was
    not written. uncompared: a language model had no time for some comparisons of clips.
    """
    message: str
    """What is missing, and why."""
    seconds: float
    """Seconds of the source that it affects; may be 0."""


class JobDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}."""

    job_id: str
    """ID of the job."""
    status: Annotated[str, Status]
    """queued, then processing, then completed, failed or canceled."""
    clips: list[JobClip]
    """Finished clips, best first."""
    text_outputs: TextOutputs
    """The thread, the post and the article."""
    created_at: Moment
    """Submission time."""
    title: str
    """`title` of the request, else the web page's title, else the file's name; may be empty."""
    video_url: str
    """`video_url` of the request."""
    file_name: str
    """Name of the source's file; may be empty."""
    upload_id: str | None
    """ID of the upload that it was made from; null for another URL."""
    options: JobOptions
    """The options, with their defaults."""
    started_at: Moment | None
    """Start of processing; null while queued."""
    finished_at: Moment | None
    """End of processing; null until then."""
    paused_at: Moment | None
    """When the queued job was paused; else null."""
    deletes_at: Moment | None
    """When it is deleted for good; null: it is not in the trash."""
    stage: Annotated[str, Stage] | None
    """Current stage; null unless processing."""
    progress: float
    """Fraction of the job that is done, 0–1; never decreases."""
    estimated_seconds: int | None
    """Estimated seconds until completion, including the queue; null once it has ended, and while
    it is paused.
    """
    clip_count: int
    """Finished clips that have not expired."""
    clip_total: int | None
    """Total number of clips; null until they are chosen."""
    language: str | None
    """ISO 639-1 code of the spoken language; null until transcribed."""
    coverage: Coverage | None
    """How much of the speech has words; null until transcribed."""
    source: SourceInfo | None
    """Properties of the source; null until probed."""
    source_expires_at: Moment | None
    """Until when the source is kept, so that clips can be made of it; null if it is not kept."""
    transcript_removed_at: Moment | None
    """When the plan's retention deleted the transcript, and with it captions and chapters; else
    null.
    """
    priority: Annotated[str, Priority]
    """Its priority among your own jobs."""
    batch_id: str | None
    """The batch that it was submitted in, or null."""
    error: JobError | None
    """Why the job failed; null otherwise."""
    metadata: dict[str, str]
    """The metadata of the request."""
    rerender_of: str | None
    """The clip this job renders again; null for an ordinary job."""
    rewrite_of: str | None
    """The job whose text this job writes again; else null."""
    span_of: str | None
    """The job from whose source this one makes a clip; else null."""
    reel_of: str | None
    """The job from whose moments this one makes a reel; else null."""
    warnings: list[JobWarning]
    """What the results lack; empty if nothing."""


class JobLine(Struct, frozen=True, kw_only=True):
    """A job in the list."""

    job_id: str
    """ID of the job."""
    status: Annotated[str, Status]
    """queued, then processing, then completed, failed or canceled."""
    created_at: Moment
    """Submission time."""
    title: str
    """`title` of the request, else the web page's title, else the file's name; may be empty."""
    video_url: str
    """`video_url` of the request."""
    file_name: str
    """Name of the source's file; may be empty."""
    upload_id: str | None
    """ID of the upload that it was made from; null for another URL."""
    started_at: Moment | None
    """Start of processing; null while queued."""
    finished_at: Moment | None
    """End of processing; null until then."""
    paused_at: Moment | None
    """When the queued job was paused; else null."""
    deletes_at: Moment | None
    """When it is deleted for good; null: it is not in the trash."""
    stage: Annotated[str, Stage] | None
    """Current stage; null unless processing."""
    progress: float
    """Fraction of the job that is done, 0–1; never decreases."""
    estimated_seconds: int | None
    """Estimated seconds until completion, including the queue; null once it has ended, and while
    it is paused.
    """
    language: str | None
    """ISO 639-1 code of the spoken language; null until transcribed."""
    clip_count: int
    """Finished clips that have not expired."""
    duration_seconds: float | None
    """Length of the source in seconds; null until it is probed."""
    thumbnail_url: str | None
    """Signed URL of a picture of its best clip; null without clips."""
    clip_total: int | None
    """Total number of clips; null until they are chosen."""
    clips: list[JobClip] | UnsetType = UNSET
    """Its clips, with `clips=true`."""
    priority: Annotated[str, Priority]
    """Its priority among your own jobs."""
    batch_id: str | None
    """The batch that it was submitted in, or null."""
    error: JobError | None
    """Why the job failed; null otherwise."""
    metadata: dict[str, str]
    """The metadata of the request."""
    rerender_of: str | None
    """The clip this job renders again; null for an ordinary job."""
    rewrite_of: str | None
    """The job whose text this job writes again; else null."""
    span_of: str | None
    """The job from whose source this one makes a clip; else null."""
    reel_of: str | None
    """The job from whose moments this one makes a reel; else null."""


class JobList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs, newest first."""

    jobs: list[JobLine]
    """Jobs of this page."""
    next_cursor: str | None
    """Value of `cursor` for the next page; null on the last page."""
    has_more: bool
    """Whether there is a next page."""


class SpeakerJson(Struct, frozen=True, kw_only=True):
    """A speaker, with the name heard for the voice."""

    label: str
    """Label by voice, or the name in your own transcript."""
    name: str | None = None
    """The name given with the API; null: the label is shown."""
    suggested_name: str | None = None
    """A name heard in an introduction, if the label is not a name; unchecked."""
    sentence: int | None = None
    """Index of the sentence that says the suggested name."""


class SpeakerList(Struct, frozen=True, kw_only=True):
    """200 of PATCH /api/v1/jobs/{job_id}/speakers."""

    job_id: str
    """ID of the job."""
    speakers: list[SpeakerJson]
    """Each speaker once, in the order in which they are first heard."""


class ProgressEvent(Struct, frozen=True, kw_only=True):
    """Data of `progress`; `clips` counts the finished ones."""

    status: Annotated[str, Status]
    """Status of the job."""
    stage: Annotated[str, Stage] | None
    """Current stage; null unless processing."""
    progress: float
    """Fraction of the job that is done, 0–1."""
    clips: int
    """Finished clips."""


class EndEvent(Struct, frozen=True, kw_only=True):
    """Data of `end`."""

    status: Annotated[str, EndStatus]
    """How the job ended, or deleted."""
    error: JobError | None = None
    """Why it failed, or null."""


class EventLink(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/events/link."""

    url: str
    """URL of the job's event stream for an EventSource; needs no API key."""
    expires_at: Moment
    """When it stops working."""


class AppliedCorrection(Struct, frozen=True, kw_only=True):
    """A correction, and how many places it corrects."""

    heard: str
    """What was heard."""
    text: str
    """What was said."""
    start_seconds: float | None
    """The only place, in seconds of the source; null: everywhere."""
    places: int
    """How many places of the transcript it corrects."""


class CorrectionList(Struct, frozen=True, kw_only=True):
    """200 of GET and PATCH /api/v1/jobs/{job_id}/corrections."""

    job_id: str
    """ID of the job."""
    corrections: list[AppliedCorrection]
    """All, in the order in which they are applied."""
    clips_to_render: list[str]
    """Clips whose captions lack these corrections: clip_ids for POST
    /api/v1/clips/{clip_id}/renders.
    """
    texts_to_write: list[Annotated[str, TextKind]]
    """Texts that still have misheard words: kinds for POST /api/v1/jobs/{job_id}/texts/{text}."""


class Candidate(Struct, frozen=True, kw_only=True):
    """A span of the source that was considered."""

    start_seconds: float
    """Start of the clip in the source, in seconds."""
    end_seconds: float
    """End of the clip in the source, in seconds."""
    title: str
    """Title of the clip, taken from its own words."""
    virality_score: int
    """0–100: how likely an editor would post it; from 80 on, four in five. Not a forecast of
    views.
    """
    score: Score
    """What the parts of the clip add to its score; together virality_score / 100."""
    reason: str
    """One-sentence explanation of the score."""
    title_variants: list[TitleVariant]
    """The best title of each kind that the clip's words have; `title` is one."""
    kind: Annotated[str, MomentKind] | None
    """What kind of moment it most likely is; null for clips made earlier."""
    confidence: float | None
    """Estimated probability that an editor would post the clip as it is; null for clips made
    before it was recorded.
    """
    fate: Annotated[str, Fate]
    """chosen: it is a clip. overlaps, repeats: a better clip shares a part of it, or makes the
    same point. weaker: others are better. promotion: it advertises or greets; only in jobs of
    versions before 2026-12.
    """
    clip_id: str | None
    """The clip that it became, overlaps or repeats, which may not be rendered yet or may have
    expired; else null.
    """


class CandidateList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/candidates."""

    job_id: str
    """ID of the job."""
    candidates: list[Candidate]
    """The chosen spans and the best of the others, each best first."""


class FeedEpisode(Struct, frozen=True, kw_only=True):
    """An episode published since the feed is watched."""

    title: str
    """Title of the episode; may be empty."""
    state: Annotated[str, EpisodeState]
    """waiting: becomes a job once the queue and the plan have room. refused: its recording
    cannot be fetched.
    """
    job_id: str | None
    """The job that it became, which may be deleted."""
    seen_at: Moment
    """When the server first saw it."""


class FeedDetail(Struct, frozen=True, kw_only=True):
    """A feed that the server watches."""

    url: str
    """Its URL without the query, which may have a secret."""
    title: str | None
    """Its title; null until it was read."""
    every_minutes: float
    """Minutes between checks."""
    options: dict[str, Any]
    """Options of its episodes: fields of POST /api/v1/process."""
    read_at: Moment | None
    """When it was last read; null: never."""
    next_read_at: Moment | None
    """When it is read next; null before the first time."""
    failures: int
    """Consecutive failed checks, the last one included; the log says why."""
    episodes: list[FeedEpisode]
    """The latest that became jobs or will; at most ten, newest first."""


class FeedList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/feeds."""

    feeds: list[FeedDetail]
    """Feeds of the account, in the order of the settings."""


class SentenceJson(Struct, frozen=True, kw_only=True):
    """A sentence; seconds of the source."""

    text: str
    """The sentence with its punctuation."""
    start_seconds: float
    """Start, in seconds of the source."""
    end_seconds: float
    """End, in seconds of the source."""
    speaker: str | None = None
    """The speaker, if known."""
    doubtful: bool = False
    """Whether it may be misheard; titles and texts skip it."""


class WordJson(Struct, frozen=True, kw_only=True):
    """A word; seconds of the source, probability 0..1."""

    text: str
    """The word with its punctuation."""
    start_seconds: float
    """Start, in seconds of the source."""
    end_seconds: float
    """End, in seconds of the source."""
    probability: float
    """Confidence, 0-1."""
    heard: str = ""
    """For a corrected word, what was heard; else absent."""


class StretchJson(Struct, frozen=True, kw_only=True):
    """A part of the source."""

    start_seconds: float
    """Start, in seconds of the source."""
    end_seconds: float
    """End, in seconds of the source."""


class CoverageJson(Struct, frozen=True, kw_only=True):
    """How much of the speech has words."""

    speech_seconds: float = 0.0
    """Seconds of speech."""
    unintelligible_seconds: float = 0.0
    """Seconds of speech without words."""
    unintelligible: list[StretchJson] = []
    """Speech, or singing, in which no words were understood."""
    doubtful_seconds: float = 0.0
    """Seconds of sentences that may be misheard."""


class TranscriptJson(Struct, frozen=True, kw_only=True):
    """A transcript as JSON; `rank` and `write` read it, and need only the sentences."""

    sentences: list[SentenceJson]
    """All sentences, in order."""
    language: str = "en"
    """ISO 639-1 code."""
    duration_seconds: float = 0.0
    """Duration of the source in seconds."""
    words: list[WordJson] = []
    """All words, in order."""
    coverage: CoverageJson = CoverageJson()
    """How much of the speech has words."""
    speakers: list[SpeakerJson] = []
    """Each speaker once, in the order in which they are first heard."""


class Chapter(Struct, frozen=True, kw_only=True):
    """A part of a talk with a topic of its own."""

    title: str
    """What it is about, in words of the talk."""
    start_seconds: float
    """Where it begins in the source; the first at 0."""
    end_seconds: float
    """Where the next chapter begins, or the source ends."""


class ChapterList(Struct, frozen=True, kw_only=True):
    """The chapters of a job's talk."""

    job_id: str
    """ID of the job."""
    chapters: list[Chapter]
    """In order, without gaps; the first begins at 0."""
    reason: str | None
    """Why there are no chapters; null if there are."""


class OverviewSentence(Struct, frozen=True, kw_only=True):
    """A sentence of the talk."""

    start_seconds: float
    """Where it begins in the source."""
    end_seconds: float
    """Where it ends in the source."""
    speaker: str | None
    """Who says it; null where that is not known."""
    worth: float | None
    """How good a clip it makes, 0 to 1, comparable within the talk; null for a talk transcribed
    by an earlier version.
    """
    text: str
    """What is said."""


class Overview(Struct, frozen=True, kw_only=True):
    """The talk of a job, for a player."""

    job_id: str
    """ID of the job."""
    duration_seconds: float
    """Length of the source."""
    waveform: list[int]
    """Peaks of the sound, evenly spaced, 0 (silence) to 255 (full scale); empty for a talk
    transcribed by an earlier version.
    """
    waveform_seconds: float
    """Time between values."""
    sentences: list[OverviewSentence]
    """In order."""


class SourceLink(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/source/link."""

    url: str
    """URL of the job's source for a player; needs no API key."""
    media_type: str
    """Media type by the file's name, such as video/mp4."""
    expires_at: Moment
    """When it stops working."""


class HeardPart(Struct, frozen=True, kw_only=True):
    """A part of the talk as it was recognized; the transcript may differ."""

    start_seconds: float
    """Start of its first word, in seconds of the source."""
    end_seconds: float
    """End of its last word."""
    text: str
    """What was recognized."""


class WholeTalk(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/talk."""

    job_id: str
    """ID of the job."""
    source: SourceLink | None
    """As GET …/source/link; null: there is no source."""
    picture_url: str | None
    """URL of a picture of the source; needs no API key; add `&at_seconds=`."""
    heard: list[HeardPart]
    """While the talk is transcribed: what has been recognized so far."""
    overview: Overview | None
    """As GET …/overview; null until transcribed."""
    chapters: list[Chapter]
    """As GET …/chapters."""
    candidates: list[Candidate]
    """As GET …/candidates."""
    transcript: TranscriptJson | None
    """As GET …/transcript; null until transcribed."""
    corrections: CorrectionList | None
    """As GET …/corrections; null until transcribed."""


class Feedback(Struct, frozen=True, kw_only=True):
    """Your feedback on a clip; it stays when the clip expires."""

    clip_id: str
    """ID of the clip."""
    job_id: str
    """ID of the job."""
    verdict: Annotated[str, Verdict] | None
    """What you did with the clip."""
    created_at: Moment
    """The first feedback on this clip."""
    updated_at: Moment
    """The last change."""


class TextWarning(Struct, frozen=True, kw_only=True):
    """A claim in your own text that is not in the talk, or an exceeded limit."""

    kind: str
    """What it is about: name, number, quotation, length, form, language, repetition,
    boilerplate, profanity or empty; further kinds may be added.
    """
    message: str
    """What is wrong, in a sentence."""


class TextSource(Struct, frozen=True, kw_only=True):
    """A sentence, heading or point of a text, and what it rests on."""

    text: str
    """The sentence as the text has it, without markup."""
    sentences: list[int]
    """Indices of the spoken sentences in `sentences` of the transcript."""
    start_seconds: float
    """Start of the first of them in the source, in seconds."""
    end_seconds: float
    """End of the last of them in the source, in seconds."""
    speaker: str | None
    """Who says them; null if unknown, or if several people do."""


class JobText(Struct, frozen=True, kw_only=True):
    """A text of a job, and where it comes from."""

    kind: Annotated[str, TextKind]
    """Kind of the text."""
    text: str
    """The text as published; empty if it was withheld."""
    format: Annotated[str, TextFormat]
    """Format in which this kind is published."""
    author: str
    """extractive: from the talk's own sentences; user: your own, by PUT; else the name of a
    language model; empty for texts written before this was recorded.
    """
    reason: str
    """Why there is no text, or why parts of a model's text were left out; may be empty."""
    warnings: list[TextWarning]
    """Claims of your own text that are not in the talk, and exceeded limits."""
    updated_at: Moment
    """When it was written, or replaced."""
    etag: str
    """Its ETag with quotation marks, for If-Match and If-None-Match."""
    picture_urls: list[str]
    """URLs of the pictures of quote_cards as PNG, one for each quotation; they need the API key.
    Empty for other texts.
    """
    options: WrittenWith
    """Options it was last written with."""
    sources: list[TextSource]
    """What each sentence rests on, in the order of the text; empty if unknown."""
    version: int
    """Number of this version; 1 is the first."""
    versions: int
    """How many versions of the text there are."""


class JobTexts(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/texts."""

    job_id: str
    """ID of the job."""
    texts: list[JobText]
    """The texts of the job, one of a kind."""


class TextVersions(Struct, frozen=True, kw_only=True):
    """GET /api/v1/jobs/{job_id}/texts/{text}/versions."""

    job_id: str
    """ID of the job."""
    kind: Annotated[str, TextKind]
    """Kind of the text."""
    versions: list[JobText]
    """The last twenty versions of the text, the current one first."""


class ClipDetail(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}."""

    clip_id: str
    """ID of the clip."""
    job_id: str
    """ID of the job."""
    title: str
    """Title of the clip, taken from its own words."""
    virality_score: int
    """0–100: how likely an editor would post it; from 80 on, four in five. Not a forecast of
    views.
    """
    duration_seconds: int
    """Length of the clip in whole seconds."""
    resolution: str
    """Width x height in pixels, such as 1080x1920."""
    caption_style: str
    """Caption style of the clip."""
    download_url: str
    """Signed URL of the MP4; needs no API key."""
    expires_at: Moment
    """When the clip is deleted, and its links end; in 9999 if the plan keeps it."""
    duration: float
    """Length of the clip in seconds."""
    start_seconds: float
    """Start of the clip in the source, in seconds."""
    end_seconds: float
    """End of the clip in the source, in seconds."""
    score: Score
    """What the parts of the clip add to its score; together virality_score / 100."""
    reason: str
    """One-sentence explanation of the score."""
    transcript: str
    """Transcript of the clip."""
    description: str
    """Description taken from the transcript; may be empty."""
    hashtags: list[str]
    """Hashtags of the clip's field and of names in it; often empty."""
    title_variants: list[TitleVariant]
    """The best title of each kind that the clip's words have; `title` is one."""
    kind: Annotated[str, MomentKind] | None
    """What kind of moment it most likely is; null for clips made earlier."""
    confidence: float | None
    """Estimated probability that an editor would post the clip as it is; null for clips made
    before it was recorded.
    """
    captions: Annotated[str, CaptionSource]
    """drawn: captions are drawn. source: the source has captions burned in, so no others are
    drawn. none: no captions.
    """
    lead_in_seconds: float
    """Seconds of a brand's intro and title card before the talk begins."""
    thumbnail_url: str
    """Signed URL of a JPEG with the title; needs no API key."""
    thumbnail_urls: list[str]
    """Signed URLs of up to three thumbnails that differ, the best first, which is
    `thumbnail_url`; clips made earlier have one.
    """
    captions_url: str
    """URL of the captions as SRT; unlike the others it needs the API key."""
    clean_url: str | None
    """Signed URL of the clip without captions and title; null unless requested."""
    feedback: Annotated[str, Verdict] | None
    """What you said of it by POST …/feedback; null: nothing."""
    created_at: Moment
    """When the clip was ready."""
    current_clip_id: str
    """ID of the clip's current version, which lists and archives use."""


class ClipList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips."""

    clips: list[ClipDetail]
    """Clips of this page."""
    next_cursor: str | None
    """Value of `cursor` for the next page; null on the last page."""
    has_more: bool
    """Whether there is a next page."""


class ClipVersions(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}/versions."""

    clip_id: str
    """ID of the clip."""
    current_clip_id: str
    """ID of the current version, which lists and archives use."""
    versions: list[ClipDetail]
    """All versions that have not expired, the current one first."""


class Rendering(Struct, frozen=True, kw_only=True):
    """202 of a re-render: a job that makes one clip."""

    job_id: str
    """ID of the job."""
    clip_id: str
    """ID of the new clip, available once the job is completed."""
    status: Annotated[str, Status]
    """queued"""
    created_at: Moment
    """Submission time."""
    estimated_seconds: int
    """Estimated seconds until completion, including the queue."""


class ClipWord(Struct, frozen=True, kw_only=True):
    """A word of a clip."""

    text: str
    """The word with its punctuation."""
    start_seconds: float
    """In seconds of the source."""
    end_seconds: float
    """In seconds of the source."""


class Cut(Struct, frozen=True, kw_only=True):
    """A part of the source that a clip does without."""

    start_seconds: float
    """Start of the part in the source, in seconds."""
    end_seconds: float
    """End of the part in the source, in seconds."""


class Part(Struct, frozen=True, kw_only=True):
    """A part of the source."""

    start_seconds: float
    """Start of the part in the source, in seconds."""
    end_seconds: float
    """End of the part in the source, in seconds."""


class ClipTranscript(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}/transcript."""

    clip_id: str
    """ID of the clip."""
    language: str
    """ISO 639-1 code."""
    words: list[ClipWord]
    """All words between its start and its end; send them back, corrected, as `words` of POST
    /api/v1/clips/{clip_id}/renders.
    """
    cuts: list[Cut]
    """Parts that it does without, as `cuts` of a render; not what pauses are shortened by."""
    parts: list[Part]
    """Its parts as they play, as `parts` of a render; empty in the order of the talk."""


class PreviewStream(Struct, frozen=True, kw_only=True):
    """POST /api/v1/clips/{clip_id}/preview/stream."""

    stream_id: str
    """ID of the stream; the same changes of the same clip have the same."""
    stream_url: str
    """Signed URL of the MP4; needs no API key. `start=` begins at a second of it."""
    expires_at: Moment
    """When the URL ends."""
    media_type: str
    """Media type with its codecs, for a MediaSource."""
    duration: float
    """Length of the clip in seconds."""
    piece_seconds: float
    """Length of a fragment in seconds."""
    width: int
    """Width of the picture in pixels, smaller than the clip's."""
    height: int
    """Height of the picture in pixels."""
    parts: list[Part]
    """Parts of the source in the clip, as they play."""
    title_hidden: Annotated[str, TitleHidden] | None
    """Why a title that is wanted is not shown. card: the brand's card shows it. said: the first
    captions say the same. no_room: it would cover a face.
    """
    cuts: list[Cut]
    """What `cuts` leave out, as they are placed."""


class SeenPerson(Struct, frozen=True, kw_only=True):
    """Where a face is in a shot, most of the time."""

    x: float
    """Left side, as a share of the width."""
    y: float
    """Upper side, as a share of the height."""
    width: float
    """Width, as a share of the picture's."""
    height: float
    """Height, as a share of the picture's."""
    seen_from_seconds: float
    """When the face is first seen in it."""
    seen_until_seconds: float
    """When the face is last seen in it."""


class SeenShot(Struct, frozen=True, kw_only=True):
    """A part of a clip without a cut in the source."""

    start_seconds: float
    """Where it begins in the source."""
    end_seconds: float
    """Where it ends in the source."""
    people: list[SeenPerson]
    """Who is seen, from left to right."""


class FramedBox(Struct, frozen=True, kw_only=True):
    """A rectangle of the source's picture; all of it is from 0 to 1 in both directions."""

    x: float
    """Left side, as a share of the width."""
    y: float
    """Upper side, as a share of the height."""
    width: float
    """Width, as a share of the picture's."""
    height: float
    """Height, as a share of the picture's."""


class FramedPart(Struct, frozen=True, kw_only=True):
    """A part of a clip with one layout."""

    start_seconds: float
    """Where it begins in the source."""
    end_seconds: float
    """Where it ends in the source."""
    layout: Annotated[str, Layout]
    """How the picture is divided; fit shows it whole."""
    crops: list[FramedBox]
    """What each pane shows at the start of the part."""


class FramingPoint(Struct, frozen=True, kw_only=True):
    """A point of the source's picture."""

    x: float
    """From the left, as a share of the width."""
    y: float
    """From the top, as a share of the height."""


class FramingPart(Struct, frozen=True, kw_only=True):
    """What to show in a part of the source, instead of the server's choice."""

    start_seconds: float
    """Start of the part in the source, in seconds."""
    end_seconds: float
    """End of the part in the source, in seconds."""
    points: list[FramingPoint]
    """A point on a face follows that person; any other point is kept centered. Several points
    have a pane each, in this order; no point shows the whole picture.
    """


class Framing(Struct, frozen=True, kw_only=True):
    """Who is visible in a clip, and which part of the source's picture it shows."""

    clip_id: str
    """ID of the clip."""
    source_width: int | None
    """In pixels; null without a picture."""
    source_height: int | None
    """In pixels; null without a picture."""
    shots: list[SeenShot]
    """In order; none without a picture."""
    parts: list[FramedPart]
    """In order."""
    chosen: list[FramingPart]
    """What was chosen when the clip was rendered, in order."""


class SuggestedCut(Struct, frozen=True, kw_only=True):
    """Words that most editors cut."""

    reason: Annotated[str, CutReason]
    """filler: um, uh. repetition: said again right after."""
    start_seconds: float
    """Start of the first word in the source, in seconds."""
    end_seconds: float
    """End of the last word in the source, in seconds."""


class NearMoment(Struct, frozen=True, kw_only=True):
    """Another moment of the talk, whether or not it became a clip."""

    title: str
    """Its title."""
    start_seconds: float
    """Where it begins in the source."""
    end_seconds: float
    """Where it ends in the source."""


class NamedBrand(Struct, frozen=True, kw_only=True):
    """A brand to choose."""

    brand_id: str
    """ID of the brand."""
    name: str
    """Name of the brand."""


class ClipEditing(Struct, frozen=True, kw_only=True):
    """GET /api/v1/clips/{clip_id}/editing."""

    clip: ClipDetail
    """The clip."""
    versions: list[ClipDetail]
    """All its versions, the current one first."""
    options: JobOptions
    """The options that it was made with."""
    words: list[ClipWord]
    """The words of the talk from three minutes before it to three after."""
    own_words: list[ClipWord]
    """The words of the clip, as it shows them."""
    cuts: list[Cut]
    """Parts that it does without, as `cuts` of a render."""
    parts: list[Part]
    """Its parts as they play, as `parts` of a render; empty in the order of the talk."""
    suggested_cuts: list[SuggestedCut]
    """Fillers and repetitions among the words of the talk."""
    moments: list[NearMoment]
    """Other moments within three minutes, in the order of the talk."""
    waveform: list[int]
    """Loudness of each tenth of a second of the same part, 0 to 255."""
    waveform_starts: float
    """Where that part starts, in seconds of the source."""
    caption_styles: list[str]
    """Values of `caption_style`."""
    brands: list[NamedBrand]
    """Values of `brand_id`."""
    picture_url: str | None
    """URL of a picture of the source, which needs no key; add `&at_seconds=`. null: the source
    is not kept.
    """


class BrandStyle(Struct, frozen=True, kw_only=True):
    """A caption style of your own; omitted fields are as in `base`."""

    base: str = "white_bold"
    """A name from GET /api/v1/caption-styles."""
    font: str | None = None
    """Family of a font that a caption style uses, such as Inter; null: the brand's own font if
    it has one.
    """
    font_weight: int | None = None
    """100 to 900; ignored for an uploaded font."""
    text_size: float | None = None
    """Share of the picture's shorter side."""
    uppercase: bool | None = None
    """Capitals."""
    max_words: int | None = None
    """Words on screen at once."""
    letter_spacing: float | None = None
    """Space between letters, share of the text size."""
    position: Annotated[str, CaptionPosition] | None = None
    """Where captions stand unless a face or writing is there."""
    text_color: str | None = None
    """#RRGGBB or #RRGGBBAA."""
    spoken_color: str | None = None
    """Color of the spoken word."""
    key_color: str | None = None
    """Color of emphasized words."""
    outline_color: str | None = None
    """Color of a line around letters; none: no line."""
    outline_width: float | None = None
    """Share of the text size."""
    shadow_color: str | None = None
    """Color of a shadow below letters; none: no shadow."""
    box_color: str | None = None
    """Color of a plate behind the lines; none: no plate."""
    box_padding: float | None = None
    """Share of the text size."""
    box_radius: float | None = None
    """Radius of the plate's corners, share of the text size."""
    spoken_box_color: str | None = None
    """Color of a plate behind the spoken word; none: no plate."""
    entrance: Annotated[str, Entrance] | None = None
    """How words appear."""
    word_motion: Annotated[str, WordMotion] | None = None
    """Motion of the spoken word; box and marker need a spoken_box_color."""
    shake: bool | None = None
    """Whether key words shake."""


class LogoWish(Struct, frozen=True, kw_only=True):
    """How the logo is shown over the clip."""

    corner: Annotated[str, Corner] = "top_right"
    """Corner of the area that apps leave free of buttons."""
    opacity: float = 0.9
    """1 hides what is behind the logo."""
    width: float = 0.16
    """Share of the picture's width."""
    margin: float = 0.0
    """Distance to the edges of that area, share of the picture's width."""


class ColorsWish(Struct, frozen=True, kw_only=True):
    """Colors of the cards before and after a clip."""

    background: str = "#14161C"
    """#RRGGBB."""
    text: str = "#FFFFFF"
    """#RRGGBB."""


class TitleCardWish(Struct, frozen=True, kw_only=True):
    """A card with the clip's title, before the clip."""

    seconds: float = 2.0
    """How long it is shown, in seconds."""


class ActionWish(Struct, frozen=True, kw_only=True):
    """A card after the clip that says what to do next."""

    text: str
    """What it says."""
    seconds: float = 3.0
    """How long it is shown, in seconds."""


class BrandFile(Struct, frozen=True, kw_only=True):
    """A file of a brand; a field that its kind lacks is null."""

    media_type: str
    """Media type of the file."""
    size_bytes: int
    """Size, counted as storage."""
    sha256: str
    """SHA-256 of the file, hexadecimal."""
    width: int | None = None
    """Pixels, for a picture or video."""
    height: int | None = None
    """Pixels, for a picture or video."""
    duration_seconds: float | None = None
    """Length of a video."""
    family: str | None = None
    """Font family name."""
    font_weight: int | None = None
    """Weight of a font, 100 to 900."""


class BrandFiles(Struct, frozen=True, kw_only=True):
    """The files of a brand; null: there is none."""

    font: BrandFile | None = None
    """Font of captions, titles and cards."""
    logo: BrandFile | None = None
    """Shown over the clip."""
    intro: BrandFile | None = None
    """Shown before the clip."""
    outro: BrandFile | None = None
    """Shown after the clip."""


class BrandDetail(Struct, frozen=True, kw_only=True):
    """A brand."""

    brand_id: str
    """ID of the brand."""
    name: str
    """Your name for it."""
    caption_style: BrandStyle | None
    """Its caption style; null: that of the request."""
    logo: LogoWish | None
    """How the logo is shown; null: not."""
    colors: ColorsWish
    """Colors of the cards."""
    title_card: TitleCardWish | None
    """The title before the clip."""
    call_to_action: ActionWish | None
    """The card after the clip."""
    intro: bool
    """Whether the intro is shown, if there is one."""
    outro: bool
    """Whether the outro is shown, if there is one."""
    files: BrandFiles
    """What was uploaded."""
    created_at: Moment
    """When it was made."""
    updated_at: Moment
    """When it was last changed."""


class BrandList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/brands."""

    brands: list[BrandDetail]
    """All brands, oldest first."""


class CreatedWebhook(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/webhooks."""

    webhook_id: str
    """ID of the webhook."""
    url: str
    """URL that receives the events."""
    events: list[Annotated[str, Event]]
    """Events that are sent."""
    created_at: Moment
    """Submission time."""
    disabled_at: Moment | None
    """When the endpoint answered 410 Gone and was disabled; null while active."""
    secret: str
    """Signing secret; shown only in this response."""


class Webhook(Struct, frozen=True, kw_only=True):
    """An endpoint that receives an account's events."""

    webhook_id: str
    """ID of the webhook."""
    url: str
    """URL that receives the events."""
    events: list[Annotated[str, Event]]
    """Events that are sent."""
    created_at: Moment
    """Submission time."""
    disabled_at: Moment | None
    """When the endpoint answered 410 Gone and was disabled; null while active."""


class WebhookList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhooks, oldest first."""

    webhooks: list[Webhook]
    """All webhooks of the account."""


class WebhookSecret(Struct, frozen=True, kw_only=True):
    """GET /api/v1/webhook-secret."""

    secret: str
    """Signing secret of messages to a job's webhook_url."""


class Delivery(Struct, frozen=True, kw_only=True):
    """One event for one endpoint."""

    delivery_id: str
    """ID of the message, sent as webhook-id."""
    event: Annotated[str, Event]
    """Event of the message."""
    job_id: str | None
    """ID of the job; null for a ping."""
    status: Annotated[str, DeliveryStatus]
    """pending, delivered, or failed once retries have ended."""
    attempts: int
    """Attempts since the event or its last replay."""
    response_status: int | None
    """HTTP status of the last attempt; null without a response."""
    next_attempt_at: Moment | None
    """Next attempt; null once delivered or failed."""
    created_at: Moment
    """Time of the event."""
    error: str | None
    """Why the last attempt failed."""


class DeliveryList(Struct, frozen=True, kw_only=True):
    """A page of deliveries, newest first."""

    deliveries: list[Delivery]
    """Deliveries of this page."""
    next_cursor: str | None
    """Value of `cursor` for the next page; null on the last page."""
    has_more: bool
    """Whether there is a next page."""


class PlanLimits(Struct, frozen=True, kw_only=True):
    """What the plan allows beside minutes and storage."""

    requests_per_minute: int
    """Requests in any 60 seconds."""
    parallel_jobs: int
    """Jobs that run at once; others wait."""
    max_source_minutes: int
    """Length of one source, in minutes."""
    max_upload_mb: int
    """Size of one upload, in MB (10^6 bytes)."""
    retention_days: int
    """Days that a clip is kept; 0: until it is deleted."""


class Usage(Struct, frozen=True, kw_only=True):
    """GET /api/v1/usage."""

    plan: str
    """The account's plan."""
    period_start: date
    """First day of the billing period (UTC)."""
    period_end: date
    """Last day of the billing period."""
    minutes_used: float
    """Source minutes of completed jobs in this period."""
    minutes_limit: int
    """Minutes per period in the plan; 10^9: no limit."""
    storage_used_mb: int
    """Storage of clips and uploads, in MB (10^6 bytes)."""
    storage_limit_mb: int
    """The plan's storage, in MB; 10^9: no limit."""
    credits_remaining: int
    """Credits left; each pays for one job once the minutes are used up."""
    limits: PlanLimits
    """What else the plan allows."""
    disk_used_mb: int
    """Used on the disk of the server's data, by all, in MB."""
    disk_free_mb: int
    """Free on that disk, in MB."""
    operator: bool
    """Whether the account may call GET /api/v1/operator."""


class Health(Struct, frozen=True, kw_only=True):
    """Response of /healthz and /readyz."""

    status: Annotated[str, HealthStatus]
    """ok, or unavailable."""
    missing: str | UnsetType = UNSET
    """The part that is down: database, disk, storage, worker, deliverer, models or cluster."""
    reason: str | UnsetType = UNSET
    """Why, if the server knows."""
    draining: bool | UnsetType = UNSET
    """true while the operator drains the server: jobs are accepted and wait. Absent otherwise."""


class ServerVersions(Struct, frozen=True, kw_only=True):
    """What runs."""

    klipfast: str
    """KlipFast."""
    newest: str | None
    """The newest version that `server.updates_url` told; null: not asked or not known."""
    newer: bool
    """Whether that is newer than the one that runs."""
    python: str
    """Python."""
    torch: str
    """PyTorch."""
    pyav: str
    """PyAV."""
    ffmpeg: str
    """FFmpeg in it."""
    postgres: str
    """Postgres."""
    migration: int
    """Number of the last migration of the tables."""


class ServerQueue(Struct, frozen=True, kw_only=True):
    """Jobs of all accounts."""

    queued: int
    """Jobs that wait."""
    processing: int
    """Jobs that run."""
    completed_lately: int
    """Jobs completed in the last 24 hours."""
    failed_lately: int
    """Jobs that failed in the last 24 hours."""
    oldest_wait_seconds: float
    """How long the oldest queued job has waited."""
    work_seconds: float
    """Estimated seconds until all these jobs are done."""
    draining: bool
    """Whether no job starts, by `klipfast-server drain`."""


class ServerLane(Struct, frozen=True, kw_only=True):
    """Threads of this process for one kind of work."""

    name: str
    """listen, edit, look, encode or write."""
    size: int
    """Its threads."""
    busy: int
    """Threads that work."""
    waiting: int
    """Stages that wait for one."""


class ServerDisk(Struct, frozen=True, kw_only=True):
    """The disk of the data directory, and what is stored there or in the bucket, in bytes."""

    used_bytes: int | None
    """Used on the disk, by all; null: it does not answer."""
    free_bytes: int | None
    """Free on it; null: it does not answer."""
    reserve_bytes: int
    """With less free, no source is taken in."""
    clip_bytes: int
    """Clips."""
    source_bytes: int
    """Uploads and kept sources."""
    brand_bytes: int
    """Files of brands."""


class ServerModel(Struct, frozen=True, kw_only=True):
    """A network that is loaded or should be."""

    name: str
    """What it is."""
    status: Annotated[str, ModelStatus]
    """pending while it is loaded."""
    reason: str
    """Why it failed; empty otherwise."""


class ServerModels(Struct, frozen=True, kw_only=True):
    """The networks of this process."""

    device: str
    """Where they run: cpu or cuda."""
    precision: str
    """Their numbers, such as bfloat16."""
    networks: list[ServerModel]
    """Each that was needed so far."""


class ServerAccount(Struct, frozen=True, kw_only=True):
    """An account and what it has used in the calendar month (UTC)."""

    name: str
    """Its name."""
    plan: str
    """Its plan."""
    jobs: int
    """Completed jobs that were charged."""
    minutes_used: float
    """Source minutes."""
    storage_bytes: int
    """Bytes stored now."""
    last_used_at: Moment | None
    """Its last call, to the minute; null: never."""


class Operated(Struct, frozen=True, kw_only=True):
    """GET /api/v1/operator."""

    health: Health
    """The answer of /readyz."""
    versions: ServerVersions
    """What runs."""
    queue: ServerQueue
    """Jobs of all accounts."""
    lanes: list[ServerLane]
    """Lanes of this process."""
    disk: ServerDisk
    """Disk and storage."""
    models: ServerModels
    """Networks of this process."""
    accounts: list[ServerAccount]
    """At most 100: those that called last."""
    accounts_total: int
    """How many there are."""


class Key(Struct, frozen=True, kw_only=True):
    """A key of the account, without the secret."""

    key_id: str
    """ID of the key."""
    name: str
    """Its label."""
    scopes: list[Annotated[str, Scope]]
    """What it allows."""
    created_at: Moment
    """Submission time."""
    last_used_at: Moment | None
    """Its last use, to the minute; null: never used."""
    expires_at: Moment | None
    """When it stops working; null: never."""
    current: bool
    """Whether this request used it."""


class KeyList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/keys, oldest first."""

    keys: list[Key]
    """All valid keys of the account."""


class CreatedKey(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/keys."""

    key_id: str
    """ID of the key."""
    name: str
    """Its label."""
    scopes: list[Annotated[str, Scope]]
    """What it allows."""
    created_at: Moment
    """Submission time."""
    last_used_at: Moment | None
    """Its last use, to the minute; null: never used."""
    expires_at: Moment | None
    """When it stops working; null: never."""
    current: bool
    """Whether this request used it."""
    key: str
    """The key itself; shown only in this response."""


class SignedIn(Struct, frozen=True, kw_only=True):
    """201 of POST /api/v1/sign-in."""

    key: str
    """An API key of the account, shown only here."""
    key_id: str
    """Its identifier."""
    expires_at: Moment
    """When it stops working."""


class Session(Struct, frozen=True, kw_only=True):
    """A browser that is signed in."""

    session_id: str
    """ID of the session."""
    device: str
    """Browser and system, such as Firefox on Linux."""
    scopes: list[Annotated[str, Scope]]
    """What it allows: what its key allowed."""
    created_at: Moment
    """Submission time."""
    last_used_at: Moment | None
    """Its last use, to the minute; null: never used."""
    expires_at: Moment
    """When it ends."""
    current: bool
    """Whether this request used it."""


class SessionList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/sessions, oldest first."""

    sessions: list[Session]
    """All valid sessions of the account."""


class ReadyClip(Struct, frozen=True, kw_only=True):
    """Data of clip.ready."""

    clip_id: str
    """ID of the clip."""
    title: str
    """Title of the clip, taken from its own words."""
    virality_score: int
    """0–100: how likely an editor would post it; from 80 on, four in five. Not a forecast of
    views.
    """
    duration_seconds: int
    """Length of the clip in whole seconds."""
    download_url: str
    """Signed URL of the MP4; needs no API key."""
    duration: float
    """Length of the clip in seconds."""
    start_seconds: float
    """Start of the clip in the source, in seconds."""
    end_seconds: float
    """End of the clip in the source, in seconds."""
    score: Score
    """What the parts of the clip add to its score; together virality_score / 100."""
    reason: str
    """One-sentence explanation of the score."""
    transcript: str
    """Transcript of the clip."""
    description: str
    """Description taken from the transcript; may be empty."""
    hashtags: list[str]
    """Hashtags of the clip's field and of names in it; often empty."""
    title_variants: list[TitleVariant]
    """The best title of each kind that the clip's words have; `title` is one."""
    kind: Annotated[str, MomentKind] | None
    """What kind of moment it most likely is; null for clips made earlier."""
    confidence: float | None
    """Estimated probability that an editor would post the clip as it is; null for clips made
    before it was recorded.
    """
    captions: Annotated[str, CaptionSource]
    """drawn: captions are drawn. source: the source has captions burned in, so no others are
    drawn. none: no captions.
    """
    lead_in_seconds: float
    """Seconds of a brand's intro and title card before the talk begins."""
    thumbnail_url: str
    """Signed URL of a JPEG with the title; needs no API key."""
    thumbnail_urls: list[str]
    """Signed URLs of up to three thumbnails that differ, the best first, which is
    `thumbnail_url`; clips made earlier have one.
    """
    captions_url: str
    """URL of the captions as SRT; unlike the others it needs the API key."""
    clean_url: str | None
    """Signed URL of the clip without captions and title; null unless requested."""
    feedback: Annotated[str, Verdict] | None
    """What you said of it by POST …/feedback; null: nothing."""
    job_id: str
    """ID of the job."""


class FailedClip(Struct, frozen=True, kw_only=True):
    """Data of clip.failed: a moment that was picked and could not be rendered."""

    job_id: str
    """ID of the job."""
    clip_id: str
    """ID of the clip."""
    title: str
    """Title of the clip, taken from its own words."""
    start_seconds: float
    """Start of the clip in the source, in seconds."""
    end_seconds: float
    """End of the clip in the source, in seconds."""
    error: JobError
    """Why; the job goes on with its other clips."""


class Ping(Struct, frozen=True, kw_only=True):
    """Data of ping."""

    webhook_id: str
    """ID of the webhook."""


class RangeBody(TypedDict):
    """A span of the source in seconds from its start; at least five seconds long."""

    start: float
    """Start, in seconds."""
    end: float
    """End, in seconds; at least 5 s after the start."""


class TextWishesOptions(TypedDict, total=False):
    """What may be left out of a TextWishes."""

    length: TextLength
    """short tells a shorter moment, long a longer one. Default: "normal"."""
    hook: int
    """Which moment is told: 1 the best, 2 the second best, 3 the third. Default: 1."""
    tone: str
    """Tone for a language model, in your own words; others ignore it. Default: ""."""
    link: str
    """URL of the published talk, which times in texts link to; empty: none. Default: ""."""


class ProcessOptions(TypedDict, total=False):
    """What may be left out of a Process."""

    mode: Mode
    """clips picks the best moments; whole makes one clip of the source or its range, up to 180
    s. Default: "clips".
    """
    quality: Quality
    """fast: 720 pixels wide; balanced: 1080, the default; best: 1080, slowest. Default:
    "balanced".
    """
    caption_style: str
    """A name from GET /api/v1/caption-styles. Default: "white_bold"."""
    language: str | None
    """ISO 639-1 code of the spoken language; null or auto detects it. Default: null."""
    clip_count: int | None
    """Number of clips; null lets the server decide. Default: null."""
    min_duration: float
    """Minimum clip length in seconds; not above max_duration. Default: 15.0."""
    max_duration: float
    """Maximum clip length in seconds. Default: 90.0."""
    aspect_ratio: AspectRatio
    """Aspect ratio of the clips. Default: "9:16"."""
    layout: LayoutChoice
    """auto chooses per shot; crop fills the frame with the speaker; split stacks two people; fit
    shows the whole picture on a blurred background. Default: "auto".
    """
    motion: Motion
    """Camera movement in still takes. subtle: slow pushes, and a step nearer or back where a
    pause was cut. punchy: larger steps, and zooms on emphasized words. none: plain cuts.
    Default: "subtle".
    """
    safe_area: SafeArea
    """The app whose buttons captions and title avoid; standard suits all apps while a post's
    text is folded. Default: "standard".
    """
    keywords: list[str]
    """Prefer passages that mention or mean these keywords. Default: []."""
    prompt: str
    """What to look for, in your own words and in any language. Default: ""."""
    kinds: list[MomentKind]
    """Prefer moments of these kinds. Default: []."""
    range: RangeBody | None
    """Process and charge only this part of the source. Default: null."""
    brand_id: str | None
    """A brand from /api/v1/brands, as it is now; its caption style overrides caption_style.
    Default: null.
    """
    hook_title: bool
    """Show the title for three seconds; skipped if it would cover a face or repeat the captions.
    Default: false.
    """
    emphasis: bool
    """Highlight keywords in the captions. Default: false."""
    emoji: bool
    """Also show the emoji of unambiguous keywords above them; English so far. Default: false."""
    remove_silences: Tightening | None
    """Shorten pauses: natural keeps a breath, fast almost nothing. Default: null."""
    remove_fillers: bool
    """Cut filler words such as um and uh. Default: false."""
    profanity: Profanity
    """mask bleeps profanity and replaces it with asterisks in every text. Default: "keep"."""
    transcript: str | None
    """Your own transcript (SRT, WebVTT or plain text), used instead of the recognized words.
    Default: null.
    """
    vocabulary: list[str]
    """Names and terms to spell correctly. Default: []."""
    clean_video: bool
    """Also render each clip without captions and title. Default: false."""
    webhook_url: str | None
    """URL that receives this job's webhook events. Default: null."""
    text_outputs: list[TextKind]
    """Texts to write. The first three kinds stay empty unless requested. Default:
    ["twitter_thread", "linkedin_post", "blog_post"].
    """
    text_options: TextWishesOptions
    """How texts are written. Default: {"length": "normal", "hook": 1, "tone": "", "link": ""}."""
    metadata: dict[str, str]
    """Up to 16 key-value pairs of your own, returned with the job. Default: {}."""
    title: str
    """Your title for the talk; empty: the title of its web page, or the name of its file.
    Default: "".
    """
    priority: Priority
    """Which of your own waiting jobs starts first. Default: "normal"."""
    keep_source: bool
    """Keep the source as long as its clips, to make more clips from it. It counts as storage,
    and is deleted when you need the room. Default: true.
    """


class ProcessBody(ProcessOptions):
    """Body of POST /api/v1/process; only video_url is required."""

    video_url: str
    """URL of a video or audio file, or the video_url of an upload."""


class UploadTokenOptions(TypedDict, total=False):
    """What may be left out of a UploadTokenRequest."""

    expires_in_seconds: int
    """Lifetime in seconds. Default: 3600."""
    max_bytes: int | None
    """Maximum size of one file; null: that of the plan. Default: null."""


class CorrectionChangeOptions(TypedDict, total=False):
    """What may be left out of a CorrectionChange."""

    start_seconds: float | None
    """Only the words that start at this time in the transcript, in seconds; null: everywhere.
    Default: null.
    """


class CorrectionChangeBody(CorrectionChangeOptions):
    """What was heard, and what was said; it replaces a correction of the same words."""

    heard: str
    """One to ten words of one sentence, as the transcript has them. Case and punctuation do not
    matter.
    """
    text: str | None
    """What was said: one to ten words; null takes the correction back."""


class RewriteOptions(TypedDict, total=False):
    """What may be left out of a Rewrite."""

    length: TextLength | None
    """As in `text_options`. Default: null."""
    hook: int | None
    """As in `text_options`. Default: null."""
    tone: str | None
    """As in `text_options`. Default: null."""
    link: str | None
    """As in `text_options`; empty: none. Default: null."""


class EditedWordBody(TypedDict):
    """A corrected word and its times in the source."""

    text: str
    """Text to show."""
    start_seconds: float
    """Start of the word in the source, in seconds."""
    end_seconds: float
    """End of the word in the source, in seconds."""


class FramingPointBody(TypedDict):
    """A point of the source's picture."""

    x: float
    """From the left, as a share of the width."""
    y: float
    """From the top, as a share of the height."""


class FramingPartBody(TypedDict):
    """What to show in a part of the source, instead of the server's choice."""

    start_seconds: float
    """Start of the part in the source, in seconds."""
    end_seconds: float
    """End of the part in the source, in seconds."""
    points: list[FramingPointBody]
    """A point on a face follows that person; any other point is kept centered. Several points
    have a pane each, in this order; no point shows the whole picture.
    """


class CutBody(TypedDict):
    """A part of the source that a clip does without."""

    start_seconds: float
    """Start of the part in the source, in seconds."""
    end_seconds: float
    """End of the part in the source, in seconds."""


class PlayedPartBody(TypedDict):
    """A part of the source that a clip plays."""

    start_seconds: float
    """Start of the part in the source, in seconds."""
    end_seconds: float
    """End of the part in the source, in seconds."""


class RenderOptions(TypedDict, total=False):
    """What may be left out of a Render."""

    title: str | None
    """Title of the clip, shown in the picture with hook_title. Default: null."""
    quality: Quality | None
    """As in POST /api/v1/process. Default: null."""
    caption_style: str | None
    """A name from GET /api/v1/caption-styles. Default: null."""
    aspect_ratio: AspectRatio | None
    """Aspect ratio of the clip. Default: null."""
    layout: LayoutChoice | None
    """As in POST /api/v1/process. Default: null."""
    motion: Motion | None
    """As in POST /api/v1/process. Default: null."""
    safe_area: SafeArea | None
    """As in POST /api/v1/process. Default: null."""
    brand_id: str | None
    """Another brand; none: no brand. Omitted: the clip's brand as it is now; caption_style
    overrides the brand's style. Default: null.
    """
    hook_title: bool | None
    """Show the title for three seconds. Default: null."""
    emphasis: bool | None
    """Highlight keywords in the captions. Default: null."""
    emoji: bool | None
    """Show the emoji of keywords above them. Default: null."""
    remove_silences: RenderTightening | None
    """natural or fast shortens pauses; keep restores them. Default: null."""
    remove_fillers: bool | None
    """Cut filler words such as um and uh. Default: null."""
    clean_video: bool | None
    """Also render it without captions and title. Default: null."""
    webhook_url: str | None
    """URL that receives this job's webhook events. Default: null."""
    metadata: dict[str, str]
    """Up to 16 key-value pairs of your own, returned with the job. Default: {}."""
    words: list[EditedWordBody] | None
    """All words of the clip, corrected, in the order of their times. Default: null."""
    start_seconds: float | None
    """Start of the clip in the source, in seconds. Default: null."""
    end_seconds: float | None
    """End of the clip in the source; 1 to 180 s after the start. Default: null."""
    framing: list[FramingPartBody] | None
    """What the clip shows in these parts; elsewhere the layout decides. Later parts take
    precedence. An empty list undoes earlier choices. Default: null.
    """
    cuts: list[CutBody] | None
    """All parts that the clip does without. A part takes the words whose middles it holds; sound
    and picture are joined between words, and a breath stays. An empty list restores
    everything. Default: null.
    """
    parts: list[PlayedPartBody] | None
    """The parts of the clip in the order in which they play. An empty list restores the order of
    the talk. What no part holds is left out, also later; `cuts` apply within the parts, whose
    borders are placed between words as those of cuts are. Default: null.
    """


class ClipOptions(TypedDict, total=False):
    """What may be left out of a ClipRequest."""

    title: str | None
    """Title of the clip, shown in the picture with hook_title. Default: null."""
    quality: Quality | None
    """As in POST /api/v1/process. Default: null."""
    caption_style: str | None
    """A name from GET /api/v1/caption-styles. Default: null."""
    aspect_ratio: AspectRatio | None
    """Aspect ratio of the clip. Default: null."""
    layout: LayoutChoice | None
    """As in POST /api/v1/process. Default: null."""
    motion: Motion | None
    """As in POST /api/v1/process. Default: null."""
    safe_area: SafeArea | None
    """As in POST /api/v1/process. Default: null."""
    brand_id: str | None
    """Another brand; none: no brand. Omitted: the clip's brand as it is now; caption_style
    overrides the brand's style. Default: null.
    """
    hook_title: bool | None
    """Show the title for three seconds. Default: null."""
    emphasis: bool | None
    """Highlight keywords in the captions. Default: null."""
    emoji: bool | None
    """Show the emoji of keywords above them. Default: null."""
    remove_silences: RenderTightening | None
    """natural or fast shortens pauses; keep restores them. Default: null."""
    remove_fillers: bool | None
    """Cut filler words such as um and uh. Default: null."""
    clean_video: bool | None
    """Also render it without captions and title. Default: null."""
    webhook_url: str | None
    """URL that receives this job's webhook events. Default: null."""
    metadata: dict[str, str]
    """Up to 16 key-value pairs of your own, returned with the job. Default: {}."""
    words: list[EditedWordBody] | None
    """All words of the clip, corrected, in the order of their times. Default: null."""
    framing: list[FramingPartBody] | None
    """What the clip shows in these parts; elsewhere the layout decides. Later parts take
    precedence. An empty list undoes earlier choices. Default: null.
    """
    cuts: list[CutBody] | None
    """All parts that the clip does without. A part takes the words whose middles it holds; sound
    and picture are joined between words, and a breath stays. An empty list restores
    everything. Default: null.
    """
    parts: list[PlayedPartBody] | None
    """The parts of the clip in the order in which they play. An empty list restores the order of
    the talk. What no part holds is left out, also later; `cuts` apply within the parts, whose
    borders are placed between words as those of cuts are. Default: null.
    """


class ReelSpanBody(TypedDict):
    """A span of the source; it is made whole sentences."""

    start_seconds: float
    """Start in the source, in seconds."""
    end_seconds: float
    """End in the source, in seconds."""


class ReelOptions(TypedDict, total=False):
    """What may be left out of a ReelRequest."""

    title: str | None
    """Title of the clip, shown in the picture with hook_title. Default: null."""
    quality: Quality | None
    """As in POST /api/v1/process. Default: null."""
    caption_style: str | None
    """A name from GET /api/v1/caption-styles. Default: null."""
    aspect_ratio: AspectRatio | None
    """Aspect ratio of the clip. Default: null."""
    layout: LayoutChoice | None
    """As in POST /api/v1/process. Default: null."""
    motion: Motion | None
    """As in POST /api/v1/process. Default: null."""
    safe_area: SafeArea | None
    """As in POST /api/v1/process. Default: null."""
    brand_id: str | None
    """Another brand; none: no brand. Omitted: the clip's brand as it is now; caption_style
    overrides the brand's style. Default: null.
    """
    hook_title: bool | None
    """Show the title for three seconds. Default: null."""
    emphasis: bool | None
    """Highlight keywords in the captions. Default: null."""
    emoji: bool | None
    """Show the emoji of keywords above them. Default: null."""
    remove_silences: RenderTightening | None
    """natural or fast shortens pauses; keep restores them. Default: null."""
    remove_fillers: bool | None
    """Cut filler words such as um and uh. Default: null."""
    clean_video: bool | None
    """Also render it without captions and title. Default: null."""
    webhook_url: str | None
    """URL that receives this job's webhook events. Default: null."""
    metadata: dict[str, str]
    """Up to 16 key-value pairs of your own, returned with the job. Default: {}."""
    max_seconds: float
    """Maximum length of the reel in seconds. Default: 60.0."""
    clip_ids: list[str]
    """Clips of the job to join; without clips and spans, its best moments. Default: []."""
    spans: list[ReelSpanBody]
    """Spans of the source to join, such as candidates; they must not overlap. Default: []."""


class PreviewOptions(TypedDict, total=False):
    """What may be left out of a Preview."""

    title: str | None
    """Title of the clip, shown in the picture with hook_title. Default: null."""
    quality: Quality | None
    """As in POST /api/v1/process. Default: null."""
    caption_style: str | None
    """A name from GET /api/v1/caption-styles. Default: null."""
    aspect_ratio: AspectRatio | None
    """Aspect ratio of the clip. Default: null."""
    layout: LayoutChoice | None
    """As in POST /api/v1/process. Default: null."""
    motion: Motion | None
    """As in POST /api/v1/process. Default: null."""
    safe_area: SafeArea | None
    """As in POST /api/v1/process. Default: null."""
    brand_id: str | None
    """Another brand; none: no brand. Omitted: the clip's brand as it is now; caption_style
    overrides the brand's style. Default: null.
    """
    hook_title: bool | None
    """Show the title for three seconds. Default: null."""
    emphasis: bool | None
    """Highlight keywords in the captions. Default: null."""
    emoji: bool | None
    """Show the emoji of keywords above them. Default: null."""
    remove_silences: RenderTightening | None
    """natural or fast shortens pauses; keep restores them. Default: null."""
    remove_fillers: bool | None
    """Cut filler words such as um and uh. Default: null."""
    clean_video: bool | None
    """Also render it without captions and title. Default: null."""
    webhook_url: str | None
    """URL that receives this job's webhook events. Default: null."""
    metadata: dict[str, str]
    """Up to 16 key-value pairs of your own, returned with the job. Default: {}."""
    words: list[EditedWordBody] | None
    """All words of the clip, corrected, in the order of their times. Default: null."""
    start_seconds: float | None
    """Start of the clip in the source, in seconds. Default: null."""
    end_seconds: float | None
    """End of the clip in the source; 1 to 180 s after the start. Default: null."""
    framing: list[FramingPartBody] | None
    """What the clip shows in these parts; elsewhere the layout decides. Later parts take
    precedence. An empty list undoes earlier choices. Default: null.
    """
    cuts: list[CutBody] | None
    """All parts that the clip does without. A part takes the words whose middles it holds; sound
    and picture are joined between words, and a breath stays. An empty list restores
    everything. Default: null.
    """
    parts: list[PlayedPartBody] | None
    """The parts of the clip in the order in which they play. An empty list restores the order of
    the talk. What no part holds is left out, also later; `cuts` apply within the parts, whose
    borders are placed between words as those of cuts are. Default: null.
    """
    width: int
    """Maximum width of the picture, in pixels. Default: 540."""


class BrandStyleOptions(TypedDict, total=False):
    """What may be left out of a BrandStyle."""

    base: str
    """A name from GET /api/v1/caption-styles. Default: "white_bold"."""
    font: str | None
    """Family of a font that a caption style uses, such as Inter; null: the brand's own font if
    it has one. Default: null.
    """
    font_weight: int | None
    """100 to 900; ignored for an uploaded font. Default: null."""
    text_size: float | None
    """Share of the picture's shorter side. Default: null."""
    uppercase: bool | None
    """Capitals. Default: null."""
    max_words: int | None
    """Words on screen at once. Default: null."""
    letter_spacing: float | None
    """Space between letters, share of the text size. Default: null."""
    position: CaptionPosition | None
    """Where captions stand unless a face or writing is there. Default: null."""
    text_color: str | None
    """#RRGGBB or #RRGGBBAA. Default: null."""
    spoken_color: str | None
    """Color of the spoken word. Default: null."""
    key_color: str | None
    """Color of emphasized words. Default: null."""
    outline_color: str | None
    """Color of a line around letters; none: no line. Default: null."""
    outline_width: float | None
    """Share of the text size. Default: null."""
    shadow_color: str | None
    """Color of a shadow below letters; none: no shadow. Default: null."""
    box_color: str | None
    """Color of a plate behind the lines; none: no plate. Default: null."""
    box_padding: float | None
    """Share of the text size. Default: null."""
    box_radius: float | None
    """Radius of the plate's corners, share of the text size. Default: null."""
    spoken_box_color: str | None
    """Color of a plate behind the spoken word; none: no plate. Default: null."""
    entrance: Entrance | None
    """How words appear. Default: null."""
    word_motion: WordMotion | None
    """Motion of the spoken word; box and marker need a spoken_box_color. Default: null."""
    shake: bool | None
    """Whether key words shake. Default: null."""


class LogoWishOptions(TypedDict, total=False):
    """What may be left out of a LogoWish."""

    corner: Corner
    """Corner of the area that apps leave free of buttons. Default: "top_right"."""
    opacity: float
    """1 hides what is behind the logo. Default: 0.9."""
    width: float
    """Share of the picture's width. Default: 0.16."""
    margin: float
    """Distance to the edges of that area, share of the picture's width. Default: 0.0."""


class ColorsWishOptions(TypedDict, total=False):
    """What may be left out of a ColorsWish."""

    background: str
    """#RRGGBB. Default: "#14161C"."""
    text: str
    """#RRGGBB. Default: "#FFFFFF"."""


class TitleCardWishOptions(TypedDict, total=False):
    """What may be left out of a TitleCardWish."""

    seconds: float
    """How long it is shown, in seconds. Default: 2.0."""


class ActionWishOptions(TypedDict, total=False):
    """What may be left out of a ActionWish."""

    seconds: float
    """How long it is shown, in seconds. Default: 3.0."""


class ActionWishBody(ActionWishOptions):
    """A card after the clip that says what to do next."""

    text: str
    """What it says."""


class BrandOptions(TypedDict, total=False):
    """What may be left out of a BrandRequest."""

    caption_style: BrandStyleOptions | None
    """Your caption style; null: the style of each request. Default: null."""
    logo: LogoWishOptions | None
    """How the logo is shown, if there is a file; null: not shown. Default: {"corner":
    "top_right", "opacity": 0.9, "width": 0.16, "margin": 0.0}.
    """
    colors: ColorsWishOptions
    """Colors of the cards. Default: {"background": "#14161C", "text": "#FFFFFF"}."""
    title_card: TitleCardWishOptions | None
    """The clip's title before the clip; null: no card. Default: null."""
    call_to_action: ActionWishBody | None
    """A card after the clip; null: none. Default: null."""
    intro: bool
    """Whether the intro is shown, if there is one. Default: true."""
    outro: bool
    """Whether the outro is shown, if there is one. Default: true."""


class BrandChangesOptions(TypedDict, total=False):
    """What may be left out of a BrandChanges."""

    name: str
    """Your name for it."""
    caption_style: BrandStyleOptions | None
    """Replaces the whole style; null: none."""
    logo: LogoWishOptions | None
    """Replaces all of it; null: not shown."""
    colors: ColorsWishOptions
    """Replaces both."""
    title_card: TitleCardWishOptions | None
    """Null: no card."""
    call_to_action: ActionWishBody | None
    """Null: no card."""
    intro: bool
    """Whether the intro is shown."""
    outro: bool
    """Whether the outro is shown."""


class WebhookOptions(TypedDict, total=False):
    """What may be left out of a WebhookRequest."""

    events: list[Event]
    """Events to send; by default those that a job's webhook_url receives. Pings are always sent.
    Default: ["job.completed", "job.failed", "clip.ready"].
    """


class KeyOptions(TypedDict, total=False):
    """What may be left out of a KeyRequest."""

    name: str
    """Label shown in the key list. Default: ""."""
    scopes: list[Scope]
    """read: GET and HEAD. write: all other methods. Default: ["read", "write"]."""
    expires_at: str | None
    """When the key stops working; null: never. Default: null."""


class SessionOptions(TypedDict, total=False):
    """What may be left out of a SessionRequest."""

    key: str
    """An API key, which the session lasts no longer than. Default: ""."""
    code: str
    """From a sign-in link; it works once, within an hour. Default: ""."""


class JobFilters(TypedDict, total=False):
    """Query of list_jobs; None is no filter."""

    created_after: str | None
    """Only what was created at this time or later: 2026-04-15T10:00:00Z."""
    created_before: str | None
    """Only what was created before this time."""
    status: Status | None
    """Only jobs with this status."""
    metadata: str | None
    """Only jobs whose metadata has this key, `episode`, or this value, `episode:12`."""
    batch_id: str | None
    """Only jobs of this batch."""
    source_job_id: str | None
    """Only jobs made from this one, directly or in turn: renders, spans, reels and rewritten
    texts. none: only jobs not made from another one, or from one that is gone.
    """
    q: str | None
    """Only jobs whose title, file name or URL contains this text."""
    order: JobOrder | None
    """Order of the list."""
    trash: bool | None
    """Only jobs in the trash, which are otherwise left out."""
    clips: bool | None
    """Also list the clips of each job."""


class ClipFilters(TypedDict, total=False):
    """Query of list_clips; None is no filter."""

    created_after: str | None
    """Only what was created at this time or later: 2026-04-15T10:00:00Z."""
    created_before: str | None
    """Only what was created before this time."""
    job_id: str | None
    """Only clips of this job."""
    min_virality_score: int | None
    """Only clips with at least this score."""
    kind: MomentKind | None
    """Only moments of this kind."""
    caption_style: str | None
    """Only clips with this caption style."""
    q: str | None
    """Only clips whose title or transcript contains this text."""
    order: ClipOrder | None
    """Order of the list; best: by virality_score."""
