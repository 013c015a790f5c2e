//! Why Telnyx gave no usable answer, in words. Every page and record that names the cause takes it from here.

use super::{Cause, Error, ErrorKind};

/// Why Telnyx gave no usable answer: an error without its body, small enough to be passed around.
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
    /// The page did not wait any longer.
    #[must_use]
    pub const fn timed_out() -> Self {
        Self {
            kind: ErrorKind::Unavailable,
            cause: Cause::Timeout,
        }
    }

    /// An answer came, but its content cannot be read.
    #[must_use]
    pub const fn unreadable() -> Self {
        Self {
            kind: ErrorKind::Unreadable,
            cause: Cause::Unreadable(200),
        }
    }

    /// Which kind of trouble it is.
    #[must_use]
    pub const fn kind(self) -> ErrorKind {
        self.kind
    }

    /// The cause as a clause about Telnyx, for the end of a sentence: "it answered with an error (503)".
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
            Cause::Status(409) => "it contradicts what is there now".to_owned(),
            Cause::Status(429) => "it takes no more requests at the moment".to_owned(),
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

    /// The cause and what to do, after what it means: `describe("They could not be read")`.
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
