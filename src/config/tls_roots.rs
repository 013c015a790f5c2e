//! Certificate authorities for a server without its own, such as a small container.

use std::sync::LazyLock;

static HOST_HAS_NO_ROOTS: LazyLock<bool> =
    LazyLock::new(|| rustls_native_certs::load_native_certs().certs.is_empty());

/// Returns Mozilla's certificate authorities in DER, which are compiled in.
/// Returns none if this server has certificate authorities, because an operator who removed one of
/// them does not trust it.
pub fn root_certificates() -> impl Iterator<Item = &'static [u8]> {
    let compiled_in = HOST_HAS_NO_ROOTS.then_some(webpki_root_certs::TLS_SERVER_ROOT_CERTS);
    compiled_in.into_iter().flatten().map(AsRef::as_ref)
}
