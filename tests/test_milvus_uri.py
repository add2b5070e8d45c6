"""Addresses of libraries on a server, as a user writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from medhash_gui import milvus_uri
from medhash_gui.errors import LibraryError
from medhash_gui.milvus_uri import MilvusUri


def test_an_address_is_read_with_the_usual_port():
    assert MilvusUri.parse("milvus://pacs.example/chest") == MilvusUri(
        "pacs.example", "chest", 19530
    )


def test_an_address_with_everything_is_read_and_written_as_it_was():
    text = "milvus+tls://[::1]:443/chest_2?database=radiology&pictures=/mnt/Größe%20A"

    uri = MilvusUri.parse(text)

    assert uri.is_encrypted
    assert uri.database == "radiology"
    assert uri.pictures == Path("/mnt/Größe A")
    assert uri.endpoint == "https://[::1]:443"
    assert MilvusUri.parse(str(uri)) == uri


@pytest.mark.parametrize(
    "text",
    [
        "milvus://host",
        "milvus://host/",
        "milvus:///chest",
        "milvus://host/two/names",
        "milvus://host/ümlaut",
        "milvus://host/1st",
        "milvus://host:port/chest",
        "milvus://host:99999/chest",
        "milvus://host/chest?token=abc",
        "https://host/chest",
        "milvus://host/" + "n" * 201,
    ],
)
def test_what_is_no_address_is_refused_with_the_form_of_one(text):
    with pytest.raises(LibraryError, match="is not the address") as failure:
        MilvusUri.parse(text)
    assert "milvus://HOST:PORT/NAME" in failure.value.hint


def test_credentials_in_an_address_are_refused_and_not_repeated():
    with pytest.raises(LibraryError, match="must not hold credentials") as failure:
        MilvusUri.parse("milvus://root:hunter2@host/chest")
    assert "hunter2" not in f"{failure.value.message} {failure.value.hint}"
    assert milvus_uri.TOKEN_VARIABLE in failure.value.hint


def test_a_place_is_a_folder_unless_it_is_an_address():
    assert milvus_uri.place("lib.medhash") == Path("lib.medhash")
    assert milvus_uri.place(r"C:\lib.medhash") == Path(r"C:\lib.medhash")
    assert milvus_uri.place("milvus:/odd folder") == Path("milvus:/odd folder")
    assert milvus_uri.place("milvus://h/chest") == MilvusUri("h", "chest")
