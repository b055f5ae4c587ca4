"""How far an export is, counted over all its passes over the images."""

from core.runtime.progress import Report

STEP = "Writing"


class Steps:
    """One step an image and a pass over the images, told to the report of the run."""

    def __init__(self, report: Report, total: int) -> None:
        """
        Raises:
            Cancelled: somebody asked to stop before anything began.
        """
        self._report = report
        self._total = total
        self._done = 0
        self.check()

    def step(self, count: int = 1) -> None:
        """Say that so many more steps are done.

        Raises:
            Cancelled: somebody asked the export to stop.
        """
        self._done += count
        self.check()

    def check(self) -> None:
        """Give a wish to stop its chance while nothing moves.

        Raises:
            Cancelled: somebody asked the export to stop.
        """
        self._report.step(STEP, self._done, self._total)
