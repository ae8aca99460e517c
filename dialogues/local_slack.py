"""Rasa's own Slack connector for `coach bench`: it is the same in all but the address of Slack, which Rasa does not let one choose."""

from __future__ import annotations

from typing import Any, Dict, Optional, Text

from rasa.core.channels.channel import InputChannel, OutputChannel
from rasa.core.channels.slack import SlackInput


class LocalSlack(SlackInput):
    """Takes `slack_host`, such as http://127.0.0.1:4100/api/, besides what SlackInput takes."""

    slack_host = ""

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[Text, Any]]) -> InputChannel:
        channel = super().from_credentials(credentials)
        channel.slack_host = (credentials or {})["slack_host"]
        return channel

    def get_output_channel(self, channel: Optional[Text] = None, thread_id: Optional[Text] = None) -> OutputChannel:
        output = super().get_output_channel(channel, thread_id)
        output.client.base_url = self.slack_host
        return output
