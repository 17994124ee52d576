"""A process that is killed while it fetches a load profile. `python -m tests.faults.profile_victim FOLDER N`

It dies before statement N of the store (0 is the BEGIN that begins the job). If N is past the last one, it prints its
state and dies then, without closing anything.
"""

import asyncio
import os
import sys
from pathlib import Path

from agent.jobs.load_profiles import row_keeper as profile_rows
from tests.dlms.virtual_line import LAST_ROW
from tests.faults.victim import KILLED, kill_before
from tests.jobs.load_profiles.profile_meter import NOW, QUARTER, GivenMeter, given_meter, row
from tests.jobs.memory_line import MemoryBench

ROWS, BATCH = 11, 4


def meter() -> GivenMeter:
    return given_meter([row(LAST_ROW - n * QUARTER, 100 - n) for n in reversed(range(ROWS))])


async def main(folder: Path, deadly: int) -> None:
    profile_rows.BATCH_ROWS = BATCH
    bench = MemoryBench(folder, meter(), NOW)
    await bench.prepare()
    await bench.store.write(lambda db: kill_before(db, deadly))
    record = await bench.run()
    print(record.state, flush=True)
    os._exit(KILLED)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
