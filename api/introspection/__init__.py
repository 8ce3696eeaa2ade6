"""What services ask about tokens that are shown to them, and how they make them void."""
