"""The service for any WSGI server, as in ``gunicorn --threads 32 api.wsgi:application``.

A reverse proxy that buffers requests belongs in front of each of them (docs/operations.md).
"""

import codecs

from api import docs
from api.app import create_app

codecs.lookup("idna")  # two threads that look it up first at the same time can wait for ever
application = create_app()
docs.prepare(application)
