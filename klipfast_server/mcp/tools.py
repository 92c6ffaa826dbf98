"""The tools: what an assistant can do with KlipFast. Each is one or two calls of the API.

The names, types and descriptions of the arguments are what a language model reads. Answers are
short JSON; a refusal is the API's message, which says what would be right.
"""

from typing import Any

from mcp.server.mcpserver.tools import Tool
from mcp_types import ToolAnnotations
from pydantic import create_model

from klipfast_server.mcp.access import Access
from klipfast_server.mcp.clip_tools import ClipTools
from klipfast_server.mcp.job_tools import JobTools
from klipfast_server.mcp.text_tools import TextTools

READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
FETCHES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=True)
REPLACES = ToolAnnotations(
    read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False
)


def build(access: Access) -> list[Tool]:
    """Build all tools."""
    jobs, clips, texts = JobTools(access), ClipTools(access), TextTools(access)
    return [
        _strict(function, title, annotations)
        for function, title, annotations in (
            (jobs.submit_talk, "Submit a talk", FETCHES),
            (jobs.wait_for_job, "Wait for a job", READS),
            (jobs.get_job, "Look at a job", READS),
            (jobs.list_jobs, "List jobs", READS),
            (jobs.cancel_job, "Cancel a job", REPLACES),
            (clips.list_clips, "List clips", READS),
            (clips.get_clip, "Look at a clip", READS),
            (clips.make_clip, "Make a clip of a span", ADDS),
            (clips.edit_clip, "Preview or render a changed clip", ADDS),
            (texts.get_transcript, "Read or search a transcript", READS),
            (texts.correct_words, "Correct misheard words", REPLACES),
            (texts.get_text, "Read the texts of a talk", READS),
            (texts.write_text, "Replace or rewrite a text", REPLACES),
            (jobs.get_usage, "Look at plan and usage", READS),
        )
    ]


def _strict(function: Any, title: str, annotations: ToolAnnotations) -> Tool:
    """Build a tool that refuses unknown arguments: a misspelled one must not be passed over."""
    lines = (line.strip() for line in function.__doc__.strip().splitlines())
    tool = Tool.from_function(
        function, title=title, annotations=annotations, description="\n".join(lines)
    )
    lenient = tool.fn_metadata.arg_model
    strict = create_model(lenient.__name__, __base__=lenient, __cls_kwargs__={"extra": "forbid"})
    tool.fn_metadata.arg_model = strict
    tool.parameters = strict.model_json_schema(by_alias=True)
    return tool
