"""A causal language model on the pipeline's own device: judge and author.

A judge does not generate text: the form of the answer is given, and for each grade only the
probabilities of its digits are read. Their mean is the grade, which is finer than the likeliest
digit (G-Eval, Liu et al. 2023, arXiv:2303.16634). The common prefix of all prompts is computed
once.
"""

import copy
import inspect
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache, PreTrainedTokenizerBase
from transformers.modeling_utils import PreTrainedModel

from pipeline.core.control import Check
from pipeline.highlights import grading
from pipeline.highlights.grading import HIGHEST, LOWEST, QUESTIONS, BadAnswer
from pipeline.texts.generation.author import USUAL_LIMITS, TokenLimits

DIGITS = tuple(range(LOWEST, HIGHEST + 1))


class CausalModel:
    """Any decoder that transformers supports, with its tokenizer."""

    def __init__(
        self,
        network: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str,
        timeout_s: float,
        limits: TokenLimits = USUAL_LIMITS,
    ) -> None:
        self.name = name
        self.timeout_s = timeout_s
        self.context_tokens = limits.prompt
        self._max_tokens = limits.answer
        self._network = network
        self._tokenizer = tokenizer
        # transformers is renaming the argument, model by model.
        parameters = inspect.signature(network.forward).parameters
        self._cache = "cache" if "cache" in parameters else "past_key_values"
        self._labels = [self._digits(question) for question in QUESTIONS]

    @classmethod
    def load(
        cls,
        folder: Path,
        device: torch.device,
        precision: torch.dtype,
        *,
        name: str,
        timeout_s: float,
        limits: TokenLimits = USUAL_LIMITS,
    ) -> "CausalModel":
        """Load from a folder in the Hugging Face layout, without running code of the checkpoint.

        Raises what transformers raises, and BadAnswer if digits are not single tokens.
        """
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network = AutoModelForCausalLM.from_pretrained(
            folder, dtype=precision, local_files_only=True, use_safetensors=True
        )
        network = network.to(device).eval()
        return cls(network, tokenizer, name=name, timeout_s=timeout_s, limits=limits)

    @torch.inference_mode()
    def grade(self, texts: Sequence[str], check: Check) -> Sequence[float]:
        """Return the mean expected grade of each text.

        Raises BadAnswer; calls `check` before each text.
        """
        prompts = [self._prompt(text) for text in texts]
        shared = _common_prefix(prompts)
        check()
        cache = DynamicCache(config=self._network.config)
        if shared:
            self._next(prompts[0][:shared], cache)
        found = []
        for prompt in prompts:
            check()
            found.append(self._grade(prompt[shared:], copy.deepcopy(cache)))
        return found

    @torch.inference_mode()
    def complete(
        self,
        prompt: str,
        schema: dict[str, object],  # noqa: ARG002 - nothing here constrains the decoding
        check: Check,
    ) -> str:
        """Return the likeliest answer, token by token; `check` is called before each token.

        The schema is requested in words only: a model that ignores it is of no use as an author.
        """
        cache = DynamicCache(config=self._network.config)
        tokens = self._encode_prompt(prompt, "\n\nJSON:\n")
        written: list[int] = []
        ends = self._ends()
        while len(written) < self._max_tokens:
            check()
            token = int(self._next(tokens, cache).argmax())
            if token in ends:
                break
            written.append(token)
            tokens = [token]
        return str(self._tokenizer.decode(written, skip_special_tokens=True))

    def _ends(self) -> set[int]:
        """Return the end tokens."""
        declared = getattr(self._network.generation_config, "eos_token_id", None)
        found = declared if isinstance(declared, list) else [declared, self._tokenizer.eos_token_id]
        return {int(token) for token in found if token is not None}

    def _grade(self, rest: list[int], cache: DynamicCache) -> float:
        """Grade one prompt whose beginning is in `cache`."""
        total = 0.0
        for label, digits in self._labels:
            logits = self._next(rest + label, cache)[digits].float()
            if not torch.isfinite(logits).all():
                raise BadAnswer("the model's numbers are not finite")
            chances = torch.softmax(logits, 0)
            total += float(chances @ torch.tensor(DIGITS, dtype=chances.dtype).to(chances.device))
            rest = [digits[int(chances.argmax())]]
        return total / len(self._labels)

    def _next(self, tokens: list[int], cache: DynamicCache) -> torch.Tensor:
        """Return logits (vocabulary,) after these tokens, which are added to `cache`."""
        ids = torch.tensor([tokens], device=self._network.device)
        options = {self._cache: cache, "use_cache": True, "logits_to_keep": 1}
        logits: torch.Tensor = self._network(ids, **options).logits[0, -1]
        return logits

    def _prompt(self, text: str) -> list[int]:
        """Return the tokens of the grading prompt."""
        return self._encode_prompt(grading.question(text), "\n\nGrades:\n")

    def _encode_prompt(self, prompt: str, cue: str) -> list[int]:
        """Encode a prompt with the model's chat template, or without one followed by `cue`."""
        if self._tokenizer.chat_template:
            ids: list[int] = self._tokenizer.apply_chat_template(
                [{"role": "user", "content": prompt}],
                add_generation_prompt=True,
                enable_thinking=False,
                tokenize=True,
                return_dict=False,
            )
            return ids
        return list(self._tokenizer(f"{prompt}{cue}")["input_ids"])

    def _digits(self, name: str) -> tuple[list[int], list[int]]:
        """Return the tokens of a question's label, and the token of each digit after it."""
        whole = [
            self._tokenizer.encode(f"\n{name}={digit}", add_special_tokens=False)
            for digit in DIGITS
        ]
        labels, digits = {tuple(w[:-1]) for w in whole}, [w[-1] for w in whole]
        if len(labels) != 1 or len(set(digits)) != len(DIGITS):
            raise BadAnswer("the model's tokenizer has no tokens for single digits")
        return list(labels.pop()), digits


def _common_prefix(prompts: Sequence[list[int]]) -> int:
    """Return the length of the common prefix, leaving at least one token of each prompt."""
    same = sum(
        1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))
    )
    return min(same, min(map(len, prompts)) - 1)
