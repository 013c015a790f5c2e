//! "Can they call?" on the page: the lines of the verdict with their age and the way to their remedy.

use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::account::AccountStatus;
use crate::domain::calling::{self, Known, Line, Remedy, Weight};
use crate::domain::role::Permission;
use crate::operations;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::view::When;

/// What the portal does not see, whatever it says of the rest.
const UNSEEN: &str = "It does not see connections, numbers, outbound profiles or channels in use.";

/// The verdict.
pub(super) struct Calling {
    /// `bad`, `unknown` or `good`.
    pub kind: &'static str,
    /// The verdict in a line.
    pub headline: String,
    /// What goes with it; empty where something stops calls.
    pub text: &'static str,
    /// When all of it was read, where that was just now.
    pub checked: Option<When>,
    /// Worst first.
    pub lines: Vec<Shown>,
}

/// A line of it.
pub(super) struct Shown {
    /// `bad`, `unknown` or `good`.
    pub kind: &'static str,
    /// Its symbol.
    pub icon: &'static str,
    /// What is seen.
    pub text: String,
    /// Where it comes from, before its age.
    pub source: &'static str,
    /// Its age.
    pub at: Option<When>,
    /// What can be done about it.
    pub remedy: Way,
}

/// The way to a remedy.
pub(super) enum Way {
    /// There is none, or none is needed.
    None,
    /// Something that is not done in the portal, or not by this person.
    Words(&'static str),
    /// A link; in a dialog where `dialog`.
    Link { label: String, href: String, dialog: bool },
}

impl Calling {
    /// Judges by what the directory holds now. `live`: status and balance were read for this page.
    pub async fn new(app: &App, viewer: &Viewer, account: &Account, live: bool) -> Result<Self, Error> {
        let lines = calling::verdict(&Known {
            gone_at: account.gone_at,
            status: account.status,
            limit: account.channel_limit,
            rollup_billing: account.rollup_billing,
            profile_at: account.profile_at,
            balance: account.balance.as_ref().map(|(balance, at)| (balance, *at)),
        });
        let worst = lines.first().map_or(Weight::Unknown, |line| line.weight);
        let because = lines.first().map_or("", |line| line.because);
        let (headline, text) = match worst {
            Weight::Stops => (format!("They cannot call: {because}"), ""),
            Weight::Unknown | Weight::Fine => ("Nothing that this portal can see stops calls.".to_owned(), UNSEEN),
        };
        let mut shown: Vec<Shown> = lines
            .into_iter()
            .map(|line| Shown::new(line, viewer, account))
            .collect();
        if account.status.value == AccountStatus::Disabled
            && let Some(by) = operations::disabled_by(app, &account.id).await?
            && let Some(line) = shown.iter_mut().find(|line| line.text == "Disabled")
        {
            let who = by
                .who
                .map_or_else(|| "outside the portal".to_owned(), |(_, name)| format!("by {name}"));
            let reason = if by.reason.is_empty() {
                String::new()
            } else {
                format!(": {}", by.reason)
            };
            line.text = format!("Disabled {who} {}{reason}", viewer.times().relative(by.at));
        }
        Ok(Self {
            kind: kind(worst),
            headline,
            text,
            checked: (live && account.gone_at.is_none()).then(|| viewer.times().at(viewer.times().now())),
            lines: shown,
        })
    }
}

const fn kind(weight: Weight) -> &'static str {
    match weight {
        Weight::Stops => "bad",
        Weight::Unknown => "unknown",
        Weight::Fine => "good",
    }
}

impl Shown {
    fn new(line: Line, viewer: &Viewer, account: &Account) -> Self {
        Self {
            kind: kind(line.weight),
            icon: match line.weight {
                Weight::Stops => "circle-x",
                Weight::Unknown => "circle-dashed",
                Weight::Fine => "check",
            },
            text: line.text,
            source: line.source,
            at: line.at.map(|at| viewer.times().at(at)),
            remedy: Way::to(line.remedy, viewer, account),
        }
    }
}

impl Way {
    fn to(remedy: Remedy, viewer: &Viewer, account: &Account) -> Self {
        let link = |label: &str, href: String, dialog| Self::Link {
            label: label.to_owned(),
            href,
            dialog,
        };
        let id = &account.id;
        match remedy {
            Remedy::None => Self::None,
            Remedy::Enable if viewer.can(Permission::ChangeStatus) => {
                let label = format!("Enable {}", account.name());
                link(&label, format!("/accounts/{id}/enable"), true)
            }
            Remedy::Enable => Self::Words("An account manager, an admin or an owner can enable it."),
            Remedy::AskTelnyx => Self::Words("Only Telnyx can lift this: ask their support."),
            Remedy::RaiseLimit if viewer.can(Permission::ChangeLimits) => {
                link("Change limit", "#channels".to_owned(), false)
            }
            Remedy::RaiseLimit => Self::Words("An account manager, an admin or an owner can raise it."),
            Remedy::RecordLimit if viewer.can(Permission::ChangeLimits) => {
                link("Record the limit", format!("/channels/{id}/record"), false)
            }
            Remedy::RecordLimit => Self::Words("Mission Control shows it."),
            Remedy::AddFunds => Self::Words("Have the customer add funds in Mission Control."),
            Remedy::ReadAgain => link("Read again", format!("/accounts/{id}"), false),
        }
    }
}
