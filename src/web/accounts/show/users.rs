//! Card with the account's own users, who belong to the customer. They are always read live and
//! never stored.

use crate::app::App;
use crate::telnyx::{self, ErrorSummary, FullList, LastSignIn, OrgUser, OrgUserStatus};
use crate::web::banners;
use crate::web::format::{FormattedTime, TimeFormatter};
use crate::web::incomplete_list;

/// Maximum number of users on the card. Mission Control has all of them.
const MAX_USERS: usize = 50;
/// Number of users that are visible at once.
const VISIBLE_USERS: usize = 4;

pub(super) struct UsersCard {
    /// Reason why they could not be read, as a sentence; empty if they were.
    pub read_error: String,
    /// Notice that the list is incomplete; empty if it is complete.
    pub partial: String,
    rows: Vec<UserRow>,
    /// Number of users not shown.
    pub more: usize,
    /// Time of the reading.
    pub at: FormattedTime,
}

pub(super) struct UserRow {
    pub email: String,
    /// Key and label of the status.
    pub status: (&'static str, &'static str),
    pub owner: bool,
    pub groups: String,
    pub sign_in: LastSignInView,
}

/// Time of a user's last sign-in.
pub(super) enum LastSignInView {
    At(FormattedTime),
    Never,
    Unknown,
}

impl UsersCard {
    /// Builds the card. `read` is `None` if Telnyx did not answer in time.
    pub fn new(
        app: &App,
        read: Option<Result<FullList<OrgUser>, telnyx::Error>>,
        times: &TimeFormatter,
    ) -> Self {
        let mut partial = String::new();
        let (users, trouble) = match read {
            Some(Ok(users)) => {
                partial = incomplete_list::notice(!users.is_complete, &users.unreadable);
                (users.items, None)
            }
            Some(Err(error)) => (Vec::new(), Some(ErrorSummary::from(&error))),
            None => (Vec::new(), Some(ErrorSummary::timed_out())),
        };
        Self {
            read_error: match trouble {
                None => String::new(),
                // The banner above every page gives the reason.
                Some(_) if banners::shows_telnyx_outage(app) => {
                    "Not read. The portal does not store these users.".to_owned()
                }
                Some(trouble) => {
                    format!("They could not be read from Telnyx: {}.", trouble.clause())
                }
            },
            partial,
            more: users.len().saturating_sub(MAX_USERS),
            rows: users
                .into_iter()
                .take(MAX_USERS)
                .map(|user| UserRow::new(user, times))
                .collect(),
            at: times.format(times.now()),
        }
    }
}

impl UsersCard {
    /// Returns the users that are visible at once, and those that are shown on request.
    pub fn split(&self) -> (&[UserRow], &[UserRow]) {
        // A single user does not hide behind a link of the same height.
        if self.rows.len() <= VISIBLE_USERS + 1 {
            (&self.rows, &[])
        } else {
            self.rows.split_at(VISIBLE_USERS)
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Builds the card for an account that is gone. Telnyx's answer about its users says nothing
    /// then.
    pub fn of_gone(times: &TimeFormatter) -> Self {
        Self {
            read_error: "The account and its users are gone from Telnyx.".to_owned(),
            partial: String::new(),
            rows: Vec::new(),
            more: 0,
            at: times.format(times.now()),
        }
    }
}

impl UserRow {
    fn new(user: OrgUser, times: &TimeFormatter) -> Self {
        let groups: Vec<String> = user
            .groups
            .iter()
            .flatten()
            .map(|group| group.name.clone())
            .collect();
        Self {
            owner: user.is_owner(),
            email: user.email.unwrap_or_else(|| "(no email)".to_owned()),
            status: match user.status {
                OrgUserStatus::Enabled => ("enabled", "Enabled"),
                OrgUserStatus::Disabled => ("disabled", "Disabled"),
                OrgUserStatus::Blocked => ("blocked", "Blocked"),
                OrgUserStatus::Unknown => ("unknown", "Unknown"),
            },
            groups: groups.join(", "),
            sign_in: match user.last_sign_in {
                LastSignIn::At(at) => LastSignInView::At(times.format(at)),
                LastSignIn::Never => LastSignInView::Never,
                LastSignIn::Unknown => LastSignInView::Unknown,
            },
        }
    }
}
