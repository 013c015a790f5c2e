//! Time of the sandbox, in unix milliseconds and in the API's format.
//! Only this file reads the clock.

/// Unix milliseconds.
pub(super) type Millis = i64;

pub(super) const DAY: Millis = 24 * 60 * 60 * 1000;

/// Returns the present time of the system's clock.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox stands for another company's server, with a clock of its own"
)]
pub(super) fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}

/// Formats a time as the API does: `2018-02-02T22:25:27.521Z`.
pub(super) fn iso(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
