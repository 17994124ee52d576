"""What becomes of a damaged store: looked at, saved as far as it can be, and told. Nothing old is ever deleted.

`images` and `pages` read a file without SQLite, `shapes` knows rows by their digests, `salvage` collects them,
`carving` finds envelopes by their signature, `consistency` makes the rows fit together, `rebuilding` writes them anew,
`placing` puts the new files in place of the old, `rescuing` is the whole of it.
"""

from agent.store.rescue.inspection import Inspection, inspect
from agent.store.rescue.report import LostRow, RescueReport
from agent.store.rescue.rescuing import kept_address, look, make_whole, readable_lines, start_anew, write_mended

__all__ = [
    "Inspection",
    "LostRow",
    "RescueReport",
    "inspect",
    "kept_address",
    "look",
    "make_whole",
    "readable_lines",
    "start_anew",
    "write_mended",
]
