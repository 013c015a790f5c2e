//! Amount below which an account is low on credit. Lists compare each row with it, so it is kept in
//! memory. `PORTAL_LOW_BALANCE` gives it until someone changes the thresholds of notifications.

use rust_decimal::Decimal;

use super::App;
use super::stored_setting::{StoredSetting, VersionedSetting, read_json, write_json};
use crate::config::Settings;
use crate::db::settings;
use crate::domain::thresholds::Thresholds;

impl StoredSetting for Thresholds {
    const NAME: &'static str = settings::THRESHOLDS;
    const TARGET: &'static str = "Notification thresholds";

    fn read(stored: &str) -> Option<Self> {
        read_json(stored)
    }

    fn write(&self) -> String {
        write_json(self)
    }

    fn describe(&self) -> String {
        self.describe()
    }

    fn initial(settings: &Settings) -> Self {
        Self::with_low_balance(settings.low_balance)
    }

    /// Pages use the same amount for accounts that are low on credit.
    fn remember(&self, app: &App) {
        app.thresholds.set(self);
    }
}

impl VersionedSetting for Thresholds {
    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}

impl App {
    /// Returns the amount. An account with less available credit, in its own currency, is low.
    #[must_use]
    pub fn low_balance(&self) -> Decimal {
        match self.thresholds.get() {
            Some(thresholds) => thresholds.low_balance,
            None => self.settings.low_balance,
        }
    }
}
