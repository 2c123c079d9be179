"""Bronze campaign descriptions."""

from pandera.pyspark import Field
from pyspark.sql import types as T

from lakehouse_assets.declare import Contract, bronze, json_lines


@bronze(json_lines("campaign_descriptions"), owners=["team:marketing"])
class CampaignDescriptions(Contract):
    """Type and dates of each campaign, as JSON lines; everything as text."""

    campaign_id: T.StringType = Field(nullable=True, description="the campaign")
    campaign_type: T.StringType = Field(nullable=True, description="Type A, B or C")
    start_date: T.StringType = Field(nullable=True, description="its first day")
    end_date: T.StringType = Field(nullable=True, description="its last day")
