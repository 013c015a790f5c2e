//! Pauses between attempts of something that failed.

use std::time::Duration;

/// Returns the pause after an attempt: 1, 2, 4 … minutes, up to `max`.
#[must_use]
pub fn pause_after(earlier_attempts: i64, max: Duration) -> Duration {
    let exponent = u32::try_from(earlier_attempts.clamp(0, 20)).unwrap_or(20);
    Duration::from_mins(2_u64.pow(exponent)).min(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pause_is_twice_as_long_up_to_the_longest() {
        let max = Duration::from_hours(2);
        let minutes = [0, 1, 2, 6, 7, 100].map(|earlier| pause_after(earlier, max).as_secs() / 60);
        assert_eq!(minutes, [1, 2, 4, 64, 120, 120]);
    }
}
