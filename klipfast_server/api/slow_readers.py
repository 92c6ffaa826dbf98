"""Disconnects clients that take nothing of what they asked for.

An answer that nobody reads keeps its connection, its file and its buffers. The kernel knows best
how much a client has taken, also where it sends a file by itself: it gives the connection up after
TCP_USER_TIMEOUT (RFC 5482; Linux counts a window that stays closed, too).
"""

import asyncio
import socket

from aiohttp import web

from klipfast_server.api import app_keys


async def limit(request: web.Request, _response: web.StreamResponse) -> None:
    """Bound how long the connection of this response may stand still, before it is sent."""
    transport = request.transport
    if isinstance(transport, asyncio.Transport) and hasattr(socket, "TCP_USER_TIMEOUT"):
        connection = transport.get_extra_info("socket")
        if connection is not None and connection.family in {socket.AF_INET, socket.AF_INET6}:
            unread_ms = round(request.app[app_keys.CONFIG].server.unread_s * 1000)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_ms)
