"""Decides whether a face speaks by how much its mouth moves while something is heard.

The fallback where the weights of `active_speaker_model` cannot be had. It cannot tell speech from
chewing and laughing.
"""

import numpy as np
import numpy.typing as npt

from pipeline.vision.active_speaker_model import CEPSTRA_PER_LIP, LIPS_PER_S

STILL = 1.3  # grey levels of 255 by which a mouth that is shut changes from picture to picture
STEEP = 2.0  # logits for each such step above it
SMOOTH_S = 0.4  # a mouth stands still between two sounds
QUIET = 2.5  # nats of energy below the loud tenth: a pause
SILENT = -2.0  # logit where nothing is heard


def lip_motion(
    lips: npt.NDArray[np.uint8], cepstra: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """Logits (n,), above 0: speaks. lips (n, side, side), grey; cepstra (>= 8 n, 13)."""
    count = len(lips)
    if count < 2:
        return np.full(count, SILENT, np.float32)
    change = np.abs(np.diff(lips.astype(np.int16), axis=0)).mean((1, 2))
    width = max(1, round(SMOOTH_S * LIPS_PER_S))
    moved = np.convolve(np.append(change[:1], change), np.full(width, 1 / width), "same")
    energy = cepstra[: CEPSTRA_PER_LIP * count, 0].reshape(count, CEPSTRA_PER_LIP).mean(1)
    heard = energy > np.quantile(energy, 0.9) - QUIET
    logits = STEEP * (moved / STILL - 1.0)
    found: npt.NDArray[np.float32] = np.where(heard, logits, SILENT).astype(np.float32)
    return found
