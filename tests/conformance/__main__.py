"""Plays every item at our two ends and at others' meters, and writes the table: `python3 -m tests.conformance`."""

import argparse
import sys

from tests.conformance.items import ITEMS
from tests.conformance.plays import Outcome, play_at_meter
from tests.conformance.table import TABLE, known_of_peers, ours, rendered, write_peers
from tests.conformance.their_meters import PEERS, their_meter
from tests.interop.peers import missing


def main() -> int:
    """The exit code: 1 if anything of ours does not pass."""
    options = argparse.ArgumentParser(prog="python3 -m tests.conformance", description=__doc__)
    options.add_argument("--without-peers", action="store_true", help="their columns stay those of the run before")
    if not options.parse_args().without_peers:
        _play_peers()
    results = ours()
    TABLE.write_text(rendered({**results, **known_of_peers()}), encoding="utf-8")
    bad = [(who, name, one) for who, all_of in results.items() for name, one in all_of.items() if one.why]
    for who, name, one in bad:
        print(f"{who}, {name}: {one.outcome}: {one.why}")
    print(f"{len(ITEMS)} items, {len(bad)} of ours not passed; {TABLE}")
    return 1 if bad else 0


def _play_peers() -> None:
    results = known_of_peers()
    for name, peer in PEERS.items():
        if reason := missing(peer.package):
            print(reason)
            continue
        with their_meter(peer) as meter:
            results[name] = {item.name: play_at_meter(item, meter) for item in ITEMS}
        passed = sum(one.outcome is Outcome.PASSED for one in results[name].values())
        print(f"{name}: {passed} of {len(ITEMS)} passed")
    write_peers(results)


sys.exit(main())
