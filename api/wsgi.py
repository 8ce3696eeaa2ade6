"""The service for any WSGI server, as in ``gunicorn --threads 32 api.wsgi:application``.

A reverse proxy that buffers requests belongs in front of each of them (docs/operations.md).
"""

from api.app import create_app

application = create_app()
