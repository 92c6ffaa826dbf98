"""The cores that a container may use, from its control group."""

import math
import os
from pathlib import Path

import pytest

from pipeline.core import thread_policy
from pipeline.core.cpu_quota import quota_cores


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def quota(tmp_path: Path, membership: str) -> float:
    write(tmp_path / "cgroup", membership)
    return quota_cores(tmp_path / "groups", tmp_path / "cgroup")


def test_the_smallest_quota_of_a_group_and_those_above_it_counts(tmp_path: Path) -> None:
    groups = tmp_path / "groups"
    write(groups / "cpu.max", "max 100000\n")
    write(groups / "service" / "cpu.max", "150000 100000\n")
    write(groups / "service" / "part" / "cpu.max", "400000 100000\n")
    assert quota(tmp_path, "0::/service/part\n") == 1.5
    assert quota(tmp_path, "0::/service\n") == 1.5
    assert quota(tmp_path, "0::/\n") == math.inf


def test_a_container_that_sees_the_path_of_its_host_has_the_quota_of_its_root(
    tmp_path: Path,
) -> None:
    write(tmp_path / "groups" / "cpu.max", "200000 100000\n")
    assert quota(tmp_path, "0::/docker/0123abcd\n") == 2.0


@pytest.mark.parametrize("folder", ["cpu,cpuacct", "cpu"])
def test_the_first_version_has_two_files(tmp_path: Path, folder: str) -> None:
    group = tmp_path / "groups" / folder / "docker"
    write(group / "cpu.cfs_quota_us", "300000\n")
    write(group / "cpu.cfs_period_us", "100000\n")
    assert quota(tmp_path, "5:memory:/docker\n4:cpu,cpuacct:/docker\n") == 3.0
    write(group / "cpu.cfs_quota_us", "-1\n")
    assert quota(tmp_path, "4:cpu,cpuacct:/docker\n") == math.inf


def test_without_control_groups_there_is_no_quota(tmp_path: Path) -> None:
    assert quota_cores(tmp_path, tmp_path / "none") == math.inf
    assert quota(tmp_path, "what is this\n\n0::/\n") == math.inf


@pytest.mark.parametrize(("quota", "cores"), [(0.5, 1), (1.5, 2), (math.inf, 3)])
def test_the_cores_of_the_process_are_those_of_its_affinity_within_the_quota(
    monkeypatch: pytest.MonkeyPatch, quota: float, cores: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 9}, raising=False)
    monkeypatch.setattr(thread_policy, "_quota", lambda: quota)
    assert thread_policy.cores() == cores
