"""What Rasa asks the bot to do: one module a subject, each action answering from the content and the database."""
