"""Settings of the agent, read once at the start: from the command line, else the environment, else defaults."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path, user_documents_path

MODELS_FOLDER = "models"
PROBES_FOLDER = "probes"
TRACE_FOLDER = "trace"
DEFAULT_SMM_URL = "http://127.0.0.1:8800"


@dataclass(frozen=True)
class Settings:
    """`data` is the folder for everything that the agent keeps; `csv_folder` is where GUARDA EN CSV writes.

    `port` None: the page's port is drawn at the first start and kept. `smm_ca`: the certificates (PEM) that alone vouch
    for SMM; `smm_pin`: the key that it must have, see `sync.tls`.
    """

    data: Path
    csv_folder: Path
    smm_url: str
    port: int | None
    smm_ca: Path | None = None
    smm_pin: str | None = None

    @property
    def models(self) -> Path:
        """The utility's own meter models, one TOML file each."""
        return self.data / MODELS_FOLDER

    @property
    def probes(self) -> Path:
        """The utility's own probe profiles, one TOML file each."""
        return self.data / PROBES_FOLDER

    @property
    def database(self) -> Path:
        """The tablet's SQLite file."""
        return self.data / "eplus.sqlite"


def read_settings(
    environment: Mapping[str, str] = os.environ,
    *,
    data: Path | None = None,
    smm_url: str | None = None,
    port: int | None = None,
    smm_ca: Path | None = None,
    smm_pin: str | None = None,
) -> Settings:
    """Settings from `EPLUS_DATA`, `EPLUS_CSV_FOLDER`, `EPLUS_SMM_URL`, `EPLUS_SMM_CA` and `EPLUS_SMM_PIN`; arguments
    take precedence."""
    ca = smm_ca or environment.get("EPLUS_SMM_CA")
    folder = data or Path(environment.get("EPLUS_DATA") or user_data_path("eplus-mobile", appauthor=False))
    csv_folder = environment.get("EPLUS_CSV_FOLDER") or user_documents_path() / "Enel" / "eplusmobile"
    return Settings(
        data=folder,
        csv_folder=Path(csv_folder),
        smm_url=smm_url or environment.get("EPLUS_SMM_URL") or DEFAULT_SMM_URL,
        port=port,
        smm_ca=None if not ca else Path(ca),
        smm_pin=smm_pin or environment.get("EPLUS_SMM_PIN") or None,
    )
