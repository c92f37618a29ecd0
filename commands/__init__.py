"""The commands of `cli.py`, a file for each group: parse, call, print."""
