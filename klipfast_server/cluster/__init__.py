"""Runs the two long stages of jobs on other machines, by Ray: `placement` is what a worker sees.

    server's process          driver's process         machines
    placement, driver_link ── frames ── driver, crew ── Ray ── actor, source_cache

Ray is loaded in the driver and on the machines, never in the server: Ray ends a process that loses
its head for a minute, and what it ends must not be what serves.
"""
