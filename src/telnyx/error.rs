//! Errors of a call, and what they prove. Telnyx's own words are kept for any form of body.
//! The pages hold the texts that people read about them.

use std::fmt;
use std::time::Duration;

mod item;
mod summary;

pub use item::ErrorItem;
pub(super) use item::read_items;
pub use summary::ErrorSummary;

/// A call that did not end with an answer that could be read.
///
/// Neither its `Display` nor its `Debug` shows the API key, a password that was sent, or any part of a successful body.
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
}

/// Cause that ended the last attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// The request could not be put together.
    NotBuilt,
    /// No place among the requests in flight came free in time.
    NoPermit,
    /// No connection came about.
    Connect,
    /// No answer, or not all of it, in time.
    Timeout,
    /// The connection was lost after the request may have been sent.
    ConnectionLost,
    /// Telnyx answered with this status, and it is no success.
    Status(u16),
    /// A success whose body did not arrive in full.
    Truncated(u16),
    /// An answer with this status that is a redirect, or whose body is too long, or not what was promised.
    Unreadable(u16),
}

/// Certainty of an error about a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certainty {
    /// The request never reached Telnyx.
    NotSent,
    /// Telnyx answered, and did not do it.
    Refused,
    /// Nothing proves that Telnyx did not act.
    Uncertain,
}

/// Kind of error, for the sentence that people read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The request never left, or never reached Telnyx.
    NotSent,
    /// 401: Telnyx does not accept the portal's key.
    Unauthorized,
    /// 403: the key may not do this, or is locked.
    Forbidden,
    /// 404: there is no such account or user, or it is not the manager's.
    NotFound,
    /// 409: it contradicts the present state.
    Conflict,
    /// 400, 413, 422 and any other refusal of what was asked.
    Invalid,
    /// 429, also after waiting.
    RateLimited,
    /// No answer, a lost one, 408, or a 5xx.
    Unavailable,
    /// An answer that could not be read: cut short, too long, a redirect, or not JSON.
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
        }))
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

    /// Returns what the whole call proves, all attempts together.
    ///
    /// A PATCH may have been sent before its last attempt, without an answer. A last answer that judged the request as
    /// such (400, 404, 413, 422 and the like) settles the earlier attempt too: it carried the same absolute value, and
    /// setting what is set already would not have been refused. A last answer that is about the moment or the key (401,
    /// 403, 409, 429) or no connection says nothing about the earlier attempt, so the call stays uncertain.
    /// A POST is never sent again after an uncertain attempt.
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

    /// Returns what the last attempt proves about itself.
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

    /// Returns `true` if any attempt was made to reach Telnyx.
    pub(super) fn was_attempted(&self) -> bool {
        !matches!(self.0.cause, Cause::NotBuilt | Cause::NoPermit)
    }

    /// Returns `true` if the last answer judged the request as such.
    /// Such an answer also settles an earlier sending of the same absolute value.
    /// An answer about the moment or the key, or no answer, does not.
    #[must_use]
    pub fn settles_earlier_attempts(&self) -> bool {
        matches!(
            self.0.cause,
            Cause::Status(400 | 404 | 405 | 406 | 410 | 411 | 413 | 414 | 415 | 422)
        )
    }

    /// Which kind of trouble it is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self.0.cause {
            // An earlier attempt may have arrived: "not sent" would be a lie.
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

    /// The HTTP status of the last attempt; none where no answer came.
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

    /// Returns the cause that ended the last attempt, in the portal's own words.
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

    /// Telnyx's error items, in its order; empty where the body held none.
    #[must_use]
    pub fn items(&self) -> &[ErrorItem] {
        &self.0.items
    }

    /// The id under which Telnyx's support finds the last attempt.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }

    /// How long Telnyx asked to wait before the next try, not capped.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// How often the request was tried.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns `true` if Telnyx named this code (`"10011"`).
    #[must_use]
    pub fn has_code(&self, code: &str) -> bool {
        self.0
            .items
            .iter()
            .any(|item| item.code.as_deref() == Some(code))
    }

    /// Telnyx's message about one field of ours: `for_field("/channel_limit")`, or without the slash.
    /// A pointer that only ends in the name (`/managed_account/channel_limit`) counts too.
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

    /// Everything that Telnyx said about it, in its own words; empty where it said nothing that could be read.
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
