//! Reasons why Telnyx gave no usable answer, in words.
//! All pages and records take these words from here.

use super::{Cause, Error, ErrorKind};

/// Summary of an error: its kind and cause, without the body. Cheap to copy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ErrorSummary {
    kind: ErrorKind,
    cause: Cause,
}

impl From<&Error> for ErrorSummary {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind(),
            cause: error.cause(),
        }
    }
}

impl ErrorSummary {
    /// Summary for a page that stopped waiting for Telnyx.
    #[must_use]
    pub const fn timed_out() -> Self {
        Self {
            kind: ErrorKind::Unavailable,
            cause: Cause::Timeout,
        }
    }

    /// Summary for an answer that arrived but cannot be read.
    #[must_use]
    pub const fn unreadable() -> Self {
        Self {
            kind: ErrorKind::Unreadable,
            cause: Cause::Unreadable(200),
        }
    }

    /// Returns the kind of the error.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    /// Returns the cause as a clause about Telnyx, for the end of a sentence.
    /// Example: "it answered with an error (503)".
    #[must_use]
    pub fn clause(self) -> String {
        match self.cause {
            Cause::NotBuilt => "the request could not be put together".to_owned(),
            Cause::NoPermit => "too many requests to it are waiting".to_owned(),
            Cause::Connect => "it could not be reached".to_owned(),
            Cause::Timeout => "it did not answer in time".to_owned(),
            Cause::ConnectionLost => "the connection was lost before it answered".to_owned(),
            Cause::Truncated(_) | Cause::Unreadable(_) => "its answer could not be read".to_owned(),
            Cause::Status(401) => "it does not accept the portal's API key".to_owned(),
            Cause::Status(403) => "the portal's API key is not allowed to do this".to_owned(),
            Cause::Status(404) => "it no longer has this".to_owned(),
            Cause::Status(409) => "it conflicts with the current state".to_owned(),
            Cause::Status(429) => "it accepts no more requests at the moment".to_owned(),
            Cause::Status(status) if (400..500).contains(&status) && status != 408 => {
                format!("it refused the request ({status})")
            }
            Cause::Status(status) => format!("it answered with an error ({status})"),
        }
    }

    /// Returns advice in a sentence; empty if there is nothing general to say.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self.kind {
            ErrorKind::Unauthorized => "Waiting will not help. Tell the operator of this portal.",
            ErrorKind::Forbidden => "Tell the operator of this portal.",
            ErrorKind::NotFound | ErrorKind::Conflict => "Refresh the page to see what is there.",
            ErrorKind::Invalid => "",
            ErrorKind::RateLimited
            | ErrorKind::NotSent
            | ErrorKind::Unavailable
            | ErrorKind::Unreadable => "Try again in a minute.",
        }
    }

    /// Returns the effect, the cause and the advice: `describe("They could not be read")`.
    #[must_use]
    pub fn describe(self, what: &str) -> String {
        format!("{what}: {}. {}", self.clause(), self.advice())
            .trim_end()
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(cause: Cause) -> String {
        ErrorSummary::from(&Error::new(cause)).clause()
    }

    #[test]
    fn an_answer_with_an_error_is_not_called_a_silence() {
        assert_eq!(
            clause(Cause::Status(503)),
            "it answered with an error (503)"
        );
        assert_eq!(
            clause(Cause::Status(408)),
            "it answered with an error (408)"
        );
        assert_eq!(clause(Cause::Status(422)), "it refused the request (422)");
        assert_eq!(clause(Cause::Timeout), "it did not answer in time");
        assert_eq!(
            clause(Cause::ConnectionLost),
            "the connection was lost before it answered"
        );
    }

    #[test]
    fn the_advice_says_whether_waiting_helps() {
        let said =
            |status| ErrorSummary::from(&Error::new(Cause::Status(status))).describe("Not read");
        assert_eq!(
            said(503),
            "Not read: it answered with an error (503). Try again in a minute."
        );
        assert!(said(401).ends_with("Waiting will not help. Tell the operator of this portal."));
        assert_eq!(said(422), "Not read: it refused the request (422).");
    }
}
