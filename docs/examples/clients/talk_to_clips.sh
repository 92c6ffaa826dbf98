#!/usr/bin/env bash
# Makes clips of a talk with curl and jq: KLIPFAST_KEY=… ./talk_to_clips.sh talk.mp4 clips/
set -euo pipefail
base=${KLIPFAST_SERVER:-http://127.0.0.1:8080}

call() { # the key is in a pipe, where process lists do not show it; a refusal's message is shown
  local body
  body=$(curl --silent --show-error --fail-with-body "$@" \
    --config <(printf 'header = "Authorization: Bearer %s"' "$KLIPFAST_KEY")) || { echo "$body" >&2; return 1; }
  printf '%s\n' "$body"
}

name=$(jq -rn --arg name "$(basename "$1")" '$name | @uri')
video_url=$(call --request POST --upload-file "$1" "$base/api/v1/uploads?filename=$name" | jq -r .video_url)
body=$(jq -n --arg url "$video_url" '{video_url: $url, caption_style: "karaoke"}')
job_id=$(call --json "$body" "$base/api/v1/process" | jq -r .job_id)
while job=$(call "$base/api/v1/jobs/$job_id") && [[ $(jq -r .status <<<"$job") =~ queued|processing ]]; do
  jq -r '"\(.stage // .status) \(.progress * 100 | floor) %"' <<<"$job" >&2
  sleep 2
done
[[ $(jq -r .status <<<"$job") == completed ]] || { jq .error <<<"$job" >&2; exit 1; }
mkdir -p "$2"
jq -r '.clips[] | "\(.clip_id) \(.download_url)"' <<<"$job" | while read -r clip_id url; do
  curl --silent --show-error --fail --location --output "$2/$clip_id.mp4" "$url" # needs no key
done
