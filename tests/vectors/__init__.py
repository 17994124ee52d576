"""Telegrams of real meters, each with its source."""
