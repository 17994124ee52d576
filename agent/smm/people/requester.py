"""Who requests work."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Requester:
    """A user or another system; one with a tag can reach only the meters of that tag."""

    name: str
    tag: str
