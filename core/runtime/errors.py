"""The exceptions whose text is meant for the person at the screen."""


class WinnowError(Exception):
    """Something the user can put right.

    The message is one sentence that says what went wrong, where, and what to do. The command line
    prints it and exits with code 2; a page shows it in place. Anything else that escapes is a bug.
    """


class StorageError(WinnowError):
    """A disk or a file refuses for now: full, read-only, locked, damaged or gone.

    The same step works once that is put right, so whoever shows it keeps what was typed or pressed.
    """


class AwayError(StorageError):
    """A server does not answer for now, and was asked for as long as anybody would wait."""
