"""The bucket of assets: which addresses are one, and what it shares with that of previews."""

from __future__ import annotations

import pytest

from preview_worker.settings import SettingsError, load_settings

ENDPOINT = {"preview_storage_endpoint": "https://storage.example.org"}


def test_without_an_address_no_bucket_holds_assets() -> None:
    """It is off by default, and where previews are kept in one, too."""
    settings = load_settings(preview_storage_url="s3://previews", **ENDPOINT)
    assert not settings.assets_bucket.url
    assert not settings.render.asset_store


@pytest.mark.parametrize("url", ["s3://pictures/of games", "s3://pictures/of games/"])
def test_assets_are_read_by_whoever_keeps_the_previews(url: str) -> None:
    """The same service, under another address."""
    settings = load_settings(
        preview_assets_url=url, preview_storage_region="eu-north-1", **ENDPOINT
    )
    bucket = settings.assets_bucket
    assert (bucket.bucket, bucket.prefix) == ("pictures", "of games")
    assert (bucket.endpoint, bucket.region) == ("https://storage.example.org", "eu-north-1")
    assert settings.render.asset_store == "s3://pictures/of games"
    assert not settings.bucket.url


@pytest.mark.parametrize(
    "url",
    [
        "pictures",
        "https://pictures.example.org/games",
        "s3://",
        "s3:///games",
        "s3://user@pictures/games",
        "s3://pictures/../games",
        "s3://pictures//games",
        "s3://pictures/games?versionId=1",
        "s3://pictures/games#top",
        "s3://pictures/games\n",
    ],
)
def test_an_address_that_cannot_be_meant_stops_the_start(url: str) -> None:
    """With the name of the variable."""
    with pytest.raises(SettingsError, match=r"^PREVIEW_ASSETS_URL must be s3://bucket or s3://"):
        load_settings(preview_assets_url=url)


def test_an_endpoint_without_tls_has_to_be_meant_for_assets_too() -> None:
    """Signatures travel in the open."""
    with pytest.raises(SettingsError, match="PREVIEW_STORAGE_ALLOW_HTTP"):
        load_settings(
            preview_assets_url="s3://pictures",
            preview_storage_endpoint="http://storage.example.org",
        )


@pytest.mark.parametrize(
    ("assets", "previews"),
    [
        ("s3://mobius", "s3://mobius"),
        ("s3://mobius", "s3://mobius/previews"),
        ("s3://mobius/previews/assets", "s3://mobius/previews/"),
        ("s3://mobius/previews/", "s3://mobius/previews"),
    ],
)
def test_assets_and_previews_do_not_lie_in_one_another(assets: str, previews: str) -> None:
    """A payload could show what another project published."""
    with pytest.raises(SettingsError, match="must not lie in one another"):
        load_settings(preview_assets_url=assets, preview_storage_url=previews)


def test_assets_and_previews_may_lie_beside_one_another() -> None:
    """In one bucket, even where one name begins like the other."""
    settings = load_settings(
        preview_assets_url="s3://mobius/previews-assets", preview_storage_url="s3://mobius/previews"
    )
    assert settings.assets_bucket.prefix == "previews-assets"
