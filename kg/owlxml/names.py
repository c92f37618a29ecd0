"""XML names: where an IRI is divided into namespace and local name, and which prefixes a file declares."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from kg.rdfio import PREFIXES

_START = (
    "A-Z_a-z\xc0-\xd6\xd8-\xf6\xf8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c-\u200d\u2070-\u218f\u2c00-\u2fef"
    "\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_CHARACTER = _START + "\\-.0-9\xb7\u0300-\u036f\u203f-\u2040"
_LOCAL_NAME = re.compile(f"[{_START}][{_CHARACTER}]*$")
_TAIL = re.compile(f"[{_CHARACTER}]*$")
_LAST_NAME = re.compile(f"[{_START}](?:(?!\\.)[{_CHARACTER}])*")
_ALWAYS = {name: PREFIXES[name] for name in ("owl", "rdf", "rdfs", "xsd")} | {
    "xml": "http://www.w3.org/XML/1998/namespace"
}
_USUAL = {namespace: name for name, namespace in PREFIXES.items()} | {"http://purl.org/dc/elements/1.1/": "dc"}


@lru_cache(maxsize=100_000)
def split_iri(iri: str) -> tuple[str, str]:
    """The namespace of an IRI and the longest XML name at its end, which is empty when there is none."""
    tail = _TAIL.search(iri)
    start = tail.start() if tail else len(iri)
    while start < len(iri) and not _LOCAL_NAME.match(iri, start):
        start += 1
    return iri[:start], iri[start:]


class Prefixes:
    """The prefixes that a file declares, in order, and the names they give to IRIs."""

    def __init__(self, ontology: str, declared: Mapping[str, str], properties: Iterable[str]) -> None:
        """`properties` are the IRIs that become XML elements: where a namespace is not declared, a prefix is found."""
        base = ontology if ontology.endswith(("#", "/")) else ontology + "#"
        self.default = declared.get("") or base
        by_namespace = {PREFIXES[name]: name for name in ("owl", "rdf", "rdfs", "xsd")}
        by_namespace |= {
            namespace: name for name, namespace in sorted((_ALWAYS | dict(declared)).items(), key=_by_length)
        }
        for namespace in sorted({split_iri(iri)[0] for iri in properties if split_iri(iri)[1]}):
            if namespace not in by_namespace:
                by_namespace[namespace] = _USUAL.get(namespace) or _invent(namespace, set(by_namespace.values()))
        self._prefixes = by_namespace

    @property
    def base(self) -> str:
        """The base IRI of the document."""
        return self.default.removesuffix("#")

    @property
    def declarations(self) -> list[tuple[str, str]]:
        """Prefixes and namespaces in the order of the document's start."""
        named = [(prefix, namespace) for namespace, prefix in self._prefixes.items() if prefix]
        return sorted(named, key=_by_length)

    def name(self, iri: str) -> str | None:
        """The qualified name of an IRI as an XML element, None when XML has no name for it."""
        namespace, local = split_iri(iri)
        if not local:
            return None
        if namespace == self.default:
            return local
        prefix = self._prefixes.get(namespace)
        return None if prefix is None else f"{prefix}:{local}" if prefix else local


def _by_length(entry: tuple[str, str]) -> tuple[int, str]:
    return len(entry[0]), entry[0]


def _invent(namespace: str, taken: set[str]) -> str:
    names = _LAST_NAME.findall(namespace)
    wanted = names[-1] if names else "p"
    prefix, number = wanted, 0
    while prefix in taken or prefix in _USUAL.values():
        number += 1
        prefix = f"{wanted}{number}"
    return prefix
