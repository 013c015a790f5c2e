//! Webhook of the team: its settings, and the states of a delivery.

use serde::{Deserialize, Serialize};

use super::notification::NotificationKind;
use super::string_enum::string_enum;

/// Maximum length of the webhook's address, in characters.
pub const MAX_URL_LENGTH: usize = 500;

/// Name of the kind of events that are sent on request, to try the webhook.
pub const TEST_EVENT: &str = "test";

string_enum! {
    /// State of a delivery.
    pub enum DeliveryState {
        /// It waits for its next attempt, or is being sent.
        Waiting = "waiting", "Waiting";
        /// The receiver answered with a status from 200 to 299.
        Delivered = "delivered", "Delivered";
        /// It was given up.
        Failed = "failed", "Failed";
    }
}

/// Settings of the webhook, as the portal stores them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookSettings {
    /// Address that events are sent to; empty if the webhook is off.
    pub url: String,
    /// Kinds of events that are sent.
    pub kinds: Vec<NotificationKind>,
    /// Secret, encrypted and in Base64; empty if there is none.
    #[serde(default)]
    pub sealed_secret: String,
    /// Number of changes so far, so that an outdated form is detected.
    pub version: i64,
}

impl WebhookSettings {
    /// Returns `true` if events are sent.
    #[must_use]
    pub const fn is_on(&self) -> bool {
        !self.url.is_empty()
    }

    /// Returns `true` if events of this kind are sent.
    #[must_use]
    pub fn wants(&self, kind: NotificationKind) -> bool {
        self.is_on() && self.kinds.contains(&kind)
    }

    /// Describes address and kinds for the activity.
    #[must_use]
    pub fn describe(&self) -> String {
        if !self.is_on() {
            return "off".to_owned();
        }
        let kinds: Vec<&str> = self.kinds.iter().map(|kind| kind.label()).collect();
        format!("{}: {}", self.url, kinds.join(", "))
    }
}
