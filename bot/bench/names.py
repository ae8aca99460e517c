"""What can be measured, by name; apart from how, which takes long to import."""

from __future__ import annotations

OF_PRODUCT = ("turn_web", "understanding", "start", "memory", "processor")
OF_SLACK = ("turn_slack", "turn_history", "turn_crowd", "ack_slack")
OF_TEAMS = ("ack_teams",)
OF_QUEUE = ("tick", "deliveries")
OF_BROADCASTS = ("broadcast",)
OF_FIGURES = ("dashboard",)
OF_MACHINE = ("import", "training")
NAMES = OF_PRODUCT + OF_SLACK + OF_TEAMS + OF_QUEUE + OF_BROADCASTS + OF_FIGURES + OF_MACHINE
# What is measured with the engine, which takes a trained model.
OF_ENGINE = OF_PRODUCT + OF_SLACK + OF_TEAMS
