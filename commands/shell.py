"""`derm1m shell`: queries at a prompt, one after the other."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer
from prompt_toolkit.completion import Completion as Offer
from prompt_toolkit.document import Document
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.graph import CypherLexer
from pygments.lexers.rdf import SparqlLexer

from commands.options import parse_parameters
from commands.output import TableFormat, write_table
from kg.completion import Completion
from kg.errors import InputError
from kg.queries import check_timeout
from kg.questions import Heading, find_question, read_questions

if TYPE_CHECKING:
    from kg.graph import KnowledgeGraph, Language

HELP = r"""A query ends with ';' or an empty line. Tab completes; the arrow keys go through what was asked before.
  \sparql, \cypher          the language of what follows
  \ask NAME [PARAM=VALUE]   a documented question
  \questions                their names
  \explain QUERY            how a query is answered
  \format table|csv|json    how answers are written
  \timeout SECONDS          after which a query is stopped
  \quit                     the end; so is Ctrl-D"""
_LEXERS = {"sparql": SparqlLexer, "cypher": CypherLexer}


class Shell:
    """A prompt over one graph."""

    def __init__(
        self, graph: "KnowledgeGraph", language: "Language", *, timeout: float = 60, history: History | None = None
    ) -> None:
        self.graph = graph
        self.language = language
        self.timeout = timeout
        self.format = TableFormat.TABLE
        self._history = history or _read_history()
        self._commands: dict[str, Callable[[str], None]] = {
            "help": lambda _: typer.echo(HELP),
            "sparql": lambda _: self._speak("sparql"),
            "cypher": lambda _: self._speak("cypher"),
            "ask": self._ask,
            "questions": lambda _: typer.echo("\n".join(f"{q.name}: {q.heading.title}" for q in read_questions())),
            "explain": self._explain,
            "format": self._choose_format,
            "timeout": self._choose_timeout,
        }

    def run(self) -> None:
        """Ask and answer until the input ends. What is wrong with a query is told, and the next one is asked for."""
        session: PromptSession[str] = PromptSession(
            history=self._history,
            completer=Offers(self),
            complete_while_typing=False,
            multiline=True,
            key_bindings=_keys(),
            prompt_continuation="   ...> ",
        )
        typer.echo(f"{self.graph!r}: \\help tells what can be asked", err=True)
        while True:
            try:
                text = session.prompt(f"{self.language}> ", lexer=PygmentsLexer(_LEXERS[self.language])).strip()
            except KeyboardInterrupt:
                continue
            except EOFError:
                return
            if text in (r"\quit", r"\q"):
                return
            try:
                self.answer(text)
            except InputError as error:
                typer.echo(f"derm1m: {error}", err=True)
            except KeyboardInterrupt:
                typer.echo("derm1m: stopped", err=True)

    def answer(self, text: str) -> None:
        """Do what a line says: a command that begins with a backslash, or a query."""
        if text.startswith("\\"):
            name, _, rest = text[1:].partition(" ")
            if name not in self._commands:
                raise InputError(f"\\{name} is no command: \\help lists them")
            self._commands[name](rest.strip())
        elif query := text.rstrip("; \n"):
            self._query(query, {}, self.language)

    def _query(self, query: str, given: dict[str, object], language: "Language") -> None:
        values = Heading.read(query).values(given, lambda: self.graph.ontology)
        ask = self.graph.sparql if language == "sparql" else self.graph.cypher
        start = time.perf_counter()
        table = ask(query, values, timeout=self.timeout)
        write_table(table, self.format, None)
        typer.echo(f"{time.perf_counter() - start:.2f} s", err=True)

    def _speak(self, language: "Language") -> None:
        if language not in self.graph.languages:
            raise InputError(f"this graph answers {' and '.join(self.graph.languages)} alone")
        self.language = language

    def _ask(self, rest: str) -> None:
        name, *options = rest.split(" ", 1)
        found = find_question(name)
        text = found.sparql if self.language == "sparql" else found.cypher
        self._query(text, parse_parameters(_split_options(options[0] if options else "")), self.language)

    def _explain(self, query: str) -> None:
        typer.echo(self.graph.explain(query.rstrip("; \n"), language=self.language, timeout=self.timeout))

    def _choose_format(self, name: str) -> None:
        known = [format for format in TableFormat if format is not TableFormat.PARQUET]
        if name not in known:
            raise InputError(f"there is no format '{name}' here: choose from {', '.join(known)}")
        self.format = TableFormat(name)

    def _choose_timeout(self, seconds: str) -> None:
        try:
            chosen = float(seconds)
        except ValueError:
            raise InputError(f"'{seconds}' is no number of seconds") from None
        check_timeout(chosen)
        self.timeout = chosen


class Offers(Completer):
    """Completion of queries in the language of the moment, of commands and of questions."""

    def __init__(self, shell: Shell) -> None:
        self._shell = shell
        self._completion: Completion | None = None

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Offer]:
        before = document.text_before_cursor
        if before.startswith("\\ask "):
            word = before.removeprefix("\\ask ")
            names = ((question.name, question.heading.title) for question in read_questions())
            yield from (Offer(n, -len(word), display_meta=title) for n, title in names if n.startswith(word))
        elif before.startswith("\\") and " " not in before:
            names_of_commands = sorted([*self._shell._commands, "quit"])
            yield from (Offer(f"\\{n}", -len(before)) for n in names_of_commands if n.startswith(before[1:]))
        else:
            self._completion = self._completion or Completion(self._shell.graph.ontology)
            for suggestion in self._completion.suggest(before, self._shell.language):
                yield Offer(suggestion.text, -suggestion.replaced, display_meta=suggestion.note)


def _read_history() -> History:
    """What was asked in earlier sessions; where the home folder keeps no file, what is asked in this one."""
    try:
        file = Path.home() / ".derm1m_history"
        file.open("a+b").close()
    except (OSError, RuntimeError) as error:
        typer.echo(f"derm1m: what is asked here is not kept for the next time: {error}", err=True)
        return InMemoryHistory()
    return FileHistory(str(file))


def _split_options(text: str) -> list[str]:
    """NAME=VALUE words, quoted as in a command line."""
    import shlex

    try:
        return shlex.split(text)
    except ValueError as error:
        raise InputError(f"{text}: {error}") from error


def _keys() -> KeyBindings:
    """Enter ends what is complete, and else begins a new line."""
    from prompt_toolkit.application import get_app

    keys = KeyBindings()

    @Condition
    def complete() -> bool:
        document = get_app().current_buffer.document
        text = document.text.strip()
        return not text or text.startswith("\\") or text.endswith(";") or not document.current_line.strip()

    @keys.add("enter", filter=complete)
    def accept(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return keys
