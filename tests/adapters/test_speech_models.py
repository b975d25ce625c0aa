"""Speech models on this PC: downloaded, checked, measured, found and removed."""

import json
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from companion.adapters.speech import download
from companion.adapters.speech.download import Download
from companion.adapters.speech.folder import check_model
from companion.adapters.speech.models import ModelStore
from companion.kernel.errors import Failed, NotFound, Refused, Unavailable
from tests.fakes.model_hub import ModelHub

REPOSITORY = "Systran/faster-whisper-tiny"
BIN = b"\x06\0\0\0\x0c\0WhisperSpec\0" + os.urandom(1_500_000)
FILES = {
    "config.json": b'{"suppress_ids": []}',
    "model.bin": BIN,
    "tokenizer.json": b"{}",
    "vocabulary.txt": b"a\nb\n",
    "README.md": b"# not wanted",
}


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelHub]:
    monkeypatch.setattr(download, "WAITS_SECONDS", (0.01, 0.02))
    async with ModelHub(REPOSITORY, dict(FILES)) as hub:
        yield hub


def make_model(folder: Path, files: dict[str, bytes] | None = None) -> Path:
    folder.mkdir(parents=True)
    for name, content in (files or FILES).items():
        (folder / name).write_bytes(content)
    return folder


async def bring(models: Path, hub: ModelHub) -> list[float]:
    told: list[float] = []
    await Download(models, "tiny", REPOSITORY, hub.url).run(told.append)
    return told


class TestDownload:
    async def test_the_files_that_are_wanted_arrive_and_nothing_else(self, tmp_path: Path, hub: ModelHub) -> None:
        told = await bring(tmp_path, hub)
        names = {path.name for path in (tmp_path / "tiny").iterdir()}
        assert names == {"config.json", "model.bin", "tokenizer.json", "vocabulary.txt"}
        assert (tmp_path / "tiny" / "model.bin").read_bytes() == BIN
        assert told == sorted(told)
        assert told[-1] == 1.0
        assert [path.name for path in tmp_path.iterdir()] == ["tiny"]

    async def test_it_goes_on_where_the_connection_broke(self, tmp_path: Path, hub: ModelHub) -> None:
        hub.break_off_after = 600_000
        await bring(tmp_path, hub)
        assert (tmp_path / "tiny" / "model.bin").read_bytes() == BIN
        ranges = [wanted for name, wanted in hub.asked if name == "model.bin"]
        assert ranges[0] == ""
        begins = [int(wanted.removeprefix("bytes=").removesuffix("-")) for wanted in ranges[1:]]
        assert begins[0] > 0
        assert len(begins) >= 2, "it broke twice at least"
        assert begins == sorted(set(begins)), "each goes on behind the one before"

    async def test_the_next_attempt_goes_on_with_what_is_there(self, tmp_path: Path, hub: ModelHub) -> None:
        task = Download(tmp_path, "tiny", REPOSITORY, hub.url)
        hub.refused = {"model.bin"}
        with pytest.raises(Unavailable) as error:
            await task.run(lambda fraction: None)
        assert error.value.code == "no_network"
        (part,) = (tmp_path / ".tiny.download").glob("*.part")
        part.write_bytes(BIN[:1_000_000])
        hub.refused.clear()
        hub.asked.clear()
        await bring(tmp_path, hub)
        assert ("model.bin", "bytes=1000000-") in hub.asked
        assert (tmp_path / "tiny" / "model.bin").read_bytes() == BIN

    async def test_damaged_bytes_are_found_out_and_not_kept(self, tmp_path: Path, hub: ModelHub) -> None:
        hub.damaged = True
        with pytest.raises(Failed) as error:
            await bring(tmp_path, hub)
        assert error.value.code == "download_damaged"
        assert not (tmp_path / "tiny").exists()
        hub.damaged = False
        await bring(tmp_path, hub)
        assert (tmp_path / "tiny" / "model.bin").read_bytes() == BIN

    async def test_a_damaged_part_does_not_stay_forever(self, tmp_path: Path, hub: ModelHub) -> None:
        task = Download(tmp_path, "tiny", REPOSITORY, hub.url)
        hub.refused = {"model.bin"}
        with pytest.raises(Unavailable):
            await task.run(lambda fraction: None)
        (part,) = (tmp_path / ".tiny.download").glob("*.part")
        part.write_bytes(os.urandom(1_000_000))
        hub.refused.clear()
        with pytest.raises(Failed):
            await bring(tmp_path, hub)
        await bring(tmp_path, hub)
        assert (tmp_path / "tiny" / "model.bin").read_bytes() == BIN

    async def test_without_a_network_it_says_so(self, tmp_path: Path, hub: ModelHub) -> None:
        await hub.__aexit__()
        with pytest.raises(Unavailable) as error:
            await bring(tmp_path, hub)
        assert error.value.code == "no_network"
        assert "kept" in error.value.remedy

    async def test_what_is_not_offered_any_more(self, tmp_path: Path, hub: ModelHub) -> None:
        hub.status = 404
        with pytest.raises(NotFound) as error:
            await bring(tmp_path, hub)
        assert error.value.code == "model_not_offered"

    async def test_a_full_disk_is_told_before_anything_is_loaded(
        self, tmp_path: Path, hub: ModelHub, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(download, "RESERVE_BYTES", 10**18)
        with pytest.raises(Failed) as error:
            await bring(tmp_path, hub)
        assert error.value.code == "disk_full"
        assert hub.asked == []

    async def test_a_model_of_another_architecture_is_not_put_in_place(self, tmp_path: Path, hub: ModelHub) -> None:
        hub.files["model.bin"] = b"\x06\0\0\0\x10\0TransformerSpec\0" + bytes(1000)
        with pytest.raises(Failed) as error:
            await bring(tmp_path, hub)
        assert error.value.code == "download_damaged"
        assert not (tmp_path / "tiny").exists()


class TestFolder:
    @pytest.mark.parametrize("missing", ["config.json", "model.bin", "tokenizer.json", "vocabulary.txt"])
    def test_what_is_missing_is_named(self, tmp_path: Path, missing: str) -> None:
        folder = make_model(tmp_path / "mine")
        (folder / missing).unlink()
        with pytest.raises(Refused) as error:
            check_model(folder)
        assert error.value.code == "model_incomplete"
        assert missing.split(".")[0] in error.value.message

    def test_an_empty_folder_is_no_model(self, tmp_path: Path) -> None:
        with pytest.raises(Refused) as error:
            check_model(tmp_path)
        assert error.value.code == "model_incomplete"

    def test_an_empty_file_is_as_good_as_none(self, tmp_path: Path) -> None:
        folder = make_model(tmp_path / "mine")
        (folder / "model.bin").write_bytes(b"")
        with pytest.raises(Refused) as error:
            check_model(folder)
        assert error.value.code == "model_incomplete"

    def test_another_architecture_is_no_whisper(self, tmp_path: Path) -> None:
        folder = make_model(tmp_path / "mine", FILES | {"model.bin": b"\x06\0\0\0\x10\0TransformerSpec\0" + bytes(99)})
        with pytest.raises(Refused) as error:
            check_model(folder)
        assert error.value.code == "model_not_whisper"

    @pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b"[]"])
    def test_a_damaged_configuration_is_told(self, tmp_path: Path, content: bytes) -> None:
        folder = make_model(tmp_path / "mine", FILES | {"config.json": content or b" "})
        with pytest.raises(Refused) as error:
            check_model(folder)
        assert error.value.code == "model_broken"


class TestStore:
    def test_without_a_model_it_says_how_to_get_one(self, tmp_path: Path) -> None:
        with pytest.raises(Unavailable) as error:
            ModelStore(tmp_path / "models").find(None, None)
        assert error.value.code == "no_model"
        assert "models download" in error.value.remedy

    def test_a_model_is_found_by_name_and_by_path(self, tmp_path: Path) -> None:
        store = ModelStore(tmp_path / "models")
        tiny = make_model(store.folder / "tiny")
        mine = make_model(tmp_path / "elsewhere" / "mine")
        assert store.find("tiny", None) == tiny
        assert store.find(str(mine), None) == mine
        assert store.find(None, None) == tiny
        with pytest.raises(NotFound):
            store.find("base", None)
        with pytest.raises(NotFound):
            store.find("./tiny", None)

    def test_what_was_measured_decides(self, tmp_path: Path) -> None:
        store = ModelStore(tmp_path)
        for name in ("tiny", "base", "small"):
            make_model(store.folder / name)
        assert store.find(None, None).name == "tiny"
        store.note(store.folder / "tiny", 0.4)
        assert store.find(None, None).name == "base"
        store.note(store.folder / "tiny", 0.1)
        assert store.find(None, None).name == "small"
        assert ModelStore(tmp_path).measured() == {"tiny": 0.1}
        assert store.smaller(store.folder / "small", 0.4, None) == "base"

    def test_a_model_elsewhere_is_held_against_those_that_were_measured(self, tmp_path: Path) -> None:
        store = ModelStore(tmp_path / "models")
        for name in ("tiny", "large-v3"):
            make_model(store.folder / name)
        store.note(store.folder / "tiny", 0.1)
        store.note(store.folder / "large-v3", 2.4)
        mine = make_model(tmp_path / "base")
        assert store.smaller(mine, 0.12, None) is None
        assert store.smaller(mine, 0.5, None) == "tiny"

    def test_a_broken_one_is_listed_with_why_and_never_chosen(self, tmp_path: Path) -> None:
        store = ModelStore(tmp_path)
        make_model(store.folder / "tiny")
        (make_model(store.folder / "base") / "tokenizer.json").unlink()
        store.note(store.folder / "tiny", 0.1)
        base, tiny = store.installed()
        assert (base.name, tiny.name) == ("base", "tiny")
        assert "tokenizer.json" in base.problem
        assert tiny.problem == ""
        assert tiny.size_bytes == sum(len(content) for content in FILES.values())
        assert store.find(None, None).name == "tiny"

    def test_a_model_elsewhere_is_not_measured_for_the_choice(self, tmp_path: Path) -> None:
        store = ModelStore(tmp_path / "models")
        make_model(store.folder / "tiny")
        store.note(make_model(tmp_path / "mine"), 0.1)
        assert store.measured() == {}

    @pytest.mark.parametrize("content", ["", "[]", '{"tiny": "fast"}', "\0"])
    def test_a_damaged_measurement_counts_as_none(self, tmp_path: Path, content: str) -> None:
        (tmp_path / "measured.json").write_text(content)
        assert ModelStore(tmp_path).measured() == {}

    def test_removing_takes_the_folder_away(self, tmp_path: Path) -> None:
        store = ModelStore(tmp_path)
        make_model(store.folder / "tiny")
        store.remove("tiny")
        assert list(tmp_path.iterdir()) == []
        with pytest.raises(NotFound):
            store.remove("tiny")

    @pytest.mark.parametrize("name", ["..", "../other", "/etc", ".hidden", "", "a\\b"])
    def test_nothing_outside_of_the_folder_can_be_removed(self, tmp_path: Path, name: str) -> None:
        store = ModelStore(tmp_path / "models")
        make_model(store.folder / "tiny")
        make_model(tmp_path / "other")
        make_model(store.folder / ".hidden")
        with pytest.raises(NotFound):
            store.remove(name)
        assert (tmp_path / "other" / "model.bin").exists()
        assert (store.folder / "tiny" / "model.bin").exists()

    def test_a_download_that_goes_on_is_no_installed_model(self, tmp_path: Path) -> None:
        make_model(tmp_path / ".tiny.download")
        (tmp_path / "measured.json").write_text(json.dumps({"tiny": 0.1}))
        assert ModelStore(tmp_path).installed() == []
        shutil.rmtree(tmp_path)
        assert ModelStore(tmp_path).installed() == []
