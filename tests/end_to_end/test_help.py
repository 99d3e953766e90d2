"""Help: every verb ends with an example of itself, which its own options can read."""

from __future__ import annotations

import shlex

import click
import pytest
from click.testing import CliRunner

from chipfolio.cli import cli
from chipfolio.cli.examples import EXAMPLES

VERBS = cli.list_commands(None)


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_ends_with_an_example_that_can_be_typed(verb):
    said = CliRunner().invoke(cli, [verb, "--help"]).output
    assert " ".join(EXAMPLES[verb].split()) in " ".join(said.split())
    program, name, *words = shlex.split(EXAMPLES[verb])
    assert (program, name) == ("chipfolio", verb)
    command = cli.commands[verb]
    context = click.Context(command, info_name=verb)
    command.make_parser(context).parse_args(words)  # unknown options raise
