"""Tools for words: what is said in a talk, and the texts that are written from it."""

from typing import Annotated, Literal

import msgspec
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from klipfast_server.mcp import summaries
from klipfast_server.mcp.access import Access, ToolContext
from klipfast_server.mcp.arguments import JobId, Seconds, given
from klipfast_server.mcp.summaries import Answer
from pipeline.core.texts import TextKind, TextLength

MOST_SENTENCES = 300


class TextTools:
    """Each method is a tool."""

    def __init__(self, access: Access) -> None:
        self._access = access

    async def get_transcript(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        search: Annotated[
            str | None, Field(max_length=200, description="Only sentences with this text.")
        ] = None,
        start_seconds: Annotated[Seconds, Field(description="Only what is said from here on.")] = 0,
        end_seconds: Annotated[
            Seconds | None, Field(description="Only what is said before.")
        ] = None,
        limit: Annotated[
            int, Field(ge=1, le=MOST_SENTENCES, description="How many sentences at most.")
        ] = 100,
    ) -> Answer:
        """Read what is said in a talk, sentence by sentence with times, or search in it.

        `found` counts all sentences that fit. If there are more than are told,
        continue_at_seconds is the start_seconds of the next call.
        """
        async with self._access.client(ctx) as client:
            transcript = await client.sentences(job_id)
        wanted = (search or "").casefold()
        end = end_seconds if end_seconds is not None else float("inf")
        fitting = [
            (number, sentence)
            for number, sentence in enumerate(transcript.sentences)
            if start_seconds <= sentence.start_seconds < end and wanted in sentence.text.casefold()
        ]
        told: Answer = {
            "language": transcript.language,
            "duration_seconds": transcript.duration_seconds,
            "found": len(fitting),
            "sentences": [summaries.of_sentence(*each) for each in fitting[:limit]],
        }
        if len(fitting) > limit:
            told["continue_at_seconds"] = fitting[limit][1].start_seconds
        return told

    async def correct_words(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        heard: Annotated[
            str, Field(max_length=100, description="One to ten words as the transcript has them.")
        ],
        said: Annotated[
            str | None,
            Field(max_length=100, description="What was really said; null takes it back."),
        ],
        start_seconds: Annotated[
            Seconds | None,
            Field(description="Only where these words start here; default: everywhere."),
        ] = None,
    ) -> Answer:
        """Correct misheard words of a talk, everywhere or in one place.

        Transcript, captions, titles and what is made from then on are right. Clips that are there
        stay as they are: clips_to_render names those that edit_clip or the user may render again.
        """
        async with self._access.client(ctx) as client:
            found = await client.correct(job_id, heard, said, start_seconds=start_seconds)
            answer: Answer = msgspec.to_builtins(found)
            return answer

    async def get_text(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        kind: Annotated[
            TextKind | None, Field(description="Which text; default: list those that there are.")
        ] = None,
        format: Annotated[
            Literal["published", "markdown", "html", "plain"],
            Field(description="published: Markdown for articles, plain text for the others."),
        ] = "published",
    ) -> Answer:
        """Read a text that was written from a talk, or list its texts with author and warnings.

        Every sentence rests on what was said; `reason` says why a text was withheld.
        """
        async with self._access.client(ctx) as client:
            if kind is None:
                texts = (await client.texts(job_id)).texts
                return {"job_id": job_id, "texts": [summaries.of_text(text) for text in texts]}
            text = await client.text(job_id, kind, format)
            return {"job_id": job_id, "kind": kind, "format": format, "text": text}

    async def write_text(
        self,
        ctx: ToolContext,
        *,
        job_id: JobId,
        kind: Annotated[TextKind, Field(description="Which text.")],
        text: Annotated[
            str | None,
            Field(max_length=50_000, description="Your own text, put there instead."),
        ] = None,
        length: Annotated[TextLength | None, Field(description="How long to write it.")] = None,
        hook: Annotated[
            int | None, Field(ge=1, le=3, description="Which moment opens it: best, second, third.")
        ] = None,
        tone: Annotated[
            str | None, Field(max_length=200, description="Tone, where a language model writes.")
        ] = None,
        link: Annotated[
            str | None, Field(description="Address of the published talk, to link times into.")
        ] = None,
    ) -> Answer:
        """Replace a text of a completed job by your own, or have KlipFast write it again.

        With `text`, it is stored at once, and `warnings` names what nobody said in the talk: mend
        it, or tell the user. Without, a new job writes it with the options: call wait_for_job.
        Either way the present text is replaced.
        """
        options = given({"length": length, "hook": hook, "tone": tone, "link": link})
        if text is not None and options:
            raise ToolError(
                f"Pass either text, to put your own there, or {', '.join(options)}, to have it "
                "written again; not both."
            )
        async with self._access.client(ctx) as client:
            if text is not None:
                return summaries.of_text(await client.put_text(job_id, kind, text))
            return summaries.of_accepted(await client.rewrite(job_id, kind, **options))
