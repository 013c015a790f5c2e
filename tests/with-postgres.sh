#!/usr/bin/env bash
# Runs a command with TEST_DATABASE_URL naming a PostgreSQL server that is started for it alone, in a temporary folder,
# on a free loopback port, and removed afterwards:
#
#     tests/with-postgres.sh cargo test --test it
set -euo pipefail

bin=$(dirname "$(ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null | sort -V | tail -1)")
if [ ! -x "$bin/initdb" ]; then
    bin=$(dirname "$(command -v initdb || true)")
fi
if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/pg_ctl" ]; then
    echo "with-postgres: no PostgreSQL server is installed (Debian: apt-get install postgresql)" >&2
    exit 1
fi

memory=/dev/shm
[ -d "$memory" ] && [ -w "$memory" ] || memory=${TMPDIR:-/tmp}
folder=$(mktemp -d "$memory/portal-postgres-XXXXXX")

# PostgreSQL refuses to run as root: there it runs as the package's user, or as nobody.
as=()
if [ "$(id -u)" = 0 ]; then
    user=$(id -un postgres 2>/dev/null || echo nobody)
    chown "$user" "$folder"
    as=(setpriv "--reuid=$user" "--regid=$(id -g "$user")" --clear-groups env "HOME=$folder")
fi
in_folder() { (cd "$folder" && "${as[@]}" "$@"); }

stop() {
    in_folder "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop >/dev/null 2>&1 || true
    rm -rf "$folder"
}
trap stop EXIT

port=$((20000 + RANDOM % 12000))
while (: </dev/tcp/127.0.0.1/$port) 2>/dev/null; do port=$((port + 1)); done
# What is written here need not outlive a power cut.
{
    in_folder "$bin/initdb" -D "$folder/data" -U portal -A trust -E UTF8 --no-locale --no-sync >"$folder/log" 2>&1 &&
        in_folder "$bin/pg_ctl" -D "$folder/data" -l "$folder/server.log" -w -s \
            -o "-p $port -k '' -c listen_addresses=127.0.0.1 -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 -c shared_buffers=128MB -c autovacuum=off" \
            start
} || {
    echo "with-postgres: the server did not start:" >&2
    cat "$folder"/*log >&2 || true
    exit 1
}

export TEST_DATABASE_URL="postgres://portal@127.0.0.1:$port/postgres"
status=0
"$@" || status=$?
exit "$status"
