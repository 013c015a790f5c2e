//! Thresholds of notifications, a setting of the portal.

use crate::app::{StoredSetting, VersionedSetting, read_json, write_json};
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
}

impl VersionedSetting for Thresholds {
    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}
