"""Adapts requests to servers that support different subsets of the OpenAI API.

The first request has every parameter. After a 400 or 422 the next one omits the parameter named in
the message, or else asks for a weaker form of answer, in two steps.
"""

from dataclasses import dataclass, replace
from typing import Literal

REFUSED = (400, 422)  # statuses that mean the request is not supported
AnswerForm = Literal["json_schema", "json_object", "none"]
_WEAKER: dict[AnswerForm, AnswerForm] = {"json_schema": "json_object", "json_object": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """The parameters that a server supports."""

    answer_form: AnswerForm = "json_schema"
    length_field: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    samples: bool = True  # whether temperature and seed are sent

    def body(
        self, model: str, prompt: str, schema: dict[str, object], max_tokens: int
    ) -> dict[str, object]:
        """Return the body of a request to /chat/completions."""
        body: dict[str, object] = {
            "model": model,
            "messages": [{"role": "user", "content": prompt}],
            self.length_field: max_tokens,
        }
        if self.samples:
            body |= {"temperature": 0, "seed": 0}
        if self.answer_form == "json_schema":
            form = {"name": "answer", "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": form}
        elif self.answer_form == "json_object":
            body["response_format"] = {"type": "json_object"}
        return body

    def simpler(self, refusal: str) -> "Dialect | None":
        """Return the dialect to try after this error message; None if there is no simpler one."""
        if "max_completion_tokens" in refusal and self.length_field == "max_tokens":
            return replace(self, length_field="max_completion_tokens")
        if self.samples and ("temperature" in refusal or "seed" in refusal):
            return replace(self, samples=False)
        weaker = _WEAKER.get(self.answer_form)
        return replace(self, answer_form=weaker) if weaker else None
