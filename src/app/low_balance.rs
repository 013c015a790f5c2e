//! Amount below which an account is low on credit. Lists compare each row with it, so it is kept in
//! memory. `PORTAL_LOW_BALANCE` gives it until someone changes the thresholds of notifications.

use std::sync::{Mutex, PoisonError};

use rust_decimal::Decimal;

use super::App;

/// The amount that was last read from the database.
#[derive(Debug, Default)]
pub(super) struct KnownLowBalance(Mutex<Option<Decimal>>);

impl App {
    /// Returns the amount. An account with less available credit, in its own currency, is low.
    #[must_use]
    pub fn low_balance(&self) -> Decimal {
        let known = self.low_balance.0.lock();
        let known = *known.unwrap_or_else(PoisonError::into_inner);
        known.unwrap_or(self.settings.low_balance)
    }

    /// Stores the amount that was read from the database.
    pub fn set_low_balance(&self, amount: Decimal) {
        let mut known = self
            .low_balance
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *known = Some(amount);
    }
}
