"""The commands of the shell, one module each; verify/cli.py imports the one that is called."""
