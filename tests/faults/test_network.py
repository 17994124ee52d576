"""Whatever a network does: nothing is stuck in the end, nothing lost, nothing at SMM twice."""

import gzip
import tracemalloc
from collections.abc import Iterator

import pytest
from werkzeug.wrappers import Response

from agent.domain.errors import SmmFault
from agent.sync import SmmClient
from agent.sync.client import MAX_ANSWER
from tests.faults.central import CentralSystem, central_system
from tests.faults.network import FOREIGN_TLS, tell
from tests.faults.power import fast_folder
from tests.faults.troubles import HONEST, LIES
from tests.sync.servers import serving

MIXED = 4
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def central() -> Iterator[CentralSystem]:
    with fast_folder() as folder, central_system(folder) as central:
        yield central


@pytest.mark.parametrize("trouble", [*HONEST, FOREIGN_TLS])
def test_every_envelope_is_received_once(central: CentralSystem, trouble: str) -> None:
    assert tell(central, central.file.parent / trouble, 1, [trouble]) is None


@pytest.mark.parametrize("seed", range(MIXED))
def test_one_trouble_after_another(central: CentralSystem, seed: int) -> None:
    assert tell(central, central.file.parent / str(seed), seed, [*HONEST, FOREIGN_TLS]) is None


@pytest.mark.parametrize("lie", LIES)
def test_who_lies_closes_nothing(central: CentralSystem, lie: str) -> None:
    assert tell(central, central.file.parent / lie, 2, [lie]) is None


async def test_an_answer_packed_twice_is_not_unpacked_without_bounds() -> None:
    """Of a thousand octets, two layers of gzip make a thousand million."""
    content = gzip.compress(gzip.compress(bytes(8 * MAX_ANSWER)))
    packed = {"Content-Encoding": "gzip, gzip"}
    with serving(lambda _request: Response(content, content_type="application/json", headers=packed)) as url:
        async with SmmClient(url) as client:
            tracemalloc.start()
            with pytest.raises(SmmFault):
                await client.claimed("token")
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
    assert peak < 5 * MAX_ANSWER
