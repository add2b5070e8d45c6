"""What is shipped with MedHash: known licences, no GPL, a bill that tells it all."""

from __future__ import annotations

import importlib.metadata
import json
from email.message import Message
from pathlib import Path

import components
import notices
import pytest
import sbom

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def shipped() -> tuple[components.Component, ...]:
    return components.shipped(["train"])


def test_nothing_that_is_shipped_stands_under_the_gpl_alone(
    shipped: tuple[components.Component, ...],
) -> None:
    names = {one.key for one in shipped}
    assert {"pyside6-essentials", "torch", "pydicom", "onnxruntime"} <= names

    assert [one.name for one in shipped if one.is_copyleft_only] == []


def test_the_decoder_under_the_gpl_is_not_shipped(
    shipped: tuple[components.Component, ...],
) -> None:
    assert "pylibjpeg-libjpeg" not in {one.key for one in shipped}


@pytest.mark.parametrize("extra", ["cluster", "codecs-12bit"])
def test_extras_that_are_installed_stand_under_no_gpl_either(extra: str) -> None:
    try:
        found = components.shipped([extra])
    except importlib.metadata.PackageNotFoundError as error:
        pytest.skip(f"{error} is not installed")

    assert [one.name for one in found if one.is_copyleft_only] == []


@pytest.mark.parametrize(
    ("expression", "is_copyleft"),
    [
        ("MIT", False),
        ("GPL-3.0-only", True),
        ("AGPL-3.0-or-later", True),
        ("LGPL-3.0-only OR GPL-2.0-only OR GPL-3.0-only", False),
        ("MIT AND GPL-2.0-only", True),
        ("MIT AND (GPL-2.0-only OR BSD-3-Clause)", False),
        ("GPL-3.0-only WITH GCC-exception-3.1", False),
        ("MIT OR GPL-2.0-only AND ISC", False),
    ],
)
def test_the_gpl_is_found_in_expressions(expression: str, is_copyleft: bool) -> None:
    one = components.Component("x", "1", expression, "", "", (), ())

    assert one.is_copyleft_only is is_copyleft


class _Package(importlib.metadata.Distribution):
    def __init__(self, **fields: str) -> None:
        self._text = "Metadata-Version: 2.1\nName: thing\nVersion: 1\n" + "".join(
            f"{name}: {value}\n" for name, value in fields.items()
        )

    def read_text(self, filename: str) -> str | None:
        return self._text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:
        return Path(str(path))


def test_a_licence_that_nobody_can_tell_is_refused() -> None:
    package = _Package(License="See the file")
    assert isinstance(package.metadata, Message)

    with pytest.raises(components.UnclearLicenceError, match="thing 1 is not clear"):
        components.licence_of(package)


def test_a_package_that_only_says_gpl_is_refused() -> None:
    name = "License :: OSI Approved :: GNU General Public License v3 (GPLv3)"

    with pytest.raises(components.UnclearLicenceError, match="GPLv3"):
        components.licence_of(_Package(Classifier=name))


def test_the_bill_names_every_component_with_its_licence_and_needs(
    shipped: tuple[components.Component, ...],
) -> None:
    content = sbom.bill(shipped, components.roots(["train"]))

    entries = {entry["bom-ref"]: entry for entry in content["components"]}
    assert len(entries) == len(shipped)
    graph = {line["ref"]: line["dependsOn"] for line in content["dependencies"]}
    refs = {*entries, content["metadata"]["component"]["bom-ref"]}
    assert set(graph) == refs
    assert all(set(needs) <= refs for needs in graph.values())
    root = graph[content["metadata"]["component"]["bom-ref"]]
    assert any(ref.startswith("pkg:pypi/torch@") for ref in root)
    assert content == sbom.bill(shipped, components.roots(["train"]))


def test_the_bill_is_valid_cyclonedx(
    shipped: tuple[components.Component, ...],
) -> None:
    reason = "cyclonedx-python-lib[json-validation], of the group release"
    validation = pytest.importorskip("cyclonedx.validation.json", reason=reason)
    schema = pytest.importorskip("cyclonedx.schema", reason=reason)
    checker = validation.JsonStrictValidator(schema.SchemaVersion.V1_6)

    text = json.dumps(sbom.bill(shipped, components.roots(["train"])))

    assert checker.validate_str(text) is None


def test_notices_name_every_component_and_carry_the_texts(
    shipped: tuple[components.Component, ...],
) -> None:
    text = notices.notices(shipped)

    assert all(f"{one.name} {one.version}" in text for one in shipped)
    assert "Lesser General Public License" in text
    pillow = next(one for one in shipped if one.key == "pillow")
    assert pillow.texts[0][1].strip() in text


def test_what_is_shipped_is_in_the_lock(
    shipped: tuple[components.Component, ...],
) -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8").lower()

    missing = [one.key for one in shipped if f"\n{one.key}==" not in lock]
    assert missing == []


def test_neither_lock_nor_metadata_holds_an_address_of_a_registry() -> None:
    for name in ("requirements.lock", "pyproject.toml", "dev.py"):
        assert "://" not in (ROOT / name).read_text(encoding="utf-8"), name
