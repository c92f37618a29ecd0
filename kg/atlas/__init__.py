"""The synthetic atlas: drawn pictures of skin whose lesions follow the ontology's findings, with their truth."""

from kg.atlas.atlas import AtlasAccount, generate

__all__ = ["AtlasAccount", "generate"]
