"""Names of CPSV-AP 3.2, the European profile for describing public services, as far as the catalogue uses them.

https://semiceu.github.io/CPSV-AP/releases/3.2.0/ — the context below is the hub's own, with the same names: no context is ever
fetched. Pure.
"""

from collections.abc import Mapping

CPSV, CV, DCT = "http://purl.org/vocab/cpsv#", "http://data.europa.eu/m8g/", "http://purl.org/dc/terms/"
DCAT, ELI, SKOS, XSD = ("http://www.w3.org/ns/dcat#", "http://data.europa.eu/eli/ontology#", "http://www.w3.org/2004/02/skos/core#",
                        "http://www.w3.org/2001/XMLSchema#")
OWN = "urn:okno:"
"""Prefix of terms that the profile lacks."""

REST, OFFICE = OWN + "rest", OWN + "Office"
WAY, TOPIC, BY_AUTHORITY = OWN + "way:", OWN + "topic:", OWN + "asked-by-authority"

CLASSES = {
    "PublicService": CPSV + "PublicService", "PublicOrganization": CV + "PublicOrganisation", "Requirement": CV + "Requirement",
    "Evidence": CV + "Evidence", "Cost": CV + "Cost", "Channel": CV + "Channel", "Output": CV + "Output", "Rule": CPSV + "Rule",
    "LegalResource": ELI + "LegalResource",
}
PROPERTIES = {
    "identifier": DCT + "identifier", "name": DCT + "title", "description": DCT + "description", "type": DCT + "type",
    "hasCompetentAuthority": CV + "hasCompetentAuthority", "keyword": DCAT + "keyword", "processingTime": CV + "processingTime",
    "hasCost": CV + "hasCost", "hasChannel": CV + "hasChannel", "produces": CPSV + "produces", "follows": CPSV + "follows",
    "holdsRequirement": CV + "holdsRequirement", "hasSupportingEvidence": CV + "hasSupportingEvidence", "hasInput": CPSV + "hasInput",
    "hasLegalResource": CV + "hasLegalResource", "thematicArea": CV + "thematicArea", "hasValue": CV + "hasValue",
    "currency": CV + "currency", "preferredLabel": SKOS + "prefLabel",
}
LINKS = frozenset((
    "type", "hasCompetentAuthority", "hasCost", "hasChannel", "produces", "follows", "holdsRequirement", "hasSupportingEvidence",
    "hasInput", "hasLegalResource", "thematicArea", "currency"))
"""Properties whose values are objects."""
RUBLE = "http://publications.europa.eu/resource/authority/currency/RUB"


def context() -> Mapping[str, object]:
    """Prefixes, and the names of the profile's own context: «PublicService», «PublicService.hasCost»."""
    prefixes = {"cpsv": CPSV, "cv": CV, "dct": DCT, "dcat": DCAT, "eli": ELI, "skos": SKOS, "xsd": XSD, "okno": OWN}
    terms = {f"{kind}.{name}": {"@id": iri} | ({"@type": "@id"} if name in LINKS else {})
             for kind in CLASSES for name, iri in PROPERTIES.items()}
    return {"@context": {"@version": 1.1, **prefixes, **CLASSES, **terms}}
