"""Base URLs of the links in responses."""

from aiohttp import web

from klipfast_server.api import app_keys


def base_url(request: web.Request) -> str:
    """Return what links of this server begin with."""
    public: str = request.app[app_keys.CONFIG].server.public_url
    if public:
        return public.rstrip("/")
    server = request.app[app_keys.CONFIG].server
    # HTTP/1.0 has no Host; aiohttp would look a name up meanwhile.
    host = request.headers.get("Host") or f"{server.host}:{server.port}"
    return f"{request.scheme}://{host}"


def caption_preview_url(name: str, base: str) -> str:
    """Return the URL of a caption style's preview."""
    return f"{base}/api/v1/caption-styles/{name}/preview.png"


def caption_motion_url(name: str, base: str) -> str:
    """Return the URL of a caption style's moving preview."""
    return f"{base}/api/v1/caption-styles/{name}/motion.webp"


def quote_cards_url(job_id: str, base: str) -> str:
    """Return what the URLs of the pictures of a job's quotations begin with."""
    return f"{base}/api/v1/jobs/{job_id}/texts/quote_cards"
