"""The endpoints for whoever keeps the service running."""

from api.health import schemas, service
from api.health.errors import NotReady
from api.web.restx import Namespace, Resource

PROBES = "health"  # counted apart, so that no other traffic makes a probe fail

ns = Namespace("health", path="/health", description="Whether the service lives and is ready")


@ns.route("/live")
class Live(Resource):
    @ns.operation("check_liveness", response=schemas.liveness, public=True, limit=PROBES)
    def get(self) -> service.Health:
        """Tell whether the process answers.

        Never asks the database: a process that does not answer should be restarted, and a database
        that does not is no reason for that.
        """
        return service.check_liveness()


@ns.route("/ready")
class Ready(Resource):
    @ns.operation(
        "check_readiness", response=schemas.readiness, public=True, limit=PROBES, errors=(NotReady,)
    )
    def get(self) -> service.Health:
        """Tell whether the service can do its work.

        Asks whether the database answers and has the schema of this version, and answers within two
        seconds either way. While one of them fails, requests are better sent elsewhere.
        """
        return service.ready()
