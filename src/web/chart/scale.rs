//! Vertical scale: round numbers from zero to at least the largest value.

use super::HEIGHT;

/// Maximum number of steps between zero and the top.
const MAX_STEPS: i64 = 4;

/// Scale from zero to a multiple of a round number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scale {
    step: i64,
    steps: i64,
}

impl Scale {
    /// Returns the scale for these values. Negative values are drawn at zero.
    pub fn for_values<'a>(values: impl IntoIterator<Item = &'a Option<i64>>) -> Self {
        let largest = values.into_iter().flatten().max().copied();
        let largest = largest.unwrap_or_default().max(1);
        let step = round_step(largest);
        let steps = largest.div_euclid(step) + i64::from(largest % step > 0);
        Self { step, steps }
    }

    /// Returns the marked values, from zero up.
    pub fn ticks(&self) -> Vec<i64> {
        let ticks = 0..=self.steps;
        ticks.map(|tick| tick.saturating_mul(self.step)).collect()
    }

    /// Returns the distance of a value from the top of the drawing.
    pub fn y(&self, value: i64) -> i64 {
        let top = i128::from(self.step) * i128::from(self.steps);
        let value = i128::from(value).clamp(0, top);
        let height = i128::from(HEIGHT) * value / top;
        HEIGHT - i64::try_from(height).unwrap_or(HEIGHT)
    }
}

/// Returns the smallest of 1, 2 and 5 times a power of ten that needs few enough steps.
fn round_step(largest: i64) -> i64 {
    let mut power: i64 = 1;
    loop {
        for factor in [1, 2, 5] {
            let step = power.saturating_mul(factor);
            if largest <= step.saturating_mul(MAX_STEPS) {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_top_is_round_and_not_far_above_the_largest_value() {
        for (largest, ticks) in [
            (0, vec![0, 1]),
            (1, vec![0, 1]),
            (3, vec![0, 1, 2, 3]),
            (7, vec![0, 2, 4, 6, 8]),
            (40, vec![0, 10, 20, 30, 40]),
            (41, vec![0, 20, 40, 60]),
            (1_970, vec![0, 500, 1_000, 1_500, 2_000]),
            (2_001, vec![0, 1_000, 2_000, 3_000]),
            (
                4_000_000_000_000,
                vec![
                    0,
                    1_000_000_000_000,
                    2_000_000_000_000,
                    3_000_000_000_000,
                    4_000_000_000_000,
                ],
            ),
        ] {
            assert_eq!(
                Scale::for_values(&[Some(largest)]).ticks(),
                ticks,
                "{largest}"
            );
        }
        assert_eq!(Scale::for_values(&[]).ticks(), [0, 1]);
        assert_eq!(Scale::for_values(&[None, Some(-5)]).ticks(), [0, 1]);
    }

    #[test]
    fn every_value_has_a_place_within_the_drawing() {
        let scale = Scale::for_values(&[Some(200)]);
        assert_eq!([0, 50, 200].map(|value| scale.y(value)), [300, 225, 0]);
        assert_eq!([-7, 9_999].map(|value| scale.y(value)), [300, 0]);
        let huge = Scale::for_values(&[Some(i64::MAX)]);
        assert!((0..=3).contains(&huge.y(i64::MAX)) || huge.y(i64::MAX) <= HEIGHT);
        assert_eq!(huge.y(0), 300);
    }
}
