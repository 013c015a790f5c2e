//! Notifications: their kinds, how people hear of them, and the facts that cause them.

use uuid::Uuid;

use super::role::{Permission, Role};
use super::string_enum::string_enum;
use super::text::group_thousands;

string_enum! {
    /// Kind of a notification.
    pub enum NotificationKind {
        /// The channel pool is used beyond the threshold.
        PoolThreshold = "pool_threshold", "Channel pool almost used up";
        /// Telnyx blocked an account.
        AccountBlocked = "account_blocked", "Account blocked by Telnyx";
        /// An account was changed outside the portal.
        ChangedElsewhere = "changed_elsewhere", "Account changed outside the portal";
        /// An enabled account has little available credit.
        LowBalance = "low_balance", "Low balance of an account";
        /// An enabled account has a channel limit of 0.
        ZeroLimit = "zero_limit", "Enabled account with limit 0";
        /// The result of a change is unknown.
        UnknownOperation = "unknown_operation", "Change with an unknown result";
        /// The next review of the organization's users is due.
        AccessReviewDue = "access_review_due", "Access review due";
        /// A job of the person ended.
        JobEnded = "job_ended", "Your job ended";
        /// The person signed in with a new device or from a new network.
        NewSignIn = "new_sign_in", "New sign-in to your account";
    }
}

string_enum! {
    /// Way in which a person gets a kind of notification.
    pub enum NotificationDelivery {
        /// Not at all.
        Off = "off", "Off";
        /// In the portal.
        Portal = "portal", "Portal";
        /// In the portal, and at once by email.
        Immediate = "immediate", "Email at once";
        /// In the portal, and by an email each morning.
        Daily = "daily", "Daily email";
    }
}

string_enum! {
    /// Channel on which people get a notification.
    pub enum NotificationChannel {
        /// The list in the portal.
        Portal = "portal";
        /// An email.
        Email = "email";
        /// The team's webhook.
        Webhook = "webhook";
    }
}

impl NotificationDelivery {
    /// Returns `true` if an email is sent.
    #[must_use]
    pub const fn is_by_email(self) -> bool {
        matches!(self, Self::Immediate | Self::Daily)
    }
}

impl NotificationKind {
    /// Returns a sentence for the page on which people choose.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::PoolThreshold => "Once, when the pool's use passes the portal's threshold.",
            Self::AccountBlocked => "Calls of a blocked account fail until Telnyx unblocks it.",
            Self::ChangedElsewhere => {
                "Someone changed or created an account in Mission Control or through the API."
            }
            Self::LowBalance => {
                "Once per account, when its available credit falls to the portal's threshold."
            }
            Self::ZeroLimit => "Such an account cannot make outbound calls.",
            Self::UnknownOperation => "Nobody knows if Telnyx made the change. Someone must look.",
            Self::AccessReviewDue => {
                "Once, when the last sign-off is older than the portal's settings allow."
            }
            Self::JobEnded => "With the number of accounts that succeeded and failed.",
            Self::NewSignIn => "With a browser or from a network that you did not use before.",
        }
    }

    /// Returns the delivery for people who did not choose one.
    #[must_use]
    pub const fn default_delivery(self) -> NotificationDelivery {
        match self {
            Self::UnknownOperation | Self::NewSignIn => NotificationDelivery::Immediate,
            _ => NotificationDelivery::Portal,
        }
    }

    /// Returns `true` if people with this role get such notifications.
    #[must_use]
    pub const fn is_for(self, role: Role) -> bool {
        role.may(match self {
            Self::UnknownOperation => Permission::SettleOperations,
            Self::JobEnded => Permission::ChangeStatus,
            Self::AccessReviewDue => Permission::ReviewAccess,
            _ => Permission::Read,
        })
    }

    /// Returns `true` if each fact concerns only one person. The team's webhook does not get it.
    #[must_use]
    pub const fn is_personal(self) -> bool {
        matches!(self, Self::JobEnded | Self::NewSignIn)
    }

    /// Returns the kinds that the team's webhook can get.
    pub fn for_team() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| !kind.is_personal())
    }

    /// Returns the sentence about one or several facts. `subject` names the only one.
    #[must_use]
    pub fn sentence(self, items: i64, subject: &str) -> String {
        let many = group_thousands(items);
        // A name such as "Acme Inc." ends the sentence already.
        let last = subject.strip_suffix('.').unwrap_or(subject);
        match (self, items) {
            (Self::PoolThreshold, _) => format!("The channel pool is {subject} used."),
            (Self::AccountBlocked, ..=1) => format!("Telnyx blocked {last}."),
            (Self::AccountBlocked, _) => format!("Telnyx blocked {many} accounts."),
            (Self::ChangedElsewhere, ..=1) => {
                format!("{subject} was changed outside the portal.")
            }
            (Self::ChangedElsewhere, _) => {
                format!("{many} accounts were changed outside the portal.")
            }
            (Self::LowBalance, ..=1) => format!("{subject} is low on credit."),
            (Self::LowBalance, _) => format!("{many} accounts are low on credit."),
            (Self::ZeroLimit, ..=1) => format!("{subject} is enabled with limit 0."),
            (Self::ZeroLimit, _) => format!("{many} accounts are enabled with limit 0."),
            (Self::UnknownOperation, _) => format!("The result of a change is unknown: {last}."),
            (Self::AccessReviewDue, _) => format!("The access review of {subject} is due."),
            (Self::JobEnded, _) => format!("Your job ended: {last}."),
            (Self::NewSignIn, _) => format!("New sign-in to your account: {last}."),
        }
    }

    /// Returns the page about several facts. `None` if facts of this kind are never summarized.
    #[must_use]
    pub const fn summary_path(self) -> Option<&'static str> {
        match self {
            Self::AccountBlocked => Some("/accounts?status=blocked"),
            Self::ChangedElsewhere => Some("/activity?kind=changed_elsewhere"),
            Self::LowBalance => Some("/accounts?needs=low-balance"),
            Self::ZeroLimit => Some("/accounts?needs=no-channels"),
            _ => None,
        }
    }

    /// Returns the address about these facts. `path` is that of the only one.
    #[must_use]
    pub fn path(self, items: i64, path: &str) -> &str {
        match self.summary_path() {
            Some(summary) if items > 1 => summary,
            _ => path,
        }
    }
}

/// Fact, or several of a kind, that people are notified of. It contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationFact {
    /// Kind of the fact.
    pub kind: NotificationKind,
    /// Sweep that found it. Facts of one kind from one sweep become one notification.
    pub sweep: Option<Uuid>,
    /// Number of facts.
    pub items: i64,
    /// Name of what it is about, such as an account.
    pub subject: String,
    /// Further sentence about a single fact; may be empty.
    pub detail: String,
    /// Address of the page about a single fact.
    pub path: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_fact_is_named_and_several_are_counted() {
        let kind = NotificationKind::AccountBlocked;
        assert_eq!(kind.sentence(1, "Acme"), "Telnyx blocked Acme.");
        assert_eq!(
            kind.sentence(1_500, "Acme"),
            "Telnyx blocked 1,500 accounts."
        );
        assert_eq!(kind.sentence(1, "Acme Inc."), "Telnyx blocked Acme Inc.");
        assert_eq!(kind.path(1, "/accounts/1"), "/accounts/1");
        assert_eq!(kind.path(2, "/accounts/1"), "/accounts?status=blocked");
        let kind = NotificationKind::JobEnded;
        assert_eq!(kind.path(2, "/jobs/1"), "/jobs/1");
    }

    #[test]
    fn a_viewer_hears_of_nothing_that_only_others_can_settle() {
        assert!(!NotificationKind::UnknownOperation.is_for(Role::Viewer));
        assert!(NotificationKind::UnknownOperation.is_for(Role::Manager));
        assert!(
            NotificationKind::ALL
                .iter()
                .all(|kind| kind.is_for(Role::Owner))
        );
    }
}
