# Local stand-ins for public images, made from the packages of this machine's Debian. Each carries a hash of what it is
# made of, and is built again only when that changes.
# shellcheck shell=bash

images=$ci/images
label=rollbook.sources

prepare_images() {
    is_debian || { echo "not Debian, or not root: takes the public images"; return 0; }
    make_images || return
    export PYTHON_IMAGE=rollbook-ci/python POSTGRES_IMAGE=rollbook-ci/postgres REDIS_IMAGE=rollbook-ci/redis PROXY_IMAGE=rollbook-ci/proxy
    export TESTCONTAINERS_RYUK_DISABLED=true  # its reaper is a public image; `sweep` does its work
}

make_images() {
    local base hash name
    base=$({ cat "$images/base/make" /etc/ssl/certs/ca-certificates.crt; apt-get indextargets --format '$(URI)'; } | digest)
    is_made base "$base" || { echo "makes rollbook-ci/base"; "$images/base/make" "$label=$base"; } || return
    for name in python postgres redis proxy; do
        hash=$({ echo "$base"; cat "$images/$name"/*; } | digest)
        is_made "$name" "$hash" || build_image "$name" "$hash" || return
    done
}

digest() {
    sha256sum | cut -c1-16
}

is_made() {
    [ "$(docker image inspect --format "{{index .Config.Labels \"$label\"}}" "rollbook-ci/$1" 2>/dev/null)" = "$2" ]
}

build_image() {
    echo "makes rollbook-ci/$1"
    docker build --label "$label=$2" --tag "rollbook-ci/$1" "$images/$1" >"$state/build.log" 2>&1 || { tail -30 "$state/build.log"; return 1; }
}

# From here on a test that does not find the container engine fails, and takes nothing else instead.
demand_containers() {
    export REQUIRE_TESTCONTAINERS=1 TESTCONTAINERS_CONNECTION_MODE=docker_host
}
