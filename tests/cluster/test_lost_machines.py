"""Jobs on other machines complete once, whatever happens to a machine."""

import asyncio

import pytest
import pytest_asyncio
from machines import LONG_S, Three, stored, until_ready

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def begun(three: Three) -> None:
    """All machines are there."""
    await three.begin()


def heard(three: Three) -> list[int]:
    """The chunks that were listened to, each as often as that was done."""
    return sorted(int(line.split()[2]) for line in three.seen("heard"))


def lost_stages(caplog: pytest.LogCaptureFixture, job_id: str) -> list[str]:
    """What the log says of stages of a job that were lost."""
    told = [record.getMessage() for record in caplog.records]
    return [line for line in told if "stage lost" in line and job_id in line]


async def test_jobs_are_made_by_all_machines_and_leave_only_clips(three: Three) -> None:
    before = set(await stored(three.config))  # other servers' clips: there is one bucket
    jobs = [await three.submit(f"seconds 4{n}") for n in range(3)]
    for job_id in jobs:
        await three.completed(job_id, 4)
    assert heard(three) == [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    assert len(three.seen("made clip")) == 12
    assert {line.split()[0] for line in three.seen("made clip")} == {"one", "two", "three"}
    files = set(await stored(three.config)) - before
    uploads = {key for key in files if key.startswith("uploads/")}  # kept as on one machine
    assert len(uploads) == 3
    assert len(files - uploads) == 24  # twelve videos and their pictures


async def test_a_machine_that_is_lost_while_it_listens_costs_no_chunk(three: Three) -> None:
    job_id = await three.submit("seconds 80")
    lost = (await three.until_seen("heard 3")).split()[0]
    three.machines.cluster.kill(lost)
    await three.completed(job_id, 8)
    assert set(heard(three)) == set(range(8))
    # What was on its way as the machine died may be heard again, and no more.
    assert [heard(three).count(n) for n in range(3)] == [1, 1, 1]
    assert len(heard(three)) <= 10
    assert three.seen("heard 7")[0].split()[0] != lost


async def test_a_machine_that_is_lost_while_it_encodes_costs_no_clip(three: Three) -> None:
    job_id = await three.submit("seconds 90")
    machine, _, begun = (await three.until_seen("begins clip")).partition(" ")
    three.machines.cluster.kill(machine)
    await three.completed(job_id, 9)
    assert len(three.seen(begun)) == 2  # begun again
    files = [key for key in await stored(three.config) if f"{job_id}/" in key]
    assert len(files) == 18  # nine videos and their pictures


async def test_a_machine_of_many_encoders_that_is_lost_counts_once(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    three.machines.have()
    await until_ready(three.ada.client, 0)
    three.machines.add("many", encoder=5)
    await until_ready(three.ada.client, 6)
    job_id = await three.submit("seconds 10.5")
    await three.until_seen("begins clip")
    three.machines.cluster.kill("many")
    await asyncio.to_thread(three.machines.add, "two")
    await three.completed(job_id, 1)  # the other encoders were lost, too, and idle
    assert len(lost_stages(caplog, job_id)) == 1


async def test_machines_that_are_lost_while_idle_cost_no_attempt(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    three.machines.have()  # as if the power of a rack failed
    job_id = await three.submit("seconds 30.5")  # before the server knows
    await asyncio.to_thread(three.machines.add, "two")
    await three.completed(job_id, 3)
    assert lost_stages(caplog, job_id) == []


async def test_a_job_that_ends_every_machine_fails_and_no_other_job_does(
    three: Three, caplog: pytest.LogCaptureFixture
) -> None:
    poison = await three.submit("seconds 30 kills")
    good = [await three.submit(f"seconds 3{n}") for n in (1, 2)]
    job = await three.ada.until(poison, patience_s=LONG_S)
    assert (job["status"], job["error"]["code"]) == ("failed", "server_error")
    assert "stopped during all 3 attempts" in job["error"]["message"]
    for job_id in good:
        await three.completed(job_id, 3)
    lost = lost_stages(caplog, poison)
    assert len(lost) == 3
    assert all("127.0.0." in line for line in lost)  # each names its machine


async def test_a_canceled_job_leaves_its_machine_and_the_bucket(three: Three) -> None:
    job_id = await three.submit("seconds 600")
    await three.until_seen("heard 1")
    await three.ada.post(f"/api/v1/jobs/{job_id}/cancel")
    so_far = len(heard(three))
    await three.completed(await three.submit("seconds 33"), 3)
    assert len(heard(three)) <= so_far + 2 + 3  # the canceled one has stopped
    assert not [key for key in await stored(three.config) if f"{job_id}/" in key]


async def test_a_job_outlasts_the_driver(three: Three, caplog: pytest.LogCaptureFixture) -> None:
    job_id = await three.submit("seconds 80.5")
    await three.until_seen("heard 3")
    await asyncio.to_thread(three.machines.kill_driver)
    await three.completed(job_id, 8)
    assert [heard(three).count(n) for n in range(3)] == [1, 1, 1]
    assert "Ray has ended its driver" in caplog.text
