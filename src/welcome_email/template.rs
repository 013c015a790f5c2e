//! Template of the welcome email, a setting of the portal.

use crate::app::{StoredSetting, VersionedSetting, read_json, write_json};
use crate::db::settings;
use crate::domain::actor::Actor;
use crate::domain::audit::Event;
use crate::domain::welcome_email::WelcomeEmailTemplate;

impl StoredSetting for WelcomeEmailTemplate {
    const NAME: &'static str = settings::WELCOME_EMAIL;
    const TARGET: &'static str = "Welcome email";

    fn read(stored: &str) -> Option<Self> {
        read_json(stored)
    }

    fn write(&self) -> String {
        write_json(self)
    }

    fn describe(&self) -> String {
        self.subject.clone()
    }

    /// The text is too long for the activity, so its change is only mentioned.
    fn event(&self, before: &Self, actor: &Actor) -> Event {
        let is_subject_changed = before.subject != self.subject;
        Event {
            before: is_subject_changed.then(|| before.describe()),
            after: is_subject_changed.then(|| self.describe()),
            message: if before.body == self.body {
                String::new()
            } else {
                "Its text was changed.".to_owned()
            },
            ..Self::bare_event(actor)
        }
    }
}

impl VersionedSetting for WelcomeEmailTemplate {
    fn version(&mut self) -> &mut i64 {
        &mut self.version
    }
}
