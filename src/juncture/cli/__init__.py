"""The `juncture` command: parse, print, exit status. The only room that prints."""
