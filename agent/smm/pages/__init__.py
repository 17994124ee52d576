"""The pages of the central system: server-rendered, complete without a script."""

from agent.smm.pages.blueprint import pages_blueprint

__all__ = ["pages_blueprint"]
