"""Why the stack cannot do what it was asked to."""


class StackError(Exception):
    """The text is for the person at the terminal: what is wrong, and what to do."""
