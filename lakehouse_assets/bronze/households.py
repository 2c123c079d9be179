"""Bronze households."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, json_lines


@bronze(json_lines("households"), owners=["team:marketing"], retention="personal")
class Households(Contract):
    """Answers of the households that took part in the survey, as JSON lines; everything as text."""

    household_id: T.StringType = Field(nullable=True, description="the household")
    age: T.StringType = Field(nullable=True, description="age bracket of its head")
    income: T.StringType = Field(nullable=True, description="income bracket")
    home_ownership: T.StringType = Field(nullable=True, description="owner, renter, or probably so")
    marital_status: T.StringType = Field(nullable=True, description="married or not")
    household_size: T.StringType = Field(nullable=True, description="persons, up to 5+")
    household_comp: T.StringType = Field(nullable=True, description="adults and kids")
    kids_count: T.StringType = Field(nullable=True, description="kids, up to 3+")
