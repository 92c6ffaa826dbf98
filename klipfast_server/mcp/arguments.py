"""Arguments that several tools have, as a language model reads them."""

from typing import Annotated, Any, Literal

from pydantic import Field

from pipeline.core.data import AspectRatio, LayoutChoice

JobId = Annotated[str, Field(description="ID of a job, job_…", max_length=100)]
ClipId = Annotated[str, Field(description="ID of a clip, clip_…", max_length=100)]
Page = Annotated[int, Field(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str | None, Field(description="next_cursor of the page before.")]
Seconds = Annotated[float, Field(ge=0, le=86_400)]
CaptionStyle = Annotated[
    str | None,
    Field(
        description="Look of the captions, such as white_bold or karaoke; none for no captions. "
        "An unknown name is refused with the list of those that there are."
    ),
]
Ratio = Annotated[AspectRatio | None, Field(description="Shape of the picture; default 9:16.")]
Layout = Annotated[
    LayoutChoice | None,
    Field(
        description="auto directs; crop follows one person; split shows two, one half each; fit "
        "shows the whole picture on a blurred background."
    ),
]
Pauses = Annotated[
    Literal["keep", "natural", "fast"] | None,
    Field(description="Shorten pauses: natural leaves a breath, fast almost nothing."),
]
Fillers = Annotated[bool | None, Field(description="Cut filler words such as um and uh.")]
HookTitle = Annotated[bool | None, Field(description="Show the title over the first seconds.")]
Emphasis = Annotated[bool | None, Field(description="Highlight keywords in the captions.")]
Title = Annotated[str | None, Field(max_length=200, description="Title; default: from its words.")]


def given(options: dict[str, Any]) -> dict[str, Any]:
    """Return the options that were passed."""
    return {name: value for name, value in options.items() if value is not None}
