"""The ontology in the two formats of the OBO community: OBO 1.4 text and OBO Graphs JSON.

Both hold less than OWL. What a format has no place for is returned beside the text, so that it can be counted.
"""

from kg.obo.frames import Frame, read_frames
from kg.obo.graphs import to_obographs
from kg.obo.text import to_obo

__all__ = ["Frame", "read_frames", "to_obo", "to_obographs"]
