"""The life of a job: checked, queued, run over the probe, settled in one transaction; recovered after a crash."""
