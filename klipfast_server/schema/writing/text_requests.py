"""What callers send about texts: how they are to be written, and their own."""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType
from yarl import URL as Url

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import BRAND_ID, CONTROL, PLAIN_TEXT, TEXT, URL
from pipeline.core.texts import MAX_HOOKS, TextFormat, TextLength, TextOptions
from pipeline.language.writing_systems import is_control

MAX_TEXT_CHARS = 50_000  # longest text a caller may put; an article has some 10,000


class TextWishes(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How texts are written."""

    length: Annotated[TextLength, about("short tells a shorter moment, long a longer one.")] = (
        "normal"
    )
    hook: Annotated[
        int,
        about(
            "Which moment is told: 1 the best, 2 the second best, 3 the third.", ge=1, le=MAX_HOOKS
        ),
    ] = 1
    tone: Annotated[
        str,
        about(
            "Tone for a language model, in your own words; others ignore it.",
            max_length=200,
            pattern=TEXT,
            extra_json_schema={"examples": ["dry, for beginners"]},
        ),
    ] = ""
    link: Annotated[
        str,
        about(
            "URL of the published talk, which times in texts link to; empty: none.",
            max_length=2048,
            shown_pattern=rf"{URL}|^$",
        ),
    ] = ""

    def options(self, field: str) -> TextOptions:
        """Return the pipeline's options; `field` is that of the body. Raises BadRequest."""
        return TextOptions(
            length=self.length,
            hook=self.hook,
            tone=_one_line(self.tone),
            link=_link(self.link, f"{field}.link"),
        )


class Rewrite(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/jobs/{job_id}/texts/{text}; omitted fields keep their values."""

    length: Annotated[TextLength | None, about("As in `text_options`.")] = None
    hook: Annotated[
        Annotated[int, Meta(ge=1, le=MAX_HOOKS)] | None, about("As in `text_options`.")
    ] = None
    tone: Annotated[
        Annotated[str, Meta(max_length=200, pattern=TEXT)] | None, about("As in `text_options`.")
    ] = None
    link: Annotated[
        Annotated[str, Meta(max_length=2048, extra_json_schema={"pattern": rf"{URL}|^$"})] | None,
        about("As in `text_options`; empty: none."),
    ] = None

    def applied_to(self, before: TextOptions) -> TextOptions:
        """Return the options with the changes. Raises BadRequest."""
        return TextOptions(
            length=before.length if self.length is None else self.length,
            hook=before.hook if self.hook is None else self.hook,
            tone=before.tone if self.tone is None else _one_line(self.tone),
            link=before.link if self.link is None else _link(self.link, "link"),
        )


class OwnText(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of PUT /api/v1/jobs/{job_id}/texts/{text}."""

    text: Annotated[
        str,
        about(
            "Your own text: Markdown for a blog_post, plain for the others.",
            max_length=MAX_TEXT_CHARS,
            shown_pattern=PLAIN_TEXT,
        ),
    ]

    def normalized(self) -> str:
        """Return it with line feeds only. Raises BadRequest for other control characters."""
        text = self.text.replace("\r\n", "\n").replace("\r", "\n")
        if found := CONTROL.search(text):
            raise BadRequest(
                f"text contains the control character {found[0]!r}, which no text has.",
                field="text",
            )
        return text


class TextQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a text."""

    format: Annotated[
        Literal["published", TextFormat],
        about(
            "published: Markdown for a blog_post, plain for the others. html is a "
            "fragment, an <article>."
        ),
    ] = "published"


class QuoteCardQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of the picture of a quotation."""

    caption_style: Annotated[
        str | UnsetType, about("A name from GET /api/v1/caption-styles; omitted: the job's.")
    ] = UNSET
    aspect_ratio: Annotated[
        Literal["4:5", "1:1"], about("4:5 is upright, 1080 x 1350 pixels; 1:1 square, 1080 x 1080.")
    ] = "4:5"
    brand_id: Annotated[
        Annotated[str, Meta(max_length=60, extra_json_schema={"pattern": rf"{BRAND_ID}|^none$"})]
        | UnsetType,
        about(
            "A brand, whose style, font, colors and logo the picture has; none: "
            "without a brand. Omitted: the job's brand as it is now."
        ),
    ] = UNSET


def _one_line(text: str) -> str:
    """Return the text on one line, without control characters."""
    return " ".join("".join(" " if is_control(char) else char for char in text).split())


def _link(text: str, field: str) -> str:
    """Return the address in ASCII. Raises BadRequest unless it is a web page's."""
    try:
        url = Url(text)
    except ValueError as error:
        raise BadRequest(f"{field}: {error}.", field=field) from error
    if text and (url.scheme not in ("http", "https") or not url.host or url.user is not None):
        raise BadRequest(
            f"{field} must be the address of a page, such as https://example.com/talk.", field=field
        )
    return str(url)
