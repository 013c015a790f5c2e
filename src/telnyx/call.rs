//! One call, described: method, path, query, body. It is built by the files of the operations and sent by `client`.

use reqwest::Method;
use secrecy::SecretString;
use serde::Serialize;

use crate::domain::ids::AccountId;

/// The largest body that an ordinary answer may have, in bytes; 250 accounts take some 200 kB.
const LARGEST_ANSWER: usize = 8 << 20;
/// The largest body of the groups report, which has no pages.
pub(super) const LARGEST_REPORT: usize = 64 << 20;

/// A request that was not sent yet; it can be sent more than once.
pub(super) struct Call {
    pub method: Method,
    /// Below the base; each is one segment and is encoded as such.
    pub path: Vec<String>,
    pub query: Vec<(&'static str, String)>,
    pub body: Option<Body>,
    /// Act inside this account (`X-Managed-Account-Id`).
    pub inside: Option<AccountId>,
    /// The largest answer that is read, in bytes.
    pub largest: usize,
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
            inside: None,
            largest: LARGEST_ANSWER,
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

    pub fn inside(mut self, account: &AccountId) -> Self {
        self.inside = Some(account.clone());
        self
    }

    pub fn at_most(mut self, largest: usize) -> Self {
        self.largest = largest;
        self
    }

    pub fn hiding(mut self, secret: Option<&SecretString>) -> Self {
        self.secret = secret.cloned();
        self
    }
}
