"""Errors that the user can mend: the command line prints their message and exits with code 2."""


class InputError(ValueError):
    """The input is wrong. The message says what, where (file, row, column, term) and what to do."""


class UnknownTerm(InputError, LookupError):
    """No term of the ontology has this name or identifier. The message suggests the nearest ones."""


class AmbiguousTerm(InputError, LookupError):
    """Several terms have this name. The message lists them with their identifiers."""


class QueryStopped(InputError):
    """A query met a limit of time, memory or size of the answer. The message says which."""
