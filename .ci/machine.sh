# What the machine needs beside Python and make.
# shellcheck shell=bash

is_debian() {
    grep -q '^ID=debian' /etc/os-release 2>/dev/null && [ "$(id -u)" = 0 ]
}

# Installs what is missing. A machine that is not ours to change has to have it.
install_packages() {
    local missing=()
    is_there make || missing+=(make)
    is_there curl || missing+=(curl)
    is_there chromium || missing+=(chromium)
    is_there debootstrap || missing+=(debootstrap)
    is_there nginx || missing+=(nginx-light)
    is_there pgbouncer || missing+=(pgbouncer)
    is_there haproxy || missing+=(haproxy)
    is_there caddy || missing+=(caddy)
    [ -e /usr/lib/apache2/modules/mod_oauth2.so ] || missing+=(libapache2-mod-oauth2)  # with apache2-bin, no server
    [ -e /usr/lib/apache2/modules/mod_auth_openidc.so ] || missing+=(libapache2-mod-auth-openidc)
    is_there dockerd || engine_answers || missing+=(docker.io)
    [ "${#missing[@]}" -gt 0 ] || return 0
    is_debian || { echo "not Debian, or not root: goes on without ${missing[*]}"; return 0; }
    echo "installs ${missing[*]}"
    quietly apt-get update
    quietly apt-get install --yes --no-install-recommends "${missing[@]}"
}

# promtool checks the alert rules. The package would start a server, so that only the program is taken out of it.
install_promtool() {
    is_there promtool && return
    is_debian || { echo "not Debian, or not root: goes on without promtool"; return 0; }
    quietly apt-get update || return
    (cd "$state" && quietly apt-get download prometheus && dpkg-deb --extract prometheus_*.deb prometheus) || return
    export PATH=$PATH:$state/prometheus/usr/bin
}

# The tests start a mail server of their own. The package would start one for the machine, so that only the program is
# taken out of it. It needs some libraries, and the user that the package would create.
install_exim() {
    is_there exim4 && return
    is_debian || { echo "not Debian, or not root: goes on without Exim"; return 0; }
    quietly apt-get update || return
    quietly apt-get install --yes --no-install-recommends libidn12 libgnutls-dane0 libnsl2 libdb5.3 || return
    (cd "$state" && quietly apt-get download exim4-daemon-light && dpkg-deb --extract exim4-daemon-light_*.deb exim) || return
    id Debian-exim >/dev/null 2>&1 || useradd --system --no-create-home --shell /usr/sbin/nologin Debian-exim || return
    export PATH=$PATH:$state/exim/usr/sbin
}

is_there() {
    command -v "$1" >/dev/null
}

quietly() {
    DEBIAN_FRONTEND=noninteractive "$@" -qq -o DPkg::Lock::Timeout=120 >"$state/apt.log" 2>&1 || { tail -20 "$state/apt.log"; return 1; }
}
