"""What an account's brand adds to its clips: a caption style, a logo, cards, an intro and an outro.

A job keeps the brand as it was when the job was submitted. Its files are named here, not stored:
whoever renders puts them into a folder and says which (`located`).
"""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

Corner = Literal["top_left", "top_right", "bottom_left", "bottom_right"]
FileKind = Literal["font", "logo", "intro", "outro"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnStyle:
    """A caption style that differs from a known one."""

    base: str  # name of the known one
    tables: dict[str, dict[str, Any] | None] = field(default_factory=dict)
    """What differs, as in a style's file; None: the table is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoPlace:
    """Where the logo stands, and how."""

    corner: Corner = "top_right"
    opacity: float = 0.9  # 0..1
    width: float = 0.16  # share of the picture's width
    margin: float = 0.0  # to the edges of the safe area, share of the picture's width


@dataclass(frozen=True, slots=True, kw_only=True)
class CardColors:
    """Colors of the cards, #RRGGBB."""

    background: str = "#14161C"
    text: str = "#FFFFFF"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallToAction:
    """A card after the clip that says what to do next."""

    text: str
    seconds: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A brand with the names of its files; None: it has no such file, or a clip does without."""

    brand_id: str = ""
    style: OwnStyle | None = None  # None: the style that the request names
    logo_place: LogoPlace = LogoPlace()
    colors: CardColors = CardColors()
    title_card_s: float = 0.0  # seconds that the clip's title is shown before it; 0: not
    call_to_action: CallToAction | None = None
    folder: str = ""  # where the files are; empty: not here
    font: str | None = None
    logo: str | None = None
    intro: str | None = None
    outro: str | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """Return the names of all files."""
        return tuple(name for name in (self.font, self.logo, self.intro, self.outro) if name)

    def located(self, folder: Path) -> "Brand":
        """Return the brand with its files in this folder."""
        return replace(self, folder=str(folder))

    def path(self, kind: FileKind) -> Path | None:
        """Return where a file of it is; None if it has none."""
        name: str | None = getattr(self, kind)
        return None if name is None else Path(self.folder) / name
