"""What this machine can do: processor, memory, GPU, encoders, weights, fonts, system libraries.

Each check yields findings and changes nothing. Torch, skia and PyAV are imported where they are
used: a library that is missing is one line of the report.
"""

import ctypes
import hashlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from klipfast_server.cli.findings import Finding, fault, note, warning
from klipfast_server.core.config import Config
from klipfast_server.telemetry.logs import STDERR
from pipeline.core import thread_policy

GIB = 1 << 30
LEAST_MEMORY = 4 * GIB  # a job with the default models on a CPU peaks below 3 GiB
LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libfontconfig.so.1": "fontconfig",
}
# The package of Debian that has a family of the styles, or of the scripts that fall back to it.
FONTS = {
    "Inter": "fonts-inter",
    "Montserrat": "fonts-montserrat",
    "DejaVu Sans": "fonts-dejavu-core",
    "Noto Sans": "fonts-noto-core",
    "Noto Serif": "fonts-noto-core",
    "Noto Sans CJK SC": "fonts-noto-cjk",
    "Noto Color Emoji": "fonts-noto-color-emoji",
}


def libraries() -> Iterator[Finding]:
    """Look for the libraries that the package of skia expects of the system."""
    missing = [name for name in LIBRARIES if not _loads(name)]
    if missing:
        packages = " ".join(LIBRARIES[name] for name in missing)
        yield fault(
            "system libraries", f"missing: {', '.join(missing)}.", f"apt-get install {packages}"
        )
    else:
        yield Finding(name="system libraries", text=f"{', '.join(LIBRARIES)} load")


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def processor() -> Iterator[Finding]:
    """Look at the cores, and at the instructions that torch uses."""
    import torch  # noqa: PLC0415  (slow: only `check` needs it)

    capability = torch.backends.cpu.get_cpu_capability()
    cores = thread_policy.cores()
    text = f"{cores} core{'s' * (cores != 1)} for this process, {capability}"
    if capability == "DEFAULT":
        yield warning(
            "processor",
            f"{text}: without AVX2 recognition takes several times as long.",
            "use a machine, or a virtual CPU model (such as `host`), with AVX2",
        )
    else:
        yield Finding(name="processor", text=text)


def memory() -> Iterator[Finding]:
    """Look at the memory that this process may use."""
    may_use = min(_physical(), _limit())
    text = f"{may_use / GIB:.1f} GiB for this process"
    if may_use < LEAST_MEMORY:
        yield warning(
            "memory",
            f"{text}: a job may need more.",
            f"give it {LEAST_MEMORY // GIB} GiB (a container's limit, or systemd's MemoryMax)",
        )
    else:
        yield Finding(name="memory", text=text)


def _physical() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _limit() -> int:
    """Return the limit of this process's control group, or of one above it; else a huge number."""
    least = sys.maxsize
    try:
        path = Path("/proc/self/cgroup").read_text(encoding="utf-8").strip().rpartition("::")[2]
    except OSError:
        return least
    root = Path("/sys/fs/cgroup")
    folder = root / path.lstrip("/")
    for group in (folder, *folder.parents):
        if not group.is_relative_to(root):
            break
        try:
            written = (group / "memory.max").read_text(encoding="utf-8").strip()
        except OSError:
            continue
        if written.isdecimal():
            least = min(least, int(written))
    return least


def graphics(config: Config) -> Iterator[Finding]:
    """Look for the device that models.device names, or would choose."""
    import torch  # noqa: PLC0415  (slow: only `check` needs it)

    wanted = config.models.device
    if wanted == "cpu":
        yield Finding(name="device", text="cpu, as models.device says")
        return
    if not torch.cuda.is_available():
        built = torch.version.cuda is not None
        why = "there is no CUDA device" if built else "this torch is built without CUDA"
        if wanted == "auto":
            yield Finding(name="device", text=f"cpu: {why}")
        else:
            yield fault(
                "device",
                f"models.device is {wanted}, but {why}.",
                "see whether nvidia-smi lists a card; models.device = auto does without",
            )
        return
    device = torch.device("cuda" if wanted == "auto" else wanted)
    free, whole = torch.cuda.mem_get_info(device)
    name = torch.cuda.get_device_name(device)
    yield Finding(
        name="device",
        text=f"{device}: {name}, {free / GIB:.1f} of {whole / GIB:.1f} GiB free, "
        f"CUDA {torch.version.cuda}",
    )


def encoders(config: Config) -> Iterator[Finding]:
    """Encode a picture with each encoder: that it is listed says little."""
    from pipeline.rendering import encoder  # noqa: PLC0415  (slow: imports PyAV)

    refusal = encoder.refusal("libx264")
    if refusal is None:
        yield Finding(name="libx264", text="opens and encodes")
    else:
        yield fault(
            "libx264", f"not usable: {refusal}.", "install the av package from its registry again"
        )
    refusal = encoder.refusal("h264_nvenc")
    if refusal is None:
        yield Finding(name="h264_nvenc", text="opens and encodes")
    elif _has_card(config):
        yield warning(
            "h264_nvenc",
            f"The card does not encode: {refusal}. libx264 encodes on the processor, and the card "
            "does the rest.",
            "give a container NVIDIA_DRIVER_CAPABILITIES=compute,utility,video; on a host, install "
            "the driver's libnvidia-encode. A100 and H100 have no encoder at all",
        )
    else:
        yield note("h264_nvenc", f"not here: {refusal}; libx264 encodes on the processor")


def _has_card(config: Config) -> bool:
    import torch  # noqa: PLC0415  (slow: only `check` needs it)

    return config.models.device != "cpu" and torch.cuda.is_available()


def weights(config: Config) -> Iterator[Finding]:
    """Compare the weights in the cache with their pinned hashes, and load those of settings."""
    from klipfast_server.core import engine  # noqa: PLC0415  (imports torch: seconds)

    engine.check_weights(config.models, config.llm, load=True)
    fetch = f"{sys.executable} -c 'from pipeline.models import registry; registry.main()'"
    for cached in engine.cached_weights(config.models, config.llm):
        if not cached.files:
            yield warning(
                "weights",
                f"{cached.name} is not in {cached.folder.parent}: the server downloads it as it "
                "starts, and jobs wait for it.",
                fetch,
            )
        elif cached.wrong:
            yield fault(
                "weights",
                f"{cached.folder / cached.wrong} does not have the SHA-256 that is pinned.",
                f"rm -r {cached.folder} && {fetch}",
            )
        else:
            largest = max(cached.files, key=lambda file: file.stat().st_size)
            megabytes = sum(file.stat().st_size for file in cached.files) / 1e6
            with largest.open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            pinned = f"{cached.pinned} of {len(cached.files)} files pinned and equal"
            yield Finding(
                name="weights",
                text=f"{cached.name}: {megabytes:.0f} MB, {pinned}, "
                f"{largest.name} SHA-256 {digest[:16]}…",
            )


def fonts() -> Iterator[Finding]:
    """Look for the fonts of the styles that ship."""
    import skia  # noqa: PLC0415  (needs libraries of the system)

    with _silent():
        manager = skia.FontMgr()
        families = {manager.getFamilyName(n) for n in range(manager.countFamilies())}
    missing = [family for family in FONTS if family not in families]
    if missing:
        packages = " ".join(sorted({FONTS[family] for family in missing}))
        yield warning(
            "fonts",
            f"missing: {', '.join(missing)}; captions use the next font, or show boxes.",
            f"apt-get install {packages}",
        )
    else:
        yield Finding(name="fonts", text=f"{', '.join(FONTS)} ({len(families)} families)")


@contextmanager
def _silent() -> Iterator[None]:
    """Drop what a library writes to stderr by itself: Fontconfig warns of others' files."""
    sys.stderr.flush()
    true = os.dup(STDERR)
    try:
        with Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), STDERR)
            yield
    finally:
        os.dup2(true, STDERR)
        os.close(true)
