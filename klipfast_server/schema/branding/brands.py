"""Brands: what callers send and get; their caption styles are in `brand_styles`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from msgspec import UNSET, Struct, UnsetType

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.branding.brand_styles import OPAQUE, BrandStyle, Fonts, check_color
from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import TEXT
from pipeline.core.brand import Brand, CallToAction, CardColors, Corner, FileKind, LogoPlace
from pipeline.core.data import AspectRatio
from pipeline.language.writing_systems import is_visible

Name = Annotated[str, about("Your name for it.", min_length=1, max_length=100, pattern=TEXT)]
CardSeconds = Annotated[float, about("How long it is shown, in seconds.", ge=1, le=10)]
# `check_color` decides, with a better error message.
OpaqueColor = Annotated[str, about("#RRGGBB.", max_length=20, shown_pattern=OPAQUE)]


class LogoWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How the logo is shown over the clip."""

    corner: Annotated[Corner, about("Corner of the area that apps leave free of buttons.")] = (
        "top_right"
    )
    opacity: Annotated[float, about("1 hides what is behind the logo.", ge=0.05, le=1)] = 0.9
    width: Annotated[float, about("Share of the picture's width.", ge=0.03, le=0.5)] = 0.16
    margin: Annotated[
        float,
        about("Distance to the edges of that area, share of the picture's width.", ge=0, le=0.2),
    ] = 0.0


class ColorsWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Colors of the cards before and after a clip."""

    background: OpaqueColor = "#14161C"
    text: OpaqueColor = "#FFFFFF"


class ActionWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card after the clip that says what to do next."""

    text: Annotated[
        str,
        about(
            "What it says.",
            min_length=1,
            max_length=120,
            pattern=TEXT,
            extra_json_schema={"examples": ["Hear the whole talk: link in bio"]},
        ),
    ]
    seconds: CardSeconds = 3.0


class TitleCardWish(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card with the clip's title, before the clip."""

    seconds: CardSeconds = 2.0


class BrandSettings(Struct, frozen=True, kw_only=True):
    """All of a brand but its name and its files, as they are stored."""

    caption_style: BrandStyle | None = None
    logo: LogoWish | None = LogoWish()
    colors: ColorsWish = ColorsWish()
    title_card: TitleCardWish | None = None
    call_to_action: ActionWish | None = None
    intro: bool = True
    outro: bool = True

    def brand(self, brand_id: str, files: Mapping[FileKind, str], fonts: Fonts) -> Brand:
        """Return the brand the pipeline takes; `files` are names by kind. Raises BadRequest."""
        style = None if self.caption_style is None else self.caption_style.own_style(fonts)
        action = self.call_to_action
        return Brand(
            brand_id=brand_id,
            style=style,
            logo_place=LogoPlace() if self.logo is None else LogoPlace(**_fields(self.logo)),
            colors=CardColors(**_fields(self.colors)),
            title_card_s=0.0 if self.title_card is None else self.title_card.seconds,
            call_to_action=None if action is None else CallToAction(**_fields(action)),
            font=files.get("font"),
            logo=None if self.logo is None else files.get("logo"),
            intro=files.get("intro") if self.intro else None,
            outro=files.get("outro") if self.outro else None,
        )


def _fields(body: Struct) -> dict[str, Any]:
    return {name: getattr(body, name) for name in body.__struct_fields__}


class BrandRequest(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of POST /api/v1/brands; only name is required."""

    name: Name
    caption_style: Annotated[
        BrandStyle | None, about("Your caption style; null: the style of each request.")
    ] = None
    logo: Annotated[
        LogoWish | None, about("How the logo is shown, if there is a file; null: not shown.")
    ] = LogoWish()
    colors: Annotated[ColorsWish, about("Colors of the cards.")] = ColorsWish()
    title_card: Annotated[
        TitleCardWish | None, about("The clip's title before the clip; null: no card.")
    ] = None
    call_to_action: Annotated[ActionWish | None, about("A card after the clip; null: none.")] = None
    intro: Annotated[bool, about("Whether the intro is shown, if there is one.")] = True
    outro: Annotated[bool, about("Whether the outro is shown, if there is one.")] = True

    def settings(self, fonts: Fonts) -> BrandSettings:
        """Return what is stored. Raises BadRequest where it is not possible."""
        found = BrandSettings(**{n: getattr(self, n) for n in BrandSettings.__struct_fields__})
        return checked(self.name, found, fonts)


class BrandChanges(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of PATCH /api/v1/brands/{brand_id}; omitted fields keep their values."""

    name: Annotated[Name | UnsetType, about("Your name for it.")] = UNSET
    caption_style: Annotated[
        BrandStyle | UnsetType | None, about("Replaces the whole style; null: none.")
    ] = UNSET
    logo: Annotated[LogoWish | UnsetType | None, about("Replaces all of it; null: not shown.")] = (
        UNSET
    )
    colors: Annotated[ColorsWish | UnsetType, about("Replaces both.")] = UNSET
    title_card: Annotated[TitleCardWish | UnsetType | None, about("Null: no card.")] = UNSET
    call_to_action: Annotated[ActionWish | UnsetType | None, about("Null: no card.")] = UNSET
    intro: Annotated[bool | UnsetType, about("Whether the intro is shown.")] = UNSET
    outro: Annotated[bool | UnsetType, about("Whether the outro is shown.")] = UNSET

    def applied_to(
        self, name: str, before: BrandSettings, fonts: Fonts
    ) -> tuple[str, BrandSettings]:
        """Return the name and settings with the changes. Raises BadRequest."""
        after = {
            field: getattr(before, field) if (value := getattr(self, field)) is UNSET else value
            for field in BrandSettings.__struct_fields__
        }
        name = name if isinstance(self.name, UnsetType) else self.name
        return name, checked(name, BrandSettings(**after), fonts)


def checked(name: str, settings: BrandSettings, fonts: Fonts) -> BrandSettings:
    """Return the settings. Raises BadRequest for what a type cannot say."""
    if not is_visible(name):
        raise BadRequest("name has no visible characters.", field="name")
    action = settings.call_to_action
    if action is not None and not is_visible(action.text):
        raise BadRequest(
            "call_to_action.text has no visible characters; use null for no card.",
            field="call_to_action.text",
        )
    for part in settings.colors.__struct_fields__:
        check_color(getattr(settings.colors, part), f"colors.{part}", OPAQUE)
    if settings.caption_style is not None:
        settings.caption_style.own_style(fonts)
    return settings


class BrandFile(Struct, frozen=True, kw_only=True):
    """A file of a brand; a field that its kind lacks is null."""

    media_type: Annotated[str, about("Media type of the file.")]
    size_bytes: Annotated[int, about("Size, counted as storage.")]
    sha256: Annotated[str, about("SHA-256 of the file, hexadecimal.")]
    width: Annotated[int | None, about("Pixels, for a picture or video.")] = None
    height: Annotated[int | None, about("Pixels, for a picture or video.")] = None
    duration_seconds: Annotated[float | None, about("Length of a video.")] = None
    family: Annotated[str | None, about("Font family name.")] = None
    font_weight: Annotated[int | None, about("Weight of a font, 100 to 900.")] = None


class BrandFiles(Struct, frozen=True, kw_only=True):
    """The files of a brand; null: there is none."""

    font: Annotated[BrandFile | None, about("Font of captions, titles and cards.")] = None
    logo: Annotated[BrandFile | None, about("Shown over the clip.")] = None
    intro: Annotated[BrandFile | None, about("Shown before the clip.")] = None
    outro: Annotated[BrandFile | None, about("Shown after the clip.")] = None


class BrandDetail(Struct, frozen=True, kw_only=True):
    """A brand."""

    brand_id: Annotated[str, about("ID of the brand.")]
    name: Annotated[str, about("Your name for it.")]
    caption_style: Annotated[
        BrandStyle | None, about("Its caption style; null: that of the request.")
    ]
    logo: Annotated[LogoWish | None, about("How the logo is shown; null: not.")]
    colors: Annotated[ColorsWish, about("Colors of the cards.")]
    title_card: Annotated[TitleCardWish | None, about("The title before the clip.")]
    call_to_action: Annotated[ActionWish | None, about("The card after the clip.")]
    intro: Annotated[bool, about("Whether the intro is shown, if there is one.")]
    outro: Annotated[bool, about("Whether the outro is shown, if there is one.")]
    files: Annotated[BrandFiles, about("What was uploaded.")]
    created_at: Annotated[datetime, about("When it was made.", tz=True)]
    updated_at: Annotated[datetime, about("When it was last changed.", tz=True)]


class BrandList(Struct, frozen=True, kw_only=True):
    """GET /api/v1/brands."""

    brands: Annotated[list[BrandDetail], about("All brands, oldest first.")]


class BrandPreviewQuery(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Query of a brand's preview."""

    aspect_ratio: Annotated[AspectRatio, about("Aspect ratio of the clip.")] = "9:16"
