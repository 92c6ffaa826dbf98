"""A causal language model on the pipeline's own device: judge and author.

A judge is never asked to write: the answer's form is given, and at each grade the probabilities of
its digits alone are read. Their mean is the grade, which is finer than the likeliest digit (G-Eval,
Liu et al. 2023, arXiv:2303.16634). What all prompts have in common is computed once.
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

TEXT_TOKENS = 4096  # of an answer
DIGITS = tuple(range(LOWEST, HIGHEST + 1))


class CausalModel:
    """Any decoder that transformers knows, with its tokenizer."""

    def __init__(
        self,
        network: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str,
        timeout_s: float,
    ) -> None:
        self.name = name
        self.timeout_s = timeout_s
        self._network = network
        self._tokenizer = tokenizer
        # transformers is giving the argument another name, model by model
        known = inspect.signature(network.forward).parameters
        self._cache = "cache" if "cache" in known else "past_key_values"
        self._asked = [self._digits(question) for question in QUESTIONS]

    @classmethod
    def load(
        cls,
        folder: Path,
        device: torch.device,
        precision: torch.dtype,
        *,
        name: str,
        timeout_s: float,
    ) -> "CausalModel":
        """From a folder in the Hugging Face layout; no code of the checkpoint's own is run.

        Raises what transformers raises, BadAnswer where digits are no tokens of their own.
        """
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network = AutoModelForCausalLM.from_pretrained(
            folder, dtype=precision, local_files_only=True, use_safetensors=True
        )
        return cls(network.to(device).eval(), tokenizer, name=name, timeout_s=timeout_s)

    @torch.inference_mode()
    def grade(self, texts: Sequence[str], check: Check) -> Sequence[float]:
        """Mean expected grade of each; `check` is called before each. Raises BadAnswer."""
        prompts = [self._prompt(text) for text in texts]
        shared = _shared(prompts)
        check()
        known = DynamicCache(config=self._network.config)
        if shared:
            self._next(prompts[0][:shared], known)
        found = []
        for prompt in prompts:
            check()
            found.append(self._grade(prompt[shared:], copy.deepcopy(known)))
        return found

    @torch.inference_mode()
    def complete(
        self,
        prompt: str,
        schema: dict[str, object],  # noqa: ARG002 - nothing here constrains the decoding
        check: Check,
    ) -> str:
        """The likeliest answer, token by token; `check` is called before each.

        The form is asked for in words only: a model that cannot keep it is of no use as an author.
        """
        known = DynamicCache(config=self._network.config)
        tokens = self._asked_in_words(prompt, "\n\nJSON:\n")
        written: list[int] = []
        ends = self._ends()
        while len(written) < TEXT_TOKENS:
            check()
            token = int(self._next(tokens, known).argmax())
            if token in ends:
                break
            written.append(token)
            tokens = [token]
        return str(self._tokenizer.decode(written, skip_special_tokens=True))

    def _ends(self) -> set[int]:
        """Tokens after which nothing comes."""
        told = getattr(self._network.generation_config, "eos_token_id", None)
        found = told if isinstance(told, list) else [told, self._tokenizer.eos_token_id]
        return {int(token) for token in found if token is not None}

    def _grade(self, rest: list[int], known: DynamicCache) -> float:
        """Of one prompt, whose beginning is in `known`."""
        total = 0.0
        for label, digits in self._asked:
            logits = self._next(rest + label, known)[digits].float()
            if not torch.isfinite(logits).all():
                raise BadAnswer("the model's numbers are not finite")
            chances = torch.softmax(logits, 0)
            total += float(chances @ torch.tensor(DIGITS, dtype=chances.dtype).to(chances.device))
            rest = [digits[int(chances.argmax())]]
        return total / len(self._asked)

    def _next(self, tokens: list[int], known: DynamicCache) -> torch.Tensor:
        """Logits (vocabulary,) after these tokens, which are added to `known`."""
        ids = torch.tensor([tokens], device=self._network.device)
        options = {self._cache: known, "use_cache": True, "logits_to_keep": 1}
        logits: torch.Tensor = self._network(ids, **options).logits[0, -1]
        return logits

    def _prompt(self, text: str) -> list[int]:
        """As the model was taught to be asked, if it was."""
        return self._asked_in_words(grading.question(text), "\n\nGrades:\n")

    def _asked_in_words(self, asked: str, cue: str) -> list[int]:
        """In a conversation where the model knows such; else with a cue to go on from."""
        if self._tokenizer.chat_template:
            ids: list[int] = self._tokenizer.apply_chat_template(
                [{"role": "user", "content": asked}],
                add_generation_prompt=True,
                enable_thinking=False,
                tokenize=True,
                return_dict=False,
            )
            return ids
        return list(self._tokenizer(f"{asked}{cue}")["input_ids"])

    def _digits(self, name: str) -> tuple[list[int], list[int]]:
        """Tokens of a question's label, and the token of each digit after it."""
        whole = [
            self._tokenizer.encode(f"\n{name}={digit}", add_special_tokens=False)
            for digit in DIGITS
        ]
        labels, digits = {tuple(w[:-1]) for w in whole}, [w[-1] for w in whole]
        if len(labels) != 1 or len(set(digits)) != len(DIGITS):
            raise BadAnswer("the model's tokenizer has no tokens for single digits")
        return list(labels.pop()), digits


def _shared(prompts: Sequence[list[int]]) -> int:
    """With how many tokens all begin, each having one more at least."""
    same = sum(
        1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))
    )
    return min(same, min(map(len, prompts)) - 1)
