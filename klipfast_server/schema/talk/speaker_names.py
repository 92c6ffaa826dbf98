"""The names that a caller gives the speakers of a talk."""

from typing import Annotated

from msgspec import Meta, Struct

from klipfast_server.core.errors import BadRequest
from klipfast_server.schema.fields import about
from klipfast_server.schema.patterns import SPEAKER_NAME
from pipeline.language.writing_systems import DIRECTIONS, is_control, is_visible

MARKUP = "<>"  # what WebVTT's voice tags consist of


class SpeakerNames(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Body of PATCH /api/v1/jobs/{job_id}/speakers; labels that are not in it keep their names."""

    names: Annotated[
        dict[
            str,
            Annotated[str, Meta(max_length=80, extra_json_schema={"pattern": SPEAKER_NAME})] | None,
        ],
        about(
            "Names by label of the transcript's `speakers`; null or an empty text restores "
            "the label.",
            max_length=100,
        ),
    ]

    def by_label(self) -> dict[str, str | None]:
        """Return the names without space around them. Raises BadRequest for one that is none."""
        return {label: _speaker_name(name) for label, name in self.names.items()}


def _speaker_name(name: str | None) -> str | None:
    if not name:
        return None
    if not is_visible(name):
        raise BadRequest(
            f"names: {name!r} has no visible characters; use null to bring the label back.",
            field="names",
        )
    if any(c in MARKUP or c in DIRECTIONS or is_control(c) for c in name):
        raise BadRequest(
            f"names: {name!r} contains markup or control characters, which no name has.",
            field="names",
        )
    return name.strip()
