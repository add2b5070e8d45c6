"""A library's key is shared on purpose only, and never shown."""

from __future__ import annotations

import json
import shutil
import stat
import sys

import library_v1
import pytest
from small_library import BITS

from medhash_gui.errors import LibraryError, StoreFormatError
from medhash_gui.identities import Identity
from medhash_gui.library import keys
from medhash_gui.library.keys import LibraryKey
from medhash_gui.store import CodeStore

JANE = Identity(
    patient="Jane Roe 1", issuer="here", birth_date="19700101", study="1.2", series="3"
)


def make(root, key_of=None):
    return CodeStore.create(
        root,
        indexed_root=root.parent,
        model_id="m1",
        model_name="fake",
        bits=BITS,
        key_of=key_of,
    )


def all_keys(store):
    return (*store.patient_keys(JANE), store.case_key(JANE), store.series_key(JANE))


def test_a_library_has_a_key_of_its_own_unless_it_is_to_share_one(tmp_path):
    with make(tmp_path / "a.medhash") as first, make(tmp_path / "b.medhash") as second:
        assert first.key_id != second.key_id
        assert not set(all_keys(first)) & set(all_keys(second))
        assert not first.shares_key_with(tmp_path / "b.medhash")
        first.write_key(tmp_path / "a.key")

    for number, key_of in enumerate([tmp_path / "a.medhash", tmp_path / "a.key"]):
        with make(tmp_path / f"{number}.medhash", key_of) as third:
            assert third.key_id == first.key_id
            assert all_keys(third) == all_keys(first)
            assert third.shares_key_with(tmp_path / "a.medhash")
            assert third.shares_key_with(tmp_path / "a.key")


def test_keys_of_an_identity_have_the_declared_forms(tmp_path):
    with make(tmp_path / "a.medhash") as store:
        precise, plain = store.patient_keys(JANE)

        assert plain == store.pseudonym("Jane Roe 1")
        assert precise != plain
        assert [len(key) for key in all_keys(store)] == [22] * 4
        assert [key[:2] for key in all_keys(store)] == ["P-", "P-", "C-", "S-"]
        assert store.pseudonym("ANONYMOUS") == ""
        assert store.patient_keys(Identity(patient="0000")) == ()
        assert store.case_key(Identity(patient="Jane")) is None
        assert store.series_key(Identity(patient="Jane")) is None


def test_a_key_shared_with_format_1_has_its_twelve_digits(tmp_path):
    old = shutil.copytree(library_v1.ROOT, tmp_path / "old.medhash")
    with CodeStore.open(old) as store:
        store.write_key(tmp_path / "old.key")
        for key_of in (old, tmp_path / "old.key"):
            with make(tmp_path / f"{key_of.suffix}.medhash", key_of) as new:
                assert new.pseudonym("patient 1") == library_v1.record(3).patient_key
                assert new.key_id == store.key_id


def test_the_key_file_is_text_for_its_owner_alone(tmp_path):
    with make(tmp_path / "a.medhash") as store:
        store.write_key(tmp_path / "a.key")

    document = json.loads((tmp_path / "a.key").read_text("ascii"))
    assert document["format"] == "medhash-key"
    assert document["key_id"] == store.key_id
    if sys.platform != "win32":
        assert stat.S_IMODE((tmp_path / "a.key").stat().st_mode) == 0o600


def test_a_key_is_never_shown(tmp_path):
    key = LibraryKey(bytes(range(32)))

    assert bytes(range(32)).hex() not in f"{key!r} {key} {key.key_id}"
    assert repr(bytes(range(32)))[2:-1] not in repr(key)
    # The id is a hash, no part of the key.
    assert key.key_id[2:] not in key.secret.hex()


def test_a_key_is_not_written_over_a_file(tmp_path):
    (tmp_path / "a.key").write_text("mine")
    with make(tmp_path / "a.medhash") as store:
        with pytest.raises(LibraryError, match="is there already") as caught:
            store.write_key(tmp_path / "a.key")
        with pytest.raises(LibraryError, match="cannot be written"):
            store.write_key(tmp_path / "missing" / "a.key")

    assert caught.value.hint
    assert (tmp_path / "a.key").read_text() == "mine"
    assert sorted(p.name for p in tmp_path.iterdir() if p.is_file()) == ["a.key"]


GOOD = {
    "format": "medhash-key",
    "format_version": 1,
    "key_id": LibraryKey(bytes(32)).key_id,
    "key": "00" * 32,
    "digits": 20,
}


def test_the_good_key_file_is_read(tmp_path):
    (tmp_path / "k").write_text(json.dumps(GOOD))

    assert keys.read(tmp_path / "k") == LibraryKey(bytes(32))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param("", "neither a library nor a key file", id="empty"),
        pytest.param("P-1234", "neither a library nor a key file", id="text"),
        pytest.param("[1]", "neither a library nor a key file", id="list"),
        pytest.param("[" * 90_000, "neither a library nor a key file", id="deep"),
        pytest.param(
            json.dumps({**GOOD, "format": "medhash-library"}),
            "neither a library nor a key file",
            id="another format",
        ),
        pytest.param(
            json.dumps({**GOOD, "key": "00"}),
            "neither a library nor a key file",
            id="short",
        ),
        pytest.param(
            json.dumps({**GOOD, "digits": 2}),
            "neither a library nor a key file",
            id="digits",
        ),
        pytest.param(
            json.dumps({**GOOD, "format_version": 2}), "newer MedHash", id="newer"
        ),
        pytest.param(json.dumps({**GOOD, "key": "01" * 32}), "is damaged", id="typo"),
    ],
)
def test_what_is_no_key_file_is_refused_before_anything_is_made(tmp_path, text, said):
    (tmp_path / "k").write_text(text)

    with pytest.raises(LibraryError, match=said) as caught:
        make(tmp_path / "a.medhash", tmp_path / "k")

    assert caught.value.hint
    assert "00" * 32 not in caught.value.message
    assert not (tmp_path / "a.medhash").exists()


def test_what_is_not_there_or_no_library_is_refused(tmp_path):
    (tmp_path / "study").mkdir()

    with pytest.raises(LibraryError, match="no library and no key file"):
        make(tmp_path / "a.medhash", tmp_path / "missing")
    with pytest.raises(LibraryError, match="is not a library"):
        make(tmp_path / "a.medhash", tmp_path / "study")
    with make(tmp_path / "b.medhash"):
        pass
    (tmp_path / "b.medhash" / "library.json").write_text("{")
    with pytest.raises(StoreFormatError, match="is damaged"):
        make(tmp_path / "a.medhash", tmp_path / "b.medhash")
    assert not (tmp_path / "a.medhash").exists()
