"""Assets that were fetched: which addresses a job needs, and how their files are read."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import pytest

from preview_worker.contract import ErrorCode, PreviewError
from preview_worker.render import Provision, RenderSettings, asset_addresses, input_digest
from preview_worker.render.assets import FileAssets
from preview_worker.render.model import PictureRef
from preview_worker.render.settings import Fetched
from tests.unit.render.jobs import draw_picture, job_of

ADDRESS = "https://img.example.org/a.png"
OTHER = "HTTPS://img.example.org/b.png"
REF = PictureRef((ADDRESS, "spare.png"), "/previewRequest/steps/0/image")
STEPS = [{"text": "Deal.", "image": ADDRESS}]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an asset root."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


def read(root: Path, fetched: Fetched, limit: int = 100) -> bytes:
    """Read ``REF`` with what was ``fetched``."""
    settings = RenderSettings(asset_roots=(root,), max_asset_bytes=limit)
    return FileAssets(settings, fetched).read(REF)


def test_addresses_of_pictures_and_sounds_are_wanted(root: Path) -> None:
    """Each with the bytes that it may have; other kinds of addresses are not."""
    settings = RenderSettings(asset_roots=(root,), max_asset_bytes=10, max_sound_bytes=20)
    job = job_of(
        steps=[{"image": "u"}, {"image": OTHER}, {"image": "http://h.example/c.png"}],
        assets=[{"id": "u", "url": ADDRESS, "originalUrl": OTHER}],
        audio={"music": {"url": "https://img.example.org/m.mp3"}},
    )
    assert asset_addresses(job, settings) == {
        (ADDRESS, OTHER): 10,
        (OTHER,): 10,
        ("https://img.example.org/m.mp3",): 20,
    }


def test_what_is_here_already_is_not_wanted(root: Path) -> None:
    """A file that is named before an address makes it needless."""
    (root / "a.png").write_bytes(b"picture")
    assets = [{"id": "u", "path": "a.png", "filePath": ADDRESS}]
    settings = RenderSettings(asset_roots=(root,))
    assert asset_addresses(job_of(steps=[{"image": "u"}], assets=assets), settings) == {}
    (root / "a.png").unlink()
    assert asset_addresses(job_of(steps=[{"image": "u"}], assets=assets), settings) == {
        (ADDRESS,): settings.max_asset_bytes
    }


def test_a_fetched_file_is_read_in_place_of_its_address(root: Path, tmp_path: Path) -> None:
    """From where it was put, which is no asset root."""
    (tmp_path / "kept").write_bytes(b"picture")
    assert read(root, {ADDRESS: tmp_path / "kept"}) == b"picture"


def test_an_address_that_could_not_be_had_is_like_a_file_that_is_not_there(root: Path) -> None:
    """The next candidate is tried; without one, the reason is told with the place."""
    refused: Fetched = {ADDRESS: PreviewError(ErrorCode.ASSET_MISSING, "It answered 404.")}
    with pytest.raises(PreviewError, match=r"^/previewRequest/steps/0/image: It answered 404\.$"):
        read(root, refused)
    (root / "spare.png").write_bytes(b"spare")
    assert read(root, refused) == b"spare"


def test_a_fetched_file_keeps_to_the_limits(root: Path, tmp_path: Path) -> None:
    """Whatever the fetcher let pass."""
    (tmp_path / "kept").write_bytes(b"x" * 101)
    with pytest.raises(PreviewError) as caught:
        read(root, {ADDRESS: tmp_path / "kept"})
    assert caught.value.code is ErrorCode.ASSET_SIZE


def test_a_fetched_file_that_is_gone_may_be_there_next_time(root: Path, tmp_path: Path) -> None:
    """Another attempt fetches it again."""
    with pytest.raises(PreviewError) as caught:
        read(root, {ADDRESS: tmp_path / "gone"})
    assert caught.value.code is ErrorCode.ASSET_CHANGED


def test_a_fetched_file_is_no_link_and_no_pipe(root: Path, tmp_path: Path) -> None:
    """Whoever put one into the cache."""
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "pipe"):
        with pytest.raises(PreviewError):
            read(root, {ADDRESS: tmp_path / name})


def test_without_fetching_an_address_is_forbidden(root: Path) -> None:
    """As it is where no host is allowed."""
    with pytest.raises(PreviewError, match="Only files under the asset roots") as caught:
        read(root, {})
    assert caught.value.code is ErrorCode.ASSET_FORBIDDEN


def test_the_digest_is_of_the_bytes_that_were_fetched(root: Path, tmp_path: Path) -> None:
    """D9: an address that leads to another picture by now makes another preview."""
    draw_picture(tmp_path / "one.png")
    draw_picture(tmp_path / "two.png", colour="#00ff00")
    settings = RenderSettings(asset_roots=(root,))
    first, same, other = (
        input_digest(job_of(steps=STEPS), settings, {ADDRESS: tmp_path / name})
        for name in ("one.png", "one.png", "two.png")
    )
    assert first == same != other


def test_what_was_fetched_travels_to_the_render_process(tmp_path: Path) -> None:
    """Files as paths, refusals as what they are."""
    fetched: Fetched = {
        ADDRESS: tmp_path / "kept",
        OTHER: PreviewError(ErrorCode.ASSET_MISSING, "It answered 404."),
    }
    sent = pickle.dumps(Provision(fetched=fetched))
    arrived = pickle.loads(sent).fetched  # noqa: S301 -- it is our own
    assert arrived[ADDRESS] == tmp_path / "kept"
    assert (arrived[OTHER].code, arrived[OTHER].message) == (
        ErrorCode.ASSET_MISSING,
        "It answered 404.",
    )
