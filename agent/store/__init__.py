"""The tablet's memory: one SQLite file, one writer thread, any number of readers.

`Store` opens and guards it. The other modules are plain functions on a `Database`: those that change something
run inside `store.write(...)`, which is one transaction, the others inside `with store.read()`.
"""

from agent.store.store import Store, read_only
from agent.store.writer import CanWait, Transaction

__all__ = ["CanWait", "Store", "Transaction", "read_only"]
