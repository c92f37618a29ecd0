"""A document in either syntax."""

from kg.owlsyntax.construct import Construct, SyntaxFault
from kg.owlsyntax.functional import parse_functional
from kg.owlsyntax.xml import parse_xml
from kg.rdfio import OwlSyntax


def parse(content: bytes, syntax: OwlSyntax) -> tuple[Construct, dict[str, str]]:
    """The `Ontology` of a document, and the prefixes that it declares.

    Raises `SyntaxFault`, with the line, for a document that is broken or has more or less than one ontology.
    """
    if syntax is OwlSyntax.XML:
        return parse_xml(content)
    try:
        return parse_functional(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SyntaxFault(content.count(b"\n", 0, error.start) + 1, "not UTF-8") from error
