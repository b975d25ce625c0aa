"""The app's words for what the daemon has: every setting has its name, and its help in every language."""

import re

import pytest

import hatch_build
from companion.domain.settings import Settings


def keys(language: str, block: str) -> set[str]:
    """The names in the block `settings.BLOCK` of a language's texts."""
    source = (hatch_build.WEB / "src" / "i18n" / f"{language}.ts").read_text()
    found = re.search(rf"\n  settings: {{\n.*?\n    {block}: {{\n(.*?)\n    }},\n", source, re.DOTALL)
    assert found
    return set(re.findall(r'\b([a-z][a-z_]*): "', found[1]))


@pytest.mark.parametrize(("language", "block"), [("en", "names"), ("de", "names"), ("de", "help")])
def test_every_setting_has_words_of_its_own(language: str, block: str) -> None:
    assert keys(language, block) == set(Settings.model_fields)
