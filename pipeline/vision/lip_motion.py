"""Decides whether a face speaks by how much its mouth moves during sound.

The fallback if the weights of `active_speaker_model` are not available. It cannot distinguish
speech from chewing and laughing.
"""

import numpy as np
import numpy.typing as npt

from pipeline.vision.active_speaker_model import CEPSTRA_PER_LIP, LIPS_PER_S

CLOSED_MOUTH_CHANGE = 1.3  # gray levels of 255 by which a closed mouth changes per picture
LOGITS_PER_STEP = 2.0  # a step is CLOSED_MOUTH_CHANGE
SMOOTHING_S = 0.4  # a mouth rests between two sounds
MAX_DROP_NATS = 2.5  # drop of energy below the loudest tenth; a larger drop is a pause
SILENCE_LOGIT = -2.0  # during a pause


def lip_motion(
    lips: npt.NDArray[np.uint8], cepstra: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Return logits (n,), above 0: speaks. lips (n, side, side), gray; cepstra (>= 8 n, 13)."""
    count = len(lips)
    if count < 2:
        return np.full(count, SILENCE_LOGIT, np.float32)
    change = np.abs(np.diff(lips.astype(np.int16), axis=0)).mean((1, 2))
    width = max(1, round(SMOOTHING_S * LIPS_PER_S))
    motion = np.convolve(np.append(change[:1], change), np.full(width, 1 / width), "same")
    energy = cepstra[: CEPSTRA_PER_LIP * count, 0].reshape(count, CEPSTRA_PER_LIP).mean(1)
    audible = energy > np.quantile(energy, 0.9) - MAX_DROP_NATS
    logits = LOGITS_PER_STEP * (motion / CLOSED_MOUTH_CHANGE - 1.0)
    result: npt.NDArray[np.float32] = np.where(audible, logits, SILENCE_LOGIT).astype(np.float32)
    return result
