"""Tablets in bad networks, against SMM itself. `python3 -m tests.faults.network [--rounds N] [--seed S] [TROUBLE…]`

A story is a tablet's: it works and synchronises under troubles, is switched off and on between them, and in the end the
network is good again. Then SMM has every envelope exactly once.
"""

import argparse
import asyncio
import random
import shutil
import ssl
import sys
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.domain.errors import EplusError
from agent.store import Store
from agent.sync import SmmClient, Sync, Watch
from tests.faults.central import TECHNICIAN, CentralSystem, central_system
from tests.faults.certificate import self_made
from tests.faults.power import fast_folder
from tests.faults.proxy import Proxy, listening
from tests.faults.troubles import HONEST, LIES, calm, made_up, troubled
from tests.faults.workloads import open_store
from tests.store.samples import settle_new_job
from tests.sync.servers import FixedClock

ROUNDS = 6
MOST_ROUNDS_AFTERWARDS = 4
LONG, SHORT = 30.0, 0.25
"""Seconds for a call; the short ones where the network stalls."""
FOREIGN_TLS = "foreign_tls"
_LONGER_THAN_ANY_WAIT = 1000.0


class TabletOut:
    """A tablet in the field: its store, and its way to SMM."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder, self._url = folder, url
        self._clock = FixedClock()
        self._clock.at = datetime.now(UTC)
        self._settled = 0
        self.store: Store
        self.sync: Sync
        self._client: SmmClient
        self._watch: Watch

    def switch_on(self, url: str = "", seconds: float = LONG) -> None:
        """The program starts."""
        self.store = open_store(self._folder)
        self._client = SmmClient(url or self._url, whole_seconds=seconds)
        self.sync = Sync(self.store, self._client, self._clock, "tablet in the field")
        self._watch = Watch(self.sync, self._clock, chance=lambda: 0.0)

    async def switch_off(self) -> None:
        """The program ends."""
        await self.sync.close()
        await self._client.close()
        self.store.close()

    def work(self, count: int) -> None:
        """So many jobs are done."""
        for _ in range(count):
            self._settled += 1
            settle_new_job(self.store, f"job-{self._settled}", TECHNICIAN.username)

    async def synchronise(self, by_hand: bool) -> None:
        """Logs in if that is asked for, and touches SYNC, or lets the watch do it. What fails is told on the page."""
        try:
            if not self.sync.session.is_open:
                await self.sync.session.login(TECHNICIAN.username, TECHNICIAN.password)
            if by_hand:
                await self.sync.run()
        except EplusError:
            pass
        self._clock.seconds += _LONGER_THAN_ANY_WAIT
        self._clock.at += timedelta(seconds=1)
        await self._watch.check_once()

    def envelopes(self, *states: str) -> set[str]:
        """Keys of the envelopes in these states, or of all."""
        with self.store.read() as db:
            return {
                row["key"] for row in db.query("SELECT key, state FROM outbox") if row["state"] in states or not states
            }


async def tell_story(central: CentralSystem, folder: Path, seed: int, names: Sequence[str]) -> None:
    """Between two rounds there is time enough for an answer that is on its way to arrive.

    Raises: AssertionError, or what should not have been raised.
    """
    chance = random.Random(seed)
    async with listening(Proxy(central.url, calm)) as proxy, _impostor(central) as impostor:
        tablet = TabletOut(folder, proxy.url)
        tablet.switch_on()
        try:
            await tablet.synchronise(True)
            for _ in range(ROUNDS):
                await _round(tablet, proxy, impostor, chance, chance.choice(names))
                await proxy.idle.wait()
                _is_honest(tablet, central)
            proxy.behaviour = calm
            await _until_all_is_there(tablet, proxy, central)
        finally:
            await tablet.switch_off()


async def _round(tablet: TabletOut, proxy: Proxy, impostor: Proxy, chance: random.Random, name: str) -> None:
    tablet.work(chance.randint(1, 3))
    if name == FOREIGN_TLS:
        await _elsewhere(tablet, impostor.url, LONG)
        return
    trouble = {**HONEST, **LIES}[name]
    proxy.behaviour = troubled(trouble, chance, chance.choice([0, 0, 1, 2, 3, 4]))
    if name == "stall":
        await _elsewhere(tablet, proxy.url, SHORT)
        return
    await tablet.synchronise(chance.random() < 0.7)
    if chance.random() < 0.3:
        await tablet.switch_off()
        tablet.switch_on()


async def _elsewhere(tablet: TabletOut, url: str, seconds: float) -> None:
    """For one round, the tablet talks to another address, or waits less long."""
    await tablet.switch_off()
    tablet.switch_on(url, seconds)
    await tablet.synchronise(True)
    await tablet.switch_off()
    tablet.switch_on()


async def _until_all_is_there(tablet: TabletOut, proxy: Proxy, central: CentralSystem) -> None:
    for _ in range(MOST_ROUNDS_AFTERWARDS):
        await tablet.synchronise(False)
        await proxy.idle.wait()
        if tablet.envelopes() == tablet.envelopes("received"):
            break
    stuck = tablet.envelopes("waiting", "refused")
    assert not stuck, f"stuck: {len(stuck)} of {len(tablet.envelopes())}, {tablet.sync.state.error}"
    _is_honest(tablet, central)
    deliveries = central.deliveries()
    assert len(deliveries) == len(set(deliveries)), "SMM has one twice"


def _is_honest(tablet: TabletOut, central: CentralSystem) -> None:
    lost = tablet.envelopes("received") - set(central.keys())
    assert not lost, f"{len(lost)} are closed, and SMM does not have them"


@asynccontextmanager
async def _impostor(central: CentralSystem) -> AsyncIterator[Proxy]:
    """A host with a certificate of its own making, which would accept everything."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(self_made())
    async with listening(Proxy(central.url, troubled(made_up, random.Random(0))), tls) as proxy:
        yield proxy


def tell(central: CentralSystem, folder: Path, seed: int, names: Sequence[str]) -> str | None:
    """What is wrong with the story of that seed, if anything."""
    try:
        asyncio.run(tell_story(central, folder, seed, names))
    except Exception as error:
        return f"{type(error).__name__}: {error or getattr(error, 'detail', '')}"
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return None


def main() -> int:
    known = [*HONEST, FOREIGN_TLS, *LIES]
    parser = argparse.ArgumentParser("python3 -m tests.faults.network", description=__doc__)
    parser.add_argument("troubles", nargs="*", metavar="TROUBLE", help=f"all, if none is named: {', '.join(known)}")
    parser.add_argument("--rounds", type=int, default=1000, metavar="N", help=f"in stories of {ROUNDS}")
    parser.add_argument("--seed", type=int, default=0, help="of the first story; the next ones follow")
    arguments = parser.parse_args()
    if unknown := sorted(set(arguments.troubles) - set(known)):
        parser.error(f"no such trouble: {', '.join(unknown)}")
    count, wrong = -(-arguments.rounds // ROUNDS), Counter[str]()
    with fast_folder() as root, central_system(root) as central:
        for seed in range(arguments.seed, arguments.seed + count):
            if why := tell(central, root / str(seed), seed, arguments.troubles or known):
                wrong[why] += 1
                print(f"WRONG --seed {seed} --rounds {ROUNDS}: {why}", flush=True)
    print(f"{count} stories of {ROUNDS} rounds, {wrong.total()} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
