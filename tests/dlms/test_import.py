"""The engine pulls in the standard library only, and none of its I/O."""

import subprocess
import sys


def test_import_is_light() -> None:
    script = "import sys; before = set(sys.modules); import agent.dlms; print('\\n'.join(set(sys.modules) - before))"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    loaded = {name.split(".")[0] for name in out.split()}
    assert loaded - set(sys.stdlib_module_names) == {"agent"}
    assert not loaded & {"asyncio", "socket", "sqlite3", "time", "random"}
