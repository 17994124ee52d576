"""What becomes of a damaged store: looked at, saved as far as it can be, and told. Nothing old is ever deleted.

`images` and `pages` read a file without SQLite, `shapes` knows rows by their digests, `salvage` collects them,
`consistency` makes them fit together, `rebuilding` writes them anew, `placing` puts the new files in place of the old,
`rescuing` is the whole of it.
"""

from agent.store.rescue.inspection import Inspection, inspect
from agent.store.rescue.report import RescueReport
from agent.store.rescue.rescuing import look, make_whole, readable_lines, start_anew, write_mended

__all__ = [
    "Inspection",
    "RescueReport",
    "inspect",
    "look",
    "make_whole",
    "readable_lines",
    "start_anew",
    "write_mended",
]
