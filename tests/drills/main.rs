//! Drills: the real program in a disaster, with a real database and the simulated Telnyx.
//!
//! Each drill prints what people see, moment by moment, and fails if an answer is a 500, takes longer than three seconds,
//! or if a change that somebody was told about is lost, or made twice. The short ones are part of `tests/run.sh`. The
//! long ones run with `tests/run.sh drills --long`.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a drill that cannot go on fails; the lints exempt test functions but not what they share"
)]

mod clock;
mod postgres_away;
mod postgres_connections;
mod silent_servers;
mod sqlite_disk;
mod sqlite_lock;
mod support;
mod telnyx_unreachable;
