//! Builder of the clients with which the portal sends requests.

use reqwest::{Certificate, ClientBuilder, redirect, retry};

use super::root_certificates;

/// Returns a builder with what all clients share. A redirect could send a secret elsewhere, and a
/// repeated request could do something twice, so each caller decides about both.
pub fn http_client() -> ClientBuilder {
    let roots = root_certificates().filter_map(|der| Certificate::from_der(der).ok());
    reqwest::Client::builder()
        .user_agent(concat!("reseller-portal/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .tls_certs_merge(roots)
}
