"""KlipFast for assistants: a server of the Model Context Protocol on top of the client.

It needs the package mcp (klipfast[mcp]) and a running KlipFast server.
"""
