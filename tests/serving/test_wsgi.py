"""The service under any WSGI server."""

ASK = """
from wsgiref.util import setup_testing_defaults
from api.wsgi import application
environ = {"PATH_INFO": "/health/live", "HTTP_HOST": "localhost"}
setup_testing_defaults(environ)
print(b"".join(application(environ, lambda status, headers: print(status))).decode())
"""


def test_any_wsgi_server_can_run_the_service(python):
    said = python(
        ASK,
        ENVIRONMENT="testing",
        DATABASE_URL="sqlite://",
        JWT_SECRET_KEY="long enough a secret for HS256 tokens",
    )

    assert "200 OK" in said
    assert "status" in said
