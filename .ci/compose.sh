# `docker compose up`, the login feature over HTTP, and down again.
# shellcheck shell=bash

check_compose() {
    install_compose || return
    export COMPOSE_PROJECT_NAME=rollbook-ci ROLLBOOK_IMAGE=rollbook-ci/service
    export PORT POSTGRES_PASSWORD ENCRYPTION_KEY
    PORT=$(free_port) POSTGRES_PASSWORD=$(secret) ENCRYPTION_KEY=$(secret)
    local result=0
    { bring_up && answer_on_localhost && run_login_feature && check_backup; } || result=1
    [ "$result" = 0 ] || compose logs --tail 100
    compose down --volumes --remove-orphans --timeout 15 || result=1
    return "$result"
}

install_compose() {
    [ -x "$state/compose/bin/docker-compose" ] || python3 -m venv "$state/compose" || return
    "$state/compose/bin/pip" install --quiet --disable-pip-version-check --require-hashes --requirement "$ci/compose/requirements.txt"
}

compose() {
    "$state/compose/bin/docker-compose" --progress plain --file docker-compose.yml --file "$ci/compose/override.yml" "$@"
}

bring_up() {
    compose up --build --detach --wait --wait-timeout 180 && compose ps
}

run_login_feature() {
    local url=http://127.0.0.1:$PORT password
    password=$(secret)
    printf '%s' "$password" | compose exec -T service rollbook users create administrator root@example.org --role admin || return
    SERVICE_URL=$url SERVICE_ADMIN_PASSWORD=$password .venv/bin/python -m pytest features/login
}

# The image has the page of the specification, which `make test` has written.
answer_on_localhost() {
    curl --fail --silent --show-error --output /dev/null "http://localhost:$PORT/docs" &&
        curl --fail --silent --show-error --output /dev/null "http://localhost:$PORT/specification"
}

# The commands of docs/operations.md: a role that was created after the backup is gone again.
check_backup() {
    local result=0
    run_page_block 1 || return
    compose exec -T service rollbook roles create afterwards || return
    run_page_block 2 || result=1
    rm --force rollbook.sql
    [ "$result" = 0 ] && compose exec -T service rollbook users show administrator && ! compose exec -T service rollbook roles show afterwards
}

# Runs a block of commands from the section "Containers", with the Docker Compose of this check.
run_page_block() {
    local commands
    commands=$(awk -v wanted="$1" '
        /^##/ { inside = $0 == "### Containers" }
        inside && /^```/ { block += /sh$/; fence = /sh$/; next }
        inside && fence && block == wanted' docs/operations.md)
    [ -n "$commands" ] || { echo "docs/operations.md has no block $1"; return 1; }
    docker_compose=$state/compose/bin/docker-compose ci=$ci bash -euc "
        docker() { shift; \"\$docker_compose\" --progress plain --file docker-compose.yml --file \"\$ci/compose/override.yml\" \"\$@\"; }
        $commands"
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

secret() {
    python3 -c 'import secrets; print(secrets.token_hex(32))'
}
