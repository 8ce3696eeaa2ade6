"""The endpoints for load balancers and supervisors."""

from api.health import schemas, service
from api.health.errors import NotReady
from api.web.restx import Namespace, Resource

PROBES = "health"  # a policy of its own, so that other traffic cannot make a probe fail

ns = Namespace("health", path="/health", description="Liveness and readiness of the service")


@ns.route("/live")
class Live(Resource):
    @ns.operation("check_liveness", response=schemas.liveness, public=True, limit=PROBES)
    def get(self) -> service.Health:
        """Check whether the process answers.

        The database is not asked: restart a process that does not answer, but not because of its
        database.
        """
        return service.check_liveness()


@ns.route("/ready")
class Ready(Resource):
    @ns.operation(
        "check_readiness", response=schemas.readiness, public=True, limit=PROBES, errors=(NotReady,)
    )
    def get(self) -> service.Health:
        """Check whether the service can process requests.

        The checks are: the database answers, and it has the schema of this version. The response
        arrives within two seconds. Send requests to another instance while a check fails.
        """
        return service.check_readiness()
