"""The calendars of this lake: the year that the retailer delivered."""

from datetime import date

from lakehouse_assets.declare.partitions import Calendar

# Receipts are dated by the clock of the file that brings them: 2017-01-01 to 2018-01-01.
DAILY = Calendar("event_date", "daily", start=date(2017, 1, 1), end=date(2018, 1, 2))

# The retailer's week turns on Monday at midnight in its own zone, which is 05:00 (in summer 04:00) on the
# receipts' clock. Its weeks 1 to 53 therefore start on these Mondays, and each touches eight receipt days.
WEEKLY = Calendar("week_start", "weekly", start=date(2016, 12, 26), end=date(2018, 1, 1), hour=5)
