"""How many tokens a text has for a model."""

from collections.abc import Callable, Sequence
from difflib import get_close_matches

from kg.errors import InputError


def load_counter(name: str) -> Callable[[Sequence[str]], list[int]]:
    """A function that counts the tokens of texts as the open_clip model `name` sees them, marks of start and end too.

    Raises `InputError` when open_clip has no such model, or cannot load its tokenizer.
    """
    import open_clip

    if ":" not in name and open_clip.get_model_config(name) is None:
        near = get_close_matches(name, open_clip.list_models(), n=3)
        raise InputError(f"open_clip has no model {name!r}" + (f": did you mean {', '.join(near)}?" if near else ""))
    try:
        tokenizer = open_clip.get_tokenizer(name)
    except (RuntimeError, FileNotFoundError, OSError, AssertionError, ValueError) as error:
        raise InputError(f"open_clip cannot load the tokenizer of {name!r}: {error}") from error
    inner = getattr(tokenizer, "tokenizer", None)
    if inner is not None:
        return lambda texts: [len(ids) for ids in inner(list(texts))["input_ids"]]
    return lambda texts: [len(tokenizer.encode(text)) + 2 for text in texts]
