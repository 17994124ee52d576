"""The service's processes: calls are spread over them, and no two services share a port."""

import http.client
import subprocess
import sys

import psutil
import pytest

from tests.smm.serving import call, served

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("url", ["sqlite"], indirect=True)]
CONNECTIONS = 40


def test_connections_that_are_kept_are_spread_over_the_workers(url: str) -> None:
    with served(url, workers=2) as port:
        kept = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(CONNECTIONS)]
        for connection in kept:
            connection.request("GET", "/healthz")
            assert connection.getresponse().read()
        workers = [each for each in psutil.Process().children(recursive=True) if _serves(each, port)]
        shares = [sum(1 for one in each.net_connections() if one.laddr.port == port and one.raddr) for each in workers]
        for connection in kept:
            connection.close()
    assert sum(shares) == CONNECTIONS
    assert sum(share >= CONNECTIONS // 8 for share in shares) == 2


def _serves(process: psutil.Process, port: int) -> bool:
    return any(one.laddr.port == port and one.raddr for one in process.net_connections())


def test_a_port_that_is_taken_is_said(url: str) -> None:
    with served(url, workers=2) as port:
        command = [sys.executable, "-m", "agent", "smm", "serve", "--database", url, "--port", str(port)]
        second = subprocess.run([*command, "--workers", "2"], capture_output=True, text=True, timeout=60, check=False)
        assert second.returncode == 2
        assert str(port) in second.stderr
        assert "Traceback" not in second.stderr
        assert call(port, "GET", "/healthz")[0] == 200
