"""What several subcommands share: the models that options ask for, and JSON."""

import argparse
import os
from contextlib import suppress

import msgspec

from pipeline.core.control import Control
from pipeline.core.errors import ModelUnavailable, WrongInput
from pipeline.export import transcript_json
from pipeline.models import registry
from pipeline.models.model_config import ModelConfig
from pipeline.models.registry import Models


def to_json(value: object) -> str:
    """Return JSON whose times also have the names that earlier programs read."""
    plain = transcript_json.with_earlier_names(msgspec.to_builtins(value))
    return msgspec.json.encode(plain).decode()


def load_models(config: ModelConfig, control: Control) -> Models:
    """Return the models; if weights of any are missing, fetch them now, all at once.

    What cannot be had is told by whoever needs it.
    """
    models = registry.load_models(config).with_check(control.check)
    with models.downloads_shown() as is_missing, suppress(ModelUnavailable):
        if is_missing:
            models.warm()
            _ = models.speaker_encoder
    return models


def model_config(call: argparse.Namespace) -> ModelConfig:
    """Return the models that these options ask for. Raises WrongInput."""
    active_speaker = getattr(call, "active_speaker", "auto")
    if not hasattr(call, "llm"):
        return ModelConfig(active_speaker=active_speaker)
    if call.llm_url and not call.llm:
        raise WrongInput("--llm-url needs --llm: the name that the endpoint knows the model by")
    if call.llm_url and not call.llm_url.startswith(("http://", "https://")):
        raise WrongInput("--llm-url begins with http:// or https://")
    if not 0 < call.llm_timeout <= 86_400:
        raise WrongInput("--llm-timeout is more than 0 seconds, and at most 86400")
    key = os.environ.get("KLIPFAST__LLM__API_KEY", "")
    return ModelConfig(
        llm=call.llm,
        llm_url=call.llm_url,
        llm_api_key=key,
        llm_timeout_s=call.llm_timeout,
        active_speaker=active_speaker,
    )
