//! Errors of a call, and what they prove about it.
//! Keeps Telnyx's own texts, whatever form the body has. `summary` describes
//! them to people.

use std::fmt;
use std::time::Duration;

mod item;
mod summary;

pub use item::ErrorItem;
pub(super) use item::read_items;
pub use summary::ErrorSummary;

/// Error of a call that did not end with a readable answer.
///
/// Neither `Display` nor `Debug` shows the API key, a password that was sent, or any part of a
/// successful body.
#[derive(Clone)]
pub struct Error(Box<Parts>);

#[derive(Clone, Debug)]
struct Parts {
    cause: Cause,
    items: Vec<ErrorItem>,
    request_id: Option<String>,
    retry_after: Option<Duration>,
    attempts: u32,
    earlier_uncertain: bool,
    connection_failure: Option<String>,
}

/// Reason why the last attempt failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The request could not be built.
    NotBuilt,
    /// No place in flight became free in time.
    NoPermit,
    /// No connection could be opened.
    Connect,
    /// The complete answer did not arrive in time.
    Timeout,
    /// The connection was lost after the request may have been sent.
    ConnectionLost,
    /// Telnyx answered with this error status.
    Status(u16),
    /// The body of a successful answer was incomplete.
    Truncated(u16),
    /// The answer with this status is a redirect, too long, or malformed.
    Unreadable(u16),
}

/// Certainty about the effect of a call that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The request never reached Telnyx.
    NotSent,
    /// Telnyx answered and did not make the change.
    Refused,
    /// Telnyx may have made the change.
    Uncertain,
}

/// Kind of error, which selects the sentence that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request was not sent or did not reach Telnyx.
    NotSent,
    /// 401: Telnyx does not accept the portal's key.
    Unauthorized,
    /// 403: the key lacks a permission or is locked.
    Forbidden,
    /// 404: the account or user does not exist, or does not belong to the manager.
    NotFound,
    /// 409: the request contradicts the present state.
    Conflict,
    /// 400, 413, 422 or any other status that rejects the request itself.
    Invalid,
    /// 429, even after waiting.
    RateLimited,
    /// No answer, a lost connection, 408 or 5xx.
    Unavailable,
    /// An answer that could not be read: incomplete, too long, a redirect, or not JSON.
    Unreadable,
}

impl Error {
    pub(super) fn new(cause: Cause) -> Self {
        Self(Box::new(Parts {
            cause,
            items: Vec::new(),
            request_id: None,
            retry_after: None,
            attempts: 0,
            earlier_uncertain: false,
            connection_failure: None,
        }))
    }

    pub(super) fn with_connection_failure(mut self, why: Option<String>) -> Self {
        self.0.connection_failure = why;
        self
    }

    pub(super) fn with_items(mut self, items: Vec<ErrorItem>) -> Self {
        self.0.items = items;
        self
    }

    pub(super) fn with_request_id(mut self, request_id: Option<String>) -> Self {
        self.0.request_id = request_id;
        self
    }

    pub(super) fn with_retry_after(mut self, wait: Option<Duration>) -> Self {
        self.0.retry_after = wait;
        self
    }

    pub(super) fn with_attempts(mut self, attempts: u32, earlier_uncertain: bool) -> Self {
        self.0.attempts = attempts;
        self.0.earlier_uncertain = earlier_uncertain;
        self
    }

    /// Returns the certainty about the effect of the whole call, over all attempts.
    ///
    /// An earlier attempt of a PATCH may have reached Telnyx without an answer. If the last answer
    /// rejects the request itself (400, 404, 413, 422 and the like), it settles the earlier attempt
    /// too: both carried the same absolute value, and Telnyx does not reject a value that is
    /// already set. If the last answer depends on the moment or the key (401, 403, 409, 429), or if
    /// there was no connection, it proves nothing about the earlier attempt, so the call stays
    /// uncertain.
    ///
    /// A POST is never repeated after an uncertain attempt.
    #[must_use]
    pub fn certainty(&self) -> Certainty {
        let last = self.last_certainty();
        if self.0.earlier_uncertain && !self.settles_earlier_attempts() {
            return Certainty::Uncertain;
        }
        last
    }

    pub(super) fn cause(&self) -> Cause {
        self.0.cause
    }

    /// Returns the certainty about the effect of the last attempt.
    pub(super) fn last_certainty(&self) -> Certainty {
        match self.0.cause {
            Cause::NotBuilt | Cause::NoPermit | Cause::Connect => Certainty::NotSent,
            Cause::Status(status) if (400..500).contains(&status) && status != 408 => {
                Certainty::Refused
            }
            Cause::Timeout
            | Cause::ConnectionLost
            | Cause::Status(_)
            | Cause::Truncated(_)
            | Cause::Unreadable(_) => Certainty::Uncertain,
        }
    }

    /// Returns `true` if the portal tried to reach Telnyx.
    pub(super) fn was_attempted(&self) -> bool {
        !matches!(self.0.cause, Cause::NotBuilt | Cause::NoPermit)
    }

    /// Returns `true` if the last answer rejects the request itself.
    /// Such an answer also settles earlier attempts with the same absolute value. An answer that
    /// depends on the moment or the key does not, and neither does a missing answer.
    #[must_use]
    pub fn settles_earlier_attempts(&self) -> bool {
        matches!(
            self.0.cause,
            Cause::Status(400 | 404 | 405 | 406 | 410 | 411 | 413 | 414 | 415 | 422)
        )
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.0.cause {
            // An earlier attempt may have arrived, so "not sent" would be wrong.
            Cause::NotBuilt | Cause::NoPermit | Cause::Connect if self.0.earlier_uncertain => {
                ErrorKind::Unavailable
            }
            Cause::NotBuilt | Cause::NoPermit | Cause::Connect => ErrorKind::NotSent,
            Cause::Truncated(_) | Cause::Unreadable(_) => ErrorKind::Unreadable,
            Cause::Status(401) => ErrorKind::Unauthorized,
            Cause::Status(403) => ErrorKind::Forbidden,
            Cause::Status(404) => ErrorKind::NotFound,
            Cause::Status(409) => ErrorKind::Conflict,
            Cause::Status(429) => ErrorKind::RateLimited,
            Cause::Timeout | Cause::ConnectionLost | Cause::Status(408) => ErrorKind::Unavailable,
            Cause::Status(status) if (400..500).contains(&status) => ErrorKind::Invalid,
            Cause::Status(_) => ErrorKind::Unavailable,
        }
    }

    /// Returns the HTTP status of the last attempt, or `None` without an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        match self.0.cause {
            Cause::Status(status) | Cause::Truncated(status) | Cause::Unreadable(status) => {
                Some(status)
            }
            Cause::NotBuilt
            | Cause::NoPermit
            | Cause::Connect
            | Cause::Timeout
            | Cause::ConnectionLost => None,
        }
    }

    /// Returns the reason why the last attempt failed, in the portal's own words.
    pub(super) fn reason(&self) -> &'static str {
        match self.0.cause {
            Cause::NotBuilt => "the request to Telnyx could not be put together",
            Cause::NoPermit => "too many requests to Telnyx are under way",
            Cause::Connect => "no connection to Telnyx",
            Cause::Timeout => "no answer from Telnyx in time",
            Cause::ConnectionLost => "the connection to Telnyx was lost",
            Cause::Status(_) => "Telnyx answered with an error",
            Cause::Truncated(_) => "the answer was cut short",
            Cause::Unreadable(_) => "the answer cannot be read",
        }
    }

    /// Returns why there was no connection, in the words of the library or the system.
    #[must_use]
    pub fn connection_failure(&self) -> Option<&str> {
        self.0.connection_failure.as_deref()
    }

    /// Returns Telnyx's error items in their order; empty if the body contained none.
    #[must_use]
    pub fn items(&self) -> &[ErrorItem] {
        &self.0.items
    }

    /// Returns the ID by which Telnyx's support finds the last attempt.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// Returns the wait that Telnyx asked for before the next attempt, without an upper bound.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// Returns the number of attempts.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns `true` if one of Telnyx's error items has this code, for example `"10011"`.
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.0
            .items
            .iter()
            .any(|item| item.code.as_deref() == Some(code))
    }

    /// Returns Telnyx's message about one field, for example `for_field("/channel_limit")`.
    /// The slash is optional. A pointer whose last segment is the name
    /// (`/managed_account/channel_limit`) matches too.
    #[must_use]
    pub fn for_field(&self, pointer: &str) -> Option<&str> {
        let wanted = last_segment(pointer);
        if wanted.is_empty() {
            return None;
        }
        self.0
            .items
            .iter()
            .find(|item| {
                item.pointer
                    .as_deref()
                    .is_some_and(|at| last_segment(at) == wanted)
            })
            .and_then(ErrorItem::message)
    }

    /// Returns all of Telnyx's messages, joined; empty if there are none.
    #[must_use]
    pub fn detail(&self) -> String {
        let words: Vec<&str> = self.0.items.iter().filter_map(ErrorItem::message).collect();
        words.join("; ")
    }
}

fn last_segment(pointer: &str) -> &str {
    pointer.rsplit(['/', '#']).next().unwrap_or(pointer)
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.cause {
            Cause::NotBuilt
            | Cause::NoPermit
            | Cause::Connect
            | Cause::Timeout
            | Cause::ConnectionLost => {
                f.write_str(self.reason())?;
                if let Some(why) = self.connection_failure() {
                    write!(f, ": {why}")?;
                }
            }
            Cause::Status(status) => write!(f, "Telnyx answered {status}")?,
            Cause::Truncated(status) => {
                write!(f, "Telnyx answered {status}, and the answer was cut short")?;
            }
            Cause::Unreadable(status) => {
                write!(f, "Telnyx answered {status} with what cannot be read")?;
            }
        }
        let detail = self.detail();
        if !detail.is_empty() {
            write!(f, ": {detail}")?;
        }
        if let Some(id) = &self.0.request_id {
            write!(f, " (request {id})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}
