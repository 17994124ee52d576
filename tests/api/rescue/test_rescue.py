"""The page that is served while a person has to decide what becomes of the data."""

import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.api.door import Door
from agent.api.rescue import RescueChoice, create_rescue_app
from agent.api.rescue.words import WORDS
from agent.config import read_settings
from agent.domain.words import LANGUAGES
from agent.store import Store, outbox, read_only
from tests.api.rescue.running import Agent
from tests.store.samples import settle_new_job

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="on Windows the keyring keeps the key")

HOST = "127.0.0.1:4700"
TOKEN = "token"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a tablet with a job that waits, whose key is lost."""
    data = tmp_path / "data"
    store = Store.open(data)
    settle_new_job(store)
    store.close()
    (data / "vault.key").rename(tmp_path / "vault.key")
    return data


@pytest.fixture
def decision(folder: Path, tmp_path: Path) -> RescueChoice:
    return RescueChoice(folder, tmp_path / "files")


class Visitor:
    """A browser that has brought the token."""

    def __init__(self, decision: RescueChoice) -> None:
        app = create_rescue_app(decision, Door(4700, TOKEN))
        self._client = app.test_client()
        self.came_to = self._client.get(f"/?token={TOKEN}", headers={"Host": HOST}).headers["Location"]

    def get(self, path: str, language: str = "en") -> str:
        return self._client.get(path, headers={"Host": HOST, "Accept-Language": language}).get_data(as_text=True)

    def post(self, path: str) -> str:
        return self._client.post(path, headers={"Host": HOST, "Accept-Language": "en"}).get_data(as_text=True)


def waiting_in(folder: Path) -> list[str]:
    with read_only(folder) as db:
        return [each.envelope["job"] for each in outbox.waiting(db, 10)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_what_is_there_in_the_languages_of_the_browser(decision: RescueChoice, language: str) -> None:
    visitor = Visitor(decision)
    assert visitor.came_to == "/rescue"
    page = visitor.get("/rescue", language)
    for word in ("again", "save", "new"):
        assert WORDS[language][word] in page
    assert re.search(r"<dd>1</dd>", page), "one envelope can be saved"


def test_all_languages_have_the_same_words() -> None:
    assert set(WORDS) == set(LANGUAGES)
    assert len({frozenset(words) for words in WORDS.values()}) == 1


def test_strangers_see_and_change_nothing(decision: RescueChoice) -> None:
    client = create_rescue_app(decision, Door(4700, TOKEN)).test_client()
    for path in ("/rescue", "/rescue/sure"):
        assert client.get(path, headers={"Host": HOST}).status_code == 403
    for path in ("/rescue/again", "/rescue/save", "/rescue/new"):
        assert client.post(path, headers={"Host": HOST}).status_code == 403
    assert client.get("/?token=other", headers={"Host": HOST}).status_code == 403
    assert client.get("/rescue", headers={"Host": "elsewhere"}).status_code == 403


def test_forms_of_the_page_pass_the_door(decision: RescueChoice) -> None:
    """A browser names the origin of a form only if the page lets it."""
    client = create_rescue_app(decision, Door(4700, TOKEN)).test_client()
    page = client.get(f"/?token={TOKEN}", headers={"Host": HOST})
    assert page.headers["Referrer-Policy"] == "same-origin"
    sent = {"Host": HOST, "Origin": f"http://{HOST}"}
    assert client.post("/rescue/again", headers=sent).status_code == 303
    assert client.post("/rescue/again", headers={**sent, "Origin": "http://elsewhere"}).status_code == 403


def test_a_key_that_is_put_back_is_found(decision: RescueChoice, tmp_path: Path) -> None:
    visitor = Visitor(decision)
    visitor.post("/rescue/again")
    assert not decision.made.is_set()
    (tmp_path / "vault.key").rename(decision.folder / "vault.key")
    visitor.post("/rescue/again")
    assert decision.made.is_set()
    assert WORDS["en"]["wait"] in visitor.get("/")


def test_what_can_be_read_is_written_to_a_file(decision: RescueChoice) -> None:
    page = Visitor(decision).post("/rescue/save")
    (file,) = decision.files.iterdir()
    assert str(file) in page
    assert b'"table":"outbox"' in file.read_bytes()
    assert b'"table":"identity"' not in file.read_bytes()


def test_a_file_that_cannot_be_written_is_told(decision: RescueChoice) -> None:
    decision.files.write_text("in the way")
    assert 'role="alert"' in Visitor(decision).post("/rescue/save")


def test_a_new_tablet_is_asked_for_twice_and_keeps_the_work(decision: RescueChoice) -> None:
    visitor = Visitor(decision)
    assert WORDS["en"]["yes"] in visitor.get("/rescue/sure")
    assert not decision.made.is_set()
    visitor.post("/rescue/new")
    assert decision.made.is_set()
    assert waiting_in(decision.folder) == ["job-1"]
    assert list(decision.folder.glob("set-aside-*/eplus.sqlite"))


@pytest.fixture
def agent(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Agent]:
    config = read_settings({"EPLUS_CSV_FOLDER": str(tmp_path / "csv")}, data=folder, smm_url="http://127.0.0.1:9")
    running = Agent(config, monkeypatch)
    yield running
    running.end()


def test_the_agent_goes_on_to_its_page_without_another_start(agent: Agent, folder: Path) -> None:
    assert WORDS["es"]["again"] in agent.enter()
    assert '"rescue":true' in agent.read("/health")
    agent.post("/rescue/new")
    deadline = time.monotonic() + 60
    while "rescue" in agent.read("/health"):
        assert time.monotonic() < deadline, "the agent did not go on"
    assert '"permitted":true' in agent.read("/health"), "the cookie is still good"
    assert waiting_in(folder) == ["job-1"]
