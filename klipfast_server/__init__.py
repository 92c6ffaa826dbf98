"""The KlipFast server: an HTTP API, a queue in Postgres, and a worker that runs the pipeline."""
