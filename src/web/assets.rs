//! The files under `static/`, with `ETag`: embedded and compressed in release builds, read from disk in debug builds.
//! Under their plain name they are asked for again; under the name that holds their hash they never change.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use memory_serve::{CacheControl, MemoryServe};

/// Returns the router that serves them, below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    embedded_files().into_router()
}

fn embedded_files() -> MemoryServe {
    // A debug build would compress a file at each request, which takes 100 to 200 ms there.
    let compress = !cfg!(debug_assertions);
    memory_serve::load!()
        .index_file(None)
        .enable_brotli(compress)
        .enable_gzip(compress)
        .cache_control(CacheControl::NoCache)
        .enable_hashed_routes(true)
}

/// From a file's path under `static/` to its whole address.
static URLS: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let manifest = embedded_files().manifest();
    let address = |(path, served): (&'static str, &str)| (path, format!("/static{served}"));
    manifest.iter().map(address).collect()
});

/// The address of a file under `static/`, with the hash of what it holds: `asset("/css/base.css")`. A path that is not
/// there is given back as it is.
#[must_use]
pub fn asset(path: &'static str) -> &'static str {
    URLS.get(path).map_or(path, String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_asset_has_an_address_that_changes_with_it() {
        let address = asset("/app.js");
        assert!(
            address.starts_with("/static/app.") && address.len() > "/static/app.js".len(),
            "{address}"
        );
        assert_eq!(asset("/none.js"), "/none.js");
    }
}
