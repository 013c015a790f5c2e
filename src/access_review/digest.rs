//! Digest of what was signed off. An audit event contains it, so that later changes of the stored
//! users or decisions are detected.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::db::access_reviews::AccessReview;
use crate::db::access_reviews::items::ReviewItem;
use crate::db::audit::{self, EventFilter};
use crate::db::{self};
use crate::domain::access_review::{ReviewChange, ReviewDecision};
use crate::domain::audit::EventKind;
use crate::domain::org_user::{OrgUserKind, OrgUserStatus};
use crate::domain::time::Timestamp;

/// Part of a row that the digest covers.
#[derive(Serialize)]
struct SignedRow<'r> {
    place: i64,
    id: Option<&'r str>,
    email: Option<&'r str>,
    kind: OrgUserKind,
    status: OrgUserStatus,
    groups: Option<Vec<&'r str>>,
    change: ReviewChange,
    decision: Option<ReviewDecision>,
    note: &'r str,
    decided_by: &'r str,
    decided_at: Option<Timestamp>,
}

/// Returns the SHA-256 digest of a review's users and decisions, as hexadecimal.
#[must_use]
pub fn digest_of(items: &[ReviewItem]) -> String {
    let mut digest = Sha256::new();
    for item in items {
        let (user, decision) = (&item.user, item.decision.as_ref());
        let groups = user.groups.as_ref();
        let row = SignedRow {
            place: item.place,
            id: user.id.as_ref().map(crate::domain::ids::OrgUserId::as_str),
            email: user.email.as_deref(),
            kind: user.kind,
            status: user.status,
            groups: groups.map(|groups| groups.iter().map(|group| group.name.as_str()).collect()),
            change: item.change,
            decision: decision.map(|record| record.decision),
            note: decision.map_or("", |record| &record.note),
            decided_by: decision.map_or("", |record| &record.by_email),
            decided_at: decision.map(|record| record.at),
        };
        // These types are always written.
        digest.update(serde_json::to_vec(&row).unwrap_or_default());
        digest.update(b"\n");
    }
    audit::hex(&digest.finalize())
}

/// Returns `true` if these users and decisions are those that were signed off, according to the
/// audit event. Returns `None` if the review is open, or if the event was pruned.
pub async fn is_as_signed_off(
    app: &App,
    review: &AccessReview,
    items: &[ReviewItem],
) -> db::Result<Option<bool>> {
    let Some(sign_off) = &review.sign_off else {
        return Ok(None);
    };
    let filter = EventFilter {
        kinds: vec![EventKind::AccessReviewSignedOff],
        above: Some(sign_off.event - 1),
        below: Some(sign_off.event + 1),
        ..EventFilter::default()
    };
    let found = audit::latest(&app.db, &filter, 1).await?;
    let digest = digest_of(items);
    Ok(found
        .first()
        .map(|entry| entry.event.message.ends_with(&digest)))
}
