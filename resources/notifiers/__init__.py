"""Sending messages to people: e-mail, Slack, Teams, PagerDuty, webhooks and whatever else one URL can say."""

from resources.notifiers.channel import Channel, SendError, load_services

__all__ = ["Channel", "SendError", "load_services"]
