"""`python -m tests.campaign.victim FOLDER CASE`: does the job of a case, and is killed where the fault strikes."""

import asyncio
import os
import signal
import sys
from pathlib import Path

from tests.campaign.activities import CHANGES
from tests.campaign.faults import parse_case
from tests.campaign.run import Place
from tests.campaign.stage import Killed


async def die(folder: Path, name: str, order: int | None) -> None:
    case = parse_case(name)
    place = Place(CHANGES[case.activity], folder)
    tablet = await place.tablet("first")
    try:
        await tablet.do(place.change.request(order), case.fault)
    except Killed:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    asyncio.run(die(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]) or None))
