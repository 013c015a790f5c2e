//! One call, described: method, path, query, body. It is built by the files of the operations and sent by `client`.

use reqwest::Method;
use secrecy::SecretString;
use serde::Serialize;

use crate::domain::ids::AccountId;

/// The largest body that an ordinary answer may have, in bytes; 250 accounts take some 200 kB.
const MAX_RESPONSE_BYTES: usize = 8 << 20;
/// The largest body of the groups report, which has no pages.
pub(super) const MAX_REPORT_BYTES: usize = 64 << 20;

/// A request that was not sent yet; it can be sent more than once.
pub(super) struct Call {
    pub method: Method,
    /// Below the base; each is one segment and is encoded as such.
    pub path: Vec<String>,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Body>,
    /// Act inside this account (`X-Managed-Account-Id`).
    pub acting_account: Option<AccountId>,
    /// The largest answer that is read, in bytes.
    pub max_response_bytes: usize,
    /// A secret in the body, to be taken out of an error that quotes it.
    pub secret: Option<SecretString>,
}

/// A JSON body, made once; `None` inside where it could not be made.
pub(super) struct Body(pub Option<Vec<u8>>);

impl Call {
    pub fn get(path: &[&str]) -> Self {
        Self::new(Method::GET, path)
    }

    pub fn post(path: &[&str]) -> Self {
        Self::new(Method::POST, path)
    }

    pub fn patch(path: &[&str]) -> Self {
        Self::new(Method::PATCH, path)
    }

    fn new(method: Method, path: &[&str]) -> Self {
        Self {
            method,
            path: path.iter().map(|&segment| segment.to_owned()).collect(),
            query: Vec::new(),
            body: None,
            acting_account: None,
            max_response_bytes: MAX_RESPONSE_BYTES,
            secret: None,
        }
    }

    pub fn query(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub fn json(mut self, body: &impl Serialize) -> Self {
        self.body = Some(Body(serde_json::to_vec(body).ok()));
        self
    }

    pub fn acting_as(mut self, account: &AccountId) -> Self {
        self.acting_account = Some(account.clone());
        self
    }

    pub fn max_bytes(mut self, largest: usize) -> Self {
        self.max_response_bytes = largest;
        self
    }

    pub fn redacting(mut self, secret: Option<&SecretString>) -> Self {
        self.secret = secret.cloned();
        self
    }
}

/// An answer with a 2xx, its body in full.
pub(super) struct Reply {
    pub body: Vec<u8>,
}
