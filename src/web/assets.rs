//! The files under `static/`: embedded in release builds, read from disk in debug builds, compressed, with `ETag`. Under
//! their plain name they are asked for again; under the name that holds their hash they never change.

use std::sync::LazyLock;

use axum::Router;
use memory_serve::{CacheControl, Manifest, MemoryServe};

/// What serves them, below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    served().into_router()
}

fn served() -> MemoryServe {
    memory_serve::load!()
        .index_file(None)
        .enable_brotli(true)
        .enable_gzip(true)
        .cache_control(CacheControl::NoCache)
        .enable_hashed_routes(true)
}

static MANIFEST: LazyLock<Manifest> = LazyLock::new(|| served().manifest());

/// The address of a file under `static/`, with the hash of what it holds: `asset("/css/base.css")`.
#[must_use]
pub fn asset(path: &str) -> String {
    format!("/static{}", MANIFEST.get(path).unwrap_or(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_has_an_address_that_changes_with_it() {
        let address = asset("/app.js");
        assert!(
            address
                .strip_prefix("/static/app.")
                .is_some_and(|rest| rest.strip_suffix(".js").is_some_and(|hash| hash.len() > 5)),
            "{address}"
        );
        assert_eq!(asset("/none.js"), "/static/none.js");
    }
}
