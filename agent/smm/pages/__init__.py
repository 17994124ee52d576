"""The pages of the central system: rendered on the server, complete without JavaScript."""

from agent.smm.pages.blueprint import pages_blueprint
from agent.smm.pages.errors import error_page

__all__ = ["error_page", "pages_blueprint"]
