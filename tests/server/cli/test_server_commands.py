"""klipfast-server: keys and accounts on the command line; each mistake is one sentence."""

import asyncio
import os
import pty
import re
import select
import subprocess
import sys
from pathlib import Path

import pytest
from caller import Caller
from operator_command import command
from serving import free_port

from klipfast_server.core.config import Config

GOLD = """
api = true
requests_per_minute = 1
minutes_per_month = 1
storage_mb = 1
parallel_jobs = 1
max_source_minutes = 1
max_upload_mb = 1
retention_days = 1
credits = 0
"""


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
    assert "of eve, plan unlimited" in command(config, *create[:-1], "eve").stdout
    for plan in (("--plan", "starter"), (), ("--plan", "starter")):
        first, key = command(config, *create, *plan).stdout.splitlines()
        assert "of ada, plan starter" in first
        assert key.startswith("kf_live_sk_")
    changed = command(config, *create, "--plan", "pro").stdout.splitlines()
    assert changed[0] == "the plan of ada was changed from starter to pro"
    assert "of ada, plan pro" in changed[1]
    assert command(config, "keys", "list").stdout.count(" pro ") == 4


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        pytest.param(
            "[sources]\njs_runtime = '/usr/bin/true'",
            "sources.js_runtime: expected the absolute path",
            marks=pytest.mark.slow,
        ),
        ("[sources]\ncookies_file = 'none.txt'", "none.txt cannot be read"),
        (
            "[[folders]]\npath = 'inbox'\naccount = 'ada'\n[folders.options]\nqualty = 'fast'",
            "folders[0].options: Object contains unknown field `qualty`",
        ),
        pytest.param(
            "[[folders]]\npath = 'data/storage'\naccount = 'ada'",
            "folders[0].path: lies in",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_sources_that_cannot_work_are_told_before_the_server_starts(
    config: Config, tmp_path: Path, settings: str, told: str
) -> None:
    (tmp_path / "mine.toml").write_text(f"{settings}\n")
    for name in ("check", "serve"):
        wrong = command(config, "--config", str(tmp_path / "mine.toml"), name)
        assert wrong.returncode == 1
        assert wrong.stderr.strip().splitlines()[-1].startswith("klipfast-server: ")
        assert told in wrong.stderr


def test_a_mistake_on_the_command_line_is_one_sentence(config: Config) -> None:
    wrong = command(config, "keys", "create", "--account", "ada", "--plan", "gold")
    assert wrong.returncode == 1
    assert wrong.stderr.startswith(
        "klipfast-server: There is no plan 'gold'; known: unlimited, free"
    )
    for words, meant in (("creat", "create"), ("list --conig", "--config")):
        mistyped = command(config, "keys", *words.split())
        assert mistyped.stderr.endswith(f"; did you mean {meant}?\n")
    away = command(config, "restore", "--from", "none.tar").stderr
    assert away == "klipfast-server: none.tar cannot be restored: No such file or directory.\n"


async def test_accounts_are_listed_with_what_they_used_and_change_their_plan(
    ada: Caller, config: Config
) -> None:
    await ada.until(await ada.submit(90))
    listed = await asyncio.to_thread(command, config, "accounts", "list")
    assert re.search(r"business +ada  1\.5 of 3,000 min  1 of 204,800 MB", listed.stdout)
    changed = await asyncio.to_thread(command, config, "accounts", "set-plan", "ada", "free")
    assert changed.stdout == "ada is on free (before: business)\n"
    assert (await ada.get("/api/v1/usage", 403))["error"] == "forbidden"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("set-plan", "ada", "gold"), "There is no plan 'gold'; known: unlimited, free"),
        (("set-plan", "eve", "pro"), "There is no account 'eve'; klipfast-server accounts list"),
        (("credit", "eve", "3"), "There is no account 'eve'; klipfast-server accounts list"),
    ],
)
def test_a_plan_or_an_account_that_is_not_there_is_named(
    config: Config, words: tuple[str, ...], told: str
) -> None:
    refused = command(config, "accounts", *words)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"klipfast-server: {told}")


def test_a_file_of_settings_is_named_before_or_after_the_command(
    config: Config, tmp_path: Path
) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[plans.gold]\n" + GOLD)
    option = ("--config", str(file))
    made = command(config, *option, "keys", "create", "--account", "ada", "--plan", "gold")
    assert "of ada, plan gold" in made.stdout
    assert "gold" in command(config, "accounts", "list", *option).stdout
    file.write_text("[server]\nprot = 1\n")
    refused = command(config, "check", *option)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"klipfast-server: {file}: there is no setting server.prot; the nearest is server.port.\n"
    )


def test_a_library_of_the_system_that_is_missing_is_one_sentence(
    config: Config, tmp_path: Path
) -> None:
    (tmp_path / "skia.py").write_text(
        "raise ImportError('libEGL.so.1: cannot open shared object file: No such file')\n"
    )
    for word in ("serve", "check"):
        refused = command(config, word, PYTHONPATH=str(tmp_path))
        assert refused.returncode == 1
        assert refused.stderr.startswith("klipfast-server: libEGL.so.1 is missing")
        assert "apt-get install libegl1" in refused.stderr
        assert refused.stderr.count("\n") == 1


@pytest.mark.slow  # loads every network, and starts Postgres
def test_the_sign_in_link_is_in_a_box_below_all_that_the_start_prints(tmp_path: Path) -> None:
    ours, its = pty.openpty()
    environ = dict(os.environ) | {
        "KLIPFAST_DATA_DIR": str(tmp_path),
        "KLIPFAST_PORT": str(free_port()),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "klipfast_server", "serve", "--no-supervisor"],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=tmp_path,
        env=environ,
    ) as process:
        screen = b""
        while "╯".encode() not in screen and process.poll() is None:
            if select.select([ours], [], [], 1.0)[0]:
                screen += os.read(ours, 4096)
        process.terminate()
    for descriptor in (ours, its):
        os.close(descriptor)
    lines = screen.decode().strip().splitlines()
    assert re.fullmatch(r"│ http://127.0.0.1:\d+/#/sign-in/[\w-]{32} │", lines[-2])
    assert lines[-1] == "╰" + "─" * (len(lines[-2]) - 2) + "╯"
    assert any("models loaded" in line for line in lines[:-4])
    assert sum("migrated" in line for line in lines) == 1


@pytest.mark.slow  # loads the others
def test_weights_that_do_not_load_are_one_sentence(config: Config, tmp_path: Path) -> None:
    path = tmp_path / "broken.model"
    path.write_bytes(b"no weights")
    for word in ("serve", "check"):
        refused = command(
            config,
            word,
            KLIPFAST__MODELS__ACTIVE_SPEAKER=str(path),
            KLIPFAST__SERVER__PORT="0",
            KLIPFAST__SERVER__METRICS_PORT="0",
        )
        assert refused.returncode == 1
        last = refused.stderr.splitlines()[-1]
        assert last.startswith(
            f"klipfast-server: models.active_speaker: {path} cannot be loaded: UnpicklingError: "
        )


@pytest.mark.slow  # loads the others
def test_weights_that_are_not_where_a_setting_says_are_one_sentence(
    config: Config, tmp_path: Path
) -> None:
    path = str(tmp_path / "none.model")
    for word in ("serve", "check"):
        refused = command(config, word, KLIPFAST__MODELS__ACTIVE_SPEAKER=path)
        assert refused.returncode == 1
        assert refused.stderr == (
            f"klipfast-server: models.active_speaker names {path}, but there is no such file.\n"
        )


def test_a_caption_style_that_is_broken_is_one_sentence(config: Config, tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text("[text]\nsize = 3\n")
    for folder, told in (
        (tmp_path, "ours.toml: text.size"),
        (tmp_path / "none", "none is not a folder"),
    ):
        refused = command(config, "check", KLIPFAST__CAPTIONS__STYLES_DIR=str(folder))
        assert refused.returncode == 1
        [sentence] = refused.stderr.splitlines()
        assert sentence.startswith("klipfast-server: captions.styles_dir: ")
        assert told in sentence
