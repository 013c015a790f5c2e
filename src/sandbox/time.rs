//! The sandbox's time: unix milliseconds, written as the API writes them. The only reader of the clock in here.

/// Unix milliseconds.
pub(super) type Millis = i64;

/// One day.
pub(super) const DAY: Millis = 24 * 60 * 60 * 1000;

/// Now.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox stands for another company's server, with a clock of its own"
)]
pub(super) fn now() -> Millis {
    jiff::Timestamp::now().as_millisecond()
}

/// `2018-02-02T22:25:27.521Z`
pub(super) fn iso(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at)
        .unwrap_or(jiff::Timestamp::UNIX_EPOCH)
        .strftime("%Y-%m-%dT%H:%M:%S%.3fZ")
        .to_string()
}
