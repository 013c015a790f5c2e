//! The card with the account's own users, who are the customer's and not ours: always read live, kept nowhere.

use crate::app::App;
use crate::telnyx::{self, LastSignIn, Listed, OrgUser, OrgUserStatus, Trouble};
use crate::web::bars;
use crate::web::partial;
use crate::web::view::{Times, When};

/// More of them are in Mission Control.
const MOST: usize = 50;

/// The card.
pub(super) struct Users {
    /// Why they could not be read, in a sentence; empty where they were.
    pub trouble: String,
    /// Says that the list is incomplete; empty if it is whole.
    pub partial: String,
    pub rows: Vec<User>,
    /// How many are not shown.
    pub more: usize,
    /// When they were read.
    pub at: When,
}

/// One of them.
pub(super) struct User {
    pub email: String,
    /// Key and words of the status.
    pub status: (&'static str, &'static str),
    pub owner: bool,
    pub groups: String,
    pub sign_in: SignIn,
}

/// When somebody last signed in.
pub(super) enum SignIn {
    At(When),
    Never,
    Unknown,
}

impl Users {
    /// `read`: `None` where no answer came in time.
    pub fn new(app: &App, read: Option<Result<Listed<OrgUser>, telnyx::Error>>, times: &Times) -> Self {
        let mut partial = String::new();
        let (users, trouble) = match read {
            Some(Ok(users)) => {
                partial = partial::words(!users.is_whole, &users.unreadable);
                (users.items, None)
            }
            Some(Err(error)) => (Vec::new(), Some(Trouble::from(&error))),
            None => (Vec::new(), Some(Trouble::out_of_time())),
        };
        Self {
            trouble: match trouble {
                None => String::new(),
                // The cause is in the bar above every page.
                Some(_) if bars::tell_of_telnyx(app) => "Not read. The portal keeps no copy of these users.".to_owned(),
                Some(trouble) => format!("They could not be read from Telnyx just now: {}.", trouble.clause()),
            },
            partial,
            more: users.len().saturating_sub(MOST),
            rows: users
                .into_iter()
                .take(MOST)
                .map(|user| User::new(user, times))
                .collect(),
            at: times.at(times.now()),
        }
    }
}

impl Users {
    /// The users of an account that is gone: whatever Telnyx answers about them is about the account.
    pub fn of_gone(times: &Times) -> Self {
        Self {
            trouble: "The account is gone from Telnyx, and its users with it.".to_owned(),
            partial: String::new(),
            rows: Vec::new(),
            more: 0,
            at: times.at(times.now()),
        }
    }
}

impl User {
    fn new(user: OrgUser, times: &Times) -> Self {
        let groups: Vec<String> = user.groups.iter().flatten().map(|group| group.name.clone()).collect();
        Self {
            owner: user.is_owner(),
            email: user.email.unwrap_or_else(|| "(no e-mail)".to_owned()),
            status: match user.status {
                OrgUserStatus::Enabled => ("enabled", "Enabled"),
                OrgUserStatus::Disabled => ("disabled", "Disabled"),
                OrgUserStatus::Blocked => ("blocked", "Blocked"),
                OrgUserStatus::Unknown => ("unknown", "Unknown"),
            },
            groups: groups.join(", "),
            sign_in: match user.last_sign_in {
                LastSignIn::At(at) => SignIn::At(times.at(at)),
                LastSignIn::Never => SignIn::Never,
                LastSignIn::Unknown => SignIn::Unknown,
            },
        }
    }
}
