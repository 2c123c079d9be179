"""Sending messages to people: e-mail, Slack, Teams, PagerDuty, webhooks and whatever else one URL can say."""

from resources.notifiers.channel import Channel, SendError, channel_of

__all__ = ["Channel", "SendError", "channel_of"]
