#!/usr/bin/env bash
# Stands in for rustdoc in `cargo test --doc`: runs the doc tests as asked, then documents the crate, private items
# included, with the same dependencies. A warning fails it.
set -euo pipefail
"${RUSTDOC_PROGRAM:-rustdoc}" "$@"
arguments=()
while [ $# -gt 0 ]; do
    case $1 in
    --test) ;;
    --test-*) shift ;;
    *) arguments+=("$1") ;;
    esac
    shift
done
"${RUSTDOC_PROGRAM:-rustdoc}" "${arguments[@]}" --document-private-items --deny warnings --out-dir target/doc
