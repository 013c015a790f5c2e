//! Channel limits of the seed: round numbers that add up to about four fifths of the pool.

use super::super::account::Status;
use super::super::random::SeededRandom;

/// Returns one limit for each account.
/// Cancelled accounts have none; disabled ones keep theirs.
pub(super) fn distribute(
    statuses: &[Status],
    channels: u32,
    chance: &mut SeededRandom,
) -> Vec<u32> {
    const WEIGHTS: [u64; 20] = [
        0, 1, 2, 2, 3, 4, 4, 5, 5, 5, 6, 8, 8, 10, 10, 12, 15, 20, 30, 50,
    ];
    let weights: Vec<u64> = statuses
        .iter()
        .map(|status| {
            if *status == Status::Cancelled {
                0
            } else {
                WEIGHTS[chance.below(WEIGHTS.len())]
            }
        })
        .collect();
    let total = weights.iter().sum::<u64>().max(1);
    let target = u64::from(channels) * 4 / 5;
    let pretty: Vec<u32> = weights
        .iter()
        .map(|weight| nearest_round_number(weight * target / total))
        .collect();
    let sum: u64 = pretty.iter().copied().map(u64::from).sum();
    // Rounding works while the shares are large. With more accounts than channels, the sum would be
    // far off.
    if sum * 10 >= target * 9 && sum * 10 <= target * 11 {
        return pretty;
    }
    let mut before = 0;
    let mut reached = 0;
    weights
        .iter()
        .map(|weight| {
            before += weight;
            let share = before * target / total - reached;
            reached += share;
            u32::try_from(share).unwrap_or(u32::MAX)
        })
        .collect()
}

fn nearest_round_number(share: u64) -> u32 {
    const ROUND_NUMBERS: [u32; 26] = [
        0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 40, 50, 60, 75, 100, 120, 150, 200, 250,
        300, 400, 500,
    ];
    ROUND_NUMBERS
        .into_iter()
        .min_by_key(|pretty| u64::from(*pretty).abs_diff(share))
        .unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_take_some_four_fifths_of_a_pool_of_any_size() {
        for (accounts, channels) in [(250, 2000), (10, 2000), (100_000, 2000), (250, 100_000)] {
            let limits = distribute(
                &vec![Status::Enabled; accounts],
                channels,
                &mut SeededRandom::new(7),
            );
            let sum: u64 = limits.iter().copied().map(u64::from).sum();
            let percent = sum * 100 / u64::from(channels);
            assert!(
                (70..=90).contains(&percent),
                "{accounts} accounts: {percent} % of {channels}"
            );
        }
    }
}
