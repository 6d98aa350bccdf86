"""What the scripts for operators do, read out of their syntax trees: Bash's and PowerShell's."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import tree_sitter_bash
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

MARKS = frozenset({"INFO", "SUCCESS", "WARNING", "ERROR"})
"""What a line of a script may begin with, in brackets."""
_LEADS = ("=== ", "OK - ", "Next steps: ")
"""What other lines begin with that a reader or a program looks for."""

Command = tuple[str, tuple[str, ...]]


class ParsedScript(ABC):
    """A script as its grammar sees it."""

    language: ClassVar[Language]
    strings: ClassVar[frozenset[str]]
    """Types of nodes that are strings."""

    def __init__(self, text: str) -> None:
        """Parse it; what the grammar does not take is among the ``faults``."""
        self._root = Parser(self.language).parse(text.encode()).root_node

    @property
    def faults(self) -> list[str]:
        """Where it is not of its language: what is left over, and what is missing."""
        return [
            f"line {node.start_point.row + 1}: {node.type}"
            for node in self._nodes()
            if node.is_error or node.is_missing
        ]

    @property
    @abstractmethod
    def flags(self) -> set[str]:
        """The flags that it takes, in the shell's spelling."""

    @property
    @abstractmethod
    def usage(self) -> str:
        """What it tells who asks for help."""

    @property
    @abstractmethod
    def functions(self) -> dict[str, Node]:
        """Its own functions, by name."""

    @abstractmethod
    def commands(self, within: Node | None = None) -> Iterator[Command]:
        """Give each command that is called by its name, and the words after it."""

    @property
    def statuses(self) -> set[int]:
        """The statuses with which it ends of its own accord.

        They are told to ``exit``, or to a function that exits with what it is told.
        """
        ends = {"exit"} | {
            name
            for name, body in self.functions.items()
            if any(word == "exit" and not _is_number(words) for word, words in self.commands(body))
        }
        return {
            int(words[0]) for name, words in self.commands() if name in ends and _is_number(words)
        }

    @property
    def told_flags(self) -> set[str]:
        """The flags that the usage tells of, in the shell's spelling."""
        return {_spelt(name) for name in re.findall(r"^  (-[-A-Za-z]+)", self.usage, re.MULTILINE)}

    @property
    def told_statuses(self) -> str:
        """What the usage says of exit statuses."""
        return " ".join(self.usage.rpartition("Exit status: ")[2].split())

    @property
    def lines(self) -> set[str]:
        """The kinds of lines that it prints: their marks, and the beginnings of others."""
        strings = [
            self._text(node).strip("'\"") for node in self._nodes() if node.type in self.strings
        ]
        in_brackets = {mark for text in strings for mark in re.findall(r"\[([A-Z]+)\]", text)}
        words = {word for _, words in self.commands() for word in words if word in MARKS}
        return in_brackets | words | {lead for lead in _LEADS for text in strings if lead in text}

    def _nodes(self, within: Node | None = None) -> Iterator[Node]:
        node = within or self._root
        yield node
        for child in node.children:
            yield from self._nodes(child)

    @staticmethod
    def _text(node: Node) -> str:
        assert node.text is not None
        return node.text.decode()


class ShellScript(ParsedScript):
    """A script for Bash."""

    language = Language(tree_sitter_bash.language())
    strings = frozenset({"string", "raw_string"})

    @property
    def flags(self) -> set[str]:
        """The patterns of its cases that look like flags."""
        patterns = (node for node in self._nodes() if node.type == "extglob_pattern")
        return {text for text in map(self._text, patterns) if text.startswith("--")}

    @property
    def usage(self) -> str:
        """The document within its function of that name."""
        usage = self.functions["usage"]
        return next(self._text(node) for node in self._nodes(usage) if node.type == "heredoc_body")

    @property
    def functions(self) -> dict[str, Node]:
        """Its own functions, by name."""
        found = (node for node in self._nodes() if node.type == "function_definition")
        return {self._text(node.children[0]): node for node in found}

    def commands(self, within: Node | None = None) -> Iterator[Command]:
        """Give each command that is called by its name, and the words after it."""
        for node in self._nodes(within):
            if node.type == "command":
                name, *words = (self._text(child) for child in node.named_children)
                yield name, tuple(words)


class PowerShellScript(ParsedScript):
    """A script for PowerShell."""

    language = Language(tree_sitter_powershell.language())
    strings = frozenset({"string_literal"})

    @property
    def flags(self) -> set[str]:
        """Its parameters, but for the one that takes whatever is left over."""
        (block,) = (node for node in self._root.children if node.type == "param_block")
        return {
            _spelt(self._text(node.named_children[1]).lstrip("$"))
            for node in self._nodes(block)
            if node.type == "script_parameter" and "Remaining" not in self._text(node)
        }

    @property
    def usage(self) -> str:
        """The here-string that it keeps under that name."""
        for node in self._nodes():
            if node.type == "assignment_expression" and self._text(node).startswith("$usage "):
                return self._text(node).partition("@'\n")[2].removesuffix("\n'@")
        raise AssertionError

    @property
    def functions(self) -> dict[str, Node]:
        """Its own functions, by name."""
        found = (node for node in self._nodes() if node.type == "function_statement")
        return {self._text(node.named_children[0]): node for node in found}

    def commands(self, within: Node | None = None) -> Iterator[Command]:
        """Give each command that is called by its name, and the words after it."""
        for node in self._nodes(within):
            if node.type == "command_name" and node.parent is not None:
                called = node.parent if node.parent.type == "command" else node.parent.parent
                assert called is not None
                elements = [child for child in called.children if child.type == "command_elements"]
                parts = [part for element in elements for part in element.named_children]
                spoken = [part for part in parts if part.type != "command_argument_sep"]
                yield self._text(node), tuple(map(self._text, spoken))
            elif node.type == "flow_control_statement":
                name, *words = self._text(node).split()
                yield name, tuple(words)


def parsed(script: Path, text: str | None = None) -> ParsedScript:
    """Return a script parsed, or a text that is to stand in its place."""
    kind = ShellScript if script.suffix == ".sh" else PowerShellScript
    return kind(script.read_text(encoding="utf-8") if text is None else text)


def _is_number(words: tuple[str, ...]) -> bool:
    return words != () and words[0].isdigit()


def _spelt(name: str) -> str:
    """Return a flag of either tongue as the shell spells it."""
    return "--" + re.sub(r"(?<!^)(?=[A-Z])", "-", name.lstrip("-")).lower()
