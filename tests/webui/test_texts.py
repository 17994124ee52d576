"""The page's texts in three languages; tsc sees to it that each has every key."""

import re

import pytest

from tests.webui.sources import modules

TABLES = ("", "work/", "sheet/")


def texts(language: str) -> dict[str, str]:
    """All texts of a language, by key."""
    found = modules()
    tables = [found[f"i18n/{table}{language}.ts"] for table in TABLES]
    return {key: text for table in tables for key, text in re.findall(r'^  "(.+?)": "(.*)",$', table, re.MULTILINE)}


@pytest.mark.parametrize("language", ["en", "it"])
def test_the_same_blanks_as_in_spanish(language: str) -> None:
    spanish = texts("es")
    assert len(spanish) > 400
    assert {key: blanks(text) for key, text in texts(language).items()} == {
        key: blanks(text) for key, text in spanish.items()
    }


def blanks(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("link.choose", "Seleccione el dispositivo al que desea conectarse."),
        ("link.new", "Lista de nuevos dispositivos ({n})"),
        ("link.known", "Lista de dispositivos ya emparejados ({n})"),
        ("link.external", "Use sonda externa"),
        ("new.ready", "Listo para trabajar en el medidor:"),
        ("profile.none", "No hay nuevas lecturas"),
        ("result.csv-save", "GUARDA EN CSV"),
        ("result.csv-view", "VER CSV"),
    ],
)
def test_texts_that_are_fixed_word_for_word(key: str, text: str) -> None:
    assert texts("es")[key] == text


def test_a_meter_is_a_medidor() -> None:
    assert [text for text in texts("es").values() if "contador" in text.lower()] == []
