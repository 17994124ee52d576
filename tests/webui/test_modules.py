"""The page's modules: no import circles, nothing too long to be read at a glance."""

import pytest

from tests.webui.sources import circle, functions, imports, modules

FILE_LINES, FUNCTION_LINES = 300, 40
LAYERS = ("main.tsx", "app.tsx", "screens", "components", "", "i18n", "client")  # "": what stands beside the folders


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b", "c"}, "b": {"c"}}, []),
        ({"a": {"a"}}, ["a", "a"]),
        ({"a": {"b"}, "b": {"c"}, "c": {"b"}}, ["b", "c", "b"]),
    ],
    ids=["chain", "two ways to one end", "itself", "behind a chain"],
)
def test_a_circle_is_found(graph: dict[str, set[str]], expected: list[str]) -> None:
    assert circle(graph) == expected


def test_imports_are_read_whatever_their_form() -> None:
    found = imports()
    assert {"i18n/es.ts", "i18n/sheet/en.ts", "i18n/work/en.ts"} == found["i18n/en.ts"]  # the first one for its type
    assert {"client/messages.ts", "client/progress.ts"} == found["client/state.ts"]  # over several lines
    assert "app.tsx" in found["main.tsx"]


def test_no_module_imports_itself_by_way_of_others() -> None:
    assert circle(imports()) == []


def test_imports_go_down() -> None:
    upward = [
        f"{path} imports {other}"
        for path, others in imports().items()
        for other in others
        if layer(other) < layer(path)
    ]
    assert upward == []


def layer(path: str) -> int:
    return LAYERS.index(path) if path in LAYERS else LAYERS.index(path.rpartition("/")[0].split("/")[0])


def test_no_file_and_no_function_is_long() -> None:
    files = {path: lines for path, text in modules().items() if (lines := len(text.splitlines())) > FILE_LINES}
    assert files == {}
    found = list(functions())
    assert len(found) > 200
    assert [one for one in found if one.lines > FUNCTION_LINES] == []
