"""Runs the two long stages of jobs on other machines, by Ray.

    server's process                  driver's process               machines
    cluster_placement, driver_link ── frames ── driver, actor_pool ── Ray ── actor, source_cache

A worker sees `cluster_placement`. Ray is loaded in the driver and on the machines, never in the
server: Ray ends a process that loses its head for a minute, and what it ends must not be what
serves.
"""
