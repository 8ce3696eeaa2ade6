"""The service for any WSGI server, as in ``gunicorn --threads 32 api.wsgi:application``.

``rollbook serve`` is what is tested against slow clients; before another server belongs a proxy
that takes in whole requests.
"""

from api.app import create_app

application = create_app()
