"""Silver households."""

from pandera.pyspark import Field
from pyspark.sql import DataFrame
from pyspark.sql import types as T

from lakehouse_assets.declare import MADE_BY_HISTORY, SOURCE, Contract, history, silver


class Household(Contract):
    """What a household answered to the survey, for a time; two thirds of those that shop did not answer."""

    household_id: T.LongType = Field(coerce=True, gt=0, description="the household")
    age: T.StringType = Field(isin=["19-24", "25-34", "35-44", "45-54", "55-64", "65+"], description="its head's age")
    income: T.StringType = Field(str_matches=r"(Under )?\d+(-\d+)?K\+?$", description="income bracket, in dollars")
    # A third gave no answer on their home and a sixth none on marriage: an answer withheld is no defect.
    home_ownership: T.StringType = Field(nullable=True, description="owner or renter, or probably so")
    marital_status: T.StringType = Field(nullable=True, isin=["Married", "Unmarried"], description="married or not")
    household_size: T.StringType = Field(isin=["1", "2", "3", "4", "5+"], description="persons")
    household_comp: T.StringType = Field(description="adults and kids")
    kids_count: T.StringType = Field(isin=["0", "1", "2", "3+"], description="kids")

    valid_from: T.TimestampType = Field(description="when it first answered so")
    valid_to: T.TimestampType = Field(nullable=True, description="when it answered otherwise; empty if it did not")
    is_current: T.BooleanType = Field(description="whether this is its latest answer")

    class Config:
        """A household has one answer at a time."""

        unique = ["household_id", "valid_from"]


@silver(contract=Household, owners=["team:marketing"], write=history(), retention="personal")
def households(bronze_households: DataFrame) -> DataFrame:
    """The survey's answers; a delivery holds those that answered since, and the others still stand."""
    seen = bronze_households.withColumnRenamed("_source_modified", "valid_from")
    return seen.select(*Household.names(but=MADE_BY_HISTORY), *SOURCE)
