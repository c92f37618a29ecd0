"""The pair graph on a Neo4j server: copied there in batches or as import files, compared, and asked with Cypher."""

from kg.neo4j.server import Server

__all__ = ["Server"]
