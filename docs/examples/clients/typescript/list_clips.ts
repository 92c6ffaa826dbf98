// Submits a talk by its URL, waits, and lists its clips: node build/list_clips.js https://…/talk.mp4
import createClient from "openapi-fetch";
import type { components, paths } from "./klipfast.js";

const klipfast = createClient<paths>({
  baseUrl: process.env.KLIPFAST_SERVER ?? "http://127.0.0.1:8080",
  headers: { Authorization: `Bearer ${process.env.KLIPFAST_KEY}` },
});

function answer<T>({ data, error }: { data?: T; error?: components["schemas"]["ErrorBody"] }): T {
  if (data === undefined) throw new Error(error?.message ?? "no answer");
  return data;
}

const { job_id } = answer(
  await klipfast.POST("/api/v1/process", {
    body: { video_url: process.argv[2], caption_style: "karaoke", clip_count: 3 },
  }),
);
const path = { job_id };
let job = answer(await klipfast.GET("/api/v1/jobs/{job_id}", { params: { path } }));
while (job.finished_at === null) {
  await new Promise((resolve) => setTimeout(resolve, 1000));
  job = answer(await klipfast.GET("/api/v1/jobs/{job_id}", { params: { path } }));
}
if (job.error) throw new Error(job.error.message);
for (const clip of job.clips) console.log(clip.virality_score, clip.title, clip.download_url);
