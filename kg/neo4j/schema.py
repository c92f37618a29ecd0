"""What a server must hold before and beside the data: unique ids, and full-text indexes over texts and names."""

from kg.property_graph import LABEL_OF_KIND, NODES

BUILD = "Derm1mBuild"
"""Label of the node that says which build the server holds, and how far it was copied."""

TERM_LABELS = tuple(dict.fromkeys(LABEL_OF_KIND.values()))

CONSTRAINTS = tuple(
    f"CREATE CONSTRAINT {label.lower()}_id IF NOT EXISTS FOR (n:{label}) REQUIRE n.id IS UNIQUE"
    for label in (*NODES, BUILD)
)
"""They come before any data: they are also the indexes by which relationships find their ends."""

INDEXES = (
    "CREATE FULLTEXT INDEX texts IF NOT EXISTS FOR (n:Pair) ON EACH [n.text]",
    f"CREATE FULLTEXT INDEX names IF NOT EXISTS FOR (n:{'|'.join(TERM_LABELS)}) ON EACH [n.label, n.synonyms]",
)
"""They come after the data, which is quicker than to keep them while it arrives."""


def script() -> str:
    """All of it as one Cypher script, for `cypher-shell`."""
    return "".join(f"{statement};\n" for statement in (*CONSTRAINTS, *INDEXES))
