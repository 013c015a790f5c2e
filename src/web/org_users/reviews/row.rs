//! Row of a review: the user as they were at its start, the decision, and the form that decides.

use serde::Deserialize;

use crate::db::access_reviews::AccessReview;
use crate::db::access_reviews::items::{DecisionRecord, ReviewItem};
use crate::domain::access_review::{ReviewChange, ReviewDecision};
use crate::domain::org_user::{OrgUserKind, OrgUserStatus};
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::form::Field;
use crate::web::format::FormattedTime;
use crate::web::org_users::{display_email, format_last_sign_in};
use crate::web::paths;

use super::path_of;

pub(super) struct ReviewRow {
    pub place: i64,
    /// Address of the user's page; empty if Telnyx no longer lists them.
    pub href: String,
    pub email: String,
    pub is_owner: bool,
    /// Status, unless it is the usual one; otherwise empty.
    pub status: &'static str,
    /// Names of their groups; `None` if Telnyx did not return them.
    pub groups: Option<Vec<String>>,
    pub last_sign_in: FormattedTime,
    /// Change since the last review; empty if there is none.
    pub change: &'static str,
    /// Earlier groups and kind, if they differ; otherwise empty.
    pub before: String,
    pub is_present: bool,
    pub decision: Option<DecisionView>,
    /// Form that decides; `None` if the reader may not or the review is signed off.
    pub form: Option<DecisionInput>,
    /// Address of the form that removes the user; empty if it is not offered.
    pub remove_href: String,
}

/// Decision as a page shows it.
pub(super) struct DecisionView {
    pub decision: ReviewDecision,
    pub note: String,
    pub by: String,
    pub at: FormattedTime,
}

/// Fields of the form, and the errors of the last attempt.
pub(super) struct DecisionInput {
    pub action: String,
    pub version: i64,
    /// Address of the list to return to.
    pub list: String,
    pub note: Field,
    /// Reason why the last attempt changed nothing; empty if it did not fail.
    pub problem: String,
}

/// Submitted form of a row. `version` is that of the row that it showed.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct DecideForm {
    pub place: i64,
    pub version: Option<i64>,
    pub decision: String,
    pub note: String,
    /// Address of the list to return to.
    pub list: String,
}

impl ReviewRow {
    pub fn new(item: &ReviewItem, review: &AccessReview, viewer: &Viewer, list: &str) -> Self {
        let user = &item.user;
        let id = user.id.as_ref().filter(|_| item.is_present);
        let may_decide = review.is_open() && viewer.can(Permission::ReviewAccess);
        let note = item.decision.as_ref().map(|record| record.note.clone());
        let remove_href =
            id.filter(|_| is_to_remove(item) && viewer.can(Permission::RemoveOrgUsers));
        Self {
            place: item.place,
            href: id.map(|id| format!("/org-users/{id}")).unwrap_or_default(),
            email: display_email(user),
            is_owner: user.kind == OrgUserKind::Owner,
            status: match user.status {
                OrgUserStatus::Enabled => "",
                other => other.label(),
            },
            groups: user
                .groups
                .as_ref()
                .map(|groups| groups.iter().map(|group| group.name.clone()).collect()),
            last_sign_in: format_last_sign_in(user.last_sign_in, viewer.times()),
            change: match item.change {
                ReviewChange::Unchanged => "",
                other => other.label(),
            },
            before: describe_before(item),
            is_present: item.is_present,
            decision: item
                .decision
                .as_ref()
                .map(|record| DecisionView::new(record, viewer)),
            form: may_decide.then(|| DecisionInput {
                action: format!("{}/users/{}", path_of(review.id), item.place),
                version: item.version,
                list: list.to_owned(),
                note: note.clone().unwrap_or_default().into(),
                problem: String::new(),
            }),
            remove_href: remove_href
                .map(|id| {
                    paths::with_query(
                        &format!("/org-users/{id}/remove"),
                        [
                            ("reason_code", "access_review"),
                            ("reason", note.as_deref().unwrap_or_default()),
                            ("return_to", &format!("{list}#user{}", item.place)),
                        ],
                    )
                })
                .unwrap_or_default(),
        }
    }

    /// Shows the note that was typed, and why the last attempt changed nothing.
    pub fn with_problem(mut self, note: &str, note_error: &str, problem: &str) -> Self {
        if let Some(form) = &mut self.form {
            form.note = note.into();
            form.note.set_error(note_error);
            problem.clone_into(&mut form.problem);
        }
        self
    }

    /// Returns `true` if the decision is this one.
    pub fn is(&self, decision: ReviewDecision) -> bool {
        self.decision
            .as_ref()
            .is_some_and(|view| view.decision == decision)
    }

    /// Returns the decision that the Enter key saves again; empty if there is none.
    pub fn current_decision(&self) -> &'static str {
        self.decision
            .as_ref()
            .map_or("", |view| view.decision.as_str())
    }

    /// Returns the color and words of what became of a decision to remove the user.
    pub fn removal(&self) -> Option<(&'static str, &'static str)> {
        self.is(ReviewDecision::Remove)
            .then_some(if self.is_present {
                ("warn", "Still present")
            } else {
                ("good", "Removed")
            })
    }
}

impl DecisionView {
    fn new(record: &DecisionRecord, viewer: &Viewer) -> Self {
        Self {
            decision: record.decision,
            note: record.note.clone(),
            by: record.by_name.clone(),
            at: viewer.times().format(record.at),
        }
    }

    /// Returns the color of the decision's badge.
    pub fn kind(&self) -> &'static str {
        match self.decision {
            ReviewDecision::Keep => "good",
            ReviewDecision::Remove => "warn",
        }
    }
}

fn is_to_remove(item: &ReviewItem) -> bool {
    let decision = item.decision.as_ref().map(|record| record.decision);
    decision == Some(ReviewDecision::Remove)
}

/// Describes the earlier groups and kind, if they differ.
fn describe_before(item: &ReviewItem) -> String {
    let groups = item.groups_before.as_ref().map(|groups| match &groups[..] {
        [] => "in no group".to_owned(),
        groups => groups.join(", "),
    });
    let kind = item.kind_before.map(|kind| match kind {
        OrgUserKind::Owner => "owner".to_owned(),
        OrgUserKind::SubUser | OrgUserKind::Unknown => "not the owner".to_owned(),
    });
    let before: Vec<String> = kind.into_iter().chain(groups).collect();
    if before.is_empty() {
        return String::new();
    }
    format!("was: {}", before.join("; "))
}
