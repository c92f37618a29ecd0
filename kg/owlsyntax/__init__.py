"""OWL 2 documents that are not RDF, as RDF: functional syntax and OWL/XML (W3C Recommendations, 2012).

Both are read into the same constructs, which one mapping turns into statements. The libraries that read these
syntaxes lose something: funowl 0.2.3 keeps the backslashes of escaped quotes and respells numbers, py-horned-owl 2.0
drops pairs of a disjointness of three classes.
"""

from kg.owlsyntax.construct import Argument, Construct, SyntaxFault
from kg.owlsyntax.document import parse
from kg.owlsyntax.mapping import to_statements

__all__ = ["Argument", "Construct", "SyntaxFault", "parse", "to_statements"]
