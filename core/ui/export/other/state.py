"""Keys of the session state of "Classify another folder"."""

READ = "other-model-read"
"""What was read of a model file, with the file's path, size and time."""
OUT, TYPED = "other-out", "other-out-typed"
"""The field for what is to be written, and what somebody wrote into it."""
PAGE, PAGE_OF = "other-page", "other-page-of"
"""The page of the table that is shown; of which rows it is."""
