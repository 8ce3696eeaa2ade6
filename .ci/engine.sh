# A Docker engine: the one that answers, or a daemon of our own with socket, data and pid in a place of its own.
# shellcheck shell=bash

engine=        # what answers
daemon=        # the process we started
no_engine=     # why there is none

engine_answers() {
    is_there docker && docker version >/dev/null 2>&1
}

start_engine() {
    if engine_answers; then
        engine=found
    elif ! is_there dockerd; then
        no_engine="there is no dockerd"
    elif [ "$(id -u)" != 0 ]; then
        no_engine="dockerd takes root"
    else
        start_daemon
    fi
    [ -n "$engine" ]
}

start_daemon() {
    local log=$state/dockerd.log
    export DOCKER_HOST=unix://$state/docker.sock
    stop_old_daemon
    # Ports are forwarded by the kernel: a process that copies every byte takes a fifth of the time of the tests.
    setsid dockerd --host "$DOCKER_HOST" --userland-proxy=false --data-root "$state/docker" --exec-root "$state/exec" --pidfile "$state/docker.pid" \
        >"$log" 2>&1 </dev/null 9>&- &
    daemon=$!
    for _ in $(seq 100); do
        engine_answers && { engine=started; say "Docker engine: $(docker version --format '{{.Server.Version}}'), started here"; return; }
        kill -0 "$daemon" 2>/dev/null || break
        sleep 0.2
    done
    no_engine="dockerd did not start: $(grep -E 'level=(error|fatal)|^failed' "$log" | tail -1)"
    stop_engine
    unset DOCKER_HOST
}

# A run that was killed may have left its daemon; the lock says that no other run uses it.
stop_old_daemon() {
    local old
    old=$(cat "$state/docker.pid" 2>/dev/null) || return 0
    grep -qz "^$state/docker\$" "/proc/$old/cmdline" 2>/dev/null || return 0
    kill "$old"
    timeout 30 tail --pid "$old" -f /dev/null
}

stop_engine() {
    [ -n "$daemon" ] || return 0
    kill "$daemon" 2>/dev/null
    wait "$daemon" 2>/dev/null
    daemon=
}

# Removes what a run leaves: always what carries our project's name, and the tests' containers on an engine of our own.
sweep() {
    remove_labelled com.docker.compose.project=rollbook-ci
    [ "$engine" = found ] || remove_labelled org.testcontainers=true
    docker image prune --force --filter until=48h >/dev/null
}

remove_labelled() {
    local label=label=$1
    docker ps --all --quiet --filter "$label" | xargs --no-run-if-empty docker rm --force --volumes >/dev/null
    docker network ls --quiet --filter "$label" | xargs --no-run-if-empty docker network rm >/dev/null
    docker volume ls --quiet --filter "$label" | xargs --no-run-if-empty docker volume rm >/dev/null
}
