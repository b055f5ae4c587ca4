"""The tables, read back by pandas and Polars."""

import pandas as pd
import polars as pl
from export.export_builders import content_id


def test_pandas_and_polars_read_the_tables(everything) -> None:
    plan, result = everything
    for table in (
        pl.read_parquet(result.out / "images.parquet"),
        pl.read_csv(result.out / "images.csv"),
        # Left to itself, pandas takes the class "n/a" for a missing value.
        pl.from_pandas(pd.read_csv(result.out / "images.csv", keep_default_na=False)),
        pl.from_pandas(pd.read_parquet(result.out / "images.parquet")),
    ):
        assert table["path"].to_list() == [item.assignment.path for item in plan.items]
        assert table["class"].to_list() == [item.assignment.label for item in plan.items]
        assert table["review"].to_list() == [item.review for item in plan.items]
        assert table["score_n/a"].to_list() == [0.2] * len(plan.items)
        marked = [item.assignment.flags == ("one", "two") for item in plan.items]
        assert (table["flags"] == "one two").to_list() == marked
        assert table["probability"].to_list() == [i.assignment.probability for i in plan.items]
        for file, image_id in zip(table["file"], table["id"], strict=True):
            assert content_id((result.out / file).read_bytes()) == image_id
