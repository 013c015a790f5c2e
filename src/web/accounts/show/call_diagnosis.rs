//! "Can they call?" on the page: what stops calls or is not known with a link to a remedy, and what
//! is fine. Each finding has its age.

use super::late_effects::LateEffect;
use crate::app::App;
use crate::db::accounts::Account;
use crate::domain::account::AccountStatus;
use crate::domain::call_diagnosis::{self, CallFact, Finding, Remedy, Severity};
use crate::domain::fact::FactSource;
use crate::domain::role::Permission;
use crate::operations;
use crate::web::access::Viewer;
use crate::web::error::Error;
use crate::web::format::FormattedTime;

pub(super) struct CallDiagnosis {
    /// `bad`, `unknown` or `good`.
    pub kind: &'static str,
    /// Verdict in one line.
    pub headline: String,
    /// Time of the check, if everything was read just now.
    pub checked: Option<FormattedTime>,
    /// Findings that stop calls or are not known, worst first.
    pub problems: Vec<FindingView>,
    /// Findings that are fine.
    pub facts: Vec<FindingView>,
}

pub(super) struct FindingView {
    about: CallFact,
    /// `bad`, `unknown` or `good`.
    pub kind: &'static str,
    /// Icon of the finding.
    pub icon: &'static str,
    /// Text of the observation.
    pub text: String,
    /// Source of the observation, before its age.
    pub source: &'static str,
    /// Time of the observation.
    pub at: Option<FormattedTime>,
    /// Text after its age, which starts with a comma; may be empty.
    pub note: String,
    /// Remedy on offer.
    pub remedy: RemedyAction,
}

/// Action that leads to a remedy.
pub(super) enum RemedyAction {
    /// None exists or none is needed.
    None,
    /// Remedy outside the portal, or one that this person may not use.
    Text(&'static str),
    /// Link to the remedy; it opens in a dialog if `dialog` is true.
    Link {
        label: String,
        href: String,
        dialog: bool,
    },
}

impl CallDiagnosis {
    /// Diagnoses from the directory's current data. `live` is true if the status and the balance
    /// were read for this page.
    pub async fn new(
        app: &App,
        viewer: &Viewer,
        account: &Account,
        live: bool,
        late_effects: &[LateEffect],
    ) -> Result<Self, Error> {
        let lines = call_diagnosis::diagnose(&account.call_facts());
        let worst = lines
            .first()
            .map_or(Severity::Unknown, |line| line.severity);
        let because = lines.first().map_or("", |line| line.cause);
        let headline = match worst {
            Severity::Stops => format!("They cannot call: {because}"),
            Severity::Unknown | Severity::Fine => {
                "Nothing that the portal can see stops calls.".to_owned()
            }
        };
        let mut shown: Vec<FindingView> = lines
            .into_iter()
            .map(|line| FindingView::new(line, viewer, account))
            .collect();
        for line in &mut shown {
            let is_late = match line.about {
                CallFact::Status => late_effects.iter().any(|request| request.of_status),
                CallFact::Limit => late_effects.iter().any(|request| request.of_limit),
                CallFact::Credit | CallFact::Gone => false,
            };
            if is_late {
                line.note
                    .push_str("; an earlier request may still take effect");
            }
        }
        if account.status.value == AccountStatus::Disabled
            && let Some(by) = operations::disabled_by(app, &account.id).await?
            && let Some(line) = shown.iter_mut().find(|line| line.about == CallFact::Status)
        {
            let who = by.who.map_or_else(
                || "outside the portal".to_owned(),
                |(_, name)| format!("by {name}"),
            );
            let reason = if by.reason.is_empty() {
                String::new()
            } else {
                format!(": {}", by.reason)
            };
            line.text = format!("Disabled {who} {}{reason}", viewer.times().relative(by.at));
        }
        let (facts, problems) = shown.into_iter().partition(|line| line.kind == "good");
        Ok(Self {
            kind: kind(worst),
            headline,
            checked: (live && account.gone_at.is_none())
                .then(|| viewer.times().format(viewer.times().now())),
            problems,
            facts,
        })
    }
}

const fn kind(weight: Severity) -> &'static str {
    match weight {
        Severity::Stops => "bad",
        Severity::Unknown => "unknown",
        Severity::Fine => "good",
    }
}

impl FindingView {
    fn new(line: Finding, viewer: &Viewer, account: &Account) -> Self {
        Self {
            about: line.about,
            kind: kind(line.severity),
            icon: match line.severity {
                Severity::Stops => "circle-x",
                Severity::Unknown => "circle-dashed",
                Severity::Fine => "check",
            },
            text: line.text,
            source: line.source,
            at: line.at.map(|at| viewer.times().format(at)),
            note: match line.about {
                CallFact::Limit => limit_author(account),
                _ => String::new(),
            },
            remedy: RemedyAction::new(line.remedy, viewer, account),
        }
    }
}

/// Returns who set or recorded the limit, after its age: ", set by Maya Chen". Empty if nobody is
/// known.
fn limit_author(account: &Account) -> String {
    let Some((_, name)) = &account.limit_by else {
        return String::new();
    };
    match account.channel_limit.map(|fact| fact.source) {
        // The source says "recorded" already.
        Some(FactSource::Person) => format!(" by {name}"),
        _ => format!(", set by {name}"),
    }
}

impl RemedyAction {
    fn new(remedy: Remedy, viewer: &Viewer, account: &Account) -> Self {
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
            Remedy::Enable => Self::Text("An account manager, an admin or an owner can enable it."),
            Remedy::AskTelnyx => Self::Text("Only Telnyx can unblock it. Contact Telnyx support."),
            Remedy::RaiseLimit if viewer.can(Permission::ChangeLimits) => {
                link("Change limit", "#channels".to_owned(), false)
            }
            Remedy::RaiseLimit => {
                Self::Text("An account manager, an admin or an owner can raise it.")
            }
            Remedy::RecordLimit if viewer.can(Permission::ChangeLimits) => {
                link("Record the limit", format!("/channels/{id}/record"), false)
            }
            Remedy::RecordLimit => Self::Text("Mission Control shows it."),
            Remedy::AddFunds => Self::Text("Ask the customer to add funds in Mission Control."),
            Remedy::ReadAgain => link("Refresh", format!("/accounts/{id}"), false),
        }
    }
}
