"""Who asks for work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Requester:
    """A user or another system; with a tag, only the meters of it exist for them."""

    name: str
    tag: str
