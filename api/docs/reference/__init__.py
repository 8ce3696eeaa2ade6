"""The reference of the API: pages and Markdown, made from the contract that is served."""
