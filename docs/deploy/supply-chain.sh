#!/usr/bin/env bash
# Writes what the program is made of, into target/supply-chain:
#     sbom.cdx.json              a software bill of materials (CycloneDX 1.5) with the versions and hashes of Cargo.lock
#     third-party-notices.html   the licenses of all crates in the program, with their texts
# Run it on the commit that you build. It installs its two tools into target/tools, which takes some minutes once.
set -euo pipefail
cd "$(dirname "$0")/../.."
tools=$PWD/target/tools
out=$PWD/target/supply-chain
mkdir -p "$out"
cargo install --quiet --locked --root "$tools" cargo-cyclonedx@0.5.9
cargo install --quiet --locked --root "$tools" --features cli cargo-about@0.9.3
export PATH="$tools/bin:$PATH"
cargo cyclonedx --quiet --format json --spec-version 1.5 --no-build-deps --override-filename sbom
mv sbom.json "$out/sbom.cdx.json"
# Offline: the texts come from the crates themselves, and no other server is asked.
cargo about --color never generate --fail --offline --config docs/deploy/about.toml docs/deploy/notices.hbs --output-file "$out/third-party-notices.html"
echo "written: $out/sbom.cdx.json, $out/third-party-notices.html"
