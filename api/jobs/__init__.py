"""Jobs that run again and again, such as purges: each once per interval, in any worker."""
