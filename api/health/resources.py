"""The endpoints for load balancers and supervisors."""

from api.health import schemas, service
from api.health.errors import NotReady
from api.web.restx import Namespace, Resource

PROBE_LIMIT = "health"  # a separate policy, so that other traffic cannot make a probe fail

ns = Namespace(
    "health",
    path="/health",
    description="Checks for load balancers and supervisors. They need no token.",
)


@ns.route("/live")
class Live(Resource):
    @ns.operation(
        "check_liveness",
        response=schemas.liveness,
        public=True,
        limit=PROBE_LIMIT,
        reads_database=False,
    )
    def get(self) -> service.Health:
        """Check whether the process answers.

        For supervisors: restart a process that does not answer. No token is needed. The check does
        not query the database, because a restart of the process does not repair one. Its rate limit
        is apart from that of other requests. `/healthz` and `/livez` are the same check.
        """
        return service.check_liveness()


@ns.route("/ready")
class Ready(Resource):
    @ns.operation(
        "check_readiness",
        response=schemas.readiness,
        public=True,
        limit=PROBE_LIMIT,
        errors=(NotReady,),
    )
    def get(self) -> service.Health:
        """Check whether the service can process requests.

        For load balancers: send requests to another instance while the response is 503. The checks
        are: the database answers and takes writes, it has the schema of this version, and the key
        that signs tokens can be decrypted. `checks` names those that fail; the log has the reason.
        The response arrives within two seconds. `/readyz` is the same check.
        """
        return service.check_readiness()
