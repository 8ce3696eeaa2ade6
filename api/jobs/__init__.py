"""Jobs that run again and again, such as purges: each once per interval, whoever runs it."""
