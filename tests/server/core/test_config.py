"""Settings: the shipped file is complete, the environment wins, every mistake is named."""

import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from project_paths import ROOT

from klipfast_server.core import signing
from klipfast_server.core.config import Config, ConfigError, load

SHIPPED = ROOT / "config.toml"


def test_the_shipped_settings_are_valid_and_lie_beside_the_file() -> None:
    config = load(SHIPPED, {})
    assert config.server.data_dir == ROOT / "data"
    assert config.database.sql_dir == ROOT / "sql"
    assert list(config.plans) == ["free", "starter", "pro", "business"]


def test_the_environment_wins(tmp_path: Path) -> None:
    config = load(
        SHIPPED,
        {
            "KLIPFAST_HOST": "0.0.0.0",
            "KLIPFAST_PORT": "9000",
            "KLIPFAST_DATA_DIR": str(tmp_path),
            "KLIPFAST_DATABASE_URL": "postgresql:///x",
            "KLIPFAST_ALLOW_PRIVATE_SOURCES": "true",
            "KLIPFAST_SECRET": "s",
            "KLIPFAST_LOG_LEVEL": "debug",
            "KLIPFAST__LANES__ENCODE": "3",
            "KLIPFAST__PLANS__PRO__CREDITS": "9",
            "KLIPFAST__WEBHOOKS__RETRIES_S": "5 30.5",
            "KLIPFAST__STORAGE__S3__BUCKET": "clips",
            "KLIPFAST_CONFIG": "not read here: the path was given",
        },
    )
    assert (config.server.host, config.server.port) == ("0.0.0.0", 9000)
    assert (config.server.data_dir, config.database.url) == (tmp_path, "postgresql:///x")
    assert (config.sources.allow_private, config.server.secret) == (True, "s")
    assert (config.server.log_level, config.lanes.encoders) == ("debug", 3)
    assert config.plans["pro"].credits == 9
    assert config.webhooks.retries_s == (5, 30.5)
    assert config.storage.s3 is not None
    assert config.storage.s3.bucket == "clips"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("KLIPFAST__SERVER__PROT", "1", "prot"),
        ("KLIPFAST__SERVERS__PORT", "1", "servers"),
        ("KLIPFAST_PORT", "http", "server.port"),
        ("KLIPFAST_PORT", "70000", "server.port"),
        ("KLIPFAST_LOG_LEVEL", "loud", "server.log_level"),
        ("KLIPFAST__LANES__LEASE_S", "0", "lanes.lease_s"),
        ("KLIPFAST__SERVER__PORT__DEEP", "1", "port is not a section"),
        ("KLIPFAST__WEBHOOKS__RETRIES_S", "5 soon", "webhooks.retries_s"),
        ("KLIPFAST__WEBHOOKS__RETRIES_S", "5 0", "webhooks.retries_s"),
        ("KLIPFAST__WEBHOOKS__RETRIES_S", "", "webhooks.retries_s"),
    ],
)
def test_a_mistake_is_one_error_that_names_the_key(name: str, value: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told.replace(".", r"\.")):
        load(SHIPPED, {name: value})


def test_a_file_that_is_missing_or_broken_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "none.toml", {})
    broken = tmp_path / "broken.toml"
    broken.write_text("[server\n")
    with pytest.raises(ConfigError, match="not valid TOML"):
        load(broken, {})


def test_every_setting_has_a_comment_beside_it() -> None:
    plans = False
    for line in SHIPPED.read_text().splitlines():
        plans = plans or line == "[plans.starter]"  # the first plan explains them all
        if "=" in line and not line.startswith("#") and not plans:
            assert "#" in line, line


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    made = signing.load_secret("", tmp_path / "data")
    assert len(made) == 64
    assert signing.load_secret("", tmp_path / "data") == made
    assert stat.S_IMODE((tmp_path / "data" / "secret").stat().st_mode) == 0o600
    assert signing.load_secret("given", tmp_path / "data") == b"given"


def test_all_who_start_at_once_have_the_same_secret(tmp_path: Path) -> None:
    for number in range(20):
        folder, together = tmp_path / str(number), threading.Barrier(8)

        def start(folder: Path = folder, together: threading.Barrier = together) -> bytes:
            together.wait(10)
            return signing.load_secret("", folder)

        with ThreadPoolExecutor(8) as starts:
            loaded = [found.result() for found in [starts.submit(start) for _ in range(8)]]
        assert set(loaded) == {(folder / "secret").read_bytes()}
        assert len(loaded[0]) == 64
        assert [path.name for path in folder.iterdir()] == ["secret"]


def test_a_signature_is_good_for_one_purpose_and_one_secret() -> None:
    signature = signing.sign(b"a", "link", "text")
    assert signing.matches(b"a", "link", "text", signature)
    for secret, purpose, text in (
        (b"b", "link", "text"),
        (b"a", "cursor", "text"),
        (b"a", "link", "t"),
    ):
        assert not signing.matches(secret, purpose, text, signature)


def command(config: Config, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs python -m klipfast_server against the test's database."""
    return subprocess.run(
        [sys.executable, "-m", "klipfast_server", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
        env={
            "PATH": "/usr/bin:/bin",
            "KLIPFAST_DATABASE_URL": config.database.url,
            "KLIPFAST_DATA_DIR": str(config.server.data_dir),
        },
    )


def test_keys_are_made_listed_and_revoked_on_the_command_line(config: Config) -> None:
    made = command(config, "keys", "create", "--account", "ada", "--plan", "pro")
    key = made.stdout.splitlines()[-1]
    assert key.startswith("kf_live_sk_")
    assert len(key) == len("kf_live_sk_") + 32
    listed = command(config, "keys", "list").stdout
    assert "ada" in listed
    assert "valid" in listed
    assert key not in listed
    key_id = listed.split()[0]
    assert command(config, "keys", "revoke", key_id).returncode == 0
    assert command(config, "keys", "revoke", key_id).returncode == 1
    assert "revoked" in command(config, "keys", "list").stdout


def test_a_further_key_keeps_its_accounts_plan_or_says_that_it_changed(config: Config) -> None:
    create = ("keys", "create", "--account", "ada")
    refused = command(config, *create)
    assert refused.returncode == 1
    assert refused.stderr.startswith("klipfast: ada is a new account: name its plan by --plan")
    for plan in (("--plan", "starter"), (), ("--plan", "starter")):
        first, key = command(config, *create, *plan).stdout.splitlines()
        assert "of ada, plan starter" in first
        assert key.startswith("kf_live_sk_")
    changed = command(config, *create, "--plan", "pro").stdout.splitlines()
    assert changed[0] == "the plan of ada was changed from starter to pro"
    assert "of ada, plan pro" in changed[1]
    assert command(config, "keys", "list").stdout.count(" pro ") == 4


def test_a_mistake_on_the_command_line_is_one_sentence(config: Config) -> None:
    wrong = command(config, "keys", "create", "--account", "ada", "--plan", "gold")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith("klipfast: There is no plan 'gold'; known: free, starter")
    assert "Traceback" not in wrong.stderr
