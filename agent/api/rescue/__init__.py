"""What is served in place of the page while a person has to decide what becomes of the data in the folder."""

from agent.api.rescue.app import RescueChoice, create_rescue_app

__all__ = ["RescueChoice", "create_rescue_app"]
