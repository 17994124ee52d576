"""Opens the page: in a pywebview window where there is one, else in the default browser.

Run as `python -m agent.kiosk.window URL FOLDER [--fullscreen]`, this file is the window's process.
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import webbrowser
from pathlib import Path


def open_page(url: str, profile: Path, *, fullscreen: bool) -> subprocess.Popen[bytes] | None:
    """The window's process, or None where the default browser shows the page.

    `profile` is the folder for what the page keeps in the window.
    """
    if not (_has_screen() and importlib.util.find_spec("webview")):
        webbrowser.open(url)
        return None
    command = [sys.executable, "-m", "agent.kiosk.window", url, str(profile)]
    return subprocess.Popen(command + (["--fullscreen"] if fullscreen else []), stdin=subprocess.DEVNULL)


def _has_screen() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _show(url: str, profile: Path, *, fullscreen: bool) -> None:
    import webview

    webview.create_window("ePlus Mobile", url, width=1280, height=800, fullscreen=fullscreen)
    webview.start(private_mode=False, storage_path=str(profile))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("profile", type=Path)
    parser.add_argument("--fullscreen", action="store_true")
    arguments = parser.parse_args()
    _show(arguments.url, arguments.profile, fullscreen=arguments.fullscreen)
