"""Finds a Chromium-family browser, or gets one."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
_WINDOWS_EDGE = r"Microsoft\Edge\Application\msedge.exe"
_MAC_CHROME = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
_DEBIAN = ["chromium", "libatomic1", "fonts-noto-core", "fonts-dejavu-core"]


def find() -> dict[str, Any] | None:
    """How playwright launches the browser that is installed; None if there is none."""
    for name in _NAMES:
        if path := shutil.which(name):
            return {"executable_path": path}
    if sys.platform == "win32":
        for base in ("ProgramFiles(x86)", "ProgramFiles", "LOCALAPPDATA"):
            edge = Path(os.environ.get(base, ""), _WINDOWS_EDGE)
            if edge.exists():
                return {"executable_path": str(edge)}
    if sys.platform == "darwin" and Path(_MAC_CHROME).exists():
        return {"executable_path": _MAC_CHROME}
    return {} if _playwright_has_one() else None


def make_sure() -> None:
    """Gets a browser where there is none; tests say what is missing if that fails."""
    if find() is not None and _playwright_runs():
        return
    if sys.platform == "linux" and shutil.which("apt-get") and os.geteuid() == 0:
        print("installing a browser", flush=True)
        install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *_DEBIAN]
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        if subprocess.run(install, env=environment, capture_output=True, check=False).returncode:
            subprocess.run(["apt-get", "update", "-qq"], capture_output=True, check=False)
            subprocess.run(install, env=environment, capture_output=True, check=False)
        if find() is not None:
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False)


def launch_arguments() -> list[str]:
    """No sandbox for root; no chatter with the browser's maker."""
    quiet = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    return [*quiet, "--no-first-run", *(["--no-sandbox"] if is_root else [])]


def _playwright_runs() -> bool:
    """Its driver needs a library that a bare Debian lacks."""
    done = subprocess.run([sys.executable, "-m", "playwright", "--version"], capture_output=True, check=False)
    return done.returncode == 0


def _playwright_has_one() -> bool:
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            return Path(playwright.chromium.executable_path).exists()
    except Exception:
        return False
