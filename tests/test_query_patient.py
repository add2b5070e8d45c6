"""A query's patient is the one that the library knows most precisely."""

from __future__ import annotations

import pytest
from small_library import make_codes, make_store

from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.search import library_query, query_patient

WHO = Identity(patient="Roe 17", issuer="here", birth_date="19700101")
OTHER = Identity(patient="Roe 17", issuer="there", birth_date="19550505")


def fill(store, *patient_keys):
    records = [
        ImageRecord(f"{n}.png", 0, 1, 1, bytes([n] * 16), key, ())
        for n, key in enumerate(patient_keys)
    ]
    store.append(records, make_codes(len(records)))


@pytest.fixture
def store(tmp_path):
    with make_store(tmp_path / "a.medhash") as store:
        yield store


def test_the_precise_key_decides_where_the_library_knows_it(store):
    precise, plain = store.patient_keys(WHO)
    fill(store, plain, precise, None)

    assert query_patient(store, WHO) == precise


def test_a_patient_known_from_a_table_is_found_by_the_identifier(store):
    _, plain = store.patient_keys(WHO)
    fill(store, plain)

    assert query_patient(store, WHO) == plain


def test_an_identifier_given_twice_does_not_join_two_patients(store):
    fill(store, store.patient_keys(OTHER)[0])

    # Nobody here is the query's patient; its own key matches no row.
    key = query_patient(store, WHO)
    assert key == store.patient_keys(WHO)[0]
    assert not len(store.patient_rows(key))


def test_nobody_has_no_key(store):
    fill(store, store.patient_keys(WHO)[0])

    assert query_patient(store, Identity()) is None
    assert query_patient(store, Identity(patient="ANONYMOUS")) is None


def test_a_picture_of_the_library_asks_with_its_identity_where_it_has_no_patient(store):
    precise, plain = store.patient_keys(WHO)
    fill(store, None, plain, precise)

    def asked(**who):
        query = library_query(store, bytes(16), **who)
        assert query is not None
        return query.patient_key

    assert asked() is None
    assert asked(patient_id="Roe 17") == plain
    assert asked(identity=WHO) == precise
    assert asked(identity=WHO, patient_id="another") == precise
    known = library_query(store, bytes([1] * 16), identity=WHO)
    assert known is not None
    assert known.patient_key == plain
