"""What an OpenAI-compatible server understands of a request; each lacks something else.

A request begins with all that is wished for. What a server refuses with 400 or 422 is left out: the
parameter that its message names, else the form of the answer, in two steps. Servers that ignore
what they do not know need none of this.
"""

from dataclasses import dataclass, replace
from typing import Literal

REFUSED = (400, 422)  # the request is not understood
AnswerForm = Literal["json_schema", "json_object", "none"]
_WEAKER: dict[AnswerForm, AnswerForm] = {"json_schema": "json_object", "json_object": "none"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a server is asked with."""

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
        """Return what to ask with after a refusal with this message; None: there is nothing."""
        if "max_completion_tokens" in refusal and self.length_field == "max_tokens":
            return replace(self, length_field="max_completion_tokens")
        if self.samples and ("temperature" in refusal or "seed" in refusal):
            return replace(self, samples=False)
        weaker = _WEAKER.get(self.answer_form)
        return replace(self, answer_form=weaker) if weaker else None
