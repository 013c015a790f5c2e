//! Thresholds of notifications, a setting of the portal.

use crate::app::{App, StoredSetting, VersionedSetting, read_json, write_json};
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
        app.set_low_balance(self.low_balance);
    }
}

impl VersionedSetting for Thresholds {
    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}
