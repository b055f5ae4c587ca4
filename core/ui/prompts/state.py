"""Keys of the session state of the Prompts page."""

VIEW = "prompts-view"
"""What the page shows."""
NEW, FILE = "new-classes", "prompts-file"
"""The field for new classes, and the uploaded file of classes."""
OPEN = "open-class"
"""Name of the class that is open beside the table."""
PANEL = "class-panel"
"""What is being done to a class, and to which: ("merge", name), ("split", name)."""
TOOLS = "prompts-tools"
"""What the tools above the classes were drawn for, see ``toolbar.state_of``."""
PENDING = "prompts-pending"
"""A change that waits for a yes, because labels hang on it."""
NONE = "none-class"
"""Whether there is a class for what is none of the others."""
REPAIR_TEXT = "repair-text"
"""The text of a vocabulary file that cannot be used, as it is being corrected."""
EDITS = "prompt-edits"
"""Field of prompts → when its last edit that was taken up was made, as the browser said."""

ADDED_PROMPT = "suggest-added-prompt"
"""The class and the prompt that was added to it last from a suggestion."""

WORD_COLUMNS, WORD_TEMPLATE = "word-columns", "word-template"
"""The columns that are to count beside the pictures, and how they are put together."""


def name_field(name: str) -> str:
    """The field with the name of a class."""
    return f"name-{name}"


def prompts_field(name: str) -> str:
    """The field with the prompts of a class."""
    return f"prompts-{name}"


def part_field(part: str, name: str) -> str:
    """A field of the panel in which a class is changed: merged, split, moved."""
    return f"{part}-{name}"


def suggested_field(number: int) -> str:
    """The field with the name of a suggested class, by its place on the page."""
    return f"suggested-{number}"
