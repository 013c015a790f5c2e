//! Description of one call: method, path, query and body.
//! The files of the operations build it; `client` sends it.

use reqwest::Method;
use secrecy::SecretString;
use serde::Serialize;

use crate::domain::ids::AccountId;

/// Maximum size of an ordinary answer, in bytes. 250 accounts take about 200 kB.
const MAX_RESPONSE_BYTES: usize = 8 << 20;
/// Maximum size of the groups report, in bytes. The report has no pages.
pub(super) const MAX_REPORT_BYTES: usize = 64 << 20;

/// Request that is ready to be sent, possibly more than once.
pub(super) struct Call {
    pub method: Method,
    /// Path segments below the base address; each is percent-encoded on its own.
    pub path: Vec<String>,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Body>,
    /// Account to act inside (`X-Managed-Account-Id`).
    pub acting_account: Option<AccountId>,
    /// Maximum size of the answer, in bytes.
    pub max_response_bytes: usize,
    /// Secret in the body, which is removed from an error that quotes it.
    pub secret: Option<SecretString>,
}

/// JSON body, serialized once. `None` inside means that it could not be serialized.
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

    /// Returns method and path with `{id}` in place of IDs, so that there are few values of it.
    pub fn pattern(&self) -> String {
        let mut pattern = self.method.to_string();
        for (at, segment) in self.path.iter().enumerate() {
            let is_word = segment
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            pattern.push_str(if at == 0 { " /" } else { "/" });
            pattern.push_str(if is_word { segment } else { "{id}" });
        }
        pattern
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

/// Complete answer with a 2xx status.
pub(super) struct Reply {
    pub body: Vec<u8>,
}
