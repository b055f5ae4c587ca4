"""The two short tables hold what the plan says."""

import pandas as pd
import polars as pl


def test_the_short_tables_name_the_rejected_and_the_splits(everything) -> None:
    plan, result = everything
    rejected = pd.read_csv(result.out / "rejected.csv")
    assert rejected.to_dict("records") == [{"path": "bad, file.jpg", "reason": "no image"}]
    splits = pl.read_csv(result.out / "splits.csv")
    assert dict(zip(splits["path"], splits["split"], strict=True)) == {
        item.assignment.path: item.split for item in plan.items if item.split
    }
