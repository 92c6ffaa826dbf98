"""A causal language model on the pipeline's own device: judge and author.

A judge does not generate text: only the probabilities of the two answers are read, which say more
than the likelier one (G-Eval, Liu et al. 2023, arXiv:2303.16634). The common prefix of all prompts
is computed once.
"""

import copy
import inspect
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer, DynamicCache, PreTrainedTokenizerBase
from transformers.modeling_utils import PreTrainedModel

from pipeline.core.control import Check
from pipeline.highlights import comparison
from pipeline.highlights.comparison import LETTERS, PAIRS, BadAnswer
from pipeline.texts.generation.author import USUAL_LIMITS, TokenLimits

CUE = "\nBetter: "  # before the letter of an answer


class CausalModel:
    """Any decoder that transformers supports, with its tokenizer."""

    def __init__(
        self,
        network: PreTrainedModel,
        tokenizer: PreTrainedTokenizerBase,
        *,
        name: str,
        timeout_s: float,
        pairs: int = PAIRS,
        limits: TokenLimits = USUAL_LIMITS,
    ) -> None:
        self.name = name
        self.pairs = pairs
        self.timeout_s = timeout_s
        self.context_tokens = limits.prompt
        self._max_tokens = limits.answer
        self._network = network
        self._tokenizer = tokenizer
        # transformers is renaming the argument, model by model.
        parameters = inspect.signature(network.forward).parameters
        self._cache = "cache" if "cache" in parameters else "past_key_values"
        self._cue, self._letters = self._answers()

    @classmethod
    def load(
        cls,
        folder: Path,
        device: torch.device,
        precision: torch.dtype,
        *,
        name: str,
        timeout_s: float,
        pairs: int = PAIRS,
        limits: TokenLimits = USUAL_LIMITS,
    ) -> "CausalModel":
        """Load from a folder in the Hugging Face layout, without running code of the checkpoint.

        Raises what transformers raises, and BadAnswer if letters are not single tokens.
        """
        transformers.logging.set_verbosity_error()  # the registry logs what matters
        transformers.utils.logging.disable_progress_bar()
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
        network = AutoModelForCausalLM.from_pretrained(
            folder, dtype=precision, local_files_only=True, use_safetensors=True
        )
        network = network.to(device).eval()
        return cls(network, tokenizer, name=name, timeout_s=timeout_s, pairs=pairs, limits=limits)

    @torch.inference_mode()
    def compare(self, pairs: Sequence[tuple[str, str]], check: Check) -> Sequence[float]:
        """Return how likely the model answers that the first of each pair is better.

        Raises BadAnswer; calls `check` before each pair.
        """
        prompts = [self._encode_prompt(comparison.question(pair), "") for pair in pairs]
        shared = _common_prefix(prompts)
        check()
        cache = DynamicCache(config=self._network.config)
        if shared:
            self._next(prompts[0][:shared], cache)
        found = []
        for prompt in prompts:
            check()
            logits = self._next(prompt[shared:] + self._cue, copy.deepcopy(cache))[self._letters]
            if not torch.isfinite(logits).all():
                raise BadAnswer("the model's numbers are not finite")
            found.append(float(torch.softmax(logits.float(), 0)[0]))
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

    def _next(self, tokens: list[int], cache: DynamicCache) -> torch.Tensor:
        """Return logits (vocabulary,) after these tokens, which are added to `cache`."""
        ids = torch.tensor([tokens], device=self._network.device)
        options = {self._cache: cache, "use_cache": True, "logits_to_keep": 1}
        logits: torch.Tensor = self._network(ids, **options).logits[0, -1]
        return logits

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

    def _answers(self) -> tuple[list[int], list[int]]:
        """Return the tokens before an answer's letter, and the token of each letter."""
        whole = [self._tokenizer.encode(CUE + a, add_special_tokens=False) for a in LETTERS]
        cues, letters = {tuple(w[:-1]) for w in whole}, [w[-1] for w in whole]
        if len(cues) != 1 or len(set(letters)) != len(LETTERS):
            raise BadAnswer("the model's tokenizer has no tokens for single letters")
        return list(cues.pop()), letters


def _common_prefix(prompts: Sequence[list[int]]) -> int:
    """Return the length of the common prefix, leaving at least one token of each prompt."""
    same = sum(
        1 for _ in takewhile(lambda column: len(set(column)) == 1, zip(*prompts, strict=False))
    )
    return min(same, min(map(len, prompts)) - 1)
