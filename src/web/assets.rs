//! Files under `static/`, served with `ETag`. Release builds embed and compress them; debug builds
//! read them from disk.
//!
//! Browsers revalidate a file at its plain address. The address with a hash never changes its
//! content.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::Router;
use memory_serve::{CacheControl, MemoryServe};

/// Returns the router that serves the files below `/static`.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    embedded_files().into_router()
}

fn embedded_files() -> MemoryServe {
    // Debug builds would compress a file at each request, which takes 100 to 200 ms.
    let compress = !cfg!(debug_assertions);
    memory_serve::load!()
        .index_file(None)
        .enable_brotli(compress)
        .enable_gzip(compress)
        .cache_control(CacheControl::NoCache)
        .enable_hashed_routes(true)
}

/// Full addresses by path under `static/`.
static URLS: LazyLock<HashMap<&'static str, String>> = LazyLock::new(|| {
    let manifest = embedded_files().manifest();
    let address = |(path, served): (&'static str, &str)| (path, format!("/static{served}"));
    manifest.iter().map(address).collect()
});

/// Returns the address of a file under `static/`, with a hash of its content. For example,
/// `asset("/css/base.css")`. Returns an unknown path unchanged.
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
