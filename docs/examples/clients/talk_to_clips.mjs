// Makes clips of a talk with Node 20 or later: KLIPFAST_KEY=… node talk_to_clips.mjs talk.mp4 clips
import { createReadStream } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const base = process.env.KLIPFAST_SERVER ?? "http://127.0.0.1:8080";
const [talk, folder] = process.argv.slice(2);

async function call(path, options = {}) {
  const headers = { Authorization: `Bearer ${process.env.KLIPFAST_KEY}`, ...options.headers };
  const response = await fetch(base + path, { ...options, headers });
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${answer.error}: ${answer.message}`);
  return answer;
}

const query = new URLSearchParams({ filename: basename(talk) });
const file = { method: "POST", body: createReadStream(talk), duplex: "half" };
const { video_url } = await call(`/api/v1/uploads?${query}`, file);
const body = JSON.stringify({ video_url, caption_style: "karaoke" });
const headers = { "Content-Type": "application/json" };
const { job_id } = await call("/api/v1/process", { method: "POST", headers, body });
let job;
while (((job = await call(`/api/v1/jobs/${job_id}`)), ["queued", "processing"].includes(job.status))) {
  console.error(job.stage ?? job.status, `${Math.floor(job.progress * 100)} %`);
  await sleep(2000);
}
if (job.status !== "completed") throw new Error(job.error?.message ?? job.status);
await mkdir(folder, { recursive: true });
for (const clip of job.clips) {
  const response = await fetch(clip.download_url); // needs no key
  await writeFile(join(folder, `${clip.clip_id}.mp4`), response.body);
}
