//! The certificate authorities that TLS trusts if this server has none of its own, as in small containers.

use std::sync::LazyLock;

static HOST_HAS_NO_ROOTS: LazyLock<bool> =
    LazyLock::new(|| rustls_native_certs::load_native_certs().certs.is_empty());

/// Mozilla's certificate authorities in DER, compiled in. Empty if this server has certificate authorities: an operator
/// who took one out of them does not trust it.
pub fn root_certificates() -> impl Iterator<Item = &'static [u8]> {
    let compiled_in = HOST_HAS_NO_ROOTS.then_some(webpki_root_certs::TLS_SERVER_ROOT_CERTS);
    compiled_in.into_iter().flatten().map(AsRef::as_ref)
}
