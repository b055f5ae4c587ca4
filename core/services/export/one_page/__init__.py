"""The one-page report: of the latest export of a question, else of its predictions."""
